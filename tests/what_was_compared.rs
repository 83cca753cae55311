//! Says, at the end of `cargo test`, which real servers the tests were compared with, and which were not there; and whether a
//! program of .NET was run. And it fails if a server has left files in the tree.
//!
//! It has no harness, so what it prints is always shown, and its name puts it behind the other tests. In CI a server that
//! is missing is a failure.

#[allow(dead_code)] // It looks for servers and starts none.
#[path = "it/reference_server.rs"]
mod reference_server;

use reference_server::{Kind, in_ci, look_for};
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    // A run that lists the tests' names, or runs one test, gets no report.
    if std::env::args().len() > 1 {
        return ExitCode::SUCCESS;
    }
    let mut missing = false;
    println!();
    for kind in [Kind::Redis, Kind::OldRedis, Kind::Valkey] {
        match look_for(kind) {
            Ok(path) => println!("{}: compared with {}", kind.name(), path.display()),
            Err(reason) => {
                missing = true;
                println!("{}: NOT COMPARED, the tests that need it were skipped: {reason}", kind.name());
            }
        }
    }
    println!("{}", dotnet());
    let left = left_behind();
    for path in &left {
        println!("LEFT BEHIND by a test: {path}; each server has to have a directory of its own");
    }
    println!();
    if !left.is_empty() || missing && in_ci() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What a server has saved in the tree, as `git` sees it; nothing without it.
fn left_behind() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--others", "--exclude=/target", "--exclude=node_modules"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let listed = listed.map(|output| output.stdout).unwrap_or_default();
    let is_saved =
        |path: &&str| path.ends_with(".rdb") || path.contains(".aof") || path.contains("appendonlydir/");
    String::from_utf8_lossy(&listed).lines().filter(is_saved).map(String::from).collect()
}

/// Whether `tests/it/dotnet.rs` found a .NET SDK.
fn dotnet() -> String {
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/dotnet/run");
    match Command::new(run).arg("--which").output() {
        Ok(output) if output.status.success() => {
            format!(".NET: a program was run with {}", String::from_utf8_lossy(&output.stdout).trim())
        }
        _ => ".NET: NOT RUN, its program was skipped: no SDK 10.0.300 or newer (set $DOTNET)".into(),
    }
}
