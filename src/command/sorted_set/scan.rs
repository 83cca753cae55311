//! ZSCAN and ZRANDMEMBER: some of a sorted set's members.
//!
//! Redis: `src/t_zset.c` (`zscanCommand`, `zrandmemberCommand`, `zrandmemberWithCountCommand`); `src/db.c`, `scanGenericCommand`,
//! `scanCallback`.
//!
//! Different on purpose: ZRANDMEMBER with a negative count is bounded as HRANDFIELD is ([`crate::command::hash::scan`]).

use super::{member, members_head, read};
use crate::command::generic::scan::{Scanned, cursor_and_options, scan_from};
use crate::command::hash::scan::{MOST_DRAWN, closed_beyond};
use crate::keyspace::value::Value;
use crate::keyspace::zset::Zset;
use crate::server::dispatch::{Call, bulk_entry};
use crate::text::double;

/// `ZSCAN key cursor [MATCH pattern] [COUNT n]`
pub fn zscan(call: &mut Call<'_>) {
    let Some((cursor, options)) = cursor_and_options::<Zset>(call, Scanned::Members) else { return };
    let (db, now) = (call.db(), call.server.now());
    let item = call.server.keyspace.db(db).peek(&call.args[1], now);
    let Some(Value::Zset(zset)) = item.map(|item| &item.value) else { return };
    let mut found = Vec::new();
    let cursor = scan_from(cursor, &options, |cursor, seen| {
        zset.scan(cursor, |member, score| {
            *seen += 1;
            if options.matches(member.bytes(&mut itoa::Buffer::new())) {
                found.push((member, score));
            }
        })
    });
    call.reply.array(2);
    call.reply.bulk(cursor.to_string());
    call.reply.array(2 * found.len());
    for (member, score) in found {
        bulk_entry(call.reply, member);
        // The two encodings print a score in two ways, in Redis too.
        match zset {
            Zset::Packed(_) => call.reply.bulk(&*double::text(score)),
            Zset::Sorted(_) => call.reply.bulk(double::with_17_digits(score)),
        }
    }
}

/// `ZRANDMEMBER key [count [WITHSCORES]]`: a member; or up to that many different ones; or, if `count` is negative, exactly
/// that many, some of which may be the same.
pub fn zrandmember(call: &mut Call<'_>) {
    if call.args.len() == 2 {
        let mut random = call.server.generator();
        let Some((zset, reply)) = read(call, 1) else { return };
        return match zset.and_then(|zset| zset.random(&mut random)) {
            Some((member, _)) => bulk_entry(reply, member),
            None => reply.null(),
        };
    }
    let Some(count) = call.long(2) else { return };
    let with_scores = call.is(3, "withscores");
    if call.args.len() > 4 || (call.args.len() == 4 && !with_scores) {
        return call.syntax_error();
    }
    let too_many = with_scores && count.unsigned_abs() > i64::MAX as u64 / 2;
    let enough = closed_beyond(call);
    if too_many {
        return call.reply.error("ERR value is out of range");
    }
    let mut random = call.server.generator();
    let Some((zset, reply)) = read(call, 1) else { return };
    let Some(zset) = zset else { return reply.array(0) };
    if count < -MOST_DRAWN && enough == usize::MAX {
        return reply.error("ERR value is out of range");
    }
    if count < 0 || count == 1 {
        // To find a packed member by its number is a walk: one walk for all draws.
        let packed: Vec<_> = if let Zset::Packed(_) = zset { zset.iter().collect() } else { Vec::new() };
        let mut draw = || match packed.len() as u64 {
            0 => zset.random(&mut random),
            len => packed.get((random() % len) as usize).copied(),
        };
        members_head(reply, count.unsigned_abs() as usize, with_scores);
        for _ in 0..count.unsigned_abs() {
            if reply.bytes.len() > enough {
                break;
            }
            if let Some(pair) = draw() {
                member(reply, pair, with_scores);
            }
        }
        return;
    }
    let wanted = usize::try_from(count).map_or(zset.len(), |count| count.min(zset.len()));
    members_head(reply, wanted, with_scores);
    if wanted == zset.len() {
        // All of them come the highest first, in Redis too.
        return zset.range(0..wanted, true).for_each(|pair| member(reply, pair, with_scores));
    }
    // Each is taken with the odds that are left, so that every choice is as likely, in one walk.
    let (mut left, mut needed) = (zset.len() as u64, wanted as u64);
    for pair in zset.iter() {
        if needed == 0 {
            break;
        }
        if random() % left < needed {
            member(reply, pair, with_scores);
            needed -= 1;
        }
        left -= 1;
    }
}
