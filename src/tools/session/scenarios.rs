//! The scenarios that are carried along, for the page's list of them.

use crate::tools::scenario::Scenario;
use crate::tools::scenario::embedded::{SCENARIOS, scenarios};
use serde_json::{Value, json};

/// Every scenario's name and title, how many lines its dialogue has, and what it needs that a session may lack.
pub fn all() -> Value {
    let entry = |(name, scenario): (&str, Scenario)| {
        json!({
            "name": name, "title": scenario.title, "lines": scenario.lines.len(), "needs": needs(name, &scenario),
        })
    };
    json!({ "scenarios": scenarios().into_iter().map(entry).collect::<Vec<Value>>() })
}

/// The text of one of them.
pub fn named(name: &str) -> Result<Value, String> {
    let found = SCENARIOS.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, text)| json!({ "scenario": text }))
        .ok_or_else(|| format!("no scenario is called {name:?}"))
}

/// The commands that Lua is needed for.
const SCRIPTING: [&str; 8] =
    ["eval", "eval_ro", "evalsha", "evalsha_ro", "script", "function", "fcall", "fcall_ro"];

/// Scenarios that show what is otherwise without Lua though they run no script: how many commands there are.
const COUNTED: [&str; 0] = [];

/// What a scenario needs that the playground lacks: `lua`, for scripts.
pub fn needs(name: &str, scenario: &Scenario) -> Vec<&'static str> {
    let of_scripting =
        |word: &Vec<u8>| SCRIPTING.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
    let has_scripts = scenario.requests().flatten().any(of_scripting);
    if has_scripts || COUNTED.contains(&name) { vec!["lua"] } else { Vec::new() }
}
