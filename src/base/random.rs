//! All randomness of a server, drawn from one seed: keys of hash functions, and numbers.
//!
//! Redis: `src/siphash.c`, `dictSetHashFunctionSeed`; the `random()` of the C library, `genrand64_int64` in
//! `src/mt19937-64.c`.
//!
//! Different on purpose: Redis asks the operating system wherever it needs chance. Here the owner of a server gives one
//! seed, so that the same seed and the same input give the same output, on every machine. A server that strangers can
//! reach needs a seed that nobody can guess.

use siphasher::sip::SipHasher13;

/// Where all randomness of a server comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The number for one purpose. Who knows it can compute neither the seed nor the number for another purpose.
    pub fn number(self, purpose: &str) -> u64 {
        SipHasher13::new_with_keys(self.0, 0).hash(purpose.as_bytes())
    }

    /// The hash function for the tables of a server.
    pub fn keyed_hash(self) -> KeyedHash {
        KeyedHash { key: [self.number("hash, first half"), self.number("hash, second half")] }
    }

    /// Numbers for RANDOMKEY and its like.
    pub fn generator(self) -> Generator {
        Generator(self.number("generator") | 1)
    }
}

/// SipHash-1-3 with a key of its own, as in Redis: clients choose the names that are hashed, and without the key they
/// cannot choose names that collide. The default key is known, and for tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyedHash {
    key: [u64; 2],
}

impl KeyedHash {
    /// The hash of a text: for one key the same on every machine.
    pub fn hash(&self, text: &[u8]) -> u64 {
        SipHasher13::new_with_keys(self.key[0], self.key[1]).hash(text)
    }
}

/// The next number of a row that repeats itself after 2^64 - 1 of them: Marsaglia's xorshift with 64 bits and the shifts 13,
/// 7, 17. `state` must not be 0, and never becomes 0. It is no source of secrets: each number is the whole state.
pub fn xorshift(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// A row of such numbers.
#[derive(Clone, Debug)]
pub struct Generator(u64);

impl Generator {
    /// The next number, which is never 0.
    pub fn next_number(&mut self) -> u64 {
        xorshift(&mut self.0)
    }

    /// A generator with a row of its own: it begins far from where this one goes on, or each would repeat the other's numbers.
    pub fn split(&mut self) -> Generator {
        // An odd factor makes no number 0.
        Generator(self.next_number().wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_numbers_and_no_other() {
        let row = |seed: u64| {
            let mut state = seed;
            [0; 3].map(|_| xorshift(&mut state))
        };
        assert_eq!(row(1), [1_082_269_761, 1_152_992_998_833_853_505, 11_177_516_664_432_764_457]);
        assert_ne!(row(1), row(2));
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_on_every_machine() {
        let seed = Seed(7);
        let mut generator = seed.generator();
        let numbers = [seed.number("a"), seed.keyed_hash().hash(b"rainfall"), generator.next_number()];
        assert_eq!(
            numbers,
            [12_688_318_273_138_668_452, 17_971_685_479_393_381_020, 12_684_694_933_701_218_672]
        );
    }

    #[test]
    fn generators_that_were_split_off_do_not_repeat_each_other() {
        let mut source = Seed(7).generator();
        let mut numbers = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let mut generator = source.split();
            assert!((0..100).all(|_| numbers.insert(generator.next_number())));
        }
    }

    #[test]
    fn each_seed_and_each_purpose_has_its_own_numbers() {
        assert_ne!(Seed(1).number("a"), Seed(2).number("a"));
        assert_ne!(Seed(1).number("a"), Seed(1).number("b"));
        assert_ne!(Seed(1).keyed_hash().hash(b"a"), Seed(2).keyed_hash().hash(b"a"));
    }
}
