//! Hashes: setting, reading and counting fields.
//!
//! Redis: `src/t_hash.c` (`hsetCommand`, `hincrbyCommand`, `hmgetCommand`, `genericHgetallCommand`, `hdelCommand` …).
//!
//! Different on purpose: a field does not expire alone; the commands of Redis 7.4 and 8.0 for that do not exist.

pub(crate) mod rows;
pub mod scan;

use crate::keyspace::events::HASH;
use crate::keyspace::hash::{Hash, Limits};
use crate::keyspace::listpack::Entry;
use crate::keyspace::value::WrongType;
use crate::resp::reply::Reply;
use crate::server::Server;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::server::dispatch::{Call, bulk_entry};
use crate::text::integer::parse_integer;
use crate::text::long_double::{LongDouble, Parsed};

/// The settings that say which hashes are packed.
pub(super) fn limits(server: &Server) -> Limits {
    let config = &server.config;
    Limits {
        entries: usize::try_from(config.hash_max_listpack_entries).unwrap_or(usize::MAX),
        value: usize::try_from(config.hash_max_listpack_value_bytes).unwrap_or(usize::MAX),
        hasher: server.keyspace.hasher(),
    }
}

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
    call.server.modified(db, key, HASH, "hset");
    // Every pair counts as a change: one is counted already.
    call.server.stats.dirty += (call.args.len() as u64 - 2) / 2 - 1;
    Some(new)
}

/// `HSETNX key field value`: 1 if it was stored, 0 if there is such a field.
pub fn hsetnx(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let (key, field) = (&call.args[1], &call.args[2]);
    match call.server.write::<Hash>(db, key) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(Some(hash)) if hash.get(field).is_some() => return call.reply.integer(0),
        Ok(_) => {}
    }
    let Ok(hash) = call.server.write_or_create(db, key, Hash::default) else { return };
    hash.prepare(call.args.from(2), limits);
    hash.set(field, &call.args[3], limits);
    call.server.modified(db, key, HASH, "hset");
    call.reply.integer(1);
}

/// `HINCRBY key field increment`
pub fn hincrby(call: &mut Call<'_>) {
    let Some(by) = call.integer(3, NOT_AN_INTEGER) else { return };
    let (db, limits) = (call.db(), limits(call.server));
    let (key, field) = (&call.args[1], &call.args[2]);
    let Ok(hash) = call.server.write_or_create(db, key, Hash::default) else {
        return call.reply.wrong_type();
    };
    let old = match hash.get(field) {
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
    hash.set(field, itoa::Buffer::new().format(sum).as_bytes(), limits);
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
    let (db, limits) = (call.db(), limits(call.server));
    let (key, field) = (&call.args[1], &call.args[2]);
    let Ok(hash) = call.server.write_or_create(db, key, Hash::default) else {
        return call.reply.wrong_type();
    };
    let old = hash.get(field).unwrap_or(Entry::Number(0));
    let sum = match LongDouble::parse(old.bytes(&mut itoa::Buffer::new())) {
        Some(Parsed::Finite(old)) => old.checked_add(by),
        Some(Parsed::Infinite) => None,
        None => return call.reply.error("ERR hash value is not a float"),
    };
    let Some(sum) = sum.map(LongDouble::human) else {
        return call.reply.error("ERR increment would produce NaN or Infinity");
    };
    hash.set(field, sum.as_bytes(), limits);
    call.server.modified(db, key, HASH, "hincrbyfloat");
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
        Ok(hash) => Some(hash.map(|hash| &*hash)),
        Err(WrongType) => {
            reply.wrong_type();
            None
        }
    }
}

/// `HGET key field`
pub fn hget(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    match hash.and_then(|hash| hash.get(&call.args[2])) {
        Some(value) => bulk_entry(call.reply, value),
        None => call.reply.null(),
    }
}

/// `HMGET key field [field …]`
pub fn hmget(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.array(call.args.len() - 2);
    for field in call.args.from(2) {
        match hash.and_then(|hash| hash.get(field)) {
            Some(value) => bulk_entry(call.reply, value),
            None => call.reply.null(),
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
    let is_empty = hash.is_empty();
    if removed > 0 {
        call.server.modified(db, key, HASH, "hdel");
        call.server.stats.dirty += removed as u64 - 1;
        if is_empty {
            call.server.delete_emptied(db, key);
        }
    }
    call.reply.integer(removed as i64);
}

/// `HLEN key`
pub fn hlen(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.integer(hash.map_or(0, Hash::len) as i64);
}

/// `HEXISTS key field`
pub fn hexists(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.integer(i64::from(hash.is_some_and(|hash| hash.get(&call.args[2]).is_some())));
}

/// `HSTRLEN key field`
pub fn hstrlen(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    let value = hash.and_then(|hash| hash.get(&call.args[2]));
    call.reply.integer(value.map_or(0, Entry::len) as i64);
}

/// `HGETALL key`: a map in RESP3.
pub fn hgetall(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.map(hash.map_or(0, Hash::len));
    for (field, value) in hash.into_iter().flat_map(Hash::iter) {
        bulk_entry(call.reply, field);
        bulk_entry(call.reply, value);
    }
}

/// `HKEYS key`
pub fn hkeys(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.array(hash.map_or(0, Hash::len));
    hash.into_iter().flat_map(Hash::iter).for_each(|(field, _)| bulk_entry(call.reply, field));
}

/// `HVALS key`
pub fn hvals(call: &mut Call<'_>) {
    let db = call.db();
    let Some(hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.array(hash.map_or(0, Hash::len));
    hash.into_iter().flat_map(Hash::iter).for_each(|(_, value)| bulk_entry(call.reply, value));
}
