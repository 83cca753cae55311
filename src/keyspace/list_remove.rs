//! Removing elements of a list: at an end, in a range, by their value.
//!
//! Redis: `src/quicklist.c`, `quicklistDelRange`; `src/t_list.c`, `lremCommand`.
//!
//! Blocks of which nothing stays are dropped together, so that the blocks beside them are moved at most once.

use super::list::{End, List, visit};
use super::listpack::{Entry, Listpack};
use std::collections::VecDeque;
use std::ops::Range;

impl List {
    /// Removes the element at an end. There must be one.
    pub fn pop(&mut self, end: End) {
        let last = match (&*self, end) {
            (List::Blocks(blocks, _), End::Right) => blocks.len() - 1,
            _ => 0,
        };
        let block = self.block_mut(last);
        if end == End::Left {
            block.pop_front();
        } else {
            block.pop_back();
        }
        self.removed(last, 1);
    }

    /// `count` elements were removed from a block.
    fn removed(&mut self, block: usize, count: usize) {
        if let List::Blocks(blocks, len) = self {
            *len -= count;
            if blocks[block].is_empty() {
                drop_blocks(blocks, block..block + 1);
            }
        }
    }

    /// Removes `count` elements from number `start` on. They must be there. The first block is looked up, blocks of which
    /// nothing stays are dropped together. Redis: `quicklistDelRange`.
    pub fn remove(&mut self, start: usize, count: usize) {
        if count == 0 {
            return;
        }
        let (first, index) = self.locate(start);
        let cut = |pack: &mut Listpack, index: usize, count: usize| pack.remove(pack.position(index), count);
        let List::Blocks(blocks, len) = self else {
            return cut(self.block_mut(0), index, count);
        };
        *len -= count;
        let (mut left, mut block) = (count, first);
        if index > 0 {
            let here = left.min(blocks[block].len() - index);
            cut(&mut blocks[block], index, here);
            left -= here;
            block += 1;
        }
        let whole = block;
        while left > 0 && left >= blocks[block].len() {
            left -= blocks[block].len();
            block += 1;
        }
        if left > 0 {
            cut(&mut blocks[block], 0, left);
        }
        visit(block - first);
        drop_blocks(blocks, whole..block);
    }

    /// Removes up to `most` elements that are `value`, the first ones from one end on. Returns how many. Blocks behind the
    /// last of them are neither read nor moved. Redis: `lremCommand`.
    pub fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        let wanted = Entry::new(value);
        let blocks = if let List::Blocks(blocks, _) = self { blocks.len() } else { 1 };
        let (mut removed, mut visited) = (0, 0);
        while visited < blocks && removed < most {
            let number = if from == End::Left { visited } else { blocks - 1 - visited };
            removed += remove_from_block(self.block_mut(number), wanted, most - removed, from);
            visited += 1;
        }
        visit(visited);
        if let List::Blocks(blocks, len) = self
            && removed > 0
        {
            *len -= removed;
            let range = match from {
                End::Left => 0..visited,
                End::Right => blocks.len() - visited..blocks.len(),
            };
            let kept: Vec<Listpack> = blocks.drain(range).filter(|block| !block.is_empty()).collect();
            match from {
                End::Left => kept.into_iter().rev().for_each(|block| blocks.push_front(block)),
                End::Right => blocks.extend(kept),
            }
        }
        removed
    }
}

/// Removes up to `most` elements that are `wanted` from a block, the first ones from one end on. Returns how many.
fn remove_from_block(block: &mut Listpack, wanted: Entry<'_>, most: usize, from: End) -> usize {
    let equal = block.iter().filter(|&(_, entry)| entry == wanted).map(|(position, _)| position);
    let mut places: Vec<usize> = match from {
        End::Left => equal.take(most).collect(),
        End::Right => equal.rev().take(most).collect(),
    };
    // From the back, so that the places before stay valid.
    places.sort_unstable();
    for &place in places.iter().rev() {
        block.remove(place, 1);
    }
    places.len()
}

/// Drops blocks of which nothing is left. The shorter of the rests before and behind them is moved.
fn drop_blocks(blocks: &mut VecDeque<Listpack>, range: Range<usize>) {
    visit(range.start.min(blocks.len() - range.end));
    blocks.drain(range);
}
