//! A [`Target`] behind TCP sockets: any server that speaks RESP.
//!
//! Nothing sleeps. After each line the runner sends a request of its own, the barrier, on a connection of its own, and waits
//! for the reply; when it has come twice, the server has gone round its loop since the line was sent: it has read the
//! line, written what it owes (Redis does so before it sleeps again) and freed what it closes later. Then every client
//! is read until nothing is left. If anything came, that is done again, since a large reply is written piece by piece as its
//! reader takes it; when two whole rounds bring nothing, the line is over. (One would do, but that a busy kernel with
//! several processors may carry the barrier past what was sent before it on another connection. Two make that rare, not
//! impossible: TCP promises no order between connections.) A long line is read piece by piece, too (Redis takes 16 kB a
//! turn), so there is one more barrier for every 4 kB sent.
//!
//! The barrier is a command that no server knows. Redis refuses it before it looks at anything else, so it works without
//! AUTH and while CLIENT PAUSE holds, and shows in no MONITOR, SLOWLOG or commandstats. It does count as a client and, in
//! `INFO errorstats`, as an error.
//!
//! A stranger's server may not survive an unknown command, or not know CLIENT LIST: [`Capabilities`] says what it can take. A
//! server of several threads does not promise what the barrier relies on; whoever plays to one must wait for what it expects
//! (`src/tools/check/play.rs` does).
//!
//! What a barrier cannot see: a reply that the server works out on another thread. Redis 8 does so for FLUSHALL and FLUSHDB,
//! unless they say ASYNC (or `lazyfree-lazy-user-flush` says it for them); the reply may then come a line later.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::dial::{broken, is_timeout, leave, local_addr, open};
use super::frame::{Frame, split};
use super::subject::{BARRIER, Identity, PlayError, Received, Target};
use super::words::{escape, quote};
use crate::tools::interrupt;

/// What is known of a server's capabilities.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// What the barrier asks: something that no server knows, or, where that does harm, PING. No words: the server is not asked
    /// anything, for it serves one client at a time.
    pub barrier: &'static [&'static [u8]],
    /// Whether CLIENT LIST may be asked.
    pub lists_clients: bool,
    /// A server that does nothing for so long is broken.
    pub timeout: Duration,
}

/// The barrier that nobody knows.
pub const UNKNOWN: &[&[u8]] = &[b"CUTAWAY-BARRIER"];

/// The barrier for servers that stumble over unknown commands. MONITOR and commandstats show it.
pub const PING: &[&[u8]] = &[b"PING"];

impl Default for Capabilities {
    /// Redis's.
    fn default() -> Capabilities {
        Capabilities { barrier: UNKNOWN, lists_clients: true, timeout: Duration::from_secs(10) }
    }
}

/// A server that reads less at a time is not waited for.
const LEAST_READ: usize = 4096;

/// What one client may receive after one line; a server that sends without end is broken.
const MOST_RECEIVED: usize = 1 << 28;

/// A reply to the runner's own connection is shorter.
const LONGEST_REPLY: usize = 1 << 24;

/// A line whose bytes still arrive after so long is given up.
const LONGEST_LINE: Duration = Duration::from_secs(20);

/// A server behind sockets.
pub struct Socket {
    address: SocketAddr,
    capabilities: Capabilities,
    password: Option<String>,
    /// None where there is nothing that the barrier could ask.
    barrier: Option<TcpStream>,
    barrier_identity: Option<Identity>,
    clients: BTreeMap<String, Connection>,
    /// Connections that the server has closed. Their own side stays open: the server must not need its end.
    closed: Vec<TcpStream>,
    /// Bytes sent since the last line settled.
    sent: usize,
    /// It waits for replies although a signal has come.
    insists: bool,
    /// How many replies to the barrier were not waited for.
    owed: usize,
}

struct Connection {
    stream: TcpStream,
    reading: bool,
    identity: Option<Identity>,
}

impl Socket {
    /// Connects the barrier. `password` is the server's `requirepass`, which CLIENT LIST needs to tell the clients' ids.
    pub fn new(address: SocketAddr, password: Option<&str>) -> Result<Socket, PlayError> {
        let mut socket = Self::with_manners(address, Capabilities::default())?;
        if let Some(password) = password {
            socket.log_in(password)?;
        }
        Ok(socket)
    }

    /// The same for a server with other capabilities and no password.
    pub fn with_manners(address: SocketAddr, capabilities: Capabilities) -> Result<Socket, PlayError> {
        let barrier = None;
        let (barrier_identity, clients) = Default::default();
        let mut socket = Socket {
            address,
            capabilities,
            password: None,
            barrier,
            barrier_identity,
            clients,
            closed: Vec::new(),
            sent: 0,
            insists: false,
            owed: 0,
        };
        socket.renew_barrier()?;
        Ok(socket)
    }

    /// From now on no signal ends a question: the server is tidied up.
    pub fn insist(&mut self) {
        self.insists = true;
    }

    /// The server has a password from now on; the barrier logs in with it.
    pub fn log_in(&mut self, password: &str) -> Result<(), PlayError> {
        self.password = Some(password.into());
        self.meet_barrier()
    }

    /// Disconnects the scenario's clients and waits until the server has noticed.
    pub fn disconnect_all(&mut self) -> Result<(), PlayError> {
        self.closed.clear();
        let names: Vec<String> = self.clients.keys().cloned().collect();
        names.iter().try_for_each(|name| self.disconnect(name))
    }

    /// [`Socket::close`] that waits no longer than so for each client.
    pub fn close_within(mut self, time: Duration) -> Result<(), PlayError> {
        self.capabilities.timeout = time;
        self.close()
    }

    /// Disconnects everybody, so that the server is as it was for whoever comes next.
    pub fn close(mut self) -> Result<(), PlayError> {
        self.disconnect_all()?;
        self.barrier.map_or(Ok(()), |barrier| leave(barrier, BARRIER, self.capabilities.timeout))
    }

    /// Once the barrier is connected: logs in, lets the server notice who has left, learns its own id.
    fn meet_barrier(&mut self) -> Result<(), PlayError> {
        if let Some(password) = self.password.clone() {
            self.ask(&[b"AUTH", password.as_bytes()])?;
        }
        self.turn()?;
        if let Some(barrier) = &self.barrier {
            self.barrier_identity = self.identify(&local_addr(barrier)?)?;
        }
        Ok(())
    }

    /// A new barrier in the place of one that was closed or no longer answers.
    pub fn renew_barrier(&mut self) -> Result<(), PlayError> {
        if !self.capabilities.barrier.is_empty() {
            let barrier = open(self.address, self.capabilities.timeout);
            self.barrier = Some(barrier.map_err(|trouble| {
                PlayError::Broken(format!("the server no longer takes connections: {trouble}"))
            })?);
        }
        self.owed = 0;
        self.meet_barrier()
    }

    /// Two turns of the server's loop.
    fn turn(&mut self) -> Result<(), PlayError> {
        if self.barrier.is_some() {
            for _ in 0..2 {
                self.ask(self.capabilities.barrier)?;
            }
        }
        Ok(())
    }

    /// One request of the runner's own, on the barrier, and its one reply.
    pub fn ask(&mut self, words: &[&[u8]]) -> Result<Frame, PlayError> {
        let mut request = Vec::new();
        Frame::Aggregate(b'*', words.iter().map(|word| Frame::bulk(*word)).collect()).encode(&mut request);
        let started = Instant::now();
        let mut reply = Vec::new();
        let mut buffer = [0; 16 * 1024];
        let Some(barrier) = &mut self.barrier else {
            return Err(PlayError::Broken("there is no barrier that could ask".into()));
        };
        barrier.write_all(&request).map_err(|error| broken("the barrier", &error))?;
        loop {
            let count = match barrier.read(&mut buffer) {
                Ok(0) => return Err(PlayError::Broken("the server closed the barrier".into())),
                Ok(count) => count,
                // With a timeout a signal ends the call.
                Err(error)
                    if error.kind() == ErrorKind::Interrupted
                        && !self.insists
                        && reply.is_empty()
                        && interrupt::came().is_some() =>
                {
                    self.owed += 1;
                    return Err(PlayError::Broken("interrupted".into()));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if is_timeout(&error) => return Err(self.no_reply(words, &reply)),
                Err(error) => return Err(broken("the barrier", &error)),
            };
            reply.extend_from_slice(&buffer[..count]);
            match split(&reply).into_iter().nth(self.owed) {
                Some(frame) if !matches!(frame, Frame::Rest(_)) => {
                    self.owed = 0;
                    return Ok(frame);
                }
                _ if reply.len() > LONGEST_REPLY || started.elapsed() > self.capabilities.timeout => {
                    return Err(self.no_reply(words, &reply));
                }
                _ => {}
            }
        }
    }

    /// The same, where no reply is an answer, too. The connection may be spent then, so a new barrier takes its place.
    pub fn try_ask(&mut self, words: &[&[u8]]) -> Option<Frame> {
        let reply = self.ask(words).ok();
        if reply.is_none() {
            // If even that fails, the next question will tell.
            let _ = self.renew_barrier();
        }
        reply
    }

    fn no_reply(&self, words: &[&[u8]], so_far: &[u8]) -> PlayError {
        let asked = escape(&words.join(&b' '));
        let timeout = self.capabilities.timeout;
        let so_far = match so_far {
            [] => "nothing".to_string(),
            bytes => quote(&bytes[..bytes.len().min(60)]),
        };
        PlayError::Broken(format!("the server does not answer {asked} within {timeout:?}: {so_far} came"))
    }

    /// What CLIENT LIST says of the connection whose own end is `addr`; nothing, if the server has no such list.
    fn identify(&mut self, addr: &str) -> Result<Option<Identity>, PlayError> {
        if !self.capabilities.lists_clients {
            return Ok(None);
        }
        let list = self.ask(&[b"CLIENT", b"LIST"])?;
        Ok(list.as_bulk().and_then(|list| find_in_client_list(&String::from_utf8_lossy(list), addr)))
    }

    /// Reads what there is; `None` if that is nothing.
    fn drain(name: &str, connection: &mut Connection) -> Result<Option<Received>, PlayError> {
        let mut bytes = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        let closed = loop {
            match connection.stream.read(&mut buffer) {
                Ok(0) => break true,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break false,
                // The server closed with bytes of ours unread: a close like any other.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break true,
                Err(error) => return Err(broken(name, &error)),
            }
            if bytes.len() > MOST_RECEIVED {
                return Err(PlayError::Broken(format!("{name} receives without end")));
            }
        };
        let any = !bytes.is_empty() || closed;
        Ok(any.then(|| Received { client: name.into(), bytes, closed }))
    }

    fn client(&mut self, name: &str) -> Result<&mut Connection, PlayError> {
        self.clients.get_mut(name).ok_or_else(|| PlayError::Broken(format!("{name} is not connected")))
    }
}

impl Target for Socket {
    fn connect(&mut self, client: &str) -> Result<(), PlayError> {
        let stream = open(self.address, self.capabilities.timeout)?;
        let addr = local_addr(&stream)?;
        stream.set_nonblocking(true).map_err(|error| broken(client, &error))?;
        self.turn()?;
        let identity = self.identify(&addr)?;
        self.clients.insert(client.into(), Connection { stream, reading: true, identity });
        Ok(())
    }

    fn send(&mut self, client: &str, mut bytes: &[u8]) -> Result<(), PlayError> {
        let mut progress = Instant::now();
        while !bytes.is_empty() {
            match self.client(client)?.stream.write(bytes) {
                Ok(count) => {
                    bytes = &bytes[count..];
                    self.sent += count;
                    progress = Instant::now();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error)
                    if error.kind() == ErrorKind::WouldBlock
                        && progress.elapsed() > self.capabilities.timeout =>
                {
                    return Err(PlayError::Broken(format!("the server does not read what {client} sends")));
                }
                // The way is full: the server needs a turn to read.
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.turn()?,
                // It closed already; what it said last is read when the line settles.
                Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                    break;
                }
                Err(error) => return Err(broken(client, &error)),
            }
        }
        Ok(())
    }

    /// Says goodbye and waits until the server has closed its end: a close alone might arrive after the next barrier.
    fn disconnect(&mut self, client: &str) -> Result<(), PlayError> {
        self.client(client)?;
        let Some(connection) = self.clients.remove(client) else { return Ok(()) };
        // Blocking from here on, with the timeout as the limit.
        connection.stream.set_nonblocking(false).map_err(|error| broken(client, &error))?;
        leave(connection.stream, client, self.capabilities.timeout)
    }

    /// A close that keeps nothing for later sends a reset in the place of an end.
    fn reset(&mut self, client: &str) -> Result<(), PlayError> {
        self.client(client)?;
        let Some(connection) = self.clients.remove(client) else { return Ok(()) };
        let socket = SockRef::from(&connection.stream);
        socket.set_linger(Some(Duration::ZERO)).map_err(|error| broken(client, &error))
    }

    fn stop_reading(&mut self, client: &str) -> Result<(), PlayError> {
        self.client(client)?.reading = false;
        Ok(())
    }

    fn read_again(&mut self, client: &str) -> Result<(), PlayError> {
        self.client(client)?.reading = true;
        Ok(())
    }

    fn wait(&mut self, _: Duration) -> Result<(), PlayError> {
        Err(PlayError::Unsupported("nobody can move the clock of a server behind a socket".into()))
    }

    fn settle(&mut self) -> Result<Vec<Received>, PlayError> {
        let mut all: BTreeMap<String, Received> = BTreeMap::new();
        let mut quiet = 0;
        for _ in 0..std::mem::take(&mut self.sent) / LEAST_READ {
            // If one fails, so may thousands that follow, each after its timeout; the loop below knows what to do.
            if self.ask(self.capabilities.barrier).is_err() {
                break;
            }
        }
        let started = Instant::now();
        loop {
            if started.elapsed() > LONGEST_LINE {
                return Err(PlayError::Broken(format!(
                    "bytes still arrive after {LONGEST_LINE:?}: is what was sent taken out of the buffer?"
                )));
            }
            if !self.insists && interrupt::came().is_some() {
                return Err(PlayError::Broken("interrupted".into()));
            }
            match self.turn() {
                // The barrier may be the only one that knows the password: it stays for tidying up.
                Err(trouble) if !self.insists && interrupt::came().is_some() => return Err(trouble),
                // CLIENT KILL may well mean the barrier, too.
                Err(PlayError::Broken(_)) => self.renew_barrier()?,
                other => other?,
            }
            let mut news = Vec::new();
            for (name, connection) in self.clients.iter_mut().filter(|(_, connection)| connection.reading) {
                news.extend(Self::drain(name, connection)?);
            }
            quiet = if news.is_empty() { quiet + 1 } else { 0 };
            if quiet == 2 {
                return Ok(all.into_values().collect());
            }
            for received in news {
                if received.closed {
                    self.closed.extend(self.clients.remove(&received.client).map(|gone| gone.stream));
                }
                let so_far = all.entry(received.client.clone());
                let so_far = so_far.or_insert_with(|| Received { bytes: Vec::new(), ..received.clone() });
                so_far.bytes.extend_from_slice(&received.bytes);
                so_far.closed = received.closed;
                if so_far.bytes.len() > MOST_RECEIVED {
                    return Err(PlayError::Broken(format!("{} receives without end", received.client)));
                }
            }
        }
    }

    fn identity(&self, client: &str) -> Option<Identity> {
        if client == BARRIER {
            return self.barrier_identity.clone();
        }
        self.clients.get(client)?.identity.clone()
    }
}

/// The line of CLIENT LIST with this address.
pub fn find_in_client_list(list: &str, addr: &str) -> Option<Identity> {
    let addr_field = format!("addr={addr}");
    let line = list.lines().find(|line| line.split(' ').any(|field| field == addr_field))?;
    let id = line.split(' ').find_map(|field| field.strip_prefix("id="))?.parse().ok()?;
    Some(Identity { id, addr: addr.into() })
}
