//! `pubsub_patterns`: one linked list of (client, pattern) entries, in order of subscription.
//!
//! Redis: `src/pubsub.c`, `pubsubSubscribePattern` and `pubsubUnsubscribePattern`, as up to 5.0.
//!
//! Each pattern is interned: its text, its compiled form and the number of its entries are kept once. A
//! publish tests each pattern once, however many clients hold it, and encodes its frame once.

use super::ClientKey;
use super::names::{NameId, Names};
use super::publication::{FrameId, Publication};
use super::publish::Outlet;
use super::subscriptions::SubscriptionSet;
use crate::glob;
use crate::linked_list::{List, NodeKey, Nodes};

/// A node of the list.
#[derive(Clone, Copy)]
struct Entry {
    client: ClientKey,
    pattern: NameId,
}

/// What is kept once for each pattern.
struct Pattern {
    /// How many entries of the list hold it.
    entries: usize,
}

/// What the walk of one publish has found out about a pattern.
#[derive(Clone, Copy, Default)]
struct Verdict {
    /// The publish that this was found in; an older one says nothing.
    publish: u64,
    /// The frame to send if the pattern matches.
    frame: Option<FrameId>,
}

/// The list and the dict of the patterns in it.
#[derive(Default)]
pub struct Patterns {
    list: List,
    nodes: Nodes<Entry>,
    dict: Names<Pattern>,
    /// A verdict for each pattern id.
    verdicts: Vec<Verdict>,
    publishes: u64,
}

impl Patterns {
    /// Subscribes `client` to `pattern`, appending an entry to the list. False if it was subscribed.
    // ANCHOR: psubscribe
    pub fn subscribe(&mut self, client: ClientKey, set: &mut SubscriptionSet, pattern: &[u8]) -> bool {
        let id = self.dict.intern(pattern, || Pattern { entries: 0 });
        if set.contains(id) {
            return false;
        }
        let node = self.list.push_back(&mut self.nodes, Entry { client, pattern: id });
        set.insert(id, node);
        self.dict.get_mut(id).entries += 1;
        true
    }
    // ANCHOR_END: psubscribe

    /// Takes the client whose set is given off `pattern`. False if it was not subscribed.
    pub fn unsubscribe(&mut self, set: &mut SubscriptionSet, pattern: &[u8]) -> bool {
        let Some(id) = self.dict.find(pattern) else { return false };
        let Some(node) = set.remove(id) else { return false };
        self.unlink(id, node);
        true
    }

    /// Takes the client off every pattern in its set; `each` is told each, in the patterns' order.
    pub fn unsubscribe_all(&mut self, set: &mut SubscriptionSet, mut each: impl FnMut(&[u8])) {
        let mut all: Vec<_> = set.take().collect();
        all.sort_unstable_by(|a, b| self.dict.name(a.0).cmp(self.dict.name(b.0)));
        for (id, node) in all {
            each(self.dict.name(id));
            self.unlink(id, node);
        }
    }

    /// The client is gone: takes out all its entries, O(1) each, telling nobody.
    pub fn forget(&mut self, set: &mut SubscriptionSet) {
        for (id, node) in set.take() {
            self.unlink(id, node);
        }
        self.nodes.shrink_if_empty();
    }

    fn unlink(&mut self, id: NameId, node: NodeKey) {
        self.list.unlink(&mut self.nodes, node);
        let pattern = self.dict.get_mut(id);
        pattern.entries -= 1;
        if pattern.entries == 0 {
            self.dict.remove(id);
        }
    }

    /// The second half of a publish: walks the list and delivers to each entry whose pattern matches
    /// `channel`. Returns the number of deliveries.
    // ANCHOR: pattern-walk
    pub fn publish<'a>(
        &'a mut self,
        channel: &[u8],
        publication: &mut Publication<'a>,
        outlet: &mut impl Outlet,
    ) -> usize {
        self.publishes += 1;
        let Patterns { list, nodes, dict, verdicts, publishes } = self;
        let mut receivers = 0;
        for entry in list.iter(nodes) {
            let id = entry.pattern as usize;
            if id >= verdicts.len() {
                verdicts.resize(id + 1, Verdict::default());
            }
            if verdicts[id].publish != *publishes {
                let pattern = dict.name(entry.pattern);
                let frame = glob::matches(pattern, channel, false)
                    .then(|| publication.pattern_frame(pattern, dict.get(entry.pattern).entries));
                verdicts[id] = Verdict { publish: *publishes, frame };
            }
            if let Some(frame) = verdicts[id].frame {
                outlet.deliver(entry.client, publication, frame);
                receivers += 1;
            }
        }
        receivers
    }
    // ANCHOR_END: pattern-walk

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
