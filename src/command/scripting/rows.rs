//! The rows of the command table: scripts.
//!
//! Redis: `src/commands/*.json`, group `scripting`.

use super::{eval, kept};
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
    Command::new("function|flush", -2, WRITE | NOSCRIPT, kept::function_flush).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Command::new("function|help", 2, SERVED, kept::function_help).categories(SCRIPTING),
];
