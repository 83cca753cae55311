//! Keys at random: one of them, for RANDOMKEY and its like, or some that lie next to one another, for a sample of eviction.
//!
//! Redis: `src/dict.c` (`dictGetRandomKey`, `dictGetFairRandomKey`, `dictGetSomeKeys`).
//!
//! Different on purpose: entries lie in rows, so a place can be drawn, and every key has the same chance as long as most places
//! are taken.

use super::{Dict, Place};

/// How often a place is drawn before chance is given up for speed: in a dict that was almost emptied most are free.
const DRAWS: usize = 100;
/// How many buckets [`Dict::some`] looks at for each key that is wanted, at most. Redis: 10.
const BUCKETS_PER_KEY: usize = 10;
/// After more empty buckets than that in a row it goes on elsewhere. Redis: 5.
const EMPTY_IN_A_ROW: usize = 5;

impl<V> Dict<V> {
    /// A key that `random` chooses, the beginning of a long chain as likely as its end. None: there is none.
    pub fn random(&self, mut random: impl FnMut() -> u64) -> Option<Place> {
        if self.entries.is_empty() {
            return None;
        }
        // Places are as good as numbers, and most are in use. Redis: `dictGetFairRandomKey`, which draws from a sample.
        for _ in 0..DRAWS {
            let place = random() as usize % self.chain.len();
            if self.entries.contains(place) {
                return Some(place as Place);
            }
        }
        let buckets = self.tables[0].len() + self.tables[1].len();
        let at = |index: usize| match index.checked_sub(self.tables[0].len()) {
            None => self.tables[0][index],
            Some(index) => self.tables[1][index],
        };
        // From a random bucket on: who stands behind a gap has a better chance.
        let start = random() as usize % buckets;
        let head = (start..buckets).chain(0..start).map(at).find(|&head| head != 0)?;
        self.chained(head).nth(random() as usize % self.chained(head).count())
    }

    /// Adds to `found` up to `count` keys that lie in buckets next to one another, the first of which `random` chooses: quicker
    /// than so many draws, and as good where the keys are to be compared. Redis: `dictGetSomeKeys`.
    // ANCHOR: dict-some
    pub fn some(&self, count: usize, mut random: impl FnMut() -> u64, found: &mut Vec<Place>) {
        let count = count.min(self.len());
        let buckets = self.tables[0].len().max(self.tables[1].len());
        if count == 0 {
            return;
        }
        let (mut at, mut empty, mut visited) = (random() as usize % buckets, 0, 0);
        let start = found.len();
        for _ in 0..count * BUCKETS_PER_KEY {
            for table in self.tables.iter().filter(|table| at < table.len()) {
                let head = table[at];
                for place in self.chained(head) {
                    // A chain is visited to its end, and each of its keys has the same chance.
                    if visited < count {
                        found.push(place);
                    } else {
                        let chosen = random() as usize % (visited + 1);
                        if chosen < count {
                            found[start + chosen] = place;
                        }
                    }
                    visited += 1;
                }
                empty = if head == 0 { empty + 1 } else { 0 };
            }
            if visited >= count {
                return;
            }
            at = (at + 1) % buckets;
            if empty > count.max(EMPTY_IN_A_ROW) {
                (at, empty) = (random() as usize % buckets, 0);
            }
        }
    }
    // ANCHOR_END: dict-some
}
