//! HSETEX: fields that are set and given a time in one command.
//!
//! Redis: `src/t_hash.c` (`hsetexParseArgs`, `hsetexCommand`).

use super::fields::{Refusal, UNITS, time};
use super::limits;
use crate::keyspace::events::HASH;
use crate::keyspace::hash::Hash;
use crate::keyspace::value::WrongType;
use crate::server::dispatch::Call;
use crate::text::c::until_nul;
use crate::text::integer::parse_integer;

/// What the options ask for.
#[derive(Default)]
struct Options {
    /// FNX: all fields must be missing.
    only_if_missing: bool,
    /// FXX: all fields must be there.
    only_if_present: bool,
    keep_ttl: bool,
    expires: Option<i64>,
    /// Where the time stands, if it is told in another way than PXAT.
    time_at: Option<usize>,
}

const ARITY: &str = "wrong number of arguments for 'hsetex' command";

/// The options, and where the first field is. What is wrong is found from the left to the right; `FIELDS` ends the options.
fn arguments(call: &Call<'_>) -> Result<(Options, usize), Refusal> {
    let (mut options, mut at) = (Options::default(), 2);
    while at < call.args.len() {
        let unit = UNITS.iter().find(|(word, _)| call.is(at, word)).map(|&(_, unit)| unit);
        if call.is(at, "fields") {
            return fields(call, at).map(|first| (options, first));
        } else if unit.is_some() || call.is(at, "keepttl") {
            if options.keep_ttl || options.expires.is_some() {
                return Err("Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified".into());
            }
            match unit {
                None => options.keep_ttl = true,
                Some(_) if at + 1 >= call.args.len() => return Err("missing expire time".into()),
                Some(unit) => {
                    at += 1;
                    options.expires = Some(time(call, at, unit, "hsetex")?);
                    options.time_at = (unit.in_seconds || !unit.absolute).then_some(at);
                }
            }
        } else if call.is(at, "fxx") || call.is(at, "fnx") {
            if options.only_if_missing || options.only_if_present {
                return Err("Only one of FXX or FNX arguments can be specified".into());
            }
            options.only_if_missing = call.is(at, "fnx");
            options.only_if_present = !options.only_if_missing;
        } else {
            let word = String::from_utf8_lossy(until_nul(&call.args[at])).into_owned();
            return Err(format!("unknown argument: {word}"));
        }
        at += 1;
    }
    Err(ARITY.into())
}

/// Reads `FIELDS n field value …` at `at`, which all of them must be pairs.
fn fields(call: &Call<'_>, at: usize) -> Result<usize, Refusal> {
    if at + 3 >= call.args.len() {
        return Err(ARITY.into());
    }
    let count = parse_integer(&call.args[at + 1]).filter(|count| (1..=i64::from(i32::MAX)).contains(count));
    let count = count.ok_or("invalid number of fields")?;
    let words = call.args.len() - at - 2;
    match words.is_multiple_of(2) && usize::try_from(count) == Ok(words / 2) {
        true => Ok(at + 2),
        false => Err(ARITY.into()),
    }
}

/// `HSETEX key [FNX | FXX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] FIELDS n field value …`: 1 if all were set, 0 if none.
pub fn hsetex(call: &mut Call<'_>) {
    let (options, first) = match arguments(call) {
        Ok(arguments) => arguments,
        Err(refusal) => return call.reply.error(format!("ERR {refusal}")),
    };
    let (db, args, now, limits) = (call.db(), call.args, call.server.now(), limits(call.server));
    let (key, words) = (&args[1], args.from(first));
    match call.server.write::<Hash>(db, key) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(None) if options.only_if_present => return call.reply.integer(0),
        Ok(_) => {}
    }
    let is_paused = call.server.paused().is_some();
    let Ok(hash) = call.server.write_or_create(db, key, Hash::default) else { return };
    let (may_set, mut gone) = allows(hash, &options, words.clone().step_by(2), now, !is_paused);
    let (mut changed, expired) = (0, gone.len());
    if may_set {
        hash.prepare(words.clone(), limits);
        if options.expires.is_some() {
            hash.make_expiring();
        }
        let mut words = words.clone();
        while let (Some(field), Some(value)) = (words.next(), words.next()) {
            match options.expires {
                None if options.keep_ttl => _ = hash.set_keeping_time(field, value, limits),
                None => _ = hash.set(field, value, limits),
                Some(time) => {
                    hash.set_keeping_time(field, value, limits);
                    let Some(at) = hash.find(field) else { continue };
                    if time <= now {
                        hash.remove_at(at);
                        gone.push(field);
                    } else {
                        hash.set_expiry(at, field, Some(time));
                        changed += 1;
                    }
                }
            }
        }
    }
    let is_empty = hash.is_empty();
    if hash.is_expiring() {
        call.server.fields_changed(db, key);
    }
    let has_removed = gone.len() > expired;
    call.server.stats.expired_subkeys += gone.len() as u64;
    if may_set {
        call.server.modified(db, key, HASH, "hset");
        call.server.stats.dirty += words.len() as u64 / 2 - 1;
        if changed > 0 || has_removed {
            call.server.notify(HASH, if has_removed { "hdel" } else { "hexpire" }, key, db);
        }
    }
    call.reply.integer(i64::from(may_set));
    if is_empty {
        call.server.delete_emptied(db, key);
    }
    gone.iter().for_each(|field| call.server.propagate_field(db, key, field));
    if has_removed {
        call.server.prevent_propagation();
    } else if let (Some(time), Some(time_at)) = (options.expires, options.time_at) {
        call.server.rewrite_command((0..).zip(args.from(0)).map(|(at, word)| match at {
            _ if at + 1 == time_at => "PXAT".into(),
            _ if at == time_at => time.into(),
            _ => word.into(),
        }));
    }
}

/// Whether FNX or FXX lets the fields be set, and which fields were removed in finding out: those that are looked at, up to
/// the first one that decides, and whose time has passed.
fn allows<'a>(
    hash: &mut Hash,
    options: &Options,
    fields: impl Iterator<Item = &'a [u8]>,
    now: i64,
    may_remove: bool,
) -> (bool, Vec<&'a [u8]>) {
    let mut gone = Vec::new();
    if !options.only_if_missing && !options.only_if_present {
        return (true, gone);
    }
    for field in fields {
        let found = hash.find(field);
        let expired = found.filter(|&at| hash.is_expired(at, now));
        if let Some(at) = expired
            && may_remove
        {
            hash.remove_at(at);
            gone.push(field);
        }
        if (found.is_some() && expired.is_none()) == options.only_if_missing {
            return (false, gone);
        }
    }
    (true, gone)
}
