//! A [`Target`] inside the process: the sans-IO [`Server`], with no socket and with a clock that scenarios move.
//!
//! It does what the event loop does, a turn at a time, and nothing else: feed, go on with what waited, end the turn. The
//! same bytes may be fed whole, one at a time, or cut at random; the transcript must not change. Of a long send only both
//! ends are cut, since what is in the middle of a large message is more of the same.
//!
//! With `appendonly yes` it has a disk in memory, which does what it is asked between the turns.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::io::{ErrorKind, IoSlice};
use std::rc::Rc;
use std::time::Duration;

use super::direction::Setting;
use super::slow_disk::SlowDisk;
use super::structures;
use super::subject::{BARRIER, Identity, PlayError, Received, Target};
use crate::base::ids::ClientKey;
use crate::base::random::{Seed, xorshift};
use crate::client::About;
use crate::config::Config;
use crate::keyspace::{Keyspace, memory};
use crate::pubsub::{DryRun, Subscriptions};
use crate::server::persistence::disk::{Job, Outcome};
use crate::server::persistence::memory_disk::MemoryDisk;
use crate::server::turn::Sink;
use crate::server::{Allocator, Pages, Process, Server, Time};

/// How the bytes of a line are handed to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Feeding {
    /// As they are.
    #[default]
    Whole,
    /// One byte at a time, each a turn.
    ByteByByte,
    /// In pieces of 1 to 40 bytes; the seed makes it repeatable.
    Cut(u64),
}

/// How a server begins that is played to.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// How it is fed.
    pub feeding: Feeding,
    /// Where all that it draws at random comes from.
    pub seed: Seed,
    /// The time, in milliseconds since 1970.
    pub unix_ms: u64,
}

impl Default for Start {
    fn default() -> Start {
        Start { feeding: Feeding::Whole, seed: Seed::default(), unix_ms: 1_700_000_000_000 }
    }
}

/// How much of each end of a send is cut.
const CUT_ENDS: usize = 4096;

/// So often may a script's turn look at the stopwatch: some two hundred million instructions of Lua. One that goes on has
/// no end, and here is no other client to send SCRIPT KILL.
const MOST_LOOKS: u64 = 400_000;

thread_local! {
    /// How often the stopwatch was looked at in this turn, and what it shows after [`MOST_LOOKS`], in microseconds.
    static STOPWATCH: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// The stopwatch: it stands still, so that nothing takes any time, until a script has looked at it for too long.
fn stopwatch() -> u64 {
    let (looks, late) = STOPWATCH.get();
    STOPWATCH.set((looks + 1, late));
    if looks < MOST_LOOKS { 0 } else { late }
}

/// The server and its clients.
pub struct InProcess {
    server: Server,
    time: Time,
    feeding: Feeding,
    clients: BTreeMap<String, Connection>,
    disk: SlowDisk,
    /// The next client's port.
    port: u16,
    /// A script was ended because it ran for too long.
    script_ended: Rc<Cell<bool>>,
}

/// A client's end.
pub struct Connection {
    /// The server's key for it, while it is open.
    pub key: ClientKey,
    /// How the server calls it.
    pub identity: Identity,
    /// How many bytes it takes in a turn; None: all there are.
    pub speed: Option<usize>,
    /// What it still takes in this turn.
    room: usize,
    received: Vec<u8>,
    /// The server has closed it.
    pub closed: bool,
}

impl Connection {
    /// Whether what it receives is seen, and that it was closed.
    fn reads(&self) -> bool {
        self.speed != Some(0)
    }

    /// A turn begins.
    fn begin_turn(&mut self) {
        self.room = self.speed.unwrap_or(usize::MAX);
    }
}

/// The clients instead of sockets: each takes all, or what it takes in a turn.
struct Wire<'a> {
    clients: &'a mut BTreeMap<String, Connection>,
    time: &'a mut Time,
    disk: &'a mut SlowDisk,
}

impl Sink for Wire<'_> {
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.clients.values_mut().find(|connection| connection.key == client && !connection.closed) {
            Some(connection) if connection.room > 0 => {
                let before = connection.received.len();
                for slice in slices {
                    let taken = slice.len().min(connection.room);
                    connection.received.extend_from_slice(&slice[..taken]);
                    // Without a speed there is no end of the room.
                    connection.room -= if connection.speed.is_some() { taken } else { 0 };
                }
                Ok(connection.received.len() - before)
            }
            _ => Err(ErrorKind::WouldBlock.into()),
        }
    }

    fn start(&mut self, job: Job) -> Option<Outcome> {
        self.disk.start(job, self.time.millis);
        None
    }

    fn sleep(&mut self, millis: u64) -> Option<Time> {
        *self.time = self.time.after(millis);
        Some(*self.time)
    }

    fn closed(&mut self, client: ClientKey) {
        let open = |connection: &&mut Connection| connection.key == client && !connection.closed;
        if let Some(connection) = self.clients.values_mut().find(open) {
            connection.closed = true;
        }
    }
}

/// What an allocator would have given out: a megabyte, and what each key is said to take. The same in each run.
fn allocated(keyspace: &Keyspace) -> u64 {
    let keys = keyspace.in_use().flat_map(|(_, database)| database.iter());
    (1 << 20) + keys.map(|(key, item)| memory::of_key(key, item, 0) as u64).sum::<u64>()
}

impl InProcess {
    /// A fresh server with the settings of a scenario.
    pub fn new(settings: &[Setting], feeding: Feeding) -> Result<InProcess, PlayError> {
        InProcess::begin(settings, Start { feeding, ..Start::default() })
    }

    /// A fresh server that begins so.
    pub fn begin(settings: &[Setting], start: Start) -> Result<InProcess, PlayError> {
        let Start { feeding, seed, unix_ms } = start;
        let mut config = Config::default();
        for Setting { number, text, name, words } in settings {
            let wrong = |error| PlayError::Broken(format!("line {number} `{text}`: {error}"));
            config.set_at_start(name, words).map_err(wrong)?;
        }
        let time = Time { unix_micros: unix_ms * 1000, millis: 1_000_000 };
        let process = Process {
            has_disk: config.appendonly,
            pid: 1,
            run_id: "0".repeat(40),
            seed,
            executable: "cutaway".into(),
            os: "none".into(),
            usage: None,
            allocator: Some(Allocator { name: "model", allocated, pages: Pages::default, report: Vec::new }),
            supervised: "no",
            set_log_level: None,
            set_dir: None,
            claim_dir: None,
        };
        let commands = crate::command::table(&config).map_err(PlayError::Broken)?;
        let mut server = Server::new(commands, config, process, time, stopwatch);
        let script_ended = Rc::new(Cell::new(false));
        let ended = script_ended.clone();
        server.set_while_busy(Box::new(move |server| {
            ended.set(server.end_script());
        }));
        let (clients, port) = (BTreeMap::new(), 50_000);
        let disk = SlowDisk::default();
        let mut subject = InProcess { server, time, feeding, clients, disk, port, script_ended };
        if subject.server.process.has_disk {
            subject.server.start_loading();
            subject.turn();
        }
        // Every subject has the runner's own connection, so that the counts of clients are the same.
        subject.connect(BARRIER)?;
        Ok(subject)
    }

    /// The server, to look at.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Its files, if it has any.
    pub fn disk(&self) -> &MemoryDisk {
        &self.disk.disk
    }

    /// From now on a sync of the disk takes so many milliseconds.
    pub fn set_sync_ms(&mut self, millis: u64) {
        self.disk.sync_ms = millis;
    }

    /// The server, to do with what no client can ask for.
    pub fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }

    /// Every connected client by the scenario's name for it, in the names' order, with its key and its sets.
    pub fn named_clients(&self) -> Vec<(&str, ClientKey, Option<&Subscriptions>)> {
        self.clients
            .iter()
            .filter_map(|(name, client)| {
                let sets = self.server.clients.get(client.key)?.subscriptions.as_deref();
                Some((name.as_str(), client.key, sets))
            })
            .collect()
    }

    /// Every client that is connected, or whose end has not been seen by it, in the names' order; the runner's own is left
    /// out.
    pub fn connections(&self) -> impl Iterator<Item = (&str, &Connection)> {
        let all = self.clients.iter().map(|(name, connection)| (name.as_str(), connection));
        all.filter(|(name, _)| *name != BARRIER)
    }

    /// What a publish would deliver now, to whom, in order.
    pub fn rehearse(&mut self, channel: &[u8], sharded: bool) -> DryRun {
        DryRun::new(&mut self.server.pubsub, channel, sharded)
    }

    /// Turns of the server's loop, until nothing is left to be done.
    fn turn(&mut self) {
        loop {
            self.server.set_time(self.time);
            self.reset_stopwatch();
            let InProcess { server, clients, time, disk, .. } = self;
            server.end_turn(&mut Wire { clients, time, disk });
            if let Some((id, result)) = disk.run(time.millis) {
                self.server.disk_done(id, result);
            } else if !self.server.has_ready() && self.server.unwritten().is_empty() {
                break;
            }
        }
    }

    fn reset_stopwatch(&self) {
        STOPWATCH.set((0, self.server.config.busy_reply_threshold_ms.unsigned_abs().saturating_mul(1000)));
    }

    fn advance(&mut self, millis: u64) {
        self.time = self.time.after(millis);
        self.server.set_time(self.time);
    }

    /// A turn begins: the slow clients take what they take in one, if more is owed to them.
    fn read_on(&mut self) {
        for connection in self.clients.values_mut() {
            connection.begin_turn();
        }
        let slow =
            |connection: &&Connection| connection.speed.is_some() && connection.reads() && !connection.closed;
        let slow: Vec<ClientKey> =
            self.clients.values().filter(slow).map(|connection| connection.key).collect();
        slow.into_iter().for_each(|key| self.write_to(key));
    }

    /// The client's socket has room again.
    fn write_to(&mut self, key: ClientKey) {
        let InProcess { server, clients, time, disk, .. } = self;
        server.write_to_client(key, &mut Wire { clients, time, disk });
    }

    fn set_speed(&mut self, client: &str, speed: Option<usize>) -> Result<(), PlayError> {
        let connection = self.client(client)?;
        connection.speed = speed;
        connection.begin_turn();
        let key = connection.key;
        if speed != Some(0) && !connection.closed {
            self.write_to(key);
        }
        Ok(())
    }

    fn client(&mut self, name: &str) -> Result<&mut Connection, PlayError> {
        self.clients.get_mut(name).ok_or_else(|| PlayError::Broken(format!("{name} is not connected")))
    }
}

impl Target for InProcess {
    fn connect(&mut self, client: &str) -> Result<(), PlayError> {
        let addr = format!("127.0.0.1:{}", self.port);
        self.port += 1;
        let about = About { addr: addr.as_str().into(), laddr: "127.0.0.1:6379".into(), ..About::default() };
        let key = self.server.connect(about);
        let id = self.server.clients[key].id;
        let identity = Identity { id, addr };
        let (speed, room, received, closed) = (None, usize::MAX, Vec::new(), false);
        let connection = Connection { key, identity, speed, room, received, closed };
        self.clients.insert(client.into(), connection);
        Ok(())
    }

    fn send(&mut self, client: &str, bytes: &[u8]) -> Result<(), PlayError> {
        self.read_on();
        let (mut left, mut state) = (bytes, 0);
        if let Feeding::Cut(seed) = self.feeding {
            state = seed | 1;
        }
        while !left.is_empty() {
            let done = bytes.len() - left.len();
            let middle = left.len().saturating_sub(CUT_ENDS);
            let count = match self.feeding {
                _ if done >= CUT_ENDS && middle > 0 => middle,
                Feeding::Whole => left.len(),
                Feeding::ByteByByte => 1,
                Feeding::Cut(_) => {
                    // Any row of numbers will do, if it is the same next time.
                    (xorshift(&mut state) % 40 + 1) as usize
                }
            };
            let (piece, rest) = left.split_at(count.min(left.len()));
            let connection = self.client(client)?;
            if connection.closed {
                return Ok(());
            }
            let key = connection.key;
            self.reset_stopwatch();
            self.server.feed(key, piece);
            self.turn();
            left = rest;
        }
        if self.script_ended.take() {
            // The time that it seemed to take.
            self.advance(self.server.config.busy_reply_threshold_ms.unsigned_abs());
            return Err(PlayError::Broken(format!(
                "the script has not ended after {MOST_LOOKS} looks at the clock, and was ended as by SCRIPT KILL"
            )));
        }
        Ok(())
    }

    fn disconnect(&mut self, client: &str) -> Result<(), PlayError> {
        let key = self.client(client)?.key;
        self.clients.remove(client);
        self.server.disconnect(key);
        self.read_on();
        self.turn();
        Ok(())
    }

    fn stop_reading(&mut self, client: &str) -> Result<(), PlayError> {
        self.set_speed(client, Some(0))
    }

    fn read_slowly(&mut self, client: &str, bytes: usize) -> Result<(), PlayError> {
        self.set_speed(client, Some(bytes))
    }

    fn read_again(&mut self, client: &str) -> Result<(), PlayError> {
        self.set_speed(client, None)
    }

    fn wait(&mut self, time: Duration) -> Result<(), PlayError> {
        // The loop wakes up at least once a second, and for every deadline.
        let mut left = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        while left > 0 {
            let step = left.min(1000);
            self.advance(step);
            self.read_on();
            self.turn();
            left -= step;
        }
        Ok(())
    }

    /// The server goes on: what a client was told must be there after a kill, so the answers are those of a server that was
    /// never killed.
    fn restart(&mut self) -> Result<(), PlayError> {
        for (name, connection) in &mut self.clients {
            if name != BARRIER && !connection.closed {
                self.server.disconnect(connection.key);
                connection.closed = true;
            }
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<Vec<Received>, PlayError> {
        self.turn();
        let mut all = Vec::new();
        for (name, connection) in
            self.clients.iter_mut().filter(|(name, client)| *name != BARRIER && client.reads())
        {
            let bytes = std::mem::take(&mut connection.received);
            if !bytes.is_empty() || connection.closed {
                all.push(Received { client: name.clone(), bytes, closed: connection.closed });
            }
        }
        // Whoever does not read has not seen yet that the connection is closed.
        self.clients.retain(|name, client| name == BARRIER || !client.closed || !client.reads());
        if self.client(BARRIER)?.closed {
            self.connect(BARRIER)?;
        }
        Ok(all)
    }

    fn structures(&self) -> Option<String> {
        Some(structures::structures(&self.server.pubsub, &self.named_clients()))
    }

    fn identity(&self, client: &str) -> Option<Identity> {
        self.clients.get(client).map(|connection| connection.identity.clone())
    }
}
