//! The ordered index over the blocks of a stream; it knows how many nodes Redis's radix tree would have.
//!
//! Redis: `src/rax.c`, `raxInsert`, `raxRemove`: a run of bytes without a branch is one node, and so is each branching,
//! and each end. Keys are ids as 16 bytes, the most significant first. XINFO STREAM tells `radix-tree-nodes`.
//!
//! Different on purpose: a B-tree. The nodes of the radix tree are only counted, a key at a time, from the keys next to
//! it: whoever asks for the count, as the script that appends to an event store does, does not pay for the stream's
//! length. A block may be shared with a snapshot that is being written elsewhere; then it is copied before it changes.

use super::block::Block;
use super::id::StreamId;
use std::collections::BTreeMap;
use std::ops::{Bound, Deref, RangeBounds};
use std::sync::Arc;

/// Blocks by the id of the first entry that was put into each.
#[derive(Clone, Debug)]
pub struct Index {
    blocks: BTreeMap<StreamId, Arc<Block>>,
    radix_nodes: usize,
}

impl Default for Index {
    fn default() -> Index {
        Index { blocks: BTreeMap::new(), radix_nodes: 1 }
    }
}

impl Deref for Index {
    type Target = BTreeMap<StreamId, Arc<Block>>;

    fn deref(&self) -> &BTreeMap<StreamId, Arc<Block>> {
        &self.blocks
    }
}

impl Index {
    /// How many nodes Redis's radix tree would have: one if there is no key.
    pub fn radix_nodes(&self) -> usize {
        self.radix_nodes
    }

    /// Adds a block whose id is not there.
    pub fn insert(&mut self, id: StreamId, block: Block) {
        self.radix_nodes += self.nodes_of(id);
        self.blocks.insert(id, Arc::new(block));
    }

    /// Removes a block, if it is there.
    pub fn remove(&mut self, id: StreamId) {
        if self.blocks.remove(&id).is_some() {
            self.radix_nodes -= self.nodes_of(id);
        }
    }

    /// The first block, to be changed.
    pub fn first_mut(&mut self) -> Option<(StreamId, &mut Block)> {
        self.range_mut(..).next()
    }

    /// The last block, to be changed.
    pub fn last_mut(&mut self) -> Option<(StreamId, &mut Block)> {
        self.range_mut(..).next_back()
    }

    /// The blocks whose ids are in this range, to be changed.
    pub fn range_mut(
        &mut self,
        range: impl RangeBounds<StreamId>,
    ) -> impl DoubleEndedIterator<Item = (StreamId, &mut Block)> {
        self.blocks.range_mut(range).map(|(&id, block)| (id, Arc::make_mut(block)))
    }

    /// How many nodes a key adds to the radix tree of the others. It is not among them.
    fn nodes_of(&self, id: StreamId) -> usize {
        let key = bytes(id);
        let before = |key: u128| self.blocks.range(..of_bytes(key)).next_back().map(|(&id, _)| bytes(id));
        let after = |key: u128| {
            let others = (Bound::Excluded(of_bytes(key)), Bound::Unbounded);
            self.blocks.range(others).next().map(|(&id, _)| bytes(id))
        };
        let common = |other: Option<u128>| other.map(|other| shared(key, other));
        // The bytes that it shares with the key most like it: there it leaves the others' path.
        let Some(leaves_at) = common(before(key)).max(common(after(key))) else { return 1 };
        // The others that go along as far, and the bytes that these share with one another.
        let low = key & !(u128::MAX >> (8 * leaves_at));
        let high = key | (u128::MAX >> (8 * leaves_at));
        let mut along = self.blocks.range(of_bytes(low)..=of_bytes(high)).map(|(&id, _)| bytes(id));
        let Some(first) = along.next() else { return 1 };
        let last = along.next_back().unwrap_or(first);
        let run_ends_at = shared(first, last);
        let own = usize::from(leaves_at < 15) + 1;
        if run_ends_at == leaves_at {
            return own;
        }
        // It leaves in the midst of a run: one node becomes what comes before, a branching, and what comes after.
        let branches_before = common(before(low)).max(common(after(high)));
        let run_starts_at = branches_before.map_or(0, |at| at + 1);
        own + usize::from(run_starts_at < leaves_at) + usize::from(leaves_at + 1 < run_ends_at)
    }
}

fn bytes(id: StreamId) -> u128 {
    u128::from(id.ms) << 64 | u128::from(id.seq)
}

fn of_bytes(key: u128) -> StreamId {
    StreamId { ms: (key >> 64) as u64, seq: key as u64 }
}

/// How many bytes two keys share from the first on: 16 if they are the same.
fn shared(one: u128, other: u128) -> usize {
    (one ^ other).leading_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    fn empty() -> Block {
        Block::new([(&b""[..], &b""[..]); 0].into_iter())
    }

    /// The nodes for keys that agree in the first `depth` bytes, by building the tree.
    fn below(keys: &[[u8; 16]], depth: usize) -> usize {
        let (first, last) = (&keys[0], &keys[keys.len() - 1]);
        let branching = (depth..16).find(|&at| first[at] != last[at]).unwrap_or(16);
        let run = usize::from(branching > depth);
        if branching == 16 {
            return run + 1;
        }
        let branches = keys.chunk_by(|a, b| a[branching] == b[branching]);
        run + 1 + branches.map(|keys| below(keys, branching + 1)).sum::<usize>()
    }

    #[test]
    fn nodes_are_counted_as_in_redis() {
        let cases: [(&[(u64, u64)], usize); 6] = [
            (&[], 1),
            (&[(5, 0)], 2),
            // A run, the branching, two ends.
            (&[(5, 1), (5, 2)], 4),
            // A run, the branching, and a run and an end for each.
            (&[(5, 0), (6, 0)], 6),
            (&[(5, 1), (5, 2), (6, 0)], 8),
            (&[(0, 0), (1 << 56, 0)], 5),
        ];
        for (ids, expected) in cases {
            let mut index = Index::default();
            for &(ms, seq) in ids {
                index.insert(StreamId { ms, seq }, empty());
            }
            assert_eq!(index.radix_nodes(), expected, "{ids:?}");
        }
    }

    quickcheck! {
        fn counting_by_neighbours_is_counting_the_tree(steps: Vec<(u8, u8, bool)>) -> bool {
            let mut index = Index::default();
            steps.into_iter().all(|(high, low, keep)| {
                // Few values, at both ends and in the middle of the key, so that many share much.
                let ms = u64::from(high & 3) << 56 | u64::from(high >> 6);
                let id = StreamId { ms, seq: u64::from(low & 1) << 40 | u64::from(low >> 6) };
                match keep && !index.contains_key(&id) {
                    true => index.insert(id, empty()),
                    false => index.remove(id),
                }
                let keys: Vec<_> = index.keys().map(|&id| bytes(id).to_be_bytes()).collect();
                index.radix_nodes() == if keys.is_empty() { 1 } else { below(&keys, 0) }
            })
        }
    }
}
