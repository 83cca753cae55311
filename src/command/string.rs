//! GET and SET.
//!
//! Redis: `src/t_string.c`, `getGenericCommand` and `setGenericCommand`.

use super::Call;
use crate::keyspace::string::Str;
use crate::keyspace::value::{Value, WrongType};
use crate::resp::request::parse_integer;
use crate::server::notify::{GENERIC, STRING};

/// `GET key`
pub fn get(call: &mut Call<'_>) {
    match call.server.read::<Str>(call.db(), &call.args[1]) {
        Ok(Some(string)) => call.reply.bulk(string.bytes()),
        Ok(None) => call.reply.null(),
        Err(WrongType) => call.reply.wrong_type(),
    }
}

/// What the options of SET ask for.
#[derive(Default)]
struct Options {
    only_if_missing: bool,
    only_if_present: bool,
    get: bool,
    keep_ttl: bool,
    expires: Option<u64>,
}

/// `SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]`
pub fn set(call: &mut Call<'_>) {
    let options = match parse_options(call) {
        Ok(options) => options,
        Err(error) => return call.reply.error(error),
    };
    let db = call.db();
    let (key, value) = (&call.args[1], &call.args[2]);
    let exists = call.server.find(db, key).is_some();
    let store = !(if exists { options.only_if_missing } else { options.only_if_present });
    if options.get {
        match call.server.read::<Str>(db, key) {
            Ok(Some(old)) => call.reply.bulk(old.bytes()),
            Ok(None) => call.reply.null(),
            Err(WrongType) => return call.reply.wrong_type(),
        }
    } else if store {
        call.reply.ok();
    } else {
        call.reply.null();
    }
    if store {
        call.server.set_key(db, key, Value::String(Str::new(value)), options.keep_ttl);
        call.server.notify(STRING, "set", key, db);
        if let Some(at) = options.expires {
            call.server.set_expiry(db, key, Some(at as i64));
            call.server.notify(GENERIC, "expire", key, db);
        }
    }
}

fn parse_options(call: &mut Call<'_>) -> Result<Options, &'static str> {
    const SYNTAX: &str = "ERR syntax error";
    let mut options = Options::default();
    let mut at = 3;
    while at < call.args.len() {
        let expiry = options.expires.is_some() || options.keep_ttl;
        if call.is(at, "nx") && !options.only_if_present {
            options.only_if_missing = true;
        } else if call.is(at, "xx") && !options.only_if_missing {
            options.only_if_present = true;
        } else if call.is(at, "get") {
            options.get = true;
        } else if call.is(at, "keepttl") && !expiry {
            options.keep_ttl = true;
        } else if ["ex", "px", "exat", "pxat"].iter().any(|unit| call.is(at, unit)) && !expiry {
            let amount = call.args.get(at + 1).ok_or(SYNTAX)?;
            options.expires = Some(expiry_time(call, at, amount)?);
            at += 1;
        } else {
            return Err(SYNTAX);
        }
        at += 1;
    }
    Ok(options)
}

/// When a key goes whose expiry is `amount` in the unit that stands at `at`: milliseconds since 1970.
fn expiry_time(call: &Call<'_>, at: usize, amount: &[u8]) -> Result<u64, &'static str> {
    const INVALID: &str = "ERR invalid expire time in 'set' command";
    let amount = parse_integer(amount).ok_or("ERR value is not an integer or out of range")?;
    if amount <= 0 {
        return Err(INVALID);
    }
    let in_seconds = call.is(at, "ex") || call.is(at, "exat");
    let millis = amount.checked_mul(if in_seconds { 1000 } else { 1 }).ok_or(INVALID)? as u64;
    if call.is(at, "exat") || call.is(at, "pxat") {
        return Ok(millis);
    }
    let when = millis.checked_add(call.server.unix_millis()).filter(|&when| when <= i64::MAX as u64);
    when.ok_or(INVALID)
}
