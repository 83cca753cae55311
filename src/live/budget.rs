//! How many elements of the server's memory the loop looks at in one go: as many as take it about two milliseconds.
//!
//! Redis: none; `active-expire-effort` and the like bound a cycle in the same way.

/// What a look should take, in microseconds.
const TARGET_US: u64 = 2000;
/// However slow the machine is: fewer show nothing.
const LEAST: usize = 200;
/// However fast it is: no page shows more.
const MOST: usize = 20_000;

/// The number of elements, which follows what looks have taken; or a fixed one, for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    elements: usize,
    is_fixed: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { elements: 1000, is_fixed: false }
    }
}

impl Budget {
    /// Always so many.
    pub fn fixed(elements: usize) -> Budget {
        Budget { elements, is_fixed: true }
    }

    /// How many.
    pub fn elements(self) -> usize {
        self.elements
    }

    /// A look at so many elements has taken so long.
    pub fn took(&mut self, elements: usize, micros: u64) {
        if self.is_fixed {
            return;
        }
        let scaled = |most: u64| (self.elements as u64 * TARGET_US / micros.max(1)).min(most) as usize;
        if micros > TARGET_US {
            self.elements = scaled(MOST as u64).max(LEAST);
        } else if elements >= self.elements && micros < TARGET_US / 2 {
            // There was more to look at. Slowly, since one look may be lucky.
            self.elements = (self.elements + self.elements / 4).min(scaled(MOST as u64)).min(MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The budget after so many looks at a server without end, each element of which takes so long.
    fn after(looks: usize, nanos: u64) -> usize {
        let mut budget = Budget::default();
        for _ in 0..looks {
            let elements = budget.elements();
            budget.took(elements, elements as u64 * nanos / 1000);
        }
        budget.elements()
    }

    #[test]
    fn it_comes_to_what_two_milliseconds_hold() {
        assert_eq!(after(1, 10_000), 200);
        let fast = after(50, 200);
        assert!((5000..=10_000).contains(&fast), "{fast}");
        assert_eq!(after(50, 1), MOST);
        assert_eq!(after(50, 1_000_000), LEAST);
    }

    #[test]
    fn what_is_small_says_nothing_of_what_is_large() {
        let mut budget = Budget::default();
        budget.took(3, 10);
        assert_eq!(budget, Budget::default());
    }

    #[test]
    fn a_fixed_one_stays() {
        let mut budget = Budget::fixed(7);
        budget.took(7, 1_000_000);
        assert_eq!(budget.elements(), 7);
    }
}
