//! The search of ZRANK in a skiplist, with a step for each link that it reads: a skiplist itself reports none.
//!
//! Redis has no counterpart.

use crate::keyspace::zset::Zset;
use crate::keyspace::zset::nodes::{HEAD, NodeId};
use crate::keyspace::zset::skiplist::{Look, Visitor};
use crate::keyspace::zset::sorted::Sorted;
use crate::steps;
use crate::steps::{readable, step};

/// [`Zset::rank`] in the sorted set at a key.
pub fn rank(key: &[u8], zset: &Zset, member: &[u8]) -> Option<(usize, f64)> {
    match zset {
        Zset::Sorted(sorted) if steps::on() => zset.rank(member, &mut Report { key, sorted }),
        _ => zset.rank(member, &mut ()),
    }
}

/// Reports what a search in the skiplist at a key reads.
struct Report<'a> {
    key: &'a [u8],
    sorted: &'a Sorted,
}

impl Report<'_> {
    /// The member of a node; None of the head, which also stands for the end.
    fn member(&self, node: NodeId) -> Option<String> {
        let place = self.sorted.list().nodes().member(node);
        (node != HEAD).then(|| readable(self.sorted.members().key(place)))
    }
}

impl Visitor for Report<'_> {
    fn look(&mut self, look: Look) {
        let passed = look.passed + if look.follows { look.link.span } else { 0 };
        step!(LinkRead {
            key: readable(self.key),
            level: look.level,
            from: self.member(look.from),
            to: self.member(look.link.node),
            passed: passed as usize,
            follows: look.follows,
        });
    }
}
