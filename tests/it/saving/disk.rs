//! A disk in memory that does the jobs of one server when it is told to, and fails when it is told to.

use cutaway::base::ids::ClientKey;
use cutaway::server::Server;
use cutaway::server::persistence::disk::{Failure, Job, Outcome};
use cutaway::server::persistence::memory_disk::MemoryDisk;
use cutaway::server::turn::{Received, Sink};
use std::collections::VecDeque;
use std::io;
use std::io::IoSlice;

/// A sink that keeps what clients are sent, and jobs.
#[derive(Default)]
pub struct Disk {
    pub files: MemoryDisk,
    pub jobs: VecDeque<Job>,
    /// How many jobs are done before one fails, and in which step.
    pub failing: Option<(usize, usize)>,
    pub received: Received,
}

impl Disk {
    /// Does the first job and reports its end. False: there was none.
    pub fn do_one(&mut self, server: &mut Server) -> bool {
        let Some(mut job) = self.jobs.pop_front() else { return false };
        if let Some((0, step)) = self.failing {
            job.steps.truncate(step);
            let (id, _) = self.files.run(job);
            self.failing = None;
            server.disk_done(id, Err(Failure { step, error: io::ErrorKind::StorageFull.into() }));
            return true;
        }
        if let Some((jobs, _)) = &mut self.failing {
            *jobs -= 1;
        }
        let (id, result) = self.files.run(job);
        server.disk_done(id, result);
        true
    }

    /// Ends turns and does jobs until nothing is to be done at once.
    pub fn settle(&mut self, server: &mut Server) {
        loop {
            server.set_time(server.time);
            server.end_turn(self);
            let is_due = server.deadline().is_some_and(|deadline| deadline <= server.time.millis);
            if !self.do_one(server) && !is_due && !server.has_ready() {
                return;
            }
        }
    }

    /// Sends a request, and returns what the client is sent in this turn.
    pub fn ask_words(&mut self, server: &mut Server, client: ClientKey, words: &[&str]) -> String {
        let mut request = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| request += &format!("${}\r\n{word}\r\n", word.len()));
        server.feed(client, request.as_bytes());
        server.end_turn(self);
        self.replies(client)
    }

    /// The same for words without spaces.
    pub fn ask(&mut self, server: &mut Server, client: ClientKey, line: &str) -> String {
        self.ask_words(server, client, &line.split_whitespace().collect::<Vec<_>>())
    }

    /// What the client was sent and nobody asked about.
    pub fn replies(&mut self, client: ClientKey) -> String {
        String::from_utf8_lossy(&self.received.take(client)).into_owned()
    }
}

impl Sink for Disk {
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.received.write(client, slices)
    }

    fn closed(&mut self, client: ClientKey) {
        self.received.closed(client);
    }

    fn start(&mut self, job: Job) -> Option<Outcome> {
        self.jobs.push_back(job);
        None
    }
}
