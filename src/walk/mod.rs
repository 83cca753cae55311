//! `cutaway walk FILE|-`: plays a scenario inside the process and prints every step the server takes.
//!
//! ```text
//! scenario ─► Player ─► the server inside the process ─► steps, structures, bytes ─► text, json, svg or html
//! ```
//!
//! Without a file, on a terminal, the lines are typed: `A: SUBSCRIBE x`. Redis has no counterpart.

mod html;
mod json;
mod options;
mod session;
mod text;
mod typed;

use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use crate::cli;
use crate::scenario::figure::{Picture, stack};
use crate::scenario::run::Player;
use crate::scenario::{Feeding, InProcess, Scenario, Trouble};
use crate::steps::Recorder;
pub use options::command;
use options::{Format, Options, Wish};
use session::{Session, Walked};

/// Runs the command; `args` begin with the word `walk`.
pub fn main(args: &[OsString]) -> ExitCode {
    let outcome = match options::parse(args) {
        Ok(Wish::Print(text)) => {
            cli::print(&text);
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
        None if io::stdin().is_terminal() => typed::walk(options, &mut out),
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

/// One line's walk as text: what is printed for the line with this number in the scenario's file.
pub fn line(scenario: &Scenario, number: usize) -> Result<String, Trouble> {
    let recorder = Recorder::start();
    let mut server = InProcess::new(&scenario.settings, Feeding::Whole)?;
    let mut session = Session::new(Player::new(&mut server), recorder);
    for line in &scenario.lines {
        let walked = session.play(line).map_err(|trouble| trouble.at(line))?;
        if line.number == number {
            let mut text = Vec::new();
            text::print(&walked, true, &text::Terminal::default(), &mut text)
                .map_err(|error| Trouble::Broken(error.to_string()))?;
            return Ok(String::from_utf8_lossy(&text).into_owned());
        }
    }
    Err(Trouble::Broken(format!("line {number} is not a line of the dialogue")))
}

/// Plays a whole scenario, to its end or to a line that cannot be played.
fn play(scenario: &Scenario, options: &Options, out: &mut impl Write) -> Result<(), Stop> {
    let recorder = Recorder::start();
    let trouble = |trouble: Trouble| Stop::Scenario(trouble.to_string());
    let mut server = InProcess::new(&scenario.settings, Feeding::Whole).map_err(trouble)?;
    let mut session = Session::new(Player::new(&mut server), recorder);
    let mut printer = Printer { options, out, echo: true, pictures: Vec::new() };
    printer.begin(&scenario.title, &scenario.prose)?;
    for line in &scenario.lines {
        match session.play(line) {
            Ok(walked) => printer.show(&walked)?,
            Err(error) => {
                // What was played so far is whole.
                return printer.end(&scenario.title).and(Err(trouble(error.at(line))));
            }
        }
    }
    printer.end(&scenario.title)
}

/// Prints walks as the options say.
struct Printer<'a, W> {
    options: &'a Options,
    out: &'a mut W,
    /// Repeat each line before what came of it: not where it was just typed.
    echo: bool,
    /// Those of the lines so far: an SVG has to tell its height first.
    pictures: Vec<Picture>,
}

impl<W: Write> Printer<'_, W> {
    fn begin(&mut self, title: &str, prose: &[String]) -> io::Result<()> {
        match self.options.format {
            Format::Text if self.options.only.is_none() => {
                writeln!(self.out, "# {title}")?;
                prose.iter().try_for_each(|line| writeln!(self.out, "# {line}"))
            }
            Format::Html => html::begin(title, prose, self.out),
            Format::Text | Format::Json | Format::Svg => Ok(()),
        }
    }

    fn show(&mut self, walked: &Walked) -> io::Result<()> {
        if self.options.only.as_ref().is_some_and(|only| !walked.sends(only)) {
            return Ok(());
        }
        match self.options.format {
            Format::Text => text::print(walked, self.echo, &self.options.terminal, self.out),
            Format::Json => json::print(walked, self.out),
            Format::Html => html::print(walked, self.out),
            Format::Svg => {
                self.pictures.extend(walked.change.is_some().then(|| walked.change.picture()));
                Ok(())
            }
        }
    }

    fn end(&mut self, title: &str) -> Result<(), Stop> {
        match self.options.format {
            Format::Text | Format::Json => {}
            Format::Html => html::end(self.out)?,
            Format::Svg if self.pictures.is_empty() => {
                return Err(Stop::Scenario(
                    "nothing to draw: no line changes the structures or walks them".into(),
                ));
            }
            Format::Svg => self.out.write_all(stack(title, &self.pictures).as_bytes())?,
        }
        Ok(())
    }
}
