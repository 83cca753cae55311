//! The arguments of `cutaway lab`.
//!
//! Redis has no counterpart.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::time::Duration;

use clap::{Arg, ArgAction, Command};

use super::stage::Stage;
use super::stages::{self, PARTS};
use crate::cli::{ToolRequest, tool_arguments};
use crate::tools::outputs::{self, Outputs};

/// What the arguments ask for.
#[derive(Debug)]
pub enum Invocation {
    /// To print this: `--help`, `--list`.
    Print(String),
    /// To grade a server.
    Grade(Options),
}

/// Where the server comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// It runs at `HOST:PORT`.
    Running(String),
    /// The lab starts it: a program and its arguments.
    Program(Vec<OsString>),
}

/// How to grade.
#[derive(Debug)]
pub struct Options {
    /// The server.
    pub subject: Subject,
    /// The stages to play; all, if there are none.
    pub stages: Vec<RangeInclusive<usize>>,
    /// Go on after a stage that fails.
    pub all: bool,
    /// How long the server may take to answer.
    pub timeout: Duration,
    /// Where what was found goes.
    pub outputs: Outputs,
}

impl Options {
    /// The stages that are to be played, with their numbers.
    pub fn wanted(&self) -> impl Iterator<Item = (usize, &'static Stage)> + '_ {
        let wants =
            |number| self.stages.is_empty() || self.stages.iter().any(|range| range.contains(&number));
        stages::all().filter(move |(number, _)| wants(*number))
    }
}

/// The error for no server and no program.
const NOTHING: &str =
    "name a server, HOST:PORT, or a program behind `--`; `cutaway lab --list` shows the stages";

/// What stands below the options.
const NOTES: &str = "\
The stages are played in order, and the first that fails ends it, unless --all is given. docs/lab/README.md says what to build.

With `-- PROGRAM` the lab starts the server itself: PORT in its environment is where it must listen, DIR is an empty \
directory, APPENDONLY is yes in the last stage and no before. The lab waits ten seconds until the port takes connections. Only so \
can it kill the server and start it again, which the last stage needs.

The lab uses channels and keys of its own, whose names begin with `lab:`, and deletes those keys. Give it a server that nobody \
else uses.

Exit status: 0 all that was played passes, 1 a stage fails, 2 nothing could be played, 130 or 143 a signal ended it.";

/// Reads the arguments, of which the first is the word `lab`.
pub fn parse(args: &[OsString]) -> Result<Invocation, String> {
    let found = match tool_arguments(command(), args)? {
        ToolRequest::Tool(found) => found,
        ToolRequest::Help(text) => return Ok(Invocation::Print(text)),
    };
    if found.get_flag("list") {
        return Ok(Invocation::Print(list()));
    }
    let text = |name| found.get_one::<String>(name).cloned();
    let program: Vec<OsString> = found.get_many("program").into_iter().flatten().cloned().collect();
    let subject = match text("server") {
        Some(server) => Subject::Running(server),
        None if program.is_empty() => return Err(NOTHING.into()),
        None => Subject::Program(program),
    };
    let stages = found.get_many::<String>("stage").into_iter().flatten();
    Ok(Invocation::Grade(Options {
        subject,
        stages: stages.map(|text| range(text)).collect::<Result<_, String>>()?,
        all: found.get_flag("all"),
        timeout: outputs::patience(&found),
        outputs: Outputs::read(&found),
    }))
}

/// `7` or `1..7`, both ends included.
fn range(text: &str) -> Result<RangeInclusive<usize>, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let count = stages::all().count();
    match (first.parse(), last.strip_prefix('=').unwrap_or(last).parse()) {
        (Ok(first), Ok(last)) if 1 <= first && first <= last && last <= count => Ok(first..=last),
        _ => Err(format!(
            "`--stage {text}` is no stage from 1 to {count}, nor a range as 1..7; --list shows them"
        )),
    }
}

/// The stages, a line each.
fn list() -> String {
    let mut text = String::new();
    let mut number = 0;
    for (title, stages) in PARTS {
        text.push_str(&format!("{title}\n"));
        for stage in stages {
            number += 1;
            text.push_str(&format!("{number:4}  {:18} {}\n", stage.name, stage.title));
        }
    }
    text
}

/// What its arguments are.
pub fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    Command::new("lab")
        .bin_name("cutaway lab")
        .about("Grades a Redis of your own, stage by stage, by what Redis does")
        .after_help(NOTES)
        .arg(
            Arg::new("server")
                .value_name("HOST:PORT")
                .conflicts_with("program")
                .help("A server that runs, e.g. 127.0.0.1:7000"),
        )
        .arg(
            Arg::new("program")
                .value_name("PROGRAM")
                .last(true)
                .num_args(1..)
                .value_parser(clap::value_parser!(OsString))
                .help("A program that is the server, and its arguments, behind `--`"),
        )
        .arg(flag("list", "List the stages, and do nothing else"))
        .arg(
            Arg::new("stage")
                .long("stage")
                .value_name("N")
                .action(ArgAction::Append)
                .help("Play only stage N, or N..M; may be given several times"),
        )
        .arg(flag("all", "Play every stage, also behind one that fails"))
        .args(outputs::arguments("A server that does not answer for so long has failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Invocation, String> {
        let args: Vec<OsString> = std::iter::once(&"lab").chain(args).map(OsString::from).collect();
        super::parse(&args)
    }

    fn options(args: &[&str]) -> Options {
        match parse(args) {
            Ok(Invocation::Grade(options)) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_server_runs_or_is_started() {
        assert_eq!(options(&["h:1"]).subject, Subject::Running("h:1".into()));
        let started = options(&["--all", "--", "./my-redis", "--port", "x"]);
        assert_eq!(
            started.subject,
            Subject::Program(["./my-redis", "--port", "x"].map(OsString::from).into())
        );
        assert!(started.all);
    }

    #[test]
    fn stages_are_numbers_or_ranges() {
        let numbers = |args: &[&str]| options(args).wanted().map(|(number, _)| number).collect::<Vec<_>>();
        assert_eq!(numbers(&["h:1", "--stage", "1"]), [1]);
        assert_eq!(numbers(&["h:1"]).len(), stages::all().count());
    }

    #[test]
    fn mistakes_are_told_in_one_line() {
        let count = stages::all().count();
        let no_stage = |text| {
            format!("`--stage {text}` is no stage from 1 to {count}, nor a range as 1..7; --list shows them")
        };
        let cases: [(&[&str], String); 5] = [
            (&[], NOTHING.into()),
            (&["h:1", "--stage", "0"], no_stage("0")),
            (&["h:1", "--stage", "99"], no_stage("99")),
            (&["h:1", "--stage", "2..1"], no_stage("2..1")),
            (
                &["h:1", "--patience", "0"],
                "invalid value '0' for '--patience <SECONDS>': 0 is not in 1..=600".into(),
            ),
        ];
        for (args, error) in cases {
            assert_eq!(parse(args).unwrap_err(), error);
        }
    }
}
