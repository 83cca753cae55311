//! All that is outside of the server: the sockets of its clients, and its disk.

use super::disk::{Call, Disk};
use super::files::Files;
use super::history::{History, Told};
use super::load::Role;
use cutaway::base::ids::ClientKey;
use cutaway::server::persistence::disk::{Job, JobId, Lane, Outcome, Step};
use cutaway::server::turn::Sink;
use std::io;
use std::io::{ErrorKind, IoSlice};

/// A client, or the place of one that was closed.
pub struct Peer {
    /// What it does.
    pub role: Role,
    /// None: it is not connected.
    pub key: Option<ClientKey>,
    /// Its connection: a number that no other has.
    pub connection: u64,
    /// For how many turns its socket stays full.
    pub full: usize,
    /// The last bytes that it was sent.
    pub received: Vec<u8>,
}

/// What is outside.
pub struct Outside {
    /// The disk.
    pub disk: Disk,
    /// What has happened.
    pub history: History,
    /// The clients.
    pub peers: Vec<Peer>,
    /// What they were sent.
    pub told: Told,
    /// The jobs that were asked for in this turn, and whether they are the log's.
    pub asked: Vec<(JobId, bool)>,
    /// The job of this turn that makes a file of the log which the manifest does not name yet.
    pub fresh_file: Option<JobId>,
    /// The calls that were made in the midst of this turn, each with the files behind it.
    pub called: Vec<(Call, Files)>,
    /// The jobs that were done in the midst of this turn, and whether all their steps were.
    pub done: Vec<(JobId, bool)>,
}

impl Sink for Outside {
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let peer =
            self.peers.iter_mut().find(|peer| peer.key == Some(client)).expect("a client has a socket");
        if peer.full > 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.told.sent(peer.connection, bytes.len());
        self.history.line(format!("  {:?} {} is sent {}", peer.role, peer.connection, shown(&bytes)));
        let count = bytes.len();
        peer.received = bytes;
        Ok(count)
    }

    fn closed(&mut self, client: ClientKey) {
        for peer in self.peers.iter_mut().filter(|peer| peer.key == Some(client)) {
            peer.key = None;
            self.history.line(format!("  {:?} {} is closed", peer.role, peer.connection));
        }
    }

    fn start(&mut self, job: Job) -> Option<Outcome> {
        let id = job.id;
        let steps: Vec<String> = job.steps.iter().map(describe).collect();
        self.history.line(format!("  job {}: {}", job.id.0, steps.join(", ")));
        self.asked.push((job.id, job.lane == Lane::Log));
        let makes = |step: &Step| matches!(step, Step::MakeDirectory(_));
        let names = |step: &Step| matches!(step, Step::Rename(..));
        if job.steps.iter().any(makes) && !job.steps.iter().any(names) {
            self.fresh_file = Some(job.id);
        }
        self.disk.start(job);
        while let Some(call) = self.disk.call_at_once() {
            self.called.push((call, self.disk.files.clone()));
        }
        let outcome = self.disk.done_at_once()?;
        self.history.line(format!("  done {}: {outcome:?}", id.0));
        self.done.push((id, outcome.is_ok()));
        Some(outcome)
    }
}

/// A step, for people.
fn describe(step: &Step) -> String {
    match step {
        Step::Append(path, bytes) => format!("Append({path:?}, {})", shown(bytes)),
        _ => format!("{step:?}").chars().take(SHOWN).collect(),
    }
}

/// So many letters of bytes or of a step are shown.
const SHOWN: usize = 120;

/// Bytes, for people.
pub fn shown(bytes: &[u8]) -> String {
    let mut text: String = bytes.escape_ascii().to_string().replace("\\r\\n", " ");
    if text.len() > SHOWN {
        text = format!("{} … {}", &text[..SHOWN / 2], &text[text.len() - SHOWN / 2..]);
    }
    text
}
