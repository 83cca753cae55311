//! The append-only file as the server sees it: whether there is one, what a turn gives it, and what is done when the disk fails.
//!
//! Redis: `src/aof.c` (`flushAppendOnlyFile`, `startAppendOnly`, `stopAppendOnly`), `writeCommandsDeniedByDiskError` in
//! `src/server.c`.
//!
//! ```text
//! Off ──appendonly yes──► Waiting ──the first rewrite is on the disk──► On
//!  ▲                                                                    │  a sync fails: On, but nothing is promised, writes
//!  └──────────────────────────appendonly no─────────────────────────────┘  are refused until a rewrite is on the disk
//! ```
//!
//! *Invariant:* in `On` without an error, whatever the policy promises of a reply holds when the reply leaves the server.
//!
//! Different on purpose: where Redis ends the process (a failed write or `fsync` under `always`), the clients whose writes
//! were not on the disk yet are closed without a reply, for nobody can say what became of these; everybody else goes on,
//! without writes, until a rewrite has brought all that is in memory to the disk.

use super::disk::{Answer, Failure, JobId, Lane};
use super::hold::Hold;
use super::log::{BUFFER_MAX, Log, Told};
use super::open::Opening;
use super::rewrite::Rewrite;
use crate::base::ids::ClientKey;
use crate::client::reason::Reason;
use crate::config::persistence::AppendFsync;
use crate::persist::manifest::Manifest;
use crate::server::Server;
use std::collections::BTreeMap;

/// Whether commands are appended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// They are not. Redis: `AOF_OFF`.
    #[default]
    Off,
    /// They will be, once all that is in memory now is in a file. Redis: `AOF_WAIT_REWRITE`.
    Waiting,
    /// They are. Redis: `AOF_ON`.
    On,
}

/// The append-only file.
#[derive(Default)]
pub(crate) struct Aof {
    pub(super) state: State,
    /// The files, as the manifest on the disk has them.
    pub(super) manifest: Manifest,
    /// The bytes of all files but the one that is appended to.
    pub(super) older_bytes: u64,
    /// The bytes of all files behind the last rewrite, or when they were loaded: `aof_base_size`.
    pub(crate) base_bytes: u64,
    pub(crate) log: Log,
    pub(crate) hold: Hold,
    /// Clients whose commands are in the buffer, and those whose commands are in the job that runs, by key and id.
    pub(super) writers: Vec<(ClientKey, u64)>,
    pub(super) syncing_writers: Vec<(ClientKey, u64)>,
    pub(crate) rewrite: Rewrite,
    /// How many bytes were recorded in all when the last command of a client was; forgotten once they are on the disk. Redis:
    /// `woff` of each client.
    pub(super) recorded: BTreeMap<ClientKey, u64>,
    /// Clients that wait for a sync: for how many bytes, key and id.
    pub(super) waiting: Vec<(u64, ClientKey, u64)>,
    /// Why writes are refused: the file was given up.
    pub(super) lost: Option<String>,
    /// A sync under `always` was begun in this turn.
    cut_is_due: bool,
    /// The files that are made at the start.
    pub(super) opening: Option<Opening>,
    /// The last sync of a file that is closed.
    closing: Option<JobId>,
    /// The second in which a failure was last logged. Redis: `AOF_WRITE_LOG_ERROR_RATE`.
    logged_second: Option<u64>,
}

impl Aof {
    /// Whether commands are appended, or will be.
    pub fn is_on(&self) -> bool {
        self.state != State::Off
    }

    /// The client is no more, and its key may be another's.
    pub fn forget(&mut self, client: ClientKey) {
        self.hold.forget(client);
        self.recorded.remove(&client);
    }

    /// CONFIG RESETSTAT.
    pub fn reset_stats(&mut self) {
        self.log.delayed_syncs = 0;
        (self.rewrite.begun, self.rewrite.failures) = (0, 0);
    }

    /// `aof_current_size`.
    pub fn current_bytes(&self) -> u64 {
        self.older_bytes + self.log.size
    }

    /// Why writes are refused, in the words of the operating system; None: they are not.
    pub(crate) fn error(&self) -> Option<String> {
        if let Some(lost) = &self.lost {
            return Some(lost.clone());
        }
        if self.log.buffer.len() > BUFFER_MAX {
            return Some("Resource temporarily unavailable".into());
        }
        self.log.fault.as_ref().map(|fault| words(fault.error()))
    }
}

/// An error in the words of C's `strerror`.
pub(super) fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

impl Server {
    /// Whether what clients are sent waits for a sync.
    fn holds_replies(&self) -> bool {
        let aof = &self.persistence.aof;
        aof.state == State::On && aof.lost.is_none() && self.config.appendfsync == AppendFsync::Always
    }

    /// Whether jobs of the log sync. Redis: `no-appendfsync-on-rewrite`.
    fn may_sync(&self) -> bool {
        !(self.config.no_appendfsync_on_rewrite && self.persistence.snapshot.is_some())
    }

    /// The end of a turn: what it has recorded goes on its way to the disk, before anything of it goes to a client. Redis:
    /// `flushAppendOnlyFile`.
    // ANCHOR: flush
    pub(crate) fn flush_append_only_file(&mut self) {
        let now_ms = self.time.millis;
        if self.persistence.aof.rewrite.is_idle() && !self.persistence.aof.is_on() {
            return;
        }
        self.take_recorded();
        self.go_on_rewriting();
        let (holds, syncs) = (self.holds_replies(), self.may_sync());
        let aof = &mut self.persistence.aof;
        if aof.log.count_slow_sync(now_ms) {
            tracing::warn!(
                "Asynchronous AOF fsync is taking too long (disk is busy?): writes wait in memory"
            );
        }
        let waits = aof.log.waits(syncs);
        match holds && waits {
            true => aof.hold.begin(),
            // What was held when the file was closed waits for the sync of that.
            false if aof.hold.is_active() && aof.closing.is_none() => aof.hold.release_all(),
            false => {}
        }
        if !aof.log.may_append(now_ms) || aof.log.path.is_empty() {
            return;
        }
        if holds {
            if waits {
                let is_quick = aof.log.syncs_are_quick();
                self.start_log_job(syncs, is_quick);
            }
        } else if !aof.log.buffer.is_empty() {
            self.start_log_job(false, true);
        } else {
            self.sync_each_second();
        }
    }
    // ANCHOR_END: flush

    /// Takes what the commands of this turn have become, and who sent them.
    pub(super) fn take_recorded(&mut self) {
        if self.propagation.is_empty() {
            return;
        }
        let (bytes, writers) = (self.propagation.take(), self.take_writers());
        self.persistence.aof.log.record(bytes);
        let (holds, recorded) = (self.holds_replies(), self.persistence.aof.log.recorded);
        for key in writers {
            let Some(client) = self.clients.get(key) else { continue };
            self.persistence.aof.recorded.insert(key, recorded);
            if holds {
                self.persistence.aof.writers.push((key, client.id));
            }
        }
    }

    /// Begins a sync of what was appended, if that is due. It is a job of its own: an append is done at once, in the turn,
    /// so that what was replied to outlives the process, and nobody waits for the sync.
    fn sync_each_second(&mut self) {
        let everysec = self.persistence.aof.state == State::On
            && !self.persistence.aof.log.path.is_empty()
            && self.config.appendfsync != AppendFsync::No
            && self.may_sync();
        if everysec && self.persistence.aof.log.sync_is_due(self.time.millis) {
            self.start_log_job(true, false);
        }
    }

    /// Begins a job of the log, with a sync if `syncs`. `is_short`: the turn may wait for it.
    fn start_log_job(&mut self, syncs: bool, is_short: bool) {
        let now_ms = self.time.millis;
        let aof = &mut self.persistence.aof;
        let (steps, bytes) = aof.log.steps(syncs, now_ms);
        let id = match is_short {
            true => self.disk.ask_short(Lane::Log, steps),
            false => self.disk.ask(Lane::Log, steps),
        };
        aof.log.started(id, bytes, syncs, now_ms, (self.stopwatch)());
        self.cut_hold();
    }

    /// What is held in this turn goes with the job that has begun in it.
    pub(super) fn cut_hold(&mut self) {
        let aof = &mut self.persistence.aof;
        aof.cut_is_due = true;
        aof.syncing_writers.append(&mut aof.writers);
    }

    /// A script that has written has others served in its midst: what it has pushed to clients waits for its end, and for the
    /// sync behind that. The others get their replies, which can tell of nothing that it has written.
    #[cfg(feature = "lua")]
    pub(crate) fn hold_what_was_pushed(&mut self) {
        if !self.holds_replies() || !self.propagation.is_in_unit() {
            return;
        }
        for client in self.clients.pending_writes() {
            self.persistence.aof.hold.hold_one(client);
        }
    }

    /// A socket has room in the midst of a turn that has written: what its client is owed may tell of that, and waits, too.
    #[inline]
    pub(crate) fn hold_what_was_recorded(&mut self) {
        if self.holds_replies() && !self.propagation.is_empty() {
            self.persistence.aof.hold.begin();
        }
    }

    /// The writes of the turn are over: those who are held are known.
    pub(crate) fn end_flush(&mut self) {
        let aof = &mut self.persistence.aof;
        if std::mem::take(&mut aof.cut_is_due) {
            let clients = &self.clients;
            aof.hold.cut(|client| clients.get(client).map_or(0, |client| client.output.owed()));
        }
    }

    /// Whether a job is one of the append-only file.
    pub(super) fn aof_owns(&self, id: JobId) -> bool {
        let aof = &self.persistence.aof;
        let opens = aof.opening.as_ref().is_some_and(|opening| opening.job == id);
        let rewrites = aof.rewrite.owns(id).is_some() || aof.rewrite.has_abandoned(id);
        opens || aof.closing == Some(id) || rewrites || aof.log.runs(id)
    }

    /// What became of such a job.
    pub(super) fn aof_job_done(&mut self, id: JobId, result: Result<Answer, Failure>) {
        if self.persistence.aof.rewrite.has_abandoned(id) {
            self.abandoned_job_done(result.is_ok());
            if !self.persistence.aof.log.runs(id) {
                return;
            }
        }
        let aof = &mut self.persistence.aof;
        if let Some(opening) = aof.opening.take_if(|opening| opening.job == id) {
            self.opened(opening, result);
        } else if aof.closing.take_if(|closing| *closing == id).is_some() {
            self.closed(result);
        } else if let Some(part) = aof.rewrite.owns(id) {
            self.rewrite_job_done(part, result);
            if self.persistence.aof.rewrite.has_abandoned(id) {
                // Its failure has cost the file, and the rewrite was given up with it.
                self.abandoned_job_done(false);
            }
        } else {
            self.log_job_done(result.err());
        }
    }

    /// The last sync of a file that nothing is appended to any more has ended.
    fn closed(&mut self, result: Result<Answer, Failure>) {
        if let Err(failure) = result {
            tracing::warn!("Fail to fsync the AOF file: {}", words(&failure.error));
            self.close_writers();
        }
        let aof = &mut self.persistence.aof;
        aof.hold.release_all();
        (aof.writers, aof.syncing_writers) = Default::default();
    }

    /// The log's job has ended.
    pub(super) fn log_job_done(&mut self, failure: Option<Failure>) {
        let always = self.holds_replies();
        let now_us = (self.stopwatch)();
        let aof = &mut self.persistence.aof;
        let was_faulty = aof.log.fault.is_some();
        let (told, took_us) = aof.log.told(failure, always, now_us);
        match told {
            Told::Done { synced } => {
                aof.syncing_writers.clear();
                aof.hold.release_cut();
                let durable = aof.log.durable;
                aof.recorded.retain(|_, recorded| *recorded > durable);
                if was_faulty {
                    tracing::warn!("AOF write error looks solved, Redis can write again.");
                }
                if synced && always {
                    self.sample_latency("aof-fsync-always", took_us);
                }
                self.release_what_was_done_at_once();
                match synced {
                    true => self.serve_waitaof(durable),
                    false => {
                        self.sync_each_second();
                        // It covers nothing that is recorded in this turn.
                        self.persistence.aof.cut_is_due = false;
                    }
                }
            }
            Told::TriedAgain => self.log_failure("Error writing to the AOF file"),
            Told::Lost => self.lose_file(),
        }
    }

    /// If the log's job has ended in the turn in which it began, nobody was written to meanwhile: nothing is cut, and whatever is held
    /// is covered by it, unless more was recorded since.
    fn release_what_was_done_at_once(&mut self) {
        let syncs = self.may_sync();
        let aof = &mut self.persistence.aof;
        let was_at_once = std::mem::take(&mut aof.cut_is_due);
        if was_at_once && self.propagation.is_empty() && !aof.log.waits(syncs) {
            aof.hold.release_all();
        }
    }

    /// The file is given up: nobody is promised what it was to be given, and nobody is kept waiting for it.
    pub(super) fn lose_file(&mut self) {
        let aof = &mut self.persistence.aof;
        let error = aof.log.fault.as_ref().map_or_else(String::new, |fault| words(fault.error()));
        aof.lost = Some(error);
        aof.hold.release_all();
        self.propagation.set(false);
        self.log_failure(
            "The append-only file is given up, writes are refused until a rewrite has succeeded",
        );
        self.close_writers();
        // A rewrite that began before has not what was lost since, and would have the server go on as if it had.
        self.cancel_rewrite();
        self.persistence.aof.rewrite.retry_at(self.time.millis);
    }

    /// Closes the clients whose writes are not on the disk: nobody can say what became of these.
    fn close_writers(&mut self) {
        let aof = &mut self.persistence.aof;
        let writers: Vec<_> = aof.syncing_writers.drain(..).chain(aof.writers.drain(..)).collect();
        for (key, id) in writers {
            if self.clients.get(key).is_some_and(|client| client.id == id) {
                self.clients.close_asap(key, &Reason::NotSynced);
            }
        }
    }

    /// Logs why the file cannot be written, at most once in 30 seconds. Redis: `AOF_WRITE_LOG_ERROR_RATE`.
    fn log_failure(&mut self, what: &str) {
        let seconds = self.seconds();
        let aof = &mut self.persistence.aof;
        if aof.logged_second.is_none_or(|second| seconds >= second + LOG_EVERY_SECONDS) {
            aof.logged_second = Some(seconds);
            let error = aof.error().unwrap_or_default();
            tracing::warn!("{what}: {error}");
        }
    }

    /// CONFIG SET appendonly. Redis: `startAppendOnly`, `stopAppendOnly`.
    pub(crate) fn set_appendonly(&mut self, on: bool) {
        // What is set while files are loaded is done afterwards.
        if on == self.persistence.aof.is_on() || !self.process.has_disk || self.is_loading() {
            return;
        }
        if on {
            self.persistence.aof.state = State::Waiting;
            self.persistence.aof.rewrite.ask(self.time.millis);
            return;
        }
        self.take_recorded();
        self.propagation.set(false);
        self.cancel_rewrite();
        let holds = self.holds_replies();
        let aof = &mut self.persistence.aof;
        let is_whole = aof.state == State::On && aof.lost.is_none();
        if holds && aof.log.waits(true) {
            aof.hold.begin();
        }
        aof.state = State::Off;
        aof.lost = None;
        if is_whole {
            let (steps, _) = aof.log.steps(true, self.time.millis);
            aof.closing = Some(self.disk.ask(Lane::Log, steps));
        } else {
            aof.hold.release_all();
        }
        self.persistence.aof.log.close();
    }

    /// SHUTDOWN: whether all that was recorded is on the disk. If not, a sync begins as soon as no other job of the log runs; an
    /// error: it cannot be written.
    pub(crate) fn sync_before_the_end(&mut self) -> Result<bool, String> {
        if !self.persistence.aof.is_on() {
            return Ok(self.persistence.aof.closing.is_none());
        }
        self.take_recorded();
        let aof = &self.persistence.aof;
        if let Some(error) = aof.error() {
            return Err(error);
        }
        if !aof.log.waits(true) {
            return Ok(true);
        }
        if aof.log.may_append(self.time.millis) {
            self.start_log_job(true, false);
        }
        Ok(false)
    }

    /// The millisecond at which the append-only file next has something to do.
    pub(crate) fn aof_deadline(&self) -> Option<u64> {
        let aof = &self.persistence.aof;
        let everysec = aof.state == State::On && self.config.appendfsync == AppendFsync::Everysec;
        let log = aof.log.deadline(everysec && self.may_sync());
        [log, aof.rewrite.deadline()].into_iter().flatten().min()
    }
}

/// Failures are logged at most once in so many seconds. Redis: `AOF_WRITE_LOG_ERROR_RATE`.
const LOG_EVERY_SECONDS: u64 = 30;
