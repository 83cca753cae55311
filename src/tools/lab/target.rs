//! The student's server as a target of scenarios.
//!
//! Redis has no counterpart. Two things are possible here that a check of somebody's server cannot do: time really passes, and a
//! program that the lab has started can be killed.

use std::collections::BTreeSet;
use std::mem;
use std::thread::sleep;
use std::time::Duration;

use super::program::Program;
use crate::tools::scenario::frame::Frame;
use crate::tools::scenario::order::begins;
use crate::tools::scenario::socket::PING;
use crate::tools::scenario::{Capabilities, Identity, PlayError, Received, Scenario, Socket, Target};

/// A scenario of the lab waits no longer.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A server of several threads may take a line later than the barrier that was sent behind it. The reply to a line says that
/// it was taken. A line that brings its client none (a request that waits for a key, half a request, a client that leaves) is
/// given so long, or the next line could overtake it.
const UNHEARD: Duration = Duration::from_millis(50);

/// A server, and the program that it is if the lab has started it.
pub struct Bench<'a> {
    socket: Socket,
    program: Option<&'a mut Program>,
    /// The clients that have sent something since the last line, or have left.
    speakers: Vec<String>,
}

/// What the lab asks of every server: nothing that a stage has not built. Before the second stage nobody has built that two clients
/// are served.
pub fn capabilities(number: usize, timeout: Duration) -> Capabilities {
    Capabilities { barrier: if number > 1 { PING } else { &[] }, lists_clients: false, timeout }
}

impl<'a> Bench<'a> {
    /// A server to play to.
    pub fn new(socket: Socket, program: Option<&'a mut Program>) -> Bench<'a> {
        Bench { socket, program, speakers: Vec::new() }
    }

    /// Disconnects every client, and waits so long at most until the server has noticed. What it has not noticed then is no
    /// fault of a scenario that is over.
    pub fn close_within(self, time: Duration) {
        let _ = self.socket.close_within(time);
    }

    /// The values of the settings that a scenario changes, beside their names; those that the server does not tell are left out.
    pub fn settings(&mut self, scenario: &Scenario) -> Vec<(Vec<u8>, Vec<u8>)> {
        let changes = scenario.requests().filter(|request| begins(request, &["config", "set"]));
        let names: BTreeSet<Vec<u8>> = changes.filter_map(|request| request.get(2).cloned()).collect();
        let value = |name: Vec<u8>| match self.socket.try_ask(&[b"CONFIG", b"GET", &name]) {
            Some(Frame::Aggregate(b'*', pair)) => Some((name, pair.get(1)?.as_bulk()?.to_vec())),
            _ => None,
        };
        names.into_iter().filter_map(value).collect()
    }

    /// Gives settings the values that they had.
    pub fn restore(&mut self, settings: Vec<(Vec<u8>, Vec<u8>)>) {
        for (name, value) in settings {
            self.socket.try_ask(&[b"CONFIG", b"SET", &name, &value]);
        }
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
        self.speakers.push(client.into());
        self.socket.send(client, bytes)
    }

    fn disconnect(&mut self, client: &str) -> Result<(), PlayError> {
        self.speakers.push(client.into());
        self.socket.disconnect(client)
    }

    fn reset(&mut self, client: &str) -> Result<(), PlayError> {
        self.speakers.push(client.into());
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
        let mut all = self.socket.settle()?;
        let speakers = mem::take(&mut self.speakers);
        if !speakers.iter().all(|client| all.iter().any(|received| received.client == *client)) {
            sleep(UNHEARD);
            Received::add(&mut all, self.socket.settle()?);
        }
        Ok(all)
    }

    fn identity(&self, client: &str) -> Option<Identity> {
        self.socket.identity(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    /// A server of threads: PING is answered at once, all else is taken after a while, and not answered.
    fn serve(mut client: TcpStream, taken: &Sender<Vec<u8>>) {
        let mut bytes = [0; 1024];
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            if bytes[..count].ends_with(b"PING\r\n") {
                client.write_all(b"+PONG\r\n").unwrap();
                continue;
            }
            if bytes[..count].ends_with(b"slow\r\n") {
                sleep(UNHEARD / 2);
            }
            taken.send(bytes[..count].to_vec()).unwrap();
        }
    }

    #[test]
    fn a_line_without_a_reply_is_not_overtaken_by_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, taken) = channel();
        thread::spawn(move || {
            for client in listener.incoming() {
                let sender = sender.clone();
                thread::spawn(move || serve(client.unwrap(), &sender));
            }
        });
        let socket = Socket::with_manners(address, capabilities(2, LONGEST_WAIT)).unwrap();
        let mut bench = Bench::new(socket, None);
        for (client, line) in [("A", "slow\r\n"), ("B", "quick\r\n")] {
            bench.connect(client).unwrap();
            bench.send(client, line.as_bytes()).unwrap();
            assert_eq!(bench.settle().unwrap(), []);
        }
        assert_eq!(
            [taken.recv().unwrap(), taken.recv().unwrap()],
            [b"slow\r\n".to_vec(), b"quick\r\n".to_vec()]
        );
    }

    #[test]
    fn a_client_whose_connection_the_server_closes_keeps_its_own_side_open() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, left) = channel();
        thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            client.read_to_end(&mut Vec::new()).unwrap();
            sender.send(()).unwrap();
        });
        // Of the first stage: no connection but A's.
        let mut bench =
            Bench::new(Socket::with_manners(address, capabilities(1, LONGEST_WAIT)).unwrap(), None);
        bench.connect("A").unwrap();
        let mut received = Vec::new();
        while received.is_empty() {
            received = bench.settle().unwrap();
        }
        assert_eq!(received, [Received { client: "A".into(), bytes: Vec::new(), closed: true }]);
        assert!(left.recv_timeout(UNHEARD).is_err(), "A has closed its side, too");
        bench.close_within(LONGEST_WAIT);
        left.recv().unwrap();
    }
}
