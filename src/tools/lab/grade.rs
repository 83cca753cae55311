//! What came of a stage.
//!
//! Redis has no counterpart.

use std::time::Duration;

use super::stage::Stage;
use crate::tools::check::play::Finding;
use crate::tools::scenario::Scenario;

/// A stage and what came of it.
pub struct Graded {
    /// Its number, from 1.
    pub number: usize,
    /// The stage.
    pub stage: &'static Stage,
    /// What came of it.
    pub grade: Grade,
    /// How long it took.
    pub took: Duration,
}

/// What came of a stage.
pub enum Grade {
    /// Each of its scenarios agrees with Redis to the last byte.
    Passes,
    /// The first that does not.
    Fails(Box<Failure>),
    /// It was not played, for this reason.
    Skipped(String),
}

/// Why a stage fails.
pub struct Failure {
    /// The scenario's name.
    pub name: &'static str,
    /// The scenario.
    pub scenario: Scenario,
    /// Where it differs.
    pub finding: Finding,
    /// What became of the program that the lab has started, and what it printed meanwhile.
    pub program: Option<String>,
    /// How long was waited for what did not come.
    pub patience: Duration,
}

/// How many stages came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Redis says the same.
    pub pass: usize,
    /// Redis says something else.
    pub fail: usize,
    /// Could not be played.
    pub skipped: usize,
}
