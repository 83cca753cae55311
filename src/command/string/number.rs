//! Strings that are numbers: INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT.
//!
//! Redis: `src/t_string.c`, `incrDecrCommand` and `incrbyfloatCommand`.

use crate::keyspace::events::STRING;
use crate::keyspace::string::Str;
use crate::keyspace::value::{Typed, WrongType};
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::text::long_double::{LongDouble, Parsed};

/// `INCR key`
pub fn incr(call: &mut Call<'_>) {
    increment(call, 1);
}

/// `DECR key`
pub fn decr(call: &mut Call<'_>) {
    increment(call, -1);
}

/// `INCRBY key increment`
pub fn incrby(call: &mut Call<'_>) {
    if let Some(by) = call.integer(2, NOT_AN_INTEGER) {
        increment(call, by);
    }
}

/// `DECRBY key decrement`
pub fn decrby(call: &mut Call<'_>) {
    let Some(by) = call.integer(2, NOT_AN_INTEGER) else { return };
    match by.checked_neg() {
        Some(by) => increment(call, by),
        None => call.reply.error("ERR decrement would overflow"),
    }
}

/// Adds to the number at a key and replies with the sum. Redis: `incrDecrCommand`.
fn increment(call: &mut Call<'_>, by: i64) {
    let (db, key) = (call.db(), &call.args[1]);
    let mut found = match call.server.write::<Str>(db, key) {
        Ok(found) => found,
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let Some(old) = found.as_deref().map_or(Some(0), Str::integer) else {
        return call.reply.error(format!("ERR {NOT_AN_INTEGER}"));
    };
    let Some(sum) = old.checked_add(by) else {
        return call.reply.error("ERR increment or decrement would overflow");
    };
    match &mut found {
        Some(string) => **string = Str::Int(sum),
        None => _ = call.server.add_key(db, key, Str::Int(sum).into_value()),
    }
    call.server.modified(db, key, STRING, "incrby");
    call.reply.integer(sum);
}

/// `INCRBYFLOAT key increment`
pub fn incrbyfloat(call: &mut Call<'_>) {
    let (db, key) = (call.db(), &call.args[1]);
    let mut found = match call.server.write::<Str>(db, key) {
        Ok(found) => found,
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let old = LongDouble::parse(&found.as_deref().map_or(b"0".into(), Str::bytes));
    let (Some(old), Some(by)) = (old, LongDouble::parse(&call.args[2])) else {
        return call.reply.error("ERR value is not a valid float");
    };
    let sum = match (old, by) {
        (Parsed::Finite(old), Parsed::Finite(by)) => old.checked_add(by),
        _ => None,
    };
    let Some(sum) = sum.map(LongDouble::human) else {
        return call.reply.error("ERR increment would produce NaN or Infinity");
    };
    // Text, also if it has become a whole number: as in Redis.
    let new = Str::text(sum.as_bytes());
    match &mut found {
        Some(string) => **string = new,
        None => _ = call.server.add_key(db, key, new.into_value()),
    }
    call.server.modified(db, key, STRING, "incrbyfloat");
    // Another processor, or another Redis, may add up to another number.
    call.server.rewrite_command(["SET".into(), key.into(), sum.as_bytes().into(), "KEEPTTL".into()]);
    call.reply.bulk(sum);
}
