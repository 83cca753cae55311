//! The server inside the process, with a record of what has changed.

use super::listing::Listing;
use super::prepare;
use crate::commands::asked::{Asked, Here};
use cutaway::server::Server;
use cutaway::tools::scenario::frame::Frame;
use cutaway::tools::scenario::words::Request;
use std::time::Duration;

/// A server that records from its first command on.
pub struct Recorded {
    here: Here,
    begun_ms: i64,
}

impl Recorded {
    pub fn new() -> Recorded {
        let mut here = Here::new();
        here.server().propagation.set(true);
        let begun_ms = (here.server().time.unix_micros / 1000) as i64;
        Recorded { here, begun_ms }
    }

    /// The same server, and a new client A.
    pub fn again(&mut self) -> &mut Recorded {
        self.here.reconnect();
        self
    }

    /// The server.
    pub fn server(&mut self) -> &mut Server {
        self.here.server()
    }

    /// Milliseconds that have passed since it began.
    pub fn elapsed_ms(&mut self) -> u64 {
        self.server().time.unix_micros / 1000 - self.begun_ms as u64
    }

    /// The bytes that were recorded.
    pub fn take(&mut self) -> Vec<u8> {
        self.server().propagation.take()
    }

    /// What is recorded while `work` talks to it, when it was emptied. Nothing expires unasked.
    pub fn listing(&mut self, work: impl FnOnce(&mut dyn Asked)) -> Listing {
        prepare(self);
        let before = self.server().stats.dirty;
        work(self);
        let changes = self.server().stats.dirty as i64 - before as i64;
        Listing::new(&self.take(), self.begun_ms).with_changes(changes)
    }
}

impl Asked for Recorded {
    fn ask(&mut self, client: char, request: &Request) -> Vec<Frame> {
        self.here.ask(client, request)
    }

    fn wait(&mut self, time: Duration) {
        self.here.wait(time);
    }
}
