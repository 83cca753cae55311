//! Fourteen servers with one fault each: the lab fails the stage that the fault belongs to, and its report names the fault's kind.
//!
//! Faults of part one are a few words of `docs/lab/tiny/tiny.rs`, written otherwise. Those of later parts are made of cutaway, by a
//! proxy in front of it that changes what it says, or by starting it the wrong way.

use std::fs;
use std::path::Path;
use std::thread;

use super::{CUTAWAY, compile, lab, root};
use crate::check::broken_server::{Corrupt, proxy, replace};
use crate::check::patterns_first;
use crate::reference_server::ReferenceServer;
use serde_json::Value;

/// What the lab must find.
struct Expected {
    fault: &'static str,
    stage: &'static str,
    scenario: &'static str,
    /// How the hint begins; nothing if the program has ended.
    hint: &'static str,
}

/// Grades a server, and holds what is found first against what must be.
fn finds(arguments: &[&str], expected: &Expected) {
    let run = lab(&[&["--json", "-"], arguments].concat());
    assert_eq!(run.status, 1, "{}: {}", expected.fault, run.err);
    let json: Value = serde_json::from_str(&run.out).unwrap();
    let failed = json["stages"].as_array().unwrap().last().unwrap();
    let found = (failed["name"].as_str().unwrap(), failed["scenario"].as_str().unwrap());
    assert_eq!(found, (expected.stage, expected.scenario), "{}:\n{}", expected.fault, run.err);
    let hint = failed["difference"]["hint"].as_str().unwrap_or_default();
    assert!(hint.starts_with(expected.hint), "{}:\n{}", expected.fault, run.err);
    // Ten lines, of which the last two say what to read and how to play it again.
    let report =
        run.err.lines().skip_while(|line| !line.contains("FAILS")).take_while(|line| !line.is_empty());
    assert!(report.count() <= 13, "{}", run.err);
}

/// A fault, and how it is made of the tiny server: the text that is there once, and what stands there then.
type Changed = (Expected, &'static str, &'static str);

const OF_THE_TINY_SERVER: [Changed; 10] = [
    (
        Expected {
            fault: "a status has no type",
            stage: "ping",
            scenario: "lab/ping",
            hint: "these bytes are not a RESP frame",
        },
        r#"format!("+{text}\r\n")"#,
        r#"format!("{text}\r\n")"#,
    ),
    (
        Expected {
            fault: "a client is served when the one before has left",
            stage: "clients",
            scenario: "lab/clients-two",
            hint: "each request gets its reply",
        },
        "spawn(move || read(id, reading, &events));\n    spawn(move || write(connection, &frames));",
        "spawn(move || write(connection, &frames));\n    read(id, reading, &events);",
    ),
    (
        Expected {
            fault: "each packet is taken for a request",
            stage: "requests",
            scenario: "lab/requests-pieces",
            hint: "the server closes the connection",
        },
        "client.querybuf.extend_from_slice(bytes);",
        "client.querybuf = bytes.to_vec();",
    ),
    (
        Expected {
            fault: "a confirmation counts the channels of its request",
            stage: "subscribe",
            scenario: "lab/subscribe",
            hint: "the number in a confirmation",
        },
        "integer(self.count(id))]",
        "integer(1)]",
    ),
    (
        Expected {
            fault: "PUBLISH counts channels, not clients",
            stage: "publish",
            scenario: "lab/publish",
            hint: "PUBLISH tells how many deliveries",
        },
        "integer(receivers.len())",
        "integer(receivers.len().min(1))",
    ),
    (
        Expected {
            fault: "UNSUBSCRIBE with nothing to leave says nothing",
            stage: "unsubscribe",
            scenario: "lab/unsubscribe-all",
            hint: "each name gets one confirmation",
        },
        "if channels.is_empty() {\n            self.confirm",
        "if false {\n            self.confirm",
    ),
    (
        Expected {
            fault: "a client that left is still subscribed",
            stage: "unsubscribe",
            scenario: "lab/unsubscribe-disconnect",
            hint: "PUBLISH tells how many deliveries",
        },
        "for channel in client.pubsub_channels.clone() {",
        "for channel in client.pubsub_channels.clone().into_iter().skip(1) {",
    ),
    (
        Expected {
            fault: "a client that is not in the list takes the last one out of it",
            stage: "unsubscribe",
            scenario: "lab/unsubscribe-not-mine",
            hint: "a client gets one message",
        },
        "if client.pubsub_channels.remove(channel)
            && let Some(subscribers) = self.pubsub_channels.get_mut(channel)
        {
            subscribers.retain(|&other| other != id);",
        "client.pubsub_channels.remove(channel);
        if let Some(subscribers) = self.pubsub_channels.get_mut(channel) {
            let at = subscribers.iter().position(|&other| other == id);
            subscribers.remove(at.unwrap_or(subscribers.len() - 1));",
    ),
    (
        Expected {
            fault: "an error of read is not the end of a client",
            stage: "unsubscribe",
            scenario: "lab/unsubscribe-reset",
            hint: "PUBLISH tells how many deliveries",
        },
        "while let Ok(length @ 1..) = connection.read(&mut bytes) {",
        "loop {
        let length = match connection.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => length,
            Err(_) => return,
        };",
    ),
    (
        Expected {
            fault: "PING knows no subscribed mode",
            stage: "subscribed-mode",
            scenario: "lab/subscribed-mode-ping",
            hint: "the first character is the type",
        },
        "_ if self.count(id) > 0 => array",
        "_ if false => array",
    ),
];

#[test]
fn a_fault_of_part_one_fails_its_stage() {
    let source = fs::read_to_string(root().join("docs/lab/tiny/tiny.rs")).unwrap();
    thread::scope(|scope| {
        for (expected, old, new) in &OF_THE_TINY_SERVER {
            let source = &source;
            scope.spawn(move || {
                assert_eq!(source.matches(old).count(), 1, "{}: {old}", expected.fault);
                let directory = tempfile::tempdir().unwrap();
                let file = directory.path().join("faulty.rs");
                fs::write(&file, source.replace(old, new)).unwrap();
                let program = directory.path().join("faulty");
                compile(&file, &program);
                finds(&["--", program.to_str().unwrap()], expected);
            });
        }
    });
}

/// Pushes as arrays, as if RESP3 had none.
fn no_pushes(bytes: Vec<u8>) -> Vec<u8> {
    replace(replace(bytes, b">3\r\n", b"*3\r\n"), b">4\r\n", b"*4\r\n")
}

/// EXEC's nil as that of a string.
fn one_nil(bytes: Vec<u8>) -> Vec<u8> {
    replace(bytes, b"*-1\r\n", b"$-1\r\n")
}

/// A key that is not there, as one without a deadline.
fn one_answer_of_ttl(bytes: Vec<u8>) -> Vec<u8> {
    replace(bytes, b":-2\r\n", b":-1\r\n")
}

#[test]
fn a_fault_of_a_later_part_fails_its_stage() {
    let cases: [(Corrupt, Expected); 4] = [
        (
            patterns_first,
            Expected {
                fault: "patterns come before the channel",
                stage: "psubscribe",
                scenario: "lab/psubscribe-both",
                hint: "these are the right frames in another order",
            },
        ),
        (
            no_pushes,
            Expected {
                fault: "messages are arrays under RESP3",
                stage: "hello",
                scenario: "lab/hello-pushes",
                hint: "the items are right, the type is not",
            },
        ),
        (
            one_answer_of_ttl,
            Expected {
                fault: "TTL says -1 of a key that is not there",
                stage: "keys",
                scenario: "lab/keys-deadlines",
                hint: "the type is right, the number is not",
            },
        ),
        (
            one_nil,
            Expected {
                fault: "there is one nil",
                stage: "transactions",
                scenario: "lab/transactions-watch",
                hint: "RESP2 has two nils",
            },
        ),
    ];
    thread::scope(|scope| {
        for (corrupt, expected) in &cases {
            scope.spawn(move || {
                let server = ReferenceServer::start(Path::new(CUTAWAY), &[]);
                let proxy = proxy(server.address, *corrupt).to_string();
                // Without the stage that moves a hundred megabytes: the proxy looks at each byte.
                finds(&["--stage", "1..13", "--stage", "15..24", &proxy], expected);
            });
        }
    });
}

#[test]
fn a_server_that_keeps_everything_for_a_slow_reader_fails_its_stage() {
    let none = ["pubsub", "0", "0", "0"].map(String::from).to_vec();
    let server =
        ReferenceServer::start(Path::new(CUTAWAY), &[("client-output-buffer-limit".to_string(), none)]);
    let expected = Expected {
        fault: "no limit for a slow reader",
        stage: "slow-reader",
        scenario: "lab/slow-reader-closed",
        hint: "PUBLISH tells how many deliveries",
    };
    finds(&["--stage", "14", &server.address.to_string()], &expected);
}

#[test]
fn a_server_that_forgets_when_it_is_killed_fails_the_last_stage() {
    let line = r#"exec "$0" --port "$PORT" --dir "$DIR" --save ''"#;
    let expected = Expected {
        fault: "no append-only file",
        stage: "append-only-file",
        scenario: "lab/append-only-file-keys",
        hint: "",
    };
    finds(&["--stage", "24", "--", "sh", "-c", line, CUTAWAY], &expected);
}
