//! The program in a process of its own, started for a test and killed at its end, in a directory of its own, for it saves
//! there what it has. Nothing sleeps: the server's log says when it serves.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A command that runs the program.
pub fn cutaway() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cutaway"))
}

/// A port of the loopback that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A running server and its log; dropping it kills it.
pub struct Running {
    pub process: Child,
    /// The log, from after the line that says the server is ready.
    pub log: Box<dyn BufRead + Send>,
    /// The port it listens on; 0: on none that the test knows.
    pub port: u16,
    /// Where it was started, unless the command says where.
    _directory: Option<TempDir>,
}

impl Running {
    /// Starts a server and waits until it serves. The lines of the log up to there come too; None: the log ends before.
    pub fn try_start(command: &mut Command) -> Option<(Running, String)> {
        let directory = command.get_current_dir().is_none().then(|| tempfile::tempdir().unwrap());
        if let Some(directory) = &directory {
            command.current_dir(directory.path());
        }
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let log = Box::new(BufReader::new(process.stdout.take().unwrap()));
        let mut running = Running { process, log, port: 0, _directory: directory };
        let lines = until(&mut running.log, "Ready to accept connections")?;
        Some((running, lines))
    }

    /// A process that runs already, and what it logs.
    pub fn of(process: Child, log: impl BufRead + Send + 'static) -> Running {
        Running { process, log: Box::new(log), port: 0, _directory: None }
    }

    /// Starts a server with the command that is made for a free port, and waits until it serves.
    pub fn on_free_port(command: impl Fn(u16) -> Command) -> Running {
        // Another program may take the free port before the server does: then another port is tried.
        for _ in 0..5 {
            let port = free_port();
            if let Some((mut running, _)) = Running::try_start(&mut command(port)) {
                running.port = port;
                return running;
            }
        }
        panic!("no server that says 'Ready to accept connections'");
    }

    /// Reads the log in a thread, so that the server never waits for its reader.
    pub fn with_log_ignored(mut self) -> Running {
        let log = std::mem::replace(&mut self.log, Box::new(std::io::empty()));
        std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(drop));
        self
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads lines up to the one that contains `text`. None: the log ends without it.
pub fn until(log: &mut dyn BufRead, text: &str) -> Option<String> {
    let mut lines = String::new();
    while log.read_line(&mut lines).unwrap() > 0 {
        if lines.lines().last().is_some_and(|line| line.contains(text)) {
            return Some(lines);
        }
    }
    None
}
