//! The arguments of `cutaway check`.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use clap::{Arg, ArgAction, Command};

use super::selection::{self, Entry};
use crate::cli::{ToolRequest, tool_arguments};
use crate::tools::outputs::{self, Outputs};

/// What the arguments ask for.
pub enum Invocation {
    /// To print this: `--help`, `--list`.
    Print(String),
    /// To check a server with these scenarios, in this order.
    Check(Options, Vec<Entry>),
}

/// How to check.
#[derive(Debug, Default)]
pub struct Options {
    /// `HOST:PORT`.
    pub server: String,
    /// The server may be emptied even if it holds keys.
    pub flush: bool,
    /// What the server lacks counts as a difference.
    pub complete: bool,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// Where what was found goes.
    pub outputs: Outputs,
}

/// What stands below the options.
const NOTES: &str = "\
The server should run for this alone, with default settings and without a password: the scenarios count and kill clients, \
change settings, set keys and empty all databases. A server that holds keys is only checked with --flush; one that has other \
clients is not. Statistics are reset; everything else is put back after each scenario, also when SIGINT or SIGTERM ends the \
check. What a check leaves that is killed, the next one puts back.

Exit status: 0 every line that was played agrees, 1 something differs (with --complete: or lacks), 2 nothing could be checked, \
130 or 143 after SIGINT or SIGTERM.";

/// Reads the arguments, of which the first is the word `check`.
pub fn parse(args: &[OsString]) -> Result<Invocation, String> {
    let found = match tool_arguments(command(), args)? {
        ToolRequest::Tool(found) => found,
        ToolRequest::Help(text) => return Ok(Invocation::Print(text)),
    };
    let text = |name| found.get_one::<String>(name).cloned();
    let all = |name| found.get_many::<String>(name).into_iter().flatten().cloned();
    let list = found.get_flag("list");
    // For a list no server is needed, so the first word may be a file as well.
    let server = text("server").unwrap_or_default();
    let is_file = list && !server.is_empty() && (Path::new(&server).exists() || !server.contains(':'));
    let files: Vec<String> = is_file.then(|| server.clone()).into_iter().chain(all("files")).collect();
    let only: Vec<String> = all("only").collect();
    let options = Options {
        server,
        flush: found.get_flag("flush"),
        complete: found.get_flag("complete"),
        timeout: outputs::patience(&found),
        outputs: Outputs::read(&found),
    };
    let entries = selection::select(&files, &only)?;
    Ok(if list { Invocation::Print(selection::list(&entries)) } else { Invocation::Check(options, entries) })
}

/// What its arguments are.
pub fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    Command::new("check")
        .bin_name("cutaway check")
        .about("Plays the scenarios to a server that claims to speak Redis, and says where its bytes differ from Redis's")
        .after_help(NOTES)
        .arg(
            Arg::new("server")
                .value_name("HOST:PORT")
                .required_unless_present("list")
                .help("The server, e.g. 127.0.0.1:6379"),
        )
        .arg(
            Arg::new("files")
                .value_name("FILE")
                .num_args(0..)
                .help("Scenario files of your own, to play instead of the carried ones; - is standard input"),
        )
        .arg(flag("list", "List the scenarios in the order of the book, with --only some of them, and go"))
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("PART")
                .action(ArgAction::Append)
                .help("Play only scenarios whose names contain PART; may be given several times. Those of the laboratory need lab/"),
        )
        .arg(flag("complete", "Count commands and settings that the server lacks as differences"))
        .arg(flag("flush", "Agree to FLUSHALL although the server holds keys"))
        .args(outputs::arguments("A server that does nothing for so long is given up"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Invocation, String> {
        let args: Vec<OsString> = std::iter::once(&"check").chain(args).map(OsString::from).collect();
        super::parse(&args)
    }

    fn names(args: &[&str]) -> Vec<String> {
        match parse(args) {
            Ok(Invocation::Check(_, entries)) => entries.into_iter().map(|entry| entry.name).collect(),
            _ => panic!("{args:?}"),
        }
    }

    #[test]
    fn only_may_be_given_several_times() {
        assert_eq!(names(&["h:1", "--only", "weather", "--only", "glob-r"]), ["weather", "glob-rules"]);
    }

    #[test]
    fn files_are_played_instead_of_the_carried_scenarios() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/weather.scenario");
        assert_eq!(names(&["h:1", file, file]), ["weather", "weather"]);
        for args in [&["--list", file][..], &["h:1", "--list", file]] {
            let Ok(Invocation::Print(text)) = parse(args) else { panic!() };
            assert_eq!(text, "Your own\n  weather                        Four clients and the weather.\n");
        }
        let error = parse(&["h:1", "/no/such.scenario"]).err().unwrap();
        assert!(error.starts_with("cannot read /no/such.scenario: "), "{error}");
    }

    #[test]
    fn mistakes_are_told_in_one_line() {
        let cases: [(&[&str], &str); 3] = [
            (&[], "the following required arguments were not provided: <HOST:PORT>"),
            (&["h:1", "--only", "nosuch"], "no scenario's name contains nosuch; --list shows them"),
            (
                &["h:1", "--patience", "0"],
                "invalid value '0' for '--patience <SECONDS>': 0 is not in 1..=600",
            ),
        ];
        for (args, error) in cases {
            assert_eq!(parse(args).err().as_deref(), Some(error));
        }
    }
}
