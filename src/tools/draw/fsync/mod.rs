//! The policies of `appendfsync` on a time line: when writes are answered, when they are on the disk, and what a power cut
//! between the two can lose.
//!
//! Redis has no counterpart. The scenario is played three times, once under each policy, on a disk in memory of which a sync
//! takes [`run::SYNC_MS`]; what is drawn are the steps that the server reports, each with the server's time.

mod page;
mod run;

use super::svg::Picture;
use crate::tools::scenario::{PlayError, Scenario};
use run::Run;

/// The policies, the safest first.
const POLICIES: [&str; 3] = ["always", "everysec", "no"];

/// The time line of a scenario, up to the line with this number.
pub fn draw(scenario: &Scenario, line: usize) -> Result<Picture, PlayError> {
    let runs = POLICIES.iter().map(|policy| Run::record(scenario, line, policy));
    Ok(page::draw(&runs.collect::<Result<Vec<Run>, PlayError>>()?))
}
