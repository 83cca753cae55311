//! The floor: a server that does what no server can leave out, and nothing else. Its CPU time is what the kernel
//! charges for the job; what another server spends above it is that server's own.
//!
//! For each turn of the loop it does: one `epoll_wait`; one `read` for each connection that sent something; one
//! `write` of the right number of bytes for each subscriber that a publish of this turn reaches; one `write` of all
//! replies to each connection that asked. Sockets are registered for reading, edge-triggered; one whose socket is full, for
//! writing too, until it has all it is owed.
//!
//! It does not: parse (each connection says at first how long its requests are, and requests are counted by dividing);
//! look up, encode, copy (every byte it sends is an `x` of one prepared buffer); keep an output queue (only the number
//! of bytes owed). With many channels it reads six digits of each request, to know whom to reach.
//!
//! A control line, the first bytes on each connection, tells it its part: see [`Role`]. It answers `+OK`.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use mio::{Events, Interest, Poll, Registry, Token};
use slab::Slab;

use crate::{Result, server::socket_path};

/// How the benchmark starts itself as the floor.
pub const FLAG: &str = "--floor-server";

/// What a connection to the floor is for.
#[derive(Clone, PartialEq, Debug)]
pub enum Role {
    /// Says nothing more.
    Idle,
    /// Gets the messages of these channels.
    Subscriber { channels: Vec<usize> },
    /// Sends requests of `request` bytes; each makes `delivery` bytes for each subscriber of its channel and `reply`
    /// bytes for itself. The channel's number is the six digits at `digits`; at 0 there are none, and it is channel 0.
    Publisher { request: usize, delivery: usize, reply: usize, digits: usize },
    /// Sends requests of `request` bytes and gets `reply` bytes for each.
    Requester { request: usize, reply: usize },
}

impl Role {
    /// The control line: a word and numbers.
    pub fn hello(&self) -> Vec<u8> {
        let numbers = |word: &str, numbers: &[usize]| {
            numbers.iter().fold(word.to_string(), |line, number| format!("{line} {number}")) + "\n"
        };
        match self {
            Role::Idle => numbers("idle", &[]),
            Role::Subscriber { channels } => numbers("subscriber", channels),
            Role::Publisher { request, delivery, reply, digits } => {
                numbers("publisher", &[*request, *delivery, *reply, *digits])
            }
            Role::Requester { request, reply } => numbers("requester", &[*request, *reply]),
        }
        .into_bytes()
    }

    fn parse(line: &[u8]) -> Option<Role> {
        let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
        let mut words = text.split(' ');
        let word = words.next()?;
        let numbers = words.map(|word| word.parse().ok()).collect::<Option<Vec<usize>>>()?;
        match (word, &numbers[..]) {
            ("idle", []) => Some(Role::Idle),
            ("subscriber", _) => Some(Role::Subscriber { channels: numbers }),
            ("publisher", &[request, delivery, reply, digits]) => {
                Some(Role::Publisher { request, delivery, reply, digits })
            }
            ("requester", &[request, reply]) => Some(Role::Requester { request, reply }),
            _ => None,
        }
    }
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Unix(stream) => stream.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.write(bytes),
            Stream::Unix(stream) => stream.write(bytes),
        }
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Stream::Tcp(stream) => stream,
            Stream::Unix(stream) => stream,
        }
    }
}

struct Client {
    stream: Stream,
    /// None until the control line has come.
    role: Option<Role>,
    /// Bytes of a request whose end has not come yet.
    partial: usize,
    /// The same, kept, where channels are read from requests.
    kept: Vec<u8>,
    /// Bytes still to write.
    owed: usize,
    /// The last write took less than all; wait for the socket to say "writable".
    blocked: bool,
    /// It was blocked since it was last owed nothing: the socket is registered for writing, too.
    wants_room: bool,
    /// Already in the list of those to write to at the end of this turn.
    listed: bool,
}

struct Floor {
    registry: Registry,
    clients: Slab<Client>,
    /// Subscribers by channel.
    channels: Vec<Vec<usize>>,
    /// Those who are owed bytes since this turn began.
    to_write: Vec<usize>,
    input: Vec<u8>,
    output: Vec<u8>,
}

const LISTENERS: Token = Token(usize::MAX);

/// Serves on the port, and on the Unix socket that belongs to it, until it is killed.
pub fn serve(port: u16) -> Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    poll.registry().register(&mut listener, LISTENERS, Interest::READABLE)?;
    let mut unix_listener = UnixListener::bind(socket_path(port))?;
    poll.registry().register(&mut unix_listener, LISTENERS, Interest::READABLE)?;
    let mut floor = Floor {
        registry: poll.registry().try_clone()?,
        clients: Slab::new(),
        channels: Vec::new(),
        to_write: Vec::new(),
        input: vec![0; 256 * 1024],
        output: vec![b'x'; 5 * 1024 * 1024],
    };
    loop {
        if let Err(e) = poll.poll(&mut events, None)
            && e.kind() != io::ErrorKind::Interrupted
        {
            return Err(e.into());
        }
        for event in &events {
            if event.token() == LISTENERS {
                while let Ok((stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    floor.add(Stream::Tcp(stream))?;
                }
                while let Ok((stream, _)) = unix_listener.accept() {
                    floor.add(Stream::Unix(stream))?;
                }
                continue;
            }
            let id = event.token().0;
            if event.is_writable()
                && let Some(client) = floor.clients.get_mut(id)
                && client.blocked
            {
                client.blocked = false;
                floor.owe(id, 0);
            }
            if event.is_readable() && !floor.read(id) {
                floor.close(id);
            }
        }
        floor.before_sleep()?;
    }
}

impl Floor {
    fn add(&mut self, mut stream: Stream) -> Result<()> {
        let entry = self.clients.vacant_entry();
        self.registry.register(stream.source(), Token(entry.key()), Interest::READABLE)?;
        entry.insert(Client {
            stream,
            role: None,
            partial: 0,
            kept: Vec::new(),
            owed: 0,
            blocked: false,
            wants_room: false,
            listed: false,
        });
        Ok(())
    }

    /// Reads until the socket is empty: a read that does not fill the buffer has emptied it. False when it is closed.
    fn read(&mut self, id: usize) -> bool {
        loop {
            let Some(client) = self.clients.get_mut(id) else { return true };
            let len = match client.stream.read(&mut self.input) {
                Ok(0) => return false,
                Ok(len) => len,
                Err(e) => return e.kind() == io::ErrorKind::WouldBlock,
            };
            if !self.take(id, len) {
                return false;
            }
            if len < self.input.len() {
                return true;
            }
        }
    }

    /// What `len` bytes of input make it owe. False when the control line is wrong.
    fn take(&mut self, id: usize, len: usize) -> bool {
        let client = &mut self.clients[id];
        let Some(role) = client.role.clone() else {
            return self.hello(id, len);
        };
        match role {
            Role::Idle | Role::Subscriber { .. } => {}
            Role::Requester { request, reply } => {
                let count = (client.partial + len) / request;
                client.partial = (client.partial + len) % request;
                self.owe(id, count * reply);
            }
            Role::Publisher { request, delivery, reply, digits: 0 } => {
                let count = (client.partial + len) / request;
                client.partial = (client.partial + len) % request;
                self.publish(0, count * delivery);
                self.owe(id, count * reply);
            }
            Role::Publisher { request, delivery, reply, digits } => {
                client.kept.extend_from_slice(&self.input[..len]);
                let kept = std::mem::take(&mut client.kept);
                let whole = kept.chunks_exact(request);
                let rest = whole.remainder().to_vec();
                let mut count = 0;
                for one in whole {
                    let number = one[digits..digits + 6].iter().fold(0, |n, d| n * 10 + (d & 15) as usize);
                    self.publish(number, delivery);
                    count += 1;
                }
                self.owe(id, count * reply);
                self.clients[id].kept = rest;
            }
        }
        true
    }

    fn hello(&mut self, id: usize, len: usize) -> bool {
        let Some(role) = Role::parse(&self.input[..len]) else { return false };
        if let Role::Subscriber { channels } = &role {
            for &channel in channels {
                if self.channels.len() <= channel {
                    self.channels.resize(channel + 1, Vec::new());
                }
                self.channels[channel].push(id);
            }
        }
        let client = &mut self.clients[id];
        client.role = Some(role);
        matches!(client.stream.write(b"+OK\r\n"), Ok(5))
    }

    fn publish(&mut self, channel: usize, bytes: usize) {
        if bytes == 0 || channel >= self.channels.len() {
            return;
        }
        let subscribers = std::mem::take(&mut self.channels[channel]);
        for &id in &subscribers {
            self.owe(id, bytes);
        }
        self.channels[channel] = subscribers;
    }

    fn owe(&mut self, id: usize, bytes: usize) {
        let client = &mut self.clients[id];
        client.owed += bytes;
        if client.owed > 0 && !client.blocked && !client.listed {
            client.listed = true;
            self.to_write.push(id);
        }
    }

    /// The one `write` for each client that is owed something; more only when it is owed more than the buffer holds.
    fn before_sleep(&mut self) -> Result<()> {
        for id in std::mem::take(&mut self.to_write) {
            let Some(client) = self.clients.get_mut(id) else { continue };
            client.listed = false;
            while client.owed > 0 {
                let part = client.owed.min(self.output.len());
                match client.stream.write(&self.output[..part]) {
                    Ok(len) => {
                        client.owed -= len;
                        client.blocked = len < part;
                    }
                    Err(_) => client.blocked = true,
                }
                if client.blocked {
                    break;
                }
            }
            if client.blocked != client.wants_room {
                client.wants_room = client.blocked;
                let interest = match client.blocked {
                    true => Interest::READABLE | Interest::WRITABLE,
                    false => Interest::READABLE,
                };
                self.registry.reregister(client.stream.source(), Token(id), interest)?;
            }
        }
        Ok(())
    }

    fn close(&mut self, id: usize) {
        let client = self.clients.remove(id);
        if let Some(Role::Subscriber { channels }) = client.role {
            for channel in channels {
                self.channels[channel].retain(|&other| other != id);
            }
        }
    }
}
