//! redis-cli's hints: the suite that Redis has for them, played by redis-cli 8 against this server.
//!
//! `tests/reference` fetches both from Debian: redis-cli, and the suite's file of lines `"typed text" "expected hint"`. Cases
//! about commands that are not built are left out and named; which they are is asked of the server, so that a command that
//! is built later must have its hints.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::reference_server::{Kind, find, skip};
use crate::running::{Running, cutaway};
use cutaway::tools::scenario::words;

/// The cases of Redis 8.0 about commands that this server has had since the suite was first played.
const BUILT_FROM_THE_START: usize = 35;

/// A file beside the reference Redis. None: the test is skipped, and says so.
fn beside_redis(file: &str) -> Option<PathBuf> {
    let redis = find(Kind::Redis)?;
    let path = redis.with_file_name(file);
    if !path.is_file() {
        skip(&format!("no {file} beside {} (`tests/reference` fetches it)", redis.display()));
        return None;
    }
    Some(path)
}

/// A running server that listens on a Unix socket only.
struct OnSocket {
    _running: Running,
    socket: PathBuf,
}

impl OnSocket {
    fn start() -> OnSocket {
        let socket = std::env::temp_dir().join(format!("cutaway-hints-{}", std::process::id()));
        let mut command = cutaway();
        command.args(["--port", "0", "--unixsocket"]).arg(&socket);
        let (running, _) = Running::try_start(&mut command).expect("a server that is ready");
        OnSocket { _running: running.with_log_ignored(), socket }
    }

    fn redis_cli(&self, program: &Path, arguments: &[&str]) -> Output {
        Command::new(program).arg("-s").arg(&self.socket).args(arguments).output().unwrap()
    }
}

impl Drop for OnSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.socket);
    }
}

/// The first two words of what a person has typed, in lower case.
fn command_of(typed: &str) -> (String, Option<String>) {
    let mut words = typed.split_whitespace().map(str::to_lowercase);
    (words.next().unwrap_or_default(), words.next())
}

#[test]
fn redis_cli_hints_as_it_does_for_redis() {
    let Some(redis_cli) = beside_redis("redis-cli") else { return };
    let Some(suite) = beside_redis("test_cli_hint_suite.txt") else { return };
    let server = OnSocket::start();
    // The last element of COMMAND INFO is the subcommands.
    let info = |name: &str| -> serde_json::Value {
        let output = server.redis_cli(&redis_cli, &["--json", "COMMAND", "INFO", name]);
        let infos: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        infos[0].clone()
    };
    let is_built = |(name, second): &(String, Option<String>)| {
        let info_of_name = info(name);
        let has_subcommands = info_of_name[9].as_array().is_some_and(|subcommands| !subcommands.is_empty());
        match second.as_ref().filter(|_| has_subcommands) {
            Some(second) => !info(&format!("{name}|{second}")).is_null(),
            None => !info_of_name.is_null(),
        }
    };
    let (mut played, mut left_out) = (Vec::new(), BTreeMap::<String, usize>::new());
    let mut built = BTreeMap::new();
    for line in fs::read_to_string(suite).unwrap().lines() {
        // redis-cli passes over a line that it cannot split, and so does this test.
        let Ok(case) = words::split(line) else { continue };
        let Some(typed) = case.first().filter(|_| !line.starts_with('#')) else { continue };
        let command = command_of(&String::from_utf8_lossy(typed));
        let answer = built.entry(command.clone()).or_insert_with(|| is_built(&command));
        match *answer {
            true => played.push(line.to_string()),
            false => *left_out.entry(command.0).or_default() += 1,
        }
    }
    assert!(played.len() >= BUILT_FROM_THE_START, "only {} cases: {played:?}", played.len());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hints.txt");
    fs::write(&file, played.join("\n") + "\n").unwrap();
    let output = server.redis_cli(&redis_cli, &["--test_hint_file", file.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, format!("SUCCESS: {0}/{0} passed\n", played.len()), "{wrong}");
    // Past libtest's capture, as `SKIPPED` is.
    let left_out: Vec<_> = left_out.iter().map(|(name, cases)| format!("{name} ({cases})")).collect();
    let passed = played.len();
    let _ = writeln!(
        io::stderr(),
        "redis-cli's hints: {passed} cases pass; of commands not built: {}",
        left_out.join(", ")
    );
}
