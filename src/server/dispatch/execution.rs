//! The command that runs: everything that the server notes about it until it has ended.
//!
//! Redis: `server.executing_client`, `server.in_exec`, and flags of the client that runs it (`CLIENT_DENY_BLOCKING`,
//! `CLIENT_NO_TOUCH`, `CLIENT_REEXECUTING_COMMAND`).
//!
//! One record, because a script that is busy lets other clients' commands run in its midst: it takes the record, they find
//! an empty one, and it is put back behind them ([`Server::aside`]). What they are pushed meanwhile is the clients' part of
//! it: [`crate::client::clients::Clients::suspend_command`].

use crate::base::ids::ClientKey;
use crate::client::blocked::{Deadline, Wait};
use crate::resp::owned::OwnedRequest;
#[cfg(feature = "lua")]
use crate::server::Server;
use crate::server::invalidation::Invalid;

/// The command that runs.
#[derive(Default)]
pub(crate) struct Execution {
    /// The client whose requests are executed, and how many bytes of them the server was given: `qbuf` of CLIENT LIST.
    pub(crate) serving: Option<(ClientKey, usize)>,
    /// What the stopwatch showed when the last command ended, in microseconds.
    pub(crate) lap_us: u64,
    /// Duration of the last command, in microseconds.
    pub(crate) last_duration_us: u64,
    /// Microseconds that TIME is ahead of `Server::time` until the transaction ends, since a script in it was busy.
    pub(crate) clock_offset_us: u64,
    /// How many transactions and scripts the command is in: in any, it may not wait for a key.
    pub(crate) deny_blocking: u32,
    /// The deadline of a command that has waited for a key and is executed again; None: it is executed for the first time.
    pub(crate) retry: Option<Deadline>,
    /// Whether its client has asked with CLIENT NO-TOUCH that keys keep the time of their last use.
    pub(crate) no_touch: bool,
    /// The wait that it has asked for, and the request to execute then if it is another; takes effect when it has ended.
    pub(crate) wait: Option<(Wait, Option<OwnedRequest>)>,
    /// Whether the error that it replied was counted already, as that of a script's own command.
    pub(crate) error_counted: bool,
    /// Whether clients that waited for a key are served, whose commands may make more keys ready.
    pub(crate) serves_blocked: bool,
    /// What its client may hold and it has changed: the client is told when it has its reply.
    pub(crate) invalid: Vec<Invalid>,
}

#[cfg(feature = "lua")]
impl Server {
    /// Puts the command that runs aside, does something in which others may run, and goes on with it. The time is the
    /// command's, too: it stands still for what expires.
    pub(crate) fn aside(&mut self, work: impl FnOnce(&mut Server)) {
        let (execution, time) = (std::mem::take(&mut self.execution), self.time);
        let deferred = self.clients.suspend_command();
        self.hold_what_was_pushed();
        work(self);
        self.clients.resume_command(deferred);
        (self.execution, self.time) = (execution, time);
    }
}
