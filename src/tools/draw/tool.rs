//! `cutaway draw SCENARIO --line N [-o FILE]`: a line of a scenario as an SVG picture.
//!
//! Redis has no counterpart.

use crate::cli;
use crate::cli::{ToolRequest, tool_arguments};
use crate::tools::draw::Kind;
use crate::tools::scenario::file;
use clap::{Arg, ArgMatches, Command, ValueHint, value_parser};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs the tool; the arguments begin with its name.
pub fn main(args: &[OsString]) -> ExitCode {
    let outcome = match tool_arguments(command(), args) {
        Ok(ToolRequest::Tool(matches)) => run(&matches),
        Ok(ToolRequest::Help(text)) => {
            cli::print(&text);
            Ok(())
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cutaway draw: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::expect_used, reason = "clap has refused a command line without them")]
fn run(matches: &ArgMatches) -> Result<(), String> {
    let path: &String = matches.get_one("scenario").expect("clap requires it");
    let line: usize = *matches.get_one("line").expect("clap requires it");
    let kind = matches.get_one::<String>("kind").map_or(Kind::Line, |name| Kind::of(name));
    let scenario = file::read(path)?;
    let picture = super::draw_as(kind, &scenario, line).map_err(|trouble| format!("{path}: {trouble}"))?;
    match matches.get_one::<PathBuf>("output") {
        Some(file) => {
            std::fs::write(file, picture).map_err(|error| format!("cannot write {}: {error}", file.display()))
        }
        None => {
            use std::io::Write;
            std::io::stdout()
                .write_all(picture.as_bytes())
                .map_err(|error| format!("cannot write the picture: {error}"))
        }
    }
}

/// What its arguments are.
pub fn command() -> Command {
    Command::new("draw")
        .bin_name("cutaway draw")
        .about("Draw the server's structures at a line of a scenario, as SVG")
        .arg(
            Arg::new("scenario")
                .value_name("SCENARIO")
                .required(true)
                .value_hint(ValueHint::FilePath)
                .help("A .scenario file; - is standard input"),
        )
        .arg(
            Arg::new("line")
                .long("line")
                .value_name("N")
                .required(true)
                .value_parser(value_parser!(usize))
                .help("The line's number in that file"),
        )
        .arg(
            Arg::new("kind")
                .long("kind")
                .value_name("KIND")
                .value_parser(["line", "snapshot", "fsync"])
                .default_value("line")
                .help("What the line changes, the snapshot in progress, or each appendfsync up to the line"),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Where to write the picture [default: standard output]"),
        )
}
