//! The rows of the command table: scripts.
//!
//! Redis: `src/commands/*.json`, group `scripting`.

use super::SERVED;
use crate::command::spec::*;
use crate::command::{script, scripts};

const SCRIPTING: &[&str] = &["scripting"];
const EVALUATES: Flags = NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS;
const READS: Flags = READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS;
const WRITES: &[&str] = &["RW", "access", "update"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("eval", -3, EVALUATES, script::eval).categories(SCRIPTING).numbered_keys(2, WRITES),
    Command::new("evalsha", -3, EVALUATES, script::evalsha).categories(SCRIPTING).numbered_keys(2, WRITES),
    Command::new("eval_ro", -3, READS, script::eval_ro).categories(SCRIPTING).numbered_keys(2, &["RO", "access"]),
    Command::new("evalsha_ro", -3, READS, script::evalsha_ro).categories(SCRIPTING).numbered_keys(2, &["RO", "access"]),
    Command::container("script", SCRIPT_SUBCOMMANDS),
    Command::container("function", FUNCTION_SUBCOMMANDS),
];

#[rustfmt::skip]
static SCRIPT_SUBCOMMANDS: &[Command] = &[
    Command::new("script|debug", 3, NOSCRIPT, scripts::debug).categories(SCRIPTING),
    Command::new("script|exists", -3, NOSCRIPT, scripts::exists).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:agg_logical_and"]),
    Command::new("script|kill", 2, NOSCRIPT | ALLOW_BUSY, scripts::kill).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:one_succeeded"]),
    Command::new("script|load", 3, NOSCRIPT | STALE, scripts::load).categories(SCRIPTING).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("script|flush", -2, NOSCRIPT, scripts::script_flush).categories(SCRIPTING).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("script|help", 2, SERVED, scripts::script_help).categories(SCRIPTING),
];

#[rustfmt::skip]
static FUNCTION_SUBCOMMANDS: &[Command] = &[
    Command::new("function|flush", -2, WRITE | NOSCRIPT, scripts::function_flush).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Command::new("function|help", 2, SERVED, scripts::function_help).categories(SCRIPTING),
];
