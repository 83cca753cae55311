//! A block: up to a hundred entries that follow each other, or 4 KB of them, packed into one vector of bytes.
//!
//! Redis: `src/t_stream.c`, the listpack of a radix tree's node: `streamAppendItem`, `streamIteratorGetID`,
//! `streamIteratorRemoveEntry`.
//!
//! ```text
//! block = names  entry  entry  …
//! names = count  name …                                         the field names of the first entry
//! entry = size  flags  ms  seq  value …  size                   if its names are the block's
//!         size  flags  ms  seq  count  name value …  size       if not
//! ```
//!
//! Numbers are varints; a text is its length and itself. `ms` is the distance to the block's first id; `seq` too,
//! while `ms` is 0, and as it is afterwards. `size` counts the bytes between the two sizes, so that a reader can
//! step over an entry; the one behind is written mirrored, for readers that come from there.
//!
//! Different on purpose: values are kept as they were sent, also numbers. That takes a few bytes more, and saves
//! writing each number out for every reader. Entries begin with their size: Redis's readers step over each field.

use super::id::StreamId;
use super::{listpack_size, varint};

/// The entry was deleted: its bytes stay until the block goes.
const DELETED: u8 = 1;
/// The entry has the names of the block's first entry and stores only values.
const SAME_NAMES: u8 = 2;

/// When a block is full. Redis: `stream-node-max-bytes`, `stream-node-max-entries`; 0 is no limit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes in Redis's packing.
    pub max_bytes: u64,
    /// Entries, deleted ones included.
    pub max_entries: u64,
}

/// The largest block there may be, whatever the settings, and the longest entry. Redis: `STREAM_LISTPACK_MAX_SIZE`.
pub const MAX_SIZE: usize = 1 << 30;

/// Entries that follow each other.
#[derive(Clone, Debug)]
pub struct Block {
    bytes: Vec<u8>,
    /// Where the first entry begins.
    entries: u32,
    live: u32,
    deleted: u32,
    /// What the entries and the names would take in Redis.
    listpack_bytes: u32,
}

/// A name and a value for each field of a new entry.
pub trait NewFields<'a>: ExactSizeIterator<Item = (&'a [u8], &'a [u8])> + Clone {}
impl<'a, T: ExactSizeIterator<Item = (&'a [u8], &'a [u8])> + Clone> NewFields<'a> for T {}

impl Block {
    /// The memory it takes beside itself.
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// How many bytes its entries and their names take.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has neither entries nor names.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// An empty block whose entries are expected to have the names of `fields`.
    pub fn new<'a>(fields: impl NewFields<'a>) -> Block {
        let mut bytes = Vec::new();
        let mut listpack_bytes = listpack_size::integer(fields.len() as i64) + listpack_size::integer(0);
        varint::write(&mut bytes, fields.len() as u64);
        for (name, _) in fields {
            varint::write_text(&mut bytes, name);
            listpack_bytes += listpack_size::text(name);
        }
        let entries = bytes.len() as u32;
        Block { bytes, entries, live: 0, deleted: 0, listpack_bytes: listpack_bytes as u32 }
    }

    /// How many entries are not deleted.
    pub fn live(&self) -> u64 {
        u64::from(self.live)
    }

    /// How many entries are deleted, and still have their bytes.
    pub fn deleted(&self) -> u64 {
        u64::from(self.deleted)
    }

    /// Whether an entry of `length` bytes of names and values has to go to a new block.
    pub fn is_full(&self, length: usize, limits: Limits) -> bool {
        let max = match limits.max_bytes as usize {
            0 => MAX_SIZE,
            max => max.min(MAX_SIZE),
        };
        let listpack = listpack_size::EMPTY
            + listpack_size::integer(self.live.into())
            + listpack_size::integer(self.deleted.into())
            + self.listpack_bytes as usize;
        let entries = u64::from(self.live + self.deleted);
        listpack + length >= max || limits.max_entries > 0 && entries >= limits.max_entries
    }

    /// Appends an entry. `first` is the id of the block's first entry, and `id` is greater than all before.
    pub fn push<'a>(&mut self, first: StreamId, id: StreamId, fields: impl NewFields<'a>) {
        let mut names = self.names();
        let same = varint::take(&mut names) == fields.len() as u64
            && fields.clone().all(|(name, _)| varint::take_text(&mut names) == name);
        let ms = id.ms - first.ms;
        let seq = if ms == 0 { id.seq - first.seq } else { id.seq };
        let mut size = 1 + varint::len(ms) + varint::len(seq);
        if !same {
            size += varint::len(fields.len() as u64);
        }
        for (name, value) in fields.clone() {
            size += varint::text_len(value.len()) + if same { 0 } else { varint::text_len(name.len()) };
        }
        let bytes = &mut self.bytes;
        bytes.reserve(size + 2 * varint::len(size as u64));
        varint::write(bytes, size as u64);
        bytes.push(if same { SAME_NAMES } else { 0 });
        varint::write(bytes, ms);
        varint::write(bytes, seq);
        let elements = if same { fields.len() + 3 } else { 2 * fields.len() + 4 } as i64;
        let mut listpack = listpack_size::integer(0)
            + listpack_size::integer(ms as i64)
            + listpack_size::integer(id.seq.wrapping_sub(first.seq) as i64)
            + listpack_size::integer(elements);
        if !same {
            varint::write(bytes, fields.len() as u64);
            listpack += listpack_size::integer(fields.len() as i64);
        }
        for (name, value) in fields {
            if !same {
                varint::write_text(bytes, name);
                listpack += listpack_size::text(name);
            }
            varint::write_text(bytes, value);
            listpack += listpack_size::text(value);
        }
        varint::write_mirrored(bytes, size as u64);
        self.live += 1;
        self.listpack_bytes += listpack as u32;
    }

    /// Makes room for so many more bytes.
    pub fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Appends an entry that has the names of the block, as [`Block::push`] does, and is quicker: its `count` values are written as
    /// [`varint::write_text`] writes them, and would take `listpack_bytes` in Redis.
    pub fn push_values(
        &mut self,
        first: StreamId,
        id: StreamId,
        count: usize,
        values: &[u8],
        listpack_bytes: usize,
    ) {
        let ms = id.ms - first.ms;
        let seq = if ms == 0 { id.seq - first.seq } else { id.seq };
        let size = 1 + varint::len(ms) + varint::len(seq) + values.len();
        varint::write(&mut self.bytes, size as u64);
        self.bytes.push(SAME_NAMES);
        varint::write(&mut self.bytes, ms);
        varint::write(&mut self.bytes, seq);
        self.bytes.extend_from_slice(values);
        varint::write_mirrored(&mut self.bytes, size as u64);
        self.live += 1;
        let numbers = [0, ms as i64, id.seq.wrapping_sub(first.seq) as i64, count as i64 + 3];
        let numbers: usize = numbers.into_iter().map(listpack_size::integer).sum();
        self.listpack_bytes += (numbers + listpack_bytes) as u32;
    }

    /// Marks an entry that [`Walk`] found as deleted.
    pub fn delete(&mut self, place: Place) {
        self.bytes[place.0] |= DELETED;
        self.live -= 1;
        self.deleted += 1;
    }

    /// Gives back what was set aside for more entries.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Every entry, deleted ones too, from either side. `first` is the id of the block's first entry.
    pub fn walk(&self, first: StreamId) -> Walk<'_> {
        Walk {
            names: self.names(),
            rest: &self.bytes[self.entries as usize..],
            at: self.entries as usize,
            first,
        }
    }

    /// The field names that most entries have: those of the first one.
    pub fn field_names(&self) -> impl Iterator<Item = &[u8]> {
        let mut names = self.names();
        let count = varint::take(&mut names);
        (0..count).map(move |_| varint::take_text(&mut names))
    }

    fn names(&self) -> &[u8] {
        &self.bytes[..self.entries as usize]
    }
}

/// Where an entry's flags are in its block.
#[derive(Clone, Copy, Debug)]
pub struct Place(usize);

/// An entry of a block, deleted or not.
#[derive(Clone, Debug)]
pub struct Packed<'a> {
    /// Its id.
    pub id: StreamId,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Where it is.
    pub place: Place,
    same_names: bool,
    names: &'a [u8],
    body: &'a [u8],
}

impl<'a> Packed<'a> {
    /// Whether it has the field names of its block, and does not repeat them.
    pub fn has_names_of_block(&self) -> bool {
        self.same_names
    }

    /// Its fields, in the order in which they were given.
    pub fn fields(&self) -> Fields<'a> {
        let mut fields = Fields { left: 0, names: self.names, body: self.body, same_names: self.same_names };
        let counted = if self.same_names { &mut fields.names } else { &mut fields.body };
        fields.left = varint::take(counted) as usize;
        fields
    }
}

/// The entries of a block.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    names: &'a [u8],
    /// What was not walked over yet.
    rest: &'a [u8],
    /// Where `rest` begins in the block.
    at: usize,
    first: StreamId,
}

impl<'a> Walk<'a> {
    /// The entry whose bytes between the sizes are `body`, which begins at `at`.
    fn read(&self, mut body: &'a [u8], at: usize) -> Packed<'a> {
        let flags = body[0];
        body = &body[1..];
        let ms = varint::take(&mut body);
        let seq = varint::take(&mut body);
        let seq = if ms == 0 { self.first.seq + seq } else { seq };
        Packed {
            id: StreamId { ms: self.first.ms + ms, seq },
            deleted: flags & DELETED != 0,
            place: Place(at),
            same_names: flags & SAME_NAMES != 0,
            names: self.names,
            body,
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Packed<'a>;

    // ANCHOR: block-walk
    #[inline]
    fn next(&mut self) -> Option<Packed<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut after = self.rest;
        let size = varint::take(&mut after) as usize;
        let behind = self.rest.len() - after.len();
        let entry = self.read(&after[..size], self.at + behind);
        self.rest = &after[size + behind..];
        self.at += size + 2 * behind;
        Some(entry)
    }
    // ANCHOR_END: block-walk
}

impl DoubleEndedIterator for Walk<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let mut before = self.rest;
        let size = varint::take_mirrored(&mut before) as usize;
        let ahead = self.rest.len() - before.len();
        let start = before.len() - size;
        let entry = self.read(&before[start..], self.at + start);
        self.rest = &before[..start - ahead];
        Some(entry)
    }
}

/// The names and values of an entry.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    left: usize,
    names: &'a [u8],
    body: &'a [u8],
    same_names: bool,
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let name = varint::take_text(if self.same_names { &mut self.names } else { &mut self.body });
        Some((name, varint::take_text(&mut self.body)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Fields<'_> {}

#[cfg(test)]
#[path = "block_tests.rs"]
mod tests;
