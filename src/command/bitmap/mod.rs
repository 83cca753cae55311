//! Bits of strings: SETBIT and GETBIT.
//!
//! Redis: `src/bitops.c` (`setbitCommand`, `getbitCommand`, `getBitOffsetFromArgument`, `lookupStringForBitCommand`).

pub mod field;
pub mod operation;
pub mod range;
pub(crate) mod rows;

use crate::keyspace::bits;
use crate::keyspace::events::STRING;
use crate::keyspace::string::Str;
use crate::keyspace::value::WrongType;
use crate::server::dispatch::Call;
use crate::text::integer::parse_integer;

/// What is wrong with an offset.
const NOT_AN_OFFSET: &str = "ERR bit offset is not an integer or out of range";
/// What is wrong with the bit that SETBIT is given.
const NOT_A_BIT: &str = "bit is not an integer or out of range";

/// The offset that an argument says; None: it has replied what is wrong. With a `width`, `#3` is the third number of so many
/// bits after the first. Redis: `getBitOffsetFromArgument`.
fn offset(call: &mut Call<'_>, at: usize, width: Option<u32>) -> Option<u64> {
    let word = &call.args[at];
    let offset = match (width, word.strip_prefix(b"#")) {
        // As in Redis, the product goes round; what it leaves is checked below.
        (Some(width), Some(number)) => {
            parse_integer(number).map(|number| number.wrapping_mul(i64::from(width)))
        }
        _ => parse_integer(word),
    };
    let limit = call.server.longest_string() as u64;
    let offset = offset.and_then(|offset| u64::try_from(offset).ok()).filter(|offset| offset / 8 < limit);
    if offset.is_none() {
        call.reply.error(NOT_AN_OFFSET);
    }
    offset
}

/// The bytes of the string at the key, up to this bit at least, with zeros added if there were fewer, and whether there were; a
/// key that is not there is added. None: it has replied that the key holds something else. Redis: `lookupStringForBitCommand`.
fn string_up_to<'a>(call: &'a mut Call<'_>, last: u64) -> Option<(&'a mut [u8], bool)> {
    let (db, key, length) = (call.db(), &call.args[1], (last / 8) as usize + 1);
    let mut grows = false;
    let added = || {
        grows = true;
        Str::raw(vec![0; length])
    };
    let Ok(string) = call.server.write_or_create(db, key, added) else {
        call.reply.wrong_type();
        return None;
    };
    grows |= string.len() < length;
    Some((string.grow_to(length), grows))
}

/// `SETBIT key offset bit`: the bit that was there.
pub fn setbit(call: &mut Call<'_>) {
    let Some(offset) = offset(call, 2, None) else { return };
    let Some(bit) = call.integer(3, NOT_A_BIT) else { return };
    if !(0..=1).contains(&bit) {
        return call.reply.error(format!("ERR {NOT_A_BIT}"));
    }
    let Some((bytes, grows)) = string_up_to(call, offset) else { return };
    let was = i64::from(bits::set(bytes, offset, bit == 1));
    if grows || was != bit {
        call.server.modified(call.db(), &call.args[1], STRING, "setbit");
    }
    call.reply.integer(was);
}

/// `GETBIT key offset`
pub fn getbit(call: &mut Call<'_>) {
    let Some(offset) = offset(call, 2, None) else { return };
    match call.server.read::<Str>(call.db(), &call.args[1]) {
        Ok(string) => {
            let bit = string.is_some_and(|string| bits::get(&string.bytes(), offset));
            call.reply.integer(bit.into());
        }
        Err(WrongType) => call.reply.wrong_type(),
    }
}
