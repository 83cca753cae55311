//! Zipmaps: how small hashes were packed before Redis 2.6. They are read, and not written.
//!
//! Redis: `src/zipmap.c` (`zipmapValidateIntegrity`, `zipmapNext`).
//!
//! ```text
//! count: 1 byte, fe or ff if it is not known | pair … | ff
//! pair = length, field, length, free: 1 byte, value, as many bytes as are free
//! ```
//!
//! A length below 254 takes one byte; another, four bytes behind an `fe`.

use super::distinct::Distinct;
use super::read::Corrupt;
use crate::keyspace::hash::{Hash, Limits};

const END: u8 = 0xff;
/// The count is not known; the length has four bytes.
const LONG: u8 = 0xfe;

/// The hash that is packed so.
pub fn read(bytes: &[u8], limits: Limits) -> Result<Hash, Corrupt> {
    const BROKEN: Corrupt = Corrupt("a broken zipmap");
    let [count, pairs @ .., END] = bytes else { return Err(BROKEN) };
    let (mut rest, mut hash, mut distinct) = (pairs, Hash::default(), Distinct::new(limits.hasher));
    let mut found = 0;
    while !rest.is_empty() {
        let (field, value) = pair(&mut rest).ok_or(BROKEN)?;
        distinct.add(field)?;
        hash.add(field, value, limits);
        found += 1;
    }
    if hash.len() > limits.entries {
        hash.unpack(limits.hasher);
    }
    let is_right = found > 0 && (*count == LONG || usize::from(*count) == found);
    if is_right { Ok(hash) } else { Err(BROKEN) }
}

/// Takes a pair off the front.
fn pair<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let len = length(rest)?;
    let field = take(rest, len)?;
    let len = length(rest)?;
    let free = usize::from(take(rest, 1)?[0]);
    let value = take(rest, len)?;
    take(rest, free)?;
    Some((field, value))
}

fn length(rest: &mut &[u8]) -> Option<usize> {
    match take(rest, 1)?[0] {
        short @ 0..LONG => Some(short.into()),
        _ => Some(u32::from_le_bytes(*take(rest, 4)?.first_chunk()?) as usize),
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (bytes, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::KeyedHash;

    #[test]
    fn pairs_are_read_and_what_is_free_is_passed_over() {
        let limits = Limits { entries: 8, value: 64, hasher: KeyedHash::default() };
        let pairs = |bytes: &[u8]| {
            let hash = read(bytes, limits).ok()?;
            Some(hash.iter().map(|(field, value)| [field.to_vec(), value.to_vec()]).collect::<Vec<_>>())
        };
        let bytes = b"\x02\x03foo\x03\x00bar\x01a\xfe\x02\x00\x00\x00\x0112?\xff";
        let expected = vec![[b"foo".to_vec(), b"bar".to_vec()], [b"a".to_vec(), b"12".to_vec()]];
        assert_eq!(pairs(bytes), Some(expected));
        assert_eq!(pairs(b"\x03\x03foo\x03\x00bar\xff"), None, "another count");
        assert_eq!(pairs(b"\x02\x01a\x01\x00b\x01a\x01\x00b\xff"), None, "a field twice");
        assert_eq!(pairs(b"\x00\xff"), None, "no field");
        assert_eq!(pairs(b"\x01\xfe\xff\xff\xff\xffa\x01\x00b\xff"), None, "longer than there is");
    }
}
