//! The rows of the command table: scripts and functions.
//!
//! Redis: `src/commands/*.json`, group `scripting`.

use super::{eval, functions, kept};
use crate::server::dispatch::spec::*;
use crate::server::dispatch::table::SERVED;

const SCRIPTING: &[&str] = &["scripting"];
const EVALUATES: Flags = NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS;
const READS: Flags = READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS;
const WRITES: &[&str] = &["RW", "access", "update"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("eval", -3, EVALUATES, eval::eval).categories(SCRIPTING).numbered_keys(2, WRITES),
    Command::new("evalsha", -3, EVALUATES, eval::evalsha).categories(SCRIPTING).numbered_keys(2, WRITES),
    Command::new("eval_ro", -3, READS, eval::eval_ro).categories(SCRIPTING).numbered_keys(2, &["RO", "access"]),
    Command::new("evalsha_ro", -3, READS, eval::evalsha_ro).categories(SCRIPTING).numbered_keys(2, &["RO", "access"]),
    Command::container("script", SCRIPT_SUBCOMMANDS),
    Command::container("function", FUNCTION_SUBCOMMANDS),
    Command::new("fcall", -3, EVALUATES, functions::fcall).categories(SCRIPTING).numbered_keys(2, WRITES),
    Command::new("fcall_ro", -3, READS, functions::fcall_ro).categories(SCRIPTING).numbered_keys(2, &["RO", "access"]),
];

#[rustfmt::skip]
static SCRIPT_SUBCOMMANDS: &[Command] = &[
    Command::new("script|debug", 3, NOSCRIPT, kept::debug).categories(SCRIPTING),
    Command::new("script|exists", -3, NOSCRIPT, kept::exists).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:agg_logical_and"]),
    Command::new("script|kill", 2, NOSCRIPT | ALLOW_BUSY, kept::kill).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:one_succeeded"]),
    Command::new("script|load", 3, NOSCRIPT | STALE, kept::load).categories(SCRIPTING).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("script|flush", -2, NOSCRIPT, kept::script_flush).categories(SCRIPTING).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("script|help", 2, SERVED, kept::script_help).categories(SCRIPTING),
];

#[rustfmt::skip]
static FUNCTION_SUBCOMMANDS: &[Command] = &[
    Command::new("function|delete", 3, WRITE | NOSCRIPT, functions::delete).categories(SCRIPTING).tips(ALL_SHARDS),
    Command::new("function|dump", 2, NOSCRIPT, functions::dump).categories(SCRIPTING),
    Command::new("function|flush", -2, WRITE | NOSCRIPT, functions::flush).categories(SCRIPTING).tips(ALL_SHARDS),
    Command::new("function|help", 2, SERVED, functions::help).categories(SCRIPTING),
    Command::new("function|kill", 2, NOSCRIPT | ALLOW_BUSY, functions::kill).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:one_succeeded"]),
    Command::new("function|list", -2, NOSCRIPT, functions::list).categories(SCRIPTING).tips(&["nondeterministic_output_order"]),
    Command::new("function|load", -3, WRITE | DENYOOM | NOSCRIPT, functions::load).categories(SCRIPTING).tips(ALL_SHARDS),
    Command::new("function|restore", -3, WRITE | DENYOOM | NOSCRIPT, functions::restore).categories(SCRIPTING).tips(ALL_SHARDS),
    Command::new("function|stats", 2, NOSCRIPT | ALLOW_BUSY, functions::stats).categories(SCRIPTING).tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
];

const ALL_SHARDS: &[&str] = &["request_policy:all_shards", "response_policy:all_succeeded"];
