//! Whole numbers of 1 to 64 bits that stand anywhere in a string: `i5` at bit 7.
//!
//! Redis: `src/bitops.c` (`getUnsignedBitfield`, `setSignedBitfield`, `checkSignedBitfieldOverflow` and their siblings,
//! `getBitfieldTypeFromArgument`).
//!
//! Different on purpose: the nine bytes that a number can touch are read and written at once, and not bit by bit.

use crate::text::c::until_nul;
use crate::text::integer::parse_integer;

/// How many bytes 64 bits touch at most.
const TOUCHED: usize = 9;

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Whether it can be negative.
    pub signed: bool,
    /// How many bits it has: 1 to 64, without a sign at most 63.
    pub bits: u32,
}

/// What is done with a number that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Its low bits are kept.
    Wrap,
    /// The number that is nearest takes its place.
    Saturate,
    /// Nothing.
    Fail,
}

impl Kind {
    /// The type that a word names: `i16`, `u8`.
    pub fn parse(word: &[u8]) -> Option<Kind> {
        let (signed, digits) = match word {
            [b'i', digits @ ..] => (true, digits),
            [b'u', digits @ ..] => (false, digits),
            _ => return None,
        };
        let bits = parse_integer(until_nul(digits))?;
        let most = if signed { 64 } else { 63 };
        (1..=most).contains(&bits).then_some(Kind { signed, bits: bits as u32 })
    }

    fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    fn max(self) -> i64 {
        (self.mask() >> u32::from(self.signed)) as i64
    }

    fn min(self) -> i64 {
        if self.signed { -self.max() - 1 } else { 0 }
    }

    /// The number that these low bits are.
    fn value(self, bits: u64) -> i64 {
        let free = 64 - self.bits;
        let high = bits << free;
        if self.signed { high as i64 >> free } else { (high >> free) as i64 }
    }

    /// The number at a bit; beyond the end of the bytes are zeros.
    pub fn read(self, bytes: &[u8], at: u64) -> i64 {
        let word = touched(bytes, at);
        self.value((word >> self.free_below(at)) as u64 & self.mask())
    }

    /// Writes a number at a bit; all bytes that it touches must be there.
    pub fn write(self, bytes: &mut [u8], at: u64, value: i64) {
        let (free, mask) = (self.free_below(at), u128::from(self.mask()));
        let word = touched(bytes, at) & !(mask << free) | (value as u128 & mask) << free;
        let first = (at / 8) as usize;
        let word = word.to_be_bytes();
        let places = bytes[first..].iter_mut().zip(&word[size_of::<u128>() - TOUCHED..]);
        places.for_each(|(place, byte)| *place = *byte);
    }

    /// How many of the touched bits come after the number.
    fn free_below(self, at: u64) -> u32 {
        8 * TOUCHED as u32 - (at % 8) as u32 - self.bits
    }

    /// What INCRBY makes of a number. None: it fails.
    pub fn add(self, value: i64, by: i64, overflow: Overflow) -> Option<i64> {
        let sum = i128::from(value) + i128::from(by);
        self.fitted(sum, sum > i128::from(self.max()), overflow)
    }

    /// What SET writes. None: it fails. As in Redis, a negative number is too large for a type without a sign, and so is one near
    /// the least of all numbers, at which Redis's own check overflows.
    pub fn fit(self, value: i64, overflow: Overflow) -> Option<i64> {
        let is_large = match self.signed {
            true => value > self.max() || self.bits < 64 && self.max().wrapping_sub(value) < 0,
            false => value as u64 > self.mask(),
        };
        self.fitted(i128::from(value), is_large, overflow)
    }

    fn fitted(self, value: i128, is_large: bool, overflow: Overflow) -> Option<i64> {
        if !is_large && value >= i128::from(self.min()) {
            return Some(value as i64);
        }
        match overflow {
            Overflow::Wrap => Some(self.value(value as u64 & self.mask())),
            Overflow::Saturate => Some(if is_large { self.max() } else { self.min() }),
            Overflow::Fail => None,
        }
    }
}

/// The bytes from that of a bit on, as one number.
fn touched(bytes: &[u8], at: u64) -> u128 {
    let bytes = usize::try_from(at / 8).ok().and_then(|first| bytes.get(first..)).unwrap_or_default();
    (0..TOUCHED).fold(0, |word, place| word << 8 | u128::from(bytes.get(place).copied().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyspace::bits;
    use quickcheck::quickcheck;

    fn kind(signed: bool, bits: u32) -> Kind {
        Kind { signed, bits: 1 + bits % if signed { 64 } else { 63 } }
    }

    quickcheck! {
        fn a_number_is_read_bit_by_bit(bytes: Vec<u8>, at: u16, signed: bool, bits: u32) -> bool {
            let (kind, at) = (kind(signed, bits), u64::from(at % 200));
            let one = |at: u64| u64::from(bits::get(&bytes, at));
            let value = (at..at + u64::from(kind.bits)).fold(0, |value, at| value << 1 | one(at));
            let negative = kind.signed && one(at) == 1 && kind.bits < 64;
            let expected = if negative { value.wrapping_sub(1 << kind.bits) as i64 } else { value as i64 };
            kind.read(&bytes, at) == expected
        }

        fn what_is_written_is_read_and_nothing_else_changes(bytes: Vec<u8>, at: u16, signed: bool, bits: u32, value: i64) -> bool {
            let (kind, at) = (kind(signed, bits), u64::from(at % 200));
            let mut before = bytes;
            let end = at + u64::from(kind.bits);
            before.resize(before.len().max(end.div_ceil(8) as usize), 0x5a);
            let mut after = before.clone();
            kind.write(&mut after, at, value);
            kind.read(&after, at) == kind.value(value as u64 & kind.mask())
                && (0..8 * before.len() as u64)
                    .filter(|place| !(at..end).contains(place))
                    .all(|place| bits::get(&before, place) == bits::get(&after, place))
        }

        fn what_fits_is_what_it_is(signed: bool, bits: u32, value: i64, by: i64) -> bool {
            let kind = kind(signed, bits);
            let value = kind.value(value as u64 & kind.mask());
            let fits = |sum: i128| (i128::from(kind.min())..=i128::from(kind.max())).contains(&sum);
            let sum = i128::from(value) + i128::from(by);
            let expected = fits(sum).then_some(sum as i64);
            kind.add(value, by, Overflow::Fail) == expected
                && kind.fit(value, Overflow::Fail) == Some(value)
                && expected.is_none_or(|sum| kind.add(value, by, Overflow::Wrap) == Some(sum))
        }
    }

    #[test]
    fn types_are_named_in_lower_case_and_up_to_a_nul() {
        assert_eq!(Kind::parse(b"i64"), Some(Kind { signed: true, bits: 64 }));
        assert_eq!(Kind::parse(b"u63\0x"), Some(Kind { signed: false, bits: 63 }));
        for word in [&b"u64"[..], b"i65", b"i0", b"i", b"", b"I8", b"8", b"i08"] {
            assert_eq!(Kind::parse(word), None, "{word:?}");
        }
    }
}
