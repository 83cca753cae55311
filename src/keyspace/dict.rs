//! A dict from bytes to values that grows without a pause and can be scanned while it changes.
//!
//! Redis: `src/dict.c` (`dictFind`, `_dictExpandIfNeeded`, `dictRehash`, `dictScan`).
//!
//! Two tables of chains. While the dict grows or shrinks both are in use: each call that changes something moves one
//! bucket from the first to the second, so that no single command pays for all of it.
//!
//! Different on purpose: entries live in rows and chains are made of their places, four bytes each. A place is valid
//! as long as its key is in the dict and the dict is not shortened, and others (the index of expiry times) may keep it.
//!
//! Invariants, checked by the property tests below against a `BTreeMap`:
//! - every entry is in exactly one chain, that of its hash in the table that its bucket belongs to now;
//! - the number of buckets is a power of two, and buckets of the first table below `moved` are empty while both exist.
//!
//! The memory of removed entries is kept for the next ones. [`Dict::shorten`] gives it back: eviction asks for that.

mod draw;
mod room;

use super::entries::Entries;
use crate::base::random::KeyedHash;
use crate::base::small_bytes::SmallBytes;

/// Where an entry is, for as long as it is there.
pub type Place = u32;

/// The fewest buckets. Redis: `DICT_HT_INITIAL_SIZE`.
const FEWEST: usize = 4;
/// A table this many times larger than what is in it shrinks. Redis: `HASHTABLE_MIN_FILL`.
const SPARSE: usize = 8;
/// How many empty buckets one step passes over at most. Redis: 10, and its timer goes on; here nothing does, so that
/// while keys are removed each step must find one to move, or a dict that was emptied would stay as large as it was.
const EMPTY_VISITS: usize = 64;

/// A dict.
#[derive(Clone)]
// ANCHOR: dict
pub struct Dict<V> {
    entries: Entries<Entry<V>>,
    /// For each place, the next entry of its chain: as in the buckets. Beside the entries, not in them, where the four
    /// bytes would be rounded up to eight.
    chain: Vec<u32>,
    /// The buckets: 1 + the place of the first entry of each chain, 0 if there is none.
    tables: [Vec<u32>; 2],
    /// How many buckets of the first table have been moved to the second; 0 if there is no second.
    moved: usize,
    /// SipHash with a key drawn at start, as in Redis: clients choose the keys.
    hasher: KeyedHash,
}

#[derive(Clone)]
struct Entry<V> {
    key: SmallBytes,
    value: V,
}
// ANCHOR_END: dict

impl<V: std::fmt::Debug> std::fmt::Debug for Dict<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(key, value)| (key.escape_ascii().to_string(), value)))
            .finish()
    }
}

impl<V> Dict<V> {
    /// An empty dict.
    pub fn new(hasher: KeyedHash) -> Dict<V> {
        Dict {
            entries: Entries::new(),
            chain: Vec::new(),
            tables: [Vec::new(), Vec::new()],
            moved: 0,
            hasher,
        }
    }

    /// The memory that an entry takes beside what its key and its value have elsewhere: its own, its link, its bucket.
    pub const fn per_entry() -> usize {
        Entries::<Entry<V>>::per_entry() + 2 * size_of::<u32>()
    }

    /// The memory of the tables, by their capacity.
    pub fn memory(&self) -> usize {
        let buckets: usize = self.tables.iter().map(Vec::capacity).sum();
        self.entries.memory() + (self.chain.capacity() + buckets) * size_of::<u32>()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where the key is.
    // ANCHOR: dict-find
    pub fn find(&self, key: &[u8]) -> Option<Place> {
        if self.entries.is_empty() {
            return None;
        }
        let hash = self.hash(key);
        for table in self.tables.iter().filter(|table| !table.is_empty()) {
            let mut link = table[bucket(hash, table)];
            while link != 0 {
                if *self.entries[link as usize - 1].key == *key {
                    return Some(link - 1);
                }
                link = self.chain[link as usize - 1];
            }
        }
        None
    }
    // ANCHOR_END: dict-find

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.find(key).map(|place| self.value(place))
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        self.find(key).map(|place| self.value_mut(place))
    }

    /// The key at a place.
    pub fn key(&self, place: Place) -> &[u8] {
        &self.entries[place as usize].key
    }

    /// The value at a place.
    pub fn value(&self, place: Place) -> &V {
        &self.entries[place as usize].value
    }

    /// The value at a place, to change it.
    pub fn value_mut(&mut self, place: Place) -> &mut V {
        &mut self.entries[place as usize].value
    }

    /// How many places there are, vacant ones included: all are less than that.
    pub fn places_end(&self) -> Place {
        self.entries.places() as Place
    }

    /// The key and the value at a place; None: it is vacant. For a traversal by place, which can be left and taken up again at any
    /// place as long as the dict does not change.
    pub fn entry(&self, place: Place) -> Option<(&[u8], &V)> {
        self.entries.get(place as usize).map(|entry| (&*entry.key, &entry.value))
    }

    /// Adds a key that is not in the dict.
    pub fn add(&mut self, key: &[u8], value: V) -> Place {
        self.step();
        if self.entries.len() >= self.tables[0].len() && self.tables[1].is_empty() {
            self.resize(self.entries.len() + 1);
        }
        let place = self.entries.insert(Entry { key: key.into(), value });
        if place as usize == self.chain.len() {
            self.chain.push(0);
        }
        self.link(place, usize::from(!self.tables[1].is_empty()));
        place
    }

    /// Removes a key and returns its value.
    pub fn remove(&mut self, key: &[u8]) -> Option<V> {
        self.find(key).and_then(|place| self.remove_at(place))
    }

    /// Removes the key at a place and returns its value.
    pub fn remove_at(&mut self, place: Place) -> Option<V> {
        let hash = self.hash(self.key(place));
        for table in &mut self.tables {
            if table.is_empty() {
                continue;
            }
            let head = bucket(hash, table);
            let mut before = None;
            let mut link = table[head];
            while link != 0 {
                let next = self.chain[link as usize - 1];
                if link - 1 == place {
                    match before {
                        None => table[head] = next,
                        Some(before) => self.chain[before as usize - 1] = next,
                    }
                    break;
                }
                before = Some(link);
                link = next;
            }
        }
        let value = self.entries.remove(place)?.value;
        self.chain.truncate(self.entries.places());
        // ANCHOR: dict-shrink
        self.step();
        if self.tables[1].is_empty()
            && self.tables[0].len() > FEWEST
            && self.entries.len() * SPARSE < self.tables[0].len()
        {
            self.resize(self.entries.len());
        }
        // ANCHOR_END: dict-shrink
        Some(value)
    }

    /// Every entry, by place. The memory of a row is freed behind its last one.
    pub fn into_entries(self) -> impl Iterator<Item = (Place, SmallBytes, V)> {
        self.entries.into_iter().map(|(place, entry)| (place, entry.key, entry.value))
    }

    /// Every entry, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &V)> {
        // The slab does not shrink: when most of it is vacant, the chains are the shorter way.
        let slots = (!self.is_sparse()).then(|| self.entries.iter().map(|(_, entry)| entry));
        let places = self.sparse_places();
        let entries = slots.into_iter().flatten().chain(places.map(|place| &self.entries[place as usize]));
        entries.map(|entry| (&*entry.key, &entry.value))
    }

    /// The place of every entry.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let slots = (!self.is_sparse()).then(|| self.entries.iter().map(|(place, _)| place));
        slots.into_iter().flatten().chain(self.sparse_places())
    }

    fn is_sparse(&self) -> bool {
        self.entries.len() * SPARSE < self.chain.len()
    }

    /// The place of every entry, by the chains; none, if most of the slab is in use.
    fn sparse_places(&self) -> impl Iterator<Item = Place> {
        let buckets = if self.is_sparse() { &self.tables[..] } else { &[] };
        buckets.iter().flatten().flat_map(|&head| self.chained(head))
    }

    /// The places of a chain.
    fn chained(&self, head: u32) -> impl Iterator<Item = Place> {
        let some = |link: u32| Some(link).filter(|&link| link != 0);
        std::iter::successors(some(head), move |&link| some(self.chain[link as usize - 1]))
            .map(|link| link - 1)
    }

    /// Visits the entries of a bucket, or of those that it was or will be split into, and returns the next cursor; 0
    /// after the last. A key that is in the dict from the first call (cursor 0) to the last is visited at least once,
    /// however the dict grows or shrinks in between.
    ///
    /// The cursor counts with its bits reversed. The buckets that a bucket is split into when the table doubles differ
    /// from it in higher bits only, so they are next to one another in that order, and what was visited stays visited.
    // ANCHOR: dict-scan
    pub fn scan(&self, cursor: u64, mut visit: impl FnMut(Place)) -> u64 {
        let mut visit_chain = |mut link: u32| {
            while link != 0 {
                visit(link - 1);
                link = self.chain[link as usize - 1];
            }
        };
        let mut tables = [&self.tables[0], &self.tables[1]];
        tables.sort_unstable_by_key(|table| table.len());
        let [small, large] = tables;
        if large.is_empty() {
            return 0;
        }
        let large_mask = large.len() as u64 - 1;
        if small.is_empty() {
            visit_chain(large[(cursor & large_mask) as usize]);
            return next_cursor(cursor, large_mask);
        }
        let small_mask = small.len() as u64 - 1;
        visit_chain(small[(cursor & small_mask) as usize]);
        let mut cursor = cursor;
        loop {
            visit_chain(large[(cursor & large_mask) as usize]);
            cursor = next_cursor(cursor, large_mask);
            if cursor & (small_mask ^ large_mask) == 0 {
                return cursor;
            }
        }
    }
    // ANCHOR_END: dict-scan

    /// How many buckets the tables have: what DEBUG HTSTATS would tell.
    pub fn buckets(&self) -> [usize; 2] {
        [self.tables[0].len(), self.tables[1].len()]
    }

    fn hash(&self, key: &[u8]) -> u64 {
        self.hasher.hash(key)
    }

    // ANCHOR: dict-link
    /// Puts an entry at the head of its chain.
    fn link(&mut self, place: Place, table: usize) {
        let hash = self.hash(&self.entries[place as usize].key);
        let table = &mut self.tables[table];
        let head = bucket(hash, table);
        self.chain[place as usize] = table[head];
        table[head] = place + 1;
    }
    // ANCHOR_END: dict-link

    /// Begins to move to a table for `keys` keys.
    fn resize(&mut self, keys: usize) {
        let buckets = keys.next_power_of_two().max(FEWEST);
        if self.entries.is_empty() {
            self.tables[0] = vec![0; buckets];
        } else if buckets != self.tables[0].len() {
            self.tables[1] = vec![0; buckets];
        }
    }

    /// Moves the next bucket, if the dict is growing or shrinking. Redis: `dictRehash`.
    // ANCHOR: dict-step
    fn step(&mut self) {
        if self.tables[1].is_empty() {
            return;
        }
        for _ in 0..EMPTY_VISITS {
            if self.moved == self.tables[0].len() {
                let moved_to = std::mem::take(&mut self.tables[1]);
                self.tables[0] = moved_to;
                self.moved = 0;
                return;
            }
            let mut link = std::mem::take(&mut self.tables[0][self.moved]);
            self.moved += 1;
            if link != 0 {
                while link != 0 {
                    let next = self.chain[link as usize - 1];
                    self.link(link - 1, 1);
                    link = next;
                }
                return;
            }
        }
    }
    // ANCHOR_END: dict-step
}

/// Which bucket of a table a hash belongs to.
fn bucket(hash: u64, table: &[u32]) -> usize {
    hash as usize & (table.len() - 1)
}

// ANCHOR: next-cursor
/// Adds one to the bits under the mask, from the highest of them down.
pub(super) fn next_cursor(cursor: u64, mask: u64) -> u64 {
    (cursor | !mask).reverse_bits().wrapping_add(1).reverse_bits()
}
// ANCHOR_END: next-cursor

#[cfg(test)]
#[path = "dict_tests.rs"]
mod tests;
