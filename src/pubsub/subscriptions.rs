//! A client's own side: the set of its channels, of its patterns, and of its shard channels.
//!
//! Redis: `struct client`, `pubsub_channels`, `pubsub_patterns` and `pubsubshard_channels`.
//!
//! Different on purpose: the value beside each name is the key of the client's node in the server's list.

use super::names::NameId;
use crate::linked_list::NodeKey;
use hashbrown::HashTable;

/// A set of interned names, each with the node that stands for it in a list of the server's.
#[derive(Default)]
pub struct SubscriptionSet {
    table: HashTable<(NameId, NodeKey)>,
}

impl SubscriptionSet {
    /// Whether `name` is in the set.
    pub fn contains(&self, name: NameId) -> bool {
        self.table.find(hash(name), |&(id, _)| id == name).is_some()
    }

    /// Adds a name that is not yet in the set.
    pub fn insert(&mut self, name: NameId, node: NodeKey) {
        self.table.insert_unique(hash(name), (name, node), |&(id, _)| hash(id));
    }

    /// Takes `name` out; returns the node that stood for it.
    pub fn remove(&mut self, name: NameId) -> Option<NodeKey> {
        let ((_, node), _) = self.table.find_entry(hash(name), |&(id, _)| id == name).ok()?.remove();
        Some(node)
    }

    /// Empties the set; returns what was in it, in no order that means anything.
    pub fn take(&mut self) -> impl Iterator<Item = (NameId, NodeKey)> + use<> {
        std::mem::take(&mut self.table).into_iter()
    }

    /// The names, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, NodeKey)> + '_ {
        self.table.iter().copied()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

/// Ids are small integers the server gave out, so spreading their bits is all a hash has to do here
/// (Fibonacci hashing; the high bits, which the table reads too, are the best mixed).
fn hash(name: NameId) -> u64 {
    let spread = u64::from(name).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    spread ^ (spread >> 32)
}

/// The three sets of one client. A client without any subscription has none of them.
#[derive(Default)]
pub struct Subscriptions {
    /// Channels of SUBSCRIBE.
    pub channels: SubscriptionSet,
    /// Patterns of PSUBSCRIBE.
    pub patterns: SubscriptionSet,
    /// Shard channels of SSUBSCRIBE.
    pub shard_channels: SubscriptionSet,
}

impl Subscriptions {
    /// Channels and patterns together: the number in the confirmations. Shard channels count apart.
    ///
    /// Redis: `clientSubscriptionsCount`.
    pub fn count(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    /// Whether no subscription of any kind is left.
    pub fn is_empty(&self) -> bool {
        self.count() == 0 && self.shard_channels.is_empty()
    }
}
