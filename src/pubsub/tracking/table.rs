//! The tracking table: a dict from a key's name to the linked list of the clients that have read it.
//!
//! Redis: `TrackingTable` in `src/tracking.c` (`trackingRememberKeys`, `trackingInvalidateKey`).
//!
//! Different on purpose: Redis keeps the ids of clients, and finds out that a client has left when the key changes, which
//! may be never. Here each client's own set of keys leads to its nodes, as with channels. A client that leaves may have read
//! a million keys: its nodes are taken out a few at a time ([`Readers::sweep`]), some of them each time that a key is
//! remembered, so that they cannot grow in number faster than they go.
//!
//! Invariants (checked against a model in `tests/it/tracking.rs`): a key is in the dict exactly while its list is not empty;
//! a client is in a key's list exactly while the key is in its set, once.

use crate::base::ids::ClientKey;
use crate::base::linked_list::{List, NodeKey, Nodes};
use crate::base::random::KeyedHash;
use crate::pubsub::names::{NameId, Names};
use crate::pubsub::subscriptions::{Entries, SubscriptionSet};
use crate::steps::{Registry, readable, step};
use slab::Slab;
use std::collections::VecDeque;

/// How many nodes of clients that have left go when a key is remembered.
const SWEPT_PER_KEY: usize = 2;

/// A client in the table: valid until it has left and its last node is out.
pub type ReaderId = u32;

/// A client's own side.
struct Reader {
    /// None: it has left.
    client: Option<ClientKey>,
    /// The keys that it has read; empty when it has left.
    keys: SubscriptionSet,
}

/// A key's side.
// ANCHOR: tracked-key
struct Tracked {
    /// The clients that have read it, in that order.
    readers: List,
    /// Its place in [`Readers::order`].
    place: u32,
}
// ANCHOR_END: tracked-key

/// The dict, the nodes of all its lists, and the clients in them.
pub struct Readers {
    dict: Names<Tracked>,
    nodes: Nodes<ReaderId>,
    /// Every key, in no order that means anything: one of them at random is found at once.
    order: Vec<NameId>,
    readers: Slab<Reader>,
    /// Clients that have left, with those of their nodes that were not looked at yet.
    departed: VecDeque<(ReaderId, Entries)>,
}

impl Readers {
    /// An empty table.
    pub fn new(hasher: KeyedHash) -> Readers {
        Readers {
            dict: Names::new(hasher),
            nodes: Nodes::new(),
            order: Vec::new(),
            readers: Slab::new(),
            departed: VecDeque::new(),
        }
    }

    /// A client begins to track what it reads.
    pub fn join(&mut self, client: ClientKey) -> ReaderId {
        let reader = Reader { client: Some(client), keys: SubscriptionSet::default() };
        self.readers.insert(reader) as ReaderId
    }

    /// A client has gone.
    pub fn leave(&mut self, reader: ReaderId) {
        let entry = &mut self.readers[reader as usize];
        entry.client = None;
        let keys = entry.keys.take();
        self.departed.push_back((reader, keys));
        self.sweep(SWEPT_PER_KEY);
    }

    /// A client has read a key, and may hold its value from now on.
    // ANCHOR: remember
    pub fn remember(&mut self, reader: ReaderId, name: &[u8]) {
        let Reader { client: Some(client), keys } = &mut self.readers[reader as usize] else { return };
        let order = &mut self.order;
        let mut is_new = false;
        let key = self.dict.intern(name, || {
            step!(Entered { dict: Registry::TrackingTable, name: readable(name) });
            is_new = true;
            Tracked { readers: List::EMPTY, place: order.len() as u32 }
        });
        if is_new {
            order.push(key);
        }
        if keys.contains(key) {
            return;
        }
        let list = &mut self.dict.get_mut(key).readers;
        let node = list.push_back(&mut self.nodes, reader);
        let length = list.len();
        keys.insert(key, node, name.len());
        step!(Appended { dict: Registry::TrackingTable, name: readable(name), client: *client, length });
        self.sweep(SWEPT_PER_KEY);
    }
    // ANCHOR_END: remember

    /// A key leaves the table, with its list: hands the clients on it to `each`, in the order in which they read it.
    // ANCHOR: take-key
    pub fn take(&mut self, name: &[u8], mut each: impl FnMut(ClientKey)) {
        let found = self.dict.find(name);
        let clients = found.map_or(0, |key| self.dict.get(key).readers.len());
        step!(LookedUp { dict: Registry::TrackingTable, name: readable(name), clients });
        let Some(key) = found else { return };
        let mut list = self.remove(key);
        while let Some((reader, _)) = list.pop_front(&mut self.nodes) {
            let Reader { client, keys } = &mut self.readers[reader as usize];
            let Some(client) = *client else { continue };
            keys.remove(key, name.len());
            step!(Visited { dict: Registry::TrackingTable, name: readable(name), client });
            each(client);
        }
        step!(Left { dict: Registry::TrackingTable, name: readable(name) });
        self.nodes.shrink_if_empty();
    }
    // ANCHOR_END: take-key

    /// Takes a key out of the dict; returns its list, whose nodes are still there.
    fn remove(&mut self, key: NameId) -> List {
        let Tracked { readers, place } = self.dict.remove(key);
        self.order.swap_remove(place as usize);
        if let Some(&moved) = self.order.get(place as usize) {
            self.dict.get_mut(moved).place = place;
        }
        readers
    }

    /// Takes out nodes of clients that have left, at most `share` of them.
    pub fn sweep(&mut self, share: usize) {
        for _ in 0..share {
            let Some((reader, entries)) = self.departed.front_mut() else { return };
            let reader = *reader;
            let Some((key, node)) = entries.next() else {
                self.departed.pop_front();
                self.readers.remove(reader as usize);
                continue;
            };
            self.unlink(reader, key, node);
        }
    }

    /// Takes a node of a client that has left off its list, unless the key has left the table meanwhile: then the node is no
    /// more, or it is another client's.
    fn unlink(&mut self, reader: ReaderId, key: NameId, node: NodeKey) {
        if self.nodes.get(node) != Some(reader) {
            return;
        }
        let list = &mut self.dict.get_mut(key).readers;
        list.unlink(&mut self.nodes, node);
        if list.is_empty() {
            step!(Left { dict: Registry::TrackingTable, name: readable(self.dict.name(key)) });
            self.remove(key);
            self.nodes.shrink_if_empty();
        }
    }

    /// Forgets every key. Redis: `trackingInvalidateKeysOnFlush`.
    pub fn clear(&mut self, hasher: KeyedHash) {
        let mut fresh = Readers::new(hasher);
        std::mem::swap(&mut fresh.readers, &mut self.readers);
        fresh.readers.retain(|_, reader| {
            reader.keys = SubscriptionSet::default();
            reader.client.is_some()
        });
        *self = fresh;
    }

    /// A key of the table, chosen by a random number; None if there is none.
    pub fn any(&self, number: u64) -> Option<&[u8]> {
        let place = number.checked_rem(self.order.len() as u64)?;
        Some(self.dict.name(self.order[place as usize]))
    }

    /// Every key with the clients that may hold it: in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], impl Iterator<Item = ClientKey>)> {
        self.dict.iter().map(|(_, name, tracked)| {
            let readers = tracked.readers.iter(&self.nodes);
            (name, readers.filter_map(|reader| self.readers[reader as usize].client))
        })
    }

    /// How many keys there are: `tracking_total_keys`.
    pub fn len(&self) -> usize {
        self.dict.len()
    }

    /// How many times a client may hold a key: `tracking_total_items`.
    pub fn items(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no client may hold a key.
    pub fn is_empty(&self) -> bool {
        self.dict.is_empty()
    }
}
