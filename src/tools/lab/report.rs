//! Says what came of each stage, as it is played: a line for one that passes, ten for one that fails.
//!
//! Redis has no counterpart.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};

use super::grade::{Count, Grade, Graded};
use super::options::{Options, Subject};
use super::words::tell;
use super::{json, junit};

/// What was found so far.
pub struct Report<'a> {
    options: &'a Options,
    graded: Vec<Graded>,
}

/// Whether the files that were asked for can be written: better known now than when all is played.
pub fn writable(options: &Options) -> Result<(), String> {
    for path in [&options.json, &options.junit].into_iter().flatten().filter(|path| *path != "-") {
        let file = OpenOptions::new().append(true).create(true).open(path);
        file.map_err(|error| format!("cannot write {path}: {error}"))?;
    }
    Ok(())
}

impl<'a> Report<'a> {
    /// Nothing yet.
    pub fn new(options: &'a Options) -> Report<'a> {
        Report { options, graded: Vec::new() }
    }

    /// One more stage; it is told at once.
    pub fn add(&mut self, graded: Graded) {
        let stage = format!("stage {:2}  {:18}", graded.number, graded.stage.name);
        self.say(&match &graded.grade {
            Grade::Passes => format!("{stage} passes   {}", graded.stage.title),
            Grade::Skipped(reason) => format!("{stage} skipped  {reason}"),
            Grade::Fails(failure) => {
                format!(
                    "{stage} FAILS    {}\n{}  again     {}",
                    graded.stage.title,
                    tell(&graded, failure),
                    self.again(&graded)
                )
            }
        });
        self.graded.push(graded);
    }

    /// The numbers.
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for graded in &self.graded {
            match graded.grade {
                Grade::Passes => count.pass += 1,
                Grade::Fails(_) => count.fail += 1,
                Grade::Skipped(_) => count.skipped += 1,
            }
        }
        count
    }

    /// Says the numbers and writes the files.
    pub fn finish(&self) -> Result<(), String> {
        let Count { pass, fail, skipped } = self.count();
        let wanted = self.options.wanted().count();
        self.say(&format!(
            "\n{pass} of {wanted} stages pass, {fail} fail, {skipped} skipped, {} not played",
            wanted - self.graded.len()
        ));
        if let Some(path) = &self.options.json {
            let text = json::report(&self.server(), self.count(), &self.graded);
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
            Some(path) => write_file(path, &junit::report(&self.server(), self.count(), &self.graded)),
            None => Ok(()),
        }
    }

    /// What is graded, as the command line says it.
    fn server(&self) -> String {
        match &self.options.subject {
            Subject::Running(server) => server.clone(),
            Subject::Program(command) => {
                let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
                format!("-- {}", words.join(" "))
            }
        }
    }

    /// The command that plays one stage again.
    fn again(&self, graded: &Graded) -> String {
        let (server, number) = (self.server(), graded.number);
        match &self.options.subject {
            Subject::Running(_) => format!("cutaway lab {server} --stage {number}"),
            Subject::Program(_) => format!("cutaway lab --stage {number} {server}"),
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
