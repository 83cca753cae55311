//! A disk that does what a disk may do: it forgets, tears, reorders, fails and is late, as a seed says.
//!
//! | what | what programs see | what a power cut leaves |
//! |---|---|---|
//! | Append, Truncate, Create of a file that is there | at once | until the file's Sync has returned: of each file the first so many changes, the next one torn at any byte; with [`Rest::Blocks`] any 512-byte blocks in any of their versions, zeros where nothing was ever written |
//! | Sync that returns | – | all of it, for good |
//! | Sync that fails | as before | part of it, as in a power cut; the rest counts as written, and no later Sync brings it (fsyncgate) |
//! | Create, MakeDirectory, Remove | at once | any subset of them, until SyncDirectory of the directory that they are in; the Sync of a file does not keep its name |
//! | Rename | at once | the old state or the new one, never neither, until SyncDirectory of the new name's directory |
//! | SyncDirectory that fails | as before | as before; one that returns later keeps what it says |
//! | a directory whose own name is lost | – | all that is in it is lost, too |
//! | Append that fails | the first bytes, any number | as above |
//! | any other call that fails | nothing | nothing |
//! | kill of the process ([`Rest::All`]) | – | everything |
//!
//! A job is done call by call, a step each; the two lanes take turns as the seed says, and the power may go before and after each
//! call. What became of a job is told some turns later, in the order of its lane.

use super::data::Rest;
use super::files::Files;
use super::random::Random;
use cutaway::server::persistence::disk::{Answer, Failure, Job, JobId, Lane, Outcome, Step};
use std::collections::VecDeque;
use std::io;

/// `EIO` and `ENOSPC`.
pub const ERRORS: [i32; 2] = [5, 28];

/// The place of [`Lane::Log`].
const LOG: usize = 0;

/// How a disk behaves.
#[derive(Clone, Debug)]
pub struct Manners {
    /// An answer comes up to so many turns late.
    pub late: usize,
    /// Whether a short job is done at once when its lane is idle, as the event loop does it.
    pub at_once: bool,
    /// One call in so many fails; 0: none.
    pub fails_one_in: usize,
    /// What a failed Sync leaves.
    pub after_failed_sync: Rest,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners { late: 0, at_once: false, fails_one_in: 0, after_failed_sync: Rest::Prefix }
    }
}

/// A call that was made.
#[derive(Debug)]
pub struct Call {
    /// The job that it belongs to.
    pub job: JobId,
    /// What it was.
    pub kind: Kind,
    /// The file or directory; the new name.
    pub path: String,
    /// Its error.
    pub error: Option<io::Error>,
}

/// What a call does, as far as promises hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Makes or empties a file.
    Create,
    /// Appends.
    Append,
    /// Syncs a file.
    Sync,
    /// Syncs a directory.
    SyncDirectory,
    /// Renames.
    Rename,
    /// Anything else that changes something.
    Change,
    /// Changes nothing.
    Look,
}

/// A job and the step that comes next.
#[derive(Debug)]
struct Running {
    id: JobId,
    steps: std::vec::IntoIter<Step>,
    done: usize,
    answer: Answer,
    is_at_once: bool,
}

/// The queue of one lane.
#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Running>,
    /// What is to be told from which turn on.
    outcomes: VecDeque<(u64, JobId, Outcome)>,
}

/// The disk.
#[derive(Debug)]
pub struct Disk {
    /// The files.
    pub files: Files,
    /// How it behaves.
    pub manners: Manners,
    lanes: [Queue; 2],
    done_at_once: Option<Outcome>,
    turn: u64,
    random: Random,
}

impl Disk {
    /// A disk with these files.
    pub fn new(files: Files, manners: Manners, random: Random) -> Disk {
        Disk { files, manners, lanes: Default::default(), done_at_once: None, turn: 0, random }
    }

    /// Takes a job.
    pub fn start(&mut self, job: Job) {
        let lane = &mut self.lanes[if job.lane == Lane::Log { LOG } else { 1 }];
        let is_idle = lane.jobs.is_empty() && lane.outcomes.is_empty();
        let is_at_once = job.is_short && self.manners.at_once && job.lane == Lane::Log && is_idle;
        let steps = job.steps.into_iter();
        lane.jobs.push_back(Running { id: job.id, steps, done: 0, answer: Answer::Done, is_at_once });
    }

    /// Makes the next call of the job that is to be done before the turn goes on; None: there is no such job.
    pub fn call_at_once(&mut self) -> Option<Call> {
        let is_at_once = self.lanes[LOG].jobs.front().is_some_and(|running| running.is_at_once);
        is_at_once.then(|| self.call_of(LOG))
    }

    /// What became of the job that was done at once.
    pub fn done_at_once(&mut self) -> Option<Outcome> {
        self.done_at_once.take()
    }

    /// Whether there is nothing to do and nothing to tell.
    pub fn is_idle(&self) -> bool {
        self.lanes.iter().all(|lane| lane.jobs.is_empty() && lane.outcomes.is_empty())
    }

    /// Whether the log has nothing to do and nothing to be told.
    pub fn log_is_idle(&self) -> bool {
        self.lanes[LOG].jobs.is_empty() && self.lanes[LOG].outcomes.is_empty()
    }

    /// Makes the next call of a lane that has one; None: there is none.
    pub fn call(&mut self) -> Option<Call> {
        let busy: Vec<usize> = (0..2).filter(|&lane| !self.lanes[lane].jobs.is_empty()).collect();
        if busy.is_empty() {
            return None;
        }
        let lane = *self.random.choose(&busy);
        Some(self.call_of(lane))
    }

    fn call_of(&mut self, lane: usize) -> Call {
        let running = &mut self.lanes[lane].jobs[0];
        let (id, step) = (running.id, running.steps.next());
        let (mut kind, mut path, mut result) = (Kind::Look, String::new(), Ok(Answer::Done));
        if let Some(step) = step {
            (kind, path) = describe(&step);
            result = self.step(step, kind);
        }
        let running = &mut self.lanes[lane].jobs[0];
        let (error, outcome) = match result {
            Ok(answer) => {
                running.answer = answer;
                running.done += 1;
                let is_done = running.steps.len() == 0;
                (None, is_done.then(|| Ok(std::mem::take(&mut running.answer))))
            }
            Err(error) => {
                let copy = io::Error::from(error.kind());
                (Some(copy), Some(Err(Failure { step: running.done, error })))
            }
        };
        if let Some(outcome) = outcome {
            let is_at_once = running.is_at_once;
            let queue = &mut self.lanes[lane];
            queue.jobs.pop_front();
            if is_at_once {
                self.done_at_once = Some(outcome);
                return Call { job: id, kind, path, error };
            }
            let earlier = queue.outcomes.back().map_or(0, |(turn, ..)| *turn);
            let turn = earlier.max(self.turn + self.random.between(0, self.manners.late) as u64);
            queue.outcomes.push_back((turn, id, outcome));
        }
        Call { job: id, kind, path, error }
    }

    fn step(&mut self, step: Step, kind: Kind) -> io::Result<Answer> {
        let fails = kind != Kind::Look && self.manners.fails_one_in > 0;
        if fails && self.random.one_in(self.manners.fails_one_in) {
            self.fail(&step);
            return Err(io::Error::from_raw_os_error(*self.random.choose(&ERRORS)));
        }
        let files = &mut self.files;
        match step {
            Step::MakeDirectory(path) => files.make_directory(&path)?,
            Step::Create(path) => files.create(&path)?,
            Step::Append(path, bytes) => files.append_part(&path, &bytes, bytes.len())?,
            Step::AppendEncoded { path, pieces, mut finisher } => {
                let file = files.file(&path)?;
                pieces.iter().for_each(|piece| file.append(&finisher.finish(piece)));
                return Ok(Answer::Finished(finisher));
            }
            Step::Truncate(path, length) => files.file(&path)?.set_length(length as usize),
            Step::Sync(path) => files.file(&path)?.sync(),
            Step::SyncDirectory(path) => files.sync_directory(&path)?,
            Step::Rename(from, to) => files.rename(&from, &to)?,
            Step::Remove(path) => files.remove(&path),
            Step::Read { path, from, most } => {
                let bytes = files.file(&path)?.bytes();
                let from = (from as usize).min(bytes.len());
                let end = from.saturating_add(most).min(bytes.len());
                return Ok(Answer::Bytes(bytes[from..end].to_vec()));
            }
            Step::Length(path) => return Ok(Answer::Length(files.file(&path)?.bytes().len() as u64)),
            Step::List(path) => return Ok(Answer::Names(files.list(&path))),
        }
        Ok(Answer::Done)
    }

    /// What a call does that fails.
    fn fail(&mut self, step: &Step) {
        match step {
            Step::Append(path, bytes) => {
                let part = self.random.below(bytes.len() + 1);
                let _ = self.files.append_part(path, bytes, part);
            }
            Step::Sync(path) => {
                if let Ok(file) = self.files.file(path) {
                    file.fail_to_sync(self.manners.after_failed_sync, &mut self.random);
                }
            }
            _ => {}
        }
    }

    /// The next turn begins: what is to be told in it, lane by lane.
    pub fn next_turn(&mut self) -> Vec<(JobId, Outcome)> {
        self.turn += 1;
        let mut told = Vec::new();
        for lane in &mut self.lanes {
            while lane.outcomes.front().is_some_and(|(turn, ..)| *turn <= self.turn) {
                told.extend(lane.outcomes.pop_front().map(|(_, id, outcome)| (id, outcome)));
            }
        }
        told
    }
}

fn describe(step: &Step) -> (Kind, String) {
    let (kind, path) = match step {
        Step::MakeDirectory(path) | Step::Truncate(path, _) | Step::Remove(path) => (Kind::Change, path),
        Step::Create(path) => (Kind::Create, path),
        Step::Append(path, _) | Step::AppendEncoded { path, .. } => (Kind::Append, path),
        Step::Sync(path) => (Kind::Sync, path),
        Step::SyncDirectory(path) => (Kind::SyncDirectory, path),
        Step::Rename(_, to) => (Kind::Rename, to),
        Step::Read { path, .. } | Step::Length(path) | Step::List(path) => (Kind::Look, path),
    };
    (kind, path.clone())
}
