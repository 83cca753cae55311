//! What was found, as JUnit XML, which CI servers show: a stage is a test case.
//!
//! Redis has no counterpart.

use super::grade::{Count, Grade, Graded};
use super::words::tell;
use crate::tools::draw::svg::escape;

/// The whole report. `error`: why it ended before all was played, or began with nothing; it is a test case of its own.
pub fn report(server: &str, count: Count, error: Option<&str>, graded: &[Graded]) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"cutaway lab {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
        escape(server),
        graded.len() + error.iter().count(),
        count.fail,
        error.iter().count(),
        count.skipped
    );
    if let Some(error) = error {
        text.push_str(&format!(
            "  <testcase classname=\"cutaway.lab\" name=\"the server\">\n    <error message=\"{}\"/>\n  </testcase>\n",
            escape(error)
        ));
    }
    for graded in graded {
        text.push_str(&format!(
            "  <testcase classname=\"cutaway.lab\" name=\"{:02} {}\" time=\"{:.3}\"",
            graded.number,
            escape(graded.stage.name),
            graded.took.as_secs_f64()
        ));
        match &graded.grade {
            Grade::Passes => text.push_str("/>\n"),
            Grade::Skipped(reason) => {
                text.push_str(&format!(">\n    <skipped message=\"{}\"/>\n  </testcase>\n", escape(reason)));
            }
            Grade::Fails(failure) => text.push_str(&format!(
                ">\n    <failure message=\"{}\">{}</failure>\n  </testcase>\n",
                escape(&failure.scenario.title),
                escape(&tell(graded, failure))
            )),
        }
    }
    text + "</testsuite>\n"
}
