//! One message on its way to its receivers: each frame is encoded at most once for each protocol.
//!
//! Redis: `src/pubsub.c`, `addReplyPubsubMessage` and `addReplyPubsubPatMessage`, which encode for each
//! receiver anew.
//!
//! A publication has one frame for the channel's subscribers and one for each pattern that matches. What
//! they have in common, the message, is stored once if it is large.

use crate::output::chunks::{ChunkRange, Chunks, LARGE};
use crate::resp::Protocol;
use crate::resp::reply::{Kind, Message};
use crate::steps::step;
use smallvec::SmallVec;

/// The encoded bytes of a frame: a range of the open chunk, and for a large message a second range.
#[derive(Clone, Copy, Debug)]
pub struct Encoded {
    /// The whole frame, or all of a large one that comes before its message.
    pub head: ChunkRange,
    /// A large message with its line end; None if it is in `head`.
    pub body: Option<ChunkRange>,
}

/// What its receivers see of a publication: `message`, `pmessage` or `smessage`.
struct Frame<'a> {
    kind: Kind,
    pattern: Option<&'a [u8]>,
    receivers: usize,
    /// For each protocol, what [`Encoded::head`] is, once it is encoded.
    heads: [Option<ChunkRange>; 2],
}

/// Names one frame of a [`Publication`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FrameId(u32);

/// A message being published to a channel.
pub struct Publication<'a> {
    channel: &'a [u8],
    message: &'a [u8],
    body: Option<ChunkRange>,
    frames: SmallVec<[Frame<'a>; 1]>,
}

impl<'a> Publication<'a> {
    /// Nothing encoded, no frames.
    pub fn new(channel: &'a [u8], message: &'a [u8]) -> Self {
        Publication { channel, message, body: None, frames: SmallVec::new() }
    }

    /// Adds the frame of the channel's own subscribers: `kind` is not [`Kind::Pmessage`].
    pub fn channel_frame(&mut self, kind: Kind, receivers: usize) -> FrameId {
        self.add(Frame { kind, pattern: None, receivers, heads: [None; 2] })
    }

    /// Adds the frame of the subscribers of a pattern.
    pub fn pattern_frame(&mut self, pattern: &'a [u8], receivers: usize) -> FrameId {
        self.add(Frame { kind: Kind::Pmessage, pattern: Some(pattern), receivers, heads: [None; 2] })
    }

    fn add(&mut self, frame: Frame<'a>) -> FrameId {
        self.frames.push(frame);
        FrameId(self.frames.len() as u32 - 1)
    }

    /// The pattern whose subscribers get this frame; None if it is the channel's own.
    pub fn pattern(&self, frame: FrameId) -> Option<&'a [u8]> {
        self.frames[frame.0 as usize].pattern
    }

    /// Whether the message is stored by itself.
    pub fn is_large(&self) -> bool {
        self.message.len() >= LARGE
    }

    /// How many clients will get this frame: one that goes to a single client is not worth sharing.
    pub fn receivers(&self, frame: FrameId) -> usize {
        self.frames[frame.0 as usize].receivers
    }

    /// The bytes of a frame in either protocol, or a few more.
    pub fn most_bytes(&self, frame: FrameId) -> usize {
        /// The name of the kind, and lengths and line ends around the words.
        const AROUND: usize = 128;
        AROUND + self.pattern(frame).map_or(0, <[u8]>::len) + self.channel.len() + self.message.len()
    }

    /// What a frame says.
    pub fn message(&self, frame: FrameId) -> Message<'a> {
        let Frame { kind, pattern, .. } = self.frames[frame.0 as usize];
        Message { kind, pattern, channel: self.channel, payload: self.message }
    }

    /// The frame as ranges that clients can share; encoded now if this is the first call for `protocol`.
    pub fn encoded(&mut self, frame: FrameId, protocol: Protocol, chunks: &mut Chunks) -> Encoded {
        let body = self.is_large().then(|| *self.body.get_or_insert_with(|| chunks.store(self.message)));
        if let Some(head) = self.frames[frame.0 as usize].heads[protocol as usize] {
            return Encoded { head, body };
        }
        let message = self.message(frame);
        let head = chunks.append(protocol, |out| message.write(protocol, body.is_none(), out));
        // Held until the publication is finished: the receivers so far may all have copied it, and the chunk may
        // be closed for being full before the next one comes.
        chunks.retain(head.chunk);
        let readers = self.receivers(frame);
        let bytes = head.len() + body.map_or(0, ChunkRange::len);
        step!(Encoded { frame: message.kind.name(), protocol, bytes, readers });
        self.frames[frame.0 as usize].heads[protocol as usize] = Some(head);
        Encoded { head, body }
    }

    /// Lets go of all that was encoded; the receivers keep what they share for as long as they need it.
    pub fn finish(self, chunks: &mut Chunks) {
        if let Some(body) = self.body {
            chunks.release(body.chunk);
        }
        for head in self.frames.iter().flat_map(|frame| &frame.heads).flatten() {
            chunks.release(head.chunk);
        }
    }
}
