//! A server without sockets beside a disk in memory: what it asks of the disk is done between its turns, at once or later.

use std::collections::VecDeque;
use std::io;
use std::io::IoSlice;

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::server::persistence::disk::{Job, Outcome};
use cutaway::server::persistence::memory_disk::MemoryDisk;
use cutaway::server::turn::{Received, Sink};
use cutaway::server::{Process, Server, Time};
use cutaway::tools::scenario::words::split;

use super::sans_io::config;

/// The time of each machine.
pub const TIME: Time = Time { unix_micros: 1_700_000_000_000_000, millis: 1_000 };

/// What the server writes, and what it asks of the disk.
#[derive(Default)]
struct Outside {
    received: Received,
    jobs: VecDeque<Job>,
}

impl Sink for Outside {
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

/// The server, its disk, and one client.
pub struct Machine {
    pub server: Server,
    pub disk: MemoryDisk,
    outside: Outside,
    client: Option<ClientKey>,
}

impl Machine {
    /// A server with these settings that has begun to load what is on the disk.
    pub fn begin(settings: &[(&str, &str)], disk: MemoryDisk) -> Machine {
        let mut settings = settings.to_vec();
        settings.push(("enable-debug-command", "yes"));
        let config = config(&settings);
        let table = cutaway::command::table(&config).unwrap();
        let process = Process { has_disk: true, ..Process::default() };
        let mut server = Server::new(table, config, process, TIME, || 0);
        server.start_loading();
        Machine { server, disk, outside: Outside::default(), client: None }
    }

    /// A server that has loaded what is on the disk; the error is why it cannot start.
    pub fn start(settings: &[(&str, &str)], disk: MemoryDisk) -> Result<Machine, String> {
        let mut machine = Machine::begin(settings, disk);
        machine.settle();
        match machine.server.load_failure() {
            Some(reason) => Err(reason.into()),
            None => Ok(machine),
        }
    }

    /// One turn. What it has asked of the disk waits.
    pub fn turn(&mut self) {
        self.server.end_turn(&mut self.outside);
    }

    /// The disk does the next job. Returns whether there was one.
    pub fn work(&mut self) -> bool {
        let Some(job) = self.outside.jobs.pop_front() else { return false };
        let (id, result) = self.disk.run(job);
        self.server.disk_done(id, result);
        true
    }

    /// Turns and jobs, until nothing is left to be done.
    pub fn settle(&mut self) {
        loop {
            self.turn();
            if !self.work() && !self.server.has_ready() {
                return;
            }
        }
    }

    /// So many milliseconds pass.
    pub fn pass(&mut self, millis: u64) {
        let time = self.server.time.after(millis);
        self.server.set_time(time);
    }

    /// Another client.
    pub fn connect(&mut self) -> ClientKey {
        self.server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() })
    }

    fn client(&mut self) -> ClientKey {
        match self.client {
            Some(client) => client,
            None => *self
                .client
                .insert(self.server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() })),
        }
    }

    /// Sends requests, each a line, which are not answered before a turn ends.
    pub fn send(&mut self, lines: &str) {
        let client = self.client();
        self.send_from(client, lines);
    }

    /// The same for another client.
    pub fn send_from(&mut self, client: ClientKey, lines: &str) {
        self.server.feed(client, &commands(lines));
    }

    /// What the client was sent since it was last asked.
    pub fn received(&mut self) -> String {
        let client = self.client();
        self.received_by(client)
    }

    /// The same for another client.
    pub fn received_by(&mut self, client: ClientKey) -> String {
        String::from_utf8_lossy(&self.outside.received.take(client)).into_owned()
    }

    /// Sends requests, each a line, and returns all replies.
    pub fn ask(&mut self, lines: &str) -> String {
        self.send(lines);
        self.settle();
        self.received()
    }

    /// The same for the words of one request.
    pub fn ask_words(&mut self, words: &[Vec<u8>]) -> String {
        let client = self.client();
        self.server.feed(client, &encode(words));
        self.settle();
        self.received()
    }
}

/// A request as a client sends it, and as the append-only file has it.
pub fn encode(words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend(word);
        bytes.extend(b"\r\n");
    }
    bytes
}

/// Commands, each a line, as the append-only file has them.
pub fn commands(lines: &str) -> Vec<u8> {
    lines.lines().flat_map(|line| encode(&split(line).unwrap())).collect()
}
