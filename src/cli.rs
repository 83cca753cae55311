//! The command line: `cutaway [CONFIG] [--setting value …]`, or `cutaway TOOL …`.
//!
//! Redis: `main()` in `src/server.c`. Each `--setting` is read as a line of the config file would be. The help is made
//! from the settings table. Redis's tools are programmes of their own; ours are in this one. A first argument that is
//! exactly a tool's name means the tool; a config file of that name is `./check`.

use crate::config::Config;
use crate::config::inert::INERT;
use crate::config::table::SETTINGS;
use crate::resp::inline::split_words;
use clap::{Arg, ArgMatches, Command};
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
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "check",
        about: "Play the scenarios to a server and say where it differs from Redis",
        main: crate::check::main,
    },
    Tool {
        name: "draw",
        about: "Draw the server's structures at a line of a scenario, as SVG",
        main: crate::scenario::figure::tool::main,
    },
    Tool {
        name: "walk",
        about: "Play a scenario and print every step the server takes",
        main: crate::walk::main,
    },
];

/// The tool that the arguments, the program's name first, ask for.
pub fn tool(args: &[OsString]) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| args.get(1).is_some_and(|word| word == tool.name))
}

/// What a tool's arguments ask for.
pub enum Asked {
    /// To print this: `--help`.
    Help(String),
    /// To do what these say.
    Tool(ArgMatches),
}

/// Reads a tool's arguments, of which the first is its name. The error says in one line what is wrong.
pub fn tool_arguments(command: Command, args: &[OsString]) -> Result<Asked, String> {
    match command.try_get_matches_from(args) {
        Ok(matches) => Ok(Asked::Tool(matches)),
        Err(error) if !error.use_stderr() => Ok(Asked::Help(error.to_string())),
        Err(error) => {
            // Clap's first line ends with a colon if what it means is in those below, up to an empty one.
            let text = error.to_string();
            let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
            Err(lines.join(" ").trim_start_matches("error: ").into())
        }
    }
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
    let args = args.skip(1).map(OsString::into_string).collect::<Result<Vec<String>, OsString>>();
    let args = args.map_err(|arg| format!("not UTF-8: {}", arg.to_string_lossy()))?;
    let (path, args) = match args.split_first() {
        Some((first, rest)) if first == "-" || !first.starts_with('-') => (Some(first), rest),
        _ => (None, args.as_slice()),
    };
    let lines = lines(args)?;
    match lines.first().and_then(|line| line.first()).map(String::as_str) {
        Some("help" | "-h") => return Ok(Request::Print(command().render_help().to_string())),
        Some("version" | "-v" | "-V") => return Ok(Request::Print(command().render_version())),
        _ => {}
    }
    let mut config = Config::default();
    if let Some(path) = path {
        let text = if path == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            config.file = Some(std::path::absolute(path).unwrap_or_else(|_| path.into()));
            std::fs::read_to_string(path)
        };
        let text = text.map_err(|error| format!("cannot read the config file {path}: {error}"))?;
        config.load(&text).map_err(|error| format!("{path}: {error}"))?;
    }
    for line in lines {
        let (name, words) = line.split_first().ok_or("a setting without a name: --")?;
        config.set_at_start(name, words)?;
    }
    Ok(Request::Run(Box::new(config)))
}

/// The arguments as lines of a config file, each in its words. `--` begins a line, and may have the whole of it
/// (`"--port 7000"`); but right after a name it is the setting's value. `save` alone may go without a value: then it
/// is empty.
fn lines(args: &[String]) -> Result<Vec<Vec<String>>, String> {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut awaits_value = false;
    for arg in args {
        let after_save = lines.last().is_some_and(|line| line.as_slice() == ["save"]);
        match (arg.strip_prefix("--"), lines.last_mut()) {
            (Some(line), _) if !awaits_value || after_save => {
                let words = split_words(line.as_bytes()).map_err(|_| format!("unbalanced quotes: {arg}"))?;
                let words: Vec<String> =
                    words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
                awaits_value = words.len() == 1;
                lines.push(words);
            }
            (_, Some(line)) => {
                line.push(arg.clone());
                awaits_value = false;
            }
            // A name without dashes: wrong, but Redis takes it.
            (_, None) => lines.push(vec![arg.clone()]),
        }
    }
    for line in &mut lines {
        if line.as_slice() == ["save"] {
            line.push(String::new());
        }
    }
    Ok(lines)
}

/// What `--help` and `--version` print.
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
        let inert = matches!(setting.kind, crate::config::value::Kind::Inert(_));
        let arg = Arg::new(setting.name).long(setting.name).value_name("value").hide(inert).help(
            if setting.default.is_empty() {
                setting.doc.to_string()
            } else {
                format!("{} [default: {}]", setting.doc, setting.default)
            },
        );
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
    fn only_a_first_argument_that_is_a_tools_name_means_the_tool() {
        let name = |args: &[&str]| {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            tool(&args).map(|tool| tool.name)
        };
        assert_eq!(name(&["cutaway", "walk", "-"]), Some("walk"));
        assert_eq!(name(&["cutaway", "check", "h:1"]), Some("check"));
        for args in [&["cutaway"][..], &["walk"], &["cutaway", "./walk"], &["cutaway", "x.conf", "walk"]] {
            assert_eq!(name(args), None, "{args:?}");
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
    fn several_words_may_be_one_argument() {
        let config =
            run(&["--client-output-buffer-limit", "pubsub 1mb 0 0", "--bind", "127.0.0.1 ::1"]).unwrap();
        assert_eq!((config.output_limits[2].hard, config.bind.len()), (1 << 20, 2));
    }

    #[test]
    fn a_setting_and_its_value_may_be_one_argument() {
        let config = run(&["--port 7000", "--requirepass 'a b'", "--timeout", "3"]).unwrap();
        assert_eq!((config.port, config.requirepass.as_str(), config.timeout), (7000, "a b", 3));
    }

    #[test]
    fn what_follows_a_name_is_its_value_even_with_dashes() {
        let config = run(&["--requirepass", "--secret", "--port", "7000"]).unwrap();
        assert_eq!((config.requirepass.as_str(), config.port), ("--secret", 7000));
    }

    #[test]
    fn save_may_go_without_a_value() {
        for args in [["--save", "--port", "7000"], ["--port", "7000", "--save"]] {
            let mut config = run(&args).unwrap();
            assert_eq!((config.port, config.get(&[b"save"]).unwrap()["save"].as_str()), (7000, ""));
        }
    }

    #[test]
    fn help_and_version_are_printed() {
        assert!(run(&["--help"]).unwrap_err().contains("--client-output-buffer-limit"));
        assert!(run(&["--version"]).unwrap_err().starts_with("cutaway v="));
    }

    #[test]
    fn mistakes_are_told_in_one_line() {
        assert_eq!(
            run(&["--prot", "1"]).unwrap_err(),
            "unknown setting 'prot \"1\"': Bad directive or wrong number of arguments"
        );
        assert_eq!(run(&["--port"]).unwrap_err(), "bad value for 'port': wrong number of arguments");
        assert_eq!(
            run(&["--port", "--loglevel", "verbose"]).unwrap_err(),
            "bad value for 'port \"--loglevel\" \"verbose\"': wrong number of arguments"
        );
        assert_eq!(run(&["--"]).unwrap_err(), "a setting without a name: --");
        assert_eq!(run(&["--port 'x"]).unwrap_err(), "unbalanced quotes: --port 'x");
        assert_eq!(
            run(&["--port", "x"]).unwrap_err(),
            "bad value for 'port \"x\"': argument couldn't be parsed into an integer"
        );
        assert_eq!(
            run(&["--port", "70000"]).unwrap_err(),
            "bad value for 'port \"70000\"': argument must be between 0 and 65535 inclusive"
        );
        assert!(
            run(&["/no/such/file"]).unwrap_err().starts_with("cannot read the config file /no/such/file: ")
        );
    }
}
