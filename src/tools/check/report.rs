//! Tells what was found, as it is found, in words a learner can act on; and hands it on as JSON and JUnit at the end.

use std::fs;
use std::io;
use std::io::Write;

use super::options::Options;
use super::probe::About;
use super::words::tell;
use super::{Checked, Count, Outcome, json, junit};

/// What was found so far.
pub struct Report<'a> {
    options: &'a Options,
    /// How the server calls itself.
    name: Option<String>,
    checked: Vec<Checked>,
}

impl<'a> Report<'a> {
    /// Nothing yet.
    pub fn new(options: &'a Options, about: &About) -> Report<'a> {
        let report = Report { options, name: about.name.clone(), checked: Vec::new() };
        report.say(&match &about.name {
            Some(name) => format!("{} calls itself {name}\n", options.server),
            None => format!("{} does not tell its name: it has no INFO server\n", options.server),
        });
        report
    }

    /// One more scenario; it is told at once.
    pub fn add(&mut self, checked: Checked) {
        let (name, title) = (checked.name, &checked.scenario.title);
        self.say(&match &checked.outcome {
            Outcome::Agrees => format!("agrees   {name}"),
            Outcome::Skipped(reason) => format!("skipped  {name}: {reason}"),
            Outcome::Differs(finding) => {
                let prose = checked.scenario.prose.join("\n           ");
                let about =
                    if prose.is_empty() { title.clone() } else { format!("{title}\n           {prose}") };
                format!("DIFFERS  {name}\n{}\n  This is about:\n           {about}\n", tell(finding))
            }
        });
        self.checked.push(checked);
    }

    /// The numbers.
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for checked in &self.checked {
            match checked.outcome {
                Outcome::Agrees => count.agree += 1,
                Outcome::Differs(_) => count.differ += 1,
                Outcome::Skipped(_) => count.skipped += 1,
            }
        }
        count
    }

    /// Tells the numbers and writes the files.
    pub fn finish(&self) -> Result<(), String> {
        let Count { agree, differ, skipped } = self.count();
        self.say(&format!("\n{agree} agree, {differ} differ, {skipped} skipped"));
        if let Some(path) = &self.options.json {
            let text = json::report(&self.options.server, self.name.as_deref(), self.count(), &self.checked);
            match path.as_str() {
                // As with the text: a reader that has left is no reason to stop.
                "-" => match io::stdout().write_all(text.as_bytes()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        return Err(format!("cannot write the report: {error}"));
                    }
                    _ => {}
                },
                path => write_file(path, &text)?,
            }
        }
        match &self.options.junit {
            Some(path) => write_file(path, &junit::report(&self.options.server, self.count(), &self.checked)),
            None => Ok(()),
        }
    }

    /// To people: standard output, unless the JSON goes there. A reader that has left is no reason to stop.
    fn say(&self, text: &str) {
        let _ = match self.options.json.as_deref() {
            Some("-") => writeln!(io::stderr(), "{text}"),
            _ => writeln!(io::stdout(), "{text}"),
        };
    }
}

fn write_file(path: &str, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("cannot write {path}: {error}"))
}
