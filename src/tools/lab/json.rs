//! What was found, as JSON for programs. Fields are only ever added.
//!
//! Redis has no counterpart.

use serde_json::{Value, json};

use super::grade::{Count, Grade, Graded};
use crate::tools::check::json::difference;

/// The whole report, with a line end. `error`: why it ended before all was played, or began with nothing.
pub fn report(server: &str, count: Count, error: Option<&str>, graded: &[Graded]) -> String {
    let value = json!({
        "server": server,
        "error": error,
        "pass": count.pass,
        "fail": count.fail,
        "skipped": count.skipped,
        "stages": graded.iter().map(stage).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn stage(graded: &Graded) -> Value {
    let (outcome, reason, failure) = match &graded.grade {
        Grade::Passes => ("passes", None, None),
        Grade::Skipped(reason) => ("skipped", Some(reason), None),
        Grade::Fails(failure) => ("fails", None, Some(failure)),
    };
    json!({
        "number": graded.number,
        "name": graded.stage.name,
        "title": graded.stage.title,
        "outcome": outcome,
        "reason": reason,
        "scenario": failure.map(|failure| failure.name),
        "difference": failure.map(|failure| difference(&failure.finding)),
        "program": failure.and_then(|failure| failure.program.as_ref()),
        "milliseconds": graded.took.as_millis() as u64,
    })
}
