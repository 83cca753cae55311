//! `cutaway check HOST:PORT`: plays the scenarios to a server that claims to speak Redis and says where its bytes part
//! from Redis's.
//!
//! ```text
//! embedded scenario ─┬─► cutaway inside the process ─► what each client should receive ─┐
//!                    └─► the server behind sockets  ─► what it did receive ─────────────┴─► play ─► report
//! ```
//!
//! What should come is what cutaway itself says, which the test-suite holds equal to Redis 8.0. [`probe`] finds out what the
//! server can take, [`skip`] what cannot be asked of it, [`settings`] and [`keys`] leave it as it was found, [`play`] goes
//! line by line to the first difference, [`explain`] puts that into words. Redis has no counterpart.
//!
//! Circle: what a check found ([`Checked`], [`Outcome`]) is defined here, where it is collected, and each format prints it.

pub mod explain;
pub mod json;
pub mod junit;
pub mod keys;
pub mod options;
pub mod play;
pub mod probe;
pub mod report;
pub mod settings;
pub mod skip;
mod words;

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::scenario::embedded::scenarios;
use super::scenario::frame::Frame;
use super::scenario::order::begins;
use super::scenario::socket::PING;
use super::scenario::{PlayError, Scenario, Socket};
use crate::cli;
use keys::Keys;
use options::{Invocation, Options};
use play::Finding;
use probe::About;
use report::Report;

/// The exit status when some scenario differs.
const SOME_DIFFER: u8 = 1;
/// The exit status when nothing could be checked.
const CANNOT_RUN: u8 = 2;

/// How many scenarios came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Every byte is Redis's.
    pub agree: usize,
    /// Some byte is not.
    pub differ: usize,
    /// Not played.
    pub skipped: usize,
}

/// One scenario and what came of it.
pub struct Checked {
    /// The scenario's name: its file's, without the ending.
    pub name: &'static str,
    /// The scenario.
    pub scenario: Scenario,
    /// What came of it.
    pub outcome: Outcome,
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
        Ok(Invocation::Check(options)) => check(&options),
        Err(error) => Err(error),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("cutaway check: {error}");
        ExitCode::from(CANNOT_RUN)
    })
}

/// Plays what was asked for, reports as it goes, and gives the exit status.
fn check(options: &Options) -> Result<ExitCode, String> {
    for path in [&options.json, &options.junit].into_iter().flatten().filter(|path| *path != "-") {
        // Better now than when all is played.
        let file = OpenOptions::new().append(true).create(true).open(path);
        file.map_err(|error| format!("cannot write {path}: {error}"))?;
    }
    let mut about = probe::probe(options)?;
    let mut report = Report::new(options, &about);
    let mut keys = Keys::default();
    for (name, scenario) in scenarios().into_iter().filter(|(name, _)| options.wants(name)) {
        let started = Instant::now();
        let outcome = one(name, &scenario, &mut about, &mut keys);
        report.add(Checked { name, scenario, outcome, took: started.elapsed() });
    }
    report.finish()?;
    Ok(match (report.count().agree, report.count().differ) {
        (_, 1..) => ExitCode::from(SOME_DIFFER),
        (0, 0) => ExitCode::from(CANNOT_RUN),
        _ => ExitCode::SUCCESS,
    })
}

/// One scenario: connect, settings, play, tidy up.
fn one(name: &str, scenario: &Scenario, about: &mut About, keys: &mut Keys) -> Outcome {
    if about.gone {
        return Outcome::Skipped("the server is gone".into());
    }
    if let Some(reason) = skip::reason(scenario, about).or_else(|| keys.reason_to_skip(scenario)) {
        return Outcome::Skipped(reason);
    }
    let mut socket = match Socket::with_manners(about.address, about.capabilities.clone()) {
        Ok(socket) => socket,
        Err(trouble) => {
            about.gone = true;
            return Outcome::Differs(Box::new(Finding::gone(trouble.to_string())));
        }
    };
    let found = if about.has_config { settings::found(&mut socket) } else { Default::default() };
    let left_over = probe::left_over(&mut socket, about, scenario);
    let mut outcome = match settings::apply(&mut socket, scenario, &found) {
        Err(refusal) => Outcome::Skipped(refusal),
        Ok(()) => play::play(scenario, &mut socket),
    };
    if let Outcome::Differs(finding) = &mut outcome {
        finding.left_over = left_over;
    }
    if let Err(trouble) = tidy(socket, scenario, &found, keys) {
        eprintln!("cutaway check: after {name} the server is not as it was: {trouble}");
    }
    outcome
}

/// Leaves the server as it was found.
fn tidy(
    mut socket: Socket,
    scenario: &Scenario,
    found: &settings::Values,
    keys: &mut Keys,
) -> Result<(), PlayError> {
    let all_left = socket.disconnect_all();
    // A barrier that broke off, or owes a reply, is no use any more. One that is logged in must stay: the password may be new.
    if socket.ask(PING) != Ok(Frame::Text(b'+', b"PONG".into())) {
        socket.renew_barrier()?;
    }
    if scenario.requests().any(|request| begins(request, &["client", "pause"])) {
        socket.try_ask(&[b"CLIENT", b"UNPAUSE"]);
    }
    let put_back = settings::restore(&mut socket, found);
    keys.tidy(&mut socket, scenario);
    socket.close()?;
    all_left.and(put_back)
}
