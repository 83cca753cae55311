//! Reads entries in order, from either side, without copying any.
//!
//! Redis: `src/t_stream.c`, `streamIteratorStart`, `streamIteratorGetID`, `streamIteratorGetField`.

use super::block::{Block, Fields, Packed, Walk};
use super::id::StreamId;
use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Its id.
    pub id: StreamId,
    packed: Packed<'a>,
}

impl<'a> Entry<'a> {
    /// Its fields, in the order in which they were given.
    pub fn fields(&self) -> Fields<'a> {
        self.packed.fields()
    }
}

/// The entries of a range that were not deleted.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    /// Blocks between the two that are being read.
    blocks: btree_map::Range<'a, StreamId, Arc<Block>>,
    front: Option<Walk<'a>>,
    back: Option<Walk<'a>>,
    start: StreamId,
    end: StreamId,
}

impl<'a> Entries<'a> {
    pub(super) fn new(
        blocks: &'a BTreeMap<StreamId, Arc<Block>>,
        start: StreamId,
        end: StreamId,
    ) -> Entries<'a> {
        // The block that begins before `start` may hold it.
        let from = blocks.range(..=start).next_back().map_or(start, |(&first, _)| first);
        let blocks = if from <= end { blocks.range(from..=end) } else { btree_map::Range::default() };
        Entries { blocks, front: None, back: None, start, end }
    }

    /// Nothing more is in range.
    fn stop(&mut self) {
        self.blocks = btree_map::Range::default();
        self.front = None;
        self.back = None;
    }
}

fn walk<'a>((&first, block): (&StreamId, &'a Arc<Block>)) -> Walk<'a> {
    block.walk(first)
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            // The two sides may meet in one block: then the front reads what the back has left.
            let block = match &mut self.front {
                Some(front) => front,
                None => match self.blocks.next().map(walk) {
                    Some(next) => self.front.insert(next),
                    None => self.back.as_mut()?,
                },
            };
            match block.next() {
                None if self.front.is_some() => self.front = None,
                None => self.back = None,
                Some(packed) if packed.deleted || packed.id < self.start => {}
                Some(packed) if packed.id > self.end => self.stop(),
                Some(packed) => return Some(Entry { id: packed.id, packed }),
            }
        }
    }
}

impl DoubleEndedIterator for Entries<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            let block = match &mut self.back {
                Some(back) => back,
                None => match self.blocks.next_back().map(walk) {
                    Some(next) => self.back.insert(next),
                    None => self.front.as_mut()?,
                },
            };
            match block.next_back() {
                None if self.back.is_some() => self.back = None,
                None => self.front = None,
                Some(packed) if packed.deleted || packed.id > self.end => {}
                Some(packed) if packed.id < self.start => self.stop(),
                Some(packed) => return Some(Entry { id: packed.id, packed }),
            }
        }
    }
}
