//! Interned names: each channel or pattern is stored once and known by a small integer.
//!
//! Redis: since 6.0 a channel's name is one shared, reference-counted object (`robj`) too.
//!
//! A record of type `T` lives beside each name: for a channel its list of clients. The dict from name to
//! record is a hash table of the four-byte ids alone; the names are looked up through them.

use crate::base::random::KeyedHash;
use crate::base::small_bytes::SmallBytes;
use hashbrown::HashTable;
use slab::Slab;
use std::cell::Cell;

/// The id of an interned name: valid while the name is in its [`Names`].
pub type NameId = u32;

/// A set of names, each with its record.
// ANCHOR: names
pub struct Names<T> {
    entries: Slab<(SmallBytes, T)>,
    table: HashTable<NameId>,
    /// SipHash with a key drawn at start, as in Redis: clients choose the names, so collisions must not
    /// be theirs to find.
    hasher: KeyedHash,
    /// The name that was found last: a channel is seldom published to only once.
    last: Cell<NameId>,
}
// ANCHOR_END: names

impl<T> Names<T> {
    /// No names yet.
    pub fn new(hasher: KeyedHash) -> Names<T> {
        Names { entries: Slab::new(), table: HashTable::new(), hasher, last: Cell::new(0) }
    }

    /// The id of `name`, if it is known.
    pub fn find(&self, name: &[u8]) -> Option<NameId> {
        let last = self.last.get();
        if self.entries.get(last as usize).is_some_and(|(known, _)| **known == *name) {
            return Some(last);
        }
        if self.table.is_empty() {
            return None;
        }
        let hash = self.hasher.hash(name);
        let id = *self.table.find(hash, |&id| *self.entries[id as usize].0 == *name)?;
        self.last.set(id);
        Some(id)
    }

    /// The id of `name`; makes its record with `new` if the name is not yet known.
    pub fn intern(&mut self, name: &[u8], new: impl FnOnce() -> T) -> NameId {
        if let Some(id) = self.find(name) {
            return id;
        }
        let id = self.entries.insert((name.into(), new())) as NameId;
        let (entries, hasher) = (&self.entries, &self.hasher);
        self.table.insert_unique(hasher.hash(name), id, |&id| hasher.hash(&entries[id as usize].0));
        id
    }

    /// Forgets a name and returns its record.
    pub fn remove(&mut self, id: NameId) -> T {
        let (name, record) = self.entries.remove(id as usize);
        let (entries, hasher) = (&self.entries, &self.hasher);
        if let Ok(entry) = self.table.find_entry(hasher.hash(&name), |&other| other == id) {
            entry.remove();
        }
        // As Redis resizes its dicts: a table that is mostly holes gives memory back.
        if self.table.capacity() > 64 && self.table.len() * 8 < self.table.capacity() {
            self.table.shrink_to(0, |&id| hasher.hash(&entries[id as usize].0));
            // Only what is vacant at the end can go: the ids that are left must not change.
            self.entries.shrink_to_fit();
        }
        record
    }

    /// The name behind an id.
    pub fn name(&self, id: NameId) -> &[u8] {
        &self.entries[id as usize].0
    }

    /// The record behind an id.
    pub fn get(&self, id: NameId) -> &T {
        &self.entries[id as usize].1
    }

    /// The record behind an id, to change it.
    pub fn get_mut(&mut self, id: NameId) -> &mut T {
        &mut self.entries[id as usize].1
    }

    /// Every name with its id and record. The order means nothing, but stays while nothing changes.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, &[u8], &T)> {
        self.entries.iter().map(|(id, (name, record))| (id as NameId, &**name, record))
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
