//! A session of the page: any requests, or lines to play.
//!
//! Each line of the input is a request; one that does not begin with `{` is a line of the scenario language, which is played.
//! Promises: every answer is a JSON object; to go back to an input, and forward again, gives the answer of before, byte for
//! byte; what was saved can be loaded.
//!
//! A session may be asked to make a string of half a gigabyte, or to wait for a day: the page's process is limited for that
//! (`src/live/`). Here the settings are, and no number has more than four digits.

use cutaway::tools::session::Session;
use serde_json::{Value, json};

const LIMITS: [&str; 3] =
    ["maxmemory 16mb", "proto-max-bulk-len 1mb", "client-output-buffer-limit normal 4mb 0 0"];

/// So many requests of an input are asked.
const MOST_REQUESTS: usize = 40;

/// Asks what the lines say.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut session = Session::default();
    session.answer(&json!({ "do": "open", "settings": LIMITS }).to_string());
    let mut events: Vec<String> = Vec::new();
    for line in text.lines().take(MOST_REQUESTS).filter(|line| is_small(line)) {
        let request = match line.starts_with('{') {
            true => limited(line),
            false => json!({ "do": "play", "line": line }).to_string(),
        };
        let answer = session.answer(&request);
        let value: Value = serde_json::from_str(&answer).unwrap();
        assert!(value.is_object());
        match (value["number"].as_u64(), value["title"].is_string()) {
            // A fresh server.
            (_, true) => events.clear(),
            (Some(0), _) if request.contains("open") => events.clear(),
            // A line was played: behind it is nothing any more. Or the session went to an input, which was played before.
            (Some(number), _) if number > 0 => {
                let at = number as usize - 1;
                if events.get(at) != Some(&answer) {
                    assert!(!is_go(&request), "{request}: {answer} instead of {:?}", events.get(at));
                    events.truncate(at);
                    events.push(answer);
                } else if !is_go(&request) {
                    events.truncate(at + 1);
                }
            }
            _ => {}
        }
    }
    for number in (1..=events.len()).rev().take(3).chain([events.len()]).filter(|&number| number > 0) {
        let event = session.answer(&json!({ "do": "go", "number": number }).to_string());
        assert_eq!(event, events[number - 1], "input {number}");
    }
    let saved: Value = serde_json::from_str(&session.answer(r#"{"do":"save"}"#)).unwrap();
    if let Some(scenario) = saved["scenario"].as_str() {
        let loaded = Session::default().answer(&json!({ "do": "load", "scenario": scenario }).to_string());
        assert!(!loaded.contains("\"error\""), "{loaded}");
    }
}

/// Whether a request can be asked without much time and memory.
fn is_small(line: &str) -> bool {
    let digits = line.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    digits.unwrap_or(0) <= 4 && !line.to_ascii_lowercase().contains("config")
}

fn is_go(request: &str) -> bool {
    serde_json::from_str::<Value>(request).is_ok_and(|request| request["do"] == "go")
}

/// The request with the limits among its settings.
fn limited(request: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(request) else { return request.into() };
    match value["do"].as_str() {
        Some("open") => {
            let settings = value["settings"].as_array().cloned().unwrap_or_default();
            value["settings"] = settings.into_iter().chain(LIMITS.map(Value::from)).collect();
        }
        Some("load") => {
            if let Some(scenario) = value["scenario"].as_str() {
                let settings: String = LIMITS.iter().map(|limit| format!("\n! set {limit}")).collect();
                value["scenario"] = scenario.replacen('\n', &format!("{settings}\n"), 1).into();
            }
        }
        _ => return request.into(),
    }
    value.to_string()
}
