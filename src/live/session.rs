//! A page's session: a process that is asked in lines of JSON, and answers in such lines, in order.
//!
//! Redis: none.
//!
//! A process, and not a thread: a session is a server of its own, to which the page may send anything: a script without an
//! end, a command that makes a string of half a gigabyte. The program limits its own memory, and one that does not answer in
//! time is killed; neither the server nor another page notices.

use mio::unix::pipe::{Receiver, Sender};
use mio::{Interest, Registry, Token};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an answer may be, in bytes.
const LONGEST: usize = 8 << 20;
/// How many requests may wait.
pub const WAITING: usize = 32;

/// A running session.
pub struct Session {
    child: Child,
    to: Sender,
    from: Receiver,
    /// Requests that wait, each a line; the first is on its way, from this byte on.
    waiting: VecDeque<String>,
    sent: usize,
    /// What has come of the answer.
    answer: Vec<u8>,
    /// How much of that is known to hold no end of a line.
    searched: usize,
    /// When the first request that waits was begun.
    since: Instant,
}

impl Session {
    /// Starts the process. Its ends of the pipes are watched under these names.
    pub fn start(mut command: Command, registry: &Registry, tokens: [Token; 2]) -> io::Result<Session> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ErrorKind::BrokenPipe.into());
        };
        let (mut to, mut from) = (Sender::from(to), Receiver::from(from));
        to.set_nonblocking(true)?;
        from.set_nonblocking(true)?;
        registry.register(&mut to, tokens[0], Interest::WRITABLE)?;
        registry.register(&mut from, tokens[1], Interest::READABLE)?;
        Ok(Session {
            child,
            to,
            from,
            waiting: VecDeque::new(),
            sent: 0,
            answer: Vec::new(),
            searched: 0,
            since: Instant::now(),
        })
    }

    /// Whether another request may wait.
    pub fn has_room(&self) -> bool {
        self.waiting.len() < WAITING
    }

    /// Has the session answer a request, a line without its end.
    pub fn ask(&mut self, request: String, now: Instant) {
        if self.waiting.is_empty() {
            self.since = now;
        }
        self.waiting.push_back(request + "\n");
    }

    /// When it will have taken too long; None: it was not asked.
    pub fn deadline(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.since + PATIENCE)
    }

    /// The next answer, if it has come. An error: the session is over, and why.
    pub fn next_answer(&mut self, now: Instant) -> Result<Option<String>, &'static str> {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            return Err("the session was ended: it has taken more than 20 seconds");
        }
        self.send().map_err(|_| "the session has ended")?;
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some(end) = self.answer[self.searched..].iter().position(|&b| b == b'\n') {
                let rest = self.answer.split_off(self.searched + end + 1);
                let mut line = std::mem::replace(&mut self.answer, rest);
                line.pop();
                self.searched = 0;
                self.since = now;
                self.waiting.pop_front();
                self.sent = 0;
                return match String::from_utf8(line) {
                    Ok(line) => Ok(Some(line)),
                    Err(_) => Err("the session was ended: it has answered what is no text"),
                };
            }
            self.searched = self.answer.len();
            if self.answer.len() > LONGEST {
                return Err("the session was ended: its answer has more than 8 MB");
            }
            match self.from.read(&mut buffer) {
                Ok(0) => return Err("the session has ended: it has needed too much memory, or failed"),
                Ok(count) => self.answer.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err("the session has ended"),
            }
        }
    }

    /// Sends what the pipe takes of the first request.
    fn send(&mut self) -> io::Result<()> {
        while let Some(request) = self.waiting.front() {
            let left = &request.as_bytes()[self.sent..];
            if left.is_empty() {
                break;
            }
            match self.to.write(left) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may have ended already. A process that is killed is gone at once, so this does not wait.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
