//! `pubsub_patterns`: one linked list of (client, pattern) entries, in order of subscription.
//!
//! Redis: `src/pubsub.c`, `pubsubSubscribePattern` and `pubsubUnsubscribePattern`, as up to 5.0.
//!
//! Each pattern is interned: its text, its compiled form and a list of its own entries are kept once. An
//! entry stands in two lists, then:
//!
//! ```text
//! pubsub_patterns   [1: A, *it*] ⇄ [2: B, *eye*] ⇄ [3: C, *it*]      all entries, numbered as they come
//! "*it*"            [1: A] ⇄ [3: C]                                   the same ones, by pattern
//! "*eye*"           [2: B]
//! ```
//!
//! The first is what Redis 2.8 walked at each PUBLISH, and what [`super::publish`] walks when
//! `pattern-index` is off. The second serves the index: it finds patterns, their lists find the entries,
//! and the numbers put those in the order of the first list.
//!
//! A client chooses how many patterns it has, and some compile to many times their length. So the patterns of a client
//! beyond [`MAX_COMPILED`], and all beyond [`MAX_TABLES`], are kept as text, and matched as Redis matches them.

use super::names::{NameId, Names};
use super::pattern_index::PatternIndex;
use super::subscriptions::SubscriptionSet;
use crate::base::ids::ClientKey;
use crate::base::linked_list::{List, NodeKey, Nodes};
use crate::base::random::Seed;
use crate::glob;
use crate::glob::TooBig;
use crate::steps::{Registry, readable, step};

/// A node of `pubsub_patterns`.
#[derive(Clone, Copy, Debug)]
// ANCHOR: entry
pub(super) struct Entry {
    pub(super) client: ClientKey,
    pub(super) pattern: NameId,
    /// The same entry in the pattern's own list.
    member: NodeKey,
}

/// A node of one pattern's own list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// The entry's number: grows along both lists.
    pub(super) number: u64,
    pub(super) client: ClientKey,
}

/// A client whose patterns take that many bytes adds only patterns that are kept as text.
const MAX_COMPILED: usize = 1 << 20;
/// The tables of all patterns together take at most that many bytes.
const MAX_TABLES: usize = 64 << 20;

/// What is kept once for each pattern.
pub(super) struct Pattern {
    pub(super) compiled: glob::Compiled,
    pub(super) members: List,
}
// ANCHOR_END: entry

/// The list, the dict of the patterns in it, and the index over that.
pub struct Patterns {
    pub(super) list: List,
    pub(super) nodes: Nodes<Entry>,
    pub(super) dict: Names<Pattern>,
    pub(super) members: Nodes<Member>,
    pub(super) index: PatternIndex,
    /// Of the index.
    secret: u64,
    next_number: u64,
    /// What the tables of all patterns take, in bytes.
    tables: usize,
}

impl Patterns {
    /// An empty list.
    pub fn new(seed: Seed) -> Patterns {
        let secret = seed.number("index of patterns");
        Patterns {
            list: List::EMPTY,
            nodes: Nodes::new(),
            dict: Names::new(seed.keyed_hash()),
            members: Nodes::new(),
            index: PatternIndex::new(secret),
            secret,
            next_number: 0,
            tables: 0,
        }
    }

    /// Subscribes `client` to `pattern`, appending an entry to the list. False if it was subscribed. A
    /// pattern too long to be compiled is refused.
    // ANCHOR: psubscribe
    pub fn subscribe(
        &mut self,
        client: ClientKey,
        set: &mut SubscriptionSet,
        pattern: &[u8],
    ) -> Result<bool, TooBig> {
        let id = self.intern(pattern, MAX_COMPILED.saturating_sub(set.name_bytes()))?;
        if set.contains(id) {
            return Ok(false);
        }
        let member = Member { number: self.next_number, client };
        self.next_number += 1;
        let member = self.dict.get_mut(id).members.push_back(&mut self.members, member);
        let node = self.list.push_back(&mut self.nodes, Entry { client, pattern: id, member });
        step!(Appended {
            dict: Registry::PubsubPatterns,
            name: readable(pattern),
            client,
            length: self.list.len()
        });
        set.insert(id, node, self.memory_of(id));
        Ok(true)
    }
    // ANCHOR_END: psubscribe

    // ANCHOR: intern
    fn intern(&mut self, pattern: &[u8], room: usize) -> Result<NameId, TooBig> {
        if let Some(id) = self.dict.find(pattern) {
            return Ok(id);
        }
        let compiled = glob::Compiled::new(pattern, false, room.min(MAX_TABLES - self.tables))?;
        self.tables += compiled.tables();
        let id = self.dict.intern(pattern, || Pattern { compiled, members: List::EMPTY });
        self.index.insert(id, &self.dict.get(id).compiled);
        step!(Entered { dict: Registry::PubsubPatterns, name: readable(pattern) });
        Ok(id)
    }
    // ANCHOR_END: intern

    /// Takes the client whose set is given off `pattern`. False if it was not subscribed.
    pub fn unsubscribe(&mut self, set: &mut SubscriptionSet, pattern: &[u8]) -> bool {
        let Some(id) = self.dict.find(pattern) else { return false };
        let Some(node) = set.remove(id, self.memory_of(id)) else { return false };
        self.unlink(node);
        true
    }

    /// Takes the client off every pattern in its set; `each` is told each, in the patterns' order.
    pub fn unsubscribe_all(&mut self, set: &mut SubscriptionSet, mut each: impl FnMut(&[u8])) {
        let mut all: Vec<_> = set.take().collect();
        all.sort_unstable_by(|a, b| self.dict.name(a.0).cmp(self.dict.name(b.0)));
        for (id, node) in all {
            each(self.dict.name(id));
            self.unlink(node);
        }
    }

    /// The client is gone: takes out all its entries, O(1) each, telling nobody.
    pub fn forget(&mut self, set: &mut SubscriptionSet) {
        for (_, node) in set.take() {
            self.unlink(node);
        }
    }

    // ANCHOR: unlink-pattern
    fn unlink(&mut self, node: NodeKey) {
        let Entry { pattern: id, member, client } = self.list.unlink(&mut self.nodes, node);
        let length = self.list.len();
        step!(Unlinked {
            dict: Registry::PubsubPatterns,
            name: readable(self.dict.name(id)),
            client,
            length
        });
        let pattern = self.dict.get_mut(id);
        pattern.members.unlink(&mut self.members, member);
        if pattern.members.is_empty() {
            self.index.remove(id, &pattern.compiled);
            self.tables -= pattern.compiled.tables();
            step!(Left { dict: Registry::PubsubPatterns, name: readable(self.dict.name(id)) });
            self.dict.remove(id);
        }
        if self.list.is_empty() {
            self.nodes.shrink_if_empty();
            self.members.shrink_if_empty();
            self.index = PatternIndex::new(self.secret);
        }
    }
    // ANCHOR_END: unlink-pattern

    /// What an interned pattern takes, in bytes: its text and its compiled form.
    fn memory_of(&self, id: NameId) -> usize {
        self.dict.name(id).len() + self.dict.get(id).compiled.memory()
    }

    /// The text of an interned pattern: for the ids in a client's set.
    pub fn name(&self, pattern: NameId) -> &[u8] {
        self.dict.name(pattern)
    }

    /// The list: each entry's client and pattern, in order of subscription.
    pub fn iter(&self) -> impl Iterator<Item = (ClientKey, &[u8])> {
        self.list.iter(&self.nodes).map(|entry| (entry.client, self.dict.name(entry.pattern)))
    }

    /// How many different patterns there are: what `PUBSUB NUMPAT` tells since Redis 6.2.
    pub fn unique(&self) -> usize {
        self.dict.len()
    }

    /// How many entries the list has.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
