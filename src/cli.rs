//! The command line: `cutaway [CONFIG] [--setting value …] [-]`, or `cutaway TOOL …`.
//!
//! Redis: `main()` in `src/server.c`. Each `--setting` is read as a line of the config file would be. The help is made
//! from the settings table. Redis's tools are programmes of their own; ours are in this one. A first argument that is
//! exactly a tool's name, `help` or `version` means that; a config file of such a name is `./check`.

mod arguments;

use crate::base::REDIS_VERSION;
use crate::config::Config;
use crate::config::file::Loader;
use crate::config::inert::INERT;
use crate::config::suggest::nearest;
use crate::config::table::SETTINGS;
use crate::config::value::Kind;
use arguments::{Arguments, no_file_nor_tool};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, ValueHint};
use std::ffi::OsString;
use std::io;
use std::io::{Read, Write};
use std::process::ExitCode;

/// Something else than a server that this program can be. The list of tools is handed in: the command line needs their
/// names, and none of their code.
pub struct Tool {
    /// The first argument.
    pub name: &'static str,
    /// What it does, for `--help`.
    pub about: &'static str,
    /// Its arguments, for the manual and for shells that complete them.
    pub command: fn() -> Command,
    /// Runs it; the arguments begin with its name.
    pub main: fn(&[OsString]) -> ExitCode,
}

/// The tool that the arguments, the program's name first, ask for, and its own arguments, its name first. `help TOOL`
/// asks for the tool's help.
pub fn tool<'a>(tools: &'a [Tool], args: &[OsString]) -> Option<(&'a Tool, Vec<OsString>)> {
    let named = |at: usize| tools.iter().find(|tool| args.get(at).is_some_and(|word| word == tool.name));
    if args.get(1).is_some_and(|word| word == "help") {
        return named(2).map(|tool| (tool, vec![tool.name.into(), "--help".into()]));
    }
    named(1).map(|tool| (tool, args[1..].to_vec()))
}

/// What a tool's arguments ask for.
pub enum ToolRequest {
    /// To print this: `--help`.
    Help(String),
    /// To do what these say.
    Tool(ArgMatches),
}

/// Reads a tool's arguments, of which the first is its name. The error says in one line what is wrong.
pub fn tool_arguments(command: Command, args: &[OsString]) -> Result<ToolRequest, String> {
    match command.try_get_matches_from(args) {
        Ok(matches) => Ok(ToolRequest::Tool(matches)),
        Err(error) if !error.use_stderr() => Ok(ToolRequest::Help(error.to_string())),
        Err(error) => {
            // Clap's first line ends with a colon if what it means is in those below, up to an empty one.
            let text = error.to_string();
            let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
            Err(lines.join(" ").trim_start_matches("error: ").into())
        }
    }
}

/// Prints a text on standard output. A reader that has closed it, as `head` does, has seen enough; `print!` would panic.
pub fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Request {
    /// To run with these settings.
    Run(Box<Config>),
    /// To print this and go: `--help`, `--version`.
    Print(String),
}

/// Reads the arguments, the program's name first, of a program that has these tools. The error is for stderr, and says in one line what is wrong.
pub fn parse(tools: &[Tool], args: impl Iterator<Item = OsString>) -> Result<Request, String> {
    let args = args.skip(1).map(OsString::into_string).collect::<Result<Vec<String>, OsString>>();
    let args = args.map_err(|arg| format!("not UTF-8: {}", arg.to_string_lossy()))?;
    match args.first().map(String::as_str) {
        Some("help" | "--help" | "-h") => return help(tools, &args[1..]).map(Request::Print),
        Some("version" | "--version" | "-v" | "-V") => {
            return Ok(Request::Print(command(tools).render_version()));
        }
        _ => {}
    }
    let arguments = Arguments::read(&args)?;
    match arguments.lines.first().and_then(|line| line.first()).map(String::as_str) {
        Some("help") => return help(tools, &[]).map(Request::Print),
        Some("version") => return Ok(Request::Print(command(tools).render_version())),
        _ => {}
    }
    if let Some(mistake) = arguments.mistake() {
        return Err(mistake);
    }
    let mut config = Config::default();
    if let Some(path) = &arguments.file {
        config.file = Some(std::path::absolute(path).unwrap_or_else(|_| path.into()));
    }
    let mut loader = Loader::new(&mut config);
    if let Some(path) = &arguments.file {
        let missing = std::fs::metadata(path).err();
        if let Some(why) =
            missing.and_then(|error| no_file_nor_tool(tools.iter().map(|tool| tool.name), path, &error))
        {
            return Err(why);
        }
        loader.file(path)?;
    }
    if arguments.stdin {
        let mut text = Vec::new();
        let read = io::stdin().read_to_end(&mut text);
        read.map_err(|error| format!("cannot read standard input: {error}"))?;
        loader.text(&text).map_err(|error| format!("standard input: {error}"))?;
    }
    for line in &arguments.lines {
        let (name, words) = line.split_first().ok_or("a setting without a name: --")?;
        loader.line(name, words)?;
    }
    if let Some(why) = config.refusal() {
        return Err(why);
    }
    Ok(Request::Run(Box::new(config)))
}

/// What `cutaway help` prints. `cutaway help TOOL` is the tool's own affair: see [`tool`].
fn help(tools: &[Tool], words: &[String]) -> Result<String, String> {
    match words {
        [] => Ok(command(tools).render_help().to_string()),
        [word, ..] => Err(match nearest(word, tools.iter().map(|tool| tool.name)) {
            Some(tool) => format!("there is no tool '{word}'; did you mean '{tool}'?"),
            None => format!("there is no tool '{word}'; 'cutaway help' lists them"),
        }),
    }
}

/// How the server is started.
const USAGE: &str = "cutaway [CONFIG] [--setting value ...] [-]";

/// The command line as clap has it: for `--help`, the manual and for shells that complete it. `--version` is spelt as
/// programs expect that read redis-server's: the third word, or the first number with a dot, is the version of Redis.
pub fn command(tools: &[Tool]) -> Command {
    let version =
        format!("server v={REDIS_VERSION} cutaway={} bits={}", env!("CARGO_PKG_VERSION"), usize::BITS);
    let mut command = Command::new("cutaway")
        .version(version)
        .about("A Redis-compatible Pub/Sub server built to be read, watched and measured")
        .override_usage(if tools.is_empty() {
            USAGE.into()
        } else {
            format!("{USAGE}\n       cutaway TOOL ...")
        })
        .after_help(match tools {
            [] => String::new(),
            _ => tools.iter().fold("Tools (cutaway TOOL --help says more):".to_string(), |text, tool| {
                format!("{text}\n  {:8} {}", tool.name, tool.about)
            }),
        })
        .arg(
            Arg::new("config")
                .value_name("CONFIG")
                .value_hint(ValueHint::FilePath)
                .help("A config file, as for redis-server; - first or last is standard input"),
        );
    for setting in SETTINGS.iter().chain(INERT) {
        let inert = matches!(setting.kind, Kind::Inert(_));
        let arg = Arg::new(setting.name).long(setting.name).value_name("value").hide(inert).help(
            if setting.default.is_empty() {
                setting.doc.to_string()
            } else {
                format!("{} [default: {}]", setting.doc, setting.default)
            },
        );
        let arg = match setting.kind {
            Kind::Bool(_) => arg.value_parser(["yes", "no"]).hide_possible_values(true),
            Kind::Enum(_, choices) => arg.value_parser(PossibleValuesParser::new(choices)),
            _ if ["logfile", "pidfile", "unixsocket"].contains(&setting.name) => {
                arg.value_hint(ValueHint::FilePath)
            }
            _ if setting.name == "dir" => arg.value_hint(ValueHint::DirPath),
            _ => arg,
        };
        command = command.arg(arg);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn named(name: &'static str) -> Tool {
        Tool { name, about: "", command: || Command::new(""), main: |_| ExitCode::SUCCESS }
    }

    const TOOLS: &[Tool] = &[named("check"), named("walk")];

    fn run(args: &[&str]) -> Result<Config, String> {
        match parse(TOOLS, std::iter::once("cutaway").chain(args.iter().copied()).map(OsString::from))? {
            Request::Run(config) => Ok(*config),
            Request::Print(text) => Err(text),
        }
    }

    #[test]
    fn only_a_first_argument_that_is_a_tools_name_means_the_tool() {
        let name = |args: &[&str]| {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            tool(TOOLS, &args).map(|(tool, _)| tool.name)
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
        assert_eq!(run(&["--slowlog-log-slower-than", "-1"]).unwrap().slowlog_slower_than_us, -1);
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
        assert_eq!((config.port, config.requirepass.as_str(), config.timeout_seconds), (7000, "a b", 3));
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
        for args in [&["--help"][..], &["-h"], &["help"], &["x.conf", "--help"], &["help", "--port"]] {
            let text = run(args).unwrap_err();
            assert_eq!(text.contains("--client-output-buffer-limit"), args != ["help", "--port"], "{args:?}");
        }
        for args in [["--version"], ["-v"], ["-V"], ["version"]] {
            let version = format!("cutaway server v=8.0.2 cutaway={} bits=", env!("CARGO_PKG_VERSION"));
            assert!(run(&args).unwrap_err().starts_with(&version), "{args:?}");
        }
    }

    #[test]
    fn help_for_a_tool_is_the_tools_own() {
        let args = ["cutaway", "help", "walk"].map(OsString::from);
        let (tool, words) = tool(TOOLS, &args).unwrap();
        assert_eq!((tool.name, words), ("walk", vec!["walk".into(), "--help".into()]));
        assert_eq!(run(&["help", "wlak"]).unwrap_err(), "there is no tool 'wlak'; did you mean 'walk'?");
        assert_eq!(run(&["help", "zz"]).unwrap_err(), "there is no tool 'zz'; 'cutaway help' lists them");
    }

    #[test]
    fn a_word_that_is_no_file_may_have_been_meant_for_a_tool() {
        let error = |word: &str| run(&[word]).unwrap_err();
        assert_eq!(error("wlak"), "'wlak' is neither a tool nor a config file; did you mean 'cutaway walk'?");
        assert_eq!(error("hlep"), "'hlep' is neither a tool nor a config file; did you mean 'cutaway help'?");
        assert_eq!(
            error("nothing-like-it"),
            "'nothing-like-it' is neither a tool nor a config file; 'cutaway help' lists the tools"
        );
        // Files of such names are meant by their paths.
        for path in ["./help", "./walk"] {
            assert!(error(path).starts_with(&format!("Fatal error, can't open config file '{path}': ")));
        }
    }

    #[test]
    fn an_option_that_is_not_there_is_answered_with_the_one_that_was_meant() {
        let cases: [(&[&str], &str); 9] = [
            (&["-p", "7000"], "unknown option '-p'; did you mean '--port'?"),
            (&["x.conf", "-p", "7000"], "unknown option '-p'; did you mean '--port'?"),
            (&["-a", "secret"], "unknown option '-a'; did you mean '--requirepass'?"),
            (&["-port", "7000"], "unknown option '-port'; did you mean '--port'?"),
            (&["-x"], "unknown option '-x'; settings begin with two dashes, as in --port 7000"),
            (&["--hlep"], "unknown option '--hlep'; did you mean '--help'?"),
            (&["x.conf", "--sentinel"], "--sentinel: cutaway cannot be a Sentinel"),
            (&["--test-memory", "64"], "--test-memory: there is no memory test here; memtester is one"),
            (&["--check-system"], "--check-system: there is no check of the system here"),
        ];
        for (args, error) in cases {
            assert_eq!(run(args).unwrap_err(), error, "{args:?}");
        }
    }

    #[test]
    fn mistakes_are_told_in_one_line() {
        assert_eq!(
            run(&["--prot", "1"]).unwrap_err(),
            "unknown setting 'prot \"1\"': Bad directive or wrong number of arguments; did you mean 'port'?"
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
        assert_eq!(
            run(&["/no/such/file"]).unwrap_err(),
            "Fatal error, can't open config file '/no/such/file': No such file or directory"
        );
    }
}
