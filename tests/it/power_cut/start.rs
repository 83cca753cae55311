//! A server starts from the files of a disk that does as it is told.

use super::disk::{Disk, Manners};
use super::files::Files;
use super::history::{At, History};
use super::keys::{Keys, keys};
use super::promises::MANIFEST;
use super::random::Random;
use crate::sans_io;
use cutaway::base::ids::ClientKey;
use cutaway::base::random::Seed;
use cutaway::config::Config;
use cutaway::server::persistence::disk::{Job, Outcome};
use cutaway::server::turn::Sink;
use cutaway::server::{Process, Server, Time};
use std::io;
use std::io::IoSlice;

/// More turns than any start takes.
const TURNS: usize = 10_000;
/// As many requests may lie between two states of a compound step.
const REQUESTS: usize = 30;

/// A server that has a disk, before it has read any of it.
pub fn server(config: &[(&str, &str)], seed: u64, time: Time) -> Server {
    let config: Config = sans_io::config(config);
    let process = Process { has_disk: true, pid: 7, seed: Seed(seed), ..Process::default() };
    Server::new(cutaway::command::table(&config).unwrap(), config, process, time, || 0)
}

/// A server that has loaded, and its disk.
pub struct Started {
    server: Server,
    disk: Disk,
}

struct OnDisk(Disk);

impl Sink for OnDisk {
    fn write(&mut self, _: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(slices.iter().map(|slice| slice.len()).sum())
    }

    fn closed(&mut self, _: ClientKey) {}

    fn start(&mut self, job: Job) -> Option<Outcome> {
        self.0.start(job);
        None
    }
}

impl Started {
    /// Starts, and loads all there is. An error: why it cannot.
    pub fn from(files: Files, config: &[(&str, &str)], time: Time) -> Result<Started, String> {
        let mut server = server(config, 99, time);
        let mut sink = OnDisk(Disk::new(files, Manners::default(), Random::new(1)));
        server.start_loading();
        for _ in 0..TURNS {
            server.end_turn(&mut sink);
            while sink.0.call().is_some() {}
            for (id, outcome) in sink.0.next_turn() {
                server.disk_done(id, outcome);
            }
            if let Some(why) = server.load_failure() {
                return Err(why.to_string());
            }
            if !server.is_loading() && sink.0.is_idle() {
                return Ok(Started { server, disk: sink.0 });
            }
        }
        Err("it never ends loading".into())
    }

    /// What it has found.
    pub fn keys(&self) -> Keys {
        keys(&self.server.keyspace)
    }

    /// The first state that it comes to when it is given the units of execution that the disk has lost of the last file, one
    /// by one.
    pub fn next_state(&mut self, before: &Files, history: &History) -> Option<At> {
        let (path, length) = self.last_incr()?;
        let whole = before.intended(&path)?;
        let (kept, lost) = whole.split_at(length.min(whole.len()));
        let client = sans_io::connect(&mut self.server);
        let database = requests(kept).into_iter().rev().find(|request| is(request, b"SELECT"));
        let mut is_open = false;
        for request in database.into_iter().chain(requests(lost)).take(REQUESTS) {
            is_open = (is_open || is(request, b"MULTI")) && !is(request, b"EXEC");
            self.server.feed(client, request);
            let is_unit = !is_open && !is(request, b"SELECT");
            if is_unit && let Some(at) = history.last_with(&self.keys()) {
                return Some(at);
            }
        }
        None
    }

    /// The file that is appended to, and how long it is.
    fn last_incr(&self) -> Option<(String, usize)> {
        let manifest = String::from_utf8_lossy(self.disk.files.bytes(MANIFEST)?);
        let last = manifest.split_whitespace().rfind(|word| word.ends_with(".incr.aof"))?;
        let path = format!("appendonlydir/{last}");
        let length = self.disk.files.bytes(&path)?.len();
        Some((path, length))
    }
}

fn is(request: &[u8], name: &[u8]) -> bool {
    request.windows(name.len()).take(16).any(|word| word.eq_ignore_ascii_case(name))
}

/// The requests in a file, those that are whole.
fn requests(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while let Some(length) = request_length(bytes) {
        let (request, rest) = bytes.split_at(length);
        if request.starts_with(b"*") {
            all.push(request);
        }
        bytes = rest;
    }
    all
}

/// How long the request is that `bytes` begin with, or the line of a timestamp.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let line = |from: usize| Some(from + bytes.get(from..)?.windows(2).position(|end| end == b"\r\n")? + 2);
    let number =
        |from: usize, to: usize| std::str::from_utf8(&bytes[from + 1..to - 2]).ok()?.parse::<usize>().ok();
    let mut end = line(0)?;
    if bytes[0] != b'*' {
        return Some(end);
    }
    for _ in 0..number(0, end)? {
        let after = line(end)?;
        end = after + number(end, after)? + 2;
    }
    (end <= bytes.len()).then_some(end)
}
