//! The rows of the command table: sorted sets.
//!
//! Redis: `src/commands/*.json`, group `sorted_set`.

use super::{aggregate, pop, range, remove_range, scan};
use crate::command::sorted_set;
use crate::server::dispatch::Handler;
use crate::server::dispatch::spec::*;

/// A command of this group.
const fn row(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    Command::new(name, arity, flags, handler).categories(&["sortedset"])
}

/// A command of this group that only reads the sorted set at its first argument.
const fn reads(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    row(name, arity, READONLY | flags, handler).keys(1, 1, 1, &["RO", "access"])
}

/// A command of this group that takes members away from the sorted set at its first argument.
const fn removes(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    row(name, arity, WRITE | flags, handler).keys(1, 1, 1, &["RW", "delete"])
}

/// A command of this group that reads as many sets as its first argument says.
const fn combines(name: &'static str, handler: Handler) -> Command {
    row(name, -3, READONLY, handler).numbered_keys(1, &["RO", "access"])
}

/// A command of this group that stores at its first argument what it makes of as many sets as its second argument says.
const fn stores(name: &'static str, handler: Handler) -> Command {
    let store = row(name, -4, WRITE | DENYOOM, handler).keys(1, 1, 1, &["OW", "update"]);
    store.numbered_keys(2, &["RO", "access"])
}

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("zadd", -4, WRITE | DENYOOM | FAST, sorted_set::zadd).keys(1, 1, 1, &["RW", "update"]),
    row("zincrby", 4, WRITE | DENYOOM | FAST, sorted_set::zincrby).keys(1, 1, 1, &["RW", "access", "update"]),
    row("zcard", 2, READONLY | FAST, sorted_set::zcard).keys(1, 1, 1, &["RO"]),
    reads("zscore", 3, FAST, sorted_set::zscore),
    reads("zmscore", -3, FAST, sorted_set::zmscore),
    reads("zrank", -3, FAST, sorted_set::zrank),
    reads("zrevrank", -3, FAST, sorted_set::zrevrank),
    reads("zcount", 4, FAST, range::zcount),
    reads("zlexcount", 4, FAST, range::zlexcount),
    reads("zrange", -4, 0, range::zrange),
    reads("zrevrange", -4, 0, range::zrevrange),
    reads("zrangebyscore", -4, 0, range::zrangebyscore),
    reads("zrevrangebyscore", -4, 0, range::zrevrangebyscore),
    reads("zrangebylex", -4, 0, range::zrangebylex),
    reads("zrevrangebylex", -4, 0, range::zrevrangebylex),
    row("zrangestore", -5, WRITE | DENYOOM, range::zrangestore).keys(1, 1, 1, &["OW", "update"]).keys(2, 2, 1, &["RO", "access"]),
    removes("zrem", -3, FAST, sorted_set::zrem),
    removes("zremrangebyrank", 4, 0, remove_range::zremrangebyrank),
    removes("zremrangebyscore", 4, 0, remove_range::zremrangebyscore),
    removes("zremrangebylex", 4, 0, remove_range::zremrangebylex),
    combines("zunion", aggregate::zunion),
    combines("zinter", aggregate::zinter),
    combines("zdiff", aggregate::zdiff),
    combines("zintercard", aggregate::zintercard),
    stores("zunionstore", aggregate::zunionstore),
    stores("zinterstore", aggregate::zinterstore),
    stores("zdiffstore", aggregate::zdiffstore),
    row("zpopmin", -2, WRITE | FAST, pop::zpopmin).keys(1, 1, 1, &["RW", "access", "delete"]),
    row("zpopmax", -2, WRITE | FAST, pop::zpopmax).keys(1, 1, 1, &["RW", "access", "delete"]),
    row("zmpop", -4, WRITE, pop::zmpop).numbered_keys(1, &["RW", "access", "delete"]),
    row("bzpopmin", -3, WRITE | FAST | BLOCKING, pop::bzpopmin).keys(1, -2, 1, &["RW", "access", "delete"]),
    row("bzpopmax", -3, WRITE | FAST | BLOCKING, pop::bzpopmax).keys(1, -2, 1, &["RW", "access", "delete"]),
    row("bzmpop", -5, WRITE | BLOCKING, pop::bzmpop).numbered_keys(2, &["RW", "access", "delete"]),
    reads("zrandmember", -2, 0, scan::zrandmember).tips(&["nondeterministic_output"]),
    reads("zscan", -3, 0, scan::zscan).tips(&["nondeterministic_output"]),
];
