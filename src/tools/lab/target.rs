//! The student's server as a target of scenarios.
//!
//! Redis has no counterpart. Two things are possible here that a check of somebody's server cannot do: time really passes, and a
//! program that the lab has started can be killed.

use std::thread::sleep;
use std::time::Duration;

use super::program::Program;
use crate::tools::scenario::socket::PING;
use crate::tools::scenario::{Capabilities, Identity, PlayError, Received, Socket, Target};

/// A scenario of the lab waits no longer.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A server, and the program that it is if the lab has started it.
pub struct Bench<'a> {
    socket: Socket,
    program: Option<&'a mut Program>,
}

/// What the lab asks of every server: nothing that a stage has not built. Before the second stage nobody has built that two clients
/// are served.
pub fn capabilities(number: usize, timeout: Duration) -> Capabilities {
    Capabilities { barrier: if number > 1 { PING } else { &[] }, lists_clients: false, timeout }
}

impl<'a> Bench<'a> {
    /// A server to play to.
    pub fn new(socket: Socket, program: Option<&'a mut Program>) -> Bench<'a> {
        Bench { socket, program }
    }

    /// Disconnects every client, and waits so long at most until the server has noticed. What it has not noticed then is no
    /// fault of a scenario that is over.
    pub fn close_within(self, time: Duration) {
        let _ = self.socket.close_within(time);
    }

    /// Removes keys, whatever the server says to that.
    pub fn delete(&mut self, keys: impl IntoIterator<Item = Vec<u8>>) {
        for key in keys {
            self.socket.try_ask(&[b"DEL", &key]);
        }
    }
}

impl Target for Bench<'_> {
    fn connect(&mut self, client: &str) -> Result<(), PlayError> {
        self.socket.connect(client)
    }

    fn send(&mut self, client: &str, bytes: &[u8]) -> Result<(), PlayError> {
        self.socket.send(client, bytes)
    }

    fn disconnect(&mut self, client: &str) -> Result<(), PlayError> {
        self.socket.disconnect(client)
    }

    fn reset(&mut self, client: &str) -> Result<(), PlayError> {
        self.socket.reset(client)
    }

    fn stop_reading(&mut self, client: &str) -> Result<(), PlayError> {
        self.socket.stop_reading(client)
    }

    fn read_again(&mut self, client: &str) -> Result<(), PlayError> {
        self.socket.read_again(client)
    }

    fn wait(&mut self, time: Duration) -> Result<(), PlayError> {
        if time > LONGEST_WAIT {
            return Err(PlayError::Unsupported(format!("the lab waits {LONGEST_WAIT:?} at most")));
        }
        sleep(time);
        Ok(())
    }

    fn restart(&mut self) -> Result<(), PlayError> {
        let Some(program) = &mut self.program else {
            return Err(PlayError::Unsupported("the lab has not started this server".into()));
        };
        program.kill_and_start().map_err(PlayError::Broken)?;
        self.socket.renew_barrier()
    }

    fn settle(&mut self) -> Result<Vec<Received>, PlayError> {
        self.socket.settle()
    }

    fn identity(&self, client: &str) -> Option<Identity> {
        self.socket.identity(client)
    }
}
