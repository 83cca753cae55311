//! Says, at the end of `cargo test`, which real servers the tests were compared with, and which were not there.
//!
//! It has no harness, so what it prints is always shown, and its name puts it behind the other tests. In CI a server that
//! is missing is a failure.

#[allow(dead_code)] // It looks for servers and starts none.
#[path = "it/reference_server.rs"]
mod reference_server;

use reference_server::{Kind, in_ci, look_for};
use std::process::ExitCode;

fn main() -> ExitCode {
    // A run that lists the tests' names, or runs one test, gets no report.
    if std::env::args().len() > 1 {
        return ExitCode::SUCCESS;
    }
    let mut missing = false;
    println!();
    for kind in [Kind::Redis, Kind::Valkey] {
        match look_for(kind) {
            Ok(path) => println!("{}: compared with {}", kind.name(), path.display()),
            Err(reason) => {
                missing = true;
                println!("{}: NOT COMPARED, the tests that need it were skipped: {reason}", kind.name());
            }
        }
    }
    println!();
    if missing && in_ci() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
