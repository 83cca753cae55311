//! The entries of a stream: blocks under an ordered index.
//!
//! Redis: `src/t_stream.c`, `streamAppendItem`, `streamDeleteItem`, `streamGetEdgeID`, `streamIteratorStart`.
//!
//! Different on purpose: the index is a B-tree where Redis has a radix tree ([`super::index`]).

use super::block;
use super::block::{Block, Limits, NewFields};
use super::entries::{Entries, Entry};
use super::id::{NewId, StreamId};
use super::index::Index;
use std::ops::Bound;
use std::sync::Arc;

/// The entries of a stream, and what is remembered of those that went.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// By the id of the first entry that was put into each. XDEL removes a block with its last live entry; MINID may
    /// leave one without any, as in Redis.
    pub(super) blocks: Index,
    pub(super) length: u64,
    pub(super) first_id: StreamId,
    /// The greatest id there ever was, deleted or not. XSETID moves it.
    pub last_id: StreamId,
    /// The greatest id that XDEL removed: before it there may be holes.
    pub max_deleted_id: StreamId,
    /// How many entries were ever added.
    pub entries_added: u64,
}

/// Why an entry was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendError {
    /// Its id is not greater than the last one's.
    TooSmall,
    /// It is longer than a block may be.
    TooLarge,
}

impl Log {
    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The id of the first entry; `0-0` if there is none.
    pub fn first_id(&self) -> StreamId {
        self.first_id
    }

    /// The id of the first entry that a block still holds, deleted or not; the greatest id if there is none. Redis:
    /// `streamGetEdgeID` with tombstones.
    pub fn first_stored_id(&self) -> StreamId {
        let mut stored = self.blocks().filter_map(|(first, block)| block.walk(first).next());
        stored.next().map_or(StreamId::MAX, |entry| entry.id)
    }

    /// The id of the last entry that is still there; `0-0` if there is none.
    pub fn last_live_id(&self) -> StreamId {
        self.range(StreamId::MIN, StreamId::MAX).next_back().map_or(StreamId::MIN, |entry| entry.id)
    }

    /// How many blocks there are, and how many nodes Redis's radix tree would have over them.
    pub fn index_size(&self) -> (usize, usize) {
        (self.blocks.len(), self.blocks.radix_nodes())
    }

    /// Its blocks, in order, each with the id that it stands under.
    pub fn blocks(&self) -> impl Iterator<Item = (StreamId, &Block)> {
        self.blocks_after(None).map(|(first, block)| (first, &**block))
    }

    /// Its blocks behind the one under the id `last`; None: all of them. They may be shared: see [`super::index`].
    pub fn blocks_after(&self, last: Option<StreamId>) -> impl Iterator<Item = (StreamId, &Arc<Block>)> {
        let start = last.map_or(Bound::Unbounded, Bound::Excluded);
        self.blocks.range((start, Bound::Unbounded)).map(|(&first, block)| (first, block))
    }

    /// The id that an entry added now, `millis` after 1970, would get. None: there is none left. Redis:
    /// `streamNextID`.
    // ANCHOR: stream-new-id
    fn new_id(&self, id: NewId, millis: u64) -> Option<StreamId> {
        let last = self.last_id;
        let after_last = |ms| match last.ms == ms {
            true => last.seq.checked_add(1).map(|seq| StreamId { ms, seq }),
            false => Some(StreamId { ms, seq: 0 }),
        };
        match id {
            NewId::Auto if millis > last.ms => Some(StreamId { ms: millis, seq: 0 }),
            NewId::Auto => last.next(),
            NewId::AutoSeq(ms) => after_last(ms),
            NewId::Given(id) => Some(id),
        }
    }
    // ANCHOR_END: stream-new-id

    /// Adds an entry at the end; returns its id.
    // ANCHOR: stream-append
    pub fn append<'a>(
        &mut self,
        id: NewId,
        fields: impl NewFields<'a>,
        millis: u64,
        limits: Limits,
    ) -> Result<StreamId, AppendError> {
        let id = self.new_id(id, millis).filter(|&id| id > self.last_id).ok_or(AppendError::TooSmall)?;
        let length = fields.clone().map(|(name, value)| name.len() + value.len()).sum();
        if length > block::MAX_SIZE {
            return Err(AppendError::TooLarge);
        }
        // XSETID may have gone back to before entries that are deleted: they must not come after this one.
        while let Some((&first, _)) = self.blocks.last_key_value().filter(|&(&first, _)| first > id) {
            self.blocks.remove(first);
        }
        match self.blocks.last_mut() {
            Some((first, last)) if !last.is_full(length, limits) => last.push(first, id, fields),
            last => {
                if let Some((_, full)) = last {
                    full.shrink();
                }
                let mut block = Block::new(fields.clone());
                block.push(id, id, fields);
                self.blocks.insert(id, block);
            }
        }
        self.length += 1;
        self.entries_added = self.entries_added.wrapping_add(1);
        self.last_id = id;
        if self.length == 1 {
            self.first_id = id;
        }
        Ok(id)
    }
    // ANCHOR_END: stream-append

    /// The entries from `start` to `end`, both included, from either side.
    pub fn range(&self, start: StreamId, end: StreamId) -> Entries<'_> {
        Entries::new(&self.blocks, start, end)
    }

    /// The entry with that id.
    pub fn get(&self, id: StreamId) -> Option<Entry<'_>> {
        self.range(id, id).next()
    }

    /// Removes the entry with that id. Whether it was there.
    pub fn delete(&mut self, id: StreamId) -> bool {
        let Some((first, block)) = self.blocks.range_mut(..=id).next_back() else { return false };
        let mut live = block.walk(first).filter(|entry| !entry.deleted);
        let Some(entry) = live.find(|entry| entry.id >= id).filter(|entry| entry.id == id) else {
            return false;
        };
        let place = entry.place;
        block.delete(place);
        if block.live() == 0 {
            self.blocks.remove(first);
        }
        self.length -= 1;
        self.max_deleted_id = self.max_deleted_id.max(id);
        if id == self.first_id {
            self.find_first();
        }
        true
    }

    /// Looks up the first entry again, after one was removed.
    pub(super) fn find_first(&mut self) {
        self.first_id = self.range(StreamId::MIN, StreamId::MAX).next().map_or(StreamId::MIN, |e| e.id);
    }
}
