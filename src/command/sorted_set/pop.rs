//! Taking members from an end: ZPOPMIN, ZPOPMAX, ZMPOP, and the commands that wait for something to take: BZPOPMIN, BZPOPMAX,
//! BZMPOP.
//!
//! Redis: `src/t_zset.c` (`genericZpopCommand`, `zpopMinMaxCommand`, `zmpopGenericCommand`, `blockingGenericZpopCommand`).

use crate::command::waiting::{parse_mpop, parse_timeout, wait};
use crate::keyspace::value::WrongType;
use crate::keyspace::zset::Zset;
use crate::resp::Protocol;
use crate::resp::reply::Reply;
use crate::server::dispatch::{Call, bulk_entry};
use std::ops;

/// An end of a sorted set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Where the lowest scores are.
    Min,
    /// Where the highest scores are.
    Max,
}

impl End {
    fn event(self) -> &'static str {
        if self == End::Min { "zpopmin" } else { "zpopmax" }
    }

    /// The argument at `at` as an end. None: it is none, and the error is replied.
    fn parse(call: &mut Call<'_>, at: usize) -> Option<End> {
        match () {
            _ if call.is(at, "min") => return Some(End::Min),
            _ if call.is(at, "max") => return Some(End::Max),
            _ => call.syntax_error(),
        }
        None
    }
}

/// What the reply is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Member, score, member, score …
    Flat,
    /// An array of pairs.
    Pairs,
    /// The key, a member, its score.
    KeyAndMember,
    /// The key and an array of pairs.
    KeyAndPairs,
}

/// `ZPOPMIN key [count]`: the member with the lowest score, or up to that many.
pub fn zpopmin(call: &mut Call<'_>) {
    pop(call, End::Min);
}

/// `ZPOPMAX key [count]`
pub fn zpopmax(call: &mut Call<'_>) {
    pop(call, End::Max);
}

/// Redis: `zpopMinMaxCommand`.
fn pop(call: &mut Call<'_>, end: End) {
    if call.args.len() > 3 {
        return call.syntax_error();
    }
    let (mut count, mut form) = (1, Form::Flat);
    if call.args.len() == 3 {
        let Some(wanted) = call.positive(2) else { return };
        count = wanted;
        if call.reply.protocol == Protocol::Resp3 {
            form = Form::Pairs;
        }
    }
    if !pop_from_first(call, 1..2, end, count, form) {
        call.reply.array(0);
    }
}

/// `ZMPOP numkeys key [key …] MIN | MAX [COUNT count]`
pub fn zmpop(call: &mut Call<'_>) {
    let Some((keys, end, count)) = parse_mpop(call, 1, End::parse) else { return };
    if !pop_from_first(call, keys, end, count, Form::KeyAndPairs) {
        call.reply.null_array();
    }
}

/// `BZPOPMIN key [key …] timeout`: the key, the member with the lowest score, and the score.
pub fn bzpopmin(call: &mut Call<'_>) {
    blocking_pop(call, End::Min);
}

/// `BZPOPMAX key [key …] timeout`
pub fn bzpopmax(call: &mut Call<'_>) {
    blocking_pop(call, End::Max);
}

fn blocking_pop(call: &mut Call<'_>, end: End) {
    let last = call.args.len() - 1;
    let Some(until) = parse_timeout(call, last) else { return };
    if !pop_from_first(call, 1..last, end, 1, Form::KeyAndMember) {
        wait(call, 1..last, "zset", until, Reply::null_array);
    }
}

/// `BZMPOP timeout numkeys key [key …] MIN | MAX [COUNT count]`
pub fn bzmpop(call: &mut Call<'_>) {
    let Some((keys, end, count)) = parse_mpop(call, 2, End::parse) else { return };
    let Some(until) = parse_timeout(call, 1) else { return };
    if !pop_from_first(call, keys.clone(), end, count, Form::KeyAndPairs) {
        wait(call, keys, "zset", until, Reply::null_array);
    }
}

/// Takes up to `count` members from the first of the sorted sets that is there, and replies with them. False if none is
/// there; then nothing is replied. Redis: `genericZpopCommand`.
fn pop_from_first(call: &mut Call<'_>, keys: ops::Range<usize>, end: End, count: usize, form: Form) -> bool {
    let (db, args) = (call.db(), call.args);
    for at in keys {
        let key = &args[at];
        let zset = match call.server.write::<Zset>(db, key) {
            Ok(Some(zset)) => zset,
            Ok(None) => continue,
            Err(WrongType) => {
                call.reply.wrong_type();
                return true;
            }
        };
        let count = count.min(zset.len());
        let ranks = match end {
            End::Min => 0..count,
            End::Max => zset.len() - count..zset.len(),
        };
        reply_members(call.reply, key, zset, ranks.clone(), end, form);
        zset.remove_ranks(ranks);
        let is_empty = zset.is_empty();
        call.server.members_removed(db, key, end.event(), count, is_empty);
        let name = if end == End::Min { "ZPOPMIN" } else { "ZPOPMAX" };
        match form {
            // ZPOPMIN and ZPOPMAX themselves.
            Form::Flat | Form::Pairs => {}
            Form::KeyAndMember => call.server.rewrite_command([name.into(), key.into()]),
            Form::KeyAndPairs => {
                call.server.rewrite_command([name.into(), key.into(), (count as i64).into()]);
            }
        }
        return true;
    }
    false
}

fn reply_members(reply: &mut Reply, key: &[u8], zset: &Zset, ranks: ops::Range<usize>, end: End, form: Form) {
    match form {
        Form::Flat => reply.array(2 * ranks.len()),
        Form::Pairs => reply.array(ranks.len()),
        Form::KeyAndMember => {
            reply.array(1 + 2 * ranks.len());
            reply.bulk(key);
        }
        Form::KeyAndPairs => {
            reply.array(2);
            reply.bulk(key);
            reply.array(ranks.len());
        }
    }
    for (member, score) in zset.range(ranks, end == End::Max) {
        if matches!(form, Form::Pairs | Form::KeyAndPairs) {
            reply.array(2);
        }
        bulk_entry(reply, member);
        reply.double(score);
    }
}
