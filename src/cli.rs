//! The command line: `cutaway [CONFIG] [--setting value …]`, or `cutaway TOOL …`.
//!
//! Redis: `main()` in `src/server.c`. Flags and their help are made from the settings table. Redis's tools are programmes of
//! their own; ours are in this one. A first argument that is exactly a tool's name means the tool; a config file of that
//! name is `./check`.

use crate::config::Config;
use crate::config::table::{INERT, SETTINGS};
use clap::{Arg, ArgAction, Command};
use std::ffi::OsString;
use std::process::ExitCode;

/// Something else than a server that this program can be.
pub struct Tool {
    /// The first argument.
    pub name: &'static str,
    /// What it does, for `--help`.
    pub about: &'static str,
    /// Runs it; the arguments begin with its name.
    pub main: fn(&[OsString]) -> ExitCode,
}

/// Every tool.
pub const TOOLS: &[Tool] = &[Tool {
    name: "check",
    about: "Play the scenarios to a server and say where it differs from Redis",
    main: crate::check::main,
}];

/// The tool that the arguments, the program's name first, ask for.
pub fn tool(args: &[OsString]) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| args.get(1).is_some_and(|word| word == tool.name))
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Request {
    /// To run with these settings.
    Run(Box<Config>),
    /// To print this and go: `--help`, `--version`.
    Print(String),
}

/// Reads the arguments, the program's name first; a `-` as the file is standard input. The error is for
/// stderr, and says in one line what is wrong.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Request, String> {
    let found = match command().try_get_matches_from(args) {
        Ok(found) => found,
        Err(error) if !error.use_stderr() => return Ok(Request::Print(error.to_string())),
        Err(error) => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            return Err(line.trim_start_matches("error: ").to_string());
        }
    };
    let mut config = Config::default();
    if let Some(path) = found.get_one::<String>("config") {
        let text = if path == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            config.file = Some(std::path::absolute(path).unwrap_or_else(|_| path.into()));
            std::fs::read_to_string(path)
        };
        let text = text.map_err(|error| format!("cannot read the config file {path}: {error}"))?;
        config.load(&text).map_err(|error| format!("{path}: {error}"))?;
    }
    for setting in SETTINGS.iter().chain(INERT) {
        if let Some(occurrences) = found.get_occurrences::<String>(setting.name) {
            for words in occurrences {
                let words: Vec<String> = words.cloned().collect();
                config.set_at_start(setting.name, &words)?;
            }
        }
    }
    Ok(Request::Run(Box::new(config)))
}

fn command() -> Command {
    let mut command = Command::new("cutaway")
        .version(concat!("v=", env!("CARGO_PKG_VERSION"), " (speaks Redis 7.2)"))
        .about("A Redis-compatible Pub/Sub server built to be read, watched and measured")
        .override_usage("cutaway [CONFIG] [--setting value ...]\n       cutaway TOOL ...")
        .after_help(TOOLS.iter().fold("Tools (cutaway TOOL --help says more):".to_string(), |text, tool| {
            format!("{text}\n  {:8} {}", tool.name, tool.about)
        }))
        .arg(
            Arg::new("config")
                .value_name("CONFIG")
                .help("A config file, as for redis-server; - is standard input"),
        );
    for setting in SETTINGS.iter().chain(INERT) {
        let inert = matches!(setting.kind, crate::config::value::Kind::Inert);
        let mut arg = Arg::new(setting.name)
            .long(setting.name)
            .value_name("value")
            .num_args(0..)
            .action(ArgAction::Append)
            .allow_negative_numbers(true)
            .hide(inert)
            .help(if setting.default.is_empty() {
                setting.doc.to_string()
            } else {
                format!("{} [default: {}]", setting.doc, setting.default)
            });
        if let Some(alias) = setting.alias {
            arg = arg.alias(alias);
        }
        command = command.arg(arg);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<Config, String> {
        match parse(std::iter::once("cutaway").chain(args.iter().copied()).map(OsString::from))? {
            Request::Run(config) => Ok(*config),
            Request::Print(text) => Err(text),
        }
    }

    #[test]
    fn settings_are_flags() {
        let config =
            run(&["--port", "7000", "--bind", "127.0.0.1", "::1", "--requirepass", "a b", "--save", ""])
                .unwrap();
        assert_eq!((config.port, config.requirepass.as_str()), (7000, "a b"));
        assert_eq!(config.bind, ["127.0.0.1", "::1"]);
    }

    #[test]
    fn a_negative_number_is_a_value() {
        assert_eq!(run(&["--slowlog-log-slower-than", "-1"]).unwrap().slowlog_slower_than, -1);
    }

    #[test]
    fn only_a_first_argument_that_is_a_tools_name_means_the_tool() {
        let name = |args: &[&str]| {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            tool(&args).map(|tool| tool.name)
        };
        assert_eq!(name(&["cutaway", "check", "h:1"]), Some("check"));
        for args in [&["cutaway"][..], &["check"], &["cutaway", "./check"], &["cutaway", "x.conf", "check"]] {
            assert_eq!(name(args), None, "{args:?}");
        }
    }

    #[test]
    fn several_words_may_be_one_argument() {
        let config =
            run(&["--client-output-buffer-limit", "pubsub 1mb 0 0", "--bind", "127.0.0.1 ::1"]).unwrap();
        assert_eq!((config.output_limits[2].hard, config.bind.len()), (1 << 20, 2));
    }

    #[test]
    fn mistakes_are_told_in_one_line() {
        assert_eq!(run(&["--prot", "1"]).unwrap_err(), "unexpected argument '--prot' found");
        assert_eq!(
            run(&["--port", "x"]).unwrap_err(),
            "bad value for 'port': argument couldn't be parsed into an integer"
        );
        assert_eq!(
            run(&["--port", "70000"]).unwrap_err(),
            "bad value for 'port': argument must be between 0 and 65535 inclusive"
        );
        assert!(
            run(&["/no/such/file"]).unwrap_err().starts_with("cannot read the config file /no/such/file: ")
        );
    }
}
