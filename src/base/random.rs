//! A row of numbers without an order that anybody could see: Marsaglia's xorshift with 64 bits and the shifts 13, 7, 17.
//!
//! Redis: `genrand64_int64` in `src/mt19937-64.c`, by purpose. It is no source of secrets: each number is the whole state, so
//! that one of them tells all that follow.

/// The next number of a row that repeats itself after 2^64 - 1 of them. `state` must not be 0, and never becomes 0.
pub fn xorshift(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_its_row_and_no_other() {
        let row = |seed: u64| {
            let mut state = seed;
            [0; 3].map(|_| xorshift(&mut state))
        };
        assert_eq!(row(1), [1_082_269_761, 1_152_992_998_833_853_505, 11_177_516_664_432_764_457]);
        assert_ne!(row(1), row(2));
    }
}
