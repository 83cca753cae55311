//! A check that a signal ends leaves nothing behind; what a killed one has left, the next one puts back.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::broken_server::{proxy, replace};
use super::{command, cutaway, state};
use crate::reference_server::{Kind, ReferenceServer, find};
use cutaway::tools::scenario::Socket;
use cutaway::tools::scenario::frame::Frame;

/// Everything that a scenario may leave: a password, settings, keys in two databases, a function, a script, a pause.
const EVERYTHING: &str = r##"# Everything that may be left.
! set requirepass secret
! set notify-keyspace-events KEA
A: AUTH secret
A: SET k v
A: SELECT 3
A: RPUSH list a b
A: CONFIG SET hash-max-listpack-entries 7
A: FUNCTION LOAD "#!lua name=mine\nredis.register_function('mine', function() return 1 end)"
A: SCRIPT LOAD "return 1"
S: AUTH secret
S: SUBSCRIBE x
S: PSUBSCRIBE y*
A: CLIENT PAUSE 100000 WRITE
A: ECHO stop-here
A: PING
"##;

/// A check of EVERYTHING, in the middle of it.
struct Playing {
    /// The server, behind a proxy that tells when the scenario is where it should be.
    address: SocketAddr,
    child: Child,
    /// Where its journal is.
    state: TempDir,
}

impl Playing {
    /// Starts it and waits until it is there. With `silent` the server says nothing from then on.
    fn start(server: &ReferenceServer, silent: bool) -> Playing {
        Playing::behind(proxy_that_tells(server.address, silent, false))
    }

    /// The same with a server that does not say when it was started.
    fn start_without_run_id(server: &ReferenceServer) -> Playing {
        Playing::behind(proxy_that_tells(server.address, false, true))
    }

    fn behind((address, there): (SocketAddr, Receiver<()>)) -> Playing {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("everything.scenario");
        fs::write(&file, EVERYTHING).unwrap();
        // Often, so that it still plays when the signal comes.
        let mut args = vec![address.to_string(), "--patience".into(), "60".into()];
        args.extend(std::iter::repeat_n(file.to_str().unwrap().to_string(), 200));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut command = command(&args);
        command.env("XDG_STATE_HOME", state.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        there.recv().unwrap();
        Playing { address, child, state }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn end(self) -> (Output, TempDir) {
        (self.child.wait_with_output().unwrap(), self.state)
    }
}

/// A proxy that tells when the scenario has come to its last lines.
fn proxy_that_tells(server: SocketAddr, silent: bool, without_run_id: bool) -> (SocketAddr, Receiver<()>) {
    let (tell, there) = channel();
    let stopped = AtomicBool::new(false);
    let address = proxy(server, move |bytes| {
        if bytes.windows(9).any(|window| window == b"stop-here") {
            stopped.store(silent, Ordering::SeqCst);
            let _ = tell.send(());
        }
        if stopped.load(Ordering::SeqCst) {
            loop {
                thread::park();
            }
        }
        if without_run_id { replace(bytes, b"run_id:", b"run-id:") } else { bytes }
    });
    (address, there)
}

fn journals(state: &Path) -> Vec<PathBuf> {
    fs::read_dir(state.join("cutaway")).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What only a client that writes can notice: whether writers are held.
fn writes(server: SocketAddr) {
    let mut socket = Socket::new(server, None).unwrap();
    assert_eq!(socket.ask(&[b"PUBLISH", b"x", b"1"]).unwrap().print(""), ":0");
    socket.close().unwrap();
}

fn a_signal_leaves_nothing(server: &ReferenceServer) {
    let before = state(server.address);
    for (signal, status, name) in [(Signal::INT, 130, "SIGINT"), (Signal::TERM, 143, "SIGTERM")] {
        let playing = Playing::start(server, false);
        playing.signal(signal);
        let (output, directory) = playing.end();
        let said = text(&output);
        assert_eq!(output.status.code(), Some(status), "{said}");
        let end = format!("Interrupted by {name} in the scenario everything; the server is as it was.\n");
        assert!(said.ends_with(&end) && said.contains(" agree, 0 differ, 0 lack, 0 skipped\n"), "{said}");
        assert_eq!(state(server.address), before, "{said}");
        writes(server.address);
        assert_eq!(journals(directory.path()), Vec::<PathBuf>::new(), "{said}");
    }
}

#[test]
fn a_signal_leaves_nothing_on_cutaway() {
    a_signal_leaves_nothing(&cutaway());
}

#[test]
fn a_signal_leaves_nothing_on_redis() {
    let Some(program) = find(Kind::Redis) else { return };
    a_signal_leaves_nothing(&ReferenceServer::start(&program, &[]));
}

fn the_next_check_puts_back(server: &ReferenceServer) {
    let before = state(server.address);
    let mut playing = Playing::start(server, false);
    playing.child.kill().unwrap();
    let address = playing.address.to_string();
    let (_, directory) = playing.end();
    let journal = journals(directory.path());
    assert_eq!(journal.len(), 1);

    // Another machine has no journal.
    let elsewhere = command(&[&address, "--only", "weather"]).output().unwrap();
    assert_eq!(elsewhere.status.code(), Some(2));
    assert!(
        text(&elsewhere).contains("a check that was killed has left its own, `secret`"),
        "{}",
        text(&elsewhere)
    );

    let mut next = command(&[&address, "--only", "weather"]);
    let output = next.env("XDG_STATE_HOME", directory.path()).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let head = "A check of this server was killed in the scenario everything and has left (";
    assert!(said.starts_with(head), "{said}");
    assert!(said.contains(".journal):\n  the password `secret`\n  the settings "), "{said}");
    assert!(said.contains("hash-max-listpack-entries \"7\" (was \"512\")"), "{said}");
    assert!(said.contains("\n  the keys \"k\", \"list\"\nIt is put back as it was.\n"), "{said}");
    assert!(said.ends_with("1 agree, 0 differ, 0 lack, 0 skipped\n"), "{said}");
    assert_eq!(state(server.address), before, "{said}");
    writes(server.address);
    assert_eq!(journals(directory.path()), Vec::<PathBuf>::new());
}

#[test]
fn the_next_check_puts_back_what_a_killed_one_has_left_on_cutaway() {
    the_next_check_puts_back(&cutaway());
}

#[test]
fn the_next_check_puts_back_what_a_killed_one_has_left_on_redis() {
    let Some(program) = find(Kind::Redis) else { return };
    the_next_check_puts_back(&ReferenceServer::start(&program, &[]));
}

#[test]
fn a_server_that_may_have_started_again_is_left_as_it_is() {
    let server = cutaway();
    let mut playing = Playing::start_without_run_id(&server);
    playing.child.kill().unwrap();
    let address = playing.address.to_string();
    let (_, directory) = playing.end();
    let mut next = command(&[&address, "--only", "weather"]);
    let output = next.env("XDG_STATE_HOME", directory.path()).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("was killed in the scenario everything") && said.contains("so nothing is put back.\n"),
        "{said}"
    );
    let mut socket = Socket::new(server.address, Some("secret")).unwrap();
    assert_eq!(socket.ask(&[b"GET", b"k"]).unwrap(), Frame::bulk("v"));
    socket.close().unwrap();
}

#[test]
fn keys_beside_those_of_a_killed_check_are_left_alone() {
    let server = cutaway();
    let mut playing = Playing::start(&server, false);
    playing.child.kill().unwrap();
    let address = playing.address.to_string();
    let (_, directory) = playing.end();
    let mut socket = Socket::new(server.address, Some("secret")).unwrap();
    for request in [&[&b"CLIENT"[..], b"UNPAUSE"][..], &[b"SET", b"mine", b"1"]] {
        assert_eq!(socket.ask(request).unwrap().print(""), "+OK");
    }
    socket.close().unwrap();

    let mut next = command(&[&address, "--only", "weather"]);
    let output = next.env("XDG_STATE_HOME", directory.path()).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("  keys; others are there too, so none is removed\n"), "{said}");
    assert!(said.contains("the server holds keys"), "{said}");
    let mut socket = Socket::new(server.address, None).unwrap();
    assert_eq!(socket.ask(&[b"GET", b"mine"]).unwrap(), Frame::bulk("1"));
    socket.close().unwrap();
}

#[test]
fn two_checks_do_not_play_to_one_server() {
    let server = cutaway();
    let playing = Playing::start(&server, false);
    let mut other = command(&[&playing.address.to_string(), "--only", "weather"]);
    let output = other.env("XDG_STATE_HOME", playing.state.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let expected = format!("cutaway check: another `cutaway check` is playing to {}\n", playing.address);
    assert_eq!(text(&output), expected);
    playing.signal(Signal::TERM);
    playing.end();
}

#[test]
fn a_second_signal_ends_a_check_at_once() {
    let server = cutaway();
    let playing = Playing::start(&server, true);
    playing.signal(Signal::INT);
    // The server is silent, so tidying up takes as long as the patience lasts. (Two of the same signal may become one.)
    playing.signal(Signal::TERM);
    let (output, directory) = playing.end();
    assert!(matches!(output.status.code(), Some(130 | 143)), "{output:?}");
    assert!(!text(&output).contains("Interrupted"), "{}", text(&output));
    assert_eq!(journals(directory.path()).len(), 1);
}
