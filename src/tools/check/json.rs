//! What was found, as JSON for programmes. Fields are only ever added.

use serde_json::{Value, json};

use super::play::{Finding, What};
use super::{Checked, Count, Outcome};

/// The whole report, with a line end.
pub fn report(server: &str, name: Option<&str>, count: Count, checked: &[Checked]) -> String {
    let value = json!({
        "server": server,
        "name": name,
        "agree": count.agree,
        "differ": count.differ,
        "skipped": count.skipped,
        "scenarios": checked.iter().map(scenario).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn scenario(checked: &Checked) -> Value {
    let (outcome, reason, difference) = match &checked.outcome {
        Outcome::Agrees => ("agrees", None, None),
        Outcome::Skipped(reason) => ("skipped", Some(reason), None),
        Outcome::Differs(finding) => ("differs", None, Some(difference(finding))),
    };
    json!({
        "name": checked.name,
        "title": checked.scenario.title,
        "outcome": outcome,
        "reason": reason,
        "difference": difference,
        "milliseconds": checked.took.as_millis() as u64,
    })
}

/// `line` is 0 if it did not come to a line; `expected` or `received` is null for nothing more.
pub fn difference(finding: &Finding) -> Value {
    let mut value = json!({ "line": finding.number, "text": finding.line, "left_over": finding.left_over });
    let more = match &finding.what {
        What::Stuck(why) => json!({ "stuck": why }),
        What::Frames { client, agreed, expected, received, hint, .. } => json!({
            "client": client,
            "frames_alike": agreed,
            "expected": expected,
            "received": received,
            "hint": hint,
        }),
    };
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}
