//! Hashes: setting, reading and counting fields.
//!
//! Redis: `src/t_hash.c` (`hsetCommand`, `hincrbyCommand`, `hmgetCommand`, `genericHgetallCommand`, `hdelCommand` …).
//!
//! A field whose time has passed is not there for those who ask, and is removed when one asks for it by name. The commands that
//! give fields their times are in [`expire`], [`getex`] and [`setex`].

pub mod expire;
mod fields;
pub mod getex;
pub(crate) mod rows;
pub mod scan;
pub mod setex;

use crate::keyspace::events::{GENERIC, HASH};
use crate::keyspace::hash::{Hash, Look};
use crate::keyspace::listpack::Entry;
use crate::keyspace::value::WrongType;
use crate::resp::reply::Reply;
use crate::server::Server;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::server::dispatch::{Call, bulk_entry};
use crate::server::fields::Rest;
pub(super) use crate::server::limits::of_hashes as limits;
use crate::text::integer::parse_integer;
use crate::text::long_double::{LongDouble, Parsed};

/// `HSET key field value [field value …]`: how many fields are new.
pub fn hset(call: &mut Call<'_>) {
    if let Some(new) = set(call, "hset") {
        call.reply.integer(new);
    }
}

/// `HMSET key field value [field value …]`: HSET of old, with another reply.
pub fn hmset(call: &mut Call<'_>) {
    if set(call, "hmset").is_some() {
        call.reply.ok();
    }
}

fn set(call: &mut Call<'_>, name: &str) -> Option<i64> {
    if !call.args.len().is_multiple_of(2) {
        call.reply.error(format!("ERR wrong number of arguments for '{name}' command"));
        return None;
    }
    let (db, limits) = (call.db(), limits(call.server));
    let (key, words) = (&call.args[1], call.args.from(2));
    let Ok(hash) = call.server.write_or_create(db, key, Hash::default) else {
        call.reply.wrong_type();
        return None;
    };
    hash.prepare(words.clone(), limits);
    let mut new = 0;
    let mut fields = words;
    while let (Some(field), Some(value)) = (fields.next(), fields.next()) {
        new += i64::from(hash.set(field, value, limits));
    }
    if hash.is_expiring() {
        call.server.fields_changed(db, key);
    }
    call.server.modified(db, key, HASH, "hset");
    // Every pair counts as a change: one is counted already.
    call.server.stats.dirty += (call.args.len() as u64 - 2) / 2 - 1;
    Some(new)
}

/// `HSETNX key field value`: 1 if it was stored, 0 if there is such a field.
pub fn hsetnx(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let (key, field) = (&call.args[1], &call.args[2]);
    let now = call.server.now();
    match call.server.write::<Hash>(db, key).map(|hash| hash.map(|hash| hash.look(field, now))) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(Some(Look::Found(_))) => return call.reply.integer(0),
        Ok(Some(Look::Expired)) => _ = call.server.expire_field(db, key, field, true),
        Ok(Some(Look::Missing) | None) => {}
    }
    let Ok(hash) = call.server.write_or_create(db, key, Hash::default) else { return };
    hash.prepare(call.args.from(2), limits);
    hash.set(field, &call.args[3], limits);
    if hash.is_expiring() {
        call.server.fields_changed(db, key);
    }
    call.server.modified(db, key, HASH, "hset");
    call.reply.integer(1);
}

/// `HINCRBY key field increment`
pub fn hincrby(call: &mut Call<'_>) {
    let Some(by) = call.integer(3, NOT_AN_INTEGER) else { return };
    let (db, limits, now) = (call.db(), limits(call.server), call.server.now());
    let (key, field) = (&call.args[1], &call.args[2]);
    let Ok(mut hash) = call.server.write_or_create(db, key, Hash::default) else {
        return call.reply.wrong_type();
    };
    let mut at = hash.find(field);
    if at.is_some_and(|at| hash.is_expired(at, now)) {
        call.server.expire_field(db, key, field, true);
        let Ok(rest) = call.server.write_or_create(db, key, Hash::default) else { return };
        (hash, at) = (rest, None);
    }
    let old = match at.map(|at| hash.value(at)) {
        None => 0,
        Some(Entry::Number(number)) => number,
        Some(Entry::Bytes(bytes)) => match parse_integer(bytes) {
            Some(number) => number,
            None => return call.reply.error("ERR hash value is not an integer"),
        },
    };
    let Some(sum) = old.checked_add(by) else {
        return call.reply.error("ERR increment or decrement would overflow");
    };
    hash.set_keeping_time(field, itoa::Buffer::new().format(sum).as_bytes(), limits);
    call.server.modified(db, key, HASH, "hincrby");
    call.reply.integer(sum);
}

/// `HINCRBYFLOAT key field increment`
pub fn hincrbyfloat(call: &mut Call<'_>) {
    let by = match LongDouble::parse(&call.args[3]) {
        Some(Parsed::Finite(by)) => by,
        Some(Parsed::Infinite) => return call.reply.error("ERR value is NaN or Infinity"),
        None => return call.reply.error("ERR value is not a valid float"),
    };
    let (db, limits, now) = (call.db(), limits(call.server), call.server.now());
    let (key, field) = (&call.args[1], &call.args[2]);
    let Ok(mut hash) = call.server.write_or_create(db, key, Hash::default) else {
        return call.reply.wrong_type();
    };
    let mut at = hash.find(field);
    if at.is_some_and(|at| hash.is_expired(at, now)) {
        call.server.expire_field(db, key, field, true);
        let Ok(rest) = call.server.write_or_create(db, key, Hash::default) else { return };
        (hash, at) = (rest, None);
    }
    let old = at.map_or(Entry::Number(0), |at| hash.value(at));
    let sum = match LongDouble::parse(old.bytes(&mut itoa::Buffer::new())) {
        Some(Parsed::Finite(old)) => old.checked_add(by),
        Some(Parsed::Infinite) => None,
        None => return call.reply.error("ERR hash value is not a float"),
    };
    let Some(sum) = sum.map(LongDouble::human) else {
        return call.reply.error("ERR increment would produce NaN or Infinity");
    };
    let expires = at.is_some_and(|at| hash.expires(at).is_some());
    hash.set_keeping_time(field, sum.as_bytes(), limits);
    call.server.modified(db, key, HASH, "hincrbyfloat");
    // Another processor, or another Redis, may add up to another number.
    let (name, options) = match expires {
        true => ("HSETEX", &["KEEPTTL", "FIELDS", "1"][..]),
        false => ("HSET", &[][..]),
    };
    let options = options.iter().map(|&option| option.into());
    let pair = [field.into(), sum.as_bytes().into()];
    call.server.rewrite_command([name.into(), key.into()].into_iter().chain(options).chain(pair));
    call.reply.bulk(sum);
}

/// The hash at the key of a command that reads it, if there is one. None: the key holds something else, and the error
/// is replied.
pub(super) fn read<'a>(
    server: &'a mut Server,
    db: u32,
    key: &[u8],
    reply: &mut Reply,
) -> Option<Option<&'a Hash>> {
    match server.read::<Hash>(db, key) {
        Ok(hash) => Some(hash),
        Err(WrongType) => {
            reply.wrong_type();
            None
        }
    }
}

/// Has `reply` say what a command that asks for one field has found; a field whose time has passed is removed.
fn look(call: &mut Call<'_>, reply: impl FnOnce(&mut Reply, Option<Entry<'_>>)) {
    let (db, args, now) = (call.db(), call.args, call.server.now());
    let (key, field) = (&args[1], &args[2]);
    let Some(hash) = read(call.server, db, key, call.reply) else { return };
    match hash.map_or(Look::Missing, |hash| hash.look(field, now)) {
        Look::Found(value) => reply(call.reply, Some(value)),
        Look::Missing => reply(call.reply, None),
        Look::Expired => {
            call.server.expire_field(db, key, field, true);
            reply(call.reply, None);
        }
    }
}

/// `HGET key field`
pub fn hget(call: &mut Call<'_>) {
    look(call, |reply, value| match value {
        Some(value) => bulk_entry(reply, value),
        None => reply.null(),
    });
}

/// `HMGET key field [field …]`
pub fn hmget(call: &mut Call<'_>) {
    let (db, args, now) = (call.db(), call.args, call.server.now());
    let key = &args[1];
    let Some(hash) = read(call.server, db, key, call.reply) else { return };
    let mut expired = Vec::new();
    call.reply.array(args.len() - 2);
    for field in args.from(2) {
        match hash.map_or(Look::Missing, |hash| hash.look(field, now)) {
            Look::Found(value) => bulk_entry(call.reply, value),
            Look::Missing => call.reply.null(),
            Look::Expired => {
                expired.push(field);
                call.reply.null();
            }
        }
    }
    if !expired.is_empty() {
        expire_several(call, db, key, &expired);
    }
}

/// Removes fields whose time has passed. As in Redis, the removal of a hash whose only field was asked for is no event.
fn expire_several(call: &mut Call<'_>, db: u32, key: &[u8], fields: &[&[u8]]) {
    let (mut removed, mut rest) = (0, Rest::Others);
    for field in fields {
        rest = call.server.expire_field(db, key, field, false);
        if rest == Rest::Nothing {
            break;
        }
        removed += 1;
    }
    if removed > 0 {
        call.server.notify(HASH, "hexpired", key, db);
        if rest == Rest::Nothing {
            call.server.notify(GENERIC, "del", key, db);
        }
    }
}

/// `HDEL key field [field …]`: how many were there.
pub fn hdel(call: &mut Call<'_>) {
    let (db, key) = (call.db(), &call.args[1]);
    let hash = match call.server.write::<Hash>(db, key) {
        Ok(Some(hash)) => hash,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let removed = call.args.from(2).filter(|field| hash.remove(field)).count();
    let (is_empty, is_expiring) = (hash.is_empty(), hash.is_expiring());
    if removed > 0 {
        if is_expiring {
            call.server.fields_changed(db, key);
        }
        call.server.modified(db, key, HASH, "hdel");
        call.server.stats.dirty += removed as u64 - 1;
        if is_empty {
            call.server.delete_emptied(db, key);
        }
    }
    call.reply.integer(removed as i64);
}

/// `HLEN key`: how many fields there are, those that expired and were not removed since included, as in Redis.
pub fn hlen(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.integer(hash.map_or(0, Hash::len) as i64);
}

/// `HEXISTS key field`
pub fn hexists(call: &mut Call<'_>) {
    look(call, |reply, value| reply.integer(i64::from(value.is_some())));
}

/// `HSTRLEN key field`
pub fn hstrlen(call: &mut Call<'_>) {
    look(call, |reply, value| reply.integer(value.map_or(0, Entry::len) as i64));
}

/// `HGETALL key`: a map in RESP3.
pub fn hgetall(call: &mut Call<'_>) {
    let (db, now) = (call.db(), call.server.now());
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.map(hash.map_or(0, |hash| hash.live_len(now)));
    for (field, value) in hash.into_iter().flat_map(|hash| hash.live(now)) {
        bulk_entry(call.reply, field);
        bulk_entry(call.reply, value);
    }
}

/// `HKEYS key`
pub fn hkeys(call: &mut Call<'_>) {
    let (db, now) = (call.db(), call.server.now());
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.array(hash.map_or(0, |hash| hash.live_len(now)));
    let fields = hash.into_iter().flat_map(|hash| hash.live(now));
    fields.for_each(|(field, _)| bulk_entry(call.reply, field));
}

/// `HVALS key`
pub fn hvals(call: &mut Call<'_>) {
    let (db, now) = (call.db(), call.server.now());
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.array(hash.map_or(0, |hash| hash.live_len(now)));
    let fields = hash.into_iter().flat_map(|hash| hash.live(now));
    fields.for_each(|(_, value)| bulk_entry(call.reply, value));
}
