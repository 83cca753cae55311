//! Figures of the scenarios: three as snapshots, and of every other one that it can be drawn and read back.

use cutaway::tools::draw::{Change, Scope, draw};
use cutaway::tools::scenario::{Feeding, InProcess, Scenario, Target};
use std::fs;
use std::path::{Path, PathBuf};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

fn scenario(path: &Path) -> Scenario {
    Scenario::parse(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The figure of the first line of weather.scenario with this text.
fn weather(text: &str) -> String {
    let scenario = scenario(&directory().join("weather.scenario"));
    let line = scenario.lines.iter().find(|line| line.text == text).unwrap();
    draw(&scenario, line.number).unwrap()
}

/// All that is written in a picture but its title, description and style.
fn written(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().to_string()).collect()
}

#[test]
fn a_subscribe_a_publish_with_patterns_and_a_disconnect() {
    let cases = [
        ("subscribe", "A: SUBSCRIBE temperature rainfall"),
        ("publish", "P: PUBLISH visibility 3km"),
        ("disconnect", "! B disconnects"),
    ];
    for (name, line) in cases {
        insta::with_settings!({
            snapshot_path => "../figures",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, weather(line));
        });
    }
}

#[test]
fn the_deliveries_are_numbered_in_the_order_in_which_the_clients_get_them() {
    let svg = weather("P: PUBLISH visibility 3km");
    assert!(
        svg.contains("delivered to: 1. A, because *it* matches; 2. B, because *it* matches.</desc>"),
        "{svg}"
    );
    let written = written(&svg);
    for text in ["1", "2", "no match", "pmessage by *it*", "not in the dict: nobody subscribes to it"] {
        assert!(written.iter().any(|other| other == text), "{text}: {written:?}");
    }
}

#[test]
fn what_the_index_rules_out_is_skipped_and_without_it_is_tested() {
    let text = "# t\n! set pattern-index no\nA: PSUBSCRIBE h?llo\nB: PSUBSCRIBE x*\nP: PUBLISH hello 1\n";
    for (text, label, not) in [
        (text.to_string(), "no match", "skipped"),
        (text.replace("index no", "index yes"), "skipped", "no match"),
    ] {
        let written = written(&draw(&Scenario::parse(&text).unwrap(), 5).unwrap());
        assert!(written.iter().any(|text| text == label), "{written:?}");
        assert!(!written.iter().any(|text| text == not), "{written:?}");
    }
}

#[test]
fn a_publish_that_was_refused_has_no_walk() {
    let text = "# t\nA: SUBSCRIBE a\nA: PUBLISH a 1\n";
    let svg = draw(&Scenario::parse(text).unwrap(), 3).unwrap();
    assert!(svg.contains("<title>The structures after A: PUBLISH a 1</title>"), "{svg}");
}

#[test]
fn a_client_that_is_closed_by_a_publish_loses_the_message() {
    let text = "# t\n! set client-output-buffer-limit pubsub 1kb 0 0\nSlow: SUBSCRIBE x\nFast: SUBSCRIBE x\n\
                ! Slow stops reading\nP: PUBLISH x \"a\"*16000\nP: PUBLISH x \"b\"*16000\n";
    let scenario = Scenario::parse(text).unwrap();
    let count = |line: usize, word: &str| {
        written(&draw(&scenario, line).unwrap()).iter().filter(|text| *text == word).count()
    };
    assert_eq!((count(6, "receives"), count(6, "loses")), (2, 0));
    assert_eq!((count(7, "receives"), count(7, "loses")), (1, 1));
    assert!(
        draw(&scenario, 7).unwrap().contains("1. Slow, from the list of x, who is closed before it is sent")
    );
}

/// What a picture shows of the structures that are not Pub/Sub's: each section's title, and what changed.
#[test]
fn keys_and_who_waits_watches_or_has_them() {
    let scenario = |name: &str| scenario(&directory().join(format!("{name}.scenario")));
    for (name, line, texts) in [
        (
            "lock-with-expiry",
            4,
            &["database 0", "lock:report", "string, 5000 ms left", "worker-a", "+", "expiring", "in 5000 ms"]
                [..],
        ),
        ("last-ticket", 15, &["watched_keys", "touched", "transactions", "DECR tickets", "−"]),
        ("waiting-line", 5, &["blocking_keys", "jobs", "5000 ms left", "for ever", "+"]),
        ("two-services", 15, &["groups of orders", "last_id 3-1", "now ben, 2 times", "└ max", "consumer"]),
        (
            "order-events",
            11,
            &[
                "blocks of events:order-12345",
                "names: type total",
                "type=Paid method=card",
                "names: type parcel",
            ],
        ),
        ("leaderboard", 8, &["skiplist of board", "level 0", "level 1", "board", "zset, skiplist"]),
        (
            "hash-fields",
            10,
            &[
                "hash, listpackex",
                "token: 9f3c",
                "now 5000 ms left",
                "56000 ms left",
                "expiring_fields",
                "in 5000 ms",
            ],
        ),
        ("script-append", 7, &["version: 1", "version: 2", "scripts", "by SCRIPT LOAD"]),
    ] {
        let written = written(&draw(&scenario(name), line).unwrap());
        for text in texts {
            assert!(written.iter().any(|other| other == text), "{name} {line}: {text}: {written:?}");
        }
        assert!(!written.iter().any(|text| text.starts_with("pubsub")), "{name} {line}: {written:?}");
    }
}

#[test]
fn colours_need_no_variables() {
    let svg = weather("P: PUBLISH visibility 3km");
    let style = roxmltree::Document::parse(&svg).unwrap();
    let style =
        style.descendants().find(|node| node.has_tag_name("style")).unwrap().text().unwrap().to_string();
    let (light, dark) = style.split_once("@media").unwrap();
    assert!(!style.contains("var("), "{style}");
    assert!(light.contains(".page{fill:#fff}") && dark.contains(".page{fill:#16181d}"), "{style}");
}

#[test]
fn a_line_that_is_none_is_told() {
    let scenario = Scenario::parse("# t\nA: PING\n").unwrap();
    for line in [0, 1, 3] {
        assert_eq!(
            draw(&scenario, line).unwrap_err().to_string(),
            format!("line {line} is not a line of the dialogue: that is in lines 2 to 2")
        );
    }
}

#[test]
fn large_structures_are_drawn_in_part() {
    let mut text = "# t\n".to_string();
    for client in 0..60 {
        text.push_str(&format!(
            "C{client}: PSUBSCRIBE p{client} x*\nC{client}: SUBSCRIBE c{client} \"<&>\"\n"
        ));
    }
    let scenario = Scenario::parse(&text).unwrap();
    let svg = draw(&scenario, 121).unwrap();
    assert!(written(&svg).iter().any(|text| text == "… and 46 more, not drawn"));
    assert!(svg.len() < 60_000, "{}", svg.len());
}

/// No box of the picture reaches beyond the page.
fn stays_on_the_page(svg: &str, place: &str) {
    for node in roxmltree::Document::parse(svg).unwrap().descendants() {
        let number = |name| node.attribute(name).and_then(|value| value.parse::<i32>().ok());
        if let (Some(x), Some(width)) = (number("x"), number("width")) {
            assert!(x >= 0 && x + width <= 960, "{place}: {node:?}");
        }
    }
}

#[test]
fn names_that_look_alike_when_cut_are_drawn_as_two() {
    let (one, other) = (format!("{}x", "a".repeat(60)), format!("{}y", "a".repeat(60)));
    let scenario = Scenario::parse(&format!("# t\nA: SUBSCRIBE {one} {other}\n")).unwrap();
    let svg = draw(&scenario, 2).unwrap();
    assert!(svg.contains(">Added: 2 nodes of lists.<"), "{svg}");
    // In the dict, and in the set of A with a sign.
    assert_eq!(svg.matches("aaa…(61 bytes)</text>").count(), 4, "{svg}");
}

#[test]
fn hostile_names_stay_on_the_page() {
    let name = "Client-with-a-name-as-long-as-this-one-which-goes-on-and-on";
    let text = format!(
        "# t\n{name}: SUBSCRIBE \"\\x00\\xff\"*40 \"<&>\"*300 \"雨\"*30 \"\"\n{name}: PSUBSCRIBE \"[^a]*\"*90 *\n\
         {name}: SSUBSCRIBE \"s\"*500\nP: PUBLISH \"\\x00\\xff\"*40 1\nP: SPUBLISH \"s\"*500 1\nP: PUBLISH \"雨\"*600 1\n"
    );
    let scenario = Scenario::parse(&text).unwrap();
    for line in &scenario.lines {
        let svg = draw(&scenario, line.number).unwrap();
        stays_on_the_page(&svg, &line.text);
        assert!(written(&svg)[0].chars().count() <= 76, "{}", written(&svg)[0]);
    }
}

#[test]
fn of_a_hundred_clients_some_are_drawn_and_all_are_counted() {
    let mut text = "# t\n".to_string();
    (0..100).for_each(|client| text.push_str(&format!("C{client}: SUBSCRIBE news\n")));
    text.push_str("P: PUBLISH news 1\n");
    let svg = draw(&Scenario::parse(&text).unwrap(), 102).unwrap();
    let written = written(&svg);
    for text in [
        "The walk: the channel's list, then the patterns. P reads the number of deliveries: 100",
        "… 70 more",
        "100",
    ] {
        assert!(written.iter().any(|other| other == text), "{text}: {written:?}");
    }
    stays_on_the_page(&svg, "a hundred clients");
}

/// Every line of every scenario: the same twice, well-formed, said in words, without a script, no box outside the page.
#[test]
fn every_line_of_every_scenario_can_be_drawn() {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "scenario"));
    assert!(paths.len() >= 45);
    for path in paths {
        let scenario = scenario(&path);
        for line in &scenario.lines {
            let place = format!("{} line {}", path.display(), line.number);
            let svg = draw(&scenario, line.number).unwrap_or_else(|trouble| panic!("{place}: {trouble}"));
            assert_eq!(draw(&scenario, line.number).as_ref(), Ok(&svg), "{place}");
            let document =
                roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{place}: {error}"));
            let root = document.root_element();
            for tag in ["title", "desc"] {
                let text = root.children().find(|node| node.has_tag_name(tag)).and_then(|node| node.text());
                assert!(text.is_some_and(|text| !text.is_empty()), "{place}: {tag}");
            }
            assert!(!root.descendants().any(|node| node.has_tag_name("script")), "{place}");
            stays_on_the_page(&svg, &place);
        }
    }
}

/// A server with so many channels and two clients on each, many keys and many patterns.
fn large(channels: usize) -> InProcess {
    let mut server = InProcess::new(&[], Feeding::Whole).unwrap();
    for client in 0..20 {
        let name = format!("C{client}");
        server.connect(&name).unwrap();
        let its = (0..channels).filter(|at| at % 10 == client % 10).map(|at| format!("channel-{at}"));
        let words: Vec<String> = its.collect();
        server.send(&name, format!("SUBSCRIBE {}\r\n", words.join(" ")).as_bytes()).unwrap();
        let patterns: Vec<String> = (0..channels / 10).map(|at| format!("p{at}*")).collect();
        server.send(&name, format!("PSUBSCRIBE {}\r\n", patterns.join(" ")).as_bytes()).unwrap();
    }
    server.connect("P").unwrap();
    let keys: Vec<String> = (0..channels).map(|at| format!("key:{at} {at}")).collect();
    server.send("P", format!("MSET {}\r\n", keys.join(" ")).as_bytes()).unwrap();
    server
}

#[test]
fn of_a_large_server_a_part_is_looked_at_and_the_rest_is_counted() {
    let subject = large(2000);
    let server = subject.server();
    let name = |key| server.clients.get(key).map_or("?".into(), |client| format!("#{}", client.id));
    let look = |scope: &Scope| {
        let change = Change::look("", server, &name, scope);
        let svg = change.picture().document();
        assert!(change.is_part());
        (written(&svg), svg)
    };
    let (texts, _) = look(&Scope::a_picture());
    for text in ["… and 1986 more, not drawn", "… 3970 more", "… 170 more"] {
        assert!(texts.iter().any(|other| other == text), "{text}: {texts:?}");
    }
    let scope =
        Scope { filter: b"el-77".to_vec(), channels: vec![b"channel-9".to_vec()], ..Scope::a_picture() };
    let (texts, svg) = look(&scope);
    for text in ["channel-9", "channel-77", "channel-777", "… and 1988 more, not drawn", "#2"] {
        assert!(texts.iter().any(|other| other == text), "{text}: {texts:?}");
    }
    assert!(!texts.iter().any(|text| text.starts_with("key:") || text == "channel-78"), "{texts:?}");
    assert!(svg.contains("channel-9 has #11, #21"), "{svg}");
}
