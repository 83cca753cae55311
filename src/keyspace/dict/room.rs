//! The room that a dict has: made before many keys are added, given back after many were removed.
//!
//! Redis: `src/dict.c`, `dictExpand`; it gives back the memory of each entry at once.

use super::super::entries::Shortened;
use super::{Dict, FEWEST, Place, bucket};

impl<V> Dict<V> {
    /// Makes room for so many keys, if there is none yet: they are added without moving those before them. Redis: `dictExpand`.
    pub fn expand(&mut self, keys: usize) {
        if self.entries.is_empty() && self.tables[1].is_empty() && keys > self.tables[0].len() {
            self.tables[0] = vec![0; keys.next_power_of_two().max(FEWEST)];
        }
    }

    /// Whether [`Dict::shorten`] would soon give memory back: as many places are vacant as the last row has.
    pub fn can_free_row(&self) -> bool {
        self.entries.can_free_row()
    }

    /// One step towards having no vacant place: the last entry goes to a vacant place. Returns its value and the two places,
    /// which is for those who kept the first; None: there was no need to move anything.
    pub fn shorten(&mut self) -> Option<(&V, Place, Place)> {
        let Shortened::Moved { from, to } = self.entries.shorten() else {
            self.shorten_chain();
            return None;
        };
        let hash = self.hash(self.key(to));
        self.chain[to as usize] = self.chain[from as usize];
        for table in self.tables.iter_mut().filter(|table| !table.is_empty()) {
            let head = bucket(hash, table);
            if table[head] == from + 1 {
                table[head] = to + 1;
                break;
            }
            let mut link = table[head];
            while link != 0 && self.chain[link as usize - 1] != from + 1 {
                link = self.chain[link as usize - 1];
            }
            if link != 0 {
                self.chain[link as usize - 1] = to + 1;
                break;
            }
        }
        self.shorten_chain();
        Some((self.value(to), from, to))
    }

    fn shorten_chain(&mut self) {
        self.chain.truncate(self.entries.places());
        if self.chain.capacity() / 4 > self.chain.len() {
            self.chain.shrink_to(2 * self.chain.len());
        }
    }
}
