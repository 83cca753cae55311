//! A program of real .NET against the real binary: a hosted producer with its consumers, and a cache that a message clears.
//!
//! It is one of those in `tests/clients/dotnet/`, which `tests/clients/run` plays all. Without a .NET SDK it is skipped, which
//! `tests/what_was_compared.rs` says at the end.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::running::{Running, cutaway};

#[test]
fn a_hosted_producer_of_net_reaches_its_consumers() {
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/dotnet/run");
    if !Command::new(&run).arg("--which").output().unwrap().status.success() {
        return;
    }
    let server = Running::on_free_port(|port| {
        let mut command = cutaway();
        command.args(["--port", &port.to_string()]).stderr(Stdio::null());
        command
    })
    .with_log_ignored();
    let output =
        Command::new(&run).env("PROGRAMS", "hosted").env("PORT", server.port.to_string()).output().unwrap();
    let lines = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{lines}");
    // Two tests, in RESP2 and in RESP3.
    assert_eq!(lines.lines().filter(|line| line.starts_with("ok ")).count(), 4, "{lines}");
}
