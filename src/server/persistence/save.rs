//! The file that SAVE, BGSAVE, FLUSHALL and the save points write: a snapshot under a temporary name, synced, and renamed.
//!
//! Redis: `src/rdb.c` (`rdbSave`, `rdbSaveBackground`, `backgroundSaveDoneHandlerDisk`, `killRDBChild`, `saveCommand`,
//! `bgsaveCommand`), the part of `serverCron` about `saveparams`.
//!
//! ```text
//! temp-PID.rdb: create, append …, sync ─► rename to dbfilename ─► sync the directory
//! ```
//!
//! Different on purpose: SAVE's client waits, and others are served meanwhile; the file has what was there when SAVE came. The
//! save that follows FLUSHALL goes on behind its reply, too. A SAVE while the append-only file is rewritten begins when that
//! snapshot has ended, and its picture is of that later moment.

use super::disk::{Answer, Failure, JobId, Lane, Step};
use super::snapshot::{Failed, Format, Purpose};
use crate::base::ids::ClientKey;
use crate::config::persistence::SavePoint;
use crate::resp::reply::Reply;
use crate::server::Server;

/// Seconds between a save that failed and the next one that a save point, or SCHEDULE, asks for. Redis:
/// `CONFIG_BGSAVE_RETRY_DELAY`.
const RETRY_SECONDS: u64 = 5;

/// What a command is answered while a save runs.
pub(crate) const IN_PROGRESS: &str = "ERR Background save already in progress";

/// Who wants a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// SAVE: the client waits. Its key may be another's by the time, its id not.
    Client(ClientKey, u64),
    /// BGSAVE or a save point.
    Background,
    /// FLUSHALL.
    Flush,
    /// SHUTDOWN, or a signal.
    Shutdown,
}

/// The state of saving.
#[derive(Default)]
pub struct Save {
    /// When the last save ended well, in seconds since 1970; at first, when the server began.
    pub last_save: u64,
    /// When the last one in the background began.
    last_try: u64,
    /// Whether the last one in the background failed.
    has_failed: bool,
    /// How many seconds the last one in the background took.
    pub last_seconds: Option<u64>,
    /// How many saves have begun: `rdb_saves`.
    pub saves: u64,
    /// The most bytes that the last one had encoded and not written.
    pub last_held_bytes: usize,
    /// BGSAVE is to run as soon as it can.
    pub is_scheduled: bool,
    /// The save that runs.
    running: Option<Running>,
    /// SAVE came while the append-only file was rewritten.
    waiting: Option<Asker>,
}

struct Running {
    asker: Asker,
    /// When it began, in seconds since 1970.
    began: u64,
    /// The changes that the snapshot has.
    changes: u64,
    /// The job that renames the file.
    renaming: Option<JobId>,
}

impl Save {
    /// Whether one runs, or waits to run.
    pub fn is_running(&self) -> bool {
        self.running.is_some() || self.waiting.is_some()
    }

    /// When the one that runs began, in seconds since 1970.
    pub fn began(&self) -> Option<u64> {
        self.running.as_ref().map(|running| running.began)
    }

    /// `rdb_last_bgsave_status`
    pub fn status(&self) -> &'static str {
        if self.has_failed { "err" } else { "ok" }
    }

    /// Whether the last save in the background failed.
    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    pub(super) fn owns(&self, job: JobId) -> bool {
        self.running.as_ref().is_some_and(|running| running.renaming == Some(job))
    }

    /// The second from which on a save may begin that nobody has asked for just now.
    fn may_try_from(&self) -> u64 {
        if self.has_failed { self.last_try + RETRY_SECONDS + 1 } else { 0 }
    }
}

impl Server {
    fn unix_seconds(&self) -> u64 {
        self.unix_millis() / 1000
    }

    /// Claims the directory for a file that a client has asked for: at the start it is claimed only by a server that saves by
    /// itself. The error is for the client.
    pub(crate) fn claim_directory(&self) -> Result<(), String> {
        let Some(claim) = self.process.claim_dir else { return Ok(()) };
        claim().map_err(|error| format!("ERR cannot save in {}: {error}", self.config.dir))
    }

    /// Begins a save. There must be none. Redis: `rdbSave`, `rdbSaveBackground`.
    pub(crate) fn start_save(&mut self, asker: Asker) {
        if self.persistence.snapshot.is_some() {
            self.persistence.save.waiting = Some(asker);
            return;
        }
        let (began, changes) = (self.unix_seconds(), self.stats.dirty);
        let save = &mut self.persistence.save;
        save.saves += 1;
        if asker == Asker::Background {
            save.last_try = began;
            tracing::info!("Background saving started");
        }
        save.running = Some(Running { asker, began, changes, renaming: None });
        if let Err(why) = self.claim_directory() {
            tracing::warn!("{why}");
            self.end_save(false);
        } else if self.process.has_disk {
            self.start_snapshot(Purpose::Save, Format::Rdb, format!("temp-{}.rdb", self.process.pid));
        } else {
            self.end_save(true);
        }
    }

    /// The snapshot of a save is on the disk, under its temporary name, or has failed.
    pub(super) fn save_snapshot_ended(
        &mut self,
        path: String,
        held_bytes: usize,
        result: Result<(), Failed>,
    ) {
        let save = &mut self.persistence.save;
        save.last_held_bytes = held_bytes;
        match result {
            Ok(()) => {
                let name = self.config.dbfilename.clone();
                let steps = vec![Step::Rename(path, name), Step::SyncDirectory(String::new())];
                let job = self.disk.ask(Lane::Snapshot, steps);
                if let Some(running) = &mut save.running {
                    running.renaming = Some(job);
                }
            }
            Err(Failed { doing: "fopen", error }) => {
                let dir = &self.config.dir;
                tracing::warn!(
                    "Failed opening the temp RDB file {path} (in server root dir {dir}) for saving: {error}"
                );
                self.end_save(false);
            }
            Err(Failed { doing, error }) => {
                tracing::warn!("Write error while saving DB to the disk({doing}): {error}");
                self.end_save(false);
            }
        }
    }

    /// The file of a save was renamed, or was not.
    pub(super) fn save_renamed(&mut self, result: Result<Answer, Failure>) {
        if let Err(Failure { step, error }) = &result {
            let (temporary, name, dir) =
                (format!("temp-{}.rdb", self.process.pid), &self.config.dbfilename, &self.config.dir);
            if *step == 0 {
                tracing::warn!(
                    "Error moving temp DB file {temporary} on the final destination {name} (in server root dir {dir}): \
                     {error}"
                );
                self.disk.ask(Lane::Snapshot, vec![Step::Remove(temporary)]);
            } else {
                tracing::warn!("Failed to fsync directory while saving DB: {error}");
            }
        }
        self.end_save(result.is_ok());
    }

    fn end_save(&mut self, is_saved: bool) {
        let now = self.unix_seconds();
        let save = &mut self.persistence.save;
        let Some(running) = save.running.take() else { return };
        if is_saved {
            tracing::info!("DB saved on disk");
            self.stats.dirty = self.stats.dirty.saturating_sub(running.changes);
            (save.last_save, save.has_failed) = (now, false);
        }
        match running.asker {
            Asker::Background => {
                save.has_failed = !is_saved;
                save.last_seconds = Some(now.saturating_sub(running.began));
                match is_saved {
                    true => tracing::info!("Background saving terminated with success"),
                    false => tracing::warn!("Background saving error"),
                }
            }
            Asker::Client(client, id) => {
                if self.waits_for_save(client, id) {
                    self.end_wait(client, |_, reply| if is_saved { reply.ok() } else { reply.error("ERR") });
                }
            }
            Asker::Flush => {}
            Asker::Shutdown => self.saved_at_end(is_saved),
        }
    }

    /// Whether the client that has sent SAVE still waits for its reply.
    fn waits_for_save(&self, client: ClientKey, id: u64) -> bool {
        let client = self.clients.get(client).filter(|client| client.id == id);
        let blocked = client.and_then(|client| client.blocked.as_ref());
        blocked.is_some_and(|blocked| self.table.command(blocked.command).name == "save")
    }

    /// A snapshot has ended: a SAVE that waited for that begins.
    pub(super) fn start_waiting_save(&mut self) {
        if let Some(asker) = self.persistence.save.waiting.take() {
            self.start_save(asker);
        }
    }

    /// All keys are gone: a save that runs is given up, and if there are save points the file says so, too. Redis: the end of
    /// `flushAllDataAndResetRDB`.
    pub(crate) fn save_after_flush(&mut self) {
        // What is loaded is in files.
        if self.persistence.save.waiting.is_some() || self.is_loading() {
            return;
        }
        let mut asker = Asker::Flush;
        if let Some(running) = self.persistence.save.running.take() {
            tracing::warn!("Background saving terminated by FLUSHALL");
            self.cancel_snapshot(Purpose::Save);
            if let Asker::Client(..) = running.asker {
                asker = running.asker;
            }
        }
        if asker != Asker::Flush || self.saves_by_itself() {
            self.start_save(asker);
        }
    }

    /// The server ends: a save that runs is given up for the last one. Redis: the beginning of `finishShutdown`.
    pub(super) fn give_up_background_save(&mut self) {
        if self.persistence.save.running.take().is_some() {
            tracing::warn!("There is a child saving an .rdb. Killing it!");
            self.cancel_snapshot(Purpose::Save);
        }
    }

    /// Whether there is a save point, and a disk to save to.
    fn saves_by_itself(&self) -> bool {
        self.process.has_disk && !self.config.save.is_empty()
    }

    /// When a save in the background is due, in seconds since 1970; None: not until something changes. Redis: `serverCron`.
    fn next_save(&self) -> Option<u64> {
        let save = &self.persistence.save;
        if self.persistence.snapshot.is_some() || save.is_running() || self.is_loading() {
            return None;
        }
        let due = |point: &SavePoint| {
            (self.stats.dirty >= point.changes).then_some(save.last_save + point.seconds + 1)
        };
        let points = if self.saves_by_itself() { &self.config.save[..] } else { &[] };
        let by_points = points.iter().filter_map(due).min();
        let scheduled = save.is_scheduled.then_some(0);
        by_points.into_iter().chain(scheduled).min().map(|due| due.max(save.may_try_from()))
    }

    /// Begins a save in the background if one is due.
    pub(in crate::server) fn save_if_due(&mut self) {
        let now = self.unix_seconds();
        if self.next_save().is_none_or(|due| due > now) {
            return;
        }
        if !std::mem::take(&mut self.persistence.save.is_scheduled) {
            let (dirty, since) = (self.stats.dirty, now.saturating_sub(self.persistence.save.last_save));
            let point = |point: &&SavePoint| dirty >= point.changes && since > point.seconds;
            if let Some(SavePoint { seconds, changes }) = self.config.save.iter().find(point) {
                tracing::info!("{changes} changes in {seconds} seconds. Saving...");
            }
        }
        self.start_save(Asker::Background);
    }

    /// The millisecond of the server's own count at which a save is due.
    pub(in crate::server) fn save_deadline(&self) -> Option<u64> {
        let due_ms = self.next_save()?.saturating_mul(1000);
        Some(self.time.millis + due_ms.saturating_sub(self.unix_millis()))
    }
}

/// What a client of SAVE gets that CLIENT UNBLOCK wakes.
pub(crate) fn not_saved(reply: &mut Reply) {
    reply.error("ERR");
}
