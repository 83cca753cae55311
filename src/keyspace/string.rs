//! The value type string: a number if it looks like one, else bytes, few of them without an allocation.
//!
//! Redis: `src/object.c` (`tryObjectEncoding`, `createEmbeddedStringObject`); `OBJ_ENCODING_INT`, `_EMBSTR`, `_RAW`.

use crate::base::small_bytes::SmallBytes;
use crate::text::integer::parse_integer;
use std::borrow::Cow;

/// The longest string that OBJECT ENCODING calls `embstr`. Redis: `OBJ_ENCODING_EMBSTR_SIZE_LIMIT`.
const EMBEDDED: usize = 44;
/// The most that a growing string keeps for more. Redis: `SDS_MAX_PREALLOC`.
const SPARE: usize = 1024 * 1024;

/// A string.
#[derive(Clone, Debug)]
pub enum Str {
    /// Bytes that are the decimal of this number, and nothing else would do.
    Int(i64),
    /// Bytes as SET gave them.
    Fixed(SmallBytes),
    /// Bytes that were changed in place, with room for more.
    Growing(Box<Vec<u8>>),
}

impl Str {
    /// The string of these bytes, in the form that takes least.
    pub fn new(bytes: &[u8]) -> Str {
        match parse_integer(bytes) {
            Some(number) => Str::Int(number),
            None => Str::Fixed(bytes.into()),
        }
    }

    /// The string of these bytes, also if they look like a number.
    pub fn text(bytes: &[u8]) -> Str {
        Str::Fixed(bytes.into())
    }

    /// The number that it is the decimal of, if it is. Redis: `getLongLongFromObject`.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Str::Int(number) => Some(*number),
            Str::Fixed(bytes) => parse_integer(bytes),
            Str::Growing(bytes) => parse_integer(bytes),
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Str::Int(number) => Cow::Owned(number.to_string().into_bytes()),
            Str::Fixed(bytes) => Cow::Borrowed(bytes),
            Str::Growing(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        match self {
            Str::Int(number) => {
                usize::from(*number < 0) + number.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1
            }
            Str::Fixed(bytes) => bytes.len(),
            Str::Growing(bytes) => bytes.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its bytes, to change them in place: from now on it is `raw`.
    pub fn grow(&mut self) -> &mut Vec<u8> {
        if !matches!(self, Str::Growing(_)) {
            *self = Str::Growing(Box::new(self.bytes().into_owned()));
        }
        match self {
            Str::Growing(bytes) => bytes,
            Str::Int(_) | Str::Fixed(_) => unreachable!("it was made to grow just now"),
        }
    }

    /// A string that is to be changed in place: `raw`, however short.
    pub fn raw(bytes: Vec<u8>) -> Str {
        Str::Growing(Box::new(bytes))
    }

    /// [`Str::grow`], with zeros added at the end if it is shorter than `length` bytes; one that was empty gets no room for
    /// more. Redis: `sdsgrowzero`, and `sdsnewlen` for a new key.
    pub fn grow_to(&mut self, length: usize) -> &mut Vec<u8> {
        let bytes = self.grow();
        if bytes.len() < length {
            if bytes.is_empty() {
                bytes.reserve_exact(length);
            }
            reserve(bytes, length - bytes.len());
            bytes.resize(length, 0);
        }
        bytes
    }

    /// Adds bytes at its end.
    pub fn append(&mut self, more: &[u8]) {
        let bytes = self.grow();
        reserve(bytes, more.len());
        bytes.extend_from_slice(more);
    }

    /// What OBJECT ENCODING says of it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Str::Int(_) => "int",
            Str::Fixed(bytes) if bytes.len() <= EMBEDDED => "embstr",
            Str::Fixed(_) | Str::Growing(_) => "raw",
        }
    }
}

/// Makes room for `more` bytes, and for as much again, but not for more than a megabyte: a vector of its own accord would
/// double. Redis: `sdsMakeRoomFor`.
fn reserve(bytes: &mut Vec<u8>, more: usize) {
    if bytes.capacity() - bytes.len() < more {
        let spare = (bytes.len() + more).min(SPARE);
        bytes.reserve_exact(more + spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    quickcheck! {
        fn a_string_is_its_bytes(bytes: Vec<u8>, more: Vec<u8>) -> bool {
            let mut string = Str::new(&bytes);
            let same = *string.bytes() == *bytes && string.len() == bytes.len();
            string.grow().extend(&more);
            same && *string.bytes() == *[bytes, more].concat()
        }

        fn what_grows_keeps_its_bytes_and_ends_in_zeros(bytes: Vec<u8>, length: u8) -> bool {
            let mut string = Str::new(&bytes);
            let length = usize::from(length);
            let mut expected = bytes.clone();
            expected.resize(bytes.len().max(length), 0);
            *string.grow_to(length) == expected && string.encoding() == "raw"
        }

        fn a_number_is_its_decimal(number: i64) -> bool {
            let string = Str::new(number.to_string().as_bytes());
            let decimal = number.to_string();
            string.encoding() == "int" && *string.bytes() == *decimal.as_bytes() && string.len() == decimal.len()
        }
    }

    #[test]
    fn a_new_string_with_zeros_in_front_takes_what_it_has() {
        let mut string = Str::text(b"");
        assert_eq!(string.grow_to(100_001).capacity(), 100_001);
    }

    #[test]
    fn encodings() {
        let encoding = |bytes: &[u8]| Str::new(bytes).encoding();
        assert_eq!(encoding(b"12"), "int");
        assert_eq!(encoding(b"012"), "embstr");
        assert_eq!(encoding(&[b'x'; 44]), "embstr");
        assert_eq!(encoding(&[b'x'; 45]), "raw");
    }
}
