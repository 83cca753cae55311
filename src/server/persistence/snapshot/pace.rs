//! How much of a snapshot is encoded in a turn of the loop: about a millisecond's worth.
//!
//! Redis: none; a child process encodes there, as fast as it can.

use crate::persist::budget::Budget;

/// How long the encoding of a turn is to take, in microseconds.
const TARGET_US: u64 = 1000;
/// What the first turn encodes.
const FIRST: Budget = Budget { bytes: 256 * 1024, elements: 2000 };
/// The most that a turn encodes. A clock that stands still, as in tests, leads here.
const MOST: Budget = Budget { bytes: 4 << 20, elements: 64_000 };
/// The least.
const LEAST: Budget = Budget { bytes: 16 * 1024, elements: 64 };

/// What may be encoded in a turn.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// As much as the last turns have shown to take a millisecond.
    Measured(Budget),
    /// Always the same.
    Fixed(Budget),
}

impl Default for Pace {
    fn default() -> Pace {
        Pace::Measured(FIRST)
    }
}

impl Pace {
    /// What the next turn may encode.
    pub fn budget(self) -> Budget {
        match self {
            Pace::Measured(budget) | Pace::Fixed(budget) => budget,
        }
    }

    /// A turn that spent its budget took so many microseconds.
    pub fn took(&mut self, micros: u64) {
        let Pace::Measured(budget) = self else { return };
        let scaled = |last: usize, least: usize, most: usize| {
            match micros {
                // It never grows to more than the double at once: a turn of small keys says little of the next one.
                ..TARGET_US => {
                    (last.saturating_mul(TARGET_US as usize) / (micros as usize).max(1)).min(last * 2)
                }
                _ => (last as u64 * TARGET_US / micros) as usize,
            }
            .clamp(least, most)
        };
        budget.bytes = scaled(budget.bytes, LEAST.bytes, MOST.bytes);
        budget.elements = scaled(budget.elements, LEAST.elements, MOST.elements);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_took_long_is_followed_by_a_shorter_one() {
        let mut pace = Pace::default();
        pace.took(4000);
        assert_eq!(pace.budget(), Budget { bytes: FIRST.bytes / 4, elements: FIRST.elements / 4 });
        pace.took(500);
        assert_eq!(pace.budget(), Budget { bytes: FIRST.bytes / 2, elements: FIRST.elements / 2 });
        (0..20).for_each(|_| pace.took(0));
        assert_eq!(pace.budget(), MOST);
        (0..20).for_each(|_| pace.took(1_000_000));
        assert_eq!(pace.budget(), LEAST);
    }

    #[test]
    fn a_fixed_pace_stays() {
        let one = Budget { bytes: 1, elements: 1 };
        let mut pace = Pace::Fixed(one);
        pace.took(0);
        assert_eq!(pace.budget(), one);
    }
}
