//! Short byte strings packed one after another in one piece of memory: what small lists and hashes are made of.
//!
//! Redis: `src/listpack.c` (`lpEncodeGetType`, `lpPrepend`, `lpAppend`, `lpInsert`, `lpDelete`, `lpPrev`).
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
//!
//! Different on purpose: no header and no end mark, as the count stands beside the bytes; there may be room at the front.

use crate::text::integer::parse_integer;
use std::cmp::Ordering;

/// Packed byte strings.
#[derive(Clone, Debug, Default)]
pub struct Listpack {
    /// What is before `start` is free.
    bytes: Vec<u8>,
    start: u32,
    len: u32,
}

/// Where an entry begins. Valid until something before it changes.
pub type Position = usize;

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
        let body = if let Entry::Bytes(bytes) = self { bytes.len() } else { 0 };
        let len = self.head().1 + body;
        len + tail_len(len)
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

/// The entry that `bytes` begin with, and how many of them it takes.
pub(crate) fn decode(bytes: &[u8]) -> (Entry<'_>, usize) {
    let number = |count: usize| {
        let mut full = [if bytes[count] & 0x80 != 0 { 0xff } else { 0 }; 8];
        full[..count].copy_from_slice(&bytes[1..=count]);
        (Entry::Number(i64::from_le_bytes(full)), count + 1)
    };
    let text = |head: usize, len: usize| (Entry::Bytes(&bytes[head..head + len]), head + len);
    let (entry, len) = match bytes[0] {
        head @ 0..=0x7f => (Entry::Number(i64::from(head)), 1),
        head @ 0x80..=0xbf => text(1, usize::from(head & 0x3f)),
        head @ 0xc0..=0xdf => {
            let bits = i64::from(head & 0x1f) << 8 | i64::from(bytes[1]);
            // The thirteenth bit is the sign.
            (Entry::Number((bits << 51) >> 51), 2)
        }
        head @ 0xe0..=0xef => text(2, usize::from(head & 0x0f) << 8 | usize::from(bytes[1])),
        0xf0 => text(5, u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize),
        0xf1 => number(2),
        0xf2 => number(3),
        0xf3 => number(4),
        _ => number(8),
    };
    (entry, len + tail_len(len))
}

/// How many bytes the entry takes that `bytes` begin with.
fn first_len(bytes: &[u8]) -> usize {
    let len = match bytes[0] {
        0..=0x7f => 1,
        head @ 0x80..=0xbf => 1 + usize::from(head & 0x3f),
        0xc0..=0xdf => 2,
        head @ 0xe0..=0xef => 2 + (usize::from(head & 0x0f) << 8 | usize::from(bytes[1])),
        0xf0 => 5 + u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize,
        0xf1 => 3,
        0xf2 => 4,
        0xf3 => 5,
        _ => 9,
    };
    len + tail_len(len)
}

/// How many bytes the last entry of `bytes` takes.
fn last_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    for (at, &byte) in bytes.iter().rev().enumerate() {
        len |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return len + at + 1;
        }
    }
    len
}

/// How much more than needed is reserved, for `used` bytes.
fn spare(used: usize) -> usize {
    (used / 4).clamp(8, 1024)
}

impl Listpack {
    /// An empty one with room for so many bytes.
    pub fn with_room(size: usize) -> Listpack {
        Listpack { bytes: Vec::with_capacity(size), ..Listpack::default() }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes the entries take.
    pub fn size(&self) -> usize {
        self.bytes.len() - self.start as usize
    }

    /// The entries one after another, as they are packed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start as usize..]
    }

    /// The memory it takes beside itself.
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// The entries, from both ends.
    pub fn iter(&self) -> Iter<'_> {
        Iter { bytes: &self.bytes[self.start as usize..], before: 0 }
    }

    /// The entries from number `index` on; none, if there is no such entry.
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        let position = if index < self.len() { self.position(index) } else { self.size() };
        Iter { bytes: &self.bytes[self.start as usize + position..], before: position }
    }

    /// Where a value is among the first entries of pairs, and how many pairs are before. The bytes are compared as they are
    /// packed, and no entry is read. Redis: `lpFind`, with a `skip` of 1.
    pub fn find_pair(&self, value: &[u8]) -> Option<(usize, Position)> {
        let entry = Entry::new(value);
        let (head, head_len) = entry.head();
        let body = if let Entry::Bytes(bytes) = entry { bytes } else { &[] };
        let bytes = self.as_bytes();
        let (mut position, mut pairs) = (0, 0);
        while position < bytes.len() {
            let rest = &bytes[position..];
            if rest[0] == head[0] && rest.starts_with(&head[..head_len]) && rest[head_len..].starts_with(body)
            {
                return Some((pairs, position));
            }
            position += first_len(rest);
            position += first_len(&bytes[position..]);
            pairs += 1;
        }
        None
    }

    /// The entry at a position.
    pub fn at(&self, position: Position) -> Entry<'_> {
        decode(&self.bytes[self.start as usize + position..]).0
    }

    /// Where the entry number `index` begins. There must be one.
    pub fn position(&self, index: usize) -> Position {
        let from_end = self.len() - 1 - index;
        let found = if index <= from_end { self.iter().nth(index) } else { self.iter().nth_back(from_end) };
        found.map_or(self.size(), |(position, _)| position)
    }

    /// Where the entry after the one at `position` begins.
    pub fn next(&self, position: Position) -> Position {
        position + decode(&self.bytes[self.start as usize + position..]).1
    }

    /// Adds an entry at the end.
    pub fn push_back(&mut self, value: &[u8]) {
        self.insert(self.size(), value);
    }

    /// Adds an entry at the front.
    pub fn push_front(&mut self, value: &[u8]) {
        self.insert(0, value);
    }

    /// Adds an entry before the one at `position`; at the end, if that is [`Listpack::size`].
    pub fn insert(&mut self, position: Position, value: &[u8]) {
        let entry = Entry::new(value);
        let (head, head_len) = entry.head();
        let body = if let Entry::Bytes(bytes) = entry { bytes } else { &[] };
        let (tail, tail_len) = tail(head_len + body.len());
        let at = self.make_room(position, head_len + body.len() + tail_len);
        let place = &mut self.bytes[at..];
        place[..head_len].copy_from_slice(&head[..head_len]);
        place[head_len..head_len + body.len()].copy_from_slice(body);
        place[head_len + body.len()..][..tail_len].copy_from_slice(&tail[..tail_len]);
        self.len += 1;
    }

    /// Makes room for `size` bytes at `position`, and returns where that is in `bytes`.
    fn make_room(&mut self, position: Position, size: usize) -> usize {
        let (start, used) = (self.start as usize, self.size());
        if position == 0 && used > 0 {
            let mut free = start;
            if free < size {
                let room = size + spare(used);
                let mut bytes = Vec::with_capacity(room + used);
                bytes.resize(room, 0);
                bytes.extend_from_slice(&self.bytes[start..]);
                self.bytes = bytes;
                free = room;
            }
            self.start = (free - size) as u32;
            return free - size;
        }
        if self.bytes.capacity() - self.bytes.len() < size {
            self.compact();
            let room = if used == 0 { size } else { size + spare(used) };
            self.bytes.reserve_exact(room);
        }
        let at = self.start as usize + position;
        let old_end = self.bytes.len();
        self.bytes.resize(old_end + size, 0);
        self.bytes.copy_within(at..old_end, at + size);
        at
    }

    /// Takes away the room at the front.
    fn compact(&mut self) {
        self.bytes.drain(..self.start as usize);
        self.start = 0;
    }

    /// Gives back all room that is free: for a block that others now follow.
    pub fn seal(&mut self) {
        self.compact();
        self.bytes.shrink_to_fit();
    }

    /// Removes `count` entries from `position` on. They must be there.
    pub fn remove(&mut self, position: Position, count: usize) {
        let start = self.start as usize + position;
        let mut end = start;
        for _ in 0..count {
            end += decode(&self.bytes[end..]).1;
        }
        self.len -= count as u32;
        match (position == 0, end == self.bytes.len()) {
            (_, true) => self.bytes.truncate(start),
            (true, false) => self.start = end as u32,
            (false, false) => _ = self.bytes.drain(start..end),
        }
        let used = self.size();
        // Memory is given back when most of it is free, so that it costs nothing in the long run.
        if self.bytes.capacity() > 2 * used + 64 {
            self.compact();
            self.bytes.shrink_to(used + spare(used));
        } else if used == 0 {
            self.compact();
        }
    }

    /// Removes the first entry. There must be one.
    pub fn pop_front(&mut self) {
        self.remove(0, 1);
    }

    /// Removes the last entry. There must be one.
    pub fn pop_back(&mut self) {
        let last = last_len(&self.bytes);
        self.remove(self.size() - last, 1);
    }

    /// Puts another value in the place of the one at `position`.
    pub fn replace(&mut self, position: Position, value: &[u8]) {
        let old = self.next(position) - position;
        let entry = Entry::new(value);
        let (head, head_len) = entry.head();
        let body = if let Entry::Bytes(bytes) = entry { bytes } else { &[] };
        let (tail, tail_len) = tail(head_len + body.len());
        let new = head_len + body.len() + tail_len;
        match new.cmp(&old) {
            Ordering::Equal => {}
            Ordering::Greater => _ = self.make_room(self.next(position), new - old),
            Ordering::Less => {
                let at = self.start as usize + position;
                _ = self.bytes.drain(at..at + old - new);
            }
        }
        let place = &mut self.bytes[self.start as usize + position..];
        place[..head_len].copy_from_slice(&head[..head_len]);
        place[head_len..head_len + body.len()].copy_from_slice(body);
        place[head_len + body.len()..][..tail_len].copy_from_slice(&tail[..tail_len]);
    }

    /// Takes the entries from `position` on away, and returns them. They are `count`.
    pub fn split_off(&mut self, position: Position, count: usize) -> Listpack {
        let at = self.start as usize + position;
        let bytes = self.bytes[at..].to_vec();
        self.bytes.truncate(at);
        self.len -= count as u32;
        Listpack { bytes, start: 0, len: count as u32 }
    }

    /// Adds the entries of another at the end.
    pub fn append(&mut self, other: &Listpack) {
        self.bytes.extend_from_slice(&other.bytes[other.start as usize..]);
        self.len += other.len;
    }
}

/// Entries with their positions, from both ends.
#[derive(Clone)]
pub struct Iter<'a> {
    bytes: &'a [u8],
    before: Position,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Position, Entry<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let (entry, len) = decode(self.bytes);
        let position = self.before;
        self.bytes = &self.bytes[len..];
        self.before += len;
        Some((position, entry))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let (rest, last) = self.bytes.split_at(self.bytes.len() - last_len(self.bytes));
        self.bytes = rest;
        Some((self.before + rest.len(), decode(last).0))
    }
}

#[cfg(test)]
#[path = "listpack_tests.rs"]
mod tests;
