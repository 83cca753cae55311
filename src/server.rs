//! All state, and nothing but state: bytes and the time go in, bytes come out.
//!
//! Redis: `struct redisServer` in `src/server.h`.
//!
//! `Server` never touches a socket, a clock or a thread. The event loop calls it so, and so do the tests,
//! the fuzzers and the benchmarks:
//!
//! ```text
//! set_time       it is later
//! connect        somebody is there                       ─► key
//! feed           these bytes came                        (parsed, executed, replies and frames queued)
//! run_ready      go on with what had to wait
//! pending_writes who has something to be written         ─► keys; clients.slices, clients.wrote, clients.block
//! free_closed    whose sockets are to be dropped         ─► keys
//! disconnect     the peer has gone
//! ```

use crate::client::clients::Clients;
use crate::client::input::Leftover;
use crate::client::{About, Client, State};
use crate::command::process::Outcome;
use crate::command::table::Table;
use crate::config::Config;
use crate::keyspace::Keyspace;
use crate::process::Usage;
use crate::pubsub::{ClientKey, PubSub};
use crate::resp::reply::Reply;
use crate::resp::request::{Limits, RequestParser};
use crate::slowlog::Slowlog;
use crate::stats::Stats;

/// How many commands of one client run in a turn, at most: the rest waits for the next turn, so that a deep
/// pipeline does not starve the others.
const COMMANDS_PER_TURN: usize = 1000;

/// Places in a frame are counted in 32 bits, so no word of a request may be longer than this.
const LONGEST_WORD: i64 = 1 << 31;
/// A client that has not authenticated may leave this much unfinished, and be owed this much.
const UNAUTHENTICATED_INPUT: usize = 1 << 20;

/// The time, as the owner of the server tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Microseconds since 1970, for what people read.
    pub unix_micros: u64,
    /// Milliseconds since any moment, never going back: for what is measured.
    pub millis: u64,
}

/// What the server is told about the process it lives in.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The process id.
    pub pid: u32,
    /// 40 hexadecimal digits, new at each start: clients flush their caches when it changes.
    pub run_id: String,
    /// The path of the executable.
    pub executable: String,
    /// The operating system, as `uname` has it.
    pub os: String,
    /// Asks the operating system what the process uses; None in tests, where it must not vary.
    pub usage: Option<fn() -> Usage>,
    /// Changes what is logged: CONFIG SET loglevel.
    pub set_log_level: Option<fn(&str)>,
}

/// What CLIENT PAUSE holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Commands that change something, PUBLISH among them.
    Write,
    /// All commands.
    All,
}

/// The server.
pub struct Server {
    /// The settings.
    pub config: Config,
    /// Everybody who is connected, and what they are owed.
    pub clients: Clients,
    /// The server's side of all subscriptions.
    pub pubsub: PubSub,
    /// The databases.
    pub keyspace: Keyspace,
    /// The commands and their counters.
    pub table: Table,
    /// The other counters.
    pub stats: Stats,
    /// Commands that took long.
    pub slowlog: Slowlog,
    /// What the server knows of its process.
    pub process: Process,
    /// The time of this turn.
    pub time: Time,
    /// The time of the start.
    pub started: Time,
    /// Reads a clock in microseconds to time commands with; tests give one that stands still.
    pub stopwatch: fn() -> u64,
    /// What the stopwatch showed when the last command ended.
    lap: u64,
    /// How many clients sent MONITOR.
    pub monitors: usize,
    next_client_id: u64,
    /// What CLIENT PAUSE holds back, and until which millisecond.
    pause: Option<(Pause, u64)>,
    /// Clients with requests that may be executed without more bytes.
    ready: Vec<ClientKey>,
    /// Clients that wait for the end of CLIENT PAUSE.
    postponed: Vec<ClientKey>,
    /// DEBUG SLEEP: how long the loop is to do nothing.
    sleep_millis: Option<u64>,
    /// SHUTDOWN was called.
    shutdown: bool,
    /// The next second in which idle clients are looked for.
    next_idle_check: u64,
    /// Replies of the client that is served; lent to its commands.
    reply: Reply,
    /// The parser for a client without a leftover.
    parser: RequestParser,
}

impl Server {
    /// A server without clients. `stopwatch` reads a clock in microseconds.
    pub fn new(config: Config, process: Process, time: Time, stopwatch: fn() -> u64) -> Server {
        let mut server = Server {
            config,
            clients: Clients::default(),
            pubsub: PubSub::default(),
            keyspace: Keyspace::default(),
            table: Table::default(),
            stats: Stats::default(),
            slowlog: Slowlog::default(),
            process,
            time,
            started: time,
            stopwatch,
            lap: 0,
            monitors: 0,
            next_client_id: 1,
            pause: None,
            ready: Vec::new(),
            postponed: Vec::new(),
            sleep_millis: None,
            shutdown: false,
            next_idle_check: 0,
            reply: Reply::default(),
            parser: RequestParser::default(),
        };
        server.apply_config();
        server.set_time(time);
        server
    }

    /// Copies to where they are used the settings that others than the server look at.
    pub(crate) fn apply_config(&mut self) {
        self.clients.limits = self.config.output_limits;
        self.pubsub.plain_walk = !self.config.pattern_index;
        if let Some(set) = self.process.set_log_level {
            set(self.config.loglevel);
        }
        self.slowlog.trim(self.config.slowlog_max_len as usize);
    }

    /// It is `time` now. Does what is due: ends a pause, judges clients that owe too much for too long,
    /// closes idle ones. Costs nothing when nothing is due. Redis: `serverCron`.
    pub fn set_time(&mut self, time: Time) {
        self.time = time;
        let seconds = time.millis / 1000;
        self.clients.set_time(seconds);
        self.stats.sample(time.millis, self.clients.written_bytes);
        if let Some((_, until)) = self.pause
            && time.millis >= until
        {
            self.end_pause();
        }
        if self.clients.soft_deadline().is_some_and(|deadline| seconds >= deadline) {
            self.clients.judge_over_soft();
        }
        if self.config.timeout > 0 && seconds >= self.next_idle_check {
            self.next_idle_check = seconds + 1;
            self.close_idle(seconds);
        }
    }

    /// The millisecond at which [`Server::set_time`] next has something to do; None: never.
    pub fn deadline(&self) -> Option<u64> {
        let pause = self.pause.map(|(_, until)| until);
        let soft = self.clients.soft_deadline().map(|second| second * 1000);
        let idle =
            (self.config.timeout > 0 && !self.clients.is_empty()).then_some(self.next_idle_check * 1000);
        [pause, soft, idle].into_iter().flatten().min()
    }

    /// The seconds since the start of the server's own count of time.
    pub fn seconds(&self) -> u64 {
        self.time.millis / 1000
    }

    /// Closes clients without subscriptions that have been silent for `timeout`. Redis: `clientsCronHandleTimeout`.
    fn close_idle(&mut self, seconds: u64) {
        let timeout = self.config.timeout as u64;
        let idle: Vec<ClientKey> = self
            .clients
            .iter()
            .filter(|(_, c)| !c.is_subscriber() && !c.monitor && !c.postponed)
            .filter(|(_, c)| c.is_open() && seconds.saturating_sub(c.last_active) > timeout)
            .map(|(key, _)| key)
            .collect();
        for key in idle {
            tracing::debug!(id = self.clients[key].id, "closing idle client");
            self.clients.close_asap(key);
        }
    }

    /// Somebody has connected. The key names the client until [`Server::free_closed`] returns it. One who may
    /// not stay (`maxclients`, protected mode) is told so and closed.
    pub fn connect(&mut self, mut about: About) -> ClientKey {
        self.stats.connections_received += 1;
        about.connected_ms = self.time.millis;
        let refusal = self.refusal(&about);
        let id = self.next_client_id;
        self.next_client_id += 1;
        let authenticated = self.config.requirepass.is_empty();
        let key = self.clients.insert(Client::new(id, about, authenticated, self.seconds()));
        if let Some(refusal) = refusal {
            self.stats.rejected_connections += 1;
            self.clients.push(key, refusal);
            self.clients.close_after_reply(key);
        }
        key
    }

    /// Why a newcomer may not stay. Redis: `acceptCommonHandler`, `clientAcceptHandler`.
    fn refusal(&self, about: &About) -> Option<&'static [u8]> {
        if self.clients.len() >= self.config.maxclients as usize {
            return Some(b"-ERR max number of clients reached\r\n");
        }
        let open = self.config.protected_mode && self.config.requirepass.is_empty();
        (open && !about.is_local()).then_some(
            b"-DENIED Redis is running in protected mode because protected mode is enabled and no password is set \
              for the default user. Connect from this machine, set a password with requirepass, or turn \
              protected-mode off.\r\n",
        )
    }

    /// Bytes have come from a client: executes every request that is complete, a bounded number of them.
    pub fn feed(&mut self, key: ClientKey, bytes: &[u8]) {
        let seconds = self.seconds();
        self.stats.net_input_bytes += bytes.len() as u64;
        self.stats.reads += 1;
        let client = &mut self.clients[key];
        if !client.is_open() {
            return;
        }
        client.last_active = seconds;
        match client.leftover.take() {
            None => {
                let mut parser = std::mem::take(&mut self.parser);
                let consumed = self.execute(key, bytes, &mut parser);
                if consumed < bytes.len() && self.clients[key].is_open() {
                    self.clients[key].leftover = Some(Box::new(Leftover::new(&bytes[consumed..], parser)));
                } else {
                    parser.reset();
                    self.parser = parser;
                }
            }
            Some(mut leftover) => {
                leftover.extend(bytes);
                self.resume(key, leftover);
            }
        }
        self.check_input_limit(key);
    }

    /// Whether the client is in the middle of a long word, so that much may be read from it at once.
    pub fn wants_long_read(&self, key: ClientKey) -> bool {
        let client = self.clients.get(key);
        client.and_then(|client| client.leftover.as_ref()).is_some_and(|leftover| leftover.is_in_long_word())
    }

    /// Executes what it can of a leftover and keeps the rest.
    fn resume(&mut self, key: ClientKey, mut leftover: Box<Leftover>) {
        if !self.clients[key].postponed {
            let mut parser = std::mem::take(&mut leftover.parser);
            let consumed = self.execute(key, leftover.bytes(), &mut parser);
            leftover.parser = parser;
            leftover.consume(consumed);
        }
        if !leftover.is_empty() && self.clients[key].is_open() {
            self.clients[key].leftover = Some(leftover);
        }
    }

    /// Executes the requests in `bytes`. Returns how many bytes are done with.
    fn execute(&mut self, key: ClientKey, bytes: &[u8], parser: &mut RequestParser) -> usize {
        let mut reply = std::mem::take(&mut self.reply);
        reply.protocol = self.clients[key].protocol;
        self.lap();
        let mut consumed = 0;
        // ANCHOR: execute
        for executed in 0.. {
            let rest = &bytes[consumed..];
            if rest.is_empty() {
                break;
            }
            if executed == COMMANDS_PER_TURN || self.sleep_millis.is_some() {
                self.ready.push(key);
                break;
            }
            let max_bulk = self.config.max_bulk.min(LONGEST_WORD) as usize;
            match parser.parse(rest, Limits { max_bulk, unauthenticated: self.must_authenticate(key) }) {
                Ok(false) => break,
                Ok(true) => {
                    let request = parser.request(rest);
                    if !request.is_empty() && self.process(key, request, &mut reply) == Outcome::Postponed {
                        parser.reset();
                        self.postpone(key);
                        break;
                    }
                    consumed += parser.consumed();
                    parser.reset();
                    if !self.clients[key].is_open() {
                        break;
                    }
                }
                Err(error) => {
                    tracing::debug!(id = self.clients[key].id, error = error.0, "protocol error");
                    reply.muted = false;
                    reply.error(format!("ERR Protocol error: {}", error.0));
                    self.clients.reply(key, &mut reply.bytes);
                    self.clients.close_after_reply(key);
                    break;
                }
            }
        }
        // ANCHOR_END: execute
        self.clients.reply(key, &mut reply.bytes);
        self.clients.spare_reply(&mut reply.bytes);
        self.reply = reply;
        consumed
    }

    /// A client that sends without end, or is owed without reading before it has authenticated, is closed.
    fn check_input_limit(&mut self, key: ClientKey) {
        let client = &self.clients[key];
        let input = client.leftover.as_ref().map_or(0, |leftover| leftover.len());
        let stranger = self.must_authenticate(key);
        if input > self.config.query_buffer_limit as usize || (stranger && input > UNAUTHENTICATED_INPUT) {
            tracing::warn!(id = client.id, input, "closing a client that reached the query buffer limit");
            self.stats.query_buffer_disconnections += 1;
            self.clients.close_asap(key);
        } else if stranger && client.output.owed() > UNAUTHENTICATED_INPUT {
            self.clients.limit_disconnections += 1;
            self.clients.close_asap(key);
        }
    }

    /// Microseconds since the last call: the end of one command is taken for the beginning of the next, so that
    /// the clock is read once for each, and nothing is lost to rounding in their sum.
    pub(crate) fn lap(&mut self) -> u64 {
        let now = (self.stopwatch)();
        now.saturating_sub(std::mem::replace(&mut self.lap, now))
    }

    /// Milliseconds since 1970.
    pub(crate) fn unix_millis(&self) -> u64 {
        self.time.unix_micros / 1000
    }

    /// What the process uses.
    pub(crate) fn usage(&self) -> Usage {
        self.process.usage.map_or(Usage::default(), |ask| ask())
    }

    /// CONFIG RESETSTAT. Redis: `resetServerStats`.
    pub(crate) fn reset_stats(&mut self) {
        self.stats = Stats::default();
        self.table.reset_stats();
        self.clients.reset_stats();
    }

    /// Whether a client has to give the password before anything else. Redis: `authRequired`.
    pub(crate) fn must_authenticate(&self, key: ClientKey) -> bool {
        !self.clients[key].authenticated && !self.config.requirepass.is_empty()
    }

    fn postpone(&mut self, key: ClientKey) {
        if !std::mem::replace(&mut self.clients[key].postponed, true) {
            self.postponed.push(key);
        }
    }

    /// Begins, prolongs or strengthens a pause, until the server's millisecond `until`. Redis: `pauseActions`.
    pub(crate) fn begin_pause(&mut self, pause: Pause, until: u64) {
        self.pause = Some(match self.pause {
            None => (pause, until),
            Some((Pause::All, old)) => (Pause::All, old.max(until)),
            Some((Pause::Write, old)) => (pause, old.max(until)),
        });
    }

    /// Ends the pause; those who waited go on in this turn.
    pub(crate) fn end_pause(&mut self) {
        self.pause = None;
        for key in std::mem::take(&mut self.postponed) {
            if let Some(client) = self.clients.get_mut(key).filter(|client| client.postponed) {
                client.postponed = false;
                self.ready.push(key);
            }
        }
    }

    /// What is held back now.
    pub(crate) fn paused(&self) -> Option<Pause> {
        self.pause.map(|(pause, _)| pause)
    }

    /// How many clients wait for the end of a pause: `blocked_clients` in INFO.
    pub fn postponed(&self) -> usize {
        self.postponed.len()
    }

    /// Whether [`Server::run_ready`] has work.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Goes on with clients whose requests had to wait: for their next turn, the end of a pause or of a sleep.
    pub fn run_ready(&mut self) {
        for key in std::mem::take(&mut self.ready) {
            let Some(client) = self.clients.get_mut(key) else { continue };
            if client.is_open()
                && let Some(leftover) = client.leftover.take()
            {
                self.resume(key, leftover);
            }
        }
    }

    /// DEBUG SLEEP was called: the loop is to do nothing for so many milliseconds, then
    /// [`Server::run_ready`].
    pub fn take_sleep(&mut self) -> Option<u64> {
        self.sleep_millis.take()
    }

    pub(crate) fn request_sleep(&mut self, millis: u64) {
        self.sleep_millis = Some(millis);
    }

    pub(crate) fn request_shutdown(&mut self) {
        self.shutdown = true;
    }

    /// Whether SHUTDOWN was called.
    pub fn wants_shutdown(&self) -> bool {
        self.shutdown
    }

    /// Takes a client out of the structures at once and has its socket dropped at the end of the turn.
    pub(crate) fn kill(&mut self, key: ClientKey) {
        self.clients.close_asap(key);
        self.forget(key);
        self.clients[key].state = State::Gone;
    }

    /// Takes a client's subscriptions, and whatever else refers to it, out of the structures.
    // ANCHOR: forget
    pub(crate) fn forget(&mut self, key: ClientKey) {
        let client = &mut self.clients[key];
        if std::mem::replace(&mut client.monitor, false) {
            self.monitors -= 1;
        }
        if std::mem::replace(&mut client.postponed, false) {
            self.postponed.retain(|&other| other != key);
        }
        if let Some(mut subscriptions) = client.subscriptions.take() {
            self.pubsub.forget(&mut subscriptions);
        }
    }
    // ANCHOR_END: forget

    /// The peer has gone, or its socket failed: the client is out of every structure at once. Its key stays
    /// taken until [`Server::free_closed`] returns it, so that what is still said of it in this turn cannot be
    /// taken for another's.
    pub fn disconnect(&mut self, key: ClientKey) {
        self.kill(key);
    }

    /// Removes the clients that were to be closed; returns their keys, so that their sockets are dropped.
    pub fn free_closed(&mut self) -> Vec<ClientKey> {
        let closed = self.clients.take_to_close();
        for &key in &closed {
            self.forget(key);
            self.clients.remove(key);
        }
        closed
    }
}
