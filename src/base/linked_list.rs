//! A doubly linked list whose nodes live in one slab, shared by many lists.
//!
//! Redis: `src/adlist.c` (`listAddNodeTail`, `listDelNode`, `listNext`).
//!
//! Different on purpose: `prev` and `next` are slab keys, not pointers. A key is four bytes instead of
//! eight, needs no `unsafe`, and can be kept by whoever must unlink the node later in O(1).
//!
//! Invariants, checked by the property test below against a `Vec`:
//! - walking `next` from `head` and `prev` from `tail` visits the same nodes, in opposite orders;
//! - `len` is their number; `head` and `tail` are `NIL` exactly when it is 0.

use slab::Slab;

/// The key of a node in its [`Nodes`]. Valid from `push_back` until `unlink`.
pub type NodeKey = u32;

/// The key that names no node: the end of a list.
pub const NIL: NodeKey = NodeKey::MAX;

// ANCHOR: list
struct Node<T> {
    value: T,
    prev: NodeKey,
    next: NodeKey,
}

/// The nodes of any number of lists with values of one type.
pub struct Nodes<T> {
    slab: Slab<Node<T>>,
}

/// One list: where it begins, where it ends, how long it is. Its nodes are elsewhere, in a [`Nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    head: NodeKey,
    tail: NodeKey,
    len: u32,
}
// ANCHOR_END: list

impl<T: Copy> Nodes<T> {
    /// No nodes; allocates nothing.
    pub const fn new() -> Self {
        Nodes { slab: Slab::new() }
    }

    /// The value of a node.
    pub fn value(&self, node: NodeKey) -> T {
        visit();
        self.slab[node as usize].value
    }

    /// The value of the node that has this key now; None if no node has.
    pub fn get(&self, key: NodeKey) -> Option<T> {
        visit();
        self.slab.get(key as usize).map(|node| node.value)
    }

    /// Takes a node out of the slab.
    fn take(&mut self, key: NodeKey) -> Node<T> {
        visit();
        self.slab.remove(key as usize)
    }

    /// How many nodes there are in all the lists together.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether no list holds a node.
    pub fn is_empty(&self) -> bool {
        self.slab.is_empty()
    }

    /// Gives unused memory back to the allocator when no node is left; else does nothing.
    pub fn shrink_if_empty(&mut self) {
        if self.slab.is_empty() && self.slab.capacity() > 1024 {
            self.slab = Slab::new();
        }
    }
}

impl<T: Copy> Default for Nodes<T> {
    fn default() -> Self {
        Nodes::new()
    }
}

impl Default for List {
    fn default() -> Self {
        List::EMPTY
    }
}

impl List {
    /// The empty list.
    pub const EMPTY: List = List { head: NIL, tail: NIL, len: 0 };

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether the list has no node.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends `value` and returns the key of its node. O(1).
    // ANCHOR: push-back
    pub fn push_back<T: Copy>(&mut self, nodes: &mut Nodes<T>, value: T) -> NodeKey {
        let key = nodes.slab.insert(Node { value, prev: self.tail, next: NIL }) as NodeKey;
        match self.tail {
            NIL => self.head = key,
            tail => nodes.slab[tail as usize].next = key,
        }
        self.tail = key;
        self.len += 1;
        key
    }
    // ANCHOR_END: push-back

    /// Takes the node `key` out of this list and returns its value. O(1).
    ///
    /// `key` must be a node of *this* list; a node of another one would tear both.
    // ANCHOR: unlink
    pub fn unlink<T: Copy>(&mut self, nodes: &mut Nodes<T>, key: NodeKey) -> T {
        let node = nodes.take(key);
        match node.prev {
            NIL => self.head = node.next,
            prev => nodes.slab[prev as usize].next = node.next,
        }
        match node.next {
            NIL => self.tail = node.prev,
            next => nodes.slab[next as usize].prev = node.prev,
        }
        self.len -= 1;
        node.value
    }
    // ANCHOR_END: unlink

    /// Takes the first node out and returns its value and its key; None if the list is empty.
    pub fn pop_front<T: Copy>(&mut self, nodes: &mut Nodes<T>) -> Option<(T, NodeKey)> {
        let first = self.head;
        (first != NIL).then(|| (self.unlink(nodes, first), first))
    }

    /// The value of the last node; None if the list is empty.
    pub fn last<T: Copy>(&self, nodes: &Nodes<T>) -> Option<T> {
        (self.tail != NIL).then(|| nodes.value(self.tail))
    }

    /// The values from head to tail.
    pub fn iter<'a, T: Copy>(&self, nodes: &'a Nodes<T>) -> Iter<'a, T> {
        Iter { nodes, next: self.head }
    }
}

/// See [`List::iter`].
pub struct Iter<'a, T> {
    nodes: &'a Nodes<T>,
    next: NodeKey,
}

impl<T: Copy> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.next == NIL {
            return None;
        }
        visit();
        let node = &self.nodes.slab[self.next as usize];
        self.next = node.next;
        Some(node.value)
    }
}

/// Counts nodes that are read or taken out, so that tests can bound the work of a command.
#[cfg(test)]
fn visit() {
    tests::VISITED.set(tests::VISITED.get() + 1);
}

#[cfg(not(test))]
fn visit() {}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use quickcheck::quickcheck;
    use std::cell::Cell;

    thread_local! {
        /// Nodes that this thread has read or taken out.
        pub static VISITED: Cell<usize> = const { Cell::new(0) };
    }

    fn backwards(list: &List, nodes: &Nodes<u32>) -> Vec<u32> {
        let mut values = Vec::new();
        let mut key = list.tail;
        while key != NIL {
            values.push(nodes.value(key));
            key = nodes.slab[key as usize].prev;
        }
        values
    }

    quickcheck! {
        /// Two lists in one slab against two `Vec`s: `(which, Some(v))` appends, `(which, None)` unlinks
        /// from somewhere in the middle.
        fn two_lists_in_one_slab_behave_as_two_vecs(steps: Vec<(bool, Option<u32>, usize)>) -> bool {
            let mut nodes = Nodes::new();
            let mut lists = [List::EMPTY; 2];
            let mut model: [Vec<(NodeKey, u32)>; 2] = [Vec::new(), Vec::new()];
            for (which, value, place) in steps {
                let which = which as usize;
                match value {
                    Some(v) => {
                        let key = lists[which].push_back(&mut nodes, v);
                        model[which].push((key, v));
                    }
                    None if !model[which].is_empty() => {
                        let at = place % model[which].len();
                        let (key, v) = model[which].remove(at);
                        assert_eq!(lists[which].unlink(&mut nodes, key), v);
                    }
                    None => {}
                }
                for i in 0..2 {
                    let expected: Vec<u32> = model[i].iter().map(|&(_, v)| v).collect();
                    let mut reversed = expected.clone();
                    reversed.reverse();
                    assert_eq!(lists[i].iter(&nodes).collect::<Vec<_>>(), expected);
                    assert_eq!(backwards(&lists[i], &nodes), reversed);
                    assert_eq!(lists[i].len(), expected.len());
                }
            }
            nodes.len() == model[0].len() + model[1].len()
        }
    }

    #[test]
    fn a_node_of_the_clients_lists_has_twelve_bytes() {
        // The goal of 48 bytes a subscription counts on this; the slab adds the tag of its free list, four bytes.
        assert_eq!(size_of::<Node<u32>>(), 12);
    }
}
