//! The disk of the event loop: a thread for each lane does what the server has asked for, and wakes the loop when it is
//! done.
//!
//! Redis: `src/bio.c` (`bioSubmitJob`, `bioProcessBackgroundJobs`), and `aofWrite` in `src/aof.c`.
//!
//! What the server expects to be short is done at once by the loop, as in Redis: an append, which is a copy into the kernel, and
//! under `appendfsync always` the sync behind it while the disk is quick. While the thread has work of that lane the job waits
//! behind it.
//!
//! Different on purpose: Redis has threads for closing and syncing files, and forks to write snapshots. Here one thread
//! writes snapshots, too, and the loop waits for neither.

mod files;

use crate::server::persistence::disk::{Failure, Job, JobId, Lane, Outcome};
use files::Files;
use mio::Waker;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A job's name, and what became of it.
type Told = (JobId, Outcome);

/// Both lanes, and what they have to tell.
pub(super) struct Disk {
    log: Worker,
    snapshot: Worker,
    told: Receiver<(Lane, Told)>,
}

/// A lane's thread, as the loop sees it.
struct Worker {
    jobs: Sender<Job>,
    /// Jobs that the thread was given and has not told the end of.
    in_flight: usize,
    /// Its files: the loop's while nothing is in flight.
    files: Arc<Mutex<Files>>,
}

impl Worker {
    fn start(
        lane: Lane,
        name: &str,
        root: &Path,
        tell: Sender<(Lane, Told)>,
        waker: Arc<Waker>,
    ) -> io::Result<Worker> {
        let (jobs, todo) = channel::<Job>();
        let files = Arc::new(Mutex::new(Files::new(root.into(), lane == Lane::Snapshot)));
        let own = files.clone();
        let work = move || {
            for Job { id, steps, .. } in todo {
                let result = own.lock().unwrap_or_else(PoisonError::into_inner).run(steps);
                // Both fail only when the loop is gone.
                if tell.send((lane, (id, result))).is_err() || waker.wake().is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name(name.into()).spawn(work)?;
        Ok(Worker { jobs, in_flight: 0, files })
    }
}

impl Disk {
    /// Starts the threads; they end with this. Paths of jobs begin at `root`. The waker is used whenever there is something
    /// to tell.
    pub(super) fn start(root: &Path, waker: Arc<Waker>) -> io::Result<Disk> {
        let (tell, told) = channel();
        Ok(Disk {
            log: Worker::start(Lane::Log, "disk: log", root, tell.clone(), waker.clone())?,
            snapshot: Worker::start(Lane::Snapshot, "disk: snapshot", root, tell, waker)?,
            told,
        })
    }

    /// Begins a job, or does it at once if it is short and nothing is before it: then this is what became of it.
    pub(super) fn begin(&mut self, job: Job) -> Option<Outcome> {
        let worker = match job.lane {
            Lane::Log => &mut self.log,
            Lane::Snapshot => &mut self.snapshot,
        };
        if job.is_short && worker.in_flight == 0 {
            return Some(worker.files.lock().unwrap_or_else(PoisonError::into_inner).run(job.steps));
        }
        if worker.jobs.send(job).is_err() {
            // The thread is gone, which a panic would have to do: nothing was done of the job.
            let error = io::Error::other("the disk's thread has ended");
            return Some(Err(Failure { step: 0, error }));
        }
        worker.in_flight += 1;
        None
    }

    /// The next job that a thread has done.
    pub(super) fn next_told(&mut self) -> Option<Told> {
        if self.log.in_flight + self.snapshot.in_flight == 0 {
            return None;
        }
        let (lane, told) = self.told.try_recv().ok()?;
        match lane {
            Lane::Log => self.log.in_flight -= 1,
            Lane::Snapshot => self.snapshot.in_flight -= 1,
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests;
