//! A server that has only a few commands gets a short report, in which what it lacks is told from what it does wrong.

use super::toy_server::{politely, toy};
use super::{check_server, cutaway};
use crate::check::broken_server::{proxy, replace};
use serde_json::Value;

/// The names behind `DIFFERS`.
fn differ(out: &str) -> Vec<&str> {
    out.lines().filter_map(|line| line.strip_prefix("DIFFERS  ")?.split(' ').next()).collect()
}

/// What even a correct server of three commands does otherwise than Redis.
const REAL: [&str; 6] = [
    "inline-commands",
    "protocol-errors",
    "protocol-errors-long",
    "arity",
    "unknown-commands",
    "subscribed-mode",
];

#[test]
fn a_correct_server_of_three_commands_gets_a_short_report() {
    let run = check_server(toy(politely, |count| count), &[]);
    assert_eq!((run.status, run.err.as_str()), (1, ""), "{}", run.out);
    assert_eq!(differ(&run.out), REAL, "{}", run.out);
    assert!(run.out.lines().count() <= 70, "{}", run.out);
    // Lines agree, then comes a command that it lacks.
    assert!(run.out.contains("signalr-channels 22/26"), "{}", run.out);
    assert!(
        run.out.contains("commands that it answers as unknown (and how many scenarios need each): HELLO ")
    );
    assert!(run.out.contains("  settings, for it has no CONFIG: notify-keyspace-events "), "{}", run.out);
    let last = run.out.lines().last().unwrap();
    assert!(last.starts_with("0 agree, 6 differ, ") && last.contains(" lack, "), "{last}");
}

#[test]
fn a_fault_is_told_from_what_is_missing() {
    let wrong = check_server(toy(politely, |_| 0), &[]);
    let differ = differ(&wrong.out);
    assert!(differ.contains(&"message-to-the-leaving") && differ.len() > REAL.len() + 3, "{}", wrong.out);
    assert!(
        wrong.out.contains("  expected:  P :1\n  received:  P :0\n  note:      PUBLISH tells how many"),
        "{}",
        wrong.out
    );
}

#[test]
fn lacking_is_no_difference_unless_everything_is_asked_for() {
    let only = ["--only", "signalr-channels", "--only", "stream-append"];
    let server = toy(politely, |count| count);
    let run = check_server(server, &only);
    assert_eq!(run.status, 0, "{}", run.out);
    assert_eq!(run.out.lines().last(), Some("0 agree, 0 differ, 2 lack, 0 skipped"));
    assert_eq!(check_server(server, &[&only[..], &["--complete"]].concat()).status, 1);
    // No line agrees, so nothing was checked.
    assert_eq!(check_server(server, &["--only", "stream-append"]).status, 2);
}

#[test]
fn a_command_may_be_unknown_in_other_words_or_without_any() {
    let only = ["--only", "signalr-channels", "--patience", "1"];
    for refuses in [|_: &str| Some("-What?\r\n".into()), |_: &str| None] {
        let run = check_server(toy(refuses, |count| count), &only);
        assert_eq!(run.status, 0, "{}", run.out);
        assert!(run.out.contains("scenarios need each): UNSUBSCRIBE 1\n"), "{}", run.out);
    }
}

#[test]
fn a_command_that_is_known_elsewhere_is_not_missing() {
    let server = cutaway();
    // It is not known whether a command is known until all is played.
    let wrong =
        proxy(server.address, |bytes| replace(bytes, b":7\r\n", b"-ERR unknown command 'PUBLISH'\r\n"));
    let run = check_server(wrong, &["--only", "channel-and-pattern", "--only", "weather"]);
    assert_eq!(differ(&run.out), ["channel-and-pattern"], "{}", run.out);
    assert!(run.out.contains("and answers the same command elsewhere"), "{}", run.out);
}

#[test]
fn programmes_are_told_what_is_missing() {
    let path = |name: &str| format!("{}/folded-{name}", env!("CARGO_TARGET_TMPDIR"));
    let junit = path("check.xml");
    let args = ["--only", "signalr-channels", "--only", "auth-no", "--json", "-", "--junit", &junit];
    let run = check_server(toy(politely, |count| count), &args);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&report["agree"], &report["differ"], &report["lack"]), (&0.into(), &0.into(), &2.into()));
    let scenarios = report["scenarios"].as_array().unwrap();
    let lacks: Vec<_> = scenarios.iter().map(|one| [&one["name"], &one["outcome"], &one["lacks"]]).collect();
    assert_eq!(lacks, [["auth-no-password", "lacks", "AUTH"], ["signalr-channels", "lacks", "UNSUBSCRIBE"]]);
    assert_eq!(scenarios[1]["difference"]["lines_alike"], 22);
    assert_eq!(scenarios[0]["page"], "docs/service.md");

    let text = std::fs::read_to_string(junit).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let suite = document.root_element();
    assert_eq!(["failures", "skipped"].map(|name| suite.attribute(name)), [Some("0"), Some("2")]);
    assert!(text.contains("<skipped message=\"the server lacks UNSUBSCRIBE\"/>"), "{text}");
}
