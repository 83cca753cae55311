//! What is queued to clients: their replies, what is pushed to them, and the frames of publications.
//!
//! Redis: `src/networking.c`, `prepareClientToWrite`, `_addReplyToBufferOrList`.
//!
//! Different on purpose: *bursts*. What one client publishes again and again to the same channel is queued to the
//! subscribers once; Redis walks the list for each PUBLISH and copies the message into each client's buffer. In a pipeline
//! of 128 PUBLISH to 1,000 subscribers the second walk would visit the same clients as the first, only to make the last
//! range of each a frame longer. So the first notes the receivers, the others append their frames to the open chunk, where
//! they touch, and the receivers get one range, when anything else happens: a burst ends with its publisher's commands,
//! with a PUBLISH to another channel, with any other command, and at the end of the turn. What a client receives, and in
//! which order, is the same.
//!
//! Limits are judged when the range is queued: up to a chunk later than Redis does, in the same turn.

use super::clients::Clients;
use super::{Client, State};
use crate::base::ids::ClientKey;
use crate::output::chunks::{ChunkRange, Chunks};
use crate::pubsub::{Audience, FrameId, Outlet, Publication};
use crate::resp::Protocol;
use crate::steps::{self, step};

/// The burst that is going on, if one is.
#[derive(Default)]
pub(super) struct Burst {
    /// Whom it goes to and whose it is.
    to: Option<(Audience, Option<ClientKey>)>,
    receivers: Vec<ClientKey>,
    /// For each protocol that a receiver speaks, the frames not yet queued. Each holds its chunk.
    frames: [Option<Gathered>; 2],
    speaks: [bool; 2],
}

/// Frames that touch in their chunk.
#[derive(Clone, Copy)]
struct Gathered {
    range: ChunkRange,
    count: u32,
}

impl Outlet for Clients {
    // ANCHOR: deliver
    fn deliver(&mut self, key: ClientKey, publication: &mut Publication<'_>, frame: FrameId) {
        self.end_burst();
        if !self.count_messages(key, 1) {
            return;
        }
        let protocol = self.slab[key.place()].protocol;
        if self.executing == Some(key) {
            let bytes = write_alone(publication, frame, protocol, &mut self.deferred);
            step!(Deferred { client: key, bytes });
            return self.check_limits(key);
        }
        if publication.receivers(frame) == 1 {
            let out = self.own_buffer(key, publication.most_bytes(frame));
            let bytes = write_alone(publication, frame, protocol, out);
            self.tell_queued(key, bytes);
            self.queue(key);
        } else {
            let encoded = publication.encoded(frame, protocol, &mut self.chunks);
            self.queue_shared(key, encoded.head);
            // The head alone may have been too much.
            if let Some(body) = encoded.body
                && self.slab[key.place()].state == State::Open
            {
                self.queue_shared(key, body);
            }
        }
    }
    // ANCHOR_END: deliver

    /// Delivers a frame to all of an audience: as part of the burst if it can be.
    fn deliver_all(
        &mut self,
        audience: Audience,
        clients: impl Iterator<Item = ClientKey>,
        publication: &mut Publication<'_>,
        frame: FrameId,
    ) {
        let to = (audience, self.executing);
        if publication.is_large() || audience.len() == 1 || steps::wants_more() {
            // Stored by itself, or shared with nobody: nothing to gather. Or somebody watches: a burst would hide
            // from them all walks of the list but the first, and whose output grows by what.
            clients.for_each(|key| self.deliver(key, publication, frame));
            return;
        }
        if self.burst.to != Some(to) {
            self.end_burst();
            if !self.begin_burst(to, clients) {
                let receivers = std::mem::take(&mut self.burst.receivers);
                receivers.iter().for_each(|&key| self.deliver(key, publication, frame));
                return;
            }
        }
        for protocol in [Protocol::Resp2, Protocol::Resp3] {
            if self.burst.speaks[protocol as usize] {
                let range = publication.encoded(frame, protocol, &mut self.chunks).head;
                self.gather(protocol, range);
            }
        }
    }

    fn chunks(&mut self) -> &mut Chunks {
        &mut self.chunks
    }
}

/// Appends a frame for a client that shares it with no other. Returns how many bytes it has.
fn write_alone(
    publication: &Publication<'_>,
    frame: FrameId,
    protocol: Protocol,
    out: &mut Vec<u8>,
) -> usize {
    let (message, start) = (publication.message(frame), out.len());
    message.write(protocol, true, out);
    let bytes = out.len() - start;
    step!(Encoded { frame: message.kind.name(), protocol, bytes, readers: 1 });
    bytes
}

impl Clients {
    /// Queues what the burst has gathered, and ends it. Must come before any other bytes for any client.
    pub(super) fn end_burst(&mut self) {
        if self.burst.to.take().is_some() {
            self.hand_out();
            self.burst.receivers.clear();
        }
    }

    /// Queues the frames gathered so far to each receiver.
    fn hand_out(&mut self) {
        let frames = std::mem::take(&mut self.burst.frames);
        let receivers = std::mem::take(&mut self.burst.receivers);
        for &key in &receivers {
            if let Some(Gathered { range, count }) = frames[self[key].protocol as usize]
                && self.count_messages(key, count)
            {
                self.queue_shared(key, range);
            }
        }
        frames.iter().flatten().for_each(|gathered| self.chunks.release(gathered.range.chunk));
        self.burst.receivers = receivers;
    }

    /// Notes the receivers. False, and no burst, if the publisher is one of them: it has its reply first.
    fn begin_burst(
        &mut self,
        to: (Audience, Option<ClientKey>),
        clients: impl Iterator<Item = ClientKey>,
    ) -> bool {
        self.burst.receivers.extend(clients);
        self.burst.speaks = [false; 2];
        for at in 0..self.burst.receivers.len() {
            let key = self.burst.receivers[at];
            let protocol = self[key].protocol;
            self.burst.speaks[protocol as usize] = true;
            if to.1 == Some(key) {
                return false;
            }
        }
        self.burst.to = Some(to);
        true
    }

    // ANCHOR: gather
    fn gather(&mut self, protocol: Protocol, range: ChunkRange) {
        let slot = protocol as usize;
        match &mut self.burst.frames[slot] {
            Some(Gathered { range: last, count }) if (last.chunk, last.end) == (range.chunk, range.start) => {
                last.end = range.end;
                *count += 1;
            }
            gathered => {
                if gathered.is_some() {
                    self.hand_out();
                }
                self.chunks.retain(range.chunk);
                self.burst.frames[slot] = Some(Gathered { range, count: 1 });
            }
        }
    }
    // ANCHOR_END: gather
}

impl Clients {
    /// Queues the replies of `key`'s own commands and empties `reply`.
    pub fn reply(&mut self, key: ClientKey, reply: &mut Vec<u8>) {
        if !reply.is_empty() && self.slab[key.place()].state < State::CloseAsap {
            self.end_burst();
            self.own_buffer(key, reply.len()).extend_from_slice(reply);
            let (bytes, after) = (reply.len(), self.slab[key.place()].output.owed());
            step!(Replied { client: key, bytes, before: after - bytes, after });
            let client = &mut self.slab[key.place()];
            if !client.write_queued && !client.output.is_blocked() {
                client.write_queued = true;
                self.pending_replies.push(key);
            }
            self.queue(key);
        }
        reply.clear();
    }

    /// Queues bytes that are no reply to a client, after the reply of the command that runs now if it is that
    /// client's. One that is being closed gets nothing more.
    pub fn push(&mut self, key: ClientKey, bytes: &[u8]) {
        if self.slab[key.place()].state != State::Open {
            return;
        }
        if self.executing == Some(key) {
            self.deferred.extend_from_slice(bytes);
            step!(Deferred { client: key, bytes: bytes.len() });
            return self.check_limits(key);
        }
        self.end_burst();
        self.own_buffer(key, bytes.len()).extend_from_slice(bytes);
        self.tell_queued(key, bytes.len());
        self.queue(key);
    }

    /// Queues the same push to several clients, as [`Clients::push`] does to one. `write` appends its bytes in a protocol, once
    /// for all that speak it; `frame` is what a walk calls it.
    pub fn push_to_all(
        &mut self,
        clients: &[ClientKey],
        frame: &'static str,
        write: impl Fn(Protocol, &mut Vec<u8>),
    ) {
        self.end_burst();
        let mut encoded: [Option<ChunkRange>; 2] = [None; 2];
        for &key in clients {
            let Client { state: State::Open, protocol, .. } = self.slab[key.place()] else { continue };
            if self.executing == Some(key) || clients.len() == 1 {
                let mut bytes = Vec::new();
                write(protocol, &mut bytes);
                step!(Encoded { frame, protocol, bytes: bytes.len(), readers: 1 });
                self.push(key, &bytes);
                continue;
            }
            let chunks = &mut self.chunks;
            let range = *encoded[protocol as usize].get_or_insert_with(|| {
                let range = chunks.append(protocol, |out| write(protocol, out));
                chunks.retain(range.chunk);
                step!(Encoded { frame, protocol, bytes: range.len(), readers: clients.len() });
                range
            });
            self.queue_shared(key, range);
        }
        encoded.iter().flatten().for_each(|range| self.chunks.release(range.chunk));
    }

    /// Queues a line to a monitor. It is written before the reply of the command that it shows: a client that has its
    /// reply, and asks what the monitor saw, finds the line there. Redis: `putClientInPendingWriteQueue` adds at the head,
    /// and the monitor is added after the client.
    pub fn show(&mut self, monitor: ClientKey, line: &[u8]) {
        self.monitors_first = true;
        self.push(monitor, line);
    }

    /// The client's own buffer, to append `bytes` to; a spare one if it has none.
    fn own_buffer(&mut self, key: ClientKey, bytes: usize) -> &mut Vec<u8> {
        let output = &mut self.slab[key.place()].output;
        if !output.has_buffer()
            && let Some(buffer) = self.spare.pop()
        {
            output.lend_buffer(buffer);
        }
        output.own(bytes)
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
        let client = &mut self.slab[key.place()];
        if !client.write_queued && !client.output.is_blocked() {
            client.write_queued = true;
            self.pending_writes.push(key);
        }
        self.note_memory(key);
    }

    /// Counts published messages for a client. False if it is being closed: they are dropped.
    fn count_messages(&mut self, key: ClientKey, count: u32) -> bool {
        let client = &mut self.slab[key.place()];
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
        let owed = || self.slab[key.place()].output.owed();
        step!(Queued { client: key, bytes, before: owed() - bytes, after: owed() });
    }

    /// Queues a range of a shared frame.
    fn queue_shared(&mut self, key: ClientKey, range: ChunkRange) {
        self.slab[key.place()].output.push_shared(range, &mut self.chunks);
        self.tell_queued(key, range.len());
        self.queue(key);
    }
}
