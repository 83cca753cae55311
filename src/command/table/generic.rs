//! The rows of the command table: keys of any type.
//!
//! Redis: `src/commands/*.json`, group `generic`.

use super::O1;
use crate::command::keys;
use crate::command::spec::*;

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
    Command::new("type", 2, READONLY | FAST, keys::type_of).categories(KEYSPACE).keys(1, 1, 1, &["RO"])
        .docs("generic", "1.0.0", O1, "Tells the type of the value at a key."),
    Command::new("keys", 2, READONLY, keys::keys).categories(&["keyspace", "dangerous"]).tips(&["request_policy:all_shards", "nondeterministic_output_order"])
        .docs("generic", "1.0.0", "O(N) for N keys in the database", "Lists the keys that match a pattern."),
];
