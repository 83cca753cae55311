//! HSCAN and HRANDFIELD: some of a hash's fields.
//!
//! Redis: `src/t_hash.c` (`hscanCommand`, `hrandfieldCommand`, `hrandfieldWithCountCommand`); `src/db.c`,
//! `scanGenericCommand`.
//!
//! Different on purpose: HRANDFIELD with a negative count, which may draw a field again and again, draws ten million times
//! at most. Redis writes replies without end.

use super::read;
use crate::command::generic::scan::{Scanned, cursor_and_options, scan_from};
use crate::keyspace::hash::Hash;
use crate::keyspace::listpack::Entry;
use crate::keyspace::value::Value;
use crate::resp::Protocol;
use crate::resp::reply::Reply;
use crate::server::dispatch::{Call, bulk_entry};

/// The most fields that HRANDFIELD draws with repetitions, unless the client is closed for what it is owed long before.
pub(crate) const MOST_DRAWN: i64 = 10_000_000;
/// A hard limit of more bytes than this does not count as one.
const MOST_BYTES: usize = 256 << 20;

/// How long a reply may be before its client is sure to be closed for it; `usize::MAX`: it is not. What scripts get is no
/// client's, and what is muted never grows.
pub(crate) fn closed_beyond(call: &Call<'_>) -> usize {
    let server = &call.server;
    match server.clients.hard_limit(call.client) {
        Some(most @ ..=MOST_BYTES) if !call.reply.muted && server.script_of().is_none() => most,
        _ => usize::MAX,
    }
}

/// `HSCAN key cursor [MATCH pattern] [COUNT n] [NOVALUES]`
pub fn hscan(call: &mut Call<'_>) {
    let Some((cursor, options)) = cursor_and_options::<Hash>(call, Scanned::Hash) else { return };
    let (db, now) = (call.db(), call.server.now());
    let item = call.server.keyspace.db(db).peek(&call.args[1], now);
    let Some(Value::Hash(hash)) = item.map(|item| &item.value) else { return };
    let mut found = Vec::new();
    let cursor = scan_from(cursor, &options, |cursor, seen| {
        hash.scan(cursor, now, |field, value, is_live| {
            *seen += 1;
            if is_live && options.matches(field.bytes(&mut itoa::Buffer::new())) {
                found.push((field, value));
            }
        })
    });
    call.reply.array(2);
    call.reply.bulk(cursor.to_string());
    call.reply.array(if options.no_values { found.len() } else { found.len() * 2 });
    for (field, value) in found {
        bulk_entry(call.reply, field);
        if !options.no_values {
            bulk_entry(call.reply, value);
        }
    }
}

/// `HRANDFIELD key [count [WITHVALUES]]`: a field; or up to that many different ones; or, if `count` is negative, exactly
/// that many, some of which may be the same.
pub fn hrandfield(call: &mut Call<'_>) {
    let (db, now) = (call.db(), call.server.now());
    if call.args.len() == 2 {
        let mut random = call.server.generator();
        let Some(mut hash) = read(call.server, db, &call.args[1], call.reply) else { return };
        if hash.is_some_and(|hash| has_expired(hash, now)) {
            hash = call.server.expire_all_fields(db, &call.args[1]);
        }
        match hash.and_then(|hash| hash.random(&mut random)) {
            Some((field, _)) => bulk_entry(call.reply, field),
            None => call.reply.null(),
        }
        return;
    }
    let Some(count) = call.long(2) else { return };
    let with_values = call.is(3, "withvalues");
    if call.args.len() > 4 || (call.args.len() == 4 && !with_values) {
        return call.syntax_error();
    }
    let too_many = with_values && count.unsigned_abs() > i64::MAX as u64 / 2;
    let enough = closed_beyond(call);
    if too_many {
        return call.reply.error("ERR value is out of range");
    }
    let mut random = call.server.generator();
    let Some(mut hash) = read(call.server, db, &call.args[1], call.reply) else { return };
    if hash.is_some_and(|hash| has_expired(hash, now)) {
        hash = call.server.expire_all_fields(db, &call.args[1]);
    }
    let Some(hash) = hash else { return call.reply.array(0) };
    if count < -MOST_DRAWN && enough == usize::MAX {
        return call.reply.error("ERR value is out of range");
    }
    if count < 0 {
        // To find a packed field by its number is a walk: one walk for all draws.
        let packed: Vec<_> = if hash.is_packed() { hash.iter().collect() } else { Vec::new() };
        let mut draw = || match packed.len() as u64 {
            0 => hash.random(&mut random),
            len => packed.get((random() % len) as usize).copied(),
        };
        head(call.reply, count.unsigned_abs() as usize, with_values);
        for _ in 0..count.unsigned_abs() {
            if call.reply.bytes.len() > enough {
                break;
            }
            if let Some(pair) = draw() {
                write(call.reply, pair, with_values);
            }
        }
        return;
    }
    let wanted = usize::try_from(count).map_or(hash.len(), |count| count.min(hash.len()));
    head(call.reply, wanted, with_values);
    // Each is taken with the odds that are left, so that every choice is as likely, in one walk.
    let (mut left, mut needed) = (hash.len() as u64, wanted as u64);
    for pair in hash.iter() {
        if needed == 0 {
            break;
        }
        if random() % left < needed {
            write(call.reply, pair, with_values);
            needed -= 1;
        }
        left -= 1;
    }
}

/// Whether the time of a field has passed: HRANDFIELD, which could draw it, removes all such fields first.
fn has_expired(hash: &Hash, now: i64) -> bool {
    hash.next_expiry().is_some_and(|time| time < now)
}

/// The head of HRANDFIELD's reply: in RESP3 the pairs are arrays of their own.
fn head(reply: &mut Reply, count: usize, with_values: bool) {
    let flat = with_values && reply.protocol == Protocol::Resp2;
    reply.array(if flat { count * 2 } else { count });
}

fn write(reply: &mut Reply, (field, value): (Entry<'_>, Entry<'_>), with_values: bool) {
    if with_values && reply.protocol == Protocol::Resp3 {
        reply.array(2);
    }
    bulk_entry(reply, field);
    if with_values {
        bulk_entry(reply, value);
    }
}
