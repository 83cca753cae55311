//! The disk of the server inside the process: one in memory, that does what it is asked between the turns, and takes its time
//! for a sync if it is told so.
//!
//! Redis has no counterpart.

use crate::server::persistence::disk::{Answer, Failure, Job, JobId, Step};
use crate::server::persistence::memory_disk::MemoryDisk;
use std::collections::VecDeque;

/// The files, and what the server has asked for.
#[derive(Default)]
pub struct SlowDisk {
    /// The files.
    pub disk: MemoryDisk,
    /// How long a sync takes, in milliseconds; all else takes no time.
    pub sync_ms: u64,
    /// What is to be done, each job with the millisecond at which it is.
    jobs: VecDeque<(u64, Job)>,
}

impl SlowDisk {
    /// The server has asked for a job.
    pub fn start(&mut self, job: Job, now_ms: u64) {
        let syncs = job.steps.iter().any(|step| matches!(step, Step::Sync(_)));
        self.jobs.push_back((now_ms + if syncs { self.sync_ms } else { 0 }, job));
    }

    /// Does the first job whose time has come, and returns what the server is to be told.
    pub fn run(&mut self, now_ms: u64) -> Option<(JobId, Result<Answer, Failure>)> {
        let at = self.jobs.iter().position(|&(done_ms, _)| done_ms <= now_ms)?;
        let (_, job) = self.jobs.remove(at)?;
        Some(self.disk.run(job))
    }
}
