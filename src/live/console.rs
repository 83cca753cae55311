//! A page's console: a client of the server, whose commands the page writes.
//!
//! Redis: `redis-cli`.
//!
//! The loop serves it as any other client, through a pair of sockets: it is in CLIENT LIST, has limits, and must give the password; the page
//! gives the one that it came in with. The page is sent the bytes that the client receives.

use super::line::{Ask, Id};
use crate::text::words::split_words;
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use serde_json::{Value, json};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream as StdStream;

/// Bytes of commands that may wait for the server to read them.
const MOST_WAITING: usize = 1 << 20;

/// The page's end.
pub struct Console {
    stream: UnixStream,
    /// What the server has not read.
    to_send: Vec<u8>,
    /// The reply to the password is on its way, which the page has not asked for.
    hides_line: bool,
}

impl Console {
    /// A console, and what the loop is to be asked for it.
    pub fn new(
        id: Id,
        credentials: Option<&(Vec<u8>, Vec<u8>)>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<(Console, Ask)> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        theirs.set_nonblocking(true)?;
        let mut stream = UnixStream::from_std(ours);
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        let hides_line = credentials.is_some();
        let mut console = Console { stream, to_send: Vec::new(), hides_line };
        if let Some((user, password)) = credentials {
            console.send(&[b"AUTH", user, password]);
        }
        Ok((console, Ask::Client(id, theirs)))
    }

    /// Sends a command, written as for `redis-cli`. The error is for the page.
    pub fn command(&mut self, line: &str) -> Result<(), &'static str> {
        let words = split_words(line.as_bytes()).map_err(|_| "unbalanced quotes")?;
        if words.is_empty() {
            return Ok(());
        }
        if self.to_send.len() > MOST_WAITING {
            return Err("the server reads no more for now");
        }
        let words: Vec<&[u8]> = words.iter().map(|word| &word[..]).collect();
        self.send(&words);
        Ok(())
    }

    fn send(&mut self, words: &[&[u8]]) {
        self.to_send.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            self.to_send.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            self.to_send.extend_from_slice(word);
            self.to_send.extend_from_slice(b"\r\n");
        }
    }

    /// The next bytes that have come, as the page reads them; None: none have. An error: the server has closed the client.
    pub fn next(&mut self) -> io::Result<Option<Value>> {
        while !self.to_send.is_empty() {
            match self.stream.write(&self.to_send) {
                Ok(count) => drop(self.to_send.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let mut buffer = [0; 32 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    let bytes = self.shown(&buffer[..count]);
                    if bytes.is_empty() {
                        continue;
                    }
                    let bytes = std::str::from_utf8(bytes).map_or_else(|_| json!(bytes), |text| json!(text));
                    return Ok(Some(json!({ "console": { "bytes": bytes } })));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What the page is shown of some bytes.
    fn shown<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if !self.hides_line {
            return bytes;
        }
        match bytes.iter().position(|&b| b == b'\n') {
            Some(end) => {
                self.hides_line = false;
                &bytes[end + 1..]
            }
            None => &[],
        }
    }
}
