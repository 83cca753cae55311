//! The eviction pool: the best keys to evict of all that samples have seen and that were not evicted yet.
//!
//! Redis: `struct evictionPoolEntry` and `evictionPoolPopulate` in `src/evict.c`.
//!
//! ```text
//! score    2      7      30     31     900
//! key     [user] [cart] [page] [tag]  [news]      the key on the right goes next
//! ```
//!
//! A sample of five keys knows little. The pool remembers the sixteen best of all samples: what a sample has found and was not
//! evicted competes with what later samples find. It names keys and not places, since a key may be gone, or used again, when
//! its turn comes; the first is found out then, the second is not.

use crate::base::small_bytes::SmallBytes;

/// How many keys it holds. Redis: `EVPOOL_SIZE`.
pub const SIZE: usize = 16;

/// A key that may be evicted.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// How good it is to evict: the idle time, or what is left of the largest counter.
    pub score: u64,
    /// The key's database.
    pub db: u32,
    /// Its name.
    pub key: SmallBytes,
}

/// The keys, the best one last.
#[derive(Clone, Debug, Default)]
pub struct Pool(Vec<Candidate>);

impl Pool {
    /// Adds a key, in the place of the worst one if the pool is full. Returns where it stands; None: it is worse than all.
    // ANCHOR: offer
    pub fn offer(&mut self, score: u64, db: u32, key: &[u8]) -> Option<usize> {
        let mut at = self.0.partition_point(|candidate| candidate.score < score);
        if self.0.len() == SIZE {
            // In place of the worst one, which is the first: all before the new one move by one.
            at = at.checked_sub(1)?;
            self.0.remove(0);
        }
        self.0.insert(at, Candidate { score, db, key: key.into() });
        Some(at)
    }
    // ANCHOR_END: offer

    /// Takes the best one out.
    pub fn take_best(&mut self) -> Option<Candidate> {
        self.0.pop()
    }

    /// All of them, the best one last.
    pub fn candidates(&self) -> &[Candidate] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    quickcheck! {
        /// All that was offered, in order, of which the worst go when there are more than sixteen.
        fn a_pool_has_the_best(offers: Vec<Option<u8>>) -> bool {
            let (mut pool, mut model): (Pool, Vec<u64>) = (Pool::default(), Vec::new());
            for offer in offers {
                match offer.map(u64::from) {
                    Some(score) => {
                        let before = model.clone();
                        model.push(score);
                        model.sort_unstable();
                        if model.len() > SIZE {
                            model.remove(0);
                        }
                        // A key that is as bad as the worst changes nothing, but it may stand for it.
                        let place = pool.offer(score, 0, b"key");
                        assert!(place.is_some() || before == model);
                        assert!(place.is_none_or(|at| pool.candidates()[at].score == score));
                    }
                    None => assert_eq!(pool.take_best().map(|best| best.score), model.pop()),
                }
                assert!(pool.candidates().iter().map(|candidate| candidate.score).eq(model.iter().copied()));
            }
            true
        }
    }
}
