//! GET and SET.
//!
//! Redis: `src/t_string.c`, `getGenericCommand` and `setGenericCommand`.

use super::Call;
use crate::resp::request::parse_integer;

/// `GET key`
pub fn get(call: &mut Call<'_>) {
    let now = call.server.unix_millis();
    let db = call.client().db;
    match call.server.keyspace.db(db).get(&call.args[1], now) {
        Some(string) => {
            call.reply.bulk(string);
            call.server.stats.keyspace_hits += 1;
        }
        None => {
            call.reply.null();
            call.server.stats.keyspace_misses += 1;
        }
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
    let now = call.server.unix_millis();
    let number = call.client().db;
    let db = call.server.keyspace.db(number);
    let (key, value) = (&call.args[1], &call.args[2]);
    let old = db.get(key, now);
    let forbidden = if old.is_some() { options.only_if_missing } else { options.only_if_present };
    let store = !forbidden;
    match (options.get, old) {
        (true, Some(old)) => call.reply.bulk(old),
        (true, None) => call.reply.null(),
        (false, _) if store => call.reply.ok(),
        (false, _) => call.reply.null(),
    }
    if store {
        let expires = if options.keep_ttl { db.expires(key) } else { options.expires };
        if expires.is_some_and(|at| at <= now) {
            db.remove(key, now);
        } else {
            db.set(key, value, expires);
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
