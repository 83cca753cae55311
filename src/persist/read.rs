//! The words of the value format, as they are read: numbers, strings, times, ids.
//!
//! Redis: `src/rdb.c` (`rdbLoadLenByRef`, `rdbGenericLoadStringObject`, `rdbLoadIntegerObject`, `rdbLoadLzfStringObject`,
//! `rdbLoadDoubleValue`, `rdbLoadBinaryDoubleValue`). [`super::write`] draws them.
//!
//! Nothing is reserved because a length says so: what is not compressed must be there, and what is compressed cannot be
//! longer than its bytes can stand for ([`lzf::decompress`]), nor longer than [`LONGEST`].

use super::lzf;
use crate::stream::id::StreamId;
use crate::text::double;
use std::borrow::Cow;

/// No string is decompressed to more bytes. Redis: `LISTPACK_MAX_SAFETY_LIMIT`, which a packed value has.
const LONGEST: usize = 1 << 30;

/// Why bytes are not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt(pub &'static str);

impl Corrupt {
    /// There are fewer bytes than the value has.
    pub const SHORT: Corrupt = Corrupt("it ends too early");
    /// All of the value was read, and it has no elements. Redis: `RDB_LOAD_ERR_EMPTY_KEY`.
    pub const EMPTY: Corrupt = Corrupt("a value without elements");
}

/// Bytes that are being read.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Begins at the first of these bytes.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// How many elements there can be at most, of which there are to be so many: each has a byte.
    pub fn at_most(&self, count: u64) -> usize {
        usize::try_from(count).unwrap_or(usize::MAX).min(self.left())
    }

    /// The next `count` bytes.
    fn take(&mut self, count: u64) -> Result<&'a [u8], Corrupt> {
        let split = usize::try_from(count).ok().and_then(|count| self.rest.split_at_checked(count));
        let (bytes, rest) = split.ok_or(Corrupt::SHORT)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// The next `N` bytes.
    pub fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Corrupt::SHORT)?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, Corrupt> {
        self.bytes().map(|[byte]| byte)
    }

    /// A number, or the mark of a string that is encoded.
    fn number_or_mark(&mut self) -> Result<(u64, bool), Corrupt> {
        let first = self.byte()?;
        let low = u64::from(first & 0x3f);
        Ok(match first {
            0x00..=0x3f => (low, false),
            0x40..=0x7f => (low << 8 | u64::from(self.byte()?), false),
            0x80 => (u32::from_be_bytes(self.bytes()?).into(), false),
            0x81 => (u64::from_be_bytes(self.bytes()?), false),
            0x82..=0xbf => return Err(Corrupt("unknown length encoding")),
            0xc0..=0xff => (low, true),
        })
    }

    /// A number. The mark of an encoded string counts as one, as in Redis.
    pub fn number(&mut self) -> Result<u64, Corrupt> {
        self.number_or_mark().map(|(number, _)| number)
    }

    /// How many elements follow: at least one.
    pub fn count(&mut self) -> Result<u64, Corrupt> {
        match self.number()? {
            0 => Err(Corrupt::EMPTY),
            count => Ok(count),
        }
    }

    /// A string.
    pub fn string(&mut self) -> Result<Cow<'a, [u8]>, Corrupt> {
        let decimal = |number: i64| Ok(Cow::Owned(itoa::Buffer::new().format(number).as_bytes().to_vec()));
        match self.number_or_mark()? {
            (len, false) => self.take(len).map(Cow::Borrowed),
            (0, true) => decimal(i8::from_le_bytes(self.bytes()?).into()),
            (1, true) => decimal(i16::from_le_bytes(self.bytes()?).into()),
            (2, true) => decimal(i32::from_le_bytes(self.bytes()?).into()),
            (3, true) => {
                let (compressed, len) = (self.number()?, self.number()?);
                let compressed = self.take(compressed)?;
                let len = usize::try_from(len).ok().filter(|&len| len <= LONGEST);
                let bytes = len.and_then(|len| lzf::decompress(compressed, len));
                bytes.map(Cow::Owned).ok_or(Corrupt("a compressed string that is none"))
            }
            _ => Err(Corrupt("unknown string encoding")),
        }
    }

    /// Passes over a string.
    pub fn skip_string(&mut self) -> Result<(), Corrupt> {
        let len = match self.number_or_mark()? {
            (len, false) => len,
            (kind @ 0..=2, true) => 1 << kind,
            (3, true) => {
                let compressed = self.number()?;
                self.number()?;
                compressed
            }
            _ => return Err(Corrupt("unknown string encoding")),
        };
        self.skip(len)
    }

    /// Passes over so many bytes.
    pub fn skip(&mut self, count: u64) -> Result<(), Corrupt> {
        self.take(count).map(|_| ())
    }

    /// A score of eight bytes.
    pub fn double(&mut self) -> Result<f64, Corrupt> {
        self.bytes().map(f64::from_le_bytes)
    }

    /// Passes over a score as text.
    pub fn skip_double_text(&mut self) -> Result<(), Corrupt> {
        match self.byte()? {
            253..=255 => Ok(()),
            len => self.skip(len.into()),
        }
    }

    /// A score as text behind its length; three lengths stand for what is no text.
    pub fn double_text(&mut self) -> Result<f64, Corrupt> {
        match self.byte()? {
            255 => Ok(f64::NEG_INFINITY),
            254 => Ok(f64::INFINITY),
            253 => Ok(f64::NAN),
            len => {
                let text = self.take(len.into())?;
                double::parse_saturating(text).ok_or(Corrupt("a score that is no number"))
            }
        }
    }

    /// Seconds.
    pub fn seconds(&mut self) -> Result<i32, Corrupt> {
        self.bytes().map(i32::from_le_bytes)
    }

    /// Milliseconds.
    pub fn time(&mut self) -> Result<i64, Corrupt> {
        self.bytes().map(i64::from_le_bytes)
    }

    /// An id of a stream that is written as two numbers.
    pub fn id(&mut self) -> Result<StreamId, Corrupt> {
        Ok(StreamId { ms: self.number()?, seq: self.number()? })
    }

    /// An id of a stream that is written as sixteen bytes.
    pub fn raw_id(&mut self) -> Result<StreamId, Corrupt> {
        self.bytes().map(raw_id)
    }
}

/// The id that sixteen bytes stand for.
pub fn raw_id(bytes: [u8; 16]) -> StreamId {
    let id = u128::from_be_bytes(bytes);
    StreamId { ms: (id >> 64) as u64, seq: id as u64 }
}
