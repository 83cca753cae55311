//! A walk for programmes: one object a line. What a session answers (`src/tools/session/`) begins with the same fields.
//!
//! ```json
//! {"number": 7, "line": "A: PING", "steps": [{"step": "arrived", "client": "A", "bytes": 14, "depth": 0, "text": "…"}],
//!  "structures": null, "received": [{"client": "A", "bytes": "+PONG\r\n", "length": 7, "closed": false}]}
//! ```
//!
//! `structures` is null when they have not changed. `bytes` are a string, escaped once and by JSON alone; if they are not
//! UTF-8, an array of numbers. Of more than 4096 only the first are there: `length` says how many came.

use super::session::{NamedStep, Walked};
use super::short;
use crate::tools::scenario::Setting;
use serde_json::{Value, json};
use std::io;
use std::io::Write;

/// Prints a setting: a line that brings nothing.
pub fn setting(setting: &Setting, out: &mut impl Write) -> io::Result<()> {
    let object = json!({
        "number": setting.number, "line": setting.text, "steps": [], "structures": null, "received": [],
    });
    writeln!(out, "{object}")
}

/// Prints one line's walk.
pub fn print(walked: &Walked, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", object(walked)?)
}

/// A step: its own fields, its depth in the tree, and its sentence.
pub fn step(step: &NamedStep) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(&step.step)?;
    value["depth"] = step.depth.into();
    value["text"] = step.tell().into();
    if let Some(name) = &step.client {
        value["client"] = name.as_str().into();
    }
    Ok(value)
}

/// One line's walk.
pub fn object(walked: &Walked) -> serde_json::Result<Value> {
    let played = &walked.played;
    let received: Vec<Value> = played
        .received
        .iter()
        .map(|got| {
            let bytes = short::bytes(&got.bytes);
            let bytes = std::str::from_utf8(bytes).map_or_else(|_| json!(bytes), |text| json!(text));
            json!({ "client": got.client, "bytes": bytes, "length": got.bytes.len(), "closed": got.closed })
        })
        .collect();
    let steps = walked.steps.iter().map(step);
    Ok(json!({
        "number": played.line.number,
        "line": played.line.text,
        "steps": steps.collect::<serde_json::Result<Vec<Value>>>()?,
        "structures": walked.structures(),
        "received": received,
    }))
}
