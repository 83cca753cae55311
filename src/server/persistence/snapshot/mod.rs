//! The snapshot: all keys as they were at one moment, encoded bit by bit while commands go on to change them.
//!
//! Redis: `rdbSaveBackground` and `rdbSaveRio` in `src/rdb.c`, `rewriteAppendOnlyFileBackground` in `src/aof.c`.
//!
//! ```text
//!            the walk: about a millisecond in each turn ─┐
//! keys ──────────────────────────────────────────────────┴─► one piece ─► the disk's thread: compress, checksum, append
//!   └── a key that is about to change, ahead of the walk ─┘
//! ```
//!
//! Different on purpose: there is no `fork`. The walk goes through the databases by number and through each of them by place
//! ([`picture`]). Commands run between its steps, and a rule keeps the picture that of the start: *before a key that is not
//! saved yet is changed or removed, it is encoded as it still is, and marked* ([`changes`]). A key that is added is marked as
//! well, as it is not in the picture. The walk passes over what is marked. So each key of the start is saved once, with the
//! value that it had.
//!
//! What that costs:
//! - Without a snapshot: a look at an `Option` in each write.
//! - Each turn: the pace ([`pace`]) of a millisecond, unless the piece before is still being written.
//! - The first write to a key: encoding its value, which is little more than copying its bytes; compression is the other
//!   thread's work. A command that changes a large value that is not saved yet, or the one value that is in the midst of being
//!   saved, waits until all of it is copied. Nothing else waits for a large value: the walk cuts it by its budget. Streams are
//!   not copied: their blocks are shared, and a command that changes a shared block copies that one
//!   ([`crate::stream::index`]).
//! - Memory: two pieces, one being made and one being written, and what was encoded ahead of the walk while the last piece was
//!   written. In the worst case (a slow disk, and writes to every key) that is the size of all values that were changed, as it
//!   is after a `fork`; but of the values, not of the pages that they lie in.
//! - A flushed database stays in memory until the walk has been through it.
//!
//! When a key was last used is noted as it is when the key is encoded, not as it was at the start.

mod changes;
pub mod pace;
mod pen;
mod picture;

use super::disk::{Answer, Failure, JobId, Lane, Step};
use crate::keyspace::dict::Place;
use crate::keyspace::last_use::{Clock, Rates};
use crate::keyspace::{Item, Keyspace};
use crate::persist::budget::Budget;
use crate::persist::finish::Finisher;
use crate::persist::rdb_save::{Form, Usage};
use crate::persist::write::Unfinished;
use crate::server::Server;
use crate::server::evict::rates;
use crate::steps::{readable, step};
use pen::{Partial, Pen};
use picture::Picture;
use std::collections::VecDeque;
use std::sync::Arc;

/// What a snapshot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The file that SAVE and its like write.
    Save,
    /// The base of the append-only file.
    Rewrite,
}

/// What a snapshot is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An RDB file.
    Rdb,
    /// The commands that make the keys.
    Commands,
}

/// How a snapshot has failed.
#[derive(Debug)]
pub struct Failed {
    /// What was being done, as Redis names it in its log.
    pub doing: &'static str,
    /// The error of the operating system.
    pub error: std::io::Error,
}

/// A snapshot that is being made.
pub struct Snapshot {
    purpose: Purpose,
    format: Format,
    /// The file that is written.
    path: String,
    /// What keys are marked with.
    number: u32,
    picture: Picture,
    form: Form,
    usage: UsagePolicy,
    /// What the walk encodes.
    file: Pen,
    /// The value that the walk is in the midst of.
    partial: Option<Partial>,
    /// What was encoded ahead of the walk in the midst of a value, and comes behind it.
    ahead: Pen,
    /// What is encoded and not handed to the disk.
    pieces: VecDeque<Unfinished>,
    /// The same of what was encoded ahead of the walk.
    pieces_ahead: VecDeque<Unfinished>,
    /// Makes the bytes of the file. None: it is on its way with a job.
    finisher: Option<Box<Finisher>>,
    /// How many bytes the file has.
    size: u64,
    stage: Stage,
    /// The job that the disk does.
    in_flight: Option<JobId>,
    /// How many keys are saved.
    pub saved: usize,
    /// The most bytes that ever were encoded and not written.
    pub peak_bytes: usize,
    /// The bytes in the job that the disk does.
    bytes_in_flight: usize,
    /// The millisecond before which `rdb-key-save-delay` has the walk wait.
    next_step_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There are keys to be saved.
    Walking,
    /// All that is missing is what is encoded.
    Draining,
    /// The disk has the last job.
    Closing,
}

/// What is noted of the use of keys: what the policy of eviction asks for.
#[derive(Clone, Copy)]
enum UsagePolicy {
    Nothing,
    Idle,
    Frequency,
}

/// What it takes to note the use of a key.
#[derive(Clone, Copy)]
struct UsageClock {
    clock: Clock,
    rates: Rates,
}

impl Server {
    /// Begins a snapshot: of this moment. There must be none. When it has ended, the one that has asked is told; until
    /// then its file has no meaning.
    pub(super) fn start_snapshot(&mut self, purpose: Purpose, format: Format, path: String) {
        let form = self.snapshot_form();
        let usage = match self.config.maxmemory_policy.rsplit('-').next() {
            Some("lru") => UsagePolicy::Idle,
            Some("lfu") => UsagePolicy::Frequency,
            _ => UsagePolicy::Nothing,
        };
        let mut file = match format {
            Format::Rdb => Pen::File(self.beginning_of_file(form, purpose)),
            Format::Commands => Pen::Commands(self.beginning_of_commands(), None),
        };
        self.library_codes().for_each(|code| file.library(code));
        let number = self.persistence.next_snapshot();
        step!(SnapshotBegun {
            file: path.clone(),
            keys: self.keyspace.in_use().map(|(_, db)| db.len()).sum()
        });
        let created = self.disk.ask(Lane::Snapshot, vec![Step::Create(path.clone())]);
        self.persistence.snapshot = Some(Snapshot {
            purpose,
            path,
            number,
            picture: Picture::of(&self.keyspace),
            form,
            usage,
            partial: None,
            ahead: file.another(form),
            file,
            format,
            pieces: VecDeque::new(),
            pieces_ahead: VecDeque::new(),
            finisher: Some(Box::new(Finisher::new(form.compress, self.config.rdbchecksum))),
            size: 0,
            stage: Stage::Walking,
            in_flight: Some(created),
            saved: 0,
            peak_bytes: 0,
            bytes_in_flight: 0,
            next_step_ms: 0,
        });
    }

    /// Encodes what the pace allows and hands it to the disk, unless that still writes the last piece. Once in a turn.
    pub(in crate::server) fn snapshot_step(&mut self) {
        if self.persistence.snapshot.is_none() || self.snapshot_waits() {
            return;
        }
        let began = (self.stopwatch)();
        let (use_clock, delay_us) = (self.use_clock(), self.config.rdb_key_save_delay);
        let Server { persistence, keyspace, disk, time, .. } = self;
        let super::Persistence { snapshot: Some(snapshot), pace, .. } = persistence else { return };
        let mut budget = pace.budget();
        if let 1.. = delay_us {
            // Redis's tests want a snapshot that takes long.
            budget.elements = 1;
            snapshot.next_step_ms = time.millis + (delay_us as u64).div_ceil(1000);
        }
        snapshot.walk(keyspace, use_clock, &mut budget);
        let job = snapshot.next_job();
        snapshot.in_flight = job.map(|steps| disk.ask(Lane::Snapshot, steps));
        if budget.is_spent() && delay_us <= 0 {
            pace.took((self.stopwatch)().saturating_sub(began));
        }
    }

    /// Whether a turn has nothing to encode: there is no snapshot, or its last piece is being written.
    fn snapshot_waits(&self) -> bool {
        self.persistence
            .snapshot
            .as_ref()
            .is_none_or(|snapshot| snapshot.in_flight.is_some() || snapshot.next_step_ms > self.time.millis)
    }

    /// The millisecond at which a turn is due to go on with a snapshot; None: it waits for the disk, or there is none.
    pub(in crate::server) fn snapshot_deadline(&self) -> Option<u64> {
        let snapshot = self.persistence.snapshot.as_ref()?;
        snapshot.in_flight.is_none().then(|| snapshot.next_step_ms.max(self.time.millis))
    }

    /// Whether the snapshot waits for this job.
    pub(super) fn snapshot_owns(&self, job: JobId) -> bool {
        self.persistence.snapshot.as_ref().is_some_and(|snapshot| snapshot.in_flight == Some(job))
    }

    /// The job of the snapshot has ended.
    pub(super) fn snapshot_job_done(&mut self, result: Result<Answer, Failure>) {
        let Some(snapshot) = &mut self.persistence.snapshot else { return };
        snapshot.in_flight = None;
        snapshot.bytes_in_flight = 0;
        match result {
            Err(failure) => {
                let doing = snapshot.failing_step(failure.step);
                self.end_snapshot(Err(Failed { doing, error: failure.error }));
            }
            Ok(Answer::Length(bytes)) if snapshot.stage == Stage::Closing => {
                step!(SnapshotSynced { file: snapshot.path.clone(), size: bytes });
                self.end_snapshot(Ok(bytes));
            }
            Ok(Answer::Finished(finisher)) => snapshot.finished(finisher),
            Ok(_) => {}
        }
    }

    fn end_snapshot(&mut self, result: Result<u64, Failed>) {
        let Some(snapshot) = self.persistence.snapshot.take() else { return };
        if result.is_err() {
            self.disk.ask(Lane::Snapshot, vec![Step::Remove(snapshot.path.clone())]);
        }
        match snapshot.purpose {
            Purpose::Save => self.save_snapshot_ended(snapshot.path, snapshot.peak_bytes, result.map(|_| ())),
            Purpose::Rewrite => self.rewrite_walked(result),
        }
        self.start_waiting_save();
    }

    /// Gives up the snapshot, if it has this purpose. Its file is removed.
    pub(super) fn cancel_snapshot(&mut self, purpose: Purpose) {
        if let Some(snapshot) = self.persistence.snapshot.take_if(|snapshot| snapshot.purpose == purpose) {
            self.disk.ask(Lane::Snapshot, vec![Step::Remove(snapshot.path)]);
            self.start_waiting_save();
        }
    }

    fn use_clock(&self) -> UsageClock {
        UsageClock { clock: self.key_clock(), rates: rates(&self.config) }
    }
}

impl Snapshot {
    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// How many keys there were at the start.
    pub fn keys(&self) -> usize {
        self.picture.keys
    }

    /// How many bytes are encoded and not written: those that were copied, as blocks of streams are shared.
    pub fn held_bytes(&self) -> usize {
        let pieces: usize = self.pieces.iter().chain(&self.pieces_ahead).map(Unfinished::copied).sum();
        self.bytes_in_flight + pieces + self.file.copied() + self.ahead.copied()
    }

    /// The disk has appended what it was given, and returns the maker of the file's bytes.
    fn finished(&mut self, finisher: Box<Finisher>) {
        let size = finisher.made();
        let bytes = (size - self.size) as usize;
        step!(SnapshotGrown { file: self.path.clone(), bytes, size });
        self.size = size;
        self.finisher = Some(finisher);
    }

    /// Encodes keys until the budget is spent.
    fn walk(&mut self, keyspace: &Keyspace, use_clock: UsageClock, budget: &mut Budget) {
        while self.stage == Stage::Walking && !budget.is_spent() {
            let Some(database) = self.picture.current() else {
                self.file.end();
                self.stage = Stage::Draining;
                return;
            };
            if !std::mem::replace(&mut database.is_announced, true) {
                self.file.database(database.number, database.sizes);
            }
            let (number, from) = (database.number, database.progress);
            let found = database.next(keyspace, budget.elements);
            let is_marked = found.is_some_and(|(_, item)| item.snapshot == self.number);
            let is_saved = match found {
                Some((key, item)) if !is_marked => {
                    let mut partial = self.partial.take().unwrap_or_else(|| {
                        budget.spend(key.len(), 1);
                        begin_key(&mut self.file, number, (key, item), self.usage, use_clock)
                    });
                    let is_whole = self.file.value(&mut partial, key, item, budget);
                    if is_whole {
                        step!(KeySaved { db: number, key: readable(key) });
                    }
                    self.partial = (!is_whole).then_some(partial);
                    is_whole
                }
                _ => false,
            };
            database.progress += Place::from(is_saved || is_marked);
            budget.spend(0, (database.progress - from) as usize);
            if database.is_finished() {
                self.picture.finish_current();
            }
            if is_saved {
                self.value_is_whole();
            }
        }
    }

    /// The value that the walk was in the midst of is saved: what was encoded meanwhile follows.
    fn value_is_whole(&mut self) {
        self.saved += 1;
        if !self.ahead.is_empty() || !self.pieces_ahead.is_empty() {
            self.pieces.push_back(self.file.take());
            self.pieces.append(&mut self.pieces_ahead);
            self.pieces.push_back(self.ahead.take());
            // It has another database selected now.
            self.file = self.file.another(self.form);
            self.ahead = self.file.another(self.form);
        }
    }

    /// What the disk is to do next; None: nothing is encoded yet.
    fn next_job(&mut self) -> Option<Vec<Step>> {
        if !self.file.is_empty() {
            self.pieces.push_back(self.file.take());
        }
        self.peak_bytes = self.peak_bytes.max(self.held_bytes());
        self.bytes_in_flight = self.pieces.iter().map(Unfinished::copied).sum();
        let path = self.path.clone();
        if !self.pieces.is_empty() {
            let pieces = self.pieces.drain(..).collect();
            let finisher = self.finisher.take()?;
            return Some(vec![Step::AppendEncoded { path, pieces, finisher }]);
        }
        if self.stage == Stage::Walking {
            return None;
        }
        self.stage = Stage::Closing;
        let end = match self.format {
            Format::Rdb => self.finisher.take()?.end().to_vec(),
            Format::Commands => Vec::new(),
        };
        Some(vec![Step::Append(path.clone(), Arc::new(end)), Step::Sync(path.clone()), Step::Length(path)])
    }

    /// What the disk was doing when a step of its job failed.
    fn failing_step(&self, step: usize) -> &'static str {
        match (self.stage, step) {
            (Stage::Closing, 1) => "fsync",
            _ if self.finisher.is_some() => "fopen",
            _ => "rdbSaveRio",
        }
    }
}

/// Writes what stands before a value.
fn begin_key(
    file: &mut Pen,
    database: u32,
    (key, item): (&[u8], &Item),
    usage: UsagePolicy,
    now: UsageClock,
) -> Partial {
    let usage = match usage {
        UsagePolicy::Nothing => None,
        UsagePolicy::Idle => Some(Usage::Idle(item.last_use.idle_seconds(now.clock).into())),
        UsagePolicy::Frequency => Some(Usage::Frequency(item.last_use.frequency(now.clock, now.rates))),
    };
    file.key(database, key, item, usage)
}
