//! The scenarios that are carried along, for the page's list of them.

use crate::tools::scenario::Scenario;
use crate::tools::scenario::embedded::{SCENARIOS, scenarios};
use serde_json::{Value, json};

/// Every scenario's name and title, how many lines its dialogue has, and what it needs that a session may lack.
pub fn all() -> Value {
    let entry = |(name, scenario): (&str, Scenario)| {
        json!({
            "name": name, "title": scenario.title, "lines": scenario.lines.len(), "needs": needs(&scenario),
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
const SCRIPTING: [&str; 9] =
    ["eval", "eval_ro", "evalsha", "evalsha_ro", "script", "function", "fcall", "fcall_ro", "redis.call"];

fn needs(scenario: &Scenario) -> Vec<&'static str> {
    let scripts = scenario
        .requests()
        .flatten()
        .any(|word| SCRIPTING.iter().any(|command| word.eq_ignore_ascii_case(command.as_bytes())));
    if scripts { vec!["lua"] } else { Vec::new() }
}
