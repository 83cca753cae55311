//! The file that commands are appended to: what waits to be appended, what the disk has, and when it is synced.
//!
//! Redis: `flushAppendOnlyFile` in `src/aof.c`.
//!
//! ```text
//! commands ─► buffer ─► job: append (and sync) ─► told: size, synced
//! ```
//!
//! `appendfsync` decides what a job is:
//!
//! ```text
//! no         append, at the end of each turn
//! everysec   append, at the end of each turn; each second a sync. While a sync runs nothing is appended: the kernel could
//!            have the loop wait for it. What comes meanwhile stays in the buffer
//! always     append and sync, and what clients are owed is held until that is told ([`super::hold`])
//! ```
//!
//! Under `always` the turn waits for the sync, as in Redis, while syncs take [`QUICK_SYNC_US`] or less on average. Nothing could be
//! sent before it has returned, and those who wait for it are one group: during a sync of the thread other clients write, whose sync begins
//! when it has returned, and the two groups go on waiting for each other. A slow disk gets the thread: the loop executes meanwhile
//! what comes, and its deadlines are kept.
//!
//! What has failed:
//! - an append under `everysec` or `no` (the disk is full): it is tried again each second, behind a cut to the length before;
//! - a sync, or anything under `always`: the file is given up ([`Fault::Lost`]). What the kernel has dropped of its pages a
//!   second sync would call written. Only a new file helps: [`super::rewrite`].
//!
//! Invariants:
//! - one job of the log runs at a time;
//! - `synced <= size`, both of the file as the disk has told; the buffer is what comes behind `size`, in order.

use super::disk::{Failure, JobId, Step};
use crate::steps::step;
use std::io;
use std::sync::Arc;

/// How many bytes may wait for a disk that is busy before writes are refused.
pub(super) const BUFFER_MAX: usize = 256 << 20;
/// The turn waits for syncs that take so many microseconds on average.
const QUICK_SYNC_US: u64 = 10_000;
/// By how much a sync changes the average: one part in so many.
const AVERAGE_OF: u64 = 8;
/// A sync that runs for so long is counted, in milliseconds. Redis: the two seconds of `flushAppendOnlyFile`.
const SLOW_SYNC_MS: u64 = 2000;
/// How often a sync begins under `everysec`, and an append that has failed is tried again.
pub(super) const SECOND_MS: u64 = 1000;

/// What is wrong with the log.
#[derive(Debug)]
pub(crate) enum Fault {
    /// An append has failed, and is tried again.
    Append(io::Error),
    /// The file is given up.
    Lost(io::Error),
}

impl Fault {
    pub fn error(&self) -> &io::Error {
        match self {
            Fault::Append(error) | Fault::Lost(error) => error,
        }
    }
}

/// What runs.
#[derive(Debug)]
struct Running {
    id: JobId,
    /// The bytes that are appended.
    bytes: Arc<Vec<u8>>,
    /// How many steps come before the append.
    before: usize,
    syncs: bool,
    /// The millisecond at which it began, and what the stopwatch showed, in microseconds.
    since_ms: u64,
    since_us: u64,
    /// Whether it was counted as slow.
    is_slow: bool,
}

/// What became of the log's job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It was done. `synced`: all that was recorded before it began is on the disk.
    Done {
        /// Whether it was a sync.
        synced: bool,
    },
    /// It has failed, and is tried again.
    TriedAgain,
    /// It has failed, and the file is given up.
    Lost,
}

/// The file that is appended to.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Its path; empty while there is none.
    pub path: String,
    /// What was recorded and is in no job.
    pub buffer: Vec<u8>,
    /// How many bytes the file has.
    pub size: u64,
    /// How many of them are on the disk.
    pub synced: u64,
    running: Option<Running>,
    pub fault: Option<Fault>,
    /// The millisecond at which the last sync began, or the last append was tried.
    last_sync_ms: u64,
    last_try_ms: u64,
    /// How many microseconds a sync takes, on average.
    sync_us: u64,
    /// How many bytes were recorded in all, and how many of these are on the disk: for WAITAOF.
    pub recorded: u64,
    pub durable: u64,
    /// `aof_delayed_fsync`.
    pub delayed_syncs: u64,
}

impl Log {
    /// A file that is there, with so many bytes, all of them on the disk.
    pub fn open(&mut self, path: String, size: u64) {
        (self.path, self.size, self.synced) = (path, size, size);
    }

    /// Whether a job runs.
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Whether a sync runs.
    pub fn is_syncing(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.syncs)
    }

    /// Whether something was not appended yet, or not synced if it is to be: `syncs`.
    pub fn waits(&self, syncs: bool) -> bool {
        !self.buffer.is_empty() || self.is_busy() || (syncs && self.synced < self.size)
    }

    /// What was recorded in this turn.
    pub fn record(&mut self, bytes: Vec<u8>) {
        self.recorded += bytes.len() as u64;
        if self.buffer.is_empty() {
            self.buffer = bytes;
        } else {
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// The steps that append the buffer, and sync if `syncs`, for a caller that adds its own behind them and asks for them all:
    /// [`Log::started`] takes the job.
    pub fn steps(&mut self, syncs: bool, now_ms: u64) -> (Vec<Step>, Arc<Vec<u8>>) {
        let mut steps = Vec::with_capacity(3);
        let bytes = Arc::new(std::mem::take(&mut self.buffer));
        if self.fault.is_some() {
            steps.push(Step::Truncate(self.path.clone(), self.size));
        }
        if !bytes.is_empty() {
            steps.push(Step::Append(self.path.clone(), bytes.clone()));
            self.last_try_ms = now_ms;
        }
        if syncs {
            steps.push(Step::Sync(self.path.clone()));
            self.last_sync_ms = now_ms;
        }
        (steps, bytes)
    }

    /// The job that was asked for with [`Log::steps`], at this time; `since_us` is that of the stopwatch.
    pub fn started(&mut self, id: JobId, bytes: Arc<Vec<u8>>, syncs: bool, since_ms: u64, since_us: u64) {
        if syncs {
            step!(SyncBegun { file: self.path.clone(), bytes: bytes.len() });
        }
        let before = usize::from(self.fault.is_some());
        self.running = Some(Running { id, bytes, before, syncs, since_ms, since_us, is_slow: false });
    }

    /// Whether a sync is expected to be short.
    pub fn syncs_are_quick(&self) -> bool {
        self.sync_us <= QUICK_SYNC_US
    }

    /// Whether that is the job that runs.
    pub fn runs(&self, id: JobId) -> bool {
        self.running.as_ref().is_some_and(|running| running.id == id)
    }

    /// Whether an append may begin now: not before the time has come to try one again that failed.
    pub fn may_append(&self, now_ms: u64) -> bool {
        !self.is_busy()
            && match &self.fault {
                None => true,
                Some(Fault::Append(_)) => now_ms >= self.last_try_ms + SECOND_MS,
                Some(Fault::Lost(_)) => false,
            }
    }

    /// Whether the sync of the second is due.
    pub fn sync_is_due(&self, now_ms: u64) -> bool {
        !self.is_busy()
            && self.fault.is_none()
            && (self.synced < self.size || !self.buffer.is_empty())
            && now_ms >= self.last_sync_ms + SECOND_MS
    }

    /// The millisecond at which something is due; None: nothing is.
    pub fn deadline(&self, everysec: bool) -> Option<u64> {
        match (&self.running, &self.fault) {
            (Some(running), _) => {
                (running.syncs && !running.is_slow).then_some(running.since_ms + SLOW_SYNC_MS)
            }
            (None, Some(Fault::Append(_))) => Some(self.last_try_ms + SECOND_MS),
            (None, Some(Fault::Lost(_))) => None,
            (None, None) => (everysec && self.synced < self.size).then_some(self.last_sync_ms + SECOND_MS),
        }
    }

    /// Counts a sync that takes long. Whether it was counted now.
    pub fn count_slow_sync(&mut self, now_ms: u64) -> bool {
        let Some(running) = &mut self.running else { return false };
        if running.syncs && !running.is_slow && now_ms >= running.since_ms + SLOW_SYNC_MS {
            running.is_slow = true;
            self.delayed_syncs += 1;
            return true;
        }
        false
    }

    /// The job that runs has ended, at this time of the stopwatch. `always`: nothing of it is tried again. Returns what it has
    /// come to, and how long it took in microseconds.
    pub(super) fn told(&mut self, failure: Option<Failure>, always: bool, now_us: u64) -> (Told, u64) {
        let Some(running) = self.running.take() else { return (Told::Done { synced: false }, 0) };
        let took_us = now_us.saturating_sub(running.since_us);
        let Some(failure) = failure else {
            self.size += running.bytes.len() as u64;
            self.fault = None;
            let (bytes, size) = (running.bytes.len(), self.size);
            if bytes > 0 {
                step!(FileGrown { file: self.path.clone(), bytes, size });
            }
            if running.syncs {
                step!(FileSynced { file: self.path.clone(), size });
                self.synced = self.size;
                self.durable = self.recorded - self.buffer.len() as u64;
                self.sync_us = (self.sync_us * (AVERAGE_OF - 1) + took_us) / AVERAGE_OF;
            }
            return (Told::Done { synced: running.syncs }, took_us);
        };
        let appended = !running.bytes.is_empty();
        if always || !appended || failure.step > running.before {
            self.give_up(failure.error);
            return (Told::Lost, took_us);
        }
        // What was recorded meanwhile comes behind it.
        let mut bytes = Arc::unwrap_or_clone(running.bytes);
        bytes.append(&mut self.buffer);
        self.buffer = bytes;
        self.fault = Some(Fault::Append(failure.error));
        (Told::TriedAgain, took_us)
    }

    /// The file is given up, and what it was to be given.
    pub fn give_up(&mut self, error: io::Error) {
        self.buffer = Vec::new();
        self.fault = Some(Fault::Lost(error));
    }

    /// Nothing is appended any more.
    pub fn close(&mut self) {
        *self = Log {
            recorded: self.recorded,
            durable: self.durable,
            delayed_syncs: self.delayed_syncs,
            ..Log::default()
        };
    }
}
