//! All state, and nothing but state: bytes and the time go in, bytes come out.
//!
//! Redis: `struct redisServer` in `src/server.h`.
//!
//! `Server` never touches a socket, a clock or a thread, but through the functions it was given: a stopwatch for
//! commands, and what [`Process`] holds. The event loop calls it so, and so do the tests and the fuzzers:
//!
//! ```text
//! set_time         it is later: does what is due; `deadline` returns when that will be
//! connect          a client has connected                  ─► key
//! feed             these bytes came                        (parsed, executed, replies and frames queued)
//! disconnect       the peer has gone
//! end_turn         all that came was fed: clients that     ─► the sink: what to write to whom, which socket to drop
//!                  had to wait go on, then the writes      (`has_ready`, `unwritten`: the next turn is due at once)
//! write_to_client  this full socket has room again         ─► the sink
//! disk_done        what was asked of the disk is done, or failed
//! ```
//!
//! The sink ([`turn::Sink`]) is what stands for the sockets.
//!
//! Circle: the server is one state. Blocking, watching, the turn and dispatch each keep their part of it as a field here, and
//! each is a piece of what the whole server does.

mod admission;
pub mod blocking;
mod clock;
mod connections;
pub mod dispatch;
pub(crate) mod evict;
pub(crate) mod fields;
#[cfg(feature = "lua")]
mod functions;
mod input;
mod invalidation;
mod keys;
pub(crate) mod limits;
mod monitor;
mod not_built;
pub mod notify;
mod pause;
pub mod persistence;
mod process;
pub mod propagate;
pub(crate) mod redact;
#[cfg(feature = "lua")]
pub mod script;
#[cfg(not(feature = "lua"))]
#[path = "without_lua.rs"]
pub mod script;
#[cfg(feature = "lua")]
mod script_context;
#[cfg(feature = "lua")]
mod script_host;
mod tracking;
pub mod turn;
pub mod watching;

use crate::base::ids::ClientKey;
use crate::base::random::Generator;
use crate::client::clients::Clients;
use crate::config::Config;
use crate::diagnostics::latency_events::LatencyMonitor;
use crate::diagnostics::slowlog::Slowlog;
use crate::diagnostics::stats::Stats;
use crate::keyspace::Keyspace;
use crate::pubsub::{PubSub, Tracking};
use crate::resp::reply::Reply;
use crate::resp::request::RequestParser;
#[cfg(feature = "lua")]
use crate::script::Scripts;
#[cfg(feature = "lua")]
use crate::script::functions::Functions;
pub use admission::Admission;
use blocking::Blocking;
pub use clock::Time;
use dispatch::execution::Execution;
use dispatch::table::Table;
pub use pause::Pause;
pub use process::{Allocator, Pages, Process, Usage};
use std::collections::BTreeSet;
use watching::Watchers;

/// Serves clients while a script runs: the loop's, or a test's.
pub type WhileBusy = Box<dyn FnMut(&mut Server)>;

/// A library of functions: its name, how many bytes its text has, and its functions with the names of their flags.
pub type KeptLibrary<'a> = (&'a [u8], usize, Vec<(&'a [u8], String)>);

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
    /// Who may hold the value of which key.
    pub tracking: Tracking,
    /// The databases.
    pub keyspace: Keyspace,
    /// Who waits for which key.
    pub blocking: Blocking,
    /// Who watches which key.
    pub watchers: Watchers,
    /// What is evicted when memory runs short.
    pub(crate) eviction: evict::Eviction,
    /// What has changed, as the append-only file is to have it.
    pub propagation: propagate::Propagation,
    /// The commands and their counters.
    pub table: Table,
    /// The other counters.
    pub stats: Stats,
    /// What took long, and when.
    pub latency_monitor: LatencyMonitor,
    /// Commands that took long.
    pub slowlog: Slowlog,
    /// What is to be asked of the disk.
    pub(crate) disk: persistence::disk::Disk,
    /// What is written to files, and how far that is.
    pub persistence: persistence::Persistence,
    /// The scripts, and Lua.
    #[cfg(feature = "lua")]
    pub scripts: Scripts,
    /// The functions, and Lua for them.
    #[cfg(feature = "lua")]
    pub functions: Functions,
    /// The script that runs.
    #[cfg(feature = "lua")]
    script: script_context::State,
    /// What the server knows of its process.
    pub process: Process,
    /// The time of this turn.
    pub time: Time,
    /// The time of the start.
    pub started: Time,
    /// Reads a clock in microseconds to time commands with; tests give one that stands still.
    pub stopwatch: fn() -> u64,
    /// The command that runs.
    pub(crate) execution: Execution,
    /// DEBUG SET-ACTIVE-EXPIRE 0: keys expire on access only.
    pub(crate) expiry_paused: bool,
    /// DEBUG SET-SKIP-CHECKSUM-VALIDATION 1: RESTORE does not look at the checksum.
    pub(crate) skip_checksum: bool,
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
    /// What is left of the last turn's writes.
    turn: turn::Turn,
    /// DEBUG SLEEP: how long the loop is to do nothing.
    sleep_ms: Option<u64>,
    listen: Option<Listen>,
    /// Commands of Redis that are not built here, and were called: the log has named them.
    not_built: BTreeSet<&'static str>,
    /// The next second in which idle clients are looked for.
    next_idle_check_second: u64,
    /// Replies of the client that is served; lent to its commands.
    reply: Reply,
    /// The parser for a client without pending input.
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
            tracking: Tracking::new(process.seed),
            keyspace: Keyspace::new(process.seed.keyed_hash()),
            blocking: Blocking::default(),
            watchers: Watchers::default(),
            eviction: evict::Eviction::default(),
            propagation: propagate::Propagation::default(),
            stats: Stats::default(),
            slowlog: Slowlog::default(),
            latency_monitor: LatencyMonitor::default(),
            disk: persistence::disk::Disk::default(),
            persistence: persistence::Persistence::default(),
            #[cfg(feature = "lua")]
            scripts: Scripts::default(),
            #[cfg(feature = "lua")]
            functions: Functions::default(),
            #[cfg(feature = "lua")]
            script: script_context::State::default(),
            listen: None,
            not_built: BTreeSet::new(),
            random: process.seed.generator(),
            process,
            time,
            started: time,
            stopwatch,
            execution: Execution::default(),
            expiry_paused: false,
            skip_checksum: false,
            monitors: Vec::new(),
            next_client_id: 1,
            pause: None,
            ready: Vec::new(),
            postponed: Vec::new(),
            turn: turn::Turn::default(),
            sleep_ms: None,
            next_idle_check_second: 0,
            reply: Reply::default(),
            parser: RequestParser::default(),
        };
        server.persistence.save.last_save = time.unix_micros / 1_000_000;
        server.note_startup_memory();
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
        self.apply_eviction();
    }

    /// What the process uses.
    pub(crate) fn usage(&self) -> Usage {
        self.process.usage.map_or(Usage::default(), |ask| ask())
    }

    /// CONFIG RESETSTAT. Redis: `resetServerStats`.
    pub(crate) fn reset_stats(&mut self) {
        // What is not saved yet is no statistic.
        let dirty = self.stats.dirty;
        self.stats = Stats::default();
        self.stats.dirty = dirty;
        self.persistence.save.saves = 0;
        self.persistence.aof.reset_stats();
        self.table.reset_stats();
        self.clients.reset_stats();
        self.reset_script_stats();
        self.reset_eviction_stats();
    }

    /// Gives the function that CONFIG SET port or bind calls. None: nobody listens, and any address is fine.
    pub fn set_listen(&mut self, listen: Listen) {
        self.listen = Some(listen);
    }

    /// Has clients connect where the settings say now. False: that address is not to be had.
    pub(crate) fn listen(&mut self) -> bool {
        self.listen.as_mut().is_none_or(|listen| listen(&self.config))
    }

    /// The loop has ended: the log says what was left out of it.
    pub fn end(&mut self) {
        self.clients.log.end();
    }
}
