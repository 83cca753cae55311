//! The rows of the command table: strings.
//!
//! Redis: `src/commands/*.json`, group `string`.

use super::O1;
use crate::command::spec::*;
use crate::command::string;

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("get", 2, READONLY | FAST, string::get).categories(&["string"]).keys(1, 1, 1, &["RO", "access"])
        .docs("string", "1.0.0", O1, "Returns the string at a key."),
    Command::new("set", -3, WRITE | DENYOOM, string::set).categories(&["string"]).keys(1, 1, 1, &["RW", "access", "update", "variable_flags"])
        .docs("string", "1.0.0", O1, "Stores a string at a key."),
];
