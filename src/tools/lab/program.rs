//! The student's program as a process that the lab starts, kills and starts again.
//!
//! Redis has no counterpart. The program has a process group of its own, so that one that was started by a shell script or by
//! `cargo run` goes with its parent. What it prints is kept in a file, of which the end is shown when it dies.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use crate::tools::interrupt;

/// So long a program may take until its port takes connections, if the lab is not more patient.
const START: Duration = Duration::from_secs(10);
/// So long one is waited for whose connections are broken: it may be about to end.
const ENDING: Duration = Duration::from_millis(500);
/// So long it may take to end after SIGTERM.
const END: Duration = Duration::from_secs(2);
/// The time between two looks.
const LOOK: Duration = Duration::from_millis(5);
/// So many of its last lines are looked at, of which so many are shown.
const LAST_LINES: usize = 60;
const SHOWN_LINES: usize = 3;
/// Of what it has printed no more is read: it may print without end.
const MOST_READ: u64 = 64 << 10;
/// What is in a line that says what is wrong.
const ERRORS: [&str; 6] = ["Error", "error", "Exception", "panic", "fatal", "Traceback"];

/// A program that runs, or has run.
pub struct Program {
    command: Vec<OsString>,
    append_only: bool,
    patience: Duration,
    /// How much it had printed when the scenario began, in bytes.
    printed: u64,
    /// Where it listens.
    pub address: SocketAddr,
    /// An empty directory when it first starts, and where its output goes.
    directory: TempDir,
    child: Child,
}

impl Program {
    /// Starts it, and waits until it takes connections. The error says in a line or a few why it does not.
    pub fn start(command: &[OsString], append_only: bool, patience: Duration) -> Result<Program, String> {
        let directory =
            TempDir::with_prefix("cutaway-lab-").map_err(|error| format!("no directory: {error}"))?;
        fs::create_dir(directory.path().join("data")).map_err(|error| format!("no directory: {error}"))?;
        let address = free_address().map_err(|error| format!("no free port: {error}"))?;
        let child = spawn(command, address, &directory, append_only)?;
        let (command, patience, printed) = (command.to_vec(), patience.max(START), 0);
        let mut program = Program { command, append_only, patience, printed, address, directory, child };
        program.wait_until_it_listens()?;
        Ok(program)
    }

    /// Kills it as a power cut would, and starts it again in the same directory, on the same port.
    pub fn kill_and_start(&mut self) -> Result<(), String> {
        self.signal(Signal::KILL);
        self.child.wait().map_err(|error| error.to_string())?;
        self.child = spawn(&self.command, self.address, &self.directory, self.append_only)?;
        self.wait_until_it_listens()
    }

    /// A scenario begins: what the program has printed so far says nothing about it.
    pub fn begin(&mut self) {
        self.printed = fs::metadata(output(&self.directory)).map_or(0, |file| file.len());
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// What became of it, and what it has printed since [`Program::begin`]; None if that is nothing. A program whose connections
    /// are broken may be about to end: `ends` waits for that.
    pub fn last_words(&mut self, ends: bool) -> Option<String> {
        let started = Instant::now();
        while ends && !self.has_ended() && started.elapsed() < ENDING {
            sleep(LOOK);
        }
        let ended =
            self.child.try_wait().ok().flatten().map(|status| format!("the program has ended, {status}"));
        let printed = self.printed_since().map(|lines| format!("it printed: {lines}"));
        let words: Vec<String> = ended.into_iter().chain(printed).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    fn wait_until_it_listens(&mut self) -> Result<(), String> {
        let started = Instant::now();
        while TcpStream::connect_timeout(&self.address, START).is_err() {
            if self.has_ended() {
                let words = self.last_words(false).unwrap_or_default();
                return Err(format!("port {} takes no connections: {words}", self.address.port()));
            }
            if interrupt::came().is_some() {
                return Err("interrupted".into());
            }
            if started.elapsed() > self.patience {
                let (port, printed) = (self.address.port(), self.printed_since());
                let printed = printed.map_or(String::new(), |lines| format!("; it printed: {lines}"));
                return Err(format!(
                    "after {} s port {port} takes no connections: the program must listen on the port that PORT in its environment names{printed}",
                    self.patience.as_secs()
                ));
            }
            sleep(LOOK);
        }
        Ok(())
    }

    /// What it has printed since [`Program::begin`]: the lines that say what is wrong, and the last. None: nothing.
    fn printed_since(&self) -> Option<String> {
        let mut new = Vec::new();
        let mut file = File::open(output(&self.directory)).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(self.printed.max(length.saturating_sub(MOST_READ)))).ok()?;
        file.take(MOST_READ).read_to_end(&mut new).ok()?;
        let text = String::from_utf8_lossy(&new);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
        // Some languages say what is wrong first, and then where; others the other way round.
        let is_error = |line: &&str| ERRORS.iter().any(|word| line.contains(word));
        let mut shown: Vec<&str> = last.iter().copied().filter(is_error).take(SHOWN_LINES - 1).collect();
        shown.extend(last.last().filter(|line| !shown.contains(line)));
        (!shown.is_empty()).then(|| shown.join(" / "))
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // An error means that it is gone already.
        let _ = group.map(|group| kill_process_group(group, signal));
    }
}

impl Drop for Program {
    /// Asks it to end; what does not, is killed.
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        let started = Instant::now();
        while started.elapsed() < END && matches!(self.child.try_wait(), Ok(None)) {
            sleep(LOOK);
        }
        // Its children too, which may have outlived it.
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

fn output(directory: &TempDir) -> PathBuf {
    directory.path().join("output")
}

fn spawn(
    command: &[OsString],
    address: SocketAddr,
    directory: &TempDir,
    append_only: bool,
) -> Result<Child, String> {
    let Some((program, arguments)) = command.split_first() else { return Err("no program was named".into()) };
    let files = || -> io::Result<(File, File)> {
        let file = File::options().create(true).append(true).open(output(directory))?;
        Ok((file.try_clone()?, file))
    };
    let (stdout, stderr) =
        files().map_err(|error| format!("no file for what the program prints: {error}"))?;
    Command::new(program)
        .args(arguments)
        .env("PORT", address.port().to_string())
        .env("DIR", directory.path().join("data"))
        .env("APPENDONLY", if append_only { "yes" } else { "no" })
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0)
        .spawn()
        .map_err(|error| {
            format!("cannot start {}: {error}{}", program.to_string_lossy(), advice(program, &error))
        })
}

/// What may be wrong with a program that cannot be started.
fn advice(program: &OsStr, error: &io::Error) -> String {
    let path = Path::new(program);
    match error.kind() {
        ErrorKind::NotFound if path.components().count() == 1 && path.exists() => {
            format!("; one in this directory is ./{}", path.display())
        }
        ErrorKind::PermissionDenied => format!("; chmod +x {} makes it a program", path.display()),
        _ if Errno::from_io_error(error) == Some(Errno::NOEXEC) => {
            "; a script begins with the line #! and the program that reads it".into()
        }
        _ => String::new(),
    }
}

/// An address on which nobody listens now. Another program may take it before the student's does; nothing can be done about that.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
