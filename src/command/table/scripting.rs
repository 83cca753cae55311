//! The rows of the command table: scripts.
//!
//! Redis: `src/commands/*.json`, group `scripting`.

use super::{O1, SERVED};
use crate::command::spec::*;
use crate::command::{script, scripts};

const SCRIPTING: &[&str] = &["scripting"];
const EVALUATES: Flags = NOSCRIPT | STALE | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS;
const READS: Flags = READONLY | NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS;
const WRITES: &[&str] = &["RW", "access", "update"];
const DEPENDS: &str = "By the script";

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("eval", -3, EVALUATES, script::eval).categories(SCRIPTING).numbered_keys(2, WRITES)
        .docs("scripting", "2.6.0", DEPENDS, "Runs a script."),
    Command::new("evalsha", -3, EVALUATES, script::evalsha).categories(SCRIPTING).numbered_keys(2, WRITES)
        .docs("scripting", "2.6.0", DEPENDS, "Runs a script that is kept, by the SHA-1 of its text."),
    Command::new("eval_ro", -3, READS, script::eval_ro).categories(SCRIPTING).numbered_keys(2, &["RO", "access"])
        .docs("scripting", "7.0.0", DEPENDS, "Runs a script that only reads."),
    Command::new("evalsha_ro", -3, READS, script::evalsha_ro).categories(SCRIPTING).numbered_keys(2, &["RO", "access"])
        .docs("scripting", "7.0.0", DEPENDS, "Runs a script that is kept and only reads."),
    Command::container("script", SCRIPT_SUBCOMMANDS)
        .docs("scripting", "2.6.0", "By subcommand", "Keeps scripts, and forgets them."),
    Command::container("function", FUNCTION_SUBCOMMANDS)
        .docs("scripting", "7.0.0", "By subcommand", "Forgets functions."),
];

#[rustfmt::skip]
static SCRIPT_SUBCOMMANDS: &[Command] = &[
    Command::new("script|debug", 3, NOSCRIPT, scripts::debug).categories(SCRIPTING)
        .docs("scripting", "3.2.0", O1, "Says that there is no debugger."),
    Command::new("script|exists", -3, NOSCRIPT, scripts::exists).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:agg_logical_and"])
        .docs("scripting", "2.6.0", "O(N) for N scripts asked for", "Tells which scripts are kept."),
    Command::new("script|kill", 2, NOSCRIPT | ALLOW_BUSY, scripts::kill).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:one_succeeded"])
        .docs("scripting", "2.6.0", O1, "Ends the script that runs."),
    Command::new("script|load", 3, NOSCRIPT | STALE, scripts::load).categories(SCRIPTING).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("scripting", "2.6.0", "O(N) for N bytes", "Keeps a script."),
    Command::new("script|flush", -2, NOSCRIPT, scripts::script_flush).categories(SCRIPTING).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("scripting", "2.6.0", O1, "Forgets all scripts."),
    Command::new("script|help", 2, SERVED, scripts::script_help).categories(SCRIPTING)
        .docs("scripting", "5.0.0", O1, "Explains the subcommands."),
];

#[rustfmt::skip]
static FUNCTION_SUBCOMMANDS: &[Command] = &[
    Command::new("function|flush", -2, WRITE | NOSCRIPT, scripts::function_flush).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .docs("scripting", "7.0.0", O1, "Forgets all functions."),
    Command::new("function|help", 2, SERVED, scripts::function_help).categories(SCRIPTING)
        .docs("scripting", "7.0.0", O1, "Explains the subcommands."),
];
