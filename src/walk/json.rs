//! A walk for programmes: one object a line.
//!
//! ```json
//! {"number": 7, "line": "A: PING", "steps": [{"step": "arrived", "client": "A", "bytes": 14, "depth": 0, "text": "…"}],
//!  "structures": null, "received": [{"client": "A", "bytes": "+PONG\\r\\n", "closed": false}]}
//! ```
//!
//! `structures` is null when they have not changed. Bytes are text with the escapes of redis-cli (`\r`, `\xff`).

use super::session::Walked;
use crate::scenario::words::escape;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Prints one line's walk.
pub fn print(walked: &Walked, out: &mut impl Write) -> io::Result<()> {
    let played = &walked.played;
    let received: Vec<Value> = played
        .received
        .iter()
        .map(|got| json!({ "client": got.client, "bytes": escape(&got.bytes), "closed": got.closed }))
        .collect();
    let steps = walked.steps.iter().map(|step| {
        let mut value = serde_json::to_value(&step.step)?;
        value["depth"] = step.depth.into();
        value["text"] = step.tell().into();
        if let Some(name) = &step.client {
            value["client"] = name.as_str().into();
        }
        Ok(value)
    });
    let object = json!({
        "number": played.line.number,
        "line": played.line.text,
        "steps": steps.collect::<serde_json::Result<Vec<Value>>>()?,
        "structures": walked.structures(),
        "received": received,
    });
    writeln!(out, "{object}")
}
