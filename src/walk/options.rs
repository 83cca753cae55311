//! The arguments of `cutaway walk`.

use clap::{Arg, Command};
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};

/// What the arguments ask for.
#[derive(Debug)]
pub enum Wish {
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
    /// Print with colours.
    pub colour: bool,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One object for each line of the scenario.
    Json,
}

/// Each format's name.
const FORMATS: [(&str, Format); 2] = [("text", Format::Text), ("json", Format::Json)];

/// Reads the arguments, of which the first is the word `walk`.
pub fn parse(args: &[OsString]) -> Result<Wish, String> {
    let found = match command().try_get_matches_from(args) {
        Ok(found) => found,
        Err(error) if !error.use_stderr() => return Ok(Wish::Print(error.to_string())),
        Err(error) => {
            let text = error.to_string();
            return Err(text.lines().next().unwrap_or_default().trim_start_matches("error: ").into());
        }
    };
    let text = |name| found.get_one::<String>(name).cloned();
    let format = text("format").and_then(|name| FORMATS.into_iter().find(|(known, _)| *known == name));
    // https://no-color.org: any value but the empty one.
    let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Ok(Wish::Walk(Options {
        file: text("file"),
        format: format.map(|(_, format)| format).unwrap_or_default(),
        only: text("only"),
        colour: io::stdout().is_terminal() && !no_colour,
    }))
}

fn command() -> Command {
    Command::new("walk")
        .bin_name("cutaway walk")
        .about("Plays a scenario to a server inside the process and prints every step it takes")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .help("The scenario; - is standard input. On a terminal it may be left out: type the lines"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(FORMATS.map(|(name, _)| name))
                .default_value("text")
                .help("What to print: text, or json (one object for each line)"),
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
            Wish::Walk(options) => Ok(options),
            Wish::Print(text) => Err(text),
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
