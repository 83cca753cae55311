//! Parts of strings: GETRANGE, SUBSTR, SETRANGE.
//!
//! Redis: `src/t_string.c`, `getrangeCommand` and `setrangeCommand`.

use super::{TOO_LONG, fits};
use crate::keyspace::events::STRING;
use crate::keyspace::string::Str;
use crate::keyspace::value::{Typed, WrongType};
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;

/// `GETRANGE key start end`, `SUBSTR key start end`: both included, negative ones counted from the end.
pub fn getrange(call: &mut Call<'_>) {
    let Some(start) = call.integer(2, NOT_AN_INTEGER) else { return };
    let Some(end) = call.integer(3, NOT_AN_INTEGER) else { return };
    match call.server.read::<Str>(call.db(), &call.args[1]) {
        Ok(Some(string)) => call.reply.bulk(part(&string.bytes(), start, end)),
        Ok(None) => call.reply.bulk(""),
        Err(WrongType) => call.reply.wrong_type(),
    }
}

fn part(bytes: &[u8], start: i64, end: i64) -> &[u8] {
    // Beyond the beginning is the beginning, so that 0 to -100 is the first byte: but not if both lie there the wrong
    // way round.
    if start < 0 && end < 0 && start > end {
        return b"";
    }
    let length = bytes.len() as i64;
    // At most the length: a `usize` of 32 bits does not hold every index.
    let from_start =
        |at: i64| if at < 0 { at.saturating_add(length).max(0) } else { at.min(length) } as usize;
    let (start, end) = (from_start(start), from_start(end).saturating_add(1).min(bytes.len()));
    bytes.get(start..end).unwrap_or_default()
}

/// `SETRANGE key offset value`: how long the string is now. Zeros fill what was beyond its end.
pub fn setrange(call: &mut Call<'_>) {
    let Some(offset) = call.integer(2, NOT_AN_INTEGER) else { return };
    if offset < 0 {
        return call.reply.error("ERR offset is out of range");
    }
    // What a `usize` of 32 bits does not hold is too long there as well.
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let (db, key, new) = (call.db(), &call.args[1], &call.args[3]);
    let limit = call.server.longest_string();
    let mut found = match call.server.write::<Str>(db, key) {
        Ok(found) => found,
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let length = found.as_ref().map_or(0, |string| string.len());
    if new.is_empty() {
        return call.reply.integer(length as i64);
    }
    if !fits(offset, new.len(), limit) {
        return call.reply.error(TOO_LONG);
    }
    let mut added = Str::text(b"");
    let end = offset + new.len();
    let bytes = found.as_deref_mut().unwrap_or(&mut added).grow_to(end);
    bytes[offset..end].copy_from_slice(new);
    let length = bytes.len();
    if found.is_none() {
        call.server.add_key(db, key, added.into_value());
    }
    call.server.modified(db, key, STRING, "setrange");
    call.reply.integer(length as i64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    #[test]
    fn parts() {
        for (start, end, expected) in [
            (0, 3, "This"),
            (-3, -1, "ing"),
            (0, -1, "This is a string"),
            (10, 100, "string"),
            (5, 3, ""),
            (-1, -3, ""),
            (0, -100, "T"),
            (-100, -100, "T"),
            (-50, -100, ""),
            (16, 20, ""),
            (i64::MIN, i64::MAX, "This is a string"),
            (i64::MAX, i64::MIN, ""),
        ] {
            assert_eq!(part(b"This is a string", start, end), expected.as_bytes(), "{start} {end}");
        }
        assert_eq!(part(b"", 0, -1), b"");
    }

    quickcheck! {
        fn any_part_is_a_part(bytes: Vec<u8>, start: i64, end: i64) -> bool {
            part(&bytes, start, end).len() <= bytes.len()
        }
    }
}
