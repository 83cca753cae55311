//! `pubsub_channels`: a dict from a channel's name to the linked list of the clients subscribed to it.
//!
//! Redis: `src/pubsub.c`, `pubsubSubscribeChannel` and `pubsubUnsubscribeChannel`. The server holds two of
//! these: one for channels, one for shard channels.
//!
//! Invariants (checked against a model of sets in `tests/it/model.rs`):
//! - a channel is in the dict exactly while its list is not empty;
//! - a client is in a channel's list exactly while the channel is in the client's set, once, and the set
//!   holds the key of that very node.

use super::names::{NameId, Names};
use super::subscriptions::SubscriptionSet;
use crate::base::ids::ClientKey;
use crate::base::linked_list::{List, Nodes};
use crate::base::random::KeyedHash;
use crate::steps::{Registry, readable, step};

/// The dict and the nodes of all its lists.
// ANCHOR: channels
pub struct Channels {
    /// Which of the two this is.
    which: Registry,
    dict: Names<List>,
    nodes: Nodes<ClientKey>,
    /// How often any list has changed.
    changes: u64,
}
// ANCHOR_END: channels

/// The clients of one list as they are now: equal audiences of one dict are the same clients in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audience {
    list: List,
    changes: u64,
    /// The audiences of one dict are not to be taken for those of the other.
    which: Registry,
}

impl Audience {
    /// How many clients there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl Channels {
    /// An empty dict.
    pub fn new(which: Registry, hasher: KeyedHash) -> Channels {
        Channels { which, dict: Names::new(hasher), nodes: Nodes::new(), changes: 0 }
    }

    /// Subscribes `client` to `name`, appending it to the channel's list. False if it was subscribed.
    // ANCHOR: subscribe
    pub fn subscribe(&mut self, client: ClientKey, set: &mut SubscriptionSet, name: &[u8]) -> bool {
        let channel = self.dict.intern(name, || {
            step!(Entered { dict: self.which, name: readable(name) });
            List::EMPTY
        });
        if set.contains(channel) {
            return false;
        }
        let node = self.dict.get_mut(channel).push_back(&mut self.nodes, client);
        step!(Appended {
            dict: self.which,
            name: readable(name),
            client,
            length: self.dict.get(channel).len()
        });
        self.changes += 1;
        set.insert(channel, node, name.len());
        true
    }
    // ANCHOR_END: subscribe

    /// Takes the client whose set is given off the channel `name`. False if it was not subscribed.
    // ANCHOR: unsubscribe
    pub fn unsubscribe(&mut self, set: &mut SubscriptionSet, name: &[u8]) -> bool {
        let Some(channel) = self.dict.find(name) else { return false };
        let Some(node) = set.remove(channel, name.len()) else { return false };
        self.unlink(channel, node);
        true
    }
    // ANCHOR_END: unsubscribe

    /// Takes the client off every channel in its set. `each` is told each name, in the names' order: the set
    /// has none of its own, and Redis promises none.
    pub fn unsubscribe_all(&mut self, set: &mut SubscriptionSet, mut each: impl FnMut(&[u8])) {
        let mut all: Vec<_> = set.take().collect();
        all.sort_unstable_by(|a, b| self.dict.name(a.0).cmp(self.dict.name(b.0)));
        for (channel, node) in all {
            each(self.dict.name(channel));
            self.unlink(channel, node);
        }
    }

    /// The client is gone: takes it off every channel, O(1) each, telling nobody.
    pub fn forget(&mut self, set: &mut SubscriptionSet) {
        for (channel, node) in set.take() {
            self.unlink(channel, node);
        }
    }

    // ANCHOR: unlink-channel
    fn unlink(&mut self, channel: NameId, node: u32) {
        self.changes += 1;
        let list = self.dict.get_mut(channel);
        let client = list.unlink(&mut self.nodes, node);
        let length = list.len();
        step!(Unlinked { dict: self.which, name: readable(self.dict.name(channel)), client, length });
        if length == 0 {
            step!(Left { dict: self.which, name: readable(self.dict.name(channel)) });
            self.dict.remove(channel);
            self.nodes.shrink_if_empty();
        }
    }
    // ANCHOR_END: unlink-channel

    /// Who is subscribed to `name`; nobody if there is no such channel.
    pub fn audience(&self, name: &[u8]) -> Audience {
        let list = self.dict.find(name).map_or(List::EMPTY, |channel| *self.dict.get(channel));
        step!(LookedUp { dict: self.which, name: readable(name), clients: list.len() });
        Audience { list, changes: self.changes, which: self.which }
    }

    /// The clients of an audience, in order of subscription.
    pub fn clients(&self, audience: Audience) -> impl Iterator<Item = ClientKey> + '_ {
        audience.list.iter(&self.nodes)
    }

    /// The name of an interned channel: for the ids in a client's set.
    pub fn name(&self, channel: NameId) -> &[u8] {
        self.dict.name(channel)
    }

    /// Every channel that has a subscriber, with its list of clients.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], impl Iterator<Item = ClientKey>)> {
        self.dict.iter().map(|(_, name, list)| (name, list.iter(&self.nodes)))
    }

    /// How many clients are subscribed to `name`, and which, in order of subscription; None: there is no such channel. To look
    /// is no step.
    pub fn list(&self, name: &[u8]) -> Option<(usize, impl Iterator<Item = ClientKey>)> {
        let list = self.dict.get(self.dict.find(name)?);
        Some((list.len(), list.iter(&self.nodes)))
    }

    /// Every channel that has a subscriber: its name.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.dict.iter().map(|(_, name, _)| name)
    }

    /// How many channels have a subscriber.
    pub fn len(&self) -> usize {
        self.dict.len()
    }

    /// Whether no channel has a subscriber.
    pub fn is_empty(&self) -> bool {
        self.dict.is_empty()
    }

    /// How many subscriptions there are in all: the nodes of all lists.
    pub fn subscriptions(&self) -> usize {
        self.nodes.len()
    }
}
