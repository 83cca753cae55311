//! Sessions: the same as `cutaway walk`, exact when they go back, and unharmed by any request.

use cutaway::tools::scenario::embedded::scenarios;
use cutaway::tools::scenario::{Scenario, Start};
use cutaway::tools::session::Session;
use cutaway::tools::session::places::PLACES;
use cutaway::tools::walk;
use serde_json::{Value, json};

/// Asks, and expects an answer that is no error.
fn ask(session: &mut Session, request: Value) -> Value {
    let answer: Value = serde_json::from_str(&session.answer(&request.to_string())).unwrap();
    assert_eq!(answer["error"], Value::Null, "{request}");
    answer
}

fn error(session: &mut Session, request: &str) -> String {
    let answer: Value = serde_json::from_str(&session.answer(request)).unwrap();
    answer["error"].as_str().unwrap_or_else(|| panic!("{request}: {answer}")).into()
}

fn play(session: &mut Session, line: &str) -> Value {
    ask(session, json!({ "do": "play", "line": line }))
}

/// A session that has played these lines to a server with the default settings.
fn played(lines: &[&str]) -> Session {
    let mut session = Session::default();
    ask(&mut session, json!({ "do": "open" }));
    lines.iter().for_each(|line| drop(play(&mut session, line)));
    session
}

/// A session in which a scenario was loaded, and its lines.
fn loaded(name: &str) -> (Session, Vec<String>) {
    let mut session = Session::default();
    let text = ask(&mut session, json!({ "do": "scenario", "name": name }))["scenario"].clone();
    let loaded = ask(&mut session, json!({ "do": "load", "scenario": text }));
    let lines = loaded["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().into());
    (session, lines.collect())
}

/// What an event has in common with a line of `cutaway walk --format json`.
fn in_common(mut event: Value) -> Value {
    for step in event["steps"].as_array_mut().unwrap() {
        step.as_object_mut().unwrap().remove("at");
    }
    for received in event["received"].as_array_mut().unwrap() {
        received.as_object_mut().unwrap().remove("frames");
    }
    let object = event.as_object_mut().unwrap();
    ["number", "picture", "state", "drift"].iter().for_each(|field| drop(object.remove(*field)));
    event
}

#[test]
fn every_scenario_is_the_same_as_in_walk() {
    for (name, scenario) in scenarios() {
        let (mut session, lines) = loaded(name);
        assert_eq!(lines, scenario.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), "{name}");
        let mut walk = walk::session::Session::new(&scenario.settings, Start::default()).unwrap();
        for (line, number) in scenario.lines.iter().zip(1..) {
            let event = play(&mut session, &line.text);
            assert_eq!(event["number"], number, "{name}: {}", line.text);
            let mut walked = walk::json::object(&walk.play(line).unwrap()).unwrap();
            walked.as_object_mut().unwrap().remove("number");
            assert_eq!(in_common(event), walked, "{name}: {}", line.text);
        }
    }
}

#[test]
fn ten_inputs_back_and_forward_are_the_same_bytes() {
    for (name, scenario) in scenarios() {
        let (mut session, lines) = loaded(name);
        let request = |line: &String| json!({ "do": "play", "line": line }).to_string();
        let events: Vec<String> = lines.iter().map(|line| session.answer(&request(line))).collect();
        let last = scenario.lines.len();
        let back = (last.saturating_sub(10).max(1)..=last).rev();
        let there: Vec<usize> = back.clone().chain(back.rev()).collect();
        for number in there {
            let event = session.answer(&json!({ "do": "go", "number": number }).to_string());
            assert_eq!(event, events[number - 1], "{name}, input {number}");
        }
    }
}

#[test]
fn what_is_played_after_going_back_takes_the_place_of_what_was_behind() {
    let mut session = played(&["A: SUBSCRIBE x", "B: SUBSCRIBE x", "P: PUBLISH x 1"]);
    assert_eq!(ask(&mut session, json!({ "do": "go", "number": 1 }))["number"], 1);
    // What is behind is still there.
    assert_eq!(ask(&mut session, json!({ "do": "go", "number": 3 }))["line"], "P: PUBLISH x 1");
    ask(&mut session, json!({ "do": "go", "number": 1 }));
    let event = play(&mut session, "P: PUBLISH x 2");
    assert_eq!((&event["number"], &event["received"][1]["bytes"]), (&json!(2), &json!(":1\r\n")));
    let saved = ask(&mut session, json!({ "do": "save", "title": "Cut" }));
    assert_eq!(saved["scenario"], "# Cut\nA: SUBSCRIBE x\nP: PUBLISH x 2\n");
    let beginning = ask(&mut session, json!({ "do": "go", "number": 0 }));
    let mut fresh = Session::default();
    assert_eq!(beginning, ask(&mut fresh, json!({ "do": "open" })));
}

#[test]
fn a_line_that_fails_after_going_back_leaves_what_is_behind() {
    let mut session = played(&["A: PING", "A: ECHO one", "A: ECHO two"]);
    let last = ask(&mut session, json!({ "do": "go", "number": 3 }));
    ask(&mut session, json!({ "do": "go", "number": 1 }));
    let wrong = json!({ "do": "play", "line": "! B disconnects" }).to_string();
    assert_eq!(error(&mut session, &wrong), "B is not connected");
    assert_eq!(ask(&mut session, json!({ "do": "go", "number": 3 })), last);
}

#[test]
fn two_sessions_of_one_thread_do_not_hear_each_other() {
    let lines =
        ["A: SUBSCRIBE x", "P: PUBLISH x 1", "! A stops reading", "P: PUBLISH x 2", "! A reads again"];
    let alone: Vec<Value> = {
        let mut session = played(&[]);
        lines.iter().map(|line| play(&mut session, line)).collect()
    };
    let (mut one, mut other) = (played(&[]), played(&["Z: PSUBSCRIBE *"]));
    for (line, expected) in lines.iter().zip(&alone) {
        assert_eq!(play(&mut one, line), *expected);
        play(&mut other, "P: PUBLISH x 1");
    }
}

#[test]
fn what_was_played_is_saved_and_played_again() {
    let mut session = Session::default();
    ask(
        &mut session,
        json!({ "do": "open", "settings": ["maxclients 3"], "seed": 7, "unix_ms": 86_400_000 }),
    );
    for line in ["A: SUBSCRIBE x", "P: TIME", "B: PING", "# refused", "C: PING", "! A reads 5 bytes a turn"] {
        play(&mut session, line);
    }
    let last = play(&mut session, "P: PUBLISH x hello");
    let saved = ask(&mut session, json!({ "do": "save", "title": "Three clients" }))["scenario"].clone();
    assert_eq!(
        saved,
        "# Three clients\n! set maxclients 3\nA: SUBSCRIBE x\nP: TIME\nB: PING\n# refused\nC: PING\n\
         ! A reads 5 bytes a turn\nP: PUBLISH x hello\n"
    );
    let mut again = Session::default();
    let head = ask(&mut again, json!({ "do": "load", "scenario": saved, "seed": 7, "unix_ms": 86_400_000 }));
    assert_eq!(head["title"], "Three clients");
    assert_eq!(head["settings"], json!(["! set maxclients 3"]));
    for line in head["lines"].as_array().unwrap() {
        let event = play(&mut again, line.as_str().unwrap());
        if event["number"] == 7 {
            assert_eq!(event, last);
        }
        if event["line"] == "P: TIME" {
            assert_eq!(event["received"][0]["frames"], json!(["*2 \"86400\" \"0\""]));
        }
    }
    assert_eq!(ask(&mut again, json!({ "do": "save" }))["scenario"], saved);
}

#[test]
fn a_client_that_reads_slowly_is_owed_more_and_more_and_closed() {
    let mut session = Session::default();
    ask(&mut session, json!({ "do": "open", "settings": ["client-output-buffer-limit pubsub 20000 0 0"] }));
    for line in ["A: SUBSCRIBE x", "B: SUBSCRIBE x"] {
        play(&mut session, line);
    }
    let slower = ask(&mut session, json!({ "do": "speed", "client": "A", "bytes": 1000 }));
    assert_eq!(slower["line"], "! A reads 1000 bytes a turn");
    assert_eq!(slower["state"]["clients"][0]["reading"], 1000);
    let publish = "P: PUBLISH x \"m\"*10000";
    let first = play(&mut session, publish);
    let a = &first["state"]["clients"][0];
    assert_eq!((&a["owed"], &a["reading"]), (&json!(9034), &json!(1000)));
    // The frame was encoded once; B has it, A has a part of it.
    assert_eq!(a["queue"], json!([{ "chunk": 0, "from": 1000, "to": 10034 }]));
    assert_eq!(
        first["state"]["chunks"],
        json!([{ "id": 0, "length": 10034, "sealed": true, "waiting": ["A"] }])
    );
    let steps: Vec<&str> =
        first["steps"].as_array().unwrap().iter().filter_map(|step| step["text"].as_str()).collect();
    assert!(steps.contains(&"1000 bytes written to A, 9034 left"), "{steps:?}");
    assert!(steps.contains(&"the socket of A is full, 9034 bytes wait"), "{steps:?}");
    let is_there = |event: &Value| event["state"]["clients"][0]["name"] == "A";
    let events: Vec<Value> = (0..6).map(|_| play(&mut session, publish)).collect();
    let last = events.iter().find(|event| !is_there(event)).unwrap();
    let closed = last["steps"].as_array().unwrap().iter().find(|step| step["step"] == "closed").unwrap();
    assert_eq!(closed["client"], "A");
    let received = last["received"].as_array().unwrap();
    assert!(received.iter().any(|got| got["client"] == "A" && got["closed"] == true), "{received:?}");
}

#[test]
fn steps_have_their_places_in_the_picture() {
    let mut session = played(&["A: SUBSCRIBE rain", "B: PSUBSCRIBE ra*"]);
    let event = play(&mut session, "P: PUBLISH rain 1");
    let picture = event["picture"].as_str().unwrap();
    let mut places = Vec::new();
    for step in event["steps"].as_array().unwrap() {
        let Some(place) = step["at"].as_str() else { continue };
        let has = |attribute: &str| attribute.split(' ').any(|other| other == place);
        assert!(
            picture.split("data-at=\"").skip(1).any(|rest| has(rest.split('"').next().unwrap())),
            "{place}: {picture}"
        );
        places.push(format!("{} {place}", step["step"].as_str().unwrap()));
    }
    assert_eq!(
        places,
        [
            "looked_up pubsub_channels/rain",
            "visited pubsub_channels/rain/A",
            "queued client/A",
            "tested pubsub_patterns/ra*",
            "visited pubsub_patterns/ra*/B",
            "queued client/B",
            "written client/A",
            "written client/B",
        ]
    );
    // A copy of the picture needs no places.
    let svg = ask(&mut session, json!({ "do": "document" }))["svg"].clone();
    assert!(svg.as_str().unwrap().contains("<style>") && !svg.as_str().unwrap().contains("data-at"));
}

#[test]
fn every_kind_of_step_has_its_place_in_the_sources() {
    let kinds = include_str!("../../src/steps/kinds.rs");
    let names = kinds.split(" { .. } => \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let names: Vec<&str> = names.filter(|name| *name != "left_out").collect();
    assert!(names.len() > 45, "{names:?}");
    for name in names {
        let place =
            PLACES.iter().find(|place| place.kind == name).unwrap_or_else(|| panic!("no row for {name}"));
        assert!(place.redis.contains(".c: ") || place.redis.starts_with("none: "), "{name}: {}", place.redis);
    }
    for place in PLACES {
        let (excerpt, line) = place.excerpt();
        let (kind, excerpt): (&str, Vec<&str>) = (place.kind, excerpt.lines().collect());
        assert!(excerpt[line].contains("step!("), "{kind}: {excerpt:?}");
        assert!(excerpt[0].contains(&format!("fn {}", place.name())) && !place.name().is_empty(), "{kind}");
        assert!(excerpt.len() <= 24 && !excerpt.iter().any(|line| line.contains("ANCHOR")), "{kind}");
    }
}

#[test]
fn what_is_wrong_with_a_request_is_said_and_nothing_happens() {
    let mut session = Session::default();
    assert_eq!(error(&mut session, r#"{"do":"play","line":"A: PING"}"#), "open the session first");
    ask(&mut session, json!({ "do": "open" }));
    play(&mut session, "A: PING");
    let before = ask(&mut session, json!({ "do": "state" }));
    for (request, expected) in [
        ("", "not a request: EOF while parsing a value at line 1 column 0"),
        ("[]", "not a request: "),
        ("{}", "not a request: missing field `do`"),
        (r#"{"do":"dance"}"#, "not a request: unknown variant `dance`, expected one of "),
        (r#"{"do":"play"}"#, "not a request: missing field `line`"),
        (r#"{"do":"play","line":7}"#, "not a request: invalid type: integer `7`, expected a string"),
        (r#"{"do":"play","line":"A: PING","twice":true}"#, "not a request: unknown field `twice`"),
        (r#"{"do":"play","line":""}"#, "a line is `NAME: COMMAND …`"),
        (r#"{"do":"play","line":"A: PING\nB: PING"}"#, "that is more than one line"),
        (r#"{"do":"play","line":"A PING"}"#, "a line is `NAME: COMMAND …`"),
        (r#"{"do":"play","line":"! set maxclients 3"}"#, "settings stand before the first client"),
        (r#"{"do":"play","line":"! only cutaway: why"}"#, "a mark of a scenario is no input"),
        (r#"{"do":"play","line":"B: CLIENT KILL ID {Z.id}"}"#, "Z has not connected, so it has no id"),
        (r#"{"do":"play","line":"! Z disconnects"}"#, "Z is not connected"),
        (r#"{"do":"play","line":"! Z reads 0 bytes a turn"}"#, "`0` is no number of bytes from 1 on"),
        (r#"{"do":"play","line":"! wait 1441m"}"#, "the inputs would wait 86460 s: at most 86400"),
        (r#"{"do":"play","line":"A: PING \"x\"*64000000 \"x\"*4000000"}"#, "repetitions of more than"),
        (r#"{"do":"speed","client":"A","bytes":-1}"#, "not a request: invalid value: integer `-1`"),
        (r#"{"do":"speed","client":"A B","bytes":1}"#, "unknown direction `A B reads 1 bytes a turn`"),
        (r#"{"do":"go","number":2}"#, "there is no input 2: the last is 1"),
        (r#"{"do":"go","number":-1}"#, "not a request: invalid value"),
        (r#"{"do":"save","title":"a\nb"}"#, "a title is one line"),
        (r#"{"do":"load","scenario":"A: PING"}"#, "line 1: the first line must be a comment: the title"),
        (
            r##"{"do":"load","scenario":"# T\n! set nosuch 1\nA: PING"}"##,
            "line 2 `! set nosuch 1`: unknown setting",
        ),
        (r#"{"do":"open","settings":["nosuch 1"]}"#, "line 2 `! set nosuch 1`: unknown setting"),
        (r#"{"do":"open","settings":["port 1\nbind 0.0.0.0"]}"#, "a setting is one line"),
        (r#"{"do":"open","unix_ms":253402300800000}"#, "unix_ms 253402300800000 is after the year 9999"),
        (r#"{"do":"scenario","name":"../weather"}"#, "no scenario is called \"../weather\""),
    ] {
        let error = error(&mut session, request);
        assert!(error.starts_with(expected), "{request}: {error}");
        assert_eq!(ask(&mut session, json!({ "do": "state" })), before, "{request}");
    }
    let long = format!(r#"{{"do":"play","line":"A: PING {}"}}"#, "x".repeat(70_000));
    assert_eq!(error(&mut session, &long), "a line of 70008 bytes: the longest may have 65536");
    let long = " ".repeat(cutaway::tools::session::LONGEST_REQUEST + 1);
    assert_eq!(error(&mut session, &long), "a request of 1048577 bytes: the longest may have 1048576");
}

#[test]
fn commands_have_their_help() {
    let mut session = Session::default();
    let commands = ask(&mut session, json!({ "do": "commands" }))["commands"].clone();
    let commands = commands.as_array().unwrap();
    let named = |name: &str| commands.iter().find(|command| command["name"] == name).unwrap();
    assert_eq!(
        *named("SUBSCRIBE"),
        json!({
            "name": "SUBSCRIBE", "arguments": "channel [channel ...]", "arity": -2, "group": "pubsub", "since": "2.0.0",
            "summary": "Listens for messages published to channels.",
            "complexity": "O(N) where N is the number of channels to subscribe to.",
        })
    );
    assert_eq!(named("CLIENT LIST")["group"], "connection");
    assert!(commands.len() > 250, "{}", commands.len());
    assert!(commands.iter().all(|command| command["summary"].is_string()));
}

#[test]
fn the_transcript_of_a_session_is_that_of_the_snapshots() {
    for (name, scenario) in scenarios() {
        let (mut session, lines) = loaded(name);
        lines.iter().for_each(|line| drop(play(&mut session, line)));
        let text = ask(&mut session, json!({ "do": "transcript" }))["transcript"].clone();
        let file = name.replace('/', "-");
        let file = format!("{}/tests/scenarios/snapshots/{file}.snap", env!("CARGO_MANIFEST_DIR"));
        let snapshot = std::fs::read_to_string(file).unwrap();
        assert_eq!(text.as_str().unwrap().trim(), snapshot.splitn(3, "---\n").nth(2).unwrap().trim());
        // What is not compared in the scenario is not in what was saved either.
        let saved = ask(&mut session, json!({ "do": "save" }))["scenario"].clone();
        let saved = Scenario::parse(saved.as_str().unwrap()).unwrap();
        let lines = |scenario: Scenario| {
            scenario.lines.into_iter().map(|line| (line.text, line.loose)).collect::<Vec<_>>()
        };
        assert_eq!(lines(saved), lines(scenario), "{name}");
    }
}

#[test]
fn what_the_playground_lacks_is_named() {
    let mut session = Session::default();
    let all = ask(&mut session, json!({ "do": "scenarios" }))["scenarios"].clone();
    let needs = |name: &str| {
        let all = all.as_array().unwrap();
        all.iter().find(|scenario| scenario["name"] == name).unwrap()["needs"].clone()
    };
    assert_eq!((needs("weather"), needs("script-publish")), (json!([]), json!(["lua"])));
    assert_eq!(all.as_array().unwrap().len(), scenarios().len());
}
