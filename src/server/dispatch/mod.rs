//! From a request to its reply: look the command up, check, run, account.
//!
//! Redis: `src/server.c`, `processCommand` (the checks, in this order) and `call` (the rest).

pub mod arguments;
pub mod call;
pub(crate) mod execution;
pub mod key_spec;
pub mod known;
mod slow;
pub mod spec;
pub mod table;

pub use call::{Call, Handler, bulk_entry};

use crate::base::ids::{ClientKey, CommandId};
use crate::client::ReplyMode;
use crate::client::reason::Reason;
use crate::resp::Protocol;
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::server::Server;
use crate::steps::step;
use crate::text::c::printed;
use spec::Command;

/// The longest piece of a command's name or arguments in an error. Redis: the `%.128s` of its formats.
const ERROR_ARGS: usize = 128;

/// What is answered to a command that may need memory when there is none left.
pub(crate) const OOM: &str = "OOM command not allowed when used memory > 'maxmemory'.";

/// What is answered while files are loaded.
pub(crate) const LOADING: &str = "LOADING Redis is loading the dataset in memory";

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran, or was refused; the reply is written.
    Done,
    /// It must wait for the end of CLIENT PAUSE and be processed again then.
    Postponed,
    /// It waits for a key; the client's next request runs after it.
    Blocked,
}

impl Server {
    /// Processes one request of `client`; the reply is appended to `reply`.
    ///
    /// 1. Which command is it, does the number of words fit, and may a client without a password run it?
    /// 2. Is there memory left? Clients and keys are evicted here, whatever the command is.
    /// 3. May this client run it now: a disk that fails, subscribed mode, files that are loaded, a busy script?
    /// 4. Does CLIENT PAUSE hold it back?
    /// 5. Between MULTI and EXEC: queue it.
    /// 6. Run it; then tell MONITOR, the slow log and the statistics, and serve those who waited for what it changed.
    // ANCHOR: process
    pub(crate) fn process(&mut self, client: ClientKey, request: Request<'_>, reply: &mut Reply) -> Outcome {
        if is_http(&request[0]) {
            self.clients.close_asap(client, &Reason::Http);
            return Outcome::Done;
        }
        let (id, command) = match self.known(client, request) {
            Ok(found) => found,
            Err(refusal) => {
                if refusal.command.is_none() {
                    self.log_not_built("", client, request);
                }
                let command = refusal.command;
                self.refuse(client, refusal, reply);
                self.end_caching(client, command);
                return Outcome::Done;
            }
        };
        self.evict_clients();
        if !self.clients[client].is_open() || self.is_refused_for_memory(client, id, request, reply) {
            return Outcome::Done;
        }
        if let Err(error) = self.allowed(client, command, request) {
            self.refuse(client, Refusal { command: Some(id), error: error.into() }, reply);
            self.end_caching(client, Some(id));
            return Outcome::Done;
        }
        if self.is_table_over_limit() {
            // What the client is told of that comes behind the replies that it has got.
            self.clients.reply(client, &mut reply.bytes);
            self.limit_tracking_table();
        }
        if self.paused().is_some() && self.is_paused_for(client, command, request) {
            step!(Postponed { client, command: command.name });
            return Outcome::Postponed;
        }
        self.clients[client].last_command = Some(id);
        if command.flags & spec::IN_MULTI == 0 && self.clients[client].is_in_multi() {
            step!(Enqueued { client, command: command.name });
            let denies_oom = self.denies_oom(client, command, request);
            self.queue_command(client, id, request, denies_oom);
            reply.muted = self.clients[client].reply_mode != ReplyMode::On;
            reply.simple("QUEUED");
            self.settle_reply_mode(client);
            return Outcome::Done;
        }
        self.call(client, id, request, reply);
        if self.has_ready_keys() && self.clients[client].may_be_pushed_to() {
            // What the clients that are served now have it told comes behind its own replies.
            self.clients.reply(client, &mut reply.bytes);
        }
        self.serve_blocked();
        if self.clients[client].blocked.is_some() {
            return Outcome::Blocked;
        }
        self.end_caching(client, Some(id));
        Outcome::Done
    }
    // ANCHOR_END: process

    /// Step 1.
    fn known(&self, key: ClientKey, request: Request<'_>) -> Result<(CommandId, &'static Command), Refusal> {
        let Some((id, command)) = self.table.find(request) else {
            return Err(Refusal { command: None, error: self.unknown(request) });
        };
        let refuse = |error: String| Err(Refusal { command: Some(id), error: error.into_bytes() });
        if !command.accepts(request.len()) || command.handler.is_none() {
            return refuse(format!("ERR wrong number of arguments for '{}' command", command.name));
        }
        let is = |flag| command.flags & flag != 0;
        if self.must_authenticate(key) && !is(spec::NO_AUTH) {
            return refuse("NOAUTH Authentication required.".into());
        }
        if is(spec::DEBUG) && !self.allows_local(self.config.enable_debug, key) {
            return refuse(
                "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can \
                 run it from a local connection, otherwise you need to set this option in the configuration file, \
                 and then restart the server."
                    .into(),
            );
        }
        if is(spec::NO_MULTI) && self.clients[key].is_in_multi() {
            return refuse("ERR Command not allowed inside a transaction".into());
        }
        Ok((id, command))
    }

    /// Step 2, as far as keys go: whether there is no memory left and the command may need some. It has its reply then.
    pub(crate) fn is_refused_for_memory(
        &mut self,
        client: ClientKey,
        id: CommandId,
        request: Request<'_>,
        reply: &mut Reply,
    ) -> bool {
        if self.config.maxmemory_bytes == 0 {
            return false;
        }
        let is_told = self.clients[client].is_subscriber() || !self.tracking.is_idle();
        if is_told && self.is_over_maxmemory() {
            // What the client is told of keys that go comes behind the replies that it has got.
            self.clients.reply(client, &mut reply.bytes);
        }
        if self.make_room() {
            return false;
        }
        let refused = self.denies_oom(client, self.table.command(id), request);
        if refused {
            self.refuse(client, Refusal { command: Some(id), error: OOM.into() }, reply);
            self.end_caching(client, Some(id));
        }
        refused
    }

    /// Whether a command that has waited, and is to be executed again, is refused now: there is no memory, or the disk takes no
    /// writes. It has its reply then. Redis: `unblockClientOnKey` goes through `processCommand`.
    pub(crate) fn is_refused_again(
        &mut self,
        client: ClientKey,
        id: CommandId,
        request: Request<'_>,
        reply: &mut Reply,
    ) -> bool {
        if self.is_refused_for_memory(client, id, request, reply) {
            return true;
        }
        let Some(error) = self.refusal_by_disk(client, self.table.command(id), request) else { return false };
        self.refuse(client, Refusal { command: Some(id), error: error.into_bytes() }, reply);
        true
    }

    /// Whether the command may need more memory, so that it is refused if there is none. A script that says what it
    /// does is believed; an EXEC does what was queued. Redis: `is_denyoom_command`.
    fn denies_oom(&self, client: ClientKey, command: &Command, request: Request<'_>) -> bool {
        if command.name == "exec" {
            return self.clients[client]
                .transaction
                .as_ref()
                .is_some_and(|transaction| transaction.denies_oom);
        }
        self.script_denies_oom(command, request).unwrap_or(command.flags & spec::DENYOOM != 0)
    }

    /// Step 3.
    fn allowed(&self, key: ClientKey, command: &Command, request: Request<'_>) -> Result<(), String> {
        if let Some(error) = self.refusal_by_disk(key, command, request) {
            return Err(error);
        }
        let client = &self.clients[key];
        let is = |flag| command.flags & flag != 0;
        if client.is_subscriber() && client.protocol == Protocol::Resp2 && !is(spec::SUBSCRIBED_MODE) {
            return Err(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in \
                 this context",
                command.name
            ));
        }
        if self.is_loading() && self.denies_loading(key, command) {
            return Err(LOADING.into());
        }
        if !is(spec::ALLOW_BUSY)
            && let Some(busy) = self.busy_error()
        {
            return Err(busy.into());
        }
        // To Redis a monitor is a replica.
        if client.monitor && is(spec::READONLY | spec::WRITE | spec::MAY_REPLICATE) {
            return Err("ERR Replica can't interact with the keyspace".into());
        }
        Ok(())
    }

    /// Whether a command is refused while files are loaded: an EXEC if anything that was queued is. Redis:
    /// `is_denyloading_command`.
    fn denies_loading(&self, key: ClientKey, command: &Command) -> bool {
        let denies = |command: &Command| command.flags & spec::LOADING == 0;
        let transaction = self.clients[key].transaction.as_deref().filter(|_| command.name == "exec");
        let mut queue = transaction.and_then(|transaction| transaction.queue.as_ref()).into_iter().flatten();
        denies(command) || queue.any(|&(id, _)| denies(self.table.command(id)))
    }

    /// The error for a request that names no command, or no subcommand of a command that has some.
    fn unknown(&self, request: Request<'_>) -> Vec<u8> {
        if self.table.has_subcommands(&request[0]) {
            let mut error = b"ERR unknown subcommand '".to_vec();
            error.extend(printed(&request[1], ERROR_ARGS));
            error.extend(b"'. Try ");
            error.extend(request[0].to_ascii_uppercase());
            error.extend(b" HELP.");
            return error;
        }
        let mut error = b"ERR unknown command '".to_vec();
        error.extend(printed(&request[0], ERROR_ARGS));
        error.extend(b"', with args beginning with: ");
        let start = error.len();
        for word in request.from(1) {
            let shown = error.len() - start;
            if shown >= ERROR_ARGS {
                break;
            }
            error.push(b'\'');
            error.extend(printed(word, ERROR_ARGS - shown));
            error.extend(b"' ");
        }
        error
    }

    /// Replies with the error. A transaction that it was meant for will be refused; one whose EXEC it is, is over.
    /// Redis: `rejectCommand`, `execCommandAbort`.
    fn refuse(&mut self, client: ClientKey, mut refusal: Refusal, reply: &mut Reply) {
        if refusal.command.is_some_and(|id| self.table.command(id).name == "exec") {
            self.end_transaction(client);
            let why = refusal.error.strip_prefix(b"ERR ").unwrap_or(&refusal.error);
            refusal.error = [b"EXECABORT Transaction discarded because of: ", why].concat();
        }
        reply.muted = self.clients[client].reply_mode != ReplyMode::On;
        reply.error(&refusal.error);
        step!(Refused { client, error: String::from_utf8_lossy(&refusal.error).into_owned() });
        self.settle_reply_mode(client);
        self.flag_transaction(client);
        self.stats.count_error(&refusal.error);
        if let Some(id) = refusal.command {
            self.table.stats_mut(id).rejected += 1;
        }
    }

    /// Step 6: runs a command of the client's own, and blocks the client if that is what the command asks for.
    pub(crate) fn call(&mut self, key: ClientKey, id: CommandId, request: Request<'_>, reply: &mut Reply) {
        let client = &self.clients[key];
        reply.muted = client.reply_mode != ReplyMode::On;
        self.execution.no_touch = client.about.no_touch;
        (reply.most, reply.overflowed) = (self.clients.hard_limit(key), false);
        let publishes = self.table.command(id).flags & spec::PUBLISHES != 0;
        self.clients.begin_command(key, publishes);
        let (began, time) = (self.lap_end(), self.time);
        self.run(key, id, request, reply);
        self.time_after(time, self.lap_end().saturating_sub(began).max(self.execution.clock_offset_us));
        self.execution.clock_offset_us = 0;
        if !self.execution.invalid.is_empty() {
            self.send_own_invalidations(key);
        }
        self.clients.end_command(key, &mut reply.bytes);
        self.clients.note_memory(key);
        self.block_if_asked(key, id, request);
        // What CLIENT REPLY SKIP mutes is the reply, which is still to come from a command that waits.
        if self.clients[key].blocked.is_none() {
            self.settle_reply_mode(key);
        }
        self.stats.command_us += self.execution.last_duration_us;
    }

    /// Runs a command: a client's own, one of its transaction, or one of a script. Redis: `call`.
    pub(crate) fn run(&mut self, key: ClientKey, id: CommandId, request: Request<'_>, reply: &mut Reply) {
        let command = self.table.command(id);
        step!(Dispatched {
            client: key,
            command: command.name,
            within: self.execution.deny_blocking as usize
        });
        reply.failure = None;
        let (start, changes) = (self.lap_end(), self.stats.dirty);
        self.begin_unit();
        if let Some(handler) = command.handler {
            handler(&mut Call { server: self, client: key, args: request, reply });
        }
        if self.propagation.is_on() {
            self.record_command(key, command, request, self.stats.dirty > changes);
        }
        self.end_unit(!command.touches_arbitrary_keys());
        if !self.tracking.clients.is_empty() {
            self.remember_keys(key, command, request);
        }
        self.lap();
        // DEBUG SLEEP has the loop sleep after it; to those who look at durations it took that long.
        let slept = self.requested_sleep().unwrap_or(0) * 1000;
        let duration = self.lap_end().saturating_sub(start) + slept;
        self.execution.last_duration_us = duration;
        // One that waited was shown when it came.
        let is_new = self.execution.retry.is_none();
        if is_new
            && !self.monitors.is_empty()
            && !self.is_loading()
            && command.flags & (spec::SKIP_MONITOR | spec::ADMIN) == 0
        {
            self.show_monitors(key, command.name, request);
        }
        if self.execution.wait.is_some() {
            // It is counted when it has got what it waits for.
            return;
        }
        self.stats.commands_processed += 1;
        let failure = reply.failure.take();
        let stats = self.table.stats_mut(id);
        stats.calls += 1;
        stats.microseconds += duration;
        self.monitor_latency(command, duration);
        if self.config.latency_tracking {
            self.table.record_latency(id, duration);
        }
        if let Some(error) = failure {
            self.table.stats_mut(id).failed += 1;
            if !self.execution.error_counted {
                self.stats.count_error(&error);
            }
        }
        self.execution.error_counted = false;
        self.log_slow(key, command, request, duration);
    }

    /// CLIENT REPLY SKIP mutes the command after it, and only that.
    pub(crate) fn settle_reply_mode(&mut self, key: ClientKey) {
        let client = &mut self.clients[key];
        client.reply_mode = match client.reply_mode {
            ReplyMode::SkipNext => ReplyMode::Skip,
            ReplyMode::Skip => ReplyMode::On,
            other => other,
        };
    }

    /// What `enable-debug-command` and its like mean for a client.
    pub(crate) fn allows_local(&self, setting: &str, client: ClientKey) -> bool {
        setting == "yes" || (setting == "local" && self.clients[client].about.is_local())
    }
}

/// Whether this is a line of an HTTP request: a web page can make its reader's browser send one to a server on the
/// reader's own machine, with commands in its body. Redis: `securityWarningCommand`.
fn is_http(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"post") || word.eq_ignore_ascii_case(b"host:")
}

/// Why a request does not run.
struct Refusal {
    command: Option<CommandId>,
    error: Vec<u8>,
}
