//! When fields go: HEXPIRE and its family, HTTL and its family, HPERSIST.
//!
//! Redis: `src/t_hash.c` (`hexpireGenericCommand`, `httlGenericCommand`, `hpersistCommand`; `SetExRes`).

use super::fields::{NOT_POSITIVE, Refusal, Unit, first, time};
use crate::keyspace::events::HASH;
use crate::keyspace::hash::{At, Hash};
use crate::keyspace::value::WrongType;
use crate::persist::aof_write::Word;
use crate::server::dispatch::Call;
use std::iter;

/// What these commands say of a field.
const NO_FIELD: i64 = -2;
const NO_TIME: i64 = -1;
const NOT_NOW: i64 = 0;
const DONE: i64 = 1;
const REMOVED: i64 = 2;

/// `HEXPIRE key seconds [NX | XX | GT | LT] FIELDS n field …`
pub fn hexpire(call: &mut Call<'_>) {
    expire_generic(call, "hexpire", Unit { in_seconds: true, absolute: false });
}

/// `HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS n field …`
pub fn hpexpire(call: &mut Call<'_>) {
    expire_generic(call, "hpexpire", Unit { in_seconds: false, absolute: false });
}

/// `HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS n field …`
pub fn hexpireat(call: &mut Call<'_>) {
    expire_generic(call, "hexpireat", Unit { in_seconds: true, absolute: true });
}

/// `HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS n field …`
pub fn hpexpireat(call: &mut Call<'_>) {
    expire_generic(call, "hpexpireat", Unit { in_seconds: false, absolute: true });
}

/// On which condition a field's time is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Always,
    OnlyIfNone,
    OnlyIfSome,
    OnlyIfLater,
    OnlyIfSooner,
}

const CONDITIONS: [(&str, Condition); 4] = [
    ("nx", Condition::OnlyIfNone),
    ("xx", Condition::OnlyIfSome),
    ("gt", Condition::OnlyIfLater),
    ("lt", Condition::OnlyIfSooner),
];

impl Condition {
    /// Whether a field that expires at `old` may expire at `new` instead. One that does not expire is the latest.
    fn allows(self, old: Option<i64>, new: i64) -> bool {
        match self {
            Condition::Always => true,
            Condition::OnlyIfNone => old.is_none(),
            Condition::OnlyIfSome => old.is_some(),
            Condition::OnlyIfLater => old.is_some_and(|old| old < new),
            Condition::OnlyIfSooner => old.is_none_or(|old| old > new),
        }
    }
}

/// The time, the condition, and where the first field is.
fn arguments(call: &Call<'_>, name: &str, unit: Unit) -> Result<(i64, Condition, usize), Refusal> {
    let time = time(call, 2, unit, name)?;
    let found = CONDITIONS.iter().find(|(word, _)| call.is(3, word));
    let (condition, fields) = found.map_or((Condition::Always, 3), |&(_, condition)| (condition, 4));
    let first = first(call, fields, "Parameter `numFields` should be greater than 0")?;
    Ok((time, condition, first))
}

fn expire_generic(call: &mut Call<'_>, name: &str, unit: Unit) {
    let arguments = arguments(call, name, unit);
    let (db, args, now) = (call.db(), call.args, call.server.now());
    let key = &args[1];
    let found = match call.server.write_at::<Hash>(db, key) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(found) => found,
    };
    let (time, condition, first) = match arguments {
        Ok(arguments) => arguments,
        Err(refusal) => return call.reply.error(format!("ERR {refusal}")),
    };
    call.reply.array(args.len() - first);
    let Some((place, hash)) = found else {
        return args.from(first).for_each(|_| call.reply.integer(NO_FIELD));
    };
    // As in Redis, also if none of the fields is there.
    hash.make_expiring();
    let (mut changed, mut removed) = (Vec::new(), Vec::new());
    for field in args.from(first) {
        let result = match hash.find(field) {
            None => NO_FIELD,
            Some(at) if !condition.allows(hash.expires(at), time) => NOT_NOW,
            Some(at) if time <= now => {
                hash.remove_at(at);
                removed.push(field);
                REMOVED
            }
            Some(at) => {
                hash.set_expiry(at, field, Some(time));
                changed.push(field);
                DONE
            }
        };
        call.reply.integer(result);
    }
    let is_empty = hash.is_empty();
    call.server.keyspace.db(db).fields_changed(place);
    call.server.stats.expired_subkeys += removed.len() as u64;
    let changes = changed.len() + removed.len();
    if changes > 0 {
        call.server.modified(db, key, HASH, if removed.is_empty() { "hexpire" } else { "hdel" });
        call.server.stats.dirty += changes as u64 - 1;
    }
    if is_empty {
        call.server.delete_emptied(db, key);
    }
    removed.iter().for_each(|field| call.server.propagate_field(db, key, field));
    if changed.is_empty() {
        return call.server.prevent_propagation();
    }
    // The fields that have another time, and no others.
    let head = [if name == "hpexpireat" { &args[0] } else { b"HPEXPIREAT" }, key].map(Word::from);
    let options = args.from(3).take(first - 4).map(Word::from);
    let count = iter::once(Word::from(changed.len() as i64));
    let fields = changed.iter().map(|&field| field.into());
    let words = head.into_iter().chain([time.into()]).chain(options).chain(count).chain(fields);
    call.server.rewrite_command(words);
}

/// `HTTL key FIELDS n field …`: the seconds that are left, rounded up.
pub fn httl(call: &mut Call<'_>) {
    let now = call.server.now();
    reply_times(call, |time| (time + 999 - now) / 1000);
}

/// `HPTTL key FIELDS n field …`: the milliseconds that are left.
pub fn hpttl(call: &mut Call<'_>) {
    let now = call.server.now();
    reply_times(call, |time| time - now);
}

/// `HEXPIRETIME key FIELDS n field …`: the seconds since 1970, rounded up.
pub fn hexpiretime(call: &mut Call<'_>) {
    reply_times(call, |time| (time + 999) / 1000);
}

/// `HPEXPIRETIME key FIELDS n field …`: the milliseconds since 1970.
pub fn hpexpiretime(call: &mut Call<'_>) {
    reply_times(call, |time| time);
}

/// Replies with what `show` makes of each field's time; -1: it does not expire, -2: it is not there.
fn reply_times(call: &mut Call<'_>, show: impl Fn(i64) -> i64) {
    let first = first(call, 2, NOT_POSITIVE);
    let (db, args, now) = (call.db(), call.args, call.server.now());
    let hash = match call.server.read::<Hash>(db, &args[1]) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(hash) => hash,
    };
    let first = match first {
        Ok(first) => first,
        Err(refusal) => return call.reply.error(format!("ERR {refusal}")),
    };
    call.reply.array(args.len() - first);
    for field in args.from(first) {
        let found = hash.as_ref().and_then(|hash| Some((hash, hash.find(field)?)));
        let time =
            found.map(|(hash, at)| if has_gone(hash, at, now) { None } else { Some(hash.expires(at)) });
        call.reply.integer(match time.flatten() {
            None => NO_FIELD,
            Some(None) => NO_TIME,
            Some(Some(time)) => show(time),
        });
    }
}

/// Whether HTTL says that a field is not there. As in Redis, a packed field has gone in the millisecond of its time already.
fn has_gone(hash: &Hash, at: At, now: i64) -> bool {
    hash.is_expired(at, now) || hash.is_packed() && hash.expires(at) == Some(now)
}

/// `HPERSIST key FIELDS n field …`: 1 for each field that was to expire and no longer is.
pub fn hpersist(call: &mut Call<'_>) {
    let first = first(call, 2, NOT_POSITIVE);
    let (db, args, now) = (call.db(), call.args, call.server.now());
    let key = &args[1];
    let mut hash = match call.server.write::<Hash>(db, key) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(hash) => hash,
    };
    let first = match first {
        Ok(first) => first,
        Err(refusal) => return call.reply.error(format!("ERR {refusal}")),
    };
    call.reply.array(args.len() - first);
    let mut has_changed = false;
    for field in args.from(first) {
        let found = hash.as_mut().and_then(|hash| hash.find(field).map(|at| (hash, at)));
        call.reply.integer(match found {
            None => NO_FIELD,
            Some((hash, at)) if hash.is_expired(at, now) => NO_FIELD,
            Some((hash, at)) if hash.expires(at).is_none() => NO_TIME,
            Some((hash, at)) => {
                hash.set_expiry(at, field, None);
                has_changed = true;
                DONE
            }
        });
    }
    if has_changed {
        call.server.fields_changed(db, key);
        call.server.modified(db, key, HASH, "hpersist");
    }
}
