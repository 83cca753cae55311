//! All state, and nothing but state: bytes and the time go in, bytes come out.
//!
//! Redis: `struct redisServer` in `src/server.h`.
//!
//! `Server` never touches a socket, a clock or a thread, but through the functions it was given: a stopwatch for
//! commands, and what [`Process`] holds. The event loop calls it so, and so do the tests and the fuzzers:
//!
//! ```text
//! set_time       it is later: does what is due; `deadline` tells when that will be
//! connect        somebody is there                       ─► key
//! feed           these bytes came                        (parsed, executed, replies and frames queued)
//! disconnect     the peer has gone
//! run_ready      go on with what had to wait             `has_ready`: is there any? `take_sleep`: not yet
//! clients.take_pending_writes   who is to be written to  ─► keys
//! clients.frames.seal           nothing more is queued in this turn
//! clients.slices, .wrote, .block   what to write, what was written, the socket is full
//! free_closed    whose sockets are to be dropped         ─► keys
//! ```

pub mod blocking;
mod connections;
pub mod dispatch;
mod input;
mod keys;
mod not_built;
pub mod notify;
mod pause;
pub(crate) mod redact;
pub mod script;
pub mod watching;

use crate::base::ids::ClientKey;
use crate::base::random::{Generator, Seed};
use crate::client::clients::Clients;
use crate::config::Config;
use crate::diagnostics::latency_events::LatencyMonitor;
use crate::diagnostics::slowlog::Slowlog;
use crate::diagnostics::stats::Stats;
use crate::keyspace::Keyspace;
use crate::pubsub::PubSub;
use crate::resp::reply::Reply;
use crate::resp::request::RequestParser;
use crate::script::Scripts;
use blocking::Blocking;
use dispatch::table::Table;
pub use pause::Pause;
use script::WhileBusy;
use std::collections::BTreeSet;
use watching::Watchers;

/// The time, as the owner of the server tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Microseconds since 1970, for what people read.
    pub unix_micros: u64,
    /// Milliseconds since any moment, never going back: for what is measured.
    pub millis: u64,
}

/// Memory and processor time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Resident memory in bytes.
    pub resident: u64,
    /// The most that was ever resident, in bytes.
    pub peak: u64,
    /// What the allocator has given out, in bytes; None: it does not say.
    pub allocated: Option<u64>,
    /// Seconds spent in the kernel.
    pub system: f64,
    /// Seconds spent in the program.
    pub user: f64,
    /// All memory of the machine in bytes.
    pub machine: u64,
}

/// What the server is told about the process it lives in.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The process id.
    pub pid: u32,
    /// 40 hexadecimal digits, new at each start: clients flush their caches when it changes.
    pub run_id: String,
    /// Where all randomness of the server comes from. With the default, a server always does the same; one that strangers
    /// can reach needs a seed from the operating system.
    pub seed: Seed,
    /// The path of the executable.
    pub executable: String,
    /// The operating system, as `uname` has it.
    pub os: String,
    /// What supervises the process: `systemd`, `upstart` or `no`.
    pub supervised: &'static str,
    /// Asks the operating system what the process uses; None in tests, where it must not vary.
    pub usage: Option<fn() -> Usage>,
    /// Changes what is logged: CONFIG SET loglevel.
    pub set_log_level: Option<fn(&str)>,
    /// Moves the process into a directory and returns its full path: CONFIG SET dir. None in tests, where only the setting
    /// changes.
    pub set_dir: Option<fn(&str) -> std::io::Result<String>>,
}

/// Listens on the addresses that the settings name.
pub type Listen = Box<dyn FnMut(&Config) -> bool>;

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
    /// Who waits for which key.
    pub blocking: Blocking,
    /// Who watches which key.
    pub watchers: Watchers,
    /// The commands and their counters.
    pub table: Table,
    /// The other counters.
    pub stats: Stats,
    /// What took long, and when.
    pub latency_monitor: LatencyMonitor,
    /// Commands that took long.
    pub slowlog: Slowlog,
    /// The scripts, and Lua.
    pub scripts: Scripts,
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
    /// How long the last command took, in microseconds.
    pub(crate) timed: u64,
    /// Microseconds that TIME is ahead of `time` until the transaction ends, since a script in it was busy.
    pub(crate) told: u64,
    /// How many transactions and scripts the command that runs now is in: in any, it may not wait for a key.
    pub(crate) deny_blocking: u32,
    /// A command that has waited for a key is executed again: until when it may wait.
    pub(crate) again: Option<Option<u64>>,
    /// CLIENT NO-TOUCH of the client that is served.
    pub(crate) no_touch: bool,
    /// DEBUG SET-ACTIVE-EXPIRE 0: keys expire on access only.
    pub(crate) expiry_paused: bool,
    /// What [`Server::random`] draws from.
    random: Generator,
    /// The clients that sent MONITOR.
    pub monitors: Vec<ClientKey>,
    next_client_id: u64,
    /// What CLIENT PAUSE holds back, and until which millisecond.
    pause: Option<(Pause, u64)>,
    /// Clients with requests that may be executed without more bytes.
    ready: Vec<ClientKey>,
    /// Clients that wait for the end of CLIENT PAUSE.
    postponed: Vec<ClientKey>,
    /// DEBUG SLEEP: how long the loop is to do nothing.
    sleep_millis: Option<u64>,
    /// Whose requests are executed now, and how many bytes of them the server was given: `qbuf` of CLIENT LIST.
    pub(crate) serving: Option<(ClientKey, usize)>,
    /// Serves others while a script runs for too long.
    while_busy: Option<WhileBusy>,
    listen: Option<Listen>,
    /// Commands of Redis that are not built here, and were called: the log has named them.
    not_built: BTreeSet<&'static str>,
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
    /// A server without clients, with these commands. `stopwatch` reads a clock in microseconds.
    pub fn new(table: Table, config: Config, process: Process, time: Time, stopwatch: fn() -> u64) -> Server {
        let mut server = Server {
            table,
            config,
            clients: Clients::default(),
            pubsub: PubSub::new(process.seed),
            keyspace: Keyspace::new(process.seed.keyed_hash()),
            blocking: Blocking::default(),
            watchers: Watchers::default(),
            stats: Stats::default(),
            slowlog: Slowlog::default(),
            latency_monitor: LatencyMonitor::default(),
            scripts: Scripts::default(),
            while_busy: None,
            listen: None,
            not_built: BTreeSet::new(),
            random: process.seed.generator(),
            process,
            time,
            started: time,
            stopwatch,
            lap: 0,
            timed: 0,
            told: 0,
            deny_blocking: 0,
            again: None,
            no_touch: false,
            expiry_paused: false,
            monitors: Vec::new(),
            next_client_id: 1,
            pause: None,
            ready: Vec::new(),
            postponed: Vec::new(),
            sleep_millis: None,
            serving: None,
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
        self.clients.set_limits(self.config.output_limits);
        self.pubsub.plain_walk = !self.config.pattern_index;
        if let Some(set) = self.process.set_log_level {
            set(self.config.loglevel);
        }
        self.slowlog.trim(self.config.slowlog_max_len as usize);
    }

    /// It is `time` now. Does what is due: ends a pause, judges clients that owe too much for too long,
    /// closes idle ones. Costs nothing when nothing is due. Redis: `serverCron`.
    pub fn set_time(&mut self, time: Time) {
        // Not back behind what commands were told ([`Server::time_after`]): that is measured by another clock.
        self.time = Time { millis: time.millis.max(self.time.millis), ..time };
        let seconds = time.millis / 1000;
        self.clients.set_time(seconds);
        self.stats.sample(time.millis, self.clients.written_bytes);
        if let Some((_, until)) = self.pause
            && time.millis >= until
        {
            self.end_pause();
        }
        self.active_expire_cycle();
        self.end_waits_that_are_over();
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
        let soft = self.clients.soft_deadline().map(|second| second.saturating_mul(1000));
        let idle =
            (self.config.timeout > 0 && !self.clients.is_empty()).then_some(self.next_idle_check * 1000);
        let (expiry, wait) = (self.next_expiry(), self.blocking.next_deadline());
        let log = self.clients.log.deadline().map(|second| second.saturating_mul(1000));
        [pause, soft, idle, expiry, wait, log].into_iter().flatten().min()
    }

    /// The seconds since the start of the server's own count of time.
    pub fn seconds(&self) -> u64 {
        self.time.millis / 1000
    }

    /// A command that began at `time` took so many microseconds. Unless that is next to nothing, it is later now for those
    /// after it in the same turn: what they let expire lives as long as they ask. Redis: `call`, `updateCachedTimeWithUs`.
    pub(crate) fn time_after(&mut self, time: Time, micros: u64) {
        if micros >= 1000 {
            self.time.unix_micros = self.time.unix_micros.max(time.unix_micros + micros);
            self.time.millis = self.time.millis.max(time.millis + micros / 1000);
        }
    }

    /// Reads the stopwatch: the end of one command is taken for the beginning of the next, so that the clock is read
    /// once for each, and nothing is lost to rounding in their sum.
    pub(crate) fn lap(&mut self) {
        self.lap = (self.stopwatch)();
    }

    /// What the stopwatch showed when it was last read, in microseconds.
    pub(crate) fn lap_end(&self) -> u64 {
        self.lap
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
        self.scripts.evicted = 0;
    }

    /// Whether a client has to give the password before anything else. Redis: `authRequired`.
    pub(crate) fn must_authenticate(&self, key: ClientKey) -> bool {
        !self.clients[key].authenticated && !self.config.requirepass.is_empty()
    }

    /// Gives the function that CONFIG SET port or bind calls. None: nobody listens, and any address is fine.
    pub fn set_listen(&mut self, listen: Listen) {
        self.listen = Some(listen);
    }

    /// Has clients connect where the settings say now. False: that address is not to be had.
    pub(crate) fn listen(&mut self) -> bool {
        self.listen.as_mut().is_none_or(|listen| listen(&self.config))
    }

    pub(crate) fn request_shutdown(&mut self) {
        self.shutdown = true;
    }

    /// Whether SHUTDOWN was called.
    pub fn wants_shutdown(&self) -> bool {
        self.shutdown
    }

    /// The loop has ended: the log says what was left out of it.
    pub fn end(&mut self) {
        self.clients.log.end();
    }
}
