//! `cutaway check`, the executable: it finds nothing in Redis, Valkey and cutaway, the right line in servers that are wrong on
//! purpose, and says so in every format and by its exit status.

pub mod broken_server;
mod files;
mod folded;
mod interrupted;
mod stands_still;
mod toy_server;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::reference_server::{Kind, ReferenceServer, find};
use broken_server::{Corrupt, dies_after, listen, proxy, replace};
use cutaway::tools::scenario::Socket;
use cutaway::tools::scenario::frame::{Frame, split};
use serde_json::Value;

const CUTAWAY: &str = env!("CARGO_BIN_EXE_cutaway");

/// What one run of it said.
struct Run {
    status: i32,
    out: String,
    err: String,
}

/// The command; journals go where no other check looks for them.
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(CUTAWAY);
    command.arg("check").args(args).env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

fn check(args: &[&str]) -> Run {
    let output = command(args).output().unwrap();
    Run {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn check_server(server: SocketAddr, args: &[&str]) -> Run {
    check(&[&[server.to_string().as_str()], args].concat())
}

fn cutaway() -> ReferenceServer {
    ReferenceServer::start(Path::new(CUTAWAY), &[])
}

/// The whole of what a server tells of itself that a check might leave changed.
pub fn state(server: SocketAddr) -> [Frame; 6] {
    let mut socket = Socket::new(server, None).unwrap();
    let questions: [&[&[u8]]; 6] = [
        &[b"CONFIG", b"GET", b"*"],
        &[b"KEYS", b"*"],
        &[b"INFO", b"keyspace"],
        &[b"PUBSUB", b"CHANNELS"],
        &[b"PUBSUB", b"NUMPAT"],
        &[b"FUNCTION", b"LIST"],
    ];
    let answers = questions.map(|question| socket.ask(question).unwrap());
    // The socket's own connection is the only one.
    let clients = socket.ask(&[b"CLIENT", b"LIST"]).unwrap();
    let clients = String::from_utf8_lossy(clients.as_bulk().unwrap()).into_owned();
    assert_eq!(clients.lines().count(), 1, "{clients}");
    socket.close().unwrap();
    answers
}

fn finds_nothing_and_leaves_nothing(server: &ReferenceServer) {
    let before = state(server.address);
    let run = check_server(server.address, &[]);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{}", run.out);
    let (agree, rest) = run.out.lines().last().unwrap().split_once(" agree, ").unwrap();
    assert!(rest.starts_with("0 differ, 0 lack, ") && !run.out.contains("DIFFERS"), "{}", run.out);
    assert!(agree.parse::<usize>().unwrap() >= 120, "only {agree} agree:\n{}", run.out);
    assert!(run.out.lines().count() < 80, "{}", run.out);
    assert_eq!(state(server.address), before);
}

#[test]
fn it_finds_nothing_in_cutaway() {
    finds_nothing_and_leaves_nothing(&cutaway());
}

#[test]
fn it_finds_nothing_in_redis() {
    let Some(program) = find(Kind::Redis) else { return };
    finds_nothing_and_leaves_nothing(&ReferenceServer::start(&program, &[]));
}

#[test]
fn it_finds_nothing_in_valkey_but_what_is_known() {
    let Some(program) = find(Kind::Valkey) else { return };
    finds_nothing_and_leaves_nothing(&ReferenceServer::start(&program, &[]));
}

/// Channel messages after the messages of patterns, as if the server walked its structures the wrong way round.
pub fn patterns_first(bytes: Vec<u8>) -> Vec<u8> {
    let mut frames = split(&bytes);
    let is_pattern = |frame: &Frame| matches!(frame, Frame::Aggregate(_, items) if items.first() == Some(&Frame::bulk("pmessage")));
    if !frames.iter().any(is_pattern) {
        return bytes;
    }
    frames.sort_by_key(|frame| !is_pattern(frame));
    let mut sorted = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut sorted));
    sorted
}

#[test]
fn it_names_the_scenario_the_line_and_the_client_that_a_fault_shows_in() {
    type Case =
        (&'static str, Corrupt, &'static str, u64, &'static str, Option<&'static str>, Option<&'static str>);
    const TWICE: &[u8] =
        b"*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n";
    let cases: [Case; 6] = [
        (
            "a confirmation is missing",
            |bytes| replace(bytes, TWICE, &TWICE[..TWICE.len() / 2]),
            "duplicate-subscribes",
            2,
            "A",
            Some("*3 \"subscribe\" \"x\" :1"),
            None,
        ),
        (
            "PUBLISH counts wrongly",
            |bytes| if bytes == b":7\r\n" { b":3\r\n".to_vec() } else { bytes },
            "channel-and-pattern",
            7,
            "P",
            Some(":7"),
            Some(":3"),
        ),
        (
            "patterns come before the channel",
            patterns_first,
            "channel-and-pattern",
            7,
            "A",
            Some("*3 \"message\" \"news.sport\" \"3:1\""),
            Some("*4 \"pmessage\" \"news.*\" \"news.sport\" \"3:1\""),
        ),
        (
            "an array in the place of a push",
            |bytes| replace(bytes, b">3\r\n", b"*3\r\n"),
            "resp2-and-resp3",
            4,
            "Three",
            Some(">3 \"subscribe\" \"x\" :1"),
            Some("*3 \"subscribe\" \"x\" :1"),
        ),
        (
            "a wrong length",
            |bytes| replace(bytes, b"$5\r\nhello", b"$6\r\nhello"),
            "echo-and-ping",
            3,
            "A",
            Some("\"hello\""),
            Some("incomplete \"$6\\r\\nhello\\r\\n\""),
        ),
        (
            "something too much",
            |bytes| replace(bytes, b"$5\r\nhello\r\n", b"$5\r\nhello\r\n+OK\r\n"),
            "echo-and-ping",
            3,
            "A",
            None,
            Some("+OK"),
        ),
    ];
    let server = cutaway();
    for (fault, corrupt, scenario, line, client, expected, received) in cases {
        let run = check_server(proxy(server.address, corrupt), &["--only", scenario, "--json", "-"]);
        assert_eq!(run.status, 1, "{fault}: {}", run.err);
        let report: Value = serde_json::from_str(&run.out).unwrap();
        let found = &report["scenarios"][0];
        assert_eq!((&found["name"], &found["outcome"]), (&scenario.into(), &"differs".into()), "{fault}");
        let difference = &found["difference"];
        assert_eq!(difference["line"], line, "{fault}: {difference:#}");
        assert_eq!(difference["client"], client, "{fault}");
        assert_eq!(difference["expected"], expected.map_or(Value::Null, Value::from), "{fault}");
        assert_eq!(difference["received"], received.map_or(Value::Null, Value::from), "{fault}");
        assert!(difference["hint"].is_string(), "{fault}");
    }
    // Without a fault the proxy is no server of its own.
    let honest = check_server(proxy(server.address, |bytes| bytes), &["--only", "channel-and-pattern"]);
    assert_eq!(honest.status, 0, "{}", honest.out);
}

#[test]
fn a_fault_is_told_in_words() {
    let server = cutaway();
    let wrong = proxy(server.address, |bytes| if bytes == b":7\r\n" { b":3\r\n".to_vec() } else { bytes });
    let run = check_server(wrong, &["--only", "channel-and-pattern"]);
    let expected = format!(
        "{wrong} calls itself cutaway {}

DIFFERS  channel-and-pattern (docs/07-publish.md): A client whose channel and patterns match gets one message for each, the channel's first, and counts as often.
  before:    A: PSUBSCRIBE news.*
             B: PSUBSCRIBE *.sport
             B: SUBSCRIBE news.sport
             C: PSUBSCRIBE news.* *.sport n?ws.[rs]port
  line 7:    P: PUBLISH news.sport 3:1
  expected:  P :7
  received:  P :3
  note:      PUBLISH tells how many deliveries it made: one for each subscriber of the channel and one for each matching pattern of each client.

0 agree, 1 differ, 0 lack, 0 skipped
",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(run.out, expected);
}

#[test]
fn a_server_that_is_none_cannot_be_checked() {
    let silent = listen(|mut client| drop(client.read_to_end(&mut Vec::new())));
    let web = listen(|mut client| {
        let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = client.read_to_end(&mut Vec::new());
    });
    let endless = listen(|mut client| while client.write_all(&[b'x'; 4096]).is_ok() {});
    let closing = listen(drop);
    // A port nobody listens on: one that was just given up.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cases = [
        (silent.to_string(), "the server does not answer PING within 1s: nothing came"),
        (web.to_string(), "\"HTTP/1.1 400 Bad Request"),
        (endless.to_string(), "the server does not answer PING within 1s: \"xxx"),
        (closing.to_string(), "the barrier"),
        (nobody.to_string(), "cannot connect to"),
        ("nonsense".into(), "`nonsense` is no HOST:PORT"),
    ];
    for (server, message) in cases {
        let run = check(&[&server, "--patience", "1"]);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{server}: {}", run.err);
        assert!(run.err.starts_with("cutaway check: ") && run.err.contains(message), "{server}: {}", run.err);
    }
}

#[test]
fn a_server_that_dies_on_the_way_is_reported() {
    let run = check_server(dies_after(60), &["--patience", "1"]);
    assert_eq!(run.status, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("  the server is gone: "), "{}", run.out);
}

#[test]
fn bad_arguments_and_scenarios_that_cannot_be_played_are_no_success() {
    assert_eq!(check(&[]).status, 2);
    assert_eq!(check(&["127.0.0.1:1", "--only", "nosuch"]).status, 2);
    let server = cutaway();
    let run = check_server(server.address, &["--only", "timeout-changed"]);
    assert_eq!(run.status, 2);
    assert!(run.out.contains("0 agree, 0 differ, 0 lack, 1 skipped"), "{}", run.out);
}

#[test]
fn a_server_that_is_in_use_is_left_alone() {
    let server = cutaway();
    let mut other = Socket::new(server.address, None).unwrap();
    let run = check_server(server.address, &["--only", "weather"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("1 other client(s) are connected"), "{}", run.err);

    other.ask(&[b"SET", b"mine", b"1"]).unwrap();
    other.close().unwrap();
    let run = check_server(server.address, &["--only", "weather"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("the server holds keys"), "{}", run.err);
    let mut other = Socket::new(server.address, None).unwrap();
    assert_eq!(other.ask(&[b"GET", b"mine"]).unwrap(), Frame::bulk("1"));
    other.close().unwrap();

    let run = check_server(server.address, &["--only", "weather", "--flush"]);
    assert_eq!(run.status, 0, "{}", run.err);
}

#[test]
fn a_scenario_that_is_given_up_leaves_no_password_and_no_setting_behind() {
    let server = cutaway();
    let before = state(server.address);
    let wrong = proxy(server.address, |bytes| replace(bytes, b"-NOAUTH", b"-NOPASS"));
    // Of the scenarios of pauses not those of who waits: behind a proxy, a line without a reply may come after the next one.
    let run = check_server(wrong, &["--only", "auth", "--only", "client-pause", "--only", "config"]);
    assert_eq!((run.status, run.err.as_str()), (1, ""), "{}", run.out);
    let names = run.out.lines().filter_map(|line| line.strip_prefix("DIFFERS  ")?.split(' ').next());
    let differ: Vec<&str> = names.collect();
    assert_eq!(differ, ["auth", "auth-no-password"], "{}", run.out);
    assert!(run.out.contains("  line 11:   B: PING\n"), "{}", run.out);
    assert_eq!(state(server.address), before);
}

#[test]
fn the_reports_for_programmes_can_be_read_by_them() {
    let server = cutaway();
    let wrong = proxy(server.address, |bytes| replace(bytes, b"unknown command", b"<&\x01\xff>"));
    let path = |name: &str| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (json, junit) = (path("check.json"), path("check.xml"));
    let parts = ["--only", "unknown-commands", "--only", "weather", "--only", "timeout-changed"];
    let files = ["--json", json.to_str().unwrap(), "--junit", junit.to_str().unwrap()];
    let run = check_server(wrong, &[&parts[..], &files].concat());
    assert_eq!(run.status, 1, "{}", run.err);

    let report: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!((&report["agree"], &report["differ"], &report["skipped"]), (&1.into(), &1.into(), &1.into()));
    let outcomes: Vec<_> =
        report["scenarios"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["agrees", "differs", "skipped"]);

    let text = std::fs::read_to_string(junit).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let suite = document.root_element();
    assert_eq!(
        ["tests", "failures", "skipped"].map(|name| suite.attribute(name)),
        [Some("3"), Some("1"), Some("1")]
    );
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    assert!(failure.text().unwrap().contains("line 2:    A: NOSUCH\n"), "{text}");
    assert_eq!(failure.parent().unwrap().attribute("name"), Some("unknown-commands"));
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_played() {
    let server = cutaway();
    let run =
        check_server(server.address, &["--only", "weather", "--json", "/no/such/directory/report.json"]);
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    assert!(
        run.err.starts_with("cutaway check: cannot write /no/such/directory/report.json: "),
        "{}",
        run.err
    );
}
