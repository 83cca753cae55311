//! Bits of a range: BITCOUNT and BITPOS.
//!
//! Redis: `src/bitops.c` (`bitcountCommand`, `bitposCommand`).

use crate::keyspace::bits;
use crate::keyspace::string::Str;
use crate::keyspace::value::WrongType;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use std::ops::RangeInclusive;

/// What the ends of a range count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Byte,
    Bit,
}

impl Unit {
    /// The unit that an argument names. None: it has replied that it names none.
    fn parse(call: &mut Call<'_>, at: usize) -> Option<Unit> {
        let unit = match at {
            at if call.is(at, "bit") => Some(Unit::Bit),
            at if call.is(at, "byte") => Some(Unit::Byte),
            _ => None,
        };
        if unit.is_none() {
            call.syntax_error();
        }
        unit
    }

    /// The bits between two ends, both included, negative ones counted from the end of `length` bytes. None if it has none.
    fn bits(self, start: i64, end: i64, length: usize) -> Option<RangeInclusive<u64>> {
        let total = length as i64 * if self == Unit::Bit { 8 } else { 1 };
        let from_start = |at: i64| if at < 0 { at.saturating_add(total).max(0) } else { at } as u64;
        let (start, end) = (from_start(start), from_start(end).min((total as u64).checked_sub(1)?));
        match self {
            _ if start > end => None,
            Unit::Bit => Some(start..=end),
            Unit::Byte => Some(start * 8..=end * 8 + 7),
        }
    }
}

/// `BITCOUNT key [start end [BYTE | BIT]]`
pub fn bitcount(call: &mut Call<'_>) {
    let (mut start, mut end, mut unit) = (0, -1, Unit::Byte);
    match call.args.len() {
        2 => {}
        words @ (4 | 5) => {
            let Some(first) = call.integer(2, NOT_AN_INTEGER) else { return };
            let Some(last) = call.integer(3, NOT_AN_INTEGER) else { return };
            (start, end) = (first, last);
            if words == 5 {
                let Some(named) = Unit::parse(call, 4) else { return };
                unit = named;
            }
        }
        _ => return call.syntax_error(),
    }
    // Both before the first bit, the wrong way round: nothing, and not the first bit, at which both would end up.
    let is_backwards = start < 0 && end < 0 && start > end;
    let count = match call.server.read::<Str>(call.db(), &call.args[1]) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(Some(string)) if !is_backwards => {
            let range = unit.bits(start, end, string.len());
            range.map_or(0, |range| bits::count(&string.bytes(), range))
        }
        Ok(_) => 0,
    };
    call.reply.integer(count as i64);
}

/// `BITPOS key bit [start [end [BYTE | BIT]]]`: the first bit of this value, -1 if there is none. A clear bit is always found if no
/// end is given: the one after the string.
pub fn bitpos(call: &mut Call<'_>) {
    let Some(bit) = call.integer(2, NOT_AN_INTEGER) else { return };
    if !(0..=1).contains(&bit) {
        return call.reply.error("ERR The bit argument must be 1 or 0.");
    }
    let (mut start, mut end, mut unit) = (0, None, Unit::Byte);
    let words = call.args.len();
    if words > 6 {
        return call.syntax_error();
    }
    if words > 3 {
        let Some(first) = call.integer(3, NOT_AN_INTEGER) else { return };
        start = first;
    }
    if words == 6 {
        let Some(named) = Unit::parse(call, 5) else { return };
        unit = named;
    }
    if words > 4 {
        let Some(last) = call.integer(4, NOT_AN_INTEGER) else { return };
        end = Some(last);
    }
    let found = match call.server.read::<Str>(call.db(), &call.args[1]) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(None) => (bit == 0).then_some(0),
        Ok(Some(string)) => unit.bits(start, end.unwrap_or(-1), string.len()).and_then(|range| {
            let after = (bit == 0 && end.is_none()).then_some(range.end() + 1);
            bits::find(&string.bytes(), bit == 1, range).or(after)
        }),
    };
    call.reply.integer(found.map_or(-1, |at| at as i64));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_count_from_either_end_and_stay_inside() {
        let cases = [
            (Unit::Byte, 0, -1, 3, Some(0..=23)),
            (Unit::Byte, 1, 1, 3, Some(8..=15)),
            (Unit::Byte, -2, -1, 3, Some(8..=23)),
            (Unit::Byte, -100, 100, 3, Some(0..=23)),
            (Unit::Byte, 3, 100, 3, None),
            (Unit::Byte, 2, 1, 3, None),
            (Unit::Byte, 0, -1, 0, None),
            (Unit::Byte, i64::MIN, i64::MAX, 1, Some(0..=7)),
            (Unit::Bit, 5, 9, 3, Some(5..=9)),
            (Unit::Bit, -1, -1, 3, Some(23..=23)),
            (Unit::Bit, i64::MAX, i64::MAX, 3, None),
        ];
        for (unit, start, end, length, expected) in cases {
            assert_eq!(unit.bits(start, end, length), expected, "{start} {end} of {length}");
        }
    }
}
