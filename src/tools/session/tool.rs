//! `cutaway session`: answers the requests of a session, one a line, for another program.
//!
//! Redis has no counterpart. The live page starts one for each of its sessions. A session is a server to which anything may
//! be sent, so the process limits its own memory; what takes too long is for the one to end that has started it.

use super::Session;
use crate::cli::{self, ToolRequest};
use clap::{Arg, Command};
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use std::ffi::OsString;
use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

/// The longest line that is read: what is behind it is not a request of a session.
const LONGEST: u64 = 2 << 20;

/// How far it stands back behind other processes.
const NICE: i32 = 10;

/// The arguments.
pub fn command() -> Command {
    Command::new("session").about("Answer the requests of a session, each a line of JSON").arg(
        Arg::new("memory")
            .long("memory")
            .value_name("MB")
            .value_parser(clap::value_parser!(u64).range(64..))
            .help("End when more memory than this is needed [default: no limit]"),
    )
}

/// Runs it; `args` begin with the word `session`.
pub fn main(args: &[OsString]) -> ExitCode {
    let matches = match cli::tool_arguments(command(), args) {
        Ok(ToolRequest::Tool(matches)) => matches,
        Ok(ToolRequest::Help(text)) => {
            cli::print(&text);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("cutaway session: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(megabytes) = matches.get_one::<u64>("memory") {
        let limit = Some(megabytes << 20);
        if let Err(error) = setrlimit(Resource::As, Rlimit { current: limit, maximum: limit }) {
            eprintln!("cutaway session: cannot limit its memory to {megabytes} MB: {error}");
            return ExitCode::FAILURE;
        }
    }
    // A server that serves clients comes first. Where this is refused, the two have the same share.
    let _ = nice(NICE);
    match answer(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // The program that asked is gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cutaway session: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers each line, until there are no more.
fn answer(mut requests: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    let mut session = Session::default();
    let mut line = String::new();
    loop {
        line.clear();
        if requests.by_ref().take(LONGEST).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let answer = session.answer(line.trim_end_matches('\n'));
        answers.write_all(answer.as_bytes())?;
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn each_line_has_an_answer_in_a_line() {
        let requests = "{\"do\":\"open\"}\n{\"do\":\"play\",\"line\":\"A: PING\"}\nnothing\n";
        let mut answers = Vec::new();
        answer(requests.as_bytes(), &mut answers).unwrap();
        let answers = String::from_utf8(answers).unwrap();
        let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), 3);
        assert_eq!((&answers[0]["number"], &answers[1]["number"]), (&0.into(), &1.into()));
        assert_eq!(answers[1]["received"][0]["bytes"], "+PONG\r\n");
        assert!(answers[2]["error"].is_string());
    }
}
