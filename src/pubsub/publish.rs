//! The walk: what PUBLISH does with the two structures.
//!
//! Redis: `src/pubsub.c`, `pubsubPublishMessageInternal`.

use super::publication::{FrameId, Publication};
use super::{ClientKey, Frames, PubSub};

/// Where the walk leaves what it finds: the receivers' outputs.
pub trait Outlet {
    /// Queues a frame of `publication` to `client`.
    fn deliver(&mut self, client: ClientKey, publication: &mut Publication<'_>, frame: FrameId);
    /// The chunks that frames are encoded into.
    fn frames(&mut self) -> &mut Frames;
}

impl PubSub {
    /// Delivers `message` to the subscribers of `channel`, then to those of each pattern that matches
    /// it, both in order of subscription. Returns how many deliveries that made: a client with the
    /// channel and a matching pattern counts, and receives, twice.
    // ANCHOR: publish-walk
    pub fn publish(&mut self, channel: &[u8], message: &[u8], outlet: &mut impl Outlet) -> usize {
        let mut publication = Publication::new(channel, message);
        let mut receivers = 0;
        // 1. The dict: the list of the channel's own subscribers.
        let list = self.channels.list(channel);
        if !list.is_empty() {
            let frame = publication.channel_frame("message", list.len());
            for client in self.channels.clients(list) {
                outlet.deliver(client, &mut publication, frame);
                receivers += 1;
            }
        }
        // 2. The list: every (client, pattern) whose pattern matches.
        receivers += self.patterns.publish(channel, &mut publication, outlet);
        publication.finish(outlet.frames());
        receivers
    }
    // ANCHOR_END: publish-walk

    /// The same for a shard channel: its own dict, no patterns.
    pub fn spublish(&mut self, channel: &[u8], message: &[u8], outlet: &mut impl Outlet) -> usize {
        let mut publication = Publication::new(channel, message);
        let list = self.shard_channels.list(channel);
        let frame = publication.channel_frame("smessage", list.len());
        for client in self.shard_channels.clients(list) {
            outlet.deliver(client, &mut publication, frame);
        }
        publication.finish(outlet.frames());
        list.len()
    }
}
