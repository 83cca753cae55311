//! The event loop without sockets: it plays the server's turns.

use super::check;
use super::script::{PEERS, Random};
use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::client::limits::Limit;
use cutaway::config::Config;
use cutaway::server::dispatch::spec::{BLOCKING, Command};
use cutaway::server::turn::Sink;
use cutaway::server::{Process, Server, Time};
use std::io;
use std::io::{ErrorKind, IoSlice};
use std::sync::LazyLock;

/// How much is written.
pub enum Writing {
    /// As much as the socket takes, but not more than this in a turn.
    Budget(usize),
    /// Everything.
    Everything,
    /// A little, then the socket is full; the seed makes it repeatable.
    Cut(u64),
}

/// What is on the other side of a socket.
#[derive(Default)]
pub struct Peer {
    key: Option<ClientKey>,
    /// How many bytes the socket takes.
    room: usize,
    /// What it received on this connection.
    pub received: Vec<u8>,
    /// Whether this connection is no more.
    pub closed: bool,
    /// The same of its earlier connections.
    past: Vec<(Vec<u8>, bool)>,
}

impl Peer {
    /// What each connection received, and whether it was closed.
    pub fn connections(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let now = std::iter::once((&self.received[..], self.closed));
        self.past.iter().map(|(received, closed)| (&received[..], *closed)).chain(now)
    }
}

/// All sockets.
struct Sockets {
    peers: Vec<Peer>,
    /// How many bytes one client is sent in a turn.
    budget: usize,
    cut: Option<Random>,
    /// The time, for DEBUG SLEEP to move on.
    time: Time,
}

impl Sink for Sockets {
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let peer =
            self.peers.iter_mut().find(|peer| peer.key == Some(client)).expect("a client has a socket");
        let room = match &mut self.cut {
            Some(random) => random.piece().min(peer.room),
            None => peer.room,
        };
        let mut left = room;
        for slice in slices {
            let part = slice.len().min(left);
            peer.received.extend_from_slice(&slice[..part]);
            left -= part;
        }
        let count = room - left;
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        if self.cut.is_none() && peer.room != usize::MAX {
            peer.room -= count;
        }
        Ok(count)
    }

    fn sleep(&mut self, millis: u64) -> Option<Time> {
        self.time = self.time.after(millis);
        Some(self.time)
    }

    fn closed(&mut self, client: ClientKey) {
        if let Some(peer) = self.peers.iter_mut().find(|peer| peer.key == Some(client)) {
            (peer.key, peer.closed) = (None, true);
        }
    }

    fn share(&self) -> usize {
        self.budget
    }
}

/// The loop.
pub struct Turns {
    pub server: Server,
    sockets: Sockets,
    /// The limits that were set from outside.
    limit: Option<Limit>,
}

/// The settings of every server but for what a script says: made once, since they cost more than a short script.
static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let mut config = Config::default();
    config.enable_debug = "yes";
    config
});

impl Turns {
    /// A server with these settings (those that make sense), and all clients connected.
    pub fn new(settings: &[(String, Vec<String>)], writing: Writing) -> Turns {
        let mut config = CONFIG.clone();
        for (name, words) in settings {
            let _ = config.set_at_start(name, words);
        }
        let time = Time { unix_micros: 1_700_000_000_000_000, millis: 1_000_000 };
        let mut turns = Turns {
            server: Server::new(
                cutaway::command::table(&config).unwrap(),
                config,
                Process::default(),
                time,
                || 0,
            ),
            sockets: Sockets {
                peers: Vec::new(),
                budget: if let Writing::Budget(budget) = writing { budget } else { usize::MAX },
                cut: if let Writing::Cut(seed) = writing { Some(Random::new(!seed)) } else { None },
                time,
            },
            limit: None,
        };
        turns.sockets.peers.resize_with(PEERS, Peer::default);
        (0..PEERS).for_each(|peer| turns.connect(peer, true));
        turns
    }

    /// Clients may be owed no more than this.
    pub fn limit_outputs(&mut self, limit: Limit) {
        self.server.config.output_limits = [limit; 3];
        self.server.clients.set_limits([limit; 3]);
        self.limit = Some(limit);
    }

    /// What is on the other side of the sockets.
    pub fn peers(&self) -> &[Peer] {
        &self.sockets.peers
    }

    pub fn connect(&mut self, peer: usize, local: bool) {
        if self.sockets.peers[peer].key.is_some() {
            return;
        }
        let ip = if local { "127.0.0.1" } else { "192.0.2.7" };
        let addr = format!("{ip}:{}", 50_000 + peer);
        let about = About { addr: addr.into(), laddr: "127.0.0.1:6379".into(), fd: 7, ..About::default() };
        let key = self.server.connect(about);
        let peer = &mut self.sockets.peers[peer];
        let received = std::mem::take(&mut peer.received);
        peer.past.push((received, std::mem::replace(&mut peer.closed, false)));
        (peer.key, peer.room) = (Some(key), usize::MAX);
    }

    pub fn disconnect(&mut self, peer: usize) {
        if let Some(key) = self.sockets.peers[peer].key {
            self.server.disconnect(key);
        }
    }

    pub fn feed(&mut self, peer: usize, bytes: &[u8]) {
        if let Some(key) = self.sockets.peers[peer].key
            && !bytes.is_empty()
        {
            self.server.feed(key, bytes);
            self.server.sleep_if_asked(&mut self.sockets);
            self.check_limit();
        }
    }

    /// The socket takes so many bytes: it can be written to if that is more than none.
    pub fn set_room(&mut self, peer: usize, room: usize) {
        let peer = &mut self.sockets.peers[peer];
        peer.room = room;
        if let Some(key) = peer.key
            && room > 0
        {
            self.server.write_to_client(key, &mut self.sockets);
        }
    }

    pub fn wait(&mut self, millis: u64) {
        self.end();
        self.pass(millis);
    }

    fn pass(&mut self, millis: u64) {
        self.sockets.time = self.sockets.time.after(millis);
        self.server.set_time(self.sockets.time);
    }

    /// Ends the turn and begins the next, in the same millisecond.
    pub fn end(&mut self) {
        self.check_limit();
        self.server.end_turn(&mut self.sockets);
        self.check_limit();
        check::nobody_is_forgotten(&self.server);
        check::memory(&self.server);
        self.server.set_time(self.sockets.time);
        check::deadline(&self.server);
    }

    /// Turns until everything is executed that can be.
    pub fn drain(&mut self) {
        self.end();
        while self.server.has_ready() {
            self.end();
        }
        check::nothing_waits(&self.server);
    }

    /// Turns until all sockets that take something are written to as well.
    pub fn settle(&mut self) {
        let cut = self.sockets.cut.take();
        loop {
            self.drain();
            for peer in 0..self.sockets.peers.len() {
                if let Some(key) = self.sockets.peers[peer].key {
                    self.server.write_to_client(key, &mut self.sockets);
                }
            }
            self.drain();
            let owed = |peer: &Peer| {
                let client = self.server.clients.get(peer.key?)?;
                (peer.room > 0 && !client.output.is_empty()).then_some(())
            };
            if !self.sockets.peers.iter().any(|peer| owed(peer).is_some()) {
                break;
            }
        }
        self.sockets.cut = cut;
    }

    /// Everybody goes, and nothing is left.
    pub fn leave(mut self) {
        for peer in 0..self.sockets.peers.len() {
            self.disconnect(peer);
        }
        self.end();
        check::empty(&self.server);
    }

    /// With small limits nobody is owed more than they allow, once a command is done.
    fn check_limit(&self) {
        let Some(limit) = self.limit.filter(|&limit| self.server.clients.limits() == [limit; 3]) else {
            return;
        };
        for (key, client) in self.server.clients.iter() {
            let owed = client.output.counted() as u64;
            assert!(owed < limit.hard, "client {key} is owed {owed} bytes that count");
        }
    }

    /// Whether the script says only what a second run must repeat: no counters of what was read and written,
    /// no memory, no order of a hash table, no limits that depend on how fast a client reads.
    pub fn is_repeatable(&self) -> bool {
        let ran = |names: &[&str]| {
            self.server.table.stats().any(|(command, stats)| stats.calls > 0 && names.contains(&command.name))
        };
        let counts = ran(&["info", "client|list", "client|info", "config|resetstat", "object|idletime"]);
        let orders = ran(&[
            "keys",
            "scan",
            "randomkey",
            "hscan",
            "hrandfield",
            "hgetall",
            "hkeys",
            "hvals",
            "spop",
            "srandmember",
            "smembers",
            "sscan",
            "sinter",
            "sunion",
            "sdiff",
            "zscan",
            "zrandmember",
            // With BCAST, what has changed in a turn is told in one message.
            "client|tracking",
        ]);
        // The server slept, and somebody's time was over meanwhile: who goes on first depends on how much had come.
        let may_wait = |command: &Command| command.flags & BLOCKING != 0 || command.name == "client|pause";
        let waited = self.server.table.stats().any(|(command, stats)| stats.calls > 0 && may_wait(command));
        let waits = ran(&["debug"]) && waited;
        let limits = self.server.clients.limits() != CONFIG.output_limits
            || self.server.clients.limit_disconnections > 0
            || self.server.config.timeout_seconds > 0;
        !(counts || orders || waits || limits)
    }
}
