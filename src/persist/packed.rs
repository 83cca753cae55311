//! Listpacks as Redis writes them: entries between a header and an end mark.
//!
//! Redis: `src/listpack.c` (`lpValidateIntegrity`, `lpValidateNext`, `lpDecodeBacklen`).
//!
//! ```text
//! size: 4 bytes | count: 2 bytes, ffff if it is not known | entry … | ff
//! ```
//!
//! [`crate::keyspace::listpack`] draws an entry. What is read was written elsewhere: an entry is checked before it is used,
//! and kept in the shortest form, so that equal values are equal bytes.

use super::read::Corrupt;
use crate::keyspace::listpack::{self, Entry, Listpack};

const HEADER: usize = 6;
/// What stands behind the last entry.
pub const END: u8 = 0xff;
const BROKEN: Corrupt = Corrupt("a broken listpack");

/// What stands before the entries; behind them there is [`END`].
pub fn header(pack: &Listpack) -> [u8; HEADER] {
    let [a, b, c, d] = ((HEADER + pack.size() + 1) as u32).to_le_bytes();
    let [low, high] = u16::try_from(pack.len()).unwrap_or(u16::MAX).to_le_bytes();
    [a, b, c, d, low, high]
}

/// The entries of a listpack, each checked when it is reached. An error is the last of them.
pub struct Entries<'a> {
    bytes: &'a [u8],
    at: usize,
    count: u32,
    announced: u16,
    has_ended: bool,
}

impl<'a> Entries<'a> {
    /// Begins to read.
    pub fn new(bytes: &'a [u8]) -> Result<Entries<'a>, Corrupt> {
        let is_whole = |size: &[u8; 4]| u32::from_le_bytes(*size) as usize == bytes.len();
        let count = bytes
            .split_first_chunk()
            .filter(|(size, _)| is_whole(size))
            .and_then(|(_, rest)| rest.first_chunk());
        let (Some(&count), [.., END]) = (count, bytes) else { return Err(BROKEN) };
        if bytes.len() <= HEADER {
            return Err(BROKEN);
        }
        Ok(Entries { bytes, at: HEADER, count: 0, announced: u16::from_le_bytes(count), has_ended: false })
    }

    /// The entry at `at`, and where the next one begins. None: it is broken.
    fn read(&self) -> Option<(Entry<'a>, usize)> {
        let last = self.bytes.len() - 1;
        let place = &self.bytes[self.at..last];
        // Most entries are small numbers or short strings.
        match *place {
            [head @ 0..=0x7f, 1, ..] => return Some((Entry::Number(head.into()), self.at + 2)),
            [head @ 0x80..=0xbf, ref rest @ ..] => {
                let len = usize::from(head & 0x3f);
                let is_right = rest.get(len).is_some_and(|&behind| usize::from(behind) == len + 1);
                return is_right.then(|| (Entry::Bytes(&rest[..len]), self.at + len + 2));
            }
            _ => {}
        }
        let len = entry_len(place)?;
        // The entry, and behind it its length, as many bytes as that takes: most often one.
        let next = if len < 0x80 {
            if place.get(len).is_none_or(|&behind| usize::from(behind) != len) {
                return None;
            }
            self.at + len + 1
        } else {
            let next = self.at.checked_add(len)?.checked_add(listpack::tail_len(len))?;
            if next > last || len_before(&self.bytes[..next])? != len {
                return None;
            }
            next
        };
        Some((listpack::decode(place).0, next))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, Corrupt>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let last = self.bytes.len() - 1;
        if self.at == last {
            self.has_ended = true;
            let is_right = self.announced == u16::MAX || u32::from(self.announced) == self.count;
            return (!is_right).then_some(Err(BROKEN));
        }
        let found = self.read();
        match found {
            Some((_, next)) => {
                self.at = next;
                self.count += 1;
            }
            None => self.has_ended = true,
        }
        Some(found.map(|(entry, _)| entry).ok_or(BROKEN))
    }
}

/// How long the entry is that `place` begins with, the length behind it left out. None: that cannot be read.
fn entry_len(place: &[u8]) -> Option<usize> {
    Some(match *place {
        [0..=0x7f, ..] => 1,
        [head @ 0x80..=0xbf, ..] => 1 + usize::from(head & 0x3f),
        [0xc0..=0xdf, ..] => 2,
        [head @ 0xe0..=0xef, low, ..] => 2 + (usize::from(head & 0x0f) << 8 | usize::from(low)),
        [0xf0, a, b, c, d, ..] => 5 + u32::from_le_bytes([a, b, c, d]) as usize,
        [0xf1, ..] => 3,
        [0xf2, ..] => 4,
        [0xf3, ..] => 5,
        [0xf4, ..] => 9,
        _ => return None,
    })
}

/// The length that stands before the end of `bytes`, read from behind. None: it has more than five bytes.
fn len_before(bytes: &[u8]) -> Option<usize> {
    let mut len = 0;
    for (at, &byte) in bytes.iter().rev().take(5).enumerate() {
        len |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some(len);
        }
    }
    None
}

/// The entries of a listpack.
pub fn read(bytes: &[u8]) -> Result<Listpack, Corrupt> {
    // The shortest form of the entries is not longer than any other.
    let mut pack = Listpack::with_room(bytes.len());
    for entry in Entries::new(bytes)? {
        pack.push_back(entry?.bytes(&mut itoa::Buffer::new()));
    }
    pack.seal();
    Ok(pack)
}
