//! Short byte strings packed one after another in one piece of memory: what small lists and hashes are made of.
//!
//! Redis: `src/listpack.c` (`lpEncodeGetType`, `lpPrepend`, `lpAppend`, `lpInsert`, `lpDelete`, `lpPrev`).
//!
//! Different on purpose: no header and no end mark, as the count stands beside the bytes; there may be room at the front.

use std::cmp::Ordering;

pub use super::listpack_entry::Entry;
pub(crate) use super::listpack_entry::{decode, tail_len};
use super::listpack_entry::{last_size, size};

/// Packed byte strings.
#[derive(Clone, Debug, Default)]
pub struct Listpack {
    /// What is before `start` is free.
    bytes: Vec<u8>,
    start: u32,
    len: u32,
}

/// Where an entry begins. Valid until something before it changes.
pub type Position = usize;

/// How much more than needed is reserved, for `used` bytes.
fn spare(used: usize) -> usize {
    (used / 4).clamp(8, 1024)
}

impl Listpack {
    /// An empty one with room for so many bytes.
    pub fn with_room(size: usize) -> Listpack {
        Listpack { bytes: Vec::with_capacity(size), ..Listpack::default() }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes the entries take.
    pub fn size(&self) -> usize {
        self.bytes.len() - self.start as usize
    }

    /// The entries one after another, as they are packed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start as usize..]
    }

    /// The memory it takes beside itself.
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// The entries, from both ends.
    pub fn iter(&self) -> Iter<'_> {
        Iter { bytes: &self.bytes[self.start as usize..], before: 0 }
    }

    /// The entries from number `index` on; none, if there is no such entry.
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        let position = if index < self.len() { self.position(index) } else { self.size() };
        Iter { bytes: &self.bytes[self.start as usize + position..], before: position }
    }

    /// The index and the position of the first entry that is this value. Only every `step`th entry is compared: 2 finds a
    /// field among fields and values. The packed bytes are compared, no entry is decoded. Redis: `lpFind`.
    pub fn find(&self, value: &[u8], step: usize) -> Option<(usize, Position)> {
        let wanted = Entry::new(value).packed();
        let bytes = self.as_bytes();
        let (mut position, mut number) = (0, 0);
        while position < bytes.len() {
            if wanted.begins(&bytes[position..]) {
                return Some((number, position));
            }
            for _ in 0..step {
                position += size(&bytes[position..]);
            }
            number += step;
        }
        None
    }

    /// The entry at a position.
    pub fn at(&self, position: Position) -> Entry<'_> {
        decode(&self.bytes[self.start as usize + position..]).0
    }

    /// Where the entry number `index` begins. There must be one.
    pub fn position(&self, index: usize) -> Position {
        let from_end = self.len() - 1 - index;
        let found = if index <= from_end { self.iter().nth(index) } else { self.iter().nth_back(from_end) };
        found.map_or(self.size(), |(position, _)| position)
    }

    /// Where the entry after the one at `position` begins.
    pub fn next(&self, position: Position) -> Position {
        position + size(&self.bytes[self.start as usize + position..])
    }

    /// Adds an entry at the end.
    pub fn push_back(&mut self, value: &[u8]) {
        self.insert(self.size(), value);
    }

    /// Adds an entry at the end of a listpack that is made to be written out: quicker than [`Listpack::insert_entry`], and may take up
    /// to twice the memory. Bytes must not be the decimal of a number.
    pub fn append_entry(&mut self, entry: Entry<'_>) {
        entry.append(&mut self.bytes);
        self.len += 1;
    }

    /// Adds an entry at the front.
    pub fn push_front(&mut self, value: &[u8]) {
        self.insert(0, value);
    }

    /// Adds an entry before the one at `position`; at the end, if that is [`Listpack::size`].
    pub fn insert(&mut self, position: Position, value: &[u8]) {
        self.insert_entry(position, Entry::new(value));
    }

    /// Adds an entry before the one at `position`. Bytes must not be the decimal of a number.
    pub fn insert_entry(&mut self, position: Position, entry: Entry<'_>) {
        let entry = entry.packed();
        let at = self.make_room(position, entry.size());
        entry.write(&mut self.bytes[at..]);
        self.len += 1;
    }

    /// Makes room for `size` bytes at `position`, and returns where that is in `bytes`.
    fn make_room(&mut self, position: Position, size: usize) -> usize {
        let (start, used) = (self.start as usize, self.size());
        if position == 0 && used > 0 {
            let mut free = start;
            if free < size {
                let room = size + spare(used);
                let mut bytes = Vec::with_capacity(room + used);
                bytes.resize(room, 0);
                bytes.extend_from_slice(&self.bytes[start..]);
                self.bytes = bytes;
                free = room;
            }
            self.start = (free - size) as u32;
            return free - size;
        }
        if self.bytes.capacity() - self.bytes.len() < size {
            self.compact();
            let room = if used == 0 { size } else { size + spare(used) };
            self.bytes.reserve_exact(room);
        }
        let at = self.start as usize + position;
        let old_end = self.bytes.len();
        self.bytes.resize(old_end + size, 0);
        self.bytes.copy_within(at..old_end, at + size);
        at
    }

    /// Takes away the room at the front.
    fn compact(&mut self) {
        self.bytes.drain(..self.start as usize);
        self.start = 0;
    }

    /// Gives back all room that is free: for a block that others now follow.
    pub fn seal(&mut self) {
        self.compact();
        self.bytes.shrink_to_fit();
    }

    /// Removes `count` entries from `position` on. They must be there.
    pub fn remove(&mut self, position: Position, count: usize) {
        let start = self.start as usize + position;
        let mut end = start;
        for _ in 0..count {
            end += size(&self.bytes[end..]);
        }
        self.len -= count as u32;
        match (position == 0, end == self.bytes.len()) {
            (_, true) => self.bytes.truncate(start),
            (true, false) => self.start = end as u32,
            (false, false) => _ = self.bytes.drain(start..end),
        }
        let used = self.size();
        // Memory is given back when most of it is free, so that it costs nothing in the long run.
        if self.bytes.capacity() > 2 * used + 64 {
            self.compact();
            self.bytes.shrink_to(used + spare(used));
        } else if used == 0 {
            self.compact();
        }
    }

    /// Removes the first entry. There must be one.
    pub fn pop_front(&mut self) {
        self.remove(0, 1);
    }

    /// Removes the last entry. There must be one.
    pub fn pop_back(&mut self) {
        let last = last_size(&self.bytes);
        self.remove(self.size() - last, 1);
    }

    /// Puts another value in the place of the one at `position`.
    pub fn replace(&mut self, position: Position, value: &[u8]) {
        self.replace_entry(position, Entry::new(value));
    }

    /// Puts another entry in the place of the one at `position`. Bytes must not be the decimal of a number.
    pub fn replace_entry(&mut self, position: Position, entry: Entry<'_>) {
        let old = self.next(position) - position;
        let entry = entry.packed();
        let new = entry.size();
        match new.cmp(&old) {
            Ordering::Equal => {}
            Ordering::Greater => _ = self.make_room(self.next(position), new - old),
            Ordering::Less => {
                let at = self.start as usize + position;
                _ = self.bytes.drain(at..at + old - new);
            }
        }
        entry.write(&mut self.bytes[self.start as usize + position..]);
    }

    /// Takes the entries from `position` on away, and returns them. They are `count`.
    pub fn split_off(&mut self, position: Position, count: usize) -> Listpack {
        let at = self.start as usize + position;
        let bytes = self.bytes[at..].to_vec();
        self.bytes.truncate(at);
        self.len -= count as u32;
        Listpack { bytes, start: 0, len: count as u32 }
    }

    /// Adds the entries of another at the end.
    pub fn append(&mut self, other: &Listpack) {
        self.bytes.extend_from_slice(&other.bytes[other.start as usize..]);
        self.len += other.len;
    }
}

/// Entries with their positions, from both ends.
#[derive(Clone)]
pub struct Iter<'a> {
    bytes: &'a [u8],
    before: Position,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Position, Entry<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let (entry, len) = decode(self.bytes);
        let position = self.before;
        self.bytes = &self.bytes[len..];
        self.before += len;
        Some((position, entry))
    }

    /// Entries that are skipped are not decoded.
    fn nth(&mut self, count: usize) -> Option<Self::Item> {
        for _ in 0..count {
            if self.bytes.is_empty() {
                return None;
            }
            let size = size(self.bytes);
            self.bytes = &self.bytes[size..];
            self.before += size;
        }
        self.next()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let (rest, last) = self.bytes.split_at(self.bytes.len() - last_size(self.bytes));
        self.bytes = rest;
        Some((self.before + rest.len(), decode(last).0))
    }
}

#[cfg(test)]
#[path = "listpack_tests.rs"]
mod tests;
