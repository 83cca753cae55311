//! What all loads share: a session per server that works in windows, and reading what is expected.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use mio::{Events, Poll};

use crate::Result;
use crate::server::mismatch;

/// A load connected to one server, ready to be run in windows that alternate with those of the other servers.
pub trait Session: Send {
    /// Drives the server for about `span`, and for no fewer than `at_least` batches. When it returns, everything that
    /// was sent has been answered and checked.
    fn window(&mut self, span: Duration, at_least: usize) -> Result<Window>;

    /// What the table should say besides the figures.
    fn note(&self) -> Option<String> {
        None
    }
}

/// What happened in a window.
#[derive(Default)]
pub struct Window {
    /// Deliveries, requests or publishes: what the case counts.
    pub operations: u64,
    /// Nanoseconds from the write of a batch to the last byte of what it caused, one for each reader.
    pub latencies: Vec<u32>,
}

impl Window {
    pub fn record(&mut self, since: Instant, now: Instant) {
        self.latencies.push(u32::try_from((now - since).as_nanos()).unwrap_or(u32::MAX));
    }
}

/// Large enough that most reads empty the socket and say so by not filling it.
pub const READ_BUFFER: usize = 256 * 1024;

/// Waits for events; ten seconds without one mean that bytes are missing.
pub fn wait(poll: &mut Poll, events: &mut Events) -> Result<()> {
    match poll.poll(events, Some(Duration::from_secs(10))) {
        Err(e) if e.kind() == ErrorKind::Interrupted => Ok(()),
        Err(e) => Err(e.into()),
        Ok(()) if events.is_empty() => Err("nothing came for 10 s although bytes are missing".into()),
        Ok(()) => Ok(()),
    }
}

/// Reads all there is and moves `position` past it. With `exact` each byte must be that of `expected`; more bytes than
/// expected are an error in any case.
pub fn read_expected(
    stream: &mut impl Read,
    buffer: &mut [u8],
    expected: &[u8],
    position: &mut usize,
    exact: bool,
) -> Result<()> {
    loop {
        let len = match stream.read(buffer) {
            Ok(0) => {
                return Err(format!("closed by the server {} bytes early", expected.len() - *position).into());
            }
            Ok(len) => len,
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e.into()),
        };
        let Some(part) = expected.get(*position..*position + len) else {
            return Err(format!("{} bytes too many", *position + len - expected.len()).into());
        };
        if exact && part != &buffer[..len] {
            return Err(mismatch(part, &buffer[..len]).into());
        }
        *position += len;
        if len < buffer.len() {
            return Ok(());
        }
    }
}

/// Writes what the socket takes of `bytes` from `sent` on.
pub fn push(stream: &mut impl Write, bytes: &[u8], sent: &mut usize) -> Result<()> {
    while *sent < bytes.len() {
        match stream.write(&bytes[*sent..]) {
            Ok(len) => *sent += len,
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}
