//! All clients, and everything that is on its way to one: replies, frames, closes.
//!
//! Redis: `server.clients`, `clients_pending_write`, `clients_to_close`, and `src/networking.c`'s
//! `prepareClientToWrite`, `closeClientOnOutputBufferLimitReached`.
//!
//! Bytes are queued here and written by the event loop, once per client and turn, before it sleeps.

use super::burst::Burst;
use super::limits::{Judgement, Limit};
use super::log::ClientLog;
use super::reason::Reason;
use super::{Client, State};
use crate::base::ids::ClientKey;
use crate::output::chunks::Frames;
use crate::output::chunks::Range;
use crate::pubsub::{Audience, FrameId, Outlet, Publication};
use crate::steps::step;
use slab::Slab;
use std::collections::BTreeSet;
use std::io::IoSlice;

/// Buffers kept for clients that will soon have something of their own to be sent.
const SPARE_BUFFERS: usize = 256;
/// A buffer that has grown beyond this is freed, not kept: it holds a pipeline of a hundred small replies or frames.
const SPARE_CAPACITY: usize = 16 * 1024;

/// The clients and their outputs.
#[derive(Default)]
pub struct Clients {
    pub(super) slab: Slab<Client>,
    /// The chunks that frames are encoded into.
    pub frames: Frames,
    /// `client-output-buffer-limit` for each [`super::limits::Class`].
    pub(super) limits: [Limit; 3],
    /// Those with replies to be written before the loop sleeps: they asked, and wait. They come first.
    pending_replies: Vec<ClientKey>,
    /// The others to be written to before the loop sleeps, in the order in which they got something.
    pending_writes: Vec<ClientKey>,
    /// A monitor was shown a command in this turn: monitors are written to first.
    monitors_first: bool,
    /// Those to be closed at the end of the turn.
    pub(super) to_close: Vec<ClientKey>,
    /// Those over their soft limit, to be judged again.
    pub(super) over_soft: BTreeSet<ClientKey>,
    /// The client whose command runs now: frames for it wait in `deferred` until the reply is written.
    pub(super) executing: Option<ClientKey>,
    pub(super) deferred: Vec<u8>,
    /// What is published over and over to the same clients.
    pub(super) burst: Burst,
    spare: Vec<Vec<u8>>,
    pub(super) now_seconds: u64,
    /// What is logged about clients.
    pub log: ClientLog,
    /// How many clients were closed for owing too much: `client_output_buffer_limit_disconnections`.
    pub limit_disconnections: u64,
    /// How many published messages were queued to clients: `pubsub_messages_delivered`.
    pub messages_delivered: u64,
    /// How many were not, for their clients were being closed: `pubsub_messages_dropped`.
    pub messages_dropped: u64,
    /// The bytes written to clients: `total_net_output_bytes`.
    pub written_bytes: u64,
    /// The writes they took: `total_writes_processed`.
    pub writes: u64,
}

impl Clients {
    /// Adds a client.
    pub fn insert(&mut self, client: Client) -> ClientKey {
        self.slab.insert(client) as ClientKey
    }

    /// The client, if that key is taken.
    pub fn get(&self, key: ClientKey) -> Option<&Client> {
        self.slab.get(key as usize)
    }

    /// The client, if that key is taken, to change it.
    pub fn get_mut(&mut self, key: ClientKey) -> Option<&mut Client> {
        self.slab.get_mut(key as usize)
    }

    /// Every client that is not gone, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (ClientKey, &Client)> {
        self.slab
            .iter()
            .map(|(key, client)| (key as ClientKey, client))
            .filter(|(_, c)| c.state != State::Gone)
    }

    /// The same, oldest first: the order of CLIENT LIST.
    pub fn by_age(&self) -> Vec<(ClientKey, &Client)> {
        let mut all: Vec<_> = self.iter().collect();
        all.sort_unstable_by_key(|(_, client)| client.id);
        all
    }

    /// How many keys are taken: the clients, those being closed included.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether there is no client.
    pub fn is_empty(&self) -> bool {
        self.slab.is_empty()
    }

    /// Time has passed.
    pub fn set_time(&mut self, seconds: u64) {
        self.now_seconds = seconds;
        self.log.set_time(seconds);
    }

    /// A command of `key` begins; only a PUBLISH may go on with a burst.
    pub fn begin_command(&mut self, key: ClientKey, publishes: bool) {
        if !publishes {
            self.end_burst();
        }
        self.executing = Some(key);
    }

    /// The command has ended and its reply is in `reply`. If it made the server push something to its own
    /// client, the replies so far go out first, then the push: never the other way round, as since Redis 7.2.
    // ANCHOR: end-command
    pub fn end_command(&mut self, key: ClientKey, reply: &mut Vec<u8>) {
        self.executing = None;
        if !self.deferred.is_empty() {
            reply.append(&mut self.deferred);
            if self.deferred.capacity() > SPARE_CAPACITY {
                self.deferred = Vec::new();
            }
            self.reply(key, reply);
        }
    }
    // ANCHOR_END: end-command

    /// Puts the command that runs aside, so that other clients' commands may run: for [`Clients::resume_command`].
    pub fn suspend_command(&mut self) -> (Option<ClientKey>, Vec<u8>) {
        self.end_burst();
        (self.executing.take(), std::mem::take(&mut self.deferred))
    }

    /// Goes on with the command that was put aside.
    pub fn resume_command(&mut self, (executing, deferred): (Option<ClientKey>, Vec<u8>)) {
        self.end_burst();
        self.executing = executing;
        // What was pushed to its client meanwhile comes after what it caused itself.
        self.deferred.splice(..0, deferred);
    }

    /// Queues the replies of `key`'s own commands and empties `reply`.
    pub fn reply(&mut self, key: ClientKey, reply: &mut Vec<u8>) {
        if !reply.is_empty() && self.slab[key as usize].state < State::CloseAsap {
            self.end_burst();
            self.own_buffer(key).extend_from_slice(reply);
            let (bytes, after) = (reply.len(), self.slab[key as usize].output.owed());
            step!(Replied { client: key, bytes, before: after - bytes, after });
            let client = &mut self.slab[key as usize];
            if !client.write_queued && !client.output.is_blocked() {
                client.write_queued = true;
                self.pending_replies.push(key);
            }
            self.queue(key);
        }
        reply.clear();
    }

    /// Sets the counters to zero.
    pub fn reset_stats(&mut self) {
        (self.limit_disconnections, self.written_bytes, self.writes) = (0, 0, 0);
        (self.messages_delivered, self.messages_dropped) = (0, 0);
    }

    /// The buffer that replies are written to grows with the largest; it is not kept so.
    pub fn spare_reply(&self, reply: &mut Vec<u8>) {
        reply.shrink_to(4 * SPARE_CAPACITY);
    }

    /// Queues bytes that are no reply to a client, after the reply of the command that runs now if it is that
    /// client's. One that is being closed gets nothing more.
    pub fn push(&mut self, key: ClientKey, bytes: &[u8]) {
        if self.slab[key as usize].state != State::Open {
            return;
        }
        if self.executing == Some(key) {
            self.deferred.extend_from_slice(bytes);
            step!(Deferred { client: key, bytes: bytes.len() });
            return self.check_limits(key);
        }
        self.end_burst();
        self.own_buffer(key).extend_from_slice(bytes);
        self.tell_queued(key, bytes.len());
        self.queue(key);
    }

    /// Queues a line to a monitor. It is written before the reply of the command that it shows: a client that has its
    /// reply, and asks what the monitor saw, finds the line there. Redis: `putClientInPendingWriteQueue` adds at the head,
    /// and the monitor is added after the client.
    pub fn show(&mut self, monitor: ClientKey, line: &[u8]) {
        self.monitors_first = true;
        self.push(monitor, line);
    }

    /// The client's own buffer, a spare one if it has none.
    fn own_buffer(&mut self, key: ClientKey) -> &mut Vec<u8> {
        let output = &mut self.slab[key as usize].output;
        if !output.has_buffer()
            && let Some(buffer) = self.spare.pop()
        {
            output.lend_buffer(buffer);
        }
        output.own()
    }

    /// Something was added to the client's output: it is to be written before the loop sleeps, unless its
    /// socket is full; and it may owe too much now.
    // ANCHOR: queue
    pub(super) fn queue(&mut self, key: ClientKey) {
        self.queue_write(key);
        self.check_limits(key);
    }

    /// The client is to be written to before the loop sleeps, unless its socket is full.
    pub(super) fn queue_write(&mut self, key: ClientKey) {
        let client = &mut self.slab[key as usize];
        if !client.write_queued && !client.output.is_blocked() {
            client.write_queued = true;
            self.pending_writes.push(key);
        }
    }

    /// Counts published messages for a client. False if it is being closed: they are dropped.
    pub(super) fn count_messages(&mut self, key: ClientKey, count: u32) -> bool {
        let client = &mut self.slab[key as usize];
        let open = client.state == State::Open;
        if open {
            client.delivered += u64::from(count);
            self.messages_delivered += u64::from(count);
        } else {
            client.dropped = client.dropped.saturating_add(count);
            self.messages_dropped += u64::from(count);
        }
        open
    }
    // ANCHOR_END: queue

    /// The step of what was just put in an output.
    #[inline(always)]
    fn tell_queued(&self, key: ClientKey, bytes: usize) {
        let owed = || self.slab[key as usize].output.owed();
        step!(Queued { client: key, bytes, before: owed() - bytes, after: owed() });
    }

    /// Queues a range of a shared frame.
    pub(super) fn queue_shared(&mut self, key: ClientKey, range: Range) {
        self.slab[key as usize].output.push_shared(range, &mut self.frames);
        self.tell_queued(key, range.len());
        self.queue(key);
    }

    /// Removes a client; its key may be given to another.
    pub fn remove(&mut self, key: ClientKey) -> Option<Client> {
        let mut client = self.slab.try_remove(key as usize)?;
        client.output.clear(&mut self.frames);
        Some(client)
    }

    /// Takes the list of the clients to be written to, in the order of writing. `recycled` becomes the next list.
    pub(crate) fn take_pending_writes(&mut self, recycled: Vec<ClientKey>) -> Vec<ClientKey> {
        self.end_burst();
        let mut pending = std::mem::replace(&mut self.pending_replies, recycled);
        pending.append(&mut self.pending_writes);
        for &key in &pending {
            if let Some(client) = self.slab.get_mut(key as usize) {
                client.write_queued = false;
            }
        }
        if std::mem::take(&mut self.monitors_first) {
            // Stable: otherwise the order stays.
            pending.sort_by_key(|&key| self.slab.get(key as usize).is_none_or(|client| !client.monitor));
        }
        pending
    }

    /// The first pieces of what a client is owed. Returns how many of `slices` are filled.
    pub(crate) fn slices<'a>(&'a self, key: ClientKey, slices: &mut [IoSlice<'a>]) -> usize {
        self.slab.get(key as usize).map_or(0, |client| client.output.slices(&self.frames, slices))
    }

    /// `count` of those bytes are written. Returns whether all is.
    pub(crate) fn wrote(&mut self, key: ClientKey, count: usize) -> bool {
        let client = &mut self.slab[key as usize];
        client.output.consume(count, &mut self.frames);
        step!(Written { client: key, bytes: count, owed: client.output.owed() });
        client.output.unblock();
        self.written_bytes += count as u64;
        self.writes += 1;
        client.last_active = self.now_seconds;
        if client.over_soft_since.is_some() {
            // Under the limit again? Then its time over it begins anew. Nobody is closed for being read.
            let limit = self.limits[client.class() as usize];
            if limit.judge(client.output.counted(), None, self.now_seconds) == Judgement::Fine {
                client.over_soft_since = None;
            }
        }
        if !client.output.is_empty() {
            return false;
        }
        if let Some(buffer) = client.output.return_buffer()
            && self.spare.len() < SPARE_BUFFERS
            && buffer.capacity() <= SPARE_CAPACITY
        {
            self.spare.push(buffer);
        }
        if client.state == State::CloseAfterReply {
            self.close_asap(key, &Reason::Replied);
        }
        true
    }

    /// The client's socket is full: nothing is written to it until [`Clients::wrote`].
    pub(crate) fn block(&mut self, key: ClientKey) {
        self.slab[key as usize].output.block(&mut self.frames);
        step!(Blocked { client: key, owed: self.slab[key as usize].output.owed() });
    }
}

impl Outlet for Clients {
    // ANCHOR: deliver
    fn deliver(&mut self, key: ClientKey, publication: &mut Publication<'_>, frame: FrameId) {
        self.end_burst();
        if !self.count_messages(key, 1) {
            return;
        }
        let protocol = self.slab[key as usize].protocol;
        if self.executing == Some(key) {
            let bytes = publication.write(frame, protocol, &mut self.deferred);
            step!(Deferred { client: key, bytes });
            return self.check_limits(key);
        }
        if publication.receivers(frame) == 1 {
            let bytes = publication.write(frame, protocol, self.own_buffer(key));
            self.tell_queued(key, bytes);
            self.queue(key);
        } else {
            let encoded = publication.encoded(frame, protocol, &mut self.frames);
            self.queue_shared(key, encoded.head);
            // The head alone may have been too much.
            if let Some(body) = encoded.body
                && self.slab[key as usize].state == State::Open
            {
                self.queue_shared(key, body);
            }
        }
    }
    // ANCHOR_END: deliver

    fn deliver_all(
        &mut self,
        audience: Audience,
        clients: impl Iterator<Item = ClientKey>,
        publication: &mut Publication<'_>,
        frame: FrameId,
    ) {
        self.deliver_to(audience, clients, publication, frame);
    }

    fn frames(&mut self) -> &mut Frames {
        &mut self.frames
    }
}

impl std::ops::Index<ClientKey> for Clients {
    type Output = Client;

    fn index(&self, key: ClientKey) -> &Client {
        &self.slab[key as usize]
    }
}

impl std::ops::IndexMut<ClientKey> for Clients {
    fn index_mut(&mut self, key: ClientKey) -> &mut Client {
        &mut self.slab[key as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::About;

    #[test]
    fn what_a_command_pushes_to_its_own_client_is_limited_while_it_runs() {
        let mut clients = Clients::default();
        clients.set_limits([Limit { hard: 1000, ..Limit::default() }; 3]);
        let key = clients.insert(Client::new(1, About::default(), true, 0));
        clients.begin_command(key, true);
        (0..1000).for_each(|_| clients.push(key, &[b'x'; 100]));
        assert_eq!(clients.deferred.len(), 17_400, "16 KB that do not count, 1000 bytes, up to a whole push");
        clients.end_command(key, &mut Vec::new());
        assert!(clients.deferred.is_empty());
        assert_eq!(clients.take_to_close(), [key]);
    }
}
