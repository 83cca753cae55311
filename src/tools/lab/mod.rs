//! `cutaway lab`: grades a Redis that a student writes, stage by stage, by what Redis does.
//!
//! ```text
//! stage ─► its scenarios ─┬─► cutaway inside the process ─► what each client should receive ─┐
//!                         └─► the student's server       ─► what it did receive ─────────────┴─► passes, or the first difference
//! ```
//!
//! Redis has no counterpart. [`stages`] is the course, [`program`] starts a server and kills it, [`target`] is how scenarios reach it;
//! playing and comparing are those of `cutaway check` ([`play`]), which asks more of a server: the lab never uses what a stage has
//! not built yet.

pub mod grade;
pub mod json;
pub mod junit;
pub mod options;
pub mod program;
pub mod report;
pub mod stage;
pub mod stages;
pub mod target;
mod words;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::check::keys::keys_of;
use super::check::lack::Vocabulary;
use super::check::play::{Finding, play};
use super::check::{Outcome, probe};
use super::interrupt::{self, Second};
use super::scenario::{Scenario, Socket};
use crate::cli;
use grade::{Count, Failure, Grade, Graded};
use options::{Invocation, Options, Subject};
use program::Program;
use report::Report;
use stage::Stage;
use target::{Bench, capabilities};

/// The exit status when a stage fails.
const FAILS: u8 = 1;
/// The exit status when nothing could be played.
const CANNOT_RUN: u8 = 2;

/// A server that has not closed within so long is not waited for when a scenario is over.
const CLOSING: Duration = Duration::from_millis(500);

/// Runs the command; `args` begin with the word `lab`.
pub fn main(args: &[OsString]) -> ExitCode {
    let outcome = match options::parse(args) {
        Ok(Invocation::Print(text)) => {
            cli::print(&text);
            return ExitCode::SUCCESS;
        }
        Ok(Invocation::Grade(options)) => grade(&options),
        Err(error) => Err(error),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("cutaway lab: {error}");
        ExitCode::from(CANNOT_RUN)
    })
}

/// Plays what was asked for, reports as it goes, and gives the exit status.
fn grade(options: &Options) -> Result<ExitCode, String> {
    interrupt::watch(Second::Waits).map_err(|error| format!("cannot watch signals: {error}"))?;
    options.outputs.begin()?;
    let mut report = Report::new(options);
    let mut place = match (Place::find(options), interrupt::came()) {
        (Ok(place), None) => place,
        (_, Some(status)) => return Ok(ExitCode::from(status)),
        // Programs read it in the files, too: a server that cannot be played to is no server that passes.
        (Err(error), None) => {
            report.finish(Some(&error))?;
            return Err(error);
        }
    };
    for (number, stage) in options.wanted() {
        let started = Instant::now();
        let grade = place.grade(number, stage, options);
        let fails = matches!(grade, Grade::Fails(_));
        if interrupt::came().is_some() {
            break;
        }
        report.add(Graded { number, stage, grade, took: started.elapsed() });
        if fails && !options.all {
            break;
        }
    }
    // The program must not outlive a report that cannot be written.
    drop(place);
    report.finish(None)?;
    Ok(match (interrupt::came(), report.count()) {
        (Some(status), _) => ExitCode::from(status),
        (None, Count { fail: 1.., .. }) => ExitCode::from(FAILS),
        (None, Count { pass: 0, .. }) => ExitCode::from(CANNOT_RUN),
        _ => ExitCode::SUCCESS,
    })
}

/// Where the server is, or the program that it is.
enum Place<'a> {
    Running(SocketAddr),
    Program(&'a [OsString], Option<Program>),
}

impl<'a> Place<'a> {
    fn find(options: &'a Options) -> Result<Place<'a>, String> {
        Ok(match &options.subject {
            Subject::Running(server) => Place::Running(probe::address(server)?),
            // One that cannot be started is no stage's fault.
            Subject::Program(command) => {
                Place::Program(command, Some(Program::start(command, false, options.timeout)?))
            }
        })
    }

    /// Plays a stage.
    fn grade(&mut self, number: usize, stage: &'static Stage, options: &Options) -> Grade {
        for (name, scenario) in stage.scenarios() {
            match self.play(number, &scenario, options) {
                (Outcome::Agrees, _) => {}
                (Outcome::Skipped(reason), _) => return Grade::Skipped(reason),
                (Outcome::Differs(finding), program) => {
                    let (finding, patience) = (*finding, options.timeout);
                    return Grade::Fails(Box::new(Failure { name, scenario, finding, program, patience }));
                }
            }
        }
        Grade::Passes
    }

    /// Plays a scenario. If it fails: what became of the program, and what it has printed.
    fn play(&mut self, number: usize, scenario: &Scenario, options: &Options) -> (Outcome, Option<String>) {
        let (command, running) = match self {
            Place::Running(_) if scenario.kills_the_server() => {
                let why = "it kills the server and starts it again: run `cutaway lab -- PROGRAM`, so that the lab can";
                return (Outcome::Skipped(why.into()), None);
            }
            Place::Running(address) => return (play_at(*address, None, number, scenario, options), None),
            Place::Program(command, running) => (command, running),
        };
        // One that will be killed begins in an empty directory. The one before must be gone then: it may hold more than a port.
        let kills = scenario.kills_the_server();
        if kills || running.as_mut().is_none_or(Program::has_ended) {
            *running = None;
            match Program::start(command, kills, options.timeout) {
                Ok(program) => *running = Some(program),
                Err(why) => return (Outcome::Differs(Box::new(Finding::gone(why))), None),
            }
        }
        let Some(program) = running else { return (Outcome::Skipped("no program".into()), None) };
        program.begin();
        let outcome = play_at(program.address, kills.then_some(&mut *program), number, scenario, options);
        let words = match &outcome {
            Outcome::Differs(finding) => program.last_words(finding.breaks_off()),
            _ => None,
        };
        if kills {
            *running = None;
        }
        (outcome, words)
    }
}

/// Plays a scenario to the server at this address, and leaves nothing behind.
fn play_at(
    address: SocketAddr,
    program: Option<&mut Program>,
    number: usize,
    scenario: &Scenario,
    options: &Options,
) -> Outcome {
    let socket = match Socket::with_manners(address, capabilities(number, options.timeout)) {
        Ok(socket) => socket,
        Err(trouble) => return Outcome::Differs(Box::new(Finding::gone(trouble.to_string()))),
    };
    let deletes = stages::all().take(number).any(|(_, stage)| stage.commands.contains(&"DEL"));
    let keys = if deletes { keys_of(scenario) } else { Default::default() };
    let mut bench = Bench::new(socket, program);
    let settings = bench.settings(scenario);
    bench.delete(keys.clone());
    let outcome = play(scenario, &mut bench, options.timeout, &mut Vocabulary::default());
    bench.delete(keys);
    bench.restore(settings);
    bench.close_within(CLOSING);
    outcome
}
