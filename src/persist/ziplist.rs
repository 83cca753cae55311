//! Ziplists: how short values were packed before Redis 7. They are read, and not written.
//!
//! Redis: `src/ziplist.c` (`ziplistValidateIntegrity`, `zipEntrySafe`, `zipLoadInteger`).
//!
//! ```text
//! size: 4 bytes | where the last entry begins: 4 | count: 2, ffff if it is not known | entry … | ff
//! entry = length of the entry before: 1 byte, or fe and 4 | head | bytes
//!
//! 00llllll                      up to 63 bytes follow
//! 01llllll + 1 byte             so many bytes follow, the high byte first, as in the next
//! 80 + 4 bytes                  so many bytes follow
//! c0, d0, e0, f0, fe            a number of 16, 32, 64, 24 or 8 bits follows
//! f1 to fd                      a number from 0 to 12, in the head itself
//! ```

use super::read::Corrupt;
use crate::keyspace::listpack::{Entry, Listpack};

const HEADER: usize = 10;
const END: u8 = 0xff;
/// The length of an entry that is this or greater takes five bytes.
const LONG: u8 = 0xfe;

/// The entries of a ziplist, as a listpack.
pub fn read(bytes: &[u8]) -> Result<Listpack, Corrupt> {
    entries(bytes).ok_or(Corrupt("a broken ziplist"))
}

fn entries(bytes: &[u8]) -> Option<Listpack> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (tail, rest) = rest.split_first_chunk::<4>()?;
    let (count, _) = rest.split_first_chunk::<2>()?;
    let last = bytes.len().checked_sub(1)?;
    let tail = u32::from_le_bytes(*tail) as usize;
    if last < HEADER || u32::from_le_bytes(*size) as usize != bytes.len() || bytes[last] != END || tail > last
    {
        return None;
    }
    // An entry of a listpack is longer than that of a ziplist by at most six bytes, and rarely longer at all.
    let mut pack = Listpack::with_room(bytes.len());
    let (mut at, mut before, mut last_entry) = (HEADER, 0, None);
    while bytes[at] != END {
        let (entry, len_before, len) = entry(&bytes[at..last])?;
        if len_before != before {
            return None;
        }
        pack.push_back(entry.bytes(&mut itoa::Buffer::new()));
        last_entry = Some(at);
        before = len;
        at += len;
    }
    let count = u16::from_le_bytes(*count);
    let is_right = at == last
        && last_entry.is_none_or(|at| at == tail)
        && (count == u16::MAX || usize::from(count) == pack.len());
    pack.seal();
    is_right.then_some(pack)
}

/// The entry that `place` begins with, what it says of the length of the one before, and its own.
fn entry(place: &[u8]) -> Option<(Entry<'_>, usize, usize)> {
    let (before, rest) = match *place {
        [before @ 0..LONG, ..] => (usize::from(before), &place[1..]),
        [LONG..=END, a, b, c, d, ..] => (u32::from_le_bytes([a, b, c, d]) as usize, &place[5..]),
        _ => return None,
    };
    let (&head, body) = rest.split_first()?;
    let number = |bytes: usize| {
        let body = body.get(..bytes)?;
        let mut full = [if body[bytes - 1] & 0x80 != 0 { 0xff } else { 0 }; 8];
        full[..bytes].copy_from_slice(body);
        Some((Entry::Number(i64::from_le_bytes(full)), 1 + bytes))
    };
    let text = |head: usize, len: usize| {
        let bytes = rest.get(head..head.checked_add(len)?)?;
        Some((Entry::Bytes(bytes), head + len))
    };
    let (entry, len) = match head {
        0x00..=0x3f => text(1, head.into()),
        0x40..=0x7f => text(2, usize::from(head & 0x3f) << 8 | usize::from(*body.first()?)),
        // The other bits of this head are not looked at.
        0x80..=0xbf => text(5, u32::from_be_bytes(*body.first_chunk()?) as usize),
        0xc0 => number(2),
        0xd0 => number(4),
        0xe0 => number(8),
        0xf0 => number(3),
        0xfe => number(1),
        0xf1..=0xfd => Some((Entry::Number(i64::from(head & 0x0f) - 1), 1)),
        _ => None,
    }?;
    Some((entry, before, place.len() - rest.len() + len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_entry_is_read() {
        let entries: &[&[u8]] = &[
            b"\x00\x02hi",
            b"\x04\xf1",
            b"\x02\xfd",
            b"\x02\xfe\xff",
            b"\x03\xc0\x00\x80",
            b"\x04\xf0\xff\xff\x7f",
            b"\x05\xd0\x00\x00\x00\x80",
            b"\x06\xe0\xff\xff\xff\xff\xff\xff\xff\x7f",
            b"\x0a\x40\x03abc",
            b"\x06\x80\x00\x00\x00\x01x",
            b"\xfe\x07\x00\x00\x00\x00",
        ];
        let body = entries.concat();
        let size = HEADER + body.len() + 1;
        let mut bytes = (size as u32).to_le_bytes().to_vec();
        bytes.extend(((size - 1 - entries[10].len()) as u32).to_le_bytes());
        bytes.extend(11u16.to_le_bytes());
        bytes.extend(&body);
        bytes.push(END);
        let words: Vec<Vec<u8>> = read(&bytes).unwrap().iter().map(|(_, entry)| entry.to_vec()).collect();
        let expected: [&[u8]; 11] = [
            b"hi",
            b"0",
            b"12",
            b"-1",
            b"-32768",
            b"8388607",
            b"-2147483648",
            b"9223372036854775807",
            b"abc",
            b"x",
            b"",
        ];
        assert_eq!(words, expected);
        for at in 0..bytes.len() {
            assert!(read(&bytes[..at]).is_err());
        }
        bytes[10] ^= 1;
        assert!(read(&bytes).is_err(), "the length before the first");
    }
}
