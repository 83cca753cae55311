//! `cutaway walk`, and the steps in the log, by the real binary.

use crate::running::{Running, cutaway};
use std::io::{Read, Write};
use std::process::{Output, Stdio};

/// Runs `cutaway walk` with these arguments and this standard input.
fn walk(args: &[&str], input: &str) -> Output {
    let mut command = cutaway();
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
    let touched = "transactions\n  C (touched) ─► GET k\n";
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
        serde_json::json!({"client": "P", "bytes": ":3\r\n", "length": 4, "closed": false})
    );
}

/// What each client received after the last line of a dialogue, as `--format json` says it.
fn received(dialogue: &str) -> serde_json::Value {
    let text = printed(&["-", "--format", "json"], dialogue);
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    last["received"].clone()
}

#[test]
fn bytes_in_json_are_escaped_once_and_those_that_are_no_text_are_numbers() {
    let of = |dialogue: &str| received(dialogue)[0]["bytes"].clone();
    assert_eq!(of("# T\nA: ECHO \"\\x00\\\"☂\"\n"), serde_json::json!("$5\r\n\0\"☂\r\n"));
    let bytes: Vec<u8> = b"$2\r\n\xff\x80\r\n".to_vec();
    assert_eq!(of("# T\nA: ECHO \"\\xff\\x80\"\n"), serde_json::json!(bytes));
}

#[test]
fn no_format_prints_all_of_what_is_very_long() {
    // 4,000 publishes in one write make 20,000 steps and as many frames; and one reply is of a megabyte.
    let dialogue = "# T\nA: SUBSCRIBE x\nP| \"PUBLISH x 1\\r\\n\"*4000\nP: ECHO \"x\"*1000000\n";
    for (format, most) in [("text", 250_000), ("json", 600_000), ("html", 300_000)] {
        let page = printed(&["-", "--format", format], dialogue);
        assert!(page.len() < most, "{format}: {}", page.len());
        assert!(page.contains(" steps left out"), "{format}");
    }
    let last = &received(dialogue)[0];
    assert_eq!(
        (last["bytes"].as_str().map(str::len), last["length"].as_u64()),
        (Some(4096), Some(1_000_012))
    );
}

#[test]
fn every_format_shows_the_settings() {
    let dialogue = "# T\n! set pattern-index no\n! set timeout 3\nA: SUBSCRIBE x\n";
    assert!(
        printed(&["-"], dialogue)
            .starts_with("# T\n! set pattern-index no\n! set timeout 3\nA: SUBSCRIBE x\n")
    );
    let json = printed(&["-", "--format", "json"], dialogue);
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    let expected = serde_json::json!({
        "number": 2, "line": "! set pattern-index no", "steps": [], "structures": null, "received": []
    });
    assert_eq!(first, expected);
    let html = printed(&["-", "--format", "html"], dialogue);
    assert!(html.contains("<li><span class=\"number\">3</span>! set timeout 3</li>"), "{html}");
    assert!(printed(&["-", "--format", "svg"], dialogue).contains(">! set timeout 3</text>"));
}

#[test]
fn a_client_that_publish_closes_stands_in_the_walk_of_publish() {
    let dialogue = "# T\n! set client-output-buffer-limit pubsub 45kb 0 0\nSlow: SUBSCRIBE x\nFast: SUBSCRIBE x\n\
                    ! Slow stops reading\nP: PUBLISH x \"a\"*30000\nP: PUBLISH x \"b\"*40000\n";
    let text = printed(&["-", "--only", "publish"], dialogue);
    let (_, walk) = text.rsplit_once("pubsub_channels: x found, its list has 2 clients\n").unwrap();
    assert_eq!(
        walk.lines().take(10).collect::<Vec<_>>().join("\n"),
        "          pubsub_channels[x] (Slow): node visited
            message encoded in RESP2: 40034 bytes for 2 clients
            32 bytes queued to Slow, owed 30034 ─► 30066
            40002 bytes queued to Slow, owed 30066 ─► 70068
              Slow closed: it owed more than client-output-buffer-limit
          pubsub_channels[x] (Fast): node visited
            32 bytes queued to Fast, owed 0 ─► 32
            40002 bytes queued to Fast, owed 32 ─► 40034
      reply of 4 bytes queued to P, owed 0 ─► 4
  4 bytes written to P, 0 left",
        "{text}"
    );
}

/// What a command does, as the tree says it: the lines below `command …` of the last line that sends it.
fn effects(dialogue: &str, command: &str) -> Vec<String> {
    let text = printed(&["-", "--only", command], dialogue);
    let (_, below) = text.rsplit_once("      command ").unwrap();
    let deep = below.lines().skip(1).take_while(|line| line.starts_with("        "));
    deep.map(|line| line.trim().to_string()).collect()
}

#[test]
fn what_a_group_gives_out_and_takes_back_is_a_step() {
    let read = "# T\nA: XADD s 1-1 a b\nA: XADD s 1-2 a b\nA: XGROUP CREATE s g 0\n\
                A: XREADGROUP GROUP g ann STREAMS s >\n";
    assert_eq!(
        effects(read, "xreadgroup"),
        [
            "1-1 of s is pending in group g with ann: delivered once",
            "1-2 of s is pending in group g with ann: delivered once",
            "group g of s has read up to 1-2",
            "xgroup-createconsumer of s in database 0",
        ]
    );
    assert_eq!(
        effects(&format!("{read}A: XACK s g 1-1 7-7\n"), "xack"),
        ["1-1 of s is no longer pending in group g"]
    );
    let claimed = [
        "1-2 of s is pending in group g with ben, no longer with ann: delivered 2 times",
        "xgroup-createconsumer of s in database 0",
    ];
    assert_eq!(effects(&format!("{read}A: XCLAIM s g ben 0 1-2\n"), "xclaim"), claimed);
    let gone = format!("{read}A: XDEL s 1-1\nA: XAUTOCLAIM s g ben 0 0\n");
    let mut all: Vec<&str> = claimed.to_vec();
    all.insert(0, "1-1 of s is no longer pending in group g");
    assert_eq!(effects(&gone, "xautoclaim"), all);
    assert_eq!(
        effects(&format!("{read}A: XTRIM s MAXLEN 1\n"), "xtrim"),
        ["1 entry removed from the beginning of s", "xtrim of s in database 0"]
    );
}

#[test]
fn a_key_that_is_new_is_named() {
    assert_eq!(
        effects("# T\nA: SET rides 1\n", "set"),
        ["rides is new in database 0", "set of rides in database 0"]
    );
}

/// Of every scenario: a line that changes what is drawn has a step that says what it did, and not only its command.
#[test]
fn whatever_changes_the_structures_is_a_step() {
    const ONLY_A_COMMAND: [&str; 8] =
        ["connected", "arrived", "parsed", "dispatched", "replied", "written", "blocked", "looked_up"];
    let mut wrong = String::new();
    for path in scenarios() {
        // How long a key or a client has left changes by itself.
        let without_times = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
        let mut before = String::new();
        for line in printed(&[&path, "--format", "json"], "").lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let Some(structures) = line["structures"].as_str() else { continue };
            let after = without_times(structures);
            let changed = std::mem::replace(&mut before, after.clone()) != after;
            let kinds = line["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap());
            let told = kinds.into_iter().any(|kind| !ONLY_A_COMMAND.contains(&kind));
            if changed && !told && !line["line"].as_str().unwrap().starts_with("! wait") {
                wrong.push_str(&format!("{path}: {}\n", line["line"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_exec_and_a_script_run_stands_below_them() {
    let text = printed(
        &["-", "--only", "exec"],
        "# T\nA: MULTI\nA: SET k 1\nA: EVAL \"return redis.call('GET', 'k')\" 0\nA: EXEC\n",
    );
    let commands: Vec<&str> = text.lines().filter(|line| line.trim().starts_with("command ")).collect();
    assert_eq!(
        commands,
        ["      command exec", "        command set", "        command eval", "          command get"]
    );
}

#[test]
fn a_script_without_an_end_ends_the_walk() {
    let output = walk(&["-"], "# T\nA: EVAL \"while true do end\" 0\nA: PING\n");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "cutaway walk: -: line 2 `A: EVAL \"while true do end\" 0`: the script has not ended after 400000 looks at the \
         clock, and was ended as by SCRIPT KILL\n"
    );
}

#[test]
fn the_highest_busy_reply_threshold_is_no_overflow() {
    let dialogue = "# T\n! set busy-reply-threshold 9223372036854775807\nA: EVAL \"for i = 1, 10000 do end return 1\" 0\n";
    assert_eq!(received(dialogue)[0]["bytes"], ":1\r\n");
}

#[test]
fn only_with_a_command_that_no_line_sends_says_so() {
    let dialogue = "# T\nA: PING\nA: client id\n";
    let output = walk(&["-", "--only", "nosuch"], dialogue);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "cutaway walk: -: no line sends nosuch; the commands in it: CLIENT, PING\n"
    );
    assert!(printed(&["-", "--only", "CLIENT ID"], dialogue).starts_with("A: client id\n"));
}

/// A file for a test that is removed at its end.
struct TestFile(std::path::PathBuf);

impl TestFile {
    fn new(name: &str, bytes: &[u8]) -> TestFile {
        let path = std::env::temp_dir().join(format!("cutaway-walk-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        TestFile(path)
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_name_and_the_line() {
    for (name, bytes, error) in [
        ("empty", &b""[..], "line 1: nothing here: the first line is a comment, the title"),
        ("binary", b"# T\nA: PING\n\x89PNG\n", "line 3: a scenario is UTF-8 text, and the byte 0x89 is not"),
        ("held", b"# T\nA+ PING\nB: PING\n", "line 2: A+ waits for a last line, A: or A|, which never comes"),
        (
            "setting",
            b"# T\n! set timeout 3\n! set nosuch 1\nA: PING\n",
            "line 3 `! set nosuch 1`: unknown setting 'nosuch \"1\"': Bad directive or wrong number of arguments",
        ),
        ("play", b"# T\nA: PING\n! B disconnects\n", "line 3 `! B disconnects`: B is not connected"),
        (
            "unmet",
            b"# T\nA: CLIENT KILL ID {B.id}\n",
            "line 2 `A: CLIENT KILL ID {B.id}`: B has not connected, so it has no id and no address yet",
        ),
    ] {
        let file = TestFile::new(name, bytes);
        let path = file.0.to_str().unwrap();
        for args in [&["walk", path][..], &["draw", path, "--line", "4"]] {
            let output = cutaway().args(args).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(told, format!("cutaway {}: {path}: {error}\n", args[0]));
            assert_eq!(output.status.code(), Some(1), "{args:?}");
        }
    }
    let windows = TestFile::new("windows", b"\xef\xbb\xbf# T\r\nA: PING\r\n");
    assert!(printed(&[windows.0.to_str().unwrap()], "").starts_with("# T\nA: PING\n"));
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
        // Above the figures stands the title.
        assert_eq!(parts.len(), 1 + count, "{args:?}");
        assert!(parts[0].descendants().any(|node| node.text() == Some("Four clients and the weather.")));
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
        "cutaway walk: -: line 3 `! B disconnects`: B is not connected\n"
    );
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.ends_with("</section>\n</body>\n</html>\n"), "{page}");
}

/// The path of every scenario.
fn scenarios() -> Vec<String> {
    let entries = std::fs::read_dir("tests/scenarios").unwrap();
    let paths = entries.map(|entry| entry.unwrap().path().to_string_lossy().into_owned());
    paths.filter(|path| path.ends_with(".scenario")).collect()
}

/// Every scenario, as a page.
#[test]
fn every_scenario_is_a_page() {
    for path in scenarios() {
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
        (&["-"], "# T\n! A disconnects\n", "cutaway walk: -: line 2 `! A disconnects`: A is not connected\n"),
        (&["tests"], "", "cutaway walk: cannot read tests: Is a directory"),
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

/// Starts a server that logs this.
fn start(rust_log: &str, loglevel: &str) -> Running {
    Running::on_free_port(|port| {
        let mut command = cutaway();
        command.args(["--bind", "127.0.0.1", "--loglevel", loglevel, "--port", &port.to_string()]);
        command.env("RUST_LOG", rust_log).stderr(Stdio::null());
        command
    })
}

/// Sends a PUBLISH and waits for its reply; then ends the server, and returns the rest of its log.
fn publish(mut server: Running) -> String {
    let mut stream = server.connect();
    stream.write_all(b"PUBLISH weather rain\r\nSHUTDOWN\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert_eq!(reply, ":0\r\n");
    let mut log = String::new();
    server.log.read_to_string(&mut log).unwrap();
    log
}

#[test]
fn the_log_prints_the_steps_that_rust_log_asks_for() {
    let log = publish(start("cutaway::step=trace", "notice"));
    for expected in [
        "request: PUBLISH weather rain step=\"parsed\" client=0",
        "pubsub_channels: no weather step=\"looked_up\"",
        "4 bytes written to client@0, 0 left step=\"written\" client=0",
    ] {
        assert!(log.lines().any(|line| line.ends_with(expected)), "{expected} in {log}");
    }
}

#[test]
fn no_level_of_the_log_prints_steps_by_itself() {
    assert!(!publish(start("", "debug")).contains("step="));
}
