//! The rows of the command table: keys of any type.
//!
//! Redis: `src/commands/*.json`, group `generic`.

use super::{dump, expire, keys, object, rename, replicas, scan, sort};
use crate::command::get_keys;
use crate::server::dispatch::spec::*;
use crate::server::dispatch::table::SERVED;

const KEYSPACE: &[&str] = &["keyspace"];
const AGREES: &[&str] = &["request_policy:all_shards", "response_policy:agg_min"];
const SORTED: &[&str] = &["set", "sortedset", "list", "dangerous"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("del", -2, WRITE, keys::del).categories(KEYSPACE).keys(1, -1, 1, &["RM", "delete"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"]),
    Command::new("unlink", -2, WRITE | FAST, keys::del).categories(KEYSPACE).keys(1, -1, 1, &["RM", "delete"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"]),
    Command::new("exists", -2, READONLY | FAST, keys::exists).categories(KEYSPACE).keys(1, -1, 1, &["RO"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"]),
    Command::new("touch", -2, READONLY | FAST, keys::touch).categories(KEYSPACE).keys(1, -1, 1, &["RO"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"]),
    Command::new("type", 2, READONLY | FAST, keys::type_of).categories(KEYSPACE).keys(1, 1, 1, &["RO"]),
    Command::new("keys", 2, READONLY, keys::keys).categories(&["keyspace", "dangerous"]).tips(&["request_policy:all_shards", "nondeterministic_output_order"]),
    Command::new("scan", -2, READONLY, scan::scan).categories(KEYSPACE).tips(&["nondeterministic_output", "request_policy:special", "response_policy:special"]),
    Command::new("randomkey", 1, READONLY, keys::randomkey).categories(KEYSPACE).tips(&["request_policy:all_shards", "response_policy:special", "nondeterministic_output"]),
    Command::new("rename", 3, WRITE, rename::rename).categories(KEYSPACE).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["OW", "update"]),
    Command::new("renamenx", 3, WRITE | FAST, rename::renamenx).categories(KEYSPACE).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["OW", "insert"]),
    Command::new("copy", -3, WRITE | DENYOOM, rename::copy).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]).keys(2, 2, 1, &["OW", "update"]),
    Command::new("move", 3, WRITE | FAST, rename::move_to).categories(KEYSPACE).keys(1, 1, 1, &["RW", "access", "update"]),
    Command::new("expire", -3, WRITE | FAST, expire::expire).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"]),
    Command::new("pexpire", -3, WRITE | FAST, expire::pexpire).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"]),
    Command::new("expireat", -3, WRITE | FAST, expire::expireat).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"]),
    Command::new("pexpireat", -3, WRITE | FAST, expire::pexpireat).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"]),
    Command::new("ttl", 2, READONLY | FAST, expire::ttl).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]).tips(&["nondeterministic_output"]),
    Command::new("pttl", 2, READONLY | FAST, expire::pttl).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]).tips(&["nondeterministic_output"]),
    Command::new("expiretime", 2, READONLY | FAST, expire::expiretime).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]),
    Command::new("pexpiretime", 2, READONLY | FAST, expire::pexpiretime).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]),
    Command::new("persist", 2, WRITE | FAST, expire::persist).categories(KEYSPACE).keys(1, 1, 1, &["RW", "update"]),
    Command::new("sort", -2, WRITE | DENYOOM, sort::sort).categories(SORTED).keys(1, 1, 1, &["RO", "access"]).unknown_keys(&["RO", "access"]).unknown_keys(&["OW", "update"]).get_keys(get_keys::sort),
    Command::new("sort_ro", -2, READONLY, sort::sort_ro).categories(SORTED).keys(1, 1, 1, &["RO", "access"]).unknown_keys(&["RO", "access"]).get_keys(get_keys::sort_ro),
    Command::new("dump", 2, READONLY, dump::dump).categories(KEYSPACE).keys(1, 1, 1, &["RO", "access"]).tips(&["nondeterministic_output"]),
    Command::new("restore", -4, WRITE | DENYOOM, dump::restore).categories(&["keyspace", "dangerous"]).keys(1, 1, 1, &["OW", "update"]),
    Command::container("object", OBJECT_SUBCOMMANDS),
    Command::new("wait", 3, BLOCKING, replicas::wait).categories(&["connection"]).tips(AGREES),
    Command::new("waitaof", 4, BLOCKING, replicas::waitaof).categories(&["connection"]).tips(AGREES),
];

#[rustfmt::skip]
static OBJECT_SUBCOMMANDS: &[Command] = &[
    Command::new("object|encoding", 3, READONLY, object::encoding).categories(KEYSPACE).keys(2, 2, 1, &["RO"]).tips(&["nondeterministic_output"]),
    Command::new("object|freq", 3, READONLY, object::freq).categories(KEYSPACE).keys(2, 2, 1, &["RO"]).tips(&["nondeterministic_output"]),
    Command::new("object|idletime", 3, READONLY, object::idletime).categories(KEYSPACE).keys(2, 2, 1, &["RO"]).tips(&["nondeterministic_output"]),
    Command::new("object|refcount", 3, READONLY, object::refcount).categories(KEYSPACE).keys(2, 2, 1, &["RO"]).tips(&["nondeterministic_output"]),
    Command::new("object|help", 2, SERVED, object::help).categories(KEYSPACE),
];
