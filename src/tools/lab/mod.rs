//! `cutaway lab`: grades a Redis that a student writes, stage by stage.
//!
//! Redis has no counterpart.

pub mod options;
pub mod stages;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command; `args` begin with the word `lab`.
pub fn main(_: &[OsString]) -> ExitCode {
    ExitCode::FAILURE
}
