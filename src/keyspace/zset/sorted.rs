//! A large sorted set: a dict that knows the score of each member, and a skiplist that has them in order.
//!
//! Redis: `struct zset` in `src/server.h`; `src/t_zset.c` (`zsetRemoveFromSkiplist`, `zslIsInRange`, `zslNthInRange`,
//! `zslNthInLexRange`).
//!
//! A member is stored once, in the dict; its node in the skiplist has its place there. The dict has the score, and not the
//! node: a score is one lookup, and what needs the node searches for it in any case, to have the links before it.

use super::nodes::{HEAD, NodeId};
use super::range::Range;
use super::skiplist::{Members, Skiplist, Visitor};
use crate::base::random::KeyedHash;
use crate::keyspace::dict::{Dict, Place};

/// A dict and a skiplist of the same members.
#[derive(Clone, Debug)]
// ANCHOR: sorted
pub struct Sorted {
    members: Members,
    list: Skiplist,
}
// ANCHOR_END: sorted

impl Sorted {
    /// An empty one.
    pub fn new(hasher: KeyedHash) -> Sorted {
        Sorted { members: Dict::new(hasher), list: Skiplist::new(hasher) }
    }

    /// These members with these scores.
    pub fn from_members(members: Members, hasher: KeyedHash) -> Sorted {
        let mut list = Skiplist::new(hasher);
        members.places().for_each(|place| list.insert(&members, place));
        Sorted { members, list }
    }

    /// The scores by their members.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// The members in order.
    pub fn list(&self) -> &Skiplist {
        &self.list
    }

    /// Adds a member that is not there.
    pub fn insert(&mut self, member: &[u8], score: f64) {
        let place = self.members.add(member, score);
        self.list.insert(&self.members, place);
    }

    /// Changes a member's score.
    pub fn change_score(&mut self, place: Place, score: f64) {
        self.list.change_score(&mut self.members, place, score);
    }

    /// Removes a member. Whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        let Some(place) = self.members.find(member) else { return false };
        self.list.remove(&self.members, place);
        self.members.remove_at(place);
        true
    }

    /// Removes the members with these ranks. There must be such.
    pub fn remove_ranks(&mut self, ranks: std::ops::Range<usize>) {
        let Sorted { members, list } = self;
        list.remove_ranks(ranks.start, ranks.len(), |place| _ = members.remove_at(place));
    }

    /// A member's rank and score.
    pub fn rank(&self, member: &[u8], visitor: &mut impl Visitor) -> Option<(usize, f64)> {
        let place = self.members.find(member)?;
        Some((self.list.rank(&self.members, place, visitor), *self.members.value(place)))
    }

    /// The ranks of the members in a range.
    pub fn ranks(&self, range: &Range<'_>) -> std::ops::Range<usize> {
        // Where scores are asked for, no name is read.
        let name = |place: Place| match range {
            Range::Score { .. } => &b""[..],
            Range::Lex { .. } => self.members.key(place),
        };
        let reaches_min = |score, place| range.reaches_min(score, name(place));
        let is_within_max = |score, place| range.is_within_max(score, name(place));
        let has = |node: NodeId, test: &dyn Fn(f64, Place) -> bool| {
            let place = self.list.nodes().member(node);
            node != HEAD && test(*self.members.value(place), place)
        };
        if range.is_empty() || !has(self.list.first(), &is_within_max) || !has(self.list.last(), &reaches_min)
        {
            return 0..0;
        }
        let start = self.list.count(|score, place| !reaches_min(score, place));
        let end = self.list.count(is_within_max);
        start..end.max(start)
    }

    /// The memory of dict and list beside themselves and beside long members, in bytes.
    pub fn memory(&self) -> usize {
        self.members.memory() + self.list.memory()
    }
}

/// The members from a node on, with their scores.
#[derive(Clone)]
pub struct Walk<'a> {
    sorted: &'a Sorted,
    node: NodeId,
    backward: bool,
}

impl<'a> Walk<'a> {
    /// From a rank on, to the end or to the front.
    pub fn new(sorted: &'a Sorted, rank: usize, backward: bool) -> Walk<'a> {
        Walk { sorted, node: sorted.list.at(rank), backward }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = (&'a [u8], f64);

    fn next(&mut self) -> Option<(&'a [u8], f64)> {
        if self.node == HEAD {
            return None;
        }
        let nodes = self.sorted.list.nodes();
        let place = nodes.member(self.node);
        self.node = if self.backward { nodes.back(self.node) } else { nodes.link(self.node, 0).node };
        Some((self.sorted.members.key(place), *self.sorted.members.value(place)))
    }
}
