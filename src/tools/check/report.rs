//! Says what was found: each difference as soon as it shows, the rest folded at the end (`fold.rs`); JSON and JUnit for
//! programmes.

use std::collections::BTreeMap;

use super::lack::Vocabulary;
use super::options::Options;
use super::probe::About;
use super::{Checked, Count, Outcome, fold, json, junit, words};
use crate::tools::interrupt;
use crate::tools::scenario::Action;

/// What was found so far.
pub struct Report<'a> {
    options: &'a Options,
    /// How the server calls itself.
    name: Option<String>,
    checked: Vec<Checked>,
    /// How many differences of each kind were said in full.
    said: BTreeMap<String, usize>,
}

/// So many differences of one kind are said in full; the others are named at the end.
const MOST_ALIKE: usize = 5;

impl<'a> Report<'a> {
    /// Nothing yet.
    pub fn new(options: &'a Options, about: &About) -> Report<'a> {
        let report = Report { options, name: about.name.clone(), checked: Vec::new(), said: BTreeMap::new() };
        report.say(&match &about.name {
            Some(name) => format!("{} calls itself {name}\n", options.server),
            None => format!("{} does not tell its name: it has no INFO server\n", options.server),
        });
        report
    }

    /// One more scenario. A difference is said at once, unless the server seems to lack something: that is only known when
    /// all is played.
    pub fn add(&mut self, checked: Checked) {
        if matches!(&checked.outcome, Outcome::Differs(finding) if finding.lack.is_none()) {
            self.say_difference(&checked);
        }
        self.checked.push(checked);
    }

    /// All is played: what the server lacks is told from what it does know, and does otherwise somewhere.
    pub fn settle(&mut self, vocabulary: &Vocabulary) {
        let mut all = std::mem::take(&mut self.checked);
        for checked in &mut all {
            let Outcome::Differs(finding) = &mut checked.outcome else { continue };
            let Some(lack) = &finding.lack else { continue };
            checked.lacks = vocabulary.name_of(lack);
            if checked.lacks.is_none() {
                finding.knows_elsewhere();
                self.say_difference(checked);
            }
        }
        self.checked = all;
    }

    fn say_difference(&mut self, checked: &Checked) {
        let Outcome::Differs(finding) = &checked.outcome else { return };
        let said = self.said.entry(finding.kind().unwrap_or_default().into()).or_default();
        *said += 1;
        if *said <= MOST_ALIKE || finding.kind().is_none() {
            self.say(&words::differs(&checked.entry, finding));
        }
    }

    /// The numbers.
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for checked in &self.checked {
            match (&checked.outcome, &checked.lacks) {
                (Outcome::Agrees, _) => count.agree += 1,
                (Outcome::Differs(_), None) => count.differ += 1,
                (Outcome::Differs(_), Some(_)) => count.lack += 1,
                (Outcome::Skipped(_), _) => count.skipped += 1,
            }
        }
        count
    }

    /// How many lines of dialogue agree.
    pub fn lines_that_agree(&self) -> usize {
        let lines = |checked: &Checked| match &checked.outcome {
            Outcome::Agrees => {
                checked.entry.scenario.lines.iter().filter(|line| line.action != Action::Note).count()
            }
            Outcome::Differs(finding) => finding.lines.0,
            Outcome::Skipped(_) => 0,
        };
        self.checked.iter().map(lines).sum()
    }

    /// Says the rest and writes the files. `interrupted` is the scenario in which a signal came, `untidy` that the server is
    /// not as it was.
    pub fn finish(&self, interrupted: Option<&str>, untidy: bool) -> Result<(), String> {
        let Count { agree, differ, lack, skipped } = self.count();
        self.say(&format!(
            "{}{agree} agree, {differ} differ, {lack} lack, {skipped} skipped",
            fold::fold(&self.checked, MOST_ALIKE)
        ));
        if let (Some(scenario), Some(status)) = (interrupted, interrupt::came()) {
            let signal = interrupt::name(status);
            let state = if untidy { "is not as it was" } else { "is as it was" };
            self.say(&format!("Interrupted by {signal} in the scenario {scenario}; the server {state}."));
        }
        let (server, name) = (&self.options.server, self.name.as_deref());
        self.options.outputs.write(
            || json::report(server, name, self.count(), interrupted, &self.checked),
            || junit::report(server, self.count(), &self.checked),
        )
    }

    fn say(&self, text: &str) {
        self.options.outputs.say(text);
    }
}
