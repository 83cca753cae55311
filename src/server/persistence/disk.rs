//! What the server asks of the disk: jobs, and how their end is told.
//!
//! Redis: the calls of `open`, `write`, `fsync`, `rename` and `unlink` in `src/aof.c` and `src/rdb.c`, and the queue of
//! `src/bio.c`.
//!
//! The server opens no file. It puts a [`Job`] in the queue, a few [`Step`]s that are done in order until one fails; at the
//! end of the turn the [`super::super::turn::Sink`] is handed it, and does it at once or says later what became of it
//! ([`Server::disk_done`]). The loop has a thread for each [`Lane`]; a test is a disk of its own, and may lie.
//!
//! *Invariant:* jobs of one lane are done, and told, in the order in which they were asked for. Lanes run beside each other.

use crate::persist::finish::Finisher;
use crate::persist::write::Unfinished;
use crate::server::Server;
use crate::server::turn::Sink;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// The name of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Which of the disk's queues a job stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// The append-only file and its manifest: clients may wait for it.
    Log,
    /// Snapshots: long, and nobody's reply but SAVE's hangs on it.
    Snapshot,
}

/// Something to be done with a file. Paths are relative to the directory of the process (`dir`), with `/` between their parts.
#[derive(Debug)]
pub enum Step {
    /// Makes a directory, with mode 0700. It may be there.
    MakeDirectory(String),
    /// Makes an empty file with mode 0600, or empties the one that is there.
    Create(String),
    /// Writes bytes behind the end of a file that is there. They are shared with whoever may have to write them again.
    Append(String, Arc<Vec<u8>>),
    /// The same with what the finisher makes of these pieces, in this order: [`Finisher::finish`] is called for each, on the
    /// disk's thread. If it is the last step, the finisher comes back: [`Answer::Finished`].
    AppendEncoded {
        /// The file.
        path: String,
        /// What a snapshot has encoded.
        pieces: Vec<Unfinished>,
        /// What makes the bytes of it.
        finisher: Box<Finisher>,
    },
    /// Cuts a file to a length.
    Truncate(String, u64),
    /// Returns when all that was appended to the file is on the disk. After an error it is unknown what is, for good.
    Sync(String),
    /// Returns when the names in a directory are on the disk, and what was renamed in it. The empty path: `dir` itself.
    SyncDirectory(String),
    /// Gives a file another name, in place of a file that has it.
    Rename(String, String),
    /// Removes a file. It may be missing.
    Remove(String),
    /// Reads up to so many bytes from a place on: fewer only at the end of the file. The answer to a job is what its last
    /// step has read.
    Read {
        /// The file.
        path: String,
        /// The place of the first byte.
        from: u64,
        /// How many bytes at most.
        most: usize,
    },
    /// How long a file is: [`Answer::Length`].
    Length(String),
    /// The names in a directory, in no order: [`Answer::Names`]. None if it is missing.
    List(String),
}

/// What a job has brought, that of its last step.
#[derive(Debug, Default)]
pub enum Answer {
    /// It was done.
    #[default]
    Done,
    /// What was read.
    Bytes(Vec<u8>),
    /// A length in bytes.
    Length(u64),
    /// Names of files.
    Names(Vec<String>),
    /// What was encoded is written, and the finisher is ready for more.
    Finished(Box<Finisher>),
}

impl PartialEq for Answer {
    /// A finisher is like no other.
    fn eq(&self, other: &Answer) -> bool {
        match (self, other) {
            (Answer::Done, Answer::Done) => true,
            (Answer::Bytes(one), Answer::Bytes(other)) => one == other,
            (Answer::Length(one), Answer::Length(other)) => one == other,
            (Answer::Names(one), Answer::Names(other)) => one == other,
            _ => false,
        }
    }
}

/// Why a job was not done to its end: steps before this one were, those after it were not begun.
#[derive(Debug)]
pub struct Failure {
    /// Which step failed, counted from 0.
    pub step: usize,
    /// The error of the operating system.
    pub error: io::Error,
}

/// What became of a job.
pub type Outcome = Result<Answer, Failure>;

/// A few steps, done in order until one fails.
#[derive(Debug)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Its queue.
    pub lane: Lane,
    /// What is to be done.
    pub steps: Vec<Step>,
    /// Whether it is expected to be short: the turn may wait for it, if no other job of its lane runs.
    pub is_short: bool,
}

impl Job {
    /// Whether it appends to the log and does nothing else.
    pub fn only_appends(&self) -> bool {
        self.lane == Lane::Log && self.steps.iter().all(|step| matches!(step, Step::Append(..)))
    }
}

/// The queue of what is to be asked of the disk at the end of this turn.
#[derive(Default)]
pub struct Disk {
    jobs: VecDeque<Job>,
    next: u64,
}

impl Disk {
    /// Asks for a job that may take long. Returns its name, by which its end will be told.
    pub fn ask(&mut self, lane: Lane, steps: Vec<Step>) -> JobId {
        self.push(lane, steps, false)
    }

    /// Asks for a job that is expected to be short ([`Job::is_short`]).
    pub fn ask_short(&mut self, lane: Lane, steps: Vec<Step>) -> JobId {
        self.push(lane, steps, true)
    }

    fn push(&mut self, lane: Lane, steps: Vec<Step>, is_short: bool) -> JobId {
        let id = JobId(self.next);
        self.next += 1;
        self.jobs.push_back(Job { id, lane, steps, is_short });
        id
    }

    /// Whether something is to be asked: the turn is due at once.
    pub(crate) fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }
}

impl Server {
    /// Hands the sink what is asked of the disk; what it does at once is done before anything is written to clients. An append holds
    /// up the turn, and is timed. Redis: the events of `flushAppendOnlyFile`.
    pub(in crate::server) fn hand_over_jobs(&mut self, sink: &mut impl Sink) {
        while let Some(job) = self.disk.jobs.pop_front() {
            let is_timed = self.config.latency_threshold_ms != 0 && job.only_appends();
            let (id, began) = (job.id, is_timed.then(|| (self.stopwatch)()));
            let result = sink.start(job);
            if let Some(began) = began {
                let took_us = (self.stopwatch)().saturating_sub(began);
                let beside_a_snapshot = self.persistence.snapshot.is_some();
                let event = if beside_a_snapshot { "aof-write-active-child" } else { "aof-write-alone" };
                self.sample_latency(event, took_us);
                self.sample_latency("aof-write", took_us);
            }
            if let Some(result) = result {
                self.disk_done(id, result);
            }
        }
    }

    /// A job has ended. Between turns, or at any moment in one where no command runs.
    pub fn disk_done(&mut self, id: JobId, result: Outcome) {
        if self.aof_owns(id) {
            self.aof_job_done(id, result);
        } else if self.snapshot_owns(id) {
            self.snapshot_job_done(result);
        } else if self.persistence.save.owns(id) {
            self.save_renamed(result);
        } else if self.persistence.loading.owns(id) {
            self.loading_told(id, result);
        } else if self.persistence.loading.saves_for(id) {
            self.reload_saved(id, result);
        }
    }
}
