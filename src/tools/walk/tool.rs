//! `cutaway walk`: its command line, and what is printed.
//!
//! Redis has no counterpart.
//!
//! Circle: typed lines are printed as those of a file are, and this decides which of the two are read.

use std::ffi::OsString;
use std::io;
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

pub use super::options::command;
use super::options::{Format, Invocation, Options};
use super::session::{Session, Walked};
use super::{html, json, options, short, text, typed};
use crate::cli;
use crate::steps::readable;
use crate::tools::draw::{Picture, heading, not_a_line, stack};
use crate::tools::scenario::{Action, PlayError, Scenario, Sending, Start, file};

/// Runs the command; `args` begin with the word `walk`.
pub fn main(args: &[OsString]) -> ExitCode {
    let outcome = match options::parse(args) {
        Ok(Invocation::Print(text)) => {
            cli::print(&text);
            return ExitCode::SUCCESS;
        }
        Ok(Invocation::Walk(options)) => walk(&options),
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
        Some(file) => play(file, &file::read(file)?, options, &mut out),
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

/// Why a walk ends early.
pub(super) enum Stop {
    /// The output cannot be written.
    Output(io::Error),
    /// The scenario cannot be played, for this reason.
    Scenario(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Output(error)
    }
}

/// One line's walk as text: what is printed for the line with this number in the scenario's file.
pub fn line(scenario: &Scenario, number: usize) -> Result<String, PlayError> {
    let mut session = Session::new(&scenario.settings, Start::default())?;
    for line in &scenario.lines {
        let walked = session.play(line).map_err(|trouble| trouble.at(line))?;
        if line.number == number {
            let mut text = Vec::new();
            text::print(&walked, true, &text::Terminal::default(), &mut text)
                .map_err(|error| PlayError::Broken(error.to_string()))?;
            return Ok(String::from_utf8_lossy(&text).into_owned());
        }
    }
    Err(not_a_line(scenario, number))
}

/// Plays the whole scenario of a file, to its end or to a line that cannot be played.
fn play(file: &str, scenario: &Scenario, options: &Options, out: &mut impl Write) -> Result<(), Stop> {
    let trouble = |trouble: PlayError| Stop::Scenario(format!("{file}: {trouble}"));
    let mut session = Session::new(&scenario.settings, Start::default()).map_err(trouble)?;
    let mut printer = Printer::new(options, out);
    printer.begin(scenario)?;
    for line in &scenario.lines {
        match session.play(line) {
            Ok(walked) => printer.show(&walked)?,
            Err(error) => {
                // What was played so far is whole.
                return printer.end(scenario).and(Err(trouble(error.at(line))));
            }
        }
    }
    printer.end(scenario)?;
    match &options.only {
        Some(only) if printer.shown == 0 => Err(Stop::Scenario(no_line_sends(only, file, scenario))),
        _ => Ok(()),
    }
}

/// The error for `--only` with a command that no line sends; it names the commands that are sent.
fn no_line_sends(only: &str, file: &str, scenario: &Scenario) -> String {
    let mut commands: Vec<String> = Vec::new();
    for line in &scenario.lines {
        let Action::Send { sending: Sending::Request(words), .. } = &line.action else { continue };
        commands.extend(words.first().map(|word| readable(word).to_uppercase()));
    }
    commands.sort();
    commands.dedup();
    let all = if commands.is_empty() { "none".into() } else { commands.join(", ") };
    format!("{file}: no line sends {only}; the commands in it: {}", short::cut(&all))
}

/// Prints walks as the options say.
pub(super) struct Printer<'a, W> {
    options: &'a Options,
    pub(super) out: &'a mut W,
    /// Repeat each line before what came of it: not where it was just typed.
    pub(super) echo: bool,
    /// How many lines it has printed.
    shown: usize,
    /// Those of the lines so far: an SVG has to tell its height first.
    pictures: Vec<Picture>,
}

impl<'a, W: Write> Printer<'a, W> {
    pub(super) fn new(options: &'a Options, out: &'a mut W) -> Self {
        Printer { options, out, echo: true, shown: 0, pictures: Vec::new() }
    }

    /// What stands before the dialogue: title and prose, and the settings.
    pub(super) fn begin(&mut self, scenario: &Scenario) -> io::Result<()> {
        let Scenario { title, prose, settings, .. } = scenario;
        match self.options.format {
            Format::Text if self.options.only.is_none() => {
                let comments = std::iter::once(title).chain(prose);
                comments.into_iter().try_for_each(|line| writeln!(self.out, "# {line}"))?;
                settings.iter().try_for_each(|setting| writeln!(self.out, "{}", short::cut(&setting.text)))
            }
            Format::Json if self.options.only.is_none() => {
                settings.iter().try_for_each(|setting| json::setting(setting, self.out))
            }
            Format::Html => html::begin(scenario, self.out),
            Format::Text | Format::Json | Format::Svg => Ok(()),
        }
    }

    pub(super) fn show(&mut self, walked: &Walked) -> io::Result<()> {
        if self.options.only.as_ref().is_some_and(|only| !walked.sends(only)) {
            return Ok(());
        }
        self.shown += 1;
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

    pub(super) fn end(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        match self.options.format {
            Format::Text | Format::Json => {}
            Format::Html => html::end(self.out)?,
            // If no line was printed, that is what will be said.
            Format::Svg if self.shown == 0 && self.options.only.is_some() => {}
            Format::Svg if self.pictures.is_empty() => {
                return Err(Stop::Scenario(
                    "nothing to draw: no line changes the structures or walks them".into(),
                ));
            }
            Format::Svg => {
                let settings = scenario.settings.iter().map(|setting| setting.text.as_str());
                self.pictures.insert(0, heading(&scenario.title, settings));
                self.out.write_all(stack(&scenario.title, &self.pictures).as_bytes())?;
            }
        }
        Ok(())
    }
}
