//! Removing ranges of sorted sets: ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX.
//!
//! Redis: `src/t_zset.c`, `zremrangeGenericCommand`.

use super::range::{NOT_A_RANGE_OF_NAMES, NOT_A_RANGE_OF_SCORES, existing_ranks};
use crate::keyspace::value::WrongType;
use crate::keyspace::zset::Zset;
use crate::keyspace::zset::range::Range;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use std::ops;

/// `ZREMRANGEBYRANK key start stop`: how many were removed.
pub fn zremrangebyrank(call: &mut Call<'_>) {
    let Some(start) = call.integer(2, NOT_AN_INTEGER) else { return };
    let Some(end) = call.integer(3, NOT_AN_INTEGER) else { return };
    remove(call, "zremrangebyrank", |zset| existing_ranks(start, end, zset.len()));
}

/// `ZREMRANGEBYSCORE key min max`
pub fn zremrangebyscore(call: &mut Call<'_>) {
    let args = call.args;
    let Some(range) = Range::scores(&args[2], &args[3]) else {
        return call.reply.error(NOT_A_RANGE_OF_SCORES);
    };
    remove(call, "zremrangebyscore", |zset| zset.ranks(&range, false));
}

/// `ZREMRANGEBYLEX key min max`
pub fn zremrangebylex(call: &mut Call<'_>) {
    let args = call.args;
    let Some(range) = Range::names(&args[2], &args[3]) else { return call.reply.error(NOT_A_RANGE_OF_NAMES) };
    remove(call, "zremrangebylex", |zset| zset.ranks(&range, false));
}

fn remove(call: &mut Call<'_>, event: &str, ranks: impl FnOnce(&Zset) -> ops::Range<usize>) {
    let (db, args) = (call.db(), call.args);
    let zset = match call.server.write::<Zset>(db, &args[1]) {
        Ok(Some(zset)) => zset,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let ranks = ranks(zset);
    let count = ranks.len();
    zset.remove_ranks(ranks);
    let is_empty = zset.is_empty();
    call.server.members_removed(db, &args[1], event, count, is_empty);
    call.reply.integer(count as i64);
}
