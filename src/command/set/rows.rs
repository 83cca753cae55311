//! The rows of the command table: sets.
//!
//! Redis: `src/commands/*.json`, group `set`.

use super::{algebra, random, scan};
use crate::command::set;
use crate::server::dispatch::Handler;
use crate::server::dispatch::spec::*;

/// A command of this group.
const fn row(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    Command::new(name, arity, flags, handler).categories(&["set"])
}

/// A command that stores a set at its first key, made of those at the others.
const fn store(name: &'static str, handler: Handler) -> Command {
    let stored = row(name, -3, WRITE | DENYOOM, handler).keys(1, 1, 1, &["OW", "update"]);
    stored.keys(2, -1, 1, &["RO", "access"])
}

const UNORDERED: &[&str] = &["nondeterministic_output_order"];
const RANDOM: &[&str] = &["nondeterministic_output"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("sadd", -3, WRITE | DENYOOM | FAST, set::sadd).keys(1, 1, 1, &["RW", "insert"]),
    row("srem", -3, WRITE | FAST, set::srem).keys(1, 1, 1, &["RW", "delete"]),
    row("smove", 4, WRITE | FAST, set::smove).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"]),
    row("scard", 2, READONLY | FAST, set::scard).keys(1, 1, 1, &["RO"]),
    row("sismember", 3, READONLY | FAST, set::sismember).keys(1, 1, 1, &["RO"]),
    row("smismember", -3, READONLY | FAST, set::smismember).keys(1, 1, 1, &["RO", "access"]),
    row("smembers", 2, READONLY, set::smembers).keys(1, 1, 1, &["RO", "access"]).tips(UNORDERED),
    row("spop", -2, WRITE | FAST, random::spop).keys(1, 1, 1, &["RW", "access", "delete"]).tips(RANDOM),
    row("srandmember", -2, READONLY, random::srandmember).keys(1, 1, 1, &["RO", "access"]).tips(RANDOM),
    row("sinter", -2, READONLY, algebra::sinter).keys(1, -1, 1, &["RO", "access"]).tips(UNORDERED),
    row("sintercard", -3, READONLY, algebra::sintercard).numbered_keys(1, &["RO", "access"]),
    store("sinterstore", algebra::sinterstore),
    row("sunion", -2, READONLY, algebra::sunion).keys(1, -1, 1, &["RO", "access"]).tips(UNORDERED),
    store("sunionstore", algebra::sunionstore),
    row("sdiff", -2, READONLY, algebra::sdiff).keys(1, -1, 1, &["RO", "access"]).tips(UNORDERED),
    store("sdiffstore", algebra::sdiffstore),
    row("sscan", -3, READONLY, scan::sscan).keys(1, 1, 1, &["RO", "access"]).tips(RANDOM),
];
