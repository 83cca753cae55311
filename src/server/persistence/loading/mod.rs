//! What is read at the start, or again: a snapshot, or the files of the append-only file.
//!
//! Redis: `src/server.c` (`loadDataFromDisk`), `src/aof.c` (`aofLoadManifestFromDisk`, `loadAppendOnlyFiles`), `src/rdb.c`
//! (`rdbLoad`, `startLoading`, `stopLoading`).
//!
//! ```text
//! mod         the state, and who is told what
//! files       which files there are: names, the manifest, lengths; what is left of files that are needed no longer
//! source      the bytes of a file, read ahead
//! file        one file after the other, a bounded part of it in each turn
//! keys        the keys of a snapshot
//! commands    the commands of an append-only file
//! progress    how far it is
//! reload      DEBUG RELOAD and DEBUG LOADAOF
//! ```
//!
//! 1. [`Server::start_loading`] asks the disk which files there are. Each answer ([`Server::disk_done`]) leads to the next
//!    question, until what is to be loaded is known.
//! 2. At the end of each turn a part of what has been read is loaded, and the next turn is due at once. Clients are served
//!    between: all but a few commands are refused with LOADING, nothing expires, and nothing is evicted or recorded.
//! 3. At the end the append-only file goes on behind what was loaded, or the server cannot start:
//!    [`Server::load_failure`].
//!
//! Different on purpose: a client is accepted only when more is loaded than Redis would load before it looks at its clients
//! ([`Server::lets_clients_in`]), as questions to the disk take a turn here: a start with few keys refuses no command.

mod commands;
mod file;
mod files;
mod keys;
mod progress;
pub(crate) mod reload;
mod source;

use super::aof::State;
use super::disk::{Answer, Failure, JobId};
use crate::base::ids::ClientKey;
use crate::persist::manifest::Manifest;
use crate::server::Server;
use file::Current;
use files::{Planned, Question};
use progress::Progress;
use reload::Waiter;
use std::collections::VecDeque;

/// The state of loading.
#[derive(Default)]
pub(crate) struct Loading {
    is_on: bool,
    /// None while it is worked at, too.
    run: Option<Box<Run>>,
    /// Why the server cannot start.
    failure: Option<String>,
    /// Whether clients wait outside until it is known that the load takes longer.
    holds_clients: bool,
    /// The clients that wait for the file of a RELOAD, and the jobs that write it.
    saving: Vec<(JobId, Waiter)>,
    /// The figures of this load, or of the last.
    pub(crate) progress: Progress,
}

/// Why files are loaded.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// The server starts.
    Start,
    /// DEBUG RELOAD NOSAVE; `merges`: a key of the file replaces one of the same name.
    Reload { client: Waiter, merges: bool },
    /// DEBUG LOADAOF.
    LoadLog { client: Waiter },
}

/// A load that goes on.
struct Run {
    purpose: Purpose,
    /// Whether the append-only file is loaded, or the snapshot alone.
    is_log: bool,
    /// The server's own client.
    client: ClientKey,
    began_us: u64,
    /// Until when `key-load-delay` has been paid, as the stopwatch shows it.
    delayed_us: u64,
    /// Whether the disk was asked anything.
    has_begun: bool,
    /// What the disk was asked last, but for the pieces of the file.
    asked: Option<(JobId, Question)>,
    /// The files of the append-only file.
    manifest: Manifest,
    /// What is to be loaded after the current file.
    files: VecDeque<Planned>,
    /// How many of them have told how long they are.
    measured: usize,
    current: Option<Current>,
    /// How many bytes all files have, and the last of them.
    all_bytes: u64,
    last_bytes: u64,
}

/// What has become of a load.
enum Flow {
    /// It waits for the disk, or for its next turn.
    GoesOn,
    /// Everything is loaded.
    Ended,
}

impl Loading {
    /// Whether a job is one that the load waits for.
    pub(super) fn owns(&self, id: JobId) -> bool {
        self.run.as_ref().is_some_and(|run| {
            run.asked.as_ref().is_some_and(|(asked, _)| *asked == id)
                || run.current.as_ref().is_some_and(|current| current.source.waits_for(id))
        })
    }

    /// Whether a job writes the file of a RELOAD.
    pub(super) fn saves_for(&self, id: JobId) -> bool {
        self.saving.iter().any(|(job, _)| *job == id)
    }
}

impl Server {
    /// Begins to load what a server had that ran before. To be called once, before the first client connects.
    pub fn start_loading(&mut self) {
        if self.process.has_disk {
            self.persistence.loading.holds_clients = true;
            self.begin_loading(Purpose::Start, self.config.appendonly);
        }
    }

    /// Whether files are loaded. Redis: `server.loading`.
    #[inline]
    pub fn is_loading(&self) -> bool {
        self.persistence.loading.is_on
    }

    /// Whether clients are to be accepted: false at the start, until it is known that the load takes longer.
    pub fn lets_clients_in(&self) -> bool {
        !self.persistence.loading.holds_clients
    }

    /// Why the server cannot start; None: it can, or still loads. What led to it is in the log.
    pub fn load_failure(&self) -> Option<&str> {
        self.persistence.loading.failure.as_deref()
    }

    /// Whether there is something to load that is here already: the next turn is due at once.
    pub fn can_load_on(&self) -> bool {
        let run = self.persistence.loading.run.as_ref().filter(|run| run.asked.is_none());
        run.is_some_and(|run| match &run.current {
            Some(current) => current.source.is_ready(),
            None => !run.has_begun && (matches!(run.purpose, Purpose::Start) || self.has_appended()),
        })
    }

    /// From now on no more is served than may be while files are loaded.
    fn begin_loading(&mut self, purpose: Purpose, is_log: bool) {
        let began_us = (self.stopwatch)();
        let run = Run {
            purpose,
            is_log,
            client: self.add_own_client(),
            began_us,
            delayed_us: began_us,
            has_begun: false,
            asked: None,
            manifest: Manifest::default(),
            files: VecDeque::new(),
            measured: 0,
            current: None,
            all_bytes: 0,
            last_bytes: 0,
        };
        self.persistence.loading.is_on = true;
        self.persistence.loading.progress = Progress::start(self.time, 0);
        self.persistence.loading.run = Some(Box::new(run));
        // What is loaded is in files.
        self.propagation.set(false);
    }

    /// Does something for a load, and what follows from it.
    fn work_at_load(
        &mut self,
        mut run: Box<Run>,
        work: impl FnOnce(&mut Server, &mut Run) -> Result<Flow, String>,
    ) {
        match work(self, &mut run) {
            Ok(Flow::GoesOn) => self.persistence.loading.run = Some(run),
            Ok(Flow::Ended) => self.end_loading(*run, None),
            Err(reason) => self.end_loading(*run, Some(reason)),
        }
    }

    /// The disk has told something that the load waits for.
    pub(super) fn loading_told(&mut self, id: JobId, result: Result<Answer, Failure>) {
        let Some(mut run) = self.persistence.loading.run.take() else { return };
        let question = run.asked.take_if(|(asked, _)| *asked == id).map(|(_, question)| question);
        self.work_at_load(run, |server, run| match question {
            Some(question) => server.answered(run, question, result),
            None => server.piece_arrived(run, result),
        });
    }

    /// Loads a part of what is here. To be called at the end of each turn, behind what that has to append.
    pub(in crate::server) fn load_on(&mut self) {
        if self.can_load_on()
            && let Some(run) = self.persistence.loading.run.take()
        {
            self.work_at_load(run, |server, run| match std::mem::replace(&mut run.has_begun, true) {
                true => server.load_part(run),
                false => server.ask_for_names(run),
            });
        }
    }

    /// Everything is loaded, or there is a reason why it cannot be.
    fn end_loading(&mut self, run: Run, failure: Option<String>) {
        self.remove_own_client(run.client);
        let is_loaded = failure.is_none();
        match (run.purpose, failure) {
            // What was loaded until then is no data set: nothing is served any more.
            (Purpose::Start, Some(reason)) => self.persistence.loading.failure = Some(reason),
            (Purpose::Start, None) => {
                self.persistence.loading.is_on = false;
                self.persistence.loading.holds_clients = false;
            }
            (purpose, failure) => {
                if let Some(reason) = &failure {
                    tracing::warn!("{reason}");
                }
                self.persistence.loading.is_on = false;
                self.propagation.set(self.persistence.aof.state == State::On);
                self.reload_ended(purpose, is_loaded);
            }
        }
        if is_loaded {
            // It may have been set meanwhile.
            self.set_appendonly(self.config.appendonly);
        }
    }
}
