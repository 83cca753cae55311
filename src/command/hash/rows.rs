//! The rows of the command table: hashes.
//!
//! Redis: `src/commands/*.json`, group `hash`.

use super::{expire, getex, scan, setex};
use crate::command::hash;
use crate::server::dispatch::Handler;
use crate::server::dispatch::spec::*;

const HASH: &[&str] = &["hash"];

/// A command of this group: its key is the first argument, and `uses` tells what for.
const fn row(
    name: &'static str,
    arity: i32,
    flags: Flags,
    handler: Handler,
    uses: &'static [&'static str],
) -> Command {
    Command::new(name, arity, flags, handler).categories(HASH).keys(1, 1, 1, uses)
}

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("hset", -4, WRITE | DENYOOM | FAST, hash::hset, &["RW", "update"]),
    row("hmset", -4, WRITE | DENYOOM | FAST, hash::hmset, &["RW", "update"]),
    row("hsetnx", 4, WRITE | DENYOOM | FAST, hash::hsetnx, &["RW", "insert"]),
    row("hget", 3, READONLY | FAST, hash::hget, &["RO", "access"]),
    row("hmget", -3, READONLY | FAST, hash::hmget, &["RO", "access"]),
    row("hgetall", 2, READONLY, hash::hgetall, &["RO", "access"]).tips(&["nondeterministic_output_order"]),
    row("hdel", -3, WRITE | FAST, hash::hdel, &["RW", "delete"]),
    row("hlen", 2, READONLY | FAST, hash::hlen, &["RO"]),
    row("hexists", 3, READONLY | FAST, hash::hexists, &["RO"]),
    row("hkeys", 2, READONLY, hash::hkeys, &["RO", "access"]).tips(&["nondeterministic_output_order"]),
    row("hvals", 2, READONLY, hash::hvals, &["RO", "access"]).tips(&["nondeterministic_output_order"]),
    row("hstrlen", 3, READONLY | FAST, hash::hstrlen, &["RO"]),
    row("hincrby", 4, WRITE | DENYOOM | FAST, hash::hincrby, &["RW", "access", "update"]),
    row("hincrbyfloat", 4, WRITE | DENYOOM | FAST, hash::hincrbyfloat, &["RW", "access", "update"]),
    row("hrandfield", -2, READONLY, scan::hrandfield, &["RO", "access"]).tips(&["nondeterministic_output"]),
    row("hexpire", -6, WRITE | FAST, expire::hexpire, &["RW", "update"]),
    row("hpexpire", -6, WRITE | FAST, expire::hpexpire, &["RW", "update"]),
    row("hexpireat", -6, WRITE | FAST, expire::hexpireat, &["RW", "update"]),
    row("hpexpireat", -6, WRITE | FAST, expire::hpexpireat, &["RW", "update"]),
    row("httl", -5, READONLY | FAST, expire::httl, &["RO", "access"]).tips(&["nondeterministic_output"]),
    row("hpttl", -5, READONLY | FAST, expire::hpttl, &["RO", "access"]).tips(&["nondeterministic_output"]),
    row("hexpiretime", -5, READONLY | FAST, expire::hexpiretime, &["RO", "access"]),
    row("hpexpiretime", -5, READONLY | FAST, expire::hpexpiretime, &["RO", "access"]),
    row("hpersist", -5, WRITE | FAST, expire::hpersist, &["RW", "update"]),
    row("hgetdel", -5, WRITE | FAST, getex::hgetdel, &["RW", "access", "delete"]),
    row("hgetex", -5, WRITE | FAST, getex::hgetex, &["RW", "access", "update"]),
    row("hsetex", -6, WRITE | DENYOOM | FAST, setex::hsetex, &["RW", "update"]),
    row("hscan", -3, READONLY, scan::hscan, &["RO", "access"]).tips(&["nondeterministic_output"]),
];
