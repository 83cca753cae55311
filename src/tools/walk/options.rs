//! The arguments of `cutaway walk`.

use super::text::Terminal;
use crate::cli::{ToolRequest, tool_arguments};
use clap::{Arg, Command, ValueHint};
use rustix::termios::tcgetwinsize;
use std::env;
use std::ffi::OsString;
use std::io;
use std::io::IsTerminal;

/// What the arguments ask for.
#[derive(Debug)]
pub enum Invocation {
    /// To print this: `--help`.
    Print(String),
    /// To walk.
    Walk(Options),
}

/// How to walk.
#[derive(Debug, Default)]
pub struct Options {
    /// The scenario's file; `-` is standard input; None: lines are typed.
    pub file: Option<String>,
    /// How to print.
    pub format: Format,
    /// Print only the lines that send this command.
    pub only: Option<String>,
    /// What the terminal can do, if it is one.
    pub terminal: Terminal,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One object for each line of the scenario.
    Json,
    /// The figures of the lines that change the structures or walk them, one below the other.
    Svg,
    /// A page of everything.
    Html,
}

/// Each format's name.
const FORMATS: [(&str, Format); 4] =
    [("text", Format::Text), ("json", Format::Json), ("svg", Format::Svg), ("html", Format::Html)];

/// Reads the arguments, of which the first is the word `walk`.
pub fn parse(args: &[OsString]) -> Result<Invocation, String> {
    let found = match tool_arguments(command(), args)? {
        ToolRequest::Tool(found) => found,
        ToolRequest::Help(text) => return Ok(Invocation::Print(text)),
    };
    let text = |name| found.get_one::<String>(name).cloned();
    let format = text("format").and_then(|name| FORMATS.into_iter().find(|(known, _)| *known == name));
    // https://no-color.org: any value but the empty one.
    let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || env::var_os("TERM").is_some_and(|value| value == "dumb");
    Ok(Invocation::Walk(Options {
        file: text("file"),
        format: format.map(|(_, format)| format).unwrap_or_default(),
        only: text("only"),
        terminal: Terminal { colour: io::stdout().is_terminal() && !no_colour, columns: columns() },
    }))
}

/// How wide the terminal is; None if there is none, or it does not tell.
fn columns() -> Option<usize> {
    let size = tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

/// What its arguments are.
pub fn command() -> Command {
    Command::new("walk")
        .bin_name("cutaway walk")
        .about("Plays a scenario to a server inside the process and prints every step it takes")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .help("The scenario; - is standard input. On a terminal it may be left out: type the lines"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(FORMATS.map(|(name, _)| name))
                .default_value("text")
                .help("What to print: text; json, one object for each line; svg, the figures; html, a page of everything"),
        )
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("COMMAND")
                .help("Print only the lines that send this command; all are played"),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(args: &[&str]) -> Result<Options, String> {
        let args: Vec<OsString> = std::iter::once(&"walk").chain(args).map(OsString::from).collect();
        match parse(&args)? {
            Invocation::Walk(options) => Ok(options),
            Invocation::Print(text) => Err(text),
        }
    }

    #[test]
    fn the_arguments() {
        let options = walk(&["-", "--format", "json", "--only", "publish"]).unwrap();
        assert_eq!((options.file.as_deref(), options.format), (Some("-"), Format::Json));
        assert_eq!(options.only.as_deref(), Some("publish"));
        assert_eq!(walk(&[]).unwrap().file, None);
        assert_eq!(walk(&[]).unwrap().format, Format::Text);
        assert!(walk(&["--format", "morse"]).unwrap_err().starts_with("invalid value 'morse'"));
    }
}
