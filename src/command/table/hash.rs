//! The rows of the command table: hashes.
//!
//! Redis: `src/commands/*.json`, group `hash`.

use super::O1;
use crate::command::Handler;
use crate::command::spec::*;
use crate::command::{hash, hash_scan};

const HASH: &[&str] = &["hash"];
const ON: &str = "O(N) for N fields";
const SIZE: &str = "O(N) for a hash of N fields";

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
    row("hset", -4, WRITE | DENYOOM | FAST, hash::hset, &["RW", "update"])
        .docs("hash", "2.0.0", ON, "Stores values of fields."),
    row("hmset", -4, WRITE | DENYOOM | FAST, hash::hmset, &["RW", "update"])
        .docs("hash", "2.0.0", ON, "Stores values of fields: HSET with another reply."),
    row("hsetnx", 4, WRITE | DENYOOM | FAST, hash::hsetnx, &["RW", "insert"])
        .docs("hash", "2.0.0", O1, "Stores the value of a field that is not there."),
    row("hget", 3, READONLY | FAST, hash::hget, &["RO", "access"])
        .docs("hash", "2.0.0", O1, "Returns the value of a field."),
    row("hmget", -3, READONLY | FAST, hash::hmget, &["RO", "access"])
        .docs("hash", "2.0.0", ON, "Returns the values of fields."),
    row("hgetall", 2, READONLY, hash::hgetall, &["RO", "access"]).tips(&["nondeterministic_output_order"])
        .docs("hash", "2.0.0", SIZE, "Returns all fields and values."),
    row("hdel", -3, WRITE | FAST, hash::hdel, &["RW", "delete"])
        .docs("hash", "2.0.0", ON, "Removes fields."),
    row("hlen", 2, READONLY | FAST, hash::hlen, &["RO"])
        .docs("hash", "2.0.0", O1, "Counts the fields."),
    row("hexists", 3, READONLY | FAST, hash::hexists, &["RO"])
        .docs("hash", "2.0.0", O1, "Tells whether there is a field."),
    row("hkeys", 2, READONLY, hash::hkeys, &["RO", "access"]).tips(&["nondeterministic_output_order"])
        .docs("hash", "2.0.0", SIZE, "Returns all fields."),
    row("hvals", 2, READONLY, hash::hvals, &["RO", "access"]).tips(&["nondeterministic_output_order"])
        .docs("hash", "2.0.0", SIZE, "Returns all values."),
    row("hstrlen", 3, READONLY | FAST, hash::hstrlen, &["RO"])
        .docs("hash", "3.2.0", O1, "Returns the length of a value."),
    row("hincrby", 4, WRITE | DENYOOM | FAST, hash::hincrby, &["RW", "access", "update"])
        .docs("hash", "2.0.0", O1, "Adds a whole number to a value."),
    row("hincrbyfloat", 4, WRITE | DENYOOM | FAST, hash::hincrbyfloat, &["RW", "access", "update"])
        .docs("hash", "2.6.0", O1, "Adds a number to a value."),
    row("hrandfield", -2, READONLY, hash_scan::hrandfield, &["RO", "access"]).tips(&["nondeterministic_output"])
        .docs("hash", "6.2.0", "O(N) for N fields returned", "Returns fields drawn at random."),
    row("hscan", -3, READONLY, hash_scan::hscan, &["RO", "access"]).tips(&["nondeterministic_output"])
        .docs("hash", "2.8.0", "O(1) for each call, O(N) for all of them", "Returns the fields and values, some at a time."),
];
