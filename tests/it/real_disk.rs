//! The program and a real disk: what is saved at its end and where, one server a directory, and a disk that is full.
//!
//! Of a disk that does worse, such as losing what was not synced, the simulated disk knows more. A full disk is, for a
//! process, a limit on how long a file may be (`ulimit -f`); `a_full_file_system…` fills a real one, and needs the right to
//! mount it: `.ci/long`.

use crate::running::{PATIENCE, Running, cutaway};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The program, working in a directory and listening on the Unix socket `s` there, started by a line of `sh`.
fn command(before: &str, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{before} exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_cutaway"));
    command.args(["--port", "0", "--unixsocket", "s"]).args(arguments).current_dir(directory);
    command
}

fn start(before: &str, directory: &TempDir, arguments: &[&str]) -> Running {
    let (running, _) =
        Running::try_start(&mut command(before, directory.path(), arguments)).expect("it starts");
    running
}

/// Sends inline requests and returns what comes back until the server closes or has answered QUIT.
fn ask(directory: &TempDir, requests: &str) -> String {
    let mut stream = UnixStream::connect(directory.path().join("s")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("{requests}\r\nQUIT\r\n").as_bytes()).unwrap();
    let mut replies = String::new();
    match stream.read_to_string(&mut replies) {
        // The server has ended without reading QUIT.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        other => drop(other.unwrap()),
    }
    replies
}

/// The rest of the log and the status, of a server that is ending.
fn end(mut server: Running) -> (String, Option<i32>) {
    let mut log = String::new();
    server.log.read_to_string(&mut log).unwrap();
    (log, server.process.wait().unwrap().code())
}

/// The names in a directory, in order.
fn names(directory: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_shutdown_saves_if_there_are_save_points_or_it_is_told_to() {
    for (save, request, is_saved) in [
        ("60 1", "SHUTDOWN", true),
        ("60 1", "SHUTDOWN NOSAVE", false),
        ("", "SHUTDOWN", false),
        ("", "SHUTDOWN SAVE NOW", true),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let server = start("", &directory, &["--save", save]);
        assert_eq!(ask(&directory, &format!("SET k v\r\n{request}")), "+OK\r\n");
        let (log, status) = end(server);
        assert_eq!(status, Some(0), "{log}");
        assert_eq!(names(&directory), if is_saved { vec!["dump.rdb"] } else { vec![] }, "{save} {request}");
        if is_saved {
            let mode = fs::metadata(directory.path().join("dump.rdb")).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o600);
        }
    }
}

#[test]
fn a_signal_asks_for_what_its_setting_says() {
    for (words, is_saved) in [("default", true), ("nosave", false), ("save force", true)] {
        let directory = tempfile::tempdir().unwrap();
        let server = start("", &directory, &["--save", "60 1", "--shutdown-on-sigterm", words]);
        assert_eq!(ask(&directory, "SET k v"), "+OK\r\n+OK\r\n");
        kill_process(Pid::from_child(&server.process), Signal::TERM).unwrap();
        let (log, status) = end(server);
        assert_eq!((status, names(&directory).len()), (Some(0), usize::from(is_saved)), "{words}: {log}");
    }
}

/// 2048 bytes at most, in each shell's blocks.
const FULL: &str = "ulimit -f 2;";

/// A value that no file has room for, whatever it is compressed to.
fn long_value() -> String {
    let mut state = 1;
    (0..4000).map(|_| char::from(b'a' + (cutaway::base::random::xorshift(&mut state) % 26) as u8)).collect()
}

#[test]
fn a_shutdown_that_cannot_save_is_an_error_and_the_server_goes_on_unless_forced() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(FULL, &directory, &["--save", "3600 1"]);
    assert_eq!(
        ask(&directory, &format!("SET k {}\r\nSHUTDOWN\r\nGET none\r\nSET l v", long_value())),
        "+OK\r\n-ERR Errors trying to SHUTDOWN. Check logs.\r\n$-1\r\n+OK\r\n+OK\r\n"
    );
    // The server waits for nobody to remove the temporary file.
    for _ in 0..1000 {
        if names(&directory) == ["s"] {
            break;
        }
        assert_eq!(ask(&directory, "PING"), "+PONG\r\n+OK\r\n");
    }
    assert_eq!(names(&directory), ["s"]);
    // So does a signal; after it, another one is a new request and no insistence.
    let mut server = server;
    for _ in 0..2 {
        kill_process(Pid::from_child(&server.process), Signal::INT).unwrap();
        crate::running::until(&mut server.log, "Errors trying to shut down the server").unwrap();
        // The turn in which the line was logged may answer the first, and ends before the second.
        for _ in 0..2 {
            assert_eq!(ask(&directory, "PING"), "+PONG\r\n+OK\r\n");
        }
    }
    assert_eq!(ask(&directory, "SHUTDOWN FORCE"), "");
    let (log, status) = end(server);
    assert_eq!(status, Some(0), "{log}");
    assert!(log.contains("Error trying to save the DB. Exit anyway."), "{log}");
}

#[test]
fn two_servers_do_not_save_in_one_directory() {
    let directory = tempfile::tempdir().unwrap();
    let first = start("", &directory, &["--save", "60 1"]);
    let second = |save| {
        let mut command = cutaway();
        command.args(["--port", "0", "--unixsocket", "t", "--save", save, "--dir"]).arg(directory.path());
        command
    };
    let refused = second("60 1").stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    let place = directory.path().canonicalize().unwrap();
    assert_eq!(
        (refused.status.code(), String::from_utf8(refused.stderr).unwrap()),
        (
            Some(1),
            format!(
                "cutaway: cannot save in {}: another server saves its files in this directory\n",
                place.display()
            )
        )
    );
    // A server that saves nothing may be there, but not begin to save.
    let (other, _) = Running::try_start(&mut second("")).expect("it starts");
    let ask_other = |request: &str| {
        let mut stream = UnixStream::connect(directory.path().join("t")).unwrap();
        stream.write_all(format!("{request}\r\nQUIT\r\n").as_bytes()).unwrap();
        let mut replies = String::new();
        stream.read_to_string(&mut replies).unwrap();
        replies
    };
    for (name, value) in [("save", "60 1"), ("appendonly", "yes")] {
        assert_eq!(
            ask_other(&format!("CONFIG SET {name} \"{value}\"\r\nCONFIG GET save")),
            format!(
                "-ERR CONFIG SET failed (possibly related to argument '{name}') - another server saves its files in this \
                 directory\r\n*2\r\n$4\r\nsave\r\n$0\r\n\r\n+OK\r\n"
            )
        );
    }
    // The kernel takes the claim away with the process.
    drop(first);
    assert_eq!(ask_other("CONFIG SET save \"60 1\""), "+OK\r\n+OK\r\n");
    drop(other);
}

#[test]
fn under_always_what_a_full_disk_does_not_take_is_not_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
    let server = start(FULL, &directory, &arguments).with_log_ignored();
    let mut acknowledged = 0;
    // Each client is closed when its write has not reached the disk.
    let last = loop {
        let replies = ask(&directory, &format!("RPUSH l {acknowledged}:{}", "x".repeat(100)));
        if replies != format!(":{}\r\n+OK\r\n", acknowledged + 1) {
            break replies;
        }
        acknowledged += 1;
    };
    assert_eq!(last, "");
    assert!(acknowledged > 3, "{acknowledged}");
    let denied = ask(&directory, "RPUSH l more\r\nGET none\r\nPUBLISH c m");
    assert_eq!(
        denied, "-MISCONF Errors writing to the AOF file: File too large\r\n$-1\r\n:0\r\n+OK\r\n",
        "reads and messages go on"
    );
    drop(server);
    let server = start("", &directory, &arguments).with_log_ignored();
    assert_eq!(ask(&directory, "LLEN l"), format!(":{acknowledged}\r\n+OK\r\n"));
    drop(server);
}

/// A file system of 256 KB in a namespace of its own, so that nothing is left of it.
#[test]
#[ignore = "needs the right to mount: .ci/long"]
fn a_full_file_system_is_a_full_disk() {
    for policy in ["always", "everysec"] {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
        let mount = "mkdir data && mount -t tmpfs -o size=256k none data && exec \"$0\" \"$@\"";
        command.arg(mount).arg(env!("CARGO_BIN_EXE_cutaway")).current_dir(directory.path());
        command.args(["--port", "0", "--unixsocket"]).arg(directory.path().join("s")).args(["--dir", "data"]);
        command.args(["--save", "", "--appendonly", "yes", "--appendfsync", policy]);
        let (server, _) = Running::try_start(&mut command).expect("it starts");
        let server = server.with_log_ignored();
        let value = "x".repeat(10_000);
        let mut count = 0;
        let denied = "-MISCONF Errors writing to the AOF file: No space left on device\r\n+OK\r\n";
        loop {
            let reply = ask(&directory, &format!("SET k{count} {value}"));
            count += 1;
            assert!(count < 1000, "the disk is full: {reply}");
            match reply.as_str() {
                "+OK\r\n+OK\r\n" => {}
                // Closed under `always`: nobody knows what became of it.
                "" if policy == "always" => {}
                reply => break assert_eq!(reply, denied),
            }
        }
        assert_eq!(ask(&directory, "GET none"), "$-1\r\n+OK\r\n");
        // With room again, and a rewrite, writes are accepted again.
        assert_eq!(
            ask(&directory, "CONFIG SET appendonly no\r\nFLUSHALL\r\nSET k v"),
            "+OK\r\n+OK\r\n+OK\r\n+OK\r\n"
        );
        drop(server);
    }
}
