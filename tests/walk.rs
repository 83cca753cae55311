//! `cutaway walk`, and the steps in the log, by the real binary.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `cutaway walk` with these arguments and this standard input.
fn walk(args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutaway"));
    command.arg("walk").args(args).env_remove("RUST_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // It need not read what it is given.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

/// What it prints, when it must succeed.
fn printed(args: &[&str], input: &str) -> String {
    let output = walk(args, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_weather_step_by_step() {
    insta::assert_snapshot!(printed(&["tests/scenarios/weather.scenario"], ""));
}

#[test]
fn a_command_that_is_asked_for_is_all_that_is_shown() {
    let text = printed(
        &["-", "--only", "publish"],
        "# Title\nA: SUBSCRIBE x\nB: PING\n# Note.\nB: PUBLISH x hello\n",
    );
    assert_eq!(
        text,
        "\
B: PUBLISH x hello
  35 bytes arrived from B
    request: PUBLISH x hello
      command publish
        pubsub_channels: x found, its list has 1 client
          pubsub_channels[x] (A): node visited
            message encoded in RESP2: 35 bytes for 1 client
            35 bytes queued to A, owed 0 ─► 35
      reply of 4 bytes queued to B, owed 0 ─► 4
  4 bytes written to B, 0 left
  35 bytes written to A, 0 left
  received
    A *3 \"message\" \"x\" \"hello\"
    B :1
"
    );
}

/// The structures that a line of this dialogue has changed, as `--format json` tells them.
#[test]
fn keys_and_who_waits_for_them_or_watches_them_are_structures_too() {
    let dialogue = "# Title\nA: SET k 1\nA: GET k\nB: BLPOP q r 5\nC: WATCH k\nC: MULTI\nC: GET k\nA: HSET h f v\n\
                    A: XADD s 1-1 a b\nA: XGROUP CREATE s g 0\nA: XREADGROUP GROUP g me STREAMS s >\nA: FLUSHALL\n\
                    ! wait 5s\nC: DISCARD\n";
    let text = printed(&["-", "--format", "json"], dialogue);
    let objects = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let structures: Vec<String> =
        objects.map(|object| object["structures"].as_str().unwrap_or("-").to_string()).collect();
    let one = "database 0\n  k (string, int) ─► 1\n";
    let waits = "blocking_keys\n  q ─► B (5000 ms left)\n  r ─► B (5000 ms left)\n";
    let watched = "watched_keys\n  k ─► C\ntransactions\n  C ─► GET k\n";
    let group = "groups of s\n  g (last_id 1-1) ─► 1-1 (me, once)\n  └ me (consumer) ─► 1-1\n";
    let keys = "database 0\n  h (hash, listpack) ─► f: v\n  k (string, int) ─► 1\n";
    assert_eq!(structures[..3], [one.to_string(), "-".into(), format!("{one}{waits}")]);
    assert_eq!(structures[5], format!("{one}{watched}{waits}"));
    assert_eq!(structures[6], format!("{keys}{watched}{waits}"));
    assert_eq!(structures[9], format!("{keys}  s (stream) ─► 1-1 (a b)\n{group}{watched}{waits}"));
    let touched = "watched_keys\n  k ─► C (touched)\ntransactions\n  C (touched) ─► GET k\n";
    assert_eq!(structures[10], format!("{touched}{waits}"));
    assert_eq!(structures[11..], [touched.to_string(), "no keys\n".into()]);
}

#[test]
fn every_line_is_one_object_of_json() {
    let text = printed(&["tests/scenarios/weather.scenario", "--format", "json"], "");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 20, "{}", lines.len());
    let publish = lines.iter().find(|line| line["line"] == "P: PUBLISH temperature 21").unwrap();
    let visited: Vec<&str> = publish["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["step"] == "visited")
        .map(|step| step["client"].as_str().unwrap())
        .collect();
    assert_eq!(visited, ["A", "B", "C"]);
    assert_eq!(publish["structures"], serde_json::Value::Null);
    assert_eq!(
        publish["received"][3],
        serde_json::json!({"client": "P", "bytes": ":3\\r\\n", "closed": false})
    );
}

/// A page or a picture as XML, and the texts of its elements of this name.
fn texts<'a>(document: &'a roxmltree::Document<'a>, tag: &str) -> Vec<String> {
    let text = |node: roxmltree::Node<'_, '_>| -> String {
        node.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect()
    };
    document.descendants().filter(|node| node.has_tag_name(tag)).map(text).collect()
}

#[test]
fn a_page_shows_each_line_with_its_steps_its_bytes_and_its_figure() {
    let scenario =
        "# Rain & <snow>\n# Two.\nA: SUBSCRIBE \"<b>\"\n# A note.\nB: PUBLISH \"<b>\" \"&\\x00\"\nB: PING\n";
    let page = printed(&["-", "--format", "html"], scenario);
    let body = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let document = roxmltree::Document::parse(body).unwrap();
    assert_eq!(texts(&document, "h1"), ["Rain & <snow>"]);
    assert_eq!(texts(&document, "p"), ["Two.", "A note."]);
    assert_eq!(
        texts(&document, "h2"),
        ["3A: SUBSCRIBE \"<b>\"", "5B: PUBLISH \"<b>\" \"&\\x00\"", "6B: PING"]
    );
    assert_eq!(texts(&document, "h3")[..3], ["steps", "received", "structures"]);
    let frames = texts(&document, "dd");
    assert_eq!(
        frames[2..],
        [
            "*3 \"message\" \"<b>\" \"&\\x00\"",
            "*3\\r\\n$7\\r\\nmessage\\r\\n$3\\r\\n<b>\\r\\n$2\\r\\n&\\x00\\r\\n",
            ":1",
            ":1\\r\\n",
            "+PONG",
            "+PONG\\r\\n",
        ]
    );
    // A figure for the line that changes the structures, and for the one that walks them. A style for all of them.
    let figures: Vec<_> = document
        .descendants()
        .filter(|node| node.tag_name().name() == "svg")
        .map(|node| node.children().find(|node| node.tag_name().name() == "title").unwrap().text().unwrap())
        .collect();
    assert_eq!(
        figures,
        ["The structures after A: SUBSCRIBE \"<b>\"", "The walk of B: PUBLISH \"<b>\" \"&\\x00\""]
    );
    assert_eq!(texts(&document, "style").len(), 1);
    for outside in ["<script", "href=", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn a_page_keeps_the_tree_of_steps() {
    let scenario = "# T\nA: SUBSCRIBE x\nB: PUBLISH x 1\n";
    let page = printed(&["-", "--format", "html", "--only", "publish"], scenario);
    let document = roxmltree::Document::parse(page.strip_prefix("<!DOCTYPE html>\n").unwrap()).unwrap();
    let steps: Vec<(usize, &str)> = document
        .descendants()
        .filter(|node| node.has_tag_name("li"))
        .map(|node| (node.ancestors().filter(|node| node.has_tag_name("ul")).count(), node.text().unwrap()))
        .collect();
    assert_eq!(
        steps,
        [
            (1, "B connects from 127.0.0.1:50002: client id 3"),
            (1, "31 bytes arrived from B"),
            (2, "request: PUBLISH x 1"),
            (3, "command publish"),
            (4, "pubsub_channels: x found, its list has 1 client"),
            (5, "pubsub_channels[x] (A): node visited"),
            (6, "message encoded in RESP2: 31 bytes for 1 client"),
            (6, "31 bytes queued to A, owed 0 ─► 31"),
            (3, "reply of 4 bytes queued to B, owed 0 ─► 4"),
            (1, "4 bytes written to B, 0 left"),
            (1, "31 bytes written to A, 0 left"),
        ]
    );
}

#[test]
fn long_bytes_are_cut_on_a_page() {
    let page = printed(&["-", "--format", "html"], "# T\nA: ECHO \"x\"*70000\n");
    assert!(page.len() < 12_000, "{}", page.len());
    assert_eq!(page.matches("… 70010 bytes</dd>").count(), 1);
}

/// The figures one below the other: none overlaps the next, and together they are as high as the picture.
#[test]
fn the_figures_of_a_walk_are_one_picture() {
    let weather = "tests/scenarios/weather.scenario";
    for (args, count) in
        [(&[weather, "--format", "svg"][..], 21), (&[weather, "--format", "svg", "--only", "publish"], 10)]
    {
        let picture = printed(args, "");
        let document = roxmltree::Document::parse(&picture).unwrap();
        let root = document.root_element();
        let number =
            |node: roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().parse::<i32>().unwrap();
        let parts: Vec<_> = root.children().filter(|node| node.has_tag_name("svg")).collect();
        assert_eq!(parts.len(), count, "{args:?}");
        let mut y = 0;
        for part in parts {
            assert_eq!(number(part, "y"), y);
            y += number(part, "height");
        }
        assert_eq!(number(root, "height"), y);
        assert_eq!(picture.matches("<style>").count(), 1);
    }
}

#[test]
fn a_page_of_a_scenario_that_breaks_off_is_whole() {
    let output = walk(&["-", "--format", "html"], "# T\nA: PING\n! B disconnects\nA: PING\n");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "cutaway walk: line 3 `! B disconnects`: B is not connected\n"
    );
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.ends_with("</section>\n</body>\n</html>\n"), "{page}");
}

/// Every scenario, as a page and as a picture.
#[test]
fn every_scenario_is_a_page() {
    for entry in std::fs::read_dir("tests/scenarios").unwrap() {
        let path = entry.unwrap().path().to_string_lossy().into_owned();
        if !path.ends_with(".scenario") {
            continue;
        }
        let page = printed(&[&path, "--format", "html"], "");
        roxmltree::Document::parse(page.strip_prefix("<!DOCTYPE html>\n").unwrap())
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[test]
fn without_the_index_every_pattern_is_visited_and_each_is_tested_once() {
    let scenario =
        "# Title\n! set pattern-index no\nA: PSUBSCRIBE a* z*\nB: PSUBSCRIBE a*\nC: PUBLISH ab 1\n";
    let text = printed(&["-", "--only", "PUBLISH"], scenario);
    let walked: Vec<&str> = text.lines().map(str::trim).filter(|line| line.contains("*")).take(5).collect();
    assert_eq!(
        walked,
        [
            "pubsub_patterns (A, a*): node visited",
            "a* matches ab: 2 holders of it",
            "pubsub_patterns (A, z*): node visited",
            "z* does not match ab",
            "pubsub_patterns (B, a*): node visited",
        ]
    );
}

#[test]
fn in_a_pipeline_every_publish_walks_the_list() {
    let scenario = "# Title\nA: SUBSCRIBE x\nB: SUBSCRIBE x\nC+ PUBLISH x 1\nC: PUBLISH x 2\n";
    let text = printed(&["-"], scenario);
    assert_eq!(text.matches("pubsub_channels[x] (A): node visited").count(), 2);
    assert_eq!(text.matches("pubsub_channels[x] (B): node visited").count(), 2);
    assert!(text.contains("queued to A, owed 31 ─► 62"), "{text}");
}

#[test]
fn what_cannot_be_walked_is_told_in_one_line() {
    for (args, input, error) in [
        (&["no/such.scenario"][..], "", "cutaway walk: cannot read no/such.scenario: "),
        (&["-"], "A: PING\n", "cutaway walk: -: line 1: the first line must be a comment: the title\n"),
        (&["-"], "# T\n! A disconnects\n", "cutaway walk: line 2 `! A disconnects`: A is not connected\n"),
        (&[], "", "cutaway walk: give a scenario's file, or - for standard input\n"),
        (
            &["-", "--format", "svg"],
            "# T\nA: PING\n",
            "cutaway walk: nothing to draw: no line changes the structures or walks them\n",
        ),
        (
            &["-", "--format", "morse"],
            "",
            "cutaway walk: invalid value 'morse' for '--format <FORMAT>' [possible values: text, json, svg, html]\n",
        ),
    ] {
        let output = walk(args, input);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.starts_with(error) && told.lines().count() == 1, "{args:?}: {told}");
        assert_eq!(output.status.code(), Some(1));
    }
}

/// A running server and the lines of its log; dropping it kills it.
struct Running {
    process: Child,
    port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a server and returns it with its log, from after the line that says it is ready.
fn start(rust_log: &str, loglevel: &str) -> (Running, impl Iterator<Item = String>) {
    // Between our letting go of a free port and the server's taking it, somebody else may: then take another.
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cutaway"));
        command.args(["--bind", "127.0.0.1", "--loglevel", loglevel, "--port", &port.to_string()]);
        command.env("RUST_LOG", rust_log).stdout(Stdio::piped()).stderr(Stdio::null());
        let process = command.spawn().unwrap();
        let mut running = Running { process, port };
        let log = running.process.stdout.take().unwrap();
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        if lines.any(|line| line.contains("Ready to accept connections")) {
            return (running, lines);
        }
    }
    panic!("no server that says 'Ready to accept connections'");
}

/// Sends a PUBLISH and waits for its reply; then ends the server, so that its log ends too.
fn publish(server: &Running) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"PUBLISH weather rain\r\nSHUTDOWN\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert_eq!(reply, ":0\r\n");
}

#[test]
fn the_log_prints_the_steps_that_rust_log_asks_for() {
    let (server, log) = start("cutaway::step=trace", "notice");
    publish(&server);
    let log: Vec<String> = log.collect();
    for expected in [
        "request: PUBLISH weather rain step=\"parsed\" client=0",
        "pubsub_channels: no weather step=\"looked_up\"",
        "4 bytes written to client@0, 0 left step=\"written\" client=0",
    ] {
        assert!(log.iter().any(|line| line.ends_with(expected)), "{expected} in {log:#?}");
    }
}

#[test]
fn no_level_of_the_log_prints_steps_by_itself() {
    let (server, mut log) = start("", "debug");
    publish(&server);
    assert!(!log.any(|line| line.contains("step=")));
}
