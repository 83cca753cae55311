//! The rows of the command table: scripts.
//!
//! Redis: `src/commands/*.json`, group `scripting`.

use super::{O1, SERVED};
use crate::command::scripts;
use crate::command::spec::*;

const SCRIPTING: &[&str] = &["scripting"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::container("script", SCRIPT_SUBCOMMANDS)
        .docs("scripting", "2.6.0", "By subcommand", "Forgets scripts."),
    Command::container("function", FUNCTION_SUBCOMMANDS)
        .docs("scripting", "7.0.0", "By subcommand", "Forgets functions."),
];

#[rustfmt::skip]
static SCRIPT_SUBCOMMANDS: &[Command] = &[
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
