//! The program killed with SIGKILL in the middle of work, again and again on one directory: under `appendfsync always` what it
//! had acknowledged is there when it starts the next time, in order, and no transaction and no script is half there. Under
//! `everysec` the last of it may be missing, but nothing in the midst: as in Redis, what comes while a sync runs waits in
//! memory.
//!
//! This proves framing, loading and restart; what a power cut leaves is the business of the simulated disk.
//!
//! Each of some clients has a database and a sequence of units of its own: a unit is a command, a transaction or a script.
//! After a kill its database must be what the first `k` units make of it, for a `k` of at most those that were sent and, under
//! `always`, at least those whose replies have come; under `everysec`, those that were there after the kill before. What they make is computed by a server in this process, which has no disk.
//!
//! `CUTAWAY_KILLS=200` (`.ci/long`) kills more often than 20 times, `CUTAWAY_SEED` changes the units.

mod units;

use crate::running::{Running, cutaway};
use crate::sans_io;
use cutaway::base::ids::ClientKey;
use cutaway::base::random::Seed;
use cutaway::server::Server;
use cutaway::server::turn::Received;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use units::{Unit, state, unit};

const CLIENTS: usize = 4;
/// Units of a client that are sent before their replies are read, at most.
const PIPELINE: usize = 6;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A request as clients send it.
fn request(words: &[String]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}

/// Appends the bytes of the next reply. The error of a server that is gone: `UnexpectedEof`.
fn read_reply(from: &mut impl BufRead, reply: &mut Vec<u8>) -> io::Result<()> {
    let start = reply.len();
    from.read_until(b'\n', reply)?;
    let line = String::from_utf8_lossy(&reply[start..]).into_owned();
    let Some(line) = line.strip_suffix("\r\n") else { return Err(ErrorKind::UnexpectedEof.into()) };
    match (&line[..1], line[1..].parse::<i64>()) {
        ("$", Ok(length @ 0..)) => {
            let start = reply.len();
            reply.resize(start + length as usize + 2, 0);
            from.read_exact(&mut reply[start..])
        }
        ("*", Ok(length @ 0..)) => (0..length).try_for_each(|_| read_reply(from, reply)),
        _ => Ok(()),
    }
}

/// A connection to the program.
struct Connection(BufReader<UnixStream>);

impl Connection {
    fn to(directory: &Path, database: usize) -> io::Result<Connection> {
        let mut connection = Connection(BufReader::new(UnixStream::connect(directory.join("socket"))?));
        connection.ask(&["SELECT".into(), database.to_string()])?;
        Ok(connection)
    }

    fn ask(&mut self, words: &[String]) -> io::Result<Vec<u8>> {
        self.0.get_mut().write_all(&request(words))?;
        let mut reply = Vec::new();
        read_reply(&mut self.0, &mut reply)?;
        Ok(reply)
    }
}

/// A client's units: how many were sent, and of how many all replies have come.
struct Client {
    database: usize,
    seed: u64,
    acknowledged: usize,
    sent: usize,
}

impl Client {
    fn unit(&self, at: usize) -> Unit {
        let mut random = Seed(self.seed ^ ((self.database as u64) << 48) ^ at as u64).generator();
        unit(&mut |below| random.next_number() % below, at)
    }

    /// Sends units and counts replies until the server is gone.
    fn work(&mut self, directory: &Path, all: &AtomicUsize) -> io::Result<()> {
        let mut connection = Connection::to(directory, self.database)?;
        loop {
            let first = self.sent;
            let count = 1 + first % PIPELINE;
            let units: Vec<Unit> = (first..first + count).map(|at| self.unit(at)).collect();
            let bytes: Vec<u8> = units.iter().flatten().flat_map(|words| request(words)).collect();
            // From here on the server may have them all, even if the write fails.
            self.sent += count;
            connection.0.get_mut().write_all(&bytes)?;
            for unit in &units {
                for words in unit {
                    let mut reply = Vec::new();
                    read_reply(&mut connection.0, &mut reply)?;
                    let text = String::from_utf8_lossy(&reply);
                    assert!(!text.starts_with("-MISCONF"), "{words:?}: {text}");
                }
                self.acknowledged += 1;
                all.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// What the units of one client make, computed here.
struct Model {
    server: Server,
    client: ClientKey,
    /// How many it has done.
    done: usize,
}

impl Model {
    fn new() -> Model {
        let (server, client) = sans_io::server_and_client(sans_io::config(&[]));
        Model { server, client, done: 0 }
    }

    fn ask(&mut self, words: &[String]) -> Vec<u8> {
        self.server.feed(self.client, &request(words));
        Received::from(&mut self.server, self.client)
    }

    /// Finds out how many of a client's units the server has that was started again, and has both go on from there.
    fn find(&mut self, client: &mut Client, loses: bool, directory: &Path) {
        let least = if loses { self.done } else { client.acknowledged };
        let mut connection = Connection::to(directory, client.database).unwrap();
        let found = state(&mut |words| connection.ask(words).unwrap());
        let mut closest = None;
        while self.done <= client.sent {
            if self.done >= least {
                let expected = state(&mut |words| self.ask(words));
                if expected == found {
                    (client.acknowledged, client.sent) = (self.done, self.done);
                    return;
                }
                if self.done <= client.acknowledged {
                    closest = Some(expected);
                }
            }
            for words in client.unit(self.done) {
                self.ask(&words);
            }
            self.done += 1;
        }
        let expected = closest.unwrap();
        let differences: Vec<_> = expected.iter().zip(&found).filter(|(a, b)| a != b).collect();
        panic!(
            "database {}: {} units were acknowledged and {} sent, but no such number of them makes what is there.\n\
             CUTAWAY_SEED={}; with those acknowledged: {} lines, here {}; they differ in {differences:#?}",
            client.database,
            client.acknowledged,
            client.sent,
            client.seed,
            expected.len(),
            found.len(),
        );
    }
}

fn start(directory: &Path, policy: &str) -> Running {
    let mut command = cutaway();
    command.args(["--port", "0", "--unixsocket", "socket", "--save", "", "--appendonly", "yes"]);
    command.args(["--appendfsync", policy, "--auto-aof-rewrite-min-size", "64kb", "--dir"]).arg(directory);
    let (running, _) = Running::try_start(&mut command).expect("a server that starts after a kill");
    running.with_log_ignored()
}

fn killed_again_and_again(policy: &str, loses: bool) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let seed = number("CUTAWAY_SEED", 1);
    let mut random = Seed(seed).generator();
    let client = |database| Client { database, seed, acknowledged: 0, sent: 0 };
    let mut clients: Vec<Client> = (0..CLIENTS).map(client).collect();
    let mut models: Vec<Model> = (0..CLIENTS).map(|_| Model::new()).collect();
    let mut check = |clients: &mut Vec<Client>| {
        for (model, client) in models.iter_mut().zip(clients) {
            model.find(client, loses, path);
        }
    };
    for _ in 0..number("CUTAWAY_KILLS", 20) / 2 {
        let mut running = start(path, policy);
        check(&mut clients);
        let (all, most) = (AtomicUsize::new(0), 20 + (random.next_number() % 400) as usize);
        thread::scope(|scope| {
            for client in &mut clients {
                scope.spawn(|| client.work(path, &all).unwrap_err());
            }
            let mut control = Connection::to(path, 0).unwrap();
            let wait = |count: usize| {
                while all.load(Ordering::Relaxed) < count {
                    thread::yield_now();
                }
            };
            wait(most / 2);
            if random.next_number().is_multiple_of(2) {
                control.ask(&["BGREWRITEAOF".into()]).unwrap();
            }
            wait(most);
            running.process.kill().unwrap();
        });
    }
    let _running = start(path, policy);
    check(&mut clients);
}

#[test]
fn what_was_acknowledged_outlives_kills_under_always() {
    killed_again_and_again("always", false);
}

#[test]
fn what_outlives_kills_under_everysec_is_the_beginning_of_what_was_acknowledged() {
    killed_again_and_again("everysec", true);
}
