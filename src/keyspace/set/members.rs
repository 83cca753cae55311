//! The members of a large set: a dict without values.
//!
//! Redis: `src/dict.c` with `no_value` (`dictInsertAtPosition`, `dictScan`, `dictGetFairRandomKey`), `setDictType` in
//! `src/server.c`.
//!
//! The tables of chains, the growth without a pause and the cursors are those of [`Dict`](crate::keyspace::dict::Dict). A
//! chain is made of [`Records`], which have the link and the member side by side: what a lookup reads is in one place, and a
//! member of 14 bytes takes 20 and its bucket.
//!
//! When the table shrinks, or most of the records' memory is free, each bucket that moves takes its records along to new chunks,
//! and the old ones go with the last: so a set gives back the memory of what was removed from it, without a pause.
//!
//! Invariants, checked by the property test below against a `BTreeSet`:
//! - every record is in exactly one chain, that of its member's hash in the table that its bucket belongs to now;
//! - while the set shrinks, the records of the first table are the old ones, and those of the second the new ones.

use super::records::{Record, Records};
use crate::base::random::KeyedHash;
use crate::keyspace::dict::next_cursor;

/// The fewest buckets. Redis: `DICT_HT_INITIAL_SIZE`.
const FEWEST: usize = 4;
/// A table this many times larger than what is in it shrinks. Redis: `HASHTABLE_MIN_FILL`.
const SPARSE: usize = 8;
/// How many empty buckets one step passes over at most, as in [`Dict`](crate::keyspace::dict::Dict).
const EMPTY_VISITS: usize = 64;

/// Records lie close together if each has at most so many fours of bytes.
const CLOSE: usize = 16;
/// How deep in a chain chance looks. Of a hundred million chains, none is as long.
const DEPTHS: u64 = 16;
/// How many draws at most before the next bucket with a member has to do. A table that is filled to an eighth takes 128.
const DRAWS: usize = 2000;
/// Where less than one in so many bytes of the records is in use, they are moved together.
const HOLLOW: usize = 4;

/// How far a traversal of the members has come. It is valid until a member is added or removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    is_new: bool,
    record: Record,
}

/// A record, and whether it is one of the old ones.
type Place = (bool, Record);

/// The members of a large set.
#[derive(Clone)]
// ANCHOR: members
pub struct Members {
    records: Records,
    /// While the table shrinks, the records of the first table.
    old: Option<Box<Records>>,
    /// The buckets: the first record of each chain, 0 if there is none.
    tables: [Vec<Record>; 2],
    /// How many buckets of the first table have been moved to the second; 0 if there is no second.
    moved: usize,
    len: usize,
    /// The hash function, with a key of its own.
    hasher: KeyedHash,
}
// ANCHOR_END: members

impl std::fmt::Debug for Members {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(|member| member.escape_ascii().to_string())).finish()
    }
}

impl Members {
    /// No members yet.
    pub fn new(hasher: KeyedHash) -> Members {
        Members {
            records: Records::default(),
            old: None,
            tables: [Vec::new(), Vec::new()],
            moved: 0,
            len: 0,
            hasher,
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The memory that it takes beside itself, by capacity.
    pub fn memory(&self) -> usize {
        let buckets: usize = self.tables.iter().map(Vec::capacity).sum();
        let old = self.old.as_ref().map_or(0, |old| size_of::<Records>() + old.memory());
        self.records.memory() + old + buckets * size_of::<Record>()
    }

    fn records_at(&self, (is_old, _): Place) -> &Records {
        self.old.as_deref().filter(|_| is_old).unwrap_or(&self.records)
    }

    /// The member at a place.
    fn member(&self, place: Place) -> &[u8] {
        self.records_at(place).get(place.1).0
    }

    /// The place of a record of a table's chains.
    fn place(&self, table: usize, record: Record) -> Place {
        (table == 0 && self.old.is_some(), record)
    }

    /// The records of a table's chains.
    fn records_of(&self, table: usize) -> &Records {
        self.old.as_deref().filter(|_| table == 0).unwrap_or(&self.records)
    }

    fn records_of_mut(&mut self, table: usize) -> &mut Records {
        self.old.as_deref_mut().filter(|_| table == 0).unwrap_or(&mut self.records)
    }

    /// Whether these bytes are a member.
    pub fn contains(&self, member: &[u8]) -> bool {
        self.len > 0 && self.find(self.hasher.hash(member), member)
    }

    // ANCHOR: members-find
    fn find(&self, hash: u64, member: &[u8]) -> bool {
        for (number, table) in self.tables.iter().enumerate().filter(|(_, table)| !table.is_empty()) {
            let records = self.records_of(number);
            let mut record = table[bucket(hash, table)];
            while record != 0 {
                let (found, next) = records.get(record);
                if found == member {
                    return true;
                }
                record = next;
            }
        }
        false
    }
    // ANCHOR_END: members-find

    /// Makes room for so many members, if there is none yet. Redis: `dictExpand`.
    pub fn expand(&mut self, members: usize) {
        if self.len == 0 && self.tables[1].is_empty() && members > self.tables[0].len() {
            self.tables[0] = vec![0; members.next_power_of_two().max(FEWEST)];
        }
    }

    /// Adds a member. Whether it is new.
    pub fn add(&mut self, member: &[u8]) -> bool {
        let hash = self.hasher.hash(member);
        if self.len > 0 && self.find(hash, member) {
            return false;
        }
        self.step();
        if self.len >= self.tables[0].len() && self.tables[1].is_empty() {
            self.resize(self.len + 1);
        }
        let record = self.records.add(member);
        self.link(record, hash, usize::from(!self.tables[1].is_empty()));
        self.len += 1;
        true
    }

    /// Removes a member. Whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        self.len > 0 && self.unlink(self.hasher.hash(member), |_, found| found == member)
    }

    /// Takes out a member that `random` chooses, and shows it to `visit`. Nothing happens if there is none.
    pub fn pop(&mut self, random: impl FnMut() -> u64, visit: impl FnOnce(&[u8])) {
        let Some(chosen) = self.random_record(random) else { return };
        let member = self.member(chosen);
        visit(member);
        self.unlink(self.hasher.hash(member), |place, _| place == chosen);
    }

    /// Removes the record of this hash for which `is_it` holds, given its place and its member. Whether there is one.
    fn unlink(&mut self, hash: u64, is_it: impl Fn(Place, &[u8]) -> bool) -> bool {
        for table in 0..2 {
            if self.tables[table].is_empty() {
                continue;
            }
            let head = bucket(hash, &self.tables[table]);
            let (mut before, mut record) = (0, self.tables[table][head]);
            while record != 0 {
                let (member, next) = self.records_of(table).get(record);
                if is_it(self.place(table, record), member) {
                    match before {
                        0 => self.tables[table][head] = next,
                        _ => self.records_of_mut(table).set_next(before, next),
                    }
                    self.records_of_mut(table).remove(record);
                    self.len -= 1;
                    self.shrink();
                    return true;
                }
                (before, record) = (record, next);
            }
        }
        false
    }

    /// A member was removed.
    fn shrink(&mut self) {
        self.step();
        let buckets = self.tables[0].len();
        let is_sparse = buckets > FEWEST && self.len * SPARSE < buckets;
        if self.tables[1].is_empty() && self.len > 0 && (is_sparse || self.records.used_below(HOLLOW)) {
            self.resize(self.len);
            self.old = Some(Box::new(std::mem::take(&mut self.records)));
        }
    }

    /// Every member, in the order of memory: that in which they came, as long as none was removed.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.iter_from(Position::default()).map(|(_, member)| member)
    }

    /// The members from a position on, in the same order, each with the position behind it.
    pub fn iter_from(&self, from: Position) -> impl Iterator<Item = (Position, &[u8])> {
        let behind = |is_new, record: Record| Position { is_new, record: record + 1 };
        let old =
            self.old.iter().filter(move |_| !from.is_new).flat_map(move |old| old.iter_from(from.record));
        let start = if from.is_new { from.record } else { 0 };
        let new = self.records.iter_from(start).map(move |(record, member)| (behind(true, record), member));
        old.map(move |(record, member)| (behind(false, record), member)).chain(new)
    }

    /// A member that `random` chooses. None: there is none.
    pub fn random(&self, random: impl FnMut() -> u64) -> Option<&[u8]> {
        self.random_record(random).map(|place| self.member(place))
    }

    /// The place of a record that `random` chooses, each as likely. Where records are short and lie close together, a place in memory
    /// is drawn until a record begins there, which a bit says. Otherwise a bucket and a depth are drawn together, until the bucket's
    /// chain is as deep as that. Redis: `dictGetFairRandomKey`, which draws from a sample.
    // ANCHOR: members-random
    fn random_record(&self, mut random: impl FnMut() -> u64) -> Option<Place> {
        if self.len == 0 {
            return None;
        }
        if self.old.is_none() && self.records.end() <= self.len * CLOSE {
            for _ in 0..DRAWS {
                let record = (random() % self.records.end() as u64) as Record;
                if self.records.is_record(record) {
                    return Some(self.place(1, record));
                }
            }
        }
        // The buckets that were moved are empty.
        let first = self.tables[0].len() - self.moved;
        let buckets = (first + self.tables[1].len()) as u64;
        let chain_at = |index: usize| match index.checked_sub(first) {
            None => (0, self.tables[0][self.moved + index]),
            Some(index) => (1, self.tables[1][index]),
        };
        for _ in 0..DRAWS {
            let number = random() % (buckets * DEPTHS);
            let (table, mut record) = chain_at((number / DEPTHS) as usize);
            for _ in 0..number % DEPTHS {
                if record == 0 {
                    break;
                }
                record = self.records_of(table).get(record).1;
            }
            if record != 0 {
                return Some(self.place(table, record));
            }
        }
        // From a random bucket on: the first record behind a gap has a better chance.
        let start = (random() % buckets) as usize;
        let mut chains = (start..buckets as usize).chain(0..start).map(chain_at);
        chains.find(|&(_, head)| head != 0).map(|(table, head)| self.place(table, head))
    }
    // ANCHOR_END: members-random

    /// Visits the members of a bucket, or of those that it was or will be split into, and returns the next cursor; 0 after
    /// the last. What is promised, and how, is told at [`Dict::scan`](crate::keyspace::dict::Dict::scan).
    pub fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(&'a [u8])) -> u64 {
        let mut visit_chain = |table: usize, cursor: u64| {
            let mut record = self.tables[table][cursor as usize & (self.tables[table].len() - 1)];
            while record != 0 {
                let (member, next) = self.records_of(table).get(record);
                visit(member);
                record = next;
            }
        };
        let mut tables = [0, 1];
        tables.sort_unstable_by_key(|&table: &usize| self.tables[table].len());
        let [small, large] = tables;
        if self.tables[large].is_empty() {
            return 0;
        }
        let large_mask = self.tables[large].len() as u64 - 1;
        if self.tables[small].is_empty() {
            visit_chain(large, cursor);
            return next_cursor(cursor, large_mask);
        }
        let small_mask = self.tables[small].len() as u64 - 1;
        visit_chain(small, cursor);
        let mut cursor = cursor;
        loop {
            visit_chain(large, cursor);
            cursor = next_cursor(cursor, large_mask);
            if cursor & (small_mask ^ large_mask) == 0 {
                return cursor;
            }
        }
    }

    /// Puts a record at the head of its chain.
    fn link(&mut self, record: Record, hash: u64, table: usize) {
        let head = bucket(hash, &self.tables[table]);
        let next = std::mem::replace(&mut self.tables[table][head], record);
        self.records_of_mut(table).set_next(record, next);
    }

    /// Begins to move to a table for `members` members; an empty set has it at once.
    fn resize(&mut self, members: usize) {
        let table = usize::from(self.len > 0);
        self.tables[table] = vec![0; members.next_power_of_two().max(FEWEST)];
    }

    /// Moves the next bucket, if the set is growing or shrinking. Redis: `dictRehash`.
    fn step(&mut self) {
        if self.tables[1].is_empty() {
            return;
        }
        for _ in 0..EMPTY_VISITS {
            if self.moved == self.tables[0].len() {
                self.tables[0] = std::mem::take(&mut self.tables[1]);
                self.moved = 0;
                self.old = None;
                return;
            }
            let mut record = std::mem::take(&mut self.tables[0][self.moved]);
            self.moved += 1;
            if record != 0 {
                while record != 0 {
                    let (member, next) = self.records_of(0).get(record);
                    let hash = self.hasher.hash(member);
                    let moved = match &mut self.old {
                        None => record,
                        Some(old) => {
                            let moved = self.records.add(old.get(record).0);
                            old.remove(record);
                            moved
                        }
                    };
                    self.link(moved, hash, 1);
                    record = next;
                }
                return;
            }
        }
    }
}

/// Which bucket of a table a hash belongs to.
fn bucket(hash: u64, table: &[Record]) -> usize {
    hash as usize & (table.len() - 1)
}

#[cfg(test)]
#[path = "members_tests.rs"]
mod tests;
