//! The skiplist: members in the order of their scores, found and counted in a number of steps that grows with the logarithm
//! of how many they are.
//!
//! Redis: `src/t_zset.c` (`zslInsert`, `zslDelete`, `zslDeleteNode`, `zslUpdateScore`, `zslGetRank`, `zslGetElementByRank`,
//! `zslDeleteRangeByRank`, `zslRandomLevel`).
//!
//! On the lowest level every node has a link to the next. Each node is on so many levels as its coin says: on the second
//! with odds of one in four, on the third with one in sixteen … A search begins on the highest level, where few nodes are,
//! goes on there as long as the next node is before what it looks for, and then a level down. Each link knows its span: how
//! many members it passes. So a search counts them too, and a rank is found like a score.
//!
//! Members with the same score are in the order of their bytes. They are in the dict beside the list, and a node has the
//! place of its member there: the caller hands the dict in.
//!
//! Every search is [`Skiplist::descend`], with a test that says which nodes are before what it looks for, and a [`Visitor`]
//! that sees each look at a link.

use super::nodes::{HEAD, Link, MAX_LEVELS, NodeId, Nodes};
use crate::base::random::{Generator, KeyedHash, Seed};
use crate::keyspace::dict::{Dict, Place};

/// The scores of the members, by the members.
pub type Members = Dict<f64>;

/// A skiplist.
#[derive(Clone, Debug)]
pub struct Skiplist {
    nodes: Nodes,
    /// The last node; [`HEAD`] if there is none.
    tail: NodeId,
    len: u32,
    /// How many levels are in use.
    levels: usize,
    /// Says how many levels the next node has.
    coin: Generator,
}

/// A look of a search at a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The node where the search is.
    pub from: NodeId,
    /// How many members it has passed, that node's included.
    pub passed: u32,
    /// The level.
    pub level: usize,
    /// The link on that level.
    pub link: Link,
    /// Whether the search follows it; if not, it goes a level down.
    pub follows: bool,
}

/// Sees what a search looks at.
pub trait Visitor {
    /// The search looks at a link.
    fn look(&mut self, look: Look);
}

/// A search without a visitor.
impl Visitor for () {
    #[inline(always)]
    fn look(&mut self, _: Look) {}
}

/// Where a search went down from each level: the nodes whose links change when a node is put there or taken away.
struct Path {
    nodes: [NodeId; MAX_LEVELS],
    passed: [u32; MAX_LEVELS],
}

impl Visitor for Path {
    #[inline(always)]
    fn look(&mut self, look: Look) {
        if !look.follows {
            self.nodes[look.level] = look.from;
            self.passed[look.level] = look.passed;
        }
    }
}

impl Skiplist {
    /// An empty list. How high its nodes become follows from the hash function's key.
    pub fn new(hasher: KeyedHash) -> Skiplist {
        let coin = Seed(hasher.hash(b"coin of a skiplist")).generator();
        Skiplist { nodes: Nodes::default(), tail: HEAD, len: 0, levels: 1, coin }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many levels are in use.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// The nodes: to read links and members.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The first node; [`HEAD`] if there is none.
    pub fn first(&self) -> NodeId {
        self.nodes.link(HEAD, 0).node
    }

    /// The last node; [`HEAD`] if there is none.
    pub fn last(&self) -> NodeId {
        self.tail
    }

    /// The last node that `is_before`, and how many such nodes there are. All of them must stand before all others.
    /// `is_before` gets a link and how many members are passed if it is followed.
    // ANCHOR: skiplist-descend
    fn descend(
        &self,
        mut is_before: impl FnMut(Link, u32) -> bool,
        visitor: &mut impl Visitor,
    ) -> (NodeId, u32) {
        let (mut node, mut passed) = (HEAD, 0);
        for level in (0..self.levels).rev() {
            loop {
                let link = self.nodes.link(node, level);
                let follows = link.node != HEAD && is_before(link, passed + link.span);
                visitor.look(Look { from: node, passed, level, link, follows });
                if !follows {
                    break;
                }
                node = link.node;
                passed += link.span;
            }
        }
        (node, passed)
    }
    // ANCHOR_END: skiplist-descend

    /// Whether a link leads to a node before that of a member with a score.
    fn is_before(&self, members: &Members, link: Link, score: f64, member: &[u8]) -> bool {
        link.score < score || (link.score == score && members.key(self.nodes.member(link.node)) < member)
    }

    /// How many members are before the one at a place of the dict. Redis: `zslGetRank`.
    pub fn rank(&self, members: &Members, place: Place, visitor: &mut impl Visitor) -> usize {
        let (score, member) = (*members.value(place), members.key(place));
        self.descend(|link, _| self.is_before(members, link, score, member), visitor).1 as usize
    }

    /// How many members there are for which `is_before` says yes: it gets the score and the member's place.
    pub fn count(&self, mut is_before: impl FnMut(f64, Place) -> bool) -> usize {
        self.descend(|link, _| is_before(link.score, self.nodes.member(link.node)), &mut ()).1 as usize
    }

    /// The node with so many before it; [`HEAD`] if there is none. Redis: `zslGetElementByRank`.
    pub fn at(&self, rank: usize) -> NodeId {
        match rank {
            0 => self.first(),
            rank if rank + 1 == self.len() => self.tail,
            rank if rank >= self.len() => HEAD,
            rank => self.descend(|_, passed| passed as usize <= rank + 1, &mut ()).0,
        }
    }

    /// The path to where a member stands or would stand.
    fn path(&self, members: &Members, score: f64, member: &[u8]) -> Path {
        let mut path = Path { nodes: [HEAD; MAX_LEVELS], passed: [0; MAX_LEVELS] };
        self.descend(|link, _| self.is_before(members, link, score, member), &mut path);
        path
    }

    /// Adds a node for the member at a place of the dict, which has none. Redis: `zslInsert`.
    // ANCHOR: skiplist-insert
    pub fn insert(&mut self, members: &Members, place: Place) {
        let score = *members.value(place);
        let path = self.path(members, score, members.key(place));
        let levels = self.draw_levels();
        while self.levels < levels {
            // Nothing is on this level yet: the head's link spans the whole list.
            self.nodes.set_link(HEAD, self.levels, Link { score: 0.0, node: HEAD, span: self.len });
            self.levels += 1;
        }
        let node = self.nodes.add(place, levels);
        for level in 0..levels {
            let before = path.nodes[level];
            let link = self.nodes.link(before, level);
            // From the node before to the new one: what the search has passed since, and one.
            let passed = path.passed[0] - path.passed[level];
            self.nodes.set_link(node, level, Link { span: link.span - passed, ..link });
            self.nodes.set_link(before, level, Link { score, node, span: passed + 1 });
        }
        // Higher links pass the new node.
        for level in levels..self.levels {
            let link = self.nodes.link(path.nodes[level], level);
            self.nodes.set_link(path.nodes[level], level, Link { span: link.span + 1, ..link });
        }
        self.nodes.set_back(node, path.nodes[0]);
        match self.nodes.link(node, 0).node {
            HEAD => self.tail = node,
            next => self.nodes.set_back(next, node),
        }
        self.len += 1;
    }
    // ANCHOR_END: skiplist-insert

    /// How many levels the next node has: one more with odds of one in four, again and again. Redis: `zslRandomLevel`.
    fn draw_levels(&mut self) -> usize {
        // Two bits of a random number are both zero once in four times.
        let levels = 1 + self.coin.next_number().trailing_zeros() as usize / 2;
        levels.min(MAX_LEVELS)
    }

    /// Takes out the node that comes next on the path, and returns its member's place. Redis: `zslDeleteNode`.
    fn unlink_next(&mut self, path: &Path) -> Place {
        let node = self.nodes.link(path.nodes[0], 0).node;
        let mut levels = 0;
        for level in 0..self.levels {
            let before = path.nodes[level];
            let link = self.nodes.link(before, level);
            let link = if link.node == node {
                levels = level + 1;
                let after = self.nodes.link(node, level);
                Link { span: link.span + after.span - 1, ..after }
            } else {
                Link { span: link.span - 1, ..link }
            };
            self.nodes.set_link(before, level, link);
        }
        match self.nodes.link(path.nodes[0], 0).node {
            HEAD => self.tail = path.nodes[0],
            next => self.nodes.set_back(next, path.nodes[0]),
        }
        while self.levels > 1 && self.nodes.link(HEAD, self.levels - 1).node == HEAD {
            self.levels -= 1;
        }
        self.len -= 1;
        let place = self.nodes.member(node);
        self.nodes.remove(node, levels);
        place
    }

    /// Removes the node of the member at a place of the dict. Redis: `zslDelete`.
    pub fn remove(&mut self, members: &Members, place: Place) {
        let path = self.path(members, *members.value(place), members.key(place));
        self.unlink_next(&path);
    }

    /// Removes the nodes from a rank on, `count` of them, and hands out the places of their members. They must be there.
    /// Redis: `zslDeleteRangeByRank`.
    pub fn remove_ranks(&mut self, rank: usize, count: usize, mut removed: impl FnMut(Place)) {
        let mut path = Path { nodes: [HEAD; MAX_LEVELS], passed: [0; MAX_LEVELS] };
        self.descend(|_, passed| passed as usize <= rank, &mut path);
        for _ in 0..count {
            removed(self.unlink_next(&path));
        }
    }

    /// The score of the member at a place is another now, which the dict does not know yet: moves its node, if it stands in
    /// another place. Redis: `zslUpdateScore`.
    pub fn change_score(&mut self, members: &mut Members, place: Place, score: f64) {
        let path = self.path(members, *members.value(place), members.key(place));
        *members.value_mut(place) = score;
        let node = self.nodes.link(path.nodes[0], 0).node;
        let (back, next) = (path.nodes[0], self.nodes.link(node, 0));
        let stays = (back == HEAD || *members.value(self.nodes.member(back)) < score)
            && (next.node == HEAD || next.score > score);
        if !stays {
            self.unlink_next(&path);
            return self.insert(members, place);
        }
        for level in 0..self.levels {
            let link = self.nodes.link(path.nodes[level], level);
            if link.node != node {
                break;
            }
            self.nodes.set_link(path.nodes[level], level, Link { score, ..link });
        }
    }

    /// The memory of the list beside itself, in bytes.
    pub fn memory(&self) -> usize {
        self.nodes.memory()
    }
}

#[cfg(test)]
#[path = "skiplist_tests.rs"]
pub(super) mod tests;
