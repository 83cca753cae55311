//! Choices that a seed repeats.

use cutaway::base::random::{Generator, Seed};

/// A row of choices.
#[derive(Clone, Debug)]
pub struct Random(Generator);

impl Random {
    /// The row of this seed.
    pub fn new(seed: u64) -> Random {
        Random(Seed(seed).generator())
    }

    /// Another row, which does not repeat this one.
    pub fn split(&mut self) -> Random {
        Random(self.0.split())
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The lowest bits of xorshift are the worst.
        (self.0.next_number() >> 11) as usize % end
    }

    /// A number from `start` to `end`, both included.
    pub fn between(&mut self, start: usize, end: usize) -> usize {
        start + self.below(end - start + 1)
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub fn choose<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }
}
