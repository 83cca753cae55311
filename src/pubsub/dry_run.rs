//! A PUBLISH that delivers nothing: it makes the same walk and notes what it finds.
//!
//! Redis: none. `PUBSUB EXPLAIN` and `PUBSUB SUBSCRIBERS` tell what a message would meet; the walk is
//! [`super::publish`]'s own, so they cannot tell otherwise than PUBLISH does. Nothing is encoded: only an
//! outlet that delivers asks for a frame's bytes.

use super::publication::{FrameId, Publication};
use super::{Outlet, PubSub};
use crate::base::ids::ClientKey;
use crate::output::chunks::Chunks;
use crate::resp::reply::Kind;
use std::collections::BTreeMap;

/// What a frame is; the pattern of a `pmessage`.
type KindAndPattern = (Kind, Option<Box<[u8]>>);

/// What the walk found.
#[derive(Default)]
pub struct DryRun {
    /// Each delivery, in order.
    pub receivers: Vec<(ClientKey, FrameId)>,
    /// Each pattern that was tested, in order, and whether it matches.
    pub tested: Vec<(Box<[u8]>, bool)>,
    /// What PUBLISH would reply.
    pub reply: usize,
    /// The kind of each frame, and its pattern.
    kinds: BTreeMap<FrameId, KindAndPattern>,
    /// Stays empty.
    chunks: Chunks,
}

impl DryRun {
    /// Publishes an empty message to `channel`, or to the shard channel of that name, and delivers it to nobody.
    pub fn new(pubsub: &mut PubSub, channel: &[u8], shard: bool) -> DryRun {
        let mut run = DryRun::default();
        run.reply = if shard {
            pubsub.spublish(channel, b"", &mut run)
        } else {
            pubsub.publish(channel, b"", &mut run)
        };
        run
    }

    /// What a frame is, and by which pattern.
    pub fn frame(&self, frame: FrameId) -> (Kind, Option<&[u8]>) {
        let (kind, pattern) = &self.kinds[&frame];
        (*kind, pattern.as_deref())
    }
}

impl Outlet for DryRun {
    fn deliver(&mut self, client: ClientKey, publication: &mut Publication<'_>, frame: FrameId) {
        self.kinds.entry(frame).or_insert_with(|| {
            let message = publication.message(frame);
            (message.kind, message.pattern.map(Box::from))
        });
        self.receivers.push((client, frame));
    }

    fn tested(&mut self, pattern: &[u8], matches: bool) {
        self.tested.push((pattern.into(), matches));
    }

    fn chunks(&mut self) -> &mut Chunks {
        &mut self.chunks
    }
}
