//! A log that was saved comes back: its blocks are there, and what follows from them is computed.
//!
//! Redis: `src/rdb.c`, the streams of `rdbLoadObject`.

use super::block::Block;
use super::id::StreamId;
use super::log::Log;
use std::collections::BTreeMap;

impl Log {
    /// A log of these blocks, by the id of the first entry that was put into each. The entries of each are in order. None: those of
    /// different blocks are not.
    ///
    /// Only entries that were not deleted have an order: XSETID may go back to before entries that are deleted.
    pub fn of_blocks(blocks: BTreeMap<StreamId, Block>) -> Option<Log> {
        let mut log = Log::default();
        let mut last: Option<StreamId> = None;
        for (first, mut block) in blocks {
            if last.is_some_and(|last| last >= first) {
                return None;
            }
            let mut live = block.walk(first).filter(|entry| !entry.deleted).map(|entry| entry.id);
            let (lowest, highest) = (live.clone().next(), live.next_back());
            if last.is_some_and(|last| lowest.is_some_and(|lowest| last >= lowest)) {
                return None;
            }
            last = highest.or(last);
            if block.walk(first).next().is_some() {
                log.length += block.live();
                block.shrink();
                log.blocks.insert(first, block);
            }
        }
        log.find_first();
        Some(log)
    }
}
