//! How many nodes Redis's radix tree would have: XINFO STREAM tells `radix-tree-nodes`.
//!
//! Redis: `src/rax.c`, `raxInsert`: a run of bytes without a branch is one node, and so is each branching, and each
//! end. Keys are ids as 16 bytes, the most significant first.
//!
//! Naive: counted when asked, in time proportional to the number of blocks.

use super::id::StreamId;

type Key = [u8; 16];

/// The number of nodes of a radix tree with these keys, which come in order.
pub fn nodes(ids: impl Iterator<Item = StreamId>) -> usize {
    let keys: Vec<Key> = ids.map(|id| (u128::from(id.ms) << 64 | u128::from(id.seq)).to_be_bytes()).collect();
    if keys.is_empty() { 1 } else { below(&keys, 0) }
}

/// The nodes for keys that agree in the first `depth` bytes.
fn below(keys: &[Key], depth: usize) -> usize {
    let (first, last) = (&keys[0], &keys[keys.len() - 1]);
    let branching = (depth..16).find(|&at| first[at] != last[at]).unwrap_or(16);
    let run = usize::from(branching > depth);
    if branching == 16 {
        return run + 1;
    }
    let branches = keys.chunk_by(|a, b| a[branching] == b[branching]);
    run + 1 + branches.map(|keys| below(keys, branching + 1)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let ids = ids.iter().map(|&(ms, seq)| StreamId { ms, seq });
            assert_eq!(nodes(ids.clone()), expected, "{ids:?}");
        }
    }
}
