//! Fifty connections, or fewer, that each keep some requests under way, and the CPU that the server spends on them.
//!
//! The connections go in step: all write, then each is read until its replies are whole. So a server finds all of them
//! ready at once, which is what a busy server finds, and both servers find the same.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::Result;
use crate::server::{Program, Server};
use crate::workloads::Workload;

/// A server at work.
pub struct Load {
    workload: &'static Workload,
    depth: usize,
    connections: Vec<Connection>,
    server: Server,
}

/// One connection, blocking.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    /// How many times it has done its work, and how many times before the last window.
    done: u64,
    before: u64,
}

impl Load {
    /// Starts the server, prepares its keys, and connects.
    pub fn start(program: &Program, workload: &'static Workload, depth: usize) -> Result<Load> {
        let server = program.start()?;
        let mut connections = Vec::new();
        for number in 0..workload.connections {
            let mut connection = Connection::new(&server)?;
            connection.ask(&(workload.prepare)(number))?;
            connections.push(connection);
        }
        Ok(Load { workload, depth, connections, server })
    }

    /// Works for about `span`; nanoseconds of the server's CPU for each unit of work.
    pub fn window(&mut self, span: Duration) -> Result<f64> {
        for (number, connection) in self.connections.iter_mut().enumerate() {
            connection.ask(&(self.workload.between)(number, connection.done - connection.before))?;
            connection.before = connection.done;
        }
        let before = self.server.cpu_at_rest()?;
        let (begin, mut units) = (Instant::now(), 0);
        let mut requests = Vec::new();
        while begin.elapsed() < span {
            for (number, connection) in self.connections.iter_mut().enumerate() {
                requests.clear();
                for unit in 0..self.depth as u64 {
                    (self.workload.request)(number, connection.done + unit, &mut requests);
                }
                connection.stream.write_all(&requests)?;
                connection.done += self.depth as u64;
            }
            for connection in &mut self.connections {
                connection.replies(self.depth * self.workload.replies)?;
            }
            units += self.depth * self.workload.connections;
        }
        Ok((self.server.cpu_at_rest()? - before) as f64 / units as f64)
    }
}

impl Connection {
    pub fn new(server: &Server) -> Result<Connection> {
        Ok(Connection { stream: server.connect()?, buffer: vec![0; 1 << 18], filled: 0, done: 0, before: 0 })
    }

    /// Sends requests, each of which has one reply, and reads all replies.
    pub fn ask(&mut self, requests: &[Vec<u8>]) -> Result<()> {
        for batch in requests.chunks(1000) {
            self.stream.write_all(&batch.concat())?;
            self.replies(batch.len())?;
        }
        Ok(())
    }

    /// Reads that many replies and no more, and the pushes among them; an error among them is one here, and so is nil: nothing that is measured
    /// may miss.
    fn replies(&mut self, mut count: usize) -> Result<()> {
        let mut at = 0;
        while count > 0 {
            while count > 0 {
                let Some(end) = frame(&self.buffer[..self.filled], at) else { break };
                let reply = &self.buffer[at..end];
                if reply[0] == b'>' {
                    at = end;
                    continue;
                }
                if reply[0] == b'-' || reply.starts_with(b"$-1") || reply.starts_with(b"*-1") {
                    return Err(String::from_utf8_lossy(&reply[..reply.len() - 2]).into());
                }
                (at, count) = (end, count - 1);
            }
            if count > 0 {
                self.buffer.copy_within(at..self.filled, 0);
                (self.filled, at) = (self.filled - at, 0);
                if self.filled == self.buffer.len() {
                    self.buffer.resize(self.filled * 2, 0);
                }
                match self.stream.read(&mut self.buffer[self.filled..])? {
                    0 => return Err("closed by the server".into()),
                    read => self.filled += read,
                }
            }
        }
        // What a client is told beside its replies may come after them, or begin to.
        while self.buffer[at..self.filled].starts_with(b">")
            && let Some(end) = frame(&self.buffer[..self.filled], at)
        {
            at = end;
        }
        if at < self.filled && self.buffer[at] != b'>' {
            return Err("more replies than requests".into());
        }
        self.buffer.copy_within(at..self.filled, 0);
        self.filled -= at;
        Ok(())
    }
}

/// Where the frame at `at` ends, if it is whole.
fn frame(bytes: &[u8], at: usize) -> Option<usize> {
    let line = at + bytes.get(at..)?.iter().position(|&byte| byte == b'\n')? + 1;
    let length = || std::str::from_utf8(&bytes[at + 1..line - 2]).ok()?.parse::<i64>().ok();
    match bytes[at] {
        b'$' => match usize::try_from(length()?) {
            Ok(length) => (bytes.len() >= line + length + 2).then_some(line + length + 2),
            Err(_) => Some(line),
        },
        b'%' => (0..2 * length()?).try_fold(line, |end, _| frame(bytes, end)),
        b'*' | b'>' => (0..length()?).try_fold(line, |end, _| frame(bytes, end)),
        _ => Some(line),
    }
}
