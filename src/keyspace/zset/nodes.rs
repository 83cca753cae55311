//! The memory of a skiplist: its nodes, of different heights, in rows of words.
//!
//! Redis: `zskiplistNode` in `src/server.h`, `zslCreateNode`, `zslFreeNode`: an allocation for each node, and pointers.
//!
//! A node is named by the place of its first word. One word says whose node it is and which node is before it; two words for
//! each level are its links:
//!
//! ```text
//! member, back │ score, (node, span) │ score, (node, span) │ …
//!              └ level 0             └ level 1
//! ```
//!
//! The words are in rows of 64 KB each, so that a list that grows moves nothing but short rows. Nodes of the same height share
//! rows: every search visits the few high nodes, and as they lie together, they stay in the processor's cache.
//!
//! Different on purpose: a link has the score of the node that it leads to, so that a search reads a node only if it goes
//! there. Redis keeps the score in the node, and a search reads also the nodes at which it turns down.

use crate::keyspace::dict::Place;

/// A node: the place of its first word. A skiplist has fewer than 2^32 words, which are 32 GB.
pub type NodeId = u32;

/// How many words a row has.
const ROW: usize = 1 << 13;

/// The node before the first, which has no member; in a link or as the node before it means that there is none.
pub const HEAD: NodeId = 0;

/// The most levels of a node. Redis: `ZSKIPLIST_MAXLEVEL`.
pub const MAX_LEVELS: usize = 32;

/// A link to the next node on a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The score of that node.
    pub score: f64,
    /// That node; [`HEAD`]: there is none.
    pub node: NodeId,
    /// By how many members that node is further on; to the end of the list if there is none.
    pub span: u32,
}

/// The nodes of a skiplist.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// The first row holds the head. The other rows hold nodes of one height each; only the last row of a height has room.
    rows: Vec<Vec<u64>>,
    /// For each height, its last row. 0: there is none.
    last: [u32; MAX_LEVELS],
    /// For each height, a node that is free: its first word is the next one. [`HEAD`]: none.
    free: [NodeId; MAX_LEVELS],
}

impl Default for Nodes {
    /// The head alone, which has all levels.
    fn default() -> Nodes {
        Nodes { rows: vec![vec![0; words(MAX_LEVELS)]], last: [0; MAX_LEVELS], free: [HEAD; MAX_LEVELS] }
    }
}

/// How many words a node with so many levels has.
const fn words(levels: usize) -> usize {
    1 + 2 * levels
}

impl Nodes {
    /// A new node of a member, with so many levels. The caller sets its links.
    pub fn add(&mut self, member: Place, levels: usize) -> NodeId {
        let mut node = self.free[levels - 1];
        if node == HEAD {
            node = self.append(levels);
        } else {
            self.free[levels - 1] = self.first_word(node) as NodeId;
        }
        *self.first_word_mut(node) = u64::from(member);
        node
    }

    /// A new node with so many levels. Its words are 0.
    fn append(&mut self, levels: usize) -> NodeId {
        let (count, mut number) = (words(levels), self.last[levels - 1] as usize);
        if number == 0 || self.rows[number].len() + count > ROW {
            // The first row of a height grows as it fills; most sorted sets need no more.
            let room = if number == 0 { count } else { ROW };
            number = self.rows.len();
            self.rows.push(Vec::with_capacity(room));
            self.last[levels - 1] = number as u32;
        }
        let row = &mut self.rows[number];
        let at = row.len();
        row.resize(at + count, 0);
        (number * ROW + at) as NodeId
    }

    /// The memory of a node is free for another with as many levels.
    pub fn remove(&mut self, node: NodeId, levels: usize) {
        *self.first_word_mut(node) = u64::from(self.free[levels - 1]);
        self.free[levels - 1] = node;
    }

    fn first_word(&self, node: NodeId) -> u64 {
        self.rows[node as usize / ROW][node as usize % ROW]
    }

    fn first_word_mut(&mut self, node: NodeId) -> &mut u64 {
        &mut self.rows[node as usize / ROW][node as usize % ROW]
    }

    /// Whose node it is.
    pub fn member(&self, node: NodeId) -> Place {
        self.first_word(node) as Place
    }

    /// The node before it on the lowest level.
    pub fn back(&self, node: NodeId) -> NodeId {
        (self.first_word(node) >> 32) as NodeId
    }

    /// Changes the node before it.
    pub fn set_back(&mut self, node: NodeId, back: NodeId) {
        *self.first_word_mut(node) = u64::from(self.member(node)) | u64::from(back) << 32;
    }

    /// Its link on a level that it has.
    #[inline]
    pub fn link(&self, node: NodeId, level: usize) -> Link {
        let at = node as usize % ROW + words(level);
        let [score, to] = self.rows[node as usize / ROW][at..at + 2] else {
            return Link { score: 0.0, node: HEAD, span: 0 };
        };
        Link { score: f64::from_bits(score), node: to as NodeId, span: (to >> 32) as u32 }
    }

    /// Changes its link on a level that it has.
    pub fn set_link(&mut self, node: NodeId, level: usize, link: Link) {
        let at = node as usize % ROW + words(level);
        self.rows[node as usize / ROW][at..at + 2]
            .copy_from_slice(&[link.score.to_bits(), u64::from(link.node) | u64::from(link.span) << 32]);
    }

    /// The memory of the nodes, in bytes, by its capacity.
    pub fn memory(&self) -> usize {
        let words: usize = self.rows.iter().map(Vec::capacity).sum();
        words * size_of::<u64>() + self.rows.capacity() * size_of::<Vec<u64>>()
    }
}
