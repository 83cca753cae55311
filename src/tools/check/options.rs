//! The arguments of `cutaway check`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Arg, ArgAction, Command};

use crate::cli::{ToolRequest, tool_arguments};
use crate::tools::scenario::embedded::scenarios;

/// What the arguments ask for.
#[derive(Debug)]
pub enum Invocation {
    /// To print this: `--help`, `--list`.
    Print(String),
    /// To check a server.
    Check(Options),
}

/// How to check.
#[derive(Debug)]
pub struct Options {
    /// `HOST:PORT`.
    pub server: String,
    /// Only scenarios whose names contain one of these; all, if there are none.
    pub only: Vec<String>,
    /// The server may be emptied even if it holds keys.
    pub flush: bool,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// Where the JSON goes; `-` is standard output.
    pub json: Option<String>,
    /// Where the JUnit XML goes.
    pub junit: Option<String>,
}

impl Options {
    /// Whether a scenario of this name is to be played.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part))
    }
}

/// What stands below the options.
const NOTES: &str = "\
The server should run for this alone, with default settings and without a password: the scenarios count and kill clients, \
change settings, set a few keys (k, k2, a, b, fresh, fresh2, new, product:7, \"two words\", \"bin\\x00\") and empty all \
databases. A server that holds keys is only checked with --flush; one that has other clients is not. Statistics are reset; \
settings are put back and keys removed after each scenario. Do not interrupt it: a scenario with a password would leave that \
behind (`secret`).

Exit status: 0 all that was played agrees, 1 something differs, 2 nothing could be checked.";

/// Reads the arguments, of which the first is the word `check`.
pub fn parse(args: &[OsString]) -> Result<Invocation, String> {
    let found = match tool_arguments(command(), args)? {
        ToolRequest::Tool(found) => found,
        ToolRequest::Help(text) => return Ok(Invocation::Print(text)),
    };
    let text = |name| found.get_one::<String>(name).cloned();
    let options = Options {
        server: text("server").unwrap_or_default(),
        only: found.get_many("only").into_iter().flatten().cloned().collect(),
        flush: found.get_flag("flush"),
        timeout: Duration::from_secs(*found.get_one("patience").unwrap_or(&5)),
        json: text("json"),
        junit: text("junit"),
    };
    let wanted: Vec<_> = scenarios().into_iter().filter(|(name, _)| options.wants(name)).collect();
    if wanted.is_empty() {
        return Err(format!("no scenario's name contains {}; --list shows them", options.only.join(" or ")));
    }
    if found.get_flag("list") {
        let line = |(name, scenario): &(_, crate::tools::scenario::Scenario)| {
            format!("{name:32} {}\n", scenario.title)
        };
        return Ok(Invocation::Print(wanted.iter().map(line).collect()));
    }
    Ok(Invocation::Check(options))
}

/// What its arguments are.
pub fn command() -> Command {
    let file =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("FILE").help(help);
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
        .arg(flag("list", "List the scenarios, with --only some of them, and go"))
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("PART")
                .action(ArgAction::Append)
                .help("Play only scenarios whose names contain PART; may be given several times"),
        )
        .arg(flag("flush", "Agree to FLUSHALL although the server holds keys"))
        .arg(
            Arg::new("patience")
                .long("patience")
                .value_name("SECONDS")
                .value_parser(clap::value_parser!(u64).range(1..=600))
                .default_value("5")
                .help("A server that does nothing for so long is given up"),
        )
        .arg(file("json", "Write what was found as JSON; - is standard output, and the text goes to standard error"))
        .arg(file("junit", "Write what was found as JUnit XML"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Invocation, String> {
        let args: Vec<OsString> = std::iter::once(&"check").chain(args).map(OsString::from).collect();
        super::parse(&args)
    }

    #[test]
    fn only_may_be_given_several_times() {
        let Ok(Invocation::Check(options)) = parse(&["h:1", "--only", "weather", "--only", "glob"]) else {
            panic!()
        };
        assert!(options.wants("glob-rules") && options.wants("weather") && !options.wants("arity"));
    }

    #[test]
    fn a_list_needs_no_server() {
        let Ok(Invocation::Print(text)) = parse(&["--list", "--only", "weather"]) else { panic!() };
        assert_eq!(text, format!("{:32} Four clients and the weather.\n", "weather"));
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
            assert_eq!(parse(args).unwrap_err(), error);
        }
    }
}
