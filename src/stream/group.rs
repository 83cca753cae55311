//! A consumer group: each entry goes to one of its consumers, and stays pending until it is acknowledged.
//!
//! Redis: `src/t_stream.c`, `streamCreateCG`, `streamLookupConsumer`, `streamCreateConsumer`, `streamDelConsumer`,
//! and the parts of `streamReplyWithRange`, `xackCommand` and `xclaimCommand` that change a group.

use super::id::StreamId;
use super::log::Log;
use super::pending::{ConsumerKey, Nack, Pending};
use slab::Slab;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// A member of a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its name.
    pub name: Box<[u8]>,
    /// When it last tried to get entries, in milliseconds since 1970.
    pub seen_time: i64,
    /// When it last got some; None: never.
    pub active_time: Option<i64>,
    /// The ids of what it has not acknowledged.
    pub pending: BTreeSet<StreamId>,
}

/// A consumer group.
///
/// Invariant: an id is in a consumer's set exactly while the group's list says that this consumer has it.
#[derive(Clone, Debug)]
// ANCHOR: group
pub struct Group {
    /// The last entry that was delivered to anybody.
    pub last_id: StreamId,
    /// How many entries were ever added up to `last_id`, those that are deleted now included. None: nobody knows.
    pub entries_read: Option<i64>,
    pending: Pending,
    consumers: Slab<Consumer>,
    names: BTreeMap<Box<[u8]>, ConsumerKey>,
}
// ANCHOR_END: group

impl Group {
    /// A group without consumers that has read up to `last_id`.
    pub fn new(last_id: StreamId, entries_read: Option<i64>) -> Group {
        Group {
            last_id,
            entries_read,
            pending: Pending::new(),
            consumers: Slab::new(),
            names: BTreeMap::new(),
        }
    }

    /// Everything pending, by id.
    pub fn pending(&self) -> &Pending {
        &self.pending
    }

    /// The consumer of that name.
    pub fn find_consumer(&self, name: &[u8]) -> Option<ConsumerKey> {
        self.names.get(name).copied()
    }

    /// The consumer at that place.
    pub fn consumer(&self, key: ConsumerKey) -> &Consumer {
        &self.consumers[key.0 as usize]
    }

    /// The same, to change its times.
    pub fn consumer_mut(&mut self, key: ConsumerKey) -> &mut Consumer {
        &mut self.consumers[key.0 as usize]
    }

    /// Every consumer, in the order of names.
    pub fn consumers(&self) -> impl ExactSizeIterator<Item = &Consumer> + Clone {
        self.names.values().map(|&key| self.consumer(key))
    }

    /// The consumers behind one of this name, in the order of names; None: all of them.
    pub fn consumers_after(&self, name: Option<&[u8]>) -> impl Iterator<Item = &Consumer> {
        let start = name.map_or(Bound::Unbounded, Bound::Excluded);
        self.names.range::<[u8], _>((start, Bound::Unbounded)).map(|(_, &key)| self.consumer(key))
    }

    /// Makes a consumer: there must be none of that name.
    pub fn add_consumer(&mut self, name: &[u8], now: i64) -> ConsumerKey {
        let consumer =
            Consumer { name: name.into(), seen_time: now, active_time: None, pending: BTreeSet::new() };
        let key = ConsumerKey(self.consumers.insert(consumer) as u32);
        self.names.insert(name.into(), key);
        key
    }

    /// Removes a consumer and what it had pending; returns how many entries that were. None: there is none of that
    /// name.
    pub fn delete_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let key = self.names.remove(name)?;
        let consumer = self.consumers.remove(key.0 as usize);
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }

    /// An entry of `log` was given to a consumer as new: moves `last_id` and keeps count. Redis:
    /// `streamReplyWithRange`.
    pub fn advance(&mut self, log: &Log, id: StreamId) {
        if id <= self.last_id {
            return;
        }
        match &mut self.entries_read {
            Some(count) if self.last_id >= log.first_id() && !log.has_holes_since(self.last_id) => {
                *count = count.wrapping_add(1);
            }
            count if log.entries_added > 0 => *count = log.distance_from_first(id),
            _ => {}
        }
        self.last_id = id;
    }

    /// An entry is pending from now on as `nack` says, whoever had it before.
    // ANCHOR: group-assign
    pub fn assign(&mut self, id: StreamId, nack: Nack) {
        let old = self.pending.insert(id, nack).map(|old| old.consumer);
        if old == Some(nack.consumer) {
            return;
        }
        if let Some(old) = old {
            self.consumer_mut(old).pending.remove(&id);
        }
        self.consumer_mut(nack.consumer).pending.insert(id);
    }
    // ANCHOR_END: group-assign

    /// A pending entry was delivered to its consumer again.
    pub fn redeliver(&mut self, id: StreamId, now: i64) {
        if let Some(nack) = self.pending.get_mut(&id) {
            nack.delivery_time = now;
            nack.delivery_count = nack.delivery_count.saturating_add(1);
        }
    }

    /// An entry is not pending any more. Whether it was.
    // ANCHOR: group-acknowledge
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(nack) = self.pending.remove(&id) else { return false };
        self.consumer_mut(nack.consumer).pending.remove(&id);
        true
    }
    // ANCHOR_END: group-acknowledge
}
