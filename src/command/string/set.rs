//! SET with all its options, SETNX, SETEX, PSETEX and GETEX.
//!
//! Redis: `src/t_string.c` (`parseExtendedStringArgumentsOrReply`, `getExpireMillisecondsOrReply`, `setGenericCommand`,
//! `getexCommand`).

use super::{get_generic, reply_with};
use crate::keyspace::events::{GENERIC, STRING};
use crate::keyspace::string::Str;
use crate::keyspace::value::{Typed, Value, WrongType};
use crate::persist::aof_write::Word;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::text::c::is_word;

/// What an amount of time stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Unit {
    in_seconds: bool,
    /// A time since 1970, not from now on.
    absolute: bool,
}

const EX: Unit = Unit { in_seconds: true, absolute: false };
const PX: Unit = Unit { in_seconds: false, absolute: false };
const PXAT: Unit = Unit { in_seconds: false, absolute: true };
const UNITS: [(&str, Unit); 4] =
    [("ex", EX), ("px", PX), ("exat", Unit { in_seconds: true, absolute: true }), ("pxat", PXAT)];

/// What the options of SET and GETEX ask for.
#[derive(Default)]
struct Options {
    only_if_missing: bool,
    only_if_present: bool,
    get: bool,
    keep_ttl: bool,
    persist: bool,
    /// Which argument says when the key is to expire, and how.
    expires: Option<(usize, Unit)>,
}

/// Reads the options from the argument `first` on. None: they do not fit together.
fn parse_options(call: &Call<'_>, first: usize, is_set: bool) -> Option<Options> {
    let mut options = Options::default();
    let mut at = first;
    while at < call.args.len() {
        let unit = UNITS.iter().find(|(word, _)| call.is(at, word)).map(|&(_, unit)| unit);
        let (expires, stays) = (options.expires.is_some(), options.keep_ttl || options.persist);
        if is_set && call.is(at, "nx") && !options.only_if_present {
            options.only_if_missing = true;
        } else if is_set && call.is(at, "xx") && !options.only_if_missing {
            options.only_if_present = true;
        } else if is_set && call.is(at, "get") {
            options.get = true;
        } else if is_set && call.is(at, "keepttl") && !expires {
            options.keep_ttl = true;
        } else if !is_set && call.is(at, "persist") && !expires {
            options.persist = true;
        } else if let Some(unit) = unit
            && !stays
            // The same unit may come again, and the last counts.
            && options.expires.is_none_or(|(_, other)| other == unit)
            && at + 1 < call.args.len()
        {
            options.expires = Some((at + 1, unit));
            at += 1;
        } else {
            return None;
        }
        at += 1;
    }
    Some(options)
}

/// The time that an argument tells, in milliseconds since 1970. None: it has replied what is wrong with it.
fn expiry_time(call: &mut Call<'_>, at: usize, unit: Unit, name: &str) -> Option<i64> {
    let amount = call.integer(at, NOT_AN_INTEGER)?;
    let millis = amount.checked_mul(if unit.in_seconds { 1000 } else { 1 }).filter(|&millis| millis > 0);
    let time =
        millis.and_then(|millis| millis.checked_add(if unit.absolute { 0 } else { call.server.unix_now() }));
    if time.is_none() {
        call.reply.error(format!("ERR invalid expire time in '{name}' command"));
    }
    time
}

/// Stores the value, if the key's being there does not forbid it. Whether it did. Redis: the middle of
/// `setGenericCommand`.
fn store(call: &mut Call<'_>, value: usize, options: &Options, expires: Option<i64>) -> bool {
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    let place = call.server.lookup_key(db, key);
    if if place.is_some() { options.only_if_missing } else { options.only_if_present } {
        return false;
    }
    let bytes = &args[value];
    let value = Str::new(bytes).into_value();
    let place = call.server.set_key_at(db, key, place, value, options.keep_ttl || expires.is_some());
    call.server.notify(STRING, "set", key, db);
    if let Some(time) = expires {
        call.server.keyspace.db(db).set_expiry(place, expires);
        call.server.notify(GENERIC, "expire", key, db);
        if options.expires.is_none_or(|(_, unit)| unit != PXAT) {
            call.server.rewrite_command(["SET".into(), key.into(), bytes.into(), "PXAT".into(), time.into()]);
        }
    } else if options.get {
        // What it replies is of no use in the file.
        let options = args.from(3).filter(|word| !is_word(word, b"get"));
        let words = args.from(0).take(3).chain(options);
        call.server.rewrite_command(words.map(Word::from));
    }
    true
}

/// `SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]`
pub fn set(call: &mut Call<'_>) {
    let Some(options) = parse_options(call, 3, true) else { return call.syntax_error() };
    let mut expires = None;
    if let Some((at, unit)) = options.expires {
        expires = expiry_time(call, at, unit, "set");
        if expires.is_none() {
            return;
        }
    }
    if options.get {
        // The old value is the reply, whether a new one takes its place or not.
        if get_generic(call) {
            store(call, 2, &options, expires);
        }
    } else if store(call, 2, &options, expires) {
        call.reply.ok();
    } else {
        call.reply.null();
    }
}

/// `SETNX key value`
pub fn setnx(call: &mut Call<'_>) {
    let options = Options { only_if_missing: true, ..Options::default() };
    let stored = store(call, 2, &options, None);
    call.reply.integer(i64::from(stored));
}

/// `SETEX key seconds value`
pub fn setex(call: &mut Call<'_>) {
    set_with_expiry(call, EX, "setex");
}

/// `PSETEX key milliseconds value`
pub fn psetex(call: &mut Call<'_>) {
    set_with_expiry(call, PX, "psetex");
}

fn set_with_expiry(call: &mut Call<'_>, unit: Unit, name: &str) {
    if let Some(time) = expiry_time(call, 2, unit, name) {
        store(call, 3, &Options::default(), Some(time));
        call.reply.ok();
    }
}

/// `GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]`
pub fn getex(call: &mut Call<'_>) {
    let Some(options) = parse_options(call, 2, false) else { return call.syntax_error() };
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    match call.server.read::<Str>(db, key) {
        Ok(Some(_)) => {}
        Ok(None) => return call.reply.null(),
        Err(WrongType) => return call.reply.wrong_type(),
    }
    let mut expires = None;
    if let Some((at, unit)) = options.expires {
        expires = expiry_time(call, at, unit, "getex");
        if expires.is_none() {
            return;
        }
    }
    if let Some(item) = call.server.lookup_no_stats(db, key)
        && let Value::String(string) = &item.value
    {
        reply_with(call.reply, string);
    }
    match expires {
        Some(time) if time <= call.server.now() => {
            call.server.delete_key(db, key);
            call.server.rewrite_as_deletion(key, call.server.config.lazyfree_lazy_expire);
            call.server.modified(db, key, GENERIC, "del");
        }
        Some(time) => {
            call.server.set_expiry(db, key, Some(time));
            call.server.rewrite_command(["PEXPIREAT".into(), key.into(), time.into()]);
            call.server.modified(db, key, GENERIC, "expire");
        }
        None if options.persist && call.server.persist(db, key) => {
            call.server.rewrite_command(["PERSIST".into(), key.into()]);
            call.server.modified(db, key, GENERIC, "persist");
        }
        None => {}
    }
}
