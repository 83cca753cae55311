//! What was found, as JSON for programmes. Fields are only ever added.

use serde_json::{Value, json};

use super::play::{Finding, What};
use super::selection::{Entry, Origin};
use super::{Checked, Count, Outcome};

/// The whole report, with a line end. `interrupted` is the scenario in which a signal came.
pub fn report(
    server: &str,
    name: Option<&str>,
    count: Count,
    interrupted: Option<&str>,
    checked: &[Checked],
) -> String {
    let value = json!({
        "server": server,
        "name": name,
        "agree": count.agree,
        "differ": count.differ,
        "lack": count.lack,
        "skipped": count.skipped,
        "interrupted": interrupted,
        "scenarios": checked.iter().map(scenario).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn scenario(checked: &Checked) -> Value {
    let (outcome, reason, difference) = match &checked.outcome {
        Outcome::Agrees => ("agrees", None, None),
        Outcome::Skipped(reason) => ("skipped", Some(reason), None),
        Outcome::Differs(finding) => {
            (if checked.lacks.is_some() { "lacks" } else { "differs" }, None, Some(difference(finding)))
        }
    };
    let Entry { name, scenario, origin } = &checked.entry;
    let file = if let Origin::File(path) = origin { Some(path) } else { None };
    json!({
        "name": name,
        "title": scenario.title,
        "file": file,
        "page": checked.entry.page(),
        "outcome": outcome,
        "reason": reason,
        "lacks": checked.lacks,
        "difference": difference,
        "milliseconds": checked.took.as_millis() as u64,
    })
}

/// `line` is 0 if it did not come to a line; `expected` or `received` is null for nothing more.
pub fn difference(finding: &Finding) -> Value {
    let mut value = json!({
        "line": finding.number,
        "text": finding.line,
        "comment": finding.comment,
        "lines_alike": finding.lines.0,
        "lines": finding.lines.1,
        "left_over": finding.left_over,
    });
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
