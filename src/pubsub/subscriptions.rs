//! A client's own side: the set of its channels, of its patterns, and of its shard channels.
//!
//! Redis: `struct client`, `pubsub_channels`, `pubsub_patterns` and `pubsubshard_channels`.
//!
//! Different on purpose: the value beside each name is the key of the client's node in the server's list.

use super::names::NameId;
use crate::base::linked_list::NodeKey;
use hashbrown::HashTable;

/// What was in a set.
pub type Entries = hashbrown::hash_table::IntoIter<(NameId, NodeKey)>;

/// A set of interned names, each with the node that stands for it in a list of the server's.
#[derive(Default)]
pub struct SubscriptionSet {
    table: HashTable<(NameId, NodeKey)>,
    /// What the names take, in bytes.
    name_bytes: usize,
}

impl SubscriptionSet {
    /// Whether `name` is in the set.
    pub fn contains(&self, name: NameId) -> bool {
        self.table.find(hash(name), |&(id, _)| id == name).is_some()
    }

    /// Adds a name that is not yet in the set. `bytes`: what the name takes in the server's dict; it counts in full for
    /// each client that has it.
    pub fn insert(&mut self, name: NameId, node: NodeKey, bytes: usize) {
        self.name_bytes += bytes;
        self.table.insert_unique(hash(name), (name, node), |&(id, _)| hash(id));
    }

    /// Takes `name` out, with as many `bytes` as it was inserted with; returns the node that stood for it.
    pub fn remove(&mut self, name: NameId, bytes: usize) -> Option<NodeKey> {
        let ((_, node), _) = self.table.find_entry(hash(name), |&(id, _)| id == name).ok()?.remove();
        self.name_bytes -= bytes;
        Some(node)
    }

    /// Empties the set; returns what was in it, in no order that means anything.
    pub fn take(&mut self) -> Entries {
        std::mem::take(self).table.into_iter()
    }

    /// The names, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, NodeKey)> + '_ {
        self.table.iter().copied()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// What the names take in the server's dict, in bytes; for patterns, their compiled form included.
    pub fn name_bytes(&self) -> usize {
        self.name_bytes
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

/// What a name takes in a set, in bytes: its entry, and one byte of the table's own.
const PER_NAME: usize = size_of::<(NameId, NodeKey)>() + 1;

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

    /// The memory it takes, in bytes. An estimate: the holes of the sets are not counted.
    pub fn memory(&self) -> usize {
        let sets = [&self.channels, &self.patterns, &self.shard_channels];
        let of_set = |set: &SubscriptionSet| set.len() * PER_NAME + set.name_bytes();
        size_of::<Subscriptions>() + sets.map(of_set).iter().sum::<usize>()
    }

    /// Whether no subscription of any kind is left.
    pub fn is_empty(&self) -> bool {
        self.count() == 0 && self.shard_channels.is_empty()
    }
}
