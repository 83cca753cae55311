//! Pub/Sub: the two structures, and the walk that a PUBLISH makes through them.
//!
//! Redis: `src/pubsub.c`; the structures are those of Redis 2.8 to 5.0, because a person can draw them:
//!
//! ```text
//! pubsub_channels     dict: "rainfall" ─► [A] ⇄ [D]        a linked list of the clients subscribed
//! pubsub_patterns     list: [A, *it*] ⇄ [B, *eye*]         one entry for each (client, pattern)
//! pubsub_shard_channels   a second dict like the first
//! client A            channels { rainfall }  patterns { *it* }  shard channels { }
//! ```
//!
//! Different on purpose: beside each name in a client's set stands the key of its node in the server's
//! list, so leaving is O(1). Redis 2.8 searched the list; 7.4 gave up the lists for dicts to be rid of that.
//!
//! This module knows no command, no socket and no client beyond its key: [`publish`] hands each receiver
//! and its frame to an [`Outlet`].
//!
//! Circle: [`PubSub`] keeps the memory that a walk uses again and again, and the walk is a method of it.

pub mod channels;
pub mod dry_run;
pub mod names;
pub mod pattern_index;
pub mod patterns;
pub mod publication;
pub mod publish;
pub mod subscriptions;
pub mod tracking;

pub use channels::{Audience, Channels};
pub use dry_run::DryRun;
pub use patterns::Patterns;
pub use publication::{FrameId, Publication};
pub use publish::Outlet;
pub use subscriptions::Subscriptions;
pub use tracking::Tracking;

use crate::base::random::Seed;
use crate::steps::Registry;

/// The server's side of every subscription.
pub struct PubSub {
    /// `pubsub_channels`: who gets what is published to a channel.
    pub channels: Channels,
    /// `pubsub_patterns`: who gets what is published to any channel that a pattern matches.
    pub patterns: Patterns,
    /// `pubsubshard_channels`: the same as `channels`, for SSUBSCRIBE and SPUBLISH.
    pub shard_channels: Channels,
    /// Whether PUBLISH walks all of `pubsub_patterns` rather than ask the index: `pattern-index no`.
    pub plain_walk: bool,
    scratch: publish::Scratch,
}

impl PubSub {
    /// No subscriptions yet.
    pub fn new(seed: Seed) -> PubSub {
        let hasher = seed.keyed_hash();
        PubSub {
            channels: Channels::new(Registry::PubsubChannels, hasher),
            patterns: Patterns::new(seed),
            shard_channels: Channels::new(Registry::PubsubShardChannels, hasher),
            plain_walk: false,
            scratch: publish::Scratch::default(),
        }
    }

    /// A client is gone: takes it off everything it subscribed to, O(1) each.
    // ANCHOR: forget-all
    pub fn forget(&mut self, subscriptions: &mut Subscriptions) {
        self.channels.forget(&mut subscriptions.channels);
        self.patterns.forget(&mut subscriptions.patterns);
        self.shard_channels.forget(&mut subscriptions.shard_channels);
    }
    // ANCHOR_END: forget-all
}
