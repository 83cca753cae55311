//! What was found, as JUnit XML, which CI servers show: a stage is a test case.
//!
//! Redis has no counterpart.

use super::grade::{Count, Grade, Graded};
use super::words::tell;
use crate::tools::draw::svg::escape;

/// The whole report.
pub fn report(server: &str, count: Count, graded: &[Graded]) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"cutaway lab {}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        escape(server),
        graded.len(),
        count.fail,
        count.skipped
    );
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
