//! From an element to a register and a run of zeros.
//!
//! Redis: `src/hyperloglog.c` (`MurmurHash64A`, `hllPatLen`).

/// How many bits of the hash name the register. Redis: `HLL_P`.
pub const INDEX_BITS: u32 = 14;
/// The bits that are left for the run. Redis: `HLL_Q`.
pub const RUN_BITS: u32 = 64 - INDEX_BITS;
/// What Redis hashes elements with. The same everywhere: another server that holds the string must find the same registers.
const SEED: u64 = 0xadc8_3b19;

/// What an element draws: a register, and a run of zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The register.
    pub index: usize,
    /// The zeros from the lowest bit that is left on, and the bit after them: 1 to 51.
    pub run: u8,
}

/// What an element draws. Redis: `hllPatLen`.
// ANCHOR: draw
pub fn draw(element: &[u8]) -> Draw {
    let hash = murmur64a(element);
    let index = (hash & ((1 << INDEX_BITS) - 1)) as usize;
    // A bit above those that are left ends the run.
    let rest = hash >> INDEX_BITS | 1 << RUN_BITS;
    Draw { index, run: rest.trailing_zeros() as u8 + 1 }
}
// ANCHOR_END: draw

/// Austin Appleby's MurmurHash2 for 64 bits.
fn murmur64a(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    const SHIFT: u32 = 47;
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(FACTOR);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word).wrapping_mul(FACTOR);
        hash = (hash ^ (word ^ word >> SHIFT).wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    }
    if !rest.is_empty() {
        let rest = rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
        hash = (hash ^ rest).wrapping_mul(FACTOR);
    }
    hash = (hash ^ hash >> SHIFT).wrapping_mul(FACTOR);
    hash ^ hash >> SHIFT
}
