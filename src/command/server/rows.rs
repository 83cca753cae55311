//! The rows of the command table: the server itself.
//!
//! Redis: `src/commands/*.json`, group `server`.

use super::{
    about, config, debug, info, introspect, latency, latency_report, memory, monitor, save, slowlog,
};
use crate::command::generic::rename;
use crate::command::server;
use crate::server::dispatch::spec::*;
use crate::server::dispatch::table::{OPERATOR, SERVED};

const CONNECTION: &[&str] = &["connection"];
const KEYSPACE: &[&str] = &["keyspace"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("command", -1, SERVED, introspect::all).categories(CONNECTION).subcommands(COMMAND_SUBCOMMANDS).tips(&["nondeterministic_output_order"]),
    Command::container("config", CONFIG_SUBCOMMANDS),
    Command::new("info", -1, SERVED, info::info).categories(&["dangerous"]).tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    Command::container("latency", LATENCY_SUBCOMMANDS),
    Command::container("memory", MEMORY_SUBCOMMANDS),
    Command::container("module", MODULE_SUBCOMMANDS),
    Command::new("lolwut", -1, READONLY | FAST, about::lolwut),
    Command::new("monitor", 1, OPERATOR, monitor::monitor),
    Command::container("slowlog", SLOWLOG_SUBCOMMANDS),
    Command::new("time", 1, SERVED | FAST, server::time).tips(&["nondeterministic_output"]),
    Command::new("dbsize", 1, READONLY | FAST, server::dbsize).categories(KEYSPACE).tips(&["request_policy:all_shards", "response_policy:agg_sum"]),
    Command::new("flushall", -1, WRITE, server::flushall).categories(&["keyspace", "dangerous"]).tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Command::new("flushdb", -1, WRITE, server::flushdb).categories(&["keyspace", "dangerous"]).tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Command::new("swapdb", 3, WRITE | FAST, rename::swapdb).categories(&["keyspace", "dangerous"]),
    Command::new("save", 1, ADMIN | NOSCRIPT | NO_MULTI | NO_ASYNC_LOADING, save::save),
    Command::new("bgsave", -1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, save::bgsave),
    Command::new("bgrewriteaof", 1, ADMIN | NOSCRIPT | NO_ASYNC_LOADING, save::bgrewriteaof),
    Command::new("lastsave", 1, SERVED | FAST, save::lastsave).categories(&["admin", "dangerous"]).tips(&["nondeterministic_output"]),
    Command::new("shutdown", -1, OPERATOR | NO_MULTI | ALLOW_BUSY, server::shutdown),
    Command::new("replicaof", 3, ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING, server::replicaof),
    Command::new("slaveof", 3, ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING, server::replicaof),
    Command::new("role", 1, SERVED | NOSCRIPT | FAST, server::role).categories(&["admin", "dangerous"]),
    Command::new("debug", -2, OPERATOR | DEBUG, debug::debug),
];

#[rustfmt::skip]
static COMMAND_SUBCOMMANDS: &[Command] = &[
    Command::new("command|count", 2, SERVED, introspect::count).categories(CONNECTION),
    Command::new("command|info", -2, SERVED, introspect::info).categories(CONNECTION).tips(&["nondeterministic_output_order"]),
    Command::new("command|list", -2, SERVED, introspect::list).categories(CONNECTION).tips(&["nondeterministic_output_order"]),
    Command::new("command|docs", -2, SERVED, introspect::docs).categories(CONNECTION).tips(&["nondeterministic_output_order"]),
    Command::new("command|getkeys", -3, SERVED, introspect::getkeys).categories(CONNECTION),
    Command::new("command|getkeysandflags", -3, SERVED, introspect::getkeysandflags).categories(CONNECTION),
    Command::new("command|help", 2, SERVED, introspect::help).categories(CONNECTION),
];

#[rustfmt::skip]
static CONFIG_SUBCOMMANDS: &[Command] = &[
    Command::new("config|get", -3, OPERATOR, config::get),
    Command::new("config|set", -4, OPERATOR, config::set).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("config|rewrite", 2, OPERATOR, config::rewrite).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("config|resetstat", 2, OPERATOR, config::resetstat).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("config|help", 2, SERVED, config::help),
];

#[rustfmt::skip]
static LATENCY_SUBCOMMANDS: &[Command] = &[
    Command::new("latency|latest", 2, OPERATOR, latency::latest).tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    Command::new("latency|history", 3, OPERATOR, latency::history).tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    Command::new("latency|reset", -2, OPERATOR, latency::reset).tips(&["request_policy:all_nodes", "response_policy:agg_sum"]),
    Command::new("latency|histogram", -2, OPERATOR, latency::histogram).tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    Command::new("latency|graph", 3, OPERATOR, latency_report::graph).tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    Command::new("latency|doctor", 2, OPERATOR, latency_report::doctor).tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]),
    Command::new("latency|help", 2, SERVED, latency::help),
];

#[rustfmt::skip]
static MEMORY_SUBCOMMANDS: &[Command] = &[
    Command::new("memory|usage", -3, READONLY, memory::usage).keys(2, 2, 1, &["RO"]),
    Command::new("memory|stats", 2, 0, memory::stats).tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    Command::new("memory|doctor", 2, 0, memory::doctor).tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    Command::new("memory|malloc-stats", 2, 0, memory::malloc_stats).tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    Command::new("memory|purge", 2, 0, memory::purge).tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Command::new("memory|help", 2, SERVED, memory::help),
];

#[rustfmt::skip]
static MODULE_SUBCOMMANDS: &[Command] = &[
    Command::new("module|list", 2, ADMIN | NOSCRIPT, about::modules).tips(&["nondeterministic_output_order"]),
    Command::new("module|help", 2, SERVED, about::help),
];

#[rustfmt::skip]
static SLOWLOG_SUBCOMMANDS: &[Command] = &[
    Command::new("slowlog|get", -2, SERVED | ADMIN, slowlog::get).tips(&["request_policy:all_nodes", "nondeterministic_output"]),
    Command::new("slowlog|len", 2, SERVED | ADMIN, slowlog::len).tips(&["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"]),
    Command::new("slowlog|reset", 2, SERVED | ADMIN, slowlog::reset).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("slowlog|help", 2, SERVED, slowlog::help),
];
