//! The rows of the command table: keys of any type.
//!
//! Redis: `src/commands/*.json`, group `generic`.

use super::{O1, SERVED};
use crate::command::spec::*;
use crate::command::{expire, keys, object, rename, scan};

const KEYSPACE: &[&str] = &["keyspace"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("del", -2, WRITE, keys::del).categories(KEYSPACE).keys(1, -1, 1, &["RM", "delete"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .docs("generic", "1.0.0", "O(N) for N keys", "Removes keys."),
    Command::new("unlink", -2, WRITE | FAST, keys::del).categories(KEYSPACE).keys(1, -1, 1, &["RM", "delete"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .docs("generic", "4.0.0", "O(N) for N keys", "Removes keys."),
    Command::new("exists", -2, READONLY | FAST, keys::exists).categories(KEYSPACE).keys(1, -1, 1, &["RO"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .docs("generic", "1.0.0", "O(N) for N keys", "Counts those of the keys that exist."),
    Command::new("touch", -2, READONLY | FAST, keys::touch).categories(KEYSPACE).keys(1, -1, 1, &["RO"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .docs("generic", "3.2.1", "O(N) for N keys", "Counts those of the keys that exist, as a use of them."),
    Command::new("type", 2, READONLY | FAST, keys::type_of).categories(KEYSPACE).keys(1, 1, 1, &["RO"])
        .docs("generic", "1.0.0", O1, "Tells the type of the value at a key."),
    Command::new("keys", 2, READONLY, keys::keys).categories(&["keyspace", "dangerous"]).tips(&["request_policy:all_shards", "nondeterministic_output_order"])
        .docs("generic", "1.0.0", "O(N) for N keys in the database", "Lists the keys that match a pattern."),
    Command::new("scan", -2, READONLY, scan::scan).categories(KEYSPACE).tips(&["nondeterministic_output", "request_policy:special", "response_policy:special"])
        .docs("generic", "2.8.0", "O(1) for each call, O(N) for N keys in the database", "Lists keys, some at a time."),
    Command::new("randomkey", 1, READONLY, keys::randomkey).categories(KEYSPACE).tips(&["request_policy:all_shards", "response_policy:special", "nondeterministic_output"])
        .docs("generic", "1.0.0", O1, "Returns any key."),
    Command::new("rename", 3, WRITE, rename::rename).categories(KEYSPACE).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["OW", "update"])
        .docs("generic", "1.0.0", O1, "Gives a key another name."),
    Command::new("renamenx", 3, WRITE | FAST, rename::renamenx).categories(KEYSPACE).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["OW", "insert"])
        .docs("generic", "1.0.0", O1, "Gives a key another name that no key has."),
    Command::new("copy", -3, WRITE | DENYOOM, rename::copy).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]).keys(2, 2, 1, &["OW", "update"])
        .docs("generic", "6.2.0", "O(N) for N bytes or elements of the value", "Copies the value at a key to another key."),
    Command::new("move", 3, WRITE | FAST, rename::move_to).categories(KEYSPACE).keys(1, 1, 1, &["RW", "access", "update"])
        .docs("generic", "1.0.0", O1, "Moves a key to another database."),
    Command::new("expire", -3, WRITE | FAST, expire::expire).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"])
        .docs("generic", "1.0.0", O1, "Has a key expire after some seconds."),
    Command::new("pexpire", -3, WRITE | FAST, expire::pexpire).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"])
        .docs("generic", "2.6.0", O1, "Has a key expire after some milliseconds."),
    Command::new("expireat", -3, WRITE | FAST, expire::expireat).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"])
        .docs("generic", "1.2.0", O1, "Has a key expire at a second since 1970."),
    Command::new("pexpireat", -3, WRITE | FAST, expire::pexpireat).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"])
        .docs("generic", "2.6.0", O1, "Has a key expire at a millisecond since 1970."),
    Command::new("ttl", 2, READONLY | FAST, expire::ttl).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]).tips(&["nondeterministic_output"])
        .docs("generic", "1.0.0", O1, "Tells how many seconds a key has left."),
    Command::new("pttl", 2, READONLY | FAST, expire::pttl).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]).tips(&["nondeterministic_output"])
        .docs("generic", "2.6.0", O1, "Tells how many milliseconds a key has left."),
    Command::new("expiretime", 2, READONLY | FAST, expire::expiretime).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"])
        .docs("generic", "7.0.0", O1, "Tells at which second since 1970 a key expires."),
    Command::new("pexpiretime", 2, READONLY | FAST, expire::pexpiretime).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"])
        .docs("generic", "7.0.0", O1, "Tells at which millisecond since 1970 a key expires."),
    Command::new("persist", 2, WRITE | FAST, expire::persist).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"])
        .docs("generic", "2.2.0", O1, "Has a key not expire any more."),
    Command::container("object", OBJECT_SUBCOMMANDS)
        .docs("generic", "2.2.3", "By subcommand", "Tells how values are kept."),
];

#[rustfmt::skip]
static OBJECT_SUBCOMMANDS: &[Command] = &[
    Command::new("object|encoding", 3, READONLY, object::encoding).categories(KEYSPACE).keys(2, 2, 1, &["RO"]).tips(&["nondeterministic_output"])
        .docs("generic", "2.2.3", O1, "Tells how the value of a key is kept."),
    Command::new("object|freq", 3, READONLY, object::freq).categories(KEYSPACE).keys(2, 2, 1, &["RO"]).tips(&["nondeterministic_output"])
        .docs("generic", "4.0.0", O1, "Tells how often a key is used: not counted here."),
    Command::new("object|idletime", 3, READONLY, object::idletime).categories(KEYSPACE).keys(2, 2, 1, &["RO"]).tips(&["nondeterministic_output"])
        .docs("generic", "2.2.3", O1, "Tells for how long a key was not used."),
    Command::new("object|refcount", 3, READONLY, object::refcount).categories(KEYSPACE).keys(2, 2, 1, &["RO"]).tips(&["nondeterministic_output"])
        .docs("generic", "2.2.3", O1, "Tells how many own the value of a key."),
    Command::new("object|help", 2, SERVED, object::help).categories(KEYSPACE)
        .docs("generic", "6.2.0", O1, "Explains the subcommands."),
];
