//! The value type list: a deque of packed blocks, or just one.
//!
//! Redis: `src/quicklist.c`, `src/t_list.c` (`listTypeTryConversion`); `OBJ_ENCODING_LISTPACK`, `OBJ_ENCODING_QUICKLIST`.
//!
//! A list that fits into one block is that block. It becomes a deque of blocks when more is added than the setting
//! `list-max-listpack-size` allows, and one block again when it has shrunk to half of that, so that a list at the limit
//! does not change back and forth.
//!
//! Different on purpose: Redis links its nodes; a deque of blocks is found by counting, without following links. Nothing
//! is compressed. A block that is split is not joined with its neighbours again.
//!
//! What removes elements is in `list_remove.rs`.

use super::listpack::{Entry, Listpack};
use std::collections::VecDeque;

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The left one, where LPUSH adds.
    Left,
    /// The right one, where RPUSH adds.
    Right,
}

/// How large a block may be: the setting `list-max-listpack-size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many bytes.
    size: usize,
    /// How many elements.
    count: usize,
}

/// A block that is limited by its count has no more bytes than this. Redis: `SIZE_SAFETY_LIMIT`.
const SAFE_SIZE: usize = 8192;
/// An element takes up to this beside its bytes. Redis: `SIZE_ESTIMATE_OVERHEAD`.
const OVERHEAD: usize = 8;
/// A block takes this beside its elements in Redis: the limits count it.
const HEADER: usize = 7;

impl Limit {
    /// What the setting means: that many elements, or, from -1 to -5, 4 KiB to 64 KiB.
    pub fn new(setting: i64) -> Limit {
        match setting {
            0.. => Limit { size: SAFE_SIZE, count: (setting as usize).max(1) },
            _ => Limit { size: 4096 << (-1 - setting.max(-5)), count: usize::MAX },
        }
    }

    /// Whether a block may have so many bytes and elements.
    fn allows(self, size: usize, count: usize) -> bool {
        size.saturating_add(HEADER) <= self.size && count <= self.count
    }

    /// Whether an element of so many bytes has a block to itself. Redis: `isLargeElement`.
    pub fn is_too_long(self, bytes: usize) -> bool {
        bytes > self.size
    }

    /// Whether a block may be a list of its own. If the elements are counted, their bytes are not.
    fn allows_alone(self, block: &Listpack) -> bool {
        let is_too_long = || block.iter().any(|(_, entry)| self.is_too_long(entry.len()));
        let is_too_large = || block.size() + HEADER > self.size;
        let too_much = if self.count == usize::MAX { is_too_large() } else { is_too_long() };
        !too_much && block.len() <= self.count
    }

    /// Whether it would have at most half of what it may have. If the elements are counted, their bytes are not.
    fn allows_twice(self, block: &Listpack) -> bool {
        let size = if self.count == usize::MAX { self.size / 2 } else { self.size };
        block.size() + HEADER <= size && block.len() <= self.count / 2
    }
}

/// A list.
#[derive(Clone, Debug)]
// ANCHOR: list-value
pub enum List {
    /// All in one block.
    Packed(Listpack),
    /// The blocks from left to right, none of them empty, and how many elements they have.
    Blocks(VecDeque<Listpack>, usize),
}
// ANCHOR_END: list-value

impl Default for List {
    fn default() -> Self {
        List::Packed(Listpack::default())
    }
}

impl List {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self {
            List::Packed(pack) => pack.len(),
            List::Blocks(_, len) => *len,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What OBJECT ENCODING says of it.
    pub fn encoding(&self) -> &'static str {
        match self {
            List::Packed(_) => "listpack",
            List::Blocks(..) => "quicklist",
        }
    }

    fn slices(&self) -> (&[Listpack], &[Listpack]) {
        match self {
            List::Packed(pack) => (std::slice::from_ref(pack), &[]),
            List::Blocks(blocks, _) => blocks.as_slices(),
        }
    }

    pub(super) fn block_mut(&mut self, block: usize) -> &mut Listpack {
        match self {
            List::Packed(pack) => pack,
            List::Blocks(blocks, _) => &mut blocks[block],
        }
    }

    /// The elements, from both ends.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        let (left, right) = self.slices();
        left.iter().chain(right).flat_map(|block| block.iter().map(|(_, entry)| entry))
    }

    /// The elements from number `start` on.
    pub fn iter_from(&self, start: usize) -> impl Iterator<Item = Entry<'_>> {
        let (left, right) = self.slices();
        let (block, index) = self.locate(start);
        let blocks = left.iter().chain(right).skip(block);
        blocks.enumerate().flat_map(move |(at, block)| {
            block.iter_from(if at == 0 { index } else { 0 }).map(|(_, entry)| entry)
        })
    }

    /// The block in which the element number `index` is, and its number there; found from the nearer end.
    pub(super) fn locate(&self, index: usize) -> (usize, usize) {
        let (left, right) = self.slices();
        let blocks = left.len() + right.len();
        let mut before = 0;
        if index <= self.len() / 2 {
            for (number, block) in left.iter().chain(right).enumerate() {
                if index < before + block.len() {
                    visit(number);
                    return (number, index - before);
                }
                before += block.len();
            }
            return (blocks, 0);
        }
        before = self.len();
        for (block, number) in left.iter().chain(right).rev().zip((0..blocks).rev()) {
            before -= block.len();
            if index >= before {
                visit(blocks - number);
                return (number, index - before);
            }
        }
        (blocks, 0)
    }

    /// The element number `index`.
    pub fn get(&self, index: usize) -> Option<Entry<'_>> {
        if index >= self.len() {
            return None;
        }
        let (left, right) = self.slices();
        let (block, index) = self.locate(index);
        let block = left.get(block).or_else(|| right.get(block - left.len()))?;
        Some(block.at(block.position(index)))
    }

    /// The number of the first element that is `value`.
    pub fn find(&self, value: &[u8]) -> Option<usize> {
        let wanted = Entry::new(value);
        self.iter().position(|entry| entry == wanted)
    }

    /// The element at an end.
    pub fn end(&self, end: End) -> Option<Entry<'_>> {
        match end {
            End::Left => self.iter().next(),
            End::Right => self.iter().next_back(),
        }
    }

    /// Values of `bytes` bytes together are about to be added: makes blocks of the list if it would not fit into one. Redis:
    /// `listTypeTryConversionAppend`.
    pub fn prepare(&mut self, bytes: usize, count: usize, limit: Limit) {
        if let List::Packed(pack) = self
            && !limit.allows(pack.size() + bytes, pack.len() + count)
        {
            let pack = std::mem::take(pack);
            let len = pack.len();
            *self = List::Blocks(Some(pack).filter(|pack| !pack.is_empty()).into_iter().collect(), len);
        }
    }

    /// Something was removed: makes one block of the list if it fits well. Redis: `listTypeTryConvertQuicklist`.
    pub fn shrink(&mut self, limit: Limit) {
        if let List::Blocks(blocks, _) = self
            && blocks.len() == 1
            && limit.allows_twice(&blocks[0])
        {
            *self = List::Packed(blocks.pop_front().unwrap_or_default());
        }
    }

    /// An empty list whose elements are about to be pushed, nobody knows how many: [`List::pack`] comes after them.
    pub fn in_blocks() -> List {
        List::Blocks(VecDeque::new(), 0)
    }

    /// Makes one block of a list in blocks if it fits into one. Redis: `listTypeTryConversion`.
    pub fn pack(&mut self, limit: Limit) {
        if let List::Blocks(blocks, _) = self
            && blocks.len() == 1
            && limit.allows_alone(&blocks[0])
        {
            *self = List::Packed(blocks.pop_front().unwrap_or_default());
        }
    }

    /// Adds an element at an end. Redis: `quicklistPush`.
    pub fn push(&mut self, end: End, value: &[u8], limit: Limit) {
        if let List::Blocks(blocks, len) = self {
            *len += 1;
            let at_end = if end == End::Left { blocks.front_mut() } else { blocks.back_mut() };
            match at_end {
                Some(block) if has_room(block, value, limit) => push(block, end, value),
                full => {
                    if let Some(full) = full {
                        full.seal();
                    }
                    let mut block = Listpack::default();
                    block.push_back(value);
                    if end == End::Left { blocks.push_front(block) } else { blocks.push_back(block) }
                }
            }
        } else {
            push(self.block_mut(0), end, value);
        }
    }

    /// Puts another value in the place of element number `index`. There must be one.
    pub fn set(&mut self, index: usize, value: &[u8], limit: Limit) {
        let (block, at) = self.locate(index);
        let pack = self.block_mut(block);
        let position = pack.position(at);
        let others = pack.size() - (pack.next(position) - position);
        // An element that is too long for a block has one to itself.
        let is_alone = pack.len() == 1;
        let fits = is_alone || limit.allows(others + value.len() + OVERHEAD, pack.len());
        if fits || matches!(self, List::Packed(_)) {
            self.block_mut(block).replace(position, value);
        } else {
            self.remove(index, 1);
            self.insert(index, value, limit);
        }
    }

    /// Adds an element before number `index`; at the end, if there is none. Redis: `quicklistInsertBefore`.
    pub fn insert(&mut self, index: usize, value: &[u8], limit: Limit) {
        if index == 0 || index >= self.len() {
            return self.push(if index == 0 { End::Left } else { End::Right }, value, limit);
        }
        let (block, at) = self.locate(index);
        let List::Blocks(blocks, len) = self else {
            let pack = self.block_mut(0);
            return pack.insert(pack.position(at), value);
        };
        *len += 1;
        if has_room(&blocks[block], value, limit) {
            let pack = &mut blocks[block];
            return pack.insert(pack.position(at), value);
        }
        let mut before = block;
        if at > 0 {
            // The block is full: it is cut in two, and the element comes between.
            let pack = &mut blocks[block];
            let (position, rest) = (pack.position(at), pack.len() - at);
            let rest = pack.split_off(position, rest);
            before += 1;
            blocks.insert(before, rest);
        }
        if before > 0 && has_room(&blocks[before - 1], value, limit) {
            blocks[before - 1].push_back(value);
        } else if has_room(&blocks[before], value, limit) {
            blocks[before].push_front(value);
        } else {
            let mut between = Listpack::default();
            between.push_back(value);
            blocks.insert(before, between);
        }
    }
}

#[cfg(test)]
thread_local! {
    /// Blocks that the lists of this thread were walked past, or that were moved.
    pub(crate) static VISITED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts blocks that were walked past or moved, so that tests can bound the work of a command.
#[cfg(test)]
pub(super) fn visit(blocks: usize) {
    VISITED.set(VISITED.get() + blocks);
}

#[cfg(not(test))]
pub(super) fn visit(_blocks: usize) {}

fn push(block: &mut Listpack, end: End, value: &[u8]) {
    if end == End::Left { block.push_front(value) } else { block.push_back(value) }
}

/// Whether a value may be added to a block. Redis: `_quicklistNodeAllowInsert`.
fn has_room(block: &Listpack, value: &[u8], limit: Limit) -> bool {
    limit.allows(block.size() + value.len() + OVERHEAD, block.len() + 1)
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
