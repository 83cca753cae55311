//! What was found, as JUnit XML, which CI servers show. By hand: it is five tags.

use super::words::tell;
use super::{Checked, Count, Outcome};
use crate::tools::draw::svg::escape;

/// The whole report.
pub fn report(server: &str, count: Count, checked: &[Checked]) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"cutaway check {}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        escape(server),
        checked.len(),
        count.differ,
        count.skipped + count.lack
    );
    for checked in checked {
        text.push_str(&format!(
            "  <testcase classname=\"cutaway.check\" name=\"{}\" time=\"{:.3}\"",
            escape(&checked.entry.name),
            checked.took.as_secs_f64()
        ));
        let skipped =
            |reason: &str| format!(">\n    <skipped message=\"{}\"/>\n  </testcase>\n", escape(reason));
        if let Some(name) = &checked.lacks {
            text.push_str(&skipped(&format!("the server lacks {name}")));
            continue;
        }
        match &checked.outcome {
            Outcome::Agrees => text.push_str("/>\n"),
            Outcome::Skipped(reason) => text.push_str(&skipped(reason)),
            Outcome::Differs(finding) => text.push_str(&format!(
                ">\n    <failure message=\"{}\">{}</failure>\n  </testcase>\n",
                escape(&checked.entry.scenario.title),
                escape(&tell(finding))
            )),
        }
    }
    text + "</testsuite>\n"
}
