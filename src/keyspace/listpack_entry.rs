//! An entry of a listpack: how a byte string, or a number, is written, and how it is read from either end.
//!
//! Redis: `src/listpack.c` (`lpEncodeGetType`, `lpEncodeBacklen`, `lpGetWithSize`, `lpSkip`, `lpPrev`).
//!
//! An entry is a head, the bytes, and the length of both once more, so that one can walk from either end:
//!
//! ```text
//! 0xxxxxxx                      a number from 0 to 127, in the head itself
//! 10llllll                      up to 63 bytes follow
//! 110xxxxx + 1 byte             a number of 13 bits with its sign
//! 1110llll + 1 byte             up to 4095 bytes follow
//! f0 + 4 bytes                  so many bytes follow
//! f1, f2, f3, f4                a number of 16, 24, 32 or 64 bits follows
//! ```
//!
//! Bytes that are the decimal of a number are kept as the number, as in Redis.

use crate::text::integer::parse_integer;

/// An entry as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// The decimal of this number.
    Number(i64),
}

impl<'a> Entry<'a> {
    /// How a value is kept.
    pub fn new(value: &'a [u8]) -> Entry<'a> {
        // Most values begin with a letter: no need to look further.
        match value.first() {
            Some(b'0'..=b'9' | b'-') => parse_integer(value).map_or(Entry::Bytes(value), Entry::Number),
            _ => Entry::Bytes(value),
        }
    }

    /// Its bytes; a number's are written to `place`.
    pub fn bytes<'b>(self, place: &'b mut itoa::Buffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Entry::Bytes(bytes) => bytes,
            Entry::Number(number) => place.format(number).as_bytes(),
        }
    }

    /// A copy of its bytes.
    pub fn to_vec(self) -> Vec<u8> {
        self.bytes(&mut itoa::Buffer::new()).to_vec()
    }

    /// How many bytes it has.
    pub fn len(self) -> usize {
        self.bytes(&mut itoa::Buffer::new()).len()
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self == Entry::Bytes(b"")
    }

    /// How many bytes it takes when it is packed.
    pub fn packed_size(self) -> usize {
        self.packed().size()
    }

    /// Its bytes as they are packed.
    pub(super) fn packed(self) -> Packed<'a> {
        let (head, head_len) = self.head();
        let body = if let Entry::Bytes(bytes) = self { bytes } else { &[] };
        let (tail, tail_len) = tail(head_len + body.len());
        Packed { head, head_len, body, tail, tail_len }
    }

    /// Appends it as it is packed. Small numbers and short strings, which most entries are, have a way of their own.
    pub(super) fn append(self, out: &mut Vec<u8>) {
        match self {
            Entry::Number(n @ 0..=127) => out.extend_from_slice(&[n as u8, 1]),
            Entry::Bytes(bytes) if bytes.len() <= 63 => {
                let len = bytes.len() as u8;
                out.push(0x80 | len);
                out.extend_from_slice(bytes);
                out.push(len + 1);
            }
            _ => {
                let packed = self.packed();
                out.extend_from_slice(&packed.head[..packed.head_len]);
                out.extend_from_slice(packed.body);
                out.extend_from_slice(&packed.tail[..packed.tail_len]);
            }
        }
    }

    /// Its head: the first so many of the bytes.
    fn head(self) -> ([u8; 9], usize) {
        let mut head = [0; 9];
        let mut number = |mark: u8, bytes: &[u8], count: usize| {
            head[0] = mark;
            head[1..=count].copy_from_slice(&bytes[..count]);
            (head, count + 1)
        };
        match self {
            Entry::Number(n @ 0..=127) => number(n as u8, &[], 0),
            Entry::Number(n @ -4096..=4095) => number(0xc0 | ((n >> 8) as u8 & 0x1f), &[n as u8], 1),
            Entry::Number(n @ -0x8000..=0x7fff) => number(0xf1, &n.to_le_bytes(), 2),
            Entry::Number(n @ -0x80_0000..=0x7f_ffff) => number(0xf2, &n.to_le_bytes(), 3),
            Entry::Number(n @ -0x8000_0000..=0x7fff_ffff) => number(0xf3, &n.to_le_bytes(), 4),
            Entry::Number(n) => number(0xf4, &n.to_le_bytes(), 8),
            Entry::Bytes(bytes) => match bytes.len() {
                len @ 0..=63 => number(0x80 | len as u8, &[], 0),
                len @ 64..=4095 => number(0xe0 | (len >> 8) as u8, &[len as u8], 1),
                len => number(0xf0, &(len as u32).to_le_bytes(), 4),
            },
        }
    }
}

/// An entry as it is packed: the first so many bytes of a head, a body, the first so many bytes of a tail.
pub(super) struct Packed<'a> {
    head: [u8; 9],
    head_len: usize,
    body: &'a [u8],
    tail: [u8; 5],
    tail_len: usize,
}

impl Packed<'_> {
    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        self.head_len + self.body.len() + self.tail_len
    }

    /// Writes it to the first bytes of `place`.
    pub fn write(&self, place: &mut [u8]) {
        let (head, place) = place.split_at_mut(self.head_len);
        let (body, place) = place.split_at_mut(self.body.len());
        head.copy_from_slice(&self.head[..self.head_len]);
        body.copy_from_slice(self.body);
        place[..self.tail_len].copy_from_slice(&self.tail[..self.tail_len]);
    }

    /// Whether `bytes` begin with this entry. Values often begin alike (`member:1`, `member:2`), so the last byte is compared
    /// before those in between.
    #[inline]
    pub fn begins(&self, bytes: &[u8]) -> bool {
        let (head, body) = (&self.head[..self.head_len], self.body);
        bytes.first() == Some(&self.head[0])
            && body.last().is_none_or(|last| bytes.get(head.len() + body.len() - 1) == Some(last))
            && bytes.strip_prefix(head).is_some_and(|rest| rest.starts_with(body))
    }
}

/// The length of head and bytes, as it is read from its end: seven bits in a byte, all but the first with the eighth
/// bit set.
fn tail(len: usize) -> ([u8; 5], usize) {
    let count = tail_len(len);
    let mut tail = [0; 5];
    for (at, byte) in tail[..count].iter_mut().enumerate() {
        let mark = if at == 0 { 0 } else { 0x80 };
        *byte = (len >> (7 * (count - 1 - at))) as u8 & 0x7f | mark;
    }
    (tail, count)
}

/// How many bytes [`tail`] makes of that length: as in Redis, the greatest number of each size takes one more.
pub(crate) fn tail_len(len: usize) -> usize {
    match len {
        0..=0x7f => 1,
        0x80..0x3fff => 2,
        0x3fff..0x1f_ffff => 3,
        0x1f_ffff..0xfff_ffff => 4,
        _ => 5,
    }
}

/// The entry that `bytes` begin with, and how many of them it takes. Redis: `lpGetWithSize`.
#[inline(always)]
pub(crate) fn decode(bytes: &[u8]) -> (Entry<'_>, usize) {
    // Each width has an arm of its own: copying as many bytes as the head says takes several times as long.
    let number = |number: i64, len: usize| (Entry::Number(number), len);
    let text = |head: usize, len: usize| (Entry::Bytes(&bytes[head..head + len]), head + len);
    let (entry, len) = match *bytes {
        [head @ 0..=0x7f, ..] => number(i64::from(head), 1),
        [head @ 0x80..=0xbf, ..] => text(1, usize::from(head & 0x3f)),
        // The thirteenth bit is the sign.
        [head @ 0xc0..=0xdf, low, ..] => {
            number((i64::from(head & 0x1f) << 8 | i64::from(low)) << 51 >> 51, 2)
        }
        [head @ 0xe0..=0xef, low, ..] => text(2, usize::from(head & 0x0f) << 8 | usize::from(low)),
        [0xf0, a, b, c, d, ..] => text(5, u32::from_le_bytes([a, b, c, d]) as usize),
        [0xf1, a, b, ..] => number(i64::from(i16::from_le_bytes([a, b])), 3),
        [0xf2, a, b, c, ..] => number(i64::from(i32::from_le_bytes([0, a, b, c]) >> 8), 4),
        [0xf3, a, b, c, d, ..] => number(i64::from(i32::from_le_bytes([a, b, c, d])), 5),
        [_, a, b, c, d, e, f, g, h, ..] => number(i64::from_le_bytes([a, b, c, d, e, f, g, h]), 9),
        // Every entry is whole.
        _ => (Entry::Bytes(&[]), bytes.len()),
    };
    (entry, len + tail_len(len))
}

/// How many bytes an entry takes whose head begins with this byte; 0 if the head's other bytes say it.
const SIZES: [u8; 256] = {
    let mut sizes = [0; 256];
    let mut head = 0;
    while head < 256 {
        sizes[head] = match head {
            0..=0x7f => 2,
            0x80..=0xbf => 2 + (head & 0x3f) as u8,
            0xc0..=0xdf => 3,
            0xe0..=0xf0 => 0,
            0xf1 => 4,
            0xf2 => 5,
            0xf3 => 6,
            _ => 10,
        };
        head += 1;
    }
    sizes
};

/// How many bytes the entry takes that `bytes` begin with. Redis: `lpSkip`.
#[inline]
pub(super) fn size(bytes: &[u8]) -> usize {
    match SIZES[usize::from(bytes[0])] {
        0 => decode(bytes).1,
        size => usize::from(size),
    }
}

/// How many bytes the last entry of `bytes` takes. Redis: `lpPrev`.
pub(super) fn last_size(bytes: &[u8]) -> usize {
    let mut len = 0;
    for (at, &byte) in bytes.iter().rev().enumerate() {
        len |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return len + at + 1;
        }
    }
    len
}
