//! All clients: those that are there, the one whose command runs, those to be written to and to be closed.
//!
//! Redis: `server.clients`, `server.current_client`, `clients_pending_write`, `clients_to_close`.
//!
//! Bytes are queued in `deliver.rs`, and written once per client and turn, at its end (`server/turn.rs`).

use super::deliver::Burst;
use super::limits::{Judgement, Limit};
use super::log::ClientLog;
use super::memory::Ledger;
use super::reason::Reason;
use super::{Client, State};
use crate::base::ids::ClientKey;
use crate::output::chunks::Chunks;
use crate::steps::step;
use slab::Slab;
use std::collections::BTreeSet;

/// Buffers kept for clients that will soon have something of their own to be sent.
const SPARE_BUFFERS: usize = 256;
/// A buffer that has grown beyond this is freed, not kept: it holds a pipeline of a hundred small replies or frames.
const SPARE_CAPACITY: usize = 16 * 1024;

/// The clients and their outputs.
#[derive(Default)]
pub struct Clients {
    pub(super) slab: Slab<Client>,
    /// The chunks that frames are encoded into.
    pub chunks: Chunks,
    /// `client-output-buffer-limit` for each [`super::limits::Class`].
    pub(super) limits: [Limit; 3],
    /// Those with replies to be written before the loop sleeps: they asked, and wait. They come first.
    pub(super) pending_replies: Vec<ClientKey>,
    /// The others to be written to before the loop sleeps, in the order in which they got something.
    pub(super) pending_writes: Vec<ClientKey>,
    /// A monitor was shown a command in this turn: monitors are written to first.
    pub(super) monitors_first: bool,
    /// Those to be closed at the end of the turn.
    pub(super) to_close: Vec<ClientKey>,
    /// Those over their soft limit, to be judged again.
    pub(super) over_soft: BTreeSet<ClientKey>,
    /// The client whose command runs now: frames for it wait in `deferred` until the reply is written.
    pub(super) executing: Option<ClientKey>,
    pub(super) deferred: Vec<u8>,
    /// What is published over and over to the same clients.
    pub(super) burst: Burst,
    pub(super) spare: Vec<Vec<u8>>,
    pub(super) now_seconds: u64,
    /// What is logged about clients.
    pub log: ClientLog,
    /// What they take, for `maxmemory-clients`.
    pub(super) ledger: Ledger,
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
        let key = ClientKey::at(self.slab.insert(client));
        self.note_memory(key);
        key
    }

    /// The client, if that key is taken.
    pub fn get(&self, key: ClientKey) -> Option<&Client> {
        self.slab.get(key.place())
    }

    /// The client, if that key is taken, to change it.
    pub fn get_mut(&mut self, key: ClientKey) -> Option<&mut Client> {
        self.slab.get_mut(key.place())
    }

    /// Every client that is not gone, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (ClientKey, &Client)> {
        self.slab
            .iter()
            .map(|(key, client)| (ClientKey::at(key), client))
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

    /// The client whose command runs.
    pub fn executing(&self) -> Option<ClientKey> {
        self.executing
    }

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

    /// Sets the counters to zero.
    pub fn reset_stats(&mut self) {
        (self.limit_disconnections, self.written_bytes, self.writes) = (0, 0, 0);
        (self.messages_delivered, self.messages_dropped) = (0, 0);
    }

    /// The buffer that replies are written to grows with the largest; it is not kept so.
    pub fn spare_reply(&self, reply: &mut Vec<u8>) {
        reply.shrink_to(4 * SPARE_CAPACITY);
    }

    /// Removes a client; its key may be given to another.
    pub fn remove(&mut self, key: ClientKey) -> Option<Client> {
        let mut client = self.slab.try_remove(key.place())?;
        client.output.clear(&mut self.chunks);
        self.note_memory(key);
        Some(client)
    }

    /// The clients to be written to, in no order.
    #[cfg(feature = "lua")]
    pub(crate) fn pending_writes(&self) -> Vec<ClientKey> {
        self.pending_replies.iter().chain(&self.pending_writes).copied().collect()
    }

    /// Takes the list of the clients to be written to, in the order of writing. `recycled` becomes the next list.
    pub(crate) fn take_pending_writes(&mut self, recycled: Vec<ClientKey>) -> Vec<ClientKey> {
        self.end_burst();
        let mut pending = std::mem::replace(&mut self.pending_replies, recycled);
        pending.append(&mut self.pending_writes);
        for &key in &pending {
            if let Some(client) = self.slab.get_mut(key.place()) {
                client.write_queued = false;
            }
        }
        if std::mem::take(&mut self.monitors_first) {
            // Stable: otherwise the order stays.
            pending.sort_by_key(|&key| self.slab.get(key.place()).is_none_or(|client| !client.monitor));
        }
        pending
    }

    /// The first `count` bytes that a client is owed are written. Returns whether all is.
    pub(crate) fn wrote(&mut self, key: ClientKey, count: usize) -> bool {
        let client = &mut self.slab[key.place()];
        client.output.consume(count, &mut self.chunks);
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
            self.note_memory(key);
            return false;
        }
        if let Some(buffer) = client.output.return_buffer()
            && self.spare.len() < SPARE_BUFFERS
            && buffer.capacity() <= SPARE_CAPACITY
        {
            self.spare.push(buffer);
        }
        self.note_memory(key);
        if self.slab[key.place()].state == State::CloseAfterReply {
            self.close_asap(key, &Reason::Replied);
        }
        true
    }

    /// The client's socket is full: nothing is written to it until [`Clients::wrote`].
    pub(crate) fn block(&mut self, key: ClientKey) {
        self.slab[key.place()].output.block(&mut self.chunks);
        self.note_memory(key);
        step!(Blocked { client: key, owed: self.slab[key.place()].output.owed() });
    }
}

impl std::ops::Index<ClientKey> for Clients {
    type Output = Client;

    fn index(&self, key: ClientKey) -> &Client {
        &self.slab[key.place()]
    }
}

impl std::ops::IndexMut<ClientKey> for Clients {
    fn index_mut(&mut self, key: ClientKey) -> &mut Client {
        &mut self.slab[key.place()]
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
