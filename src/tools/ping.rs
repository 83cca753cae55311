//! `cutaway ping [HOST:PORT|PATH]`: asks a server whether it answers; the health check of containers and scripts, where no
//! redis-cli is.
//!
//! Redis: `redis-cli ping`. As there, an error is an answer too: a server that wants a password, or runs a long script, is
//! alive.

use crate::cli::{ToolRequest, print, tool_arguments};
use clap::{Arg, Command};
use std::ffi::OsString;
use std::io;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::Duration;

/// How long the server may take to accept, and then to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest answer that is read.
const LONGEST: u64 = 4096;

/// Runs the command; `args` begin with the word `ping`.
pub fn main(args: &[OsString]) -> ExitCode {
    let outcome = tool_arguments(command(), args).and_then(|asked| match asked {
        ToolRequest::Help(text) => Ok(text),
        ToolRequest::Tool(found) => {
            let server = found.get_one::<String>("server").map_or("", String::as_str);
            ping(server).map(|answer| answer + "\n").map_err(|error| format!("{server}: {error}"))
        }
    });
    match outcome {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cutaway ping: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What its arguments are.
pub fn command() -> Command {
    Command::new("ping")
        .bin_name("cutaway ping")
        .about("Asks a server whether it answers, and exits with 0 if it does")
        .arg(
            Arg::new("server")
                .value_name("HOST:PORT|PATH")
                .default_value("127.0.0.1:6379")
                .help("The server, or with a slash its Unix socket"),
        )
}

/// The server's answer to PING, without `+` or `-`.
fn ping(server: &str) -> io::Result<String> {
    if server.contains('/') {
        let stream = UnixStream::connect(server)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        return ask(stream);
    }
    let mut outcome = Err(io::Error::new(io::ErrorKind::InvalidInput, "no address"));
    // A name such as localhost may have several addresses, and the server listen on one of them.
    for address in server.to_socket_addrs()? {
        outcome = TcpStream::connect_timeout(&address, PATIENCE).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            ask(stream)
        });
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn ask(mut stream: impl Read + Write) -> io::Result<String> {
    stream.write_all(b"*1\r\n$4\r\nPING\r\n")?;
    let mut answer = Vec::new();
    BufReader::new(stream.take(LONGEST)).read_until(b'\n', &mut answer)?;
    match answer.as_slice() {
        [b'+' | b'-', text @ .., b'\r', b'\n'] => Ok(String::from_utf8_lossy(text).into_owned()),
        [] => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed the connection without an answer")),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "this is no answer of a Redis")),
    }
}
