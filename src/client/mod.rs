//! One connection: what it has sent, what it is owed, what it subscribes to, who it says it is.
//!
//! Redis: `struct client` in `src/server.h`, the client half of `src/networking.c`.
//!
//! Different on purpose: what few clients have (pending input, subscriptions) is behind a pointer that is null
//! for the rest, and what is rarely looked at ([`About`]) is out of the way of a publish, which visits the
//! clients of a list one after another.
//!
//! Circle: [`clients::Clients`] holds every [`Client`]; a client has a class of limits, and limits and log look at all clients.

pub mod blocked;
pub mod clients;
pub mod close;
mod deliver;
pub mod input;
pub mod limits;
pub mod log;
pub mod memory;
pub mod notice;
pub mod reason;
pub mod tracker;
pub mod transaction;

use crate::base::ids::CommandId;
use crate::output::queue::Output;
use crate::pubsub::Subscriptions;
use crate::resp::Protocol;
use blocked::Blocked;
use input::PendingInput;
use limits::Class;
use std::sync::Arc;
use tracker::{Mode, Tracker};
use transaction::Transaction;

/// A connection.
// ANCHOR: client
pub struct Client {
    /// Redis's client id: never used twice in a server's life.
    pub id: u64,
    /// What it is owed.
    pub output: Output,
    /// What it has sent and was not yet executed.
    pub pending_input: Option<Box<PendingInput>>,
    /// Its side of its subscriptions; None if it has none.
    pub subscriptions: Option<Box<Subscriptions>>,
    /// What it waits for; None: it does not wait.
    pub blocked: Option<Box<Blocked>>,
    /// What it has queued, and the keys it watches; None: neither.
    pub transaction: Option<Box<Transaction>>,
    /// What it has asked for with CLIENT TRACKING; None: nothing yet.
    pub tracker: Option<Box<Tracker>>,
    /// Who it is.
    pub about: Box<About>,
    /// The server's second in which it last sent something or was sent something of its own.
    pub last_active: u64,
    /// Since which second it has been over its soft output-buffer limit.
    pub over_soft_since: Option<u64>,
    /// How many published messages were queued to it: read or not, lost when it was closed or not.
    pub delivered: u64,
    /// The most it was ever owed, in bytes.
    pub most_owed: usize,
    /// How many published messages were not queued to it, because it was being closed.
    pub dropped: u32,
    /// The database that SELECT chose.
    pub db: u32,
    /// The last command it sent.
    pub last_command: Option<CommandId>,
    /// RESP2 or RESP3.
    pub protocol: Protocol,
    /// What CLIENT REPLY asked for.
    pub reply_mode: ReplyMode,
    /// Open, being closed, or gone.
    pub state: State,
    /// Whether it may run commands: it gave the password, or none is needed.
    pub authenticated: bool,
    /// Whether it waits to be written to in this turn.
    pub write_queued: bool,
    /// Whether it sent MONITOR.
    pub monitor: bool,
    /// Whether its next command waits for the end of CLIENT PAUSE.
    pub postponed: bool,
    /// Whether it has requests that can be executed without more bytes.
    pub ready: bool,
    /// Whether it stands in the list of clients whose commands were recorded for the append-only file.
    pub has_written: bool,
}
// ANCHOR_END: client

/// How far a client is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Served.
    Open,
    /// Closed as soon as all it is owed is written; nothing more is read. Redis: `CLIENT_CLOSE_AFTER_REPLY`.
    CloseAfterReply,
    /// Closed at the end of the turn, whatever it is owed; still counted by PUBLISH until then. Redis:
    /// `CLIENT_CLOSE_ASAP`.
    CloseAsap,
    /// Out of every structure; only its key is still taken until the loop has dropped the socket.
    Gone,
}

/// CLIENT REPLY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ReplyMode {
    /// Reply to every command.
    #[default]
    On,
    /// Reply to none.
    Off,
    /// Not to the next one: set by CLIENT REPLY SKIP while that command itself runs.
    SkipNext,
    /// Not to the one that runs now.
    Skip,
}

/// Who a client is, and what is seldom asked of it.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The peer's address, `ip:port`, or the socket's path and `:0`.
    pub addr: Box<str>,
    /// Our own address of the connection.
    pub laddr: Box<str>,
    /// The file descriptor, for CLIENT LIST.
    pub fd: i64,
    /// Whether it came over the Unix socket.
    pub unix: bool,
    /// CLIENT SETNAME. The entries of the slow log share it.
    pub name: Arc<str>,
    /// CLIENT SETINFO LIB-NAME.
    pub lib_name: Box<str>,
    /// CLIENT SETINFO LIB-VER.
    pub lib_ver: Box<str>,
    /// When it connected, in the server's milliseconds.
    pub connected_ms: u64,
    /// CLIENT NO-EVICT.
    pub no_evict: bool,
    /// CLIENT NO-TOUCH.
    pub no_touch: bool,
    /// CLIENT NOTIFY-CLOSE.
    pub notify_close: bool,
    /// Whether it began with a TLS handshake, which was logged.
    pub began_with_tls: bool,
}

impl About {
    /// Whether the peer is on this machine: over the Unix socket or the loopback interface.
    pub fn is_local(&self) -> bool {
        self.unix || self.addr.starts_with("127.") || self.addr.starts_with("[::1]:")
    }
}

impl Client {
    /// A new connection that nothing has been heard of yet.
    pub fn new(id: u64, about: About, authenticated: bool, now_seconds: u64) -> Self {
        Client {
            id,
            output: Output::default(),
            pending_input: None,
            subscriptions: None,
            blocked: None,
            transaction: None,
            tracker: None,
            about: Box::new(about),
            last_active: now_seconds,
            over_soft_since: None,
            delivered: 0,
            most_owed: 0,
            dropped: 0,
            db: 0,
            last_command: None,
            protocol: Protocol::Resp2,
            reply_mode: ReplyMode::On,
            state: State::Open,
            authenticated,
            write_queued: false,
            monitor: false,
            postponed: false,
            ready: false,
            has_written: false,
        }
    }

    /// Its age at the server's second `now`: whole seconds of the clock that [`Client::last_active`] is read from, so that
    /// no client is idle for longer than it exists. Redis: `server.unixtime - client->ctime`.
    pub fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.about.connected_ms / 1000)
    }

    /// Whether it has a subscription of any kind: then a RESP2 client is in subscribed mode.
    pub fn is_subscriber(&self) -> bool {
        self.subscriptions.is_some()
    }

    /// Whether it is between MULTI and EXEC.
    pub fn is_in_multi(&self) -> bool {
        self.transaction.as_ref().is_some_and(|transaction| transaction.queue.is_some())
    }

    /// What it has asked for with CLIENT TRACKING, all off if nothing.
    pub fn tracking(&self) -> Mode {
        self.tracker.as_ref().map_or(Mode::default(), |tracker| tracker.mode)
    }

    /// Whether other clients' commands may have it sent something.
    pub fn may_be_pushed_to(&self) -> bool {
        self.is_subscriber() || self.tracker.is_some()
    }

    /// Which of the output-buffer limits hold for it. Redis: `getClientType`.
    pub fn class(&self) -> Class {
        if self.is_subscriber() { Class::PubSub } else { Class::Normal }
    }

    /// Whether its next request has to wait: for the end of a pause, or of the command before it, which is blocked.
    pub fn must_wait(&self) -> bool {
        self.postponed || self.blocked.is_some()
    }

    /// Whether more of its requests may be executed.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// The memory it takes, in bytes: `tot-mem` in CLIENT LIST. Frames that it shares with
    /// others count in full: it is they that a slow client keeps. An estimate: a set's holes are not counted.
    pub fn memory(&self) -> usize {
        let subscriptions = self.subscriptions.as_ref().map_or(0, |subscriptions| subscriptions.memory());
        let pending_input = self.pending_input.as_ref().map_or(0, |pending_input| pending_input.memory());
        let waits = self.blocked.as_ref().map_or(0, |blocked| blocked.memory());
        let transaction = self.transaction.as_ref().map_or(0, |transaction| transaction.memory());
        let tracker = self.tracker.as_ref().map_or(0, |tracker| tracker.memory());
        waits
            + transaction
            + tracker
            + size_of::<Client>()
            + size_of::<About>()
            + self.output.memory()
            + self.output.shared()
            + subscriptions
            + pending_input
    }
}
