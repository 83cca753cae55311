//! `cutaway walk FILE|-`: plays a scenario inside the process and prints every step the server takes.
//!
//! ```text
//! scenario ─► Player ─► the server inside the process ─► steps, structures, bytes ─► text or json
//! ```
//!
//! Without a file, on a terminal, the lines are typed: `A: SUBSCRIBE x`. Redis has no counterpart.

mod json;
mod options;
mod session;
mod text;

use std::ffi::OsString;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use crate::scenario::run::Player;
use crate::scenario::{Feeding, InProcess, Scenario};
use crate::steps::Recorder;
use options::{Format, Options, Wish};
use session::{Session, Walked};

/// Runs the command; `args` begin with the word `walk`.
pub fn main(args: &[OsString]) -> ExitCode {
    let outcome = match options::parse(args) {
        Ok(Wish::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Wish::Walk(options)) => walk(&options),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cutaway walk: {error}");
            ExitCode::FAILURE
        }
    }
}

fn walk(options: &Options) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let written = match options.file.as_deref() {
        Some(file) => play(&read(file)?, options, &mut out),
        None if io::stdin().is_terminal() => type_in(options, &mut out),
        None => return Err("give a scenario's file, or - for standard input".into()),
    };
    match written {
        // Whoever reads has seen enough: `cutaway walk … | head`.
        Err(Stop::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(Stop::Output(error)) => Err(format!("cannot write: {error}")),
        Err(Stop::Scenario(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

fn read(file: &str) -> Result<Scenario, String> {
    let text = if file == "-" { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(file) };
    let text = text.map_err(|error| format!("cannot read {file}: {error}"))?;
    Scenario::parse(&text).map_err(|error| format!("{file}: {error}"))
}

/// Why a walk ends early.
enum Stop {
    Output(io::Error),
    Scenario(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Output(error)
    }
}

/// Plays a whole scenario, to its end or to a line that cannot be played.
fn play(scenario: &Scenario, options: &Options, out: &mut impl Write) -> Result<(), Stop> {
    let recorder = Recorder::start();
    let trouble = |trouble: crate::scenario::Trouble| Stop::Scenario(trouble.to_string());
    let mut server = InProcess::new(&scenario.settings, Feeding::Whole).map_err(trouble)?;
    let mut session = Session::new(Player::new(&mut server), recorder);
    if options.format == Format::Text && options.only.is_none() {
        writeln!(out, "# {}", scenario.title)?;
        scenario.prose.iter().try_for_each(|line| writeln!(out, "# {line}"))?;
    }
    for line in &scenario.lines {
        let walked = session.play(line).map_err(|error| trouble(error.at(line)))?;
        show(&walked, options, out)?;
    }
    Ok(())
}

/// Plays what is typed, line by line; a slip of the finger is told and forgotten.
fn type_in(options: &Options, out: &mut impl Write) -> Result<(), Stop> {
    let recorder = Recorder::start();
    let mut server =
        InProcess::new(&[], Feeding::Whole).map_err(|error| Stop::Scenario(error.to_string()))?;
    let mut session = Session::new(Player::new(&mut server), recorder);
    eprintln!("Say who sends what: `A: SUBSCRIBE x`, `B: PUBLISH x hello`, `! A disconnects`. Ctrl-D ends.");
    let mut typed = io::stdin().lock();
    for number in 1.. {
        write!(out, "> ")?;
        out.flush()?;
        let mut text = String::new();
        if typed.read_line(&mut text)? == 0 {
            writeln!(out)?;
            break;
        }
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let line = Scenario::parse_line(number, text).map_err(|error| error.message);
        match line.and_then(|line| session.play(&line).map_err(|trouble| trouble.to_string())) {
            Ok(walked) => show(&walked, options, out)?,
            Err(error) => writeln!(out, "  {error}")?,
        }
    }
    Ok(())
}

fn show(walked: &Walked, options: &Options, out: &mut impl Write) -> io::Result<()> {
    if options.only.as_ref().is_some_and(|only| !walked.sends(only)) {
        return Ok(());
    }
    match options.format {
        Format::Text => text::print(walked, options.colour, out),
        Format::Json => json::print(walked, out),
    }
}
