//! A stage: what it asks for, and by which scenarios it is graded.
//!
//! Redis has no counterpart.

use crate::tools::scenario::Scenario;
use crate::tools::scenario::embedded::SCENARIOS;

/// One stage of the laboratory.
#[derive(Debug)]
pub struct Stage {
    /// Its name, as in `docs/lab/NN-name.md`.
    pub name: &'static str,
    /// What is built in it, in a few words.
    pub title: &'static str,
    /// The commands that are new in it, in upper case; those of earlier stages may be used too.
    pub commands: &'static [&'static str],
    /// The names of its scenarios, in the order in which they are played.
    pub scenarios: &'static [&'static str],
    /// What to read when it fails: a chapter below `docs/`.
    pub chapter: &'static str,
}

impl Stage {
    /// Its scenarios with their names.
    #[expect(clippy::panic, reason = "the scenarios are compiled in, and a test reads those of every stage")]
    pub fn scenarios(&self) -> impl Iterator<Item = (&'static str, Scenario)> {
        self.scenarios.iter().map(|name| {
            let found = SCENARIOS.iter().find(|(known, _)| known == name);
            let scenario = found.map(|(_, text)| Scenario::parse(text));
            match scenario {
                Some(Ok(scenario)) => (*name, scenario),
                other => panic!("{name}: {other:?}"),
            }
        })
    }

    /// The page of the stage with this number.
    pub fn page(&self, number: usize) -> String {
        format!("docs/lab/{number:02}-{}.md", self.name)
    }
}
