//! The arguments of `cutaway lab`.
//!
//! Redis has no counterpart.

use clap::Command;

/// What its arguments are.
pub fn command() -> Command {
    Command::new("lab").bin_name("cutaway lab")
}
