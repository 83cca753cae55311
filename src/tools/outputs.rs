//! Where a tool that plays to somebody's server says what it found: text for people, JSON and JUnit XML for programs.
//!
//! Redis has no counterpart.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use clap::{Arg, ArgMatches};

/// What stands for standard output in the place of a file's name.
const STDOUT: &str = "-";

/// The files that were asked for.
#[derive(Debug, Default)]
pub struct Outputs {
    json: Option<String>,
    junit: Option<String>,
}

/// The arguments that such tools share: how long they wait, and for what files.
pub fn arguments(patience: &'static str) -> [Arg; 3] {
    let file =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("FILE").help(help);
    [
        Arg::new("patience")
            .long("patience")
            .value_name("SECONDS")
            .value_parser(clap::value_parser!(u64).range(1..=600))
            .default_value("5")
            .help(patience),
        file(
            "json",
            "Write what was found as JSON; - is standard output, and the text goes to standard error",
        ),
        file("junit", "Write what was found as JUnit XML"),
    ]
}

/// How long a server may take, as the arguments say.
pub fn patience(found: &ArgMatches) -> Duration {
    Duration::from_secs(*found.get_one("patience").unwrap_or(&5))
}

impl Outputs {
    /// Those that the arguments ask for.
    pub fn read(found: &ArgMatches) -> Outputs {
        let file = |name| found.get_one::<String>(name).cloned();
        Outputs { json: file("json"), junit: file("junit") }
    }

    /// Empties the files, and so finds out whether they can be written, before anything is played. What an earlier run has found
    /// must not be taken for what this one finds.
    pub fn begin(&self) -> Result<(), String> {
        let files = [&self.json, &self.junit].into_iter().flatten().filter(|path| *path != STDOUT);
        files.into_iter().try_for_each(|path| write_file(path, ""))
    }

    /// Says something to people: on standard output, unless the JSON goes there. A reader that has left is no reason to stop.
    pub fn say(&self, text: &str) {
        let _ = match self.json.as_deref() {
            Some(STDOUT) => writeln!(io::stderr(), "{text}"),
            _ => writeln!(io::stdout(), "{text}"),
        };
    }

    /// Writes the files that were asked for.
    pub fn write(&self, json: impl FnOnce() -> String, junit: impl FnOnce() -> String) -> Result<(), String> {
        match self.json.as_deref() {
            Some(STDOUT) => match io::stdout().write_all(json().as_bytes()) {
                // As with the text.
                Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                    return Err(format!("cannot write the report: {error}"));
                }
                _ => {}
            },
            Some(path) => write_file(path, &json())?,
            None => {}
        }
        self.junit.as_deref().map_or(Ok(()), |path| write_file(path, &junit()))
    }
}

fn write_file(path: &str, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("cannot write {path}: {error}"))
}
