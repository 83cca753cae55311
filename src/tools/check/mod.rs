//! `cutaway check HOST:PORT`: plays the scenarios to a server that claims to speak Redis and says where its bytes part
//! from Redis's.
//!
//! ```text
//! scenario ─┬─► cutaway inside the process ─► what each client should receive ─┐
//!           └─► the server behind sockets  ─► what it did receive ─────────────┴─► play ─► lack ─► report
//! ```
//!
//! What should come is what cutaway itself says, which the test-suite holds equal to Redis 8.0. [`selection`] finds the
//! scenarios and their order, [`probe`] what the server can take, [`skip`] what cannot be asked of it. [`play`] goes line by
//! line to the first difference, [`explain`] puts that into words, [`lack`] tells a command that is missing from a wrong
//! byte. [`settings`], [`keys`] and [`tidy`] leave the server as it was found, [`journal`] and [`recover`] do so for a check
//! that was killed. Redis has no counterpart.
//!
//! Circle: what a check found ([`Checked`], [`Outcome`]) is defined here, where it is collected, and each format prints it.

pub mod explain;
mod fold;
pub mod journal;
pub mod json;
pub mod junit;
pub mod keys;
pub mod lack;
pub mod options;
pub mod play;
pub mod probe;
mod recover;
pub mod report;
pub mod selection;
pub mod settings;
pub mod skip;
mod tidy;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::interrupt::{self, Second};
use super::scenario::Socket;
use crate::cli;
use journal::Journal;
use keys::Keys;
use lack::Vocabulary;
use options::{Invocation, Options};
use play::Finding;
use probe::About;
use report::Report;
use selection::Entry;
use settings::Refusal;

/// The exit status when some scenario differs.
const SOME_DIFFER: u8 = 1;
/// The exit status when nothing could be checked.
const CANNOT_RUN: u8 = 2;

/// A server that has answered too little is waited for so long.
const QUIET: Duration = Duration::from_millis(500);

/// How many scenarios came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Every byte is Redis's.
    pub agree: usize,
    /// Some byte is not.
    pub differ: usize,
    /// They need a command or a setting that the server does not have.
    pub lack: usize,
    /// Not played.
    pub skipped: usize,
}

/// One scenario and what came of it.
pub struct Checked {
    /// The scenario, and its name.
    pub entry: Entry,
    /// What came of it.
    pub outcome: Outcome,
    /// What it needs and the server does not have, by name: then the difference is that, and no wrong byte.
    pub lacks: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// What came of a scenario.
pub enum Outcome {
    /// Every byte is Redis's.
    Agrees,
    /// The first difference.
    Differs(Box<Finding>),
    /// It was not played, for this reason.
    Skipped(String),
}

/// Runs the command; `args` begin with the word `check`.
pub fn main(args: &[OsString]) -> ExitCode {
    let outcome = match options::parse(args) {
        Ok(Invocation::Print(text)) => {
            cli::print(&text);
            return ExitCode::SUCCESS;
        }
        Ok(Invocation::Check(options, entries)) => check(&options, entries),
        Err(error) => Err(error),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("cutaway check: {error}");
        ExitCode::from(interrupt::came().unwrap_or(CANNOT_RUN))
    })
}

/// Plays what was asked for, reports as it goes, and gives the exit status.
fn check(options: &Options, entries: Vec<Entry>) -> Result<ExitCode, String> {
    options.outputs.begin()?;
    interrupt::watch(Second::Ends).map_err(|error| format!("cannot watch signals: {error}"))?;
    let address = probe::address(&options.server)?;
    let mut journal = Journal::open(address)?;
    let left = journal.left();
    if let Some(left) = &left {
        let found = recover::put_back(address, options.timeout, left)?;
        options.outputs.say(&recover::tell(left, found.as_deref(), &journal));
    }
    let about = match probe::probe(options, address, &entries) {
        Ok(about) => about,
        Err(error) => {
            if left.is_none() {
                journal.remove();
            }
            return Err(error);
        }
    };
    let mut run =
        Run { journal, keys: Keys::default(), vocabulary: Vocabulary::default(), untidy: false, about };
    run.vocabulary.unknown = run.about.unknown.clone();
    run.vocabulary.lists_clients = run.about.capabilities.lists_clients;
    run.begin();
    let mut report = Report::new(options, &run.about);
    let mut interrupted = None;
    for entry in entries {
        let started = Instant::now();
        let outcome = run.one(&entry);
        if interrupt::came().is_some() {
            interrupted = Some(entry.name);
            break;
        }
        report.add(Checked { entry, outcome, lacks: None, took: started.elapsed() });
    }
    report.settle(&run.vocabulary);
    let untidy = run.end();
    report.finish(interrupted.as_deref(), untidy)?;
    Ok(match (interrupt::came(), report.count()) {
        (Some(status), _) => ExitCode::from(status),
        (None, Count { differ: 1.., .. }) => ExitCode::from(SOME_DIFFER),
        (None, Count { lack: 1.., .. }) if options.complete => ExitCode::from(SOME_DIFFER),
        (None, _) if report.lines_that_agree() == 0 => ExitCode::from(CANNOT_RUN),
        _ => ExitCode::SUCCESS,
    })
}

/// What is known while scenarios are played.
struct Run {
    journal: Journal,
    keys: Keys,
    vocabulary: Vocabulary,
    about: About,
    /// Something could not be put back.
    untidy: bool,
}

impl Run {
    /// Writes down what the server is before the first scenario.
    fn begin(&mut self) {
        let connected = Socket::with_manners(self.about.address, self.about.capabilities.clone());
        let found = match connected {
            Ok(mut socket) if self.about.has_config => {
                let found = settings::found(&mut socket);
                // If it does not close, the first scenario will tell.
                let _ = socket.close();
                found
            }
            _ => settings::Values::new(),
        };
        if let Err(error) = self.journal.begin(self.about.run_id.as_deref(), &found) {
            eprintln!("cutaway check: cannot keep a journal: {error}");
        }
    }

    /// One scenario: connect, settings, play, tidy up.
    fn one(&mut self, entry: &Entry) -> Outcome {
        let Entry { name, scenario, .. } = entry;
        if self.about.gone {
            return Outcome::Skipped("the server is gone".into());
        }
        if let Some(reason) =
            skip::reason(scenario, &self.about).or_else(|| self.keys.reason_to_skip(scenario))
        {
            return Outcome::Skipped(reason);
        }
        // Without a journal the check itself goes well, unless it is killed.
        let _ = self.journal.plays(&tidy::risk(name, scenario));
        let mut socket = match Socket::with_manners(self.about.address, self.about.capabilities.clone()) {
            Ok(socket) => socket,
            Err(trouble) => {
                self.about.gone = true;
                return Outcome::Differs(Box::new(Finding::gone(trouble.to_string())));
            }
        };
        let found = if self.about.has_config { settings::found(&mut socket) } else { Default::default() };
        if self.about.has_config && found.is_empty() {
            return Outcome::Skipped("the server does not answer CONFIG GET".into());
        }
        let left_over = probe::left_over(&mut socket, &self.about, scenario);
        let mut outcome = match settings::apply(&mut socket, scenario, &found) {
            Err(Refusal::Lacks(lack)) => Outcome::Differs(Box::new(Finding::before_the_first_line(
                "it lacks a setting".into(),
                Some(lack),
            ))),
            Err(Refusal::Skip(reason)) => Outcome::Skipped(reason),
            Ok(()) => play::play(scenario, &mut socket, QUIET, &mut self.vocabulary),
        };
        if let Outcome::Differs(finding) = &mut outcome {
            finding.left_over = left_over;
        }
        socket.insist();
        if let Err(trouble) = tidy::tidy(socket, scenario, &found, &mut self.keys) {
            self.untidy = true;
            eprintln!("cutaway check: after {name} the server is not as it was: {trouble}");
        }
        outcome
    }

    /// Removes the journal, unless the next check will need it. Returns whether something could not be put back.
    fn end(self) -> bool {
        if !self.untidy {
            self.journal.remove();
        }
        self.untidy
    }
}
