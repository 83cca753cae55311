//! Strings as rows of bits: bit 0 is the highest bit of the first byte.
//!
//! Redis: `src/bitops.c` (`redisPopcount`, `redisBitpos`).
//!
//! Different on purpose: a range is a range of bits everywhere. Redis searches and counts whole bytes, and masks what its caller
//! did not ask for.

use crate::base::vectors::with_widest;
use std::ops::RangeInclusive;

/// How many bytes a search skips at a time while it finds nothing.
const STRIDE: usize = 64;

/// The place of a bit in its byte, as a byte in which no other bit is set.
fn mask(at: u64) -> u8 {
    0x80 >> (at % 8)
}

/// Whether a bit is set; beyond the end none is.
pub fn get(bytes: &[u8], at: u64) -> bool {
    let byte = usize::try_from(at / 8).ok().and_then(|at| bytes.get(at));
    byte.is_some_and(|byte| byte & mask(at) != 0)
}

/// Sets or clears a bit, which must be there. Whether it was set.
pub fn set(bytes: &mut [u8], at: u64, bit: bool) -> bool {
    let byte = &mut bytes[(at / 8) as usize];
    let was = *byte & mask(at) != 0;
    *byte = if bit { *byte | mask(at) } else { *byte & !mask(at) };
    was
}

/// A byte with the bits alone that are in the range, if the byte is its first, its last or one between.
fn clip(byte: u8, at: usize, range: &RangeInclusive<u64>) -> u8 {
    let (first, last) = (*range.start(), *range.end());
    let after = if at as u64 == first / 8 { 0xff >> (first % 8) } else { 0xff };
    let before = if at as u64 == last / 8 { 0xff << (7 - last % 8) } else { 0xff };
    byte & after & before
}

/// How many bits of a range that lies in the bytes are set.
pub fn count(bytes: &[u8], range: RangeInclusive<u64>) -> u64 {
    let (first, last) = ((range.start() / 8) as usize, (range.end() / 8) as usize);
    let ones = |at: usize| u64::from(clip(bytes[at], at, &range).count_ones());
    match last - first {
        0 => ones(first),
        _ => ones(first) + count_all(&bytes[first + 1..last]) + ones(last),
    }
}

/// How many bits are set. Redis: `redisPopcount`.
fn count_all(bytes: &[u8]) -> u64 {
    with_widest(
        #[inline(always)]
        || {
            let (words, rest) = bytes.as_chunks::<8>();
            let words = words.iter().map(|word| u64::from(u64::from_ne_bytes(*word).count_ones()));
            words.sum::<u64>() + rest.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>()
        },
    )
}

/// The first bit of a range that lies in the bytes which is set, or which is not. Redis: `redisBitpos`.
pub fn find(bytes: &[u8], bit: bool, range: RangeInclusive<u64>) -> Option<u64> {
    let (first, last) = ((range.start() / 8) as usize, (range.end() / 8) as usize);
    // Turned so that what is looked for is set.
    let turn = if bit { 0 } else { 0xff };
    let wanted = |at: usize| clip(bytes[at] ^ turn, at, &range);
    let between = || {
        let (strides, _) = bytes.get(first + 1..last)?.as_chunks::<STRIDE>();
        let skipped = strides.iter().take_while(|stride| **stride == [turn; STRIDE]).count();
        (first + 1 + skipped * STRIDE..last).find(|&at| wanted(at) != 0)
    };
    let at = match wanted(first) {
        0 => between().or_else(|| (wanted(last) != 0).then_some(last))?,
        _ => first,
    };
    Some(at as u64 * 8 + u64::from(wanted(at).leading_zeros()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    /// Bytes in which a search has something to skip, and a range of their bits.
    fn bitmap(runs: &[(bool, u8)], first: u64, last: u64) -> Option<(Vec<u8>, RangeInclusive<u64>)> {
        let mut bits = runs.iter().flat_map(|&(bit, length)| vec![bit; 4 * usize::from(length)]);
        let mut bytes = Vec::new();
        while let Some(bit) = bits.next() {
            let eight = std::iter::once(bit).chain(bits.by_ref().take(7)).zip((0..8).rev());
            bytes.push(eight.map(|(bit, place)| u8::from(bit) << place).sum());
        }
        let length = 8 * bytes.len() as u64;
        let (one, other) = (first.checked_rem(length)?, last.checked_rem(length)?);
        Some((bytes, one.min(other)..=one.max(other)))
    }

    quickcheck! {
        fn bits_are_counted_one_by_one(runs: Vec<(bool, u8)>, first: u64, last: u64) -> bool {
            let Some((bytes, range)) = bitmap(&runs, first, last) else { return true };
            count(&bytes, range.clone()) == range.filter(|&at| get(&bytes, at)).count() as u64
        }

        fn the_first_bit_is_found(runs: Vec<(bool, u8)>, first: u64, last: u64, bit: bool) -> bool {
            let Some((bytes, mut range)) = bitmap(&runs, first, last) else { return true };
            find(&bytes, bit, range.clone()) == range.find(|&at| get(&bytes, at) == bit)
        }

        fn a_bit_that_is_set_is_set_and_no_other(bytes: Vec<u8>, at: u64, bit: bool) -> bool {
            let Some(at) = at.checked_rem(8 * bytes.len() as u64) else { return true };
            let mut changed = bytes.clone();
            let was = set(&mut changed, at, bit);
            was == get(&bytes, at)
                && (0..8 * bytes.len() as u64 + 8)
                    .all(|place| get(&changed, place) == if place == at { bit } else { get(&bytes, place) })
        }
    }
}
