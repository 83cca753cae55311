//! Bursts: what one client publishes again and again to the same channel is queued to the subscribers once.
//!
//! Redis: none; it walks the list for each PUBLISH and copies the message into each client's buffer.
//!
//! In a pipeline of 128 PUBLISH to 1,000 subscribers the second walk would visit the same clients as the first,
//! only to make the last range of each a frame longer. So the first notes the receivers, the others append
//! their frames to the open chunk, where they touch, and the receivers get one range, when anything else
//! happens: a burst ends with its publisher's commands, with a PUBLISH to another channel, with any other
//! command, and before the loop sleeps. What a client receives, and in which order, is the same.
//!
//! Limits are judged when the range is queued: up to a chunk later than Redis does, in the same turn.

use super::clients::Clients;
use crate::base::ids::ClientKey;
use crate::output::chunks::Range;
use crate::pubsub::{Audience, FrameId, Outlet, Publication};
use crate::resp::Protocol;
use crate::steps;

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
    range: Range,
    count: u32,
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
        frames.iter().flatten().for_each(|gathered| self.frames.release(gathered.range.chunk));
        self.burst.receivers = receivers;
    }

    /// Delivers a frame to all of an audience: as part of the burst if it can be.
    pub(super) fn deliver_to(
        &mut self,
        audience: Audience,
        clients: impl Iterator<Item = ClientKey>,
        publication: &mut Publication<'_>,
        frame: FrameId,
    ) {
        let to = (audience, self.executing);
        if publication.is_large() || audience.len() == 1 || steps::on() {
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
                let range = publication.encoded(frame, protocol, &mut self.frames).head;
                self.gather(protocol, range);
            }
        }
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
    fn gather(&mut self, protocol: Protocol, range: Range) {
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
                self.frames.retain(range.chunk);
                self.burst.frames[slot] = Some(Gathered { range, count: 1 });
            }
        }
    }
    // ANCHOR_END: gather
}
