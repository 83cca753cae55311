//! A new base for the append-only file: what is in memory takes the place of the commands that made it.
//!
//! Redis: `src/aof.c` (`rewriteAppendOnlyFileBackground`, `openNewIncrAofForAppend`, `backgroundRewriteDoneHandler`,
//! `aofRewriteLimited`, `aofDelHistoryFiles`); the files and their order are those of Redis 7.
//!
//! ```text
//!               files in the manifest            appended to
//! before        base 1, incr 1                   incr 1
//! switch        base 1, incr 1, incr 2           incr 2, from the moment on that the snapshot shows
//! the walk      …
//! finish        base 2, incr 2; history 1, 1     incr 2
//! clean         base 2, incr 2                   incr 2
//! ```
//!
//! Each row is one job of the log's lane, which ends with the manifest renamed into its place and its directory synced, so that
//! at any moment the manifest on the disk names files that are whole.
//!
//! When there is no file to go on with (`appendonly yes` was just set, or the file was given up), the manifest is left alone
//! until the finish: the files that it names belong together, and what comes in the new file belongs to the new base only.
//!
//! *Invariant:* the switch takes place when no job of the log runs, at the end of a turn: all that was recorded before is appended to
//! the old file by the same job, and the snapshot is of that moment.

use super::aof::{State, words};
use super::disk::{Answer, Failure, JobId, Lane, Step};
use super::snapshot::{Failed, Format, Purpose};
use crate::persist::manifest::{File, Manifest};
use crate::server::Server;
use std::io;

/// A rewrite that has failed is tried again after so many milliseconds, if nothing can be promised without it. Redis:
/// `CONFIG_BGSAVE_RETRY_DELAY`.
const RETRY_MS: u64 = 5000;
/// So many rewrites may fail in a row before automatic ones wait. Redis: `AOF_REWRITE_LIMITE_THRESHOLD`.
const FAILURES_BEFORE_WAITING: u64 = 3;
/// How many steps of a switch come between those of the log and the renaming of the manifest: a directory is made, a file is
/// made in it, empty, its name is synced, and the manifest is written under a temporary name and synced.
const STEPS_BEFORE_RENAME: usize = 7;
/// The longest that they wait, in minutes. Redis: `AOF_REWRITE_LIMITE_MAX_MINUTES`.
const WAIT_MAX_MINUTES: u64 = 60;

/// Where a rewrite is.
#[derive(Debug, Default)]
enum Stage {
    #[default]
    Idle,
    /// The new file is made, and what was recorded goes to the old one.
    Switching(JobId),
    /// All keys are being written.
    Walking,
    /// All keys are written: the base gets its name when no job of the log runs.
    Walked,
    /// The base gets its name, and the manifest names it.
    Finishing(JobId),
}

/// A job of a rewrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Switch,
    Finish,
}

/// The rewrite that runs, and what is known of those before it.
#[derive(Debug, Default)]
pub(crate) struct Rewrite {
    stage: Stage,
    /// One is to begin when it can: `aof_rewrite_scheduled`.
    pub wanted: bool,
    /// Not before this millisecond.
    not_before_ms: u64,
    /// The file that is to be appended to; None: nothing is, `appendonly` is off.
    incr: Option<File>,
    /// Whether it takes the place of a file that was given up, or of none.
    is_fresh: bool,
    /// How many steps of the job that runs are the log's own.
    log_steps: usize,
    /// Whether the base is a snapshot, or commands.
    is_rdb: bool,
    /// The manifest when that job is done.
    next: Manifest,
    /// The snapshot has ended, and has so many bytes.
    walked_bytes: Option<u64>,
    /// The job of a rewrite that was given up in the midst of it. Until it is told of, none begins: both would have the same
    /// temporary file.
    abandoned: Option<(JobId, Part)>,
    /// The snapshot has failed while the switch was on its way.
    walk_error: Option<io::Error>,
    started_second: Option<u64>,
    /// `aof_last_rewrite_time_sec`.
    pub last_seconds: Option<u64>,
    /// `aof_last_bgrewrite_status`.
    pub has_failed: bool,
    /// `aof_rewrites`.
    pub begun: u64,
    /// `aof_rewrites_consecutive_failures`.
    pub failures: u64,
}

impl Rewrite {
    /// Has a rewrite begin as soon as it can.
    pub fn ask(&mut self, now_ms: u64) {
        (self.wanted, self.not_before_ms) = (true, now_ms);
    }

    /// Has a rewrite begin after a while.
    pub fn retry_at(&mut self, now_ms: u64) {
        let first = !self.wanted && self.failures == 0;
        (self.wanted, self.not_before_ms) = (true, if first { now_ms } else { now_ms + RETRY_MS });
    }

    /// Whether none runs, nor is to begin.
    pub fn is_idle(&self) -> bool {
        !self.wanted && !self.runs()
    }

    /// Whether one runs.
    pub fn runs(&self) -> bool {
        !matches!(self.stage, Stage::Idle)
    }

    /// Which of its jobs that is; None: none.
    pub(super) fn owns(&self, id: JobId) -> Option<Part> {
        match self.stage {
            Stage::Switching(job) if job == id => Some(Part::Switch),
            Stage::Finishing(job) if job == id => Some(Part::Finish),
            _ => None,
        }
    }

    /// Whether that is the job of a rewrite that was given up in the midst of it.
    pub(super) fn has_abandoned(&self, id: JobId) -> bool {
        self.abandoned.is_some_and(|(job, _)| job == id)
    }

    /// For how many seconds one has been running.
    pub fn current_seconds(&self, now_second: u64) -> Option<u64> {
        self.started_second.map(|started| now_second.saturating_sub(started))
    }

    /// The millisecond at which one is to begin.
    pub fn deadline(&self) -> Option<u64> {
        (self.wanted && !self.runs()).then_some(self.not_before_ms)
    }

    /// For how many milliseconds automatic rewrites wait after that many failures: a minute, two, four …
    fn pause_ms(&self) -> u64 {
        match self.failures.checked_sub(FAILURES_BEFORE_WAITING) {
            None => 0,
            Some(more) => (1 << more.min(10)).min(WAIT_MAX_MINUTES) * 60_000,
        }
    }
}

impl Server {
    /// BGREWRITEAOF: the reply. Redis: `bgrewriteaofCommand`.
    pub(crate) fn ask_for_rewrite(&mut self, in_transaction: bool) -> Result<&'static str, &'static str> {
        let now_ms = self.time.millis;
        let rewrite = &mut self.persistence.aof.rewrite;
        if rewrite.runs() {
            return Err("ERR Background append only file rewriting already in progress");
        }
        let later = self.persistence.snapshot.is_some() || in_transaction;
        rewrite.failures = if later { 0 } else { rewrite.failures };
        if self.process.has_disk {
            rewrite.ask(now_ms);
        }
        Ok(match later {
            true => "Background append only file rewriting scheduled",
            false => "Background append only file rewriting started",
        })
    }

    /// Begins what is due of a rewrite: the rewrite itself, or its finish. At the end of a turn.
    pub(super) fn go_on_rewriting(&mut self) {
        if matches!(self.persistence.aof.rewrite.stage, Stage::Walked) && !self.persistence.aof.log.is_busy()
        {
            self.finish_rewrite();
        }
        self.ask_if_grown();
        let rewrite = &self.persistence.aof.rewrite;
        if rewrite.wanted
            && !rewrite.runs()
            && rewrite.not_before_ms <= self.time.millis
            && rewrite.abandoned.is_none()
            && self.persistence.snapshot.is_none()
            && !self.persistence.aof.log.is_busy()
        {
            self.begin_rewrite();
        }
    }

    /// The automatic rewrite: the files have grown by `auto-aof-rewrite-percentage` since the last. Redis: `serverCron`.
    fn ask_if_grown(&mut self) {
        if self.is_loading() {
            return;
        }
        let (now_ms, config, aof) = (self.time.millis, &self.config, &mut self.persistence.aof);
        let size = aof.current_bytes();
        let [percentage, least] =
            [config.auto_aof_rewrite_percentage, config.auto_aof_rewrite_min_size_bytes].map(|it| it as u64);
        if aof.state != State::On
            || aof.rewrite.wanted
            || aof.rewrite.runs()
            || percentage == 0
            || size <= least
        {
            return;
        }
        let growth = (size * 100 / aof.base_bytes.max(1)).saturating_sub(100);
        if growth >= percentage && now_ms >= aof.rewrite.not_before_ms {
            tracing::info!("Starting automatic rewriting of AOF on {growth}% growth");
            aof.rewrite.ask(now_ms);
        }
    }

    fn begin_rewrite(&mut self) {
        let (now_ms, now_us) = (self.time.millis, (self.stopwatch)());
        let directory = self.config.appenddirname.clone();
        let is_fresh = self.persistence.aof.state != State::On
            || self.persistence.aof.lost.is_some()
            || self.persistence.aof.log.fault.is_some();
        if is_fresh {
            // What is in memory is all there is to save.
            self.propagation.take();
            self.propagation.set(self.persistence.aof.is_on());
            if let Some(fault) = self.persistence.aof.log.fault.take() {
                self.persistence.aof.lost.get_or_insert_with(|| words(fault.error()));
            }
            self.persistence.aof.log.close();
        }
        self.propagation.forget_db();
        let aof = &mut self.persistence.aof;
        let incr = aof.is_on().then(|| aof.manifest.next_incr(&self.config.appendfilename));
        let mut next = aof.manifest.clone();
        next.incrs.extend(incr.clone());
        let (mut steps, bytes) = match is_fresh {
            true => Default::default(),
            false => self.persistence.aof.log.steps(true, now_ms),
        };
        let log_steps = steps.len();
        steps.push(Step::MakeDirectory(directory.clone()));
        if is_fresh {
            // The directory may be new, and its own name has to be there before anything in it is promised.
            steps.push(Step::SyncDirectory(String::new()));
        }
        if let Some(incr) = &incr {
            steps.extend(self.new_file_steps(&self.aof_path(&incr.name)));
            steps.push(Step::SyncDirectory(directory));
        }
        if !is_fresh {
            steps.extend(self.manifest_steps(&next));
        }
        let id = self.disk.ask(Lane::Log, steps);
        let aof = &mut self.persistence.aof;
        aof.log.started(id, bytes, !is_fresh, now_ms, now_us);
        let rewrite = &mut aof.rewrite;
        rewrite.stage = Stage::Switching(id);
        (rewrite.wanted, rewrite.walked_bytes) = (false, None);
        (rewrite.incr, rewrite.is_fresh, rewrite.log_steps, rewrite.next) = (incr, is_fresh, log_steps, next);
        rewrite.begun += 1;
        rewrite.started_second = Some(self.time.unix_micros / 1_000_000);
        rewrite.is_rdb = self.config.aof_use_rdb_preamble;
        let format = if rewrite.is_rdb { Format::Rdb } else { Format::Commands };
        tracing::info!("Background append only file rewriting started");
        self.cut_hold();
        let temporary = self.temporary_base();
        self.start_snapshot(Purpose::Rewrite, format, temporary);
    }

    fn temporary_base(&self) -> String {
        format!("temp-rewriteaof-bg-{}.aof", self.process.pid)
    }

    /// The snapshot of a rewrite has ended, with so many bytes in its file, which is synced.
    pub(super) fn rewrite_walked(&mut self, result: Result<u64, Failed>) {
        match result {
            Ok(bytes) => {
                let rewrite = &mut self.persistence.aof.rewrite;
                rewrite.walked_bytes = Some(bytes);
                if matches!(rewrite.stage, Stage::Walking) {
                    rewrite.stage = Stage::Walked;
                }
            }
            // The manifest is about to name the new file: nothing may be appended to the old one any more.
            Err(failed) if matches!(self.persistence.aof.rewrite.stage, Stage::Switching(_)) => {
                self.persistence.aof.rewrite.walk_error = Some(failed.error);
            }
            Err(failed) => self.rewrite_failed(&failed.error),
        }
    }

    /// The base gets its name, and the manifest names it and the new file.
    fn finish_rewrite(&mut self) {
        let (now_ms, now_us) = (self.time.millis, (self.stopwatch)());
        let aof = &mut self.persistence.aof;
        let (mut steps, bytes) = match &aof.rewrite.incr {
            Some(_) => aof.log.steps(true, now_ms),
            None => Default::default(),
        };
        let log_steps = steps.len();
        let rewrite = &aof.rewrite;
        let base = aof.manifest.next_base(&self.config.appendfilename, rewrite.is_rdb);
        let mut next = aof.manifest.clone();
        if rewrite.is_fresh {
            next.incrs.extend(rewrite.incr.clone());
        }
        next.rebase(base.clone(), rewrite.incr.is_some());
        steps.push(Step::Rename(self.temporary_base(), self.aof_path(&base.name)));
        steps.push(Step::SyncDirectory(self.config.appenddirname.clone()));
        steps.extend(self.manifest_steps(&next));
        let id = self.disk.ask(Lane::Log, steps);
        let aof = &mut self.persistence.aof;
        aof.log.started(id, bytes, true, now_ms, now_us);
        aof.rewrite.stage = Stage::Finishing(id);
        (aof.rewrite.log_steps, aof.rewrite.next) = (log_steps, next);
        self.cut_hold();
    }

    /// What became of a job of the rewrite.
    pub(super) fn rewrite_job_done(&mut self, part: Part, result: Result<Answer, Failure>) {
        let log_steps = self.persistence.aof.rewrite.log_steps;
        let failure = match (result, part) {
            (Ok(_), Part::Switch) => return self.switched(),
            (Ok(_), Part::Finish) => return self.rewrite_finished(),
            (Err(failure), _) => failure,
        };
        let why = io::Error::from(failure.error.kind());
        if failure.step < log_steps {
            self.log_job_done(Some(failure));
            return self.rewrite_failed(&why);
        }
        self.log_job_done(None);
        self.rewrite_failed(&failure.error);
        let aof = &mut self.persistence.aof;
        let may_be_renamed = failure.step >= log_steps + STEPS_BEFORE_RENAME;
        if part == Part::Switch && may_be_renamed && aof.state == State::On && aof.lost.is_none() {
            // The manifest may name the new file behind the old one by now, and what is appended to the old one would be in
            // the midst.
            aof.log.give_up(failure.error);
            self.lose_file();
        }
    }

    /// The new file is there: it is appended to from now on.
    fn switched(&mut self) {
        self.log_job_done(None);
        let path = self.persistence.aof.rewrite.incr.as_ref().map(|incr| self.aof_path(&incr.name));
        let aof = &mut self.persistence.aof;
        if let Some(path) = path {
            aof.older_bytes += aof.log.size;
            aof.log.open(path, 0);
        }
        if !aof.rewrite.is_fresh {
            aof.manifest = std::mem::take(&mut aof.rewrite.next);
        }
        aof.rewrite.stage = if aof.rewrite.walked_bytes.is_some() { Stage::Walked } else { Stage::Walking };
        if let Some(error) = aof.rewrite.walk_error.take() {
            self.rewrite_failed(&error);
        }
    }

    fn rewrite_finished(&mut self) {
        self.log_job_done(None);
        let aof = &mut self.persistence.aof;
        aof.manifest = std::mem::take(&mut aof.rewrite.next);
        aof.older_bytes = aof.rewrite.walked_bytes.unwrap_or(0);
        aof.base_bytes = aof.current_bytes();
        aof.rewrite.failures = 0;
        if aof.rewrite.incr.is_some() {
            (aof.state, aof.lost) = (State::On, None);
        }
        self.end_rewrite(false);
        self.remove_history();
        tracing::info!("Background AOF rewrite finished successfully");
    }

    fn end_rewrite(&mut self, has_failed: bool) {
        let now = self.time.unix_micros / 1_000_000;
        let rewrite = &mut self.persistence.aof.rewrite;
        rewrite.walk_error = None;
        rewrite.last_seconds = rewrite.current_seconds(now);
        (rewrite.started_second, rewrite.has_failed) = (None, has_failed);
        rewrite.stage = Stage::Idle;
    }

    /// Nothing came of it. Without a file to go on with it is tried again.
    fn rewrite_failed(&mut self, error: &io::Error) {
        tracing::warn!("Background AOF rewrite terminated with error: {}", words(error));
        self.cancel_snapshot(Purpose::Rewrite);
        self.end_rewrite(true);
        let now_ms = self.time.millis;
        let temporary = Step::Remove(self.temporary_base());
        self.disk.ask(Lane::Snapshot, vec![temporary]);
        let aof = &mut self.persistence.aof;
        aof.rewrite.failures += 1;
        aof.rewrite.not_before_ms = now_ms + aof.rewrite.pause_ms();
        if aof.rewrite.is_fresh {
            aof.log.close();
            aof.rewrite.retry_at(now_ms);
            self.propagation.set(false);
        }
    }

    /// A rewrite that runs ends, for nobody needs it any more.
    pub(super) fn cancel_rewrite(&mut self) {
        let aof = &mut self.persistence.aof;
        aof.rewrite.wanted = false;
        if aof.rewrite.runs() {
            // A job may be on its way that has the manifest name the new file: it goes with the next history. What was recorded
            // last comes into it, for the old one is not the last any more.
            let is_named = !aof.rewrite.is_fresh && !matches!(aof.rewrite.stage, Stage::Switching(_));
            if let Some(incr) = aof.rewrite.incr.take().filter(|_| !is_named) {
                if !aof.rewrite.is_fresh {
                    aof.log.open(format!("{}/{}", self.config.appenddirname, incr.name), 0);
                }
                aof.manifest.history.push(incr);
            }
            aof.rewrite.abandoned = match aof.rewrite.stage {
                Stage::Switching(job) => Some((job, Part::Switch)),
                Stage::Finishing(job) => Some((job, Part::Finish)),
                _ => aof.rewrite.abandoned,
            };
            self.cancel_snapshot(Purpose::Rewrite);
            self.end_rewrite(false);
        }
    }

    /// What became of the job of a rewrite that was given up. If it has made a base, the manifest on the disk names that now, and it
    /// goes with the next history as every base does.
    pub(super) fn abandoned_job_done(&mut self, is_done: bool) {
        let aof = &mut self.persistence.aof;
        let Some((_, Part::Finish)) = aof.rewrite.abandoned.take() else { return };
        let next = std::mem::take(&mut aof.rewrite.next);
        if is_done {
            aof.manifest = next;
        } else {
            // It may have its name all the same.
            aof.manifest.history.extend(next.base);
            let temporary = Step::Remove(self.temporary_base());
            self.disk.ask(Lane::Snapshot, vec![temporary]);
        }
    }
}
