//! Scenario files of one's own, instead of the carried ones.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{CUTAWAY, check, check_server, cutaway};
use crate::check::broken_server::{proxy, replace};

/// A file with this text, in a directory of its own.
fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

const GREETING: &str = "\
# A greeting.
A: SUBSCRIBE hall
# PUBLISH counts who hears it.
P: PUBLISH hall hello
";

#[test]
fn files_are_played_instead_of_the_carried_scenarios() {
    let directory = tempfile::tempdir().unwrap();
    let greeting = file(&directory, "my-greeting.scenario", GREETING);
    let other = file(&directory, "other", "# Another.\nA: PING\n");
    let files = [greeting.to_str().unwrap(), other.to_str().unwrap()];
    let server = cutaway();
    let run = check_server(server.address, &files);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(run.out.contains("your own  my-greeting, other\n"), "{}", run.out);
    assert_eq!(run.out.lines().last(), Some("2 agree, 0 differ, 0 lack, 0 skipped"));

    let run = check_server(server.address, &[files[0], files[1], "--only", "greet"]);
    assert_eq!(run.out.lines().last(), Some("1 agree, 0 differ, 0 lack, 0 skipped"));

    let wrong = proxy(server.address, |bytes| replace(bytes, b":1\r\n", b":2\r\n"));
    let run = check_server(wrong, &[files[0]]);
    assert_eq!(run.status, 1);
    assert!(
        run.out.contains("DIFFERS  my-greeting: A greeting.\n  line 2:    A: SUBSCRIBE hall\n"),
        "{}",
        run.out
    );
    let wrong = proxy(server.address, |bytes| if bytes == b":1\r\n" { b":2\r\n".into() } else { bytes });
    let run = check_server(wrong, &[files[0]]);
    assert!(run.out.contains("  Redis:     PUBLISH counts who hears it.\n"), "{}", run.out);
}

#[test]
fn a_list_of_files_needs_no_server() {
    let directory = tempfile::tempdir().unwrap();
    let greeting = file(&directory, "my-greeting.scenario", GREETING);
    let run = check(&["--list", greeting.to_str().unwrap()]);
    assert_eq!(
        (run.status, run.out.as_str()),
        (0, "Your own\n  my-greeting                    A greeting.\n")
    );
}

#[test]
fn what_is_wrong_with_a_file_is_said_as_walk_says_it_before_anything_is_played() {
    let directory = tempfile::tempdir().unwrap();
    let good = file(&directory, "good.scenario", GREETING);
    let cases = [
        ("no-title", "A: PING\n"),
        ("no-line", "# t\nnonsense\n"),
        ("late", "# t\nA: PING\n! set maxclients 3\n"),
        ("setting", "# t\n! set nonsense 1\nA: PING\n"),
        ("closed", "# t\nA: QUIT\nA: PING\n"),
        ("latin1", "# t\n\u{e9}: PING\n"),
    ];
    for (name, text) in cases {
        let path = file(&directory, name, text);
        let path = path.to_str().unwrap();
        let walk = Command::new(CUTAWAY).args(["walk", path]).output().unwrap();
        let said = String::from_utf8(walk.stderr).unwrap();
        // Nobody listens there: the file comes first.
        let run = check(&["127.0.0.1:1", good.to_str().unwrap(), path]);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{name}");
        assert_eq!(run.err.strip_prefix("cutaway check: "), said.strip_prefix("cutaway walk: "), "{name}");
        assert!(said.len() > 20, "{name}: {said}");
    }
}
