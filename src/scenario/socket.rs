//! A [`Subject`] behind TCP sockets: any server that speaks RESP.
//!
//! Nothing sleeps. After each line the runner sends a request of its own, the fence, on a connection of its own, and waits
//! for the reply; when it has come twice, the server has gone round its loop since the line was sent: it has read the
//! line, written what it owes (Redis does so before it sleeps again) and freed what it closes later. Then every client
//! is read until nothing is left. If anything came, that is done again, since a large reply is written piece by piece as its
//! reader takes it; when a whole round brings nothing, the line is over. A long line is read piece by piece, too (Redis takes
//! 16 kB a turn), so there is one more fence for every 4 kB sent.
//!
//! The fence is a command that no server knows. Redis refuses it before it looks at anything else, so it works without
//! AUTH and while CLIENT PAUSE holds, and shows in no MONITOR, SLOWLOG or commandstats. It does count as a client and, in
//! `INFO errorstats`, as an error.
//!
//! What a fence cannot see: a reply that the server works out on another thread. Redis 8 does so for FLUSHALL and FLUSHDB,
//! unless they say ASYNC (or `lazyfree-lazy-user-flush` says it for them); the reply may then come a line later.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::frame::{Frame, split};
use super::run::{FENCE, Identity, Received, Subject, Trouble};

/// The request nobody knows.
const FENCE_REQUEST: &[u8] = b"*1\r\n$13\r\nCUTAWAY-FENCE\r\n";

/// A server that does not answer for so long is broken.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that reads less at a time is not waited for.
const LEAST_READ: usize = 4096;

/// What one client may receive after one line; a server that sends without end is broken.
const MOST_RECEIVED: usize = 1 << 30;

/// A server behind sockets.
pub struct Socket {
    address: SocketAddr,
    password: Option<String>,
    fence: TcpStream,
    fence_identity: Option<Identity>,
    clients: BTreeMap<String, Connection>,
    /// Bytes sent since the last line settled.
    sent: usize,
}

struct Connection {
    stream: TcpStream,
    reading: bool,
    identity: Option<Identity>,
}

impl Socket {
    /// Connects the fence. `password` is the server's `requirepass`, which CLIENT LIST needs to tell the clients' ids.
    pub fn new(address: SocketAddr, password: Option<&str>) -> Result<Socket, Trouble> {
        let fence = open(address)?;
        let password = password.map(String::from);
        let mut socket =
            Socket { address, password, fence, fence_identity: None, clients: BTreeMap::new(), sent: 0 };
        socket.meet_fence()?;
        Ok(socket)
    }

    /// Once the fence is connected: logs in, lets the server notice who has left, learns its own id.
    fn meet_fence(&mut self) -> Result<(), Trouble> {
        if let Some(password) = self.password.clone() {
            let auth = format!("*2\r\n$4\r\nAUTH\r\n${}\r\n{password}\r\n", password.len());
            self.ask(auth.as_bytes())?;
        }
        self.turn()?;
        let addr = local_addr(&self.fence)?;
        self.fence_identity = self.identify(&addr)?;
        Ok(())
    }

    /// Two turns of the server's loop.
    fn turn(&mut self) -> Result<(), Trouble> {
        for _ in 0..2 {
            self.ask(FENCE_REQUEST)?;
        }
        Ok(())
    }

    /// One request on the fence and its one reply.
    fn ask(&mut self, request: &[u8]) -> Result<Frame, Trouble> {
        let mut reply = Vec::new();
        let mut buffer = [0; 16 * 1024];
        self.fence.write_all(request).map_err(|error| broken("the fence", &error))?;
        loop {
            let count = match self.fence.read(&mut buffer) {
                Ok(0) => return Err(Trouble::Broken("the server closed the fence".into())),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken("the fence", &error)),
            };
            reply.extend_from_slice(&buffer[..count]);
            match split(&reply).into_iter().next() {
                Some(frame) if !matches!(frame, Frame::Rest(_)) => return Ok(frame),
                _ => {}
            }
        }
    }

    /// What CLIENT LIST says of the connection whose own end is `addr`; nothing, if the server has no such list.
    fn identify(&mut self, addr: &str) -> Result<Option<Identity>, Trouble> {
        let list = self.ask(b"*2\r\n$6\r\nCLIENT\r\n$4\r\nLIST\r\n")?;
        Ok(list.as_bulk().and_then(|list| find_in_client_list(&String::from_utf8_lossy(list), addr)))
    }

    /// Reads what there is; `None` if that is nothing.
    fn drain(name: &str, connection: &mut Connection) -> Result<Option<Received>, Trouble> {
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
                return Err(Trouble::Broken(format!("{name} receives without end")));
            }
        };
        let any = !bytes.is_empty() || closed;
        Ok(any.then(|| Received { client: name.into(), bytes, closed }))
    }

    fn client(&mut self, name: &str) -> Result<&mut Connection, Trouble> {
        self.clients.get_mut(name).ok_or_else(|| Trouble::Broken(format!("{name} is not connected")))
    }
}

impl Subject for Socket {
    fn connect(&mut self, client: &str) -> Result<(), Trouble> {
        let stream = open(self.address)?;
        let addr = local_addr(&stream)?;
        stream.set_nonblocking(true).map_err(|error| broken(client, &error))?;
        self.turn()?;
        let identity = self.identify(&addr)?;
        self.clients.insert(client.into(), Connection { stream, reading: true, identity });
        Ok(())
    }

    fn send(&mut self, client: &str, mut bytes: &[u8]) -> Result<(), Trouble> {
        while !bytes.is_empty() {
            match self.client(client)?.stream.write(bytes) {
                Ok(count) => {
                    bytes = &bytes[count..];
                    self.sent += count;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
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

    fn disconnect(&mut self, client: &str) -> Result<(), Trouble> {
        self.client(client)?;
        self.clients.remove(client);
        Ok(())
    }

    fn stop_reading(&mut self, client: &str) -> Result<(), Trouble> {
        self.client(client)?.reading = false;
        Ok(())
    }

    fn read_again(&mut self, client: &str) -> Result<(), Trouble> {
        self.client(client)?.reading = true;
        Ok(())
    }

    fn wait(&mut self, _: Duration) -> Result<(), Trouble> {
        Err(Trouble::Unsupported("nobody can move the clock of a server behind a socket".into()))
    }

    fn settle(&mut self) -> Result<Vec<Received>, Trouble> {
        let mut all: BTreeMap<String, Received> = BTreeMap::new();
        for _ in 0..std::mem::take(&mut self.sent) / LEAST_READ {
            // If this fails, the loop below meets the same trouble and knows what to do.
            let _ = self.ask(FENCE_REQUEST);
        }
        loop {
            match self.turn() {
                // CLIENT KILL may well mean the fence, too.
                Err(Trouble::Broken(_)) => {
                    self.fence = open(self.address)?;
                    self.meet_fence()?;
                }
                other => other?,
            }
            let mut news = Vec::new();
            for (name, connection) in self.clients.iter_mut().filter(|(_, connection)| connection.reading) {
                news.extend(Self::drain(name, connection)?);
            }
            if news.is_empty() {
                return Ok(all.into_values().collect());
            }
            for received in news {
                if received.closed {
                    self.clients.remove(&received.client);
                }
                let so_far = all.entry(received.client.clone());
                let so_far = so_far.or_insert_with(|| Received { bytes: Vec::new(), ..received.clone() });
                so_far.bytes.extend_from_slice(&received.bytes);
                so_far.closed = received.closed;
                if so_far.bytes.len() > MOST_RECEIVED {
                    return Err(Trouble::Broken(format!("{} receives without end", received.client)));
                }
            }
        }
    }

    fn identity(&self, client: &str) -> Option<Identity> {
        if client == FENCE {
            return self.fence_identity.clone();
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

fn open(address: SocketAddr) -> Result<TcpStream, Trouble> {
    let connect = || -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(stream)
    };
    connect().map_err(|error| broken("a new client", &error))
}

fn local_addr(stream: &TcpStream) -> Result<String, Trouble> {
    stream.local_addr().map(|addr| addr.to_string()).map_err(|error| broken("a new client", &error))
}

fn broken(who: &str, error: &io::Error) -> Trouble {
    Trouble::Broken(format!("{who}: {error}"))
}
