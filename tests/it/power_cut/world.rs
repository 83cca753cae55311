//! A server, its clients and its disk, turn by turn, and what is checked when the power goes.
//!
//! ```text
//! a turn      it is a little later · what the disk tells · requests · the end: jobs, then what clients are sent
//! then        a few calls of the disk; behind each of them, and before the first, the power goes in a copy of the files
//! ```
//!
//! For each call of a run there is one run in which the power goes at that call: all follows from the seed, so that this run is
//! also the one that ends there, and only the copy has to start again.

use super::data::Rest;
use super::disk::{Call, Disk, Manners};
use super::files::Files;
use super::history::{At, History, Told};
use super::keys::{Keys, keys};
use super::load::{Load, Role};
use super::promises::Promises;
use super::random::Random;
use super::sockets::{Outside, Peer};
use super::start;
use super::start::Started;
use crate::sans_io;
use cutaway::persist::budget::Budget;
use cutaway::resp::reply::write_bulk;
use cutaway::server::persistence::disk::JobId;
use cutaway::server::persistence::snapshot::pace::Pace;
use cutaway::server::{Server, Time};
use std::collections::BTreeMap;

/// When everything begins.
const BEGIN: Time = Time { unix_micros: 1_700_000_000_000_000, millis: 1000 };
/// The most that passes between two turns, in milliseconds.
const STEP_MS: usize = 300;
/// More turns than it takes until all is told and sent.
const TURNS_TO_SETTLE: usize = 300;

const ROLES: [Role; 8] = [
    Role::Writer,
    Role::Writer,
    Role::Writer,
    Role::Tracker,
    Role::Subscriber,
    Role::Waiter,
    Role::Waiter,
    Role::Admin,
];

/// How a world is made.
#[derive(Clone)]
pub struct Plan {
    /// The settings of the server.
    pub config: Vec<(&'static str, &'static str)>,
    /// How the disk behaves.
    pub manners: Manners,
    /// Whether clients change what is promised.
    pub changes_policy: bool,
    /// One call in so many fails once the server has started; 0: none.
    pub fails_one_in: usize,
    /// What power cuts may leave.
    pub rests: Vec<Rest>,
    /// How many turns clients ask.
    pub turns: usize,
}

/// A server and what is around it.
pub struct World {
    plan: Plan,
    server: Server,
    outside: Outside,
    promises: Promises,
    load: Load,
    random: Random,
    time: Time,
    connections: u64,
    /// Which of the jobs are the log's.
    log_jobs: BTreeMap<JobId, bool>,
    /// The state up to which a job that is asked for in this turn has what was recorded; None: all of it.
    is_recorded_until: Option<At>,
    /// How many cuts were checked.
    pub cuts: usize,
}

impl World {
    /// A server that starts from these files, which hold these keys.
    pub fn new(plan: Plan, mut random: Random, files: Files, found: Keys, time: Time) -> World {
        let mut server = start::server(&plan.config, random.below(1 << 20) as u64, time);
        let disk = Disk::new(files, plan.manners.clone(), random.split());
        server.persistence.pace = Pace::Fixed(Budget { bytes: 200, elements: 4 });
        let peer = |role| Peer { role, key: None, connection: 0, full: 0, received: Vec::new() };
        let outside = Outside {
            disk,
            history: History::new(found),
            peers: ROLES.into_iter().map(peer).collect(),
            told: Told::default(),
            asked: Vec::new(),
            fresh_file: None,
            called: Vec::new(),
            done: Vec::new(),
        };
        let load = Load::new(random.split(), plan.changes_policy);
        let (promises, log_jobs) = Default::default();
        World {
            plan,
            server,
            outside,
            promises,
            load,
            random,
            time,
            connections: 0,
            log_jobs,
            is_recorded_until: None,
            cuts: 0,
        }
    }

    /// An empty disk, and the first start.
    pub fn first(plan: Plan, random: Random) -> World {
        World::new(plan, random, Files::default(), Keys::new(), BEGIN)
    }

    /// Plays: the start, so many turns, and what it takes until all is quiet.
    pub fn run(&mut self) {
        self.load_files();
        for _ in 0..self.plan.turns {
            let later = if self.random.one_in(2) { 0 } else { self.random.below(STEP_MS) };
            self.turn(later as u64, true);
            self.call_disk();
        }
    }

    /// The power goes, and the world goes on from what is left.
    pub fn next_life(mut self) -> World {
        // A file with holes may be refused.
        let rests: Vec<Rest> = self.plan.rests.iter().copied().filter(|rest| *rest != Rest::Blocks).collect();
        let rest = if rests.is_empty() { Rest::Nothing } else { *self.random.choose(&rests) };
        let files = self.outside.disk.files.clone();
        let (left, found) = self.check_rest(&files, rest);
        let mut next = World::new(self.plan, self.random, left, found, self.time.after(50));
        next.cuts = self.cuts;
        next
    }

    fn load_files(&mut self) {
        self.server.start_loading();
        while self.server.is_loading() {
            self.turn(0, false);
            self.call_disk();
            assert_eq!(self.server.load_failure(), None, "{}", self.outside.history.explain(&Keys::new()));
        }
        self.note(false);
        self.promises.begin(self.server.config.appendonly);
        self.outside.disk.manners.fails_one_in = self.plan.fails_one_in;
    }

    /// One turn. `asks`: clients send requests.
    fn turn(&mut self, later_ms: u64, asks: bool) {
        let before = self.outside.history.now();
        self.time = self.time.after(later_ms);
        self.outside.history.line(format!("turn at {}", self.time.unix_micros / 1000));
        if !self.server.is_loading() {
            self.server.set_time(self.time);
            self.note(true);
        }
        let mut was_told = false;
        for (id, outcome) in self.outside.disk.next_turn() {
            self.outside.history.line(format!("  told {}: {outcome:?}", id.0).chars().take(100).collect());
            self.promises.told(id, outcome.is_ok(), self.log_jobs[&id], &self.outside.disk);
            was_told = true;
            self.server.disk_done(id, outcome);
            self.note(true);
        }
        // What the server has asked for when it was told something has nothing of the requests that follow.
        self.is_recorded_until = was_told.then_some(before);
        self.open_sockets();
        let promised = self.promises.of_turn(&self.server.config, self.outside.history.now());
        self.count_sent(promised);
        if asks {
            for _ in 0..self.random.below(4) {
                self.ask();
            }
        }
        self.server.end_turn(&mut self.outside);
        self.note(true);
        self.end_turn(before);
    }

    /// What has happened in the turn is counted, in the order in which it has: jobs and calls, then what was sent.
    fn end_turn(&mut self, before: At) {
        let now = self.outside.history.now();
        let recorded = self.is_recorded_until.take().unwrap_or(now);
        for (job, is_log) in std::mem::take(&mut self.outside.asked) {
            self.promises.asked(job, (before, recorded));
            self.log_jobs.insert(job, is_log);
        }
        for (call, files) in std::mem::take(&mut self.outside.called) {
            self.called(&call);
            self.check(&files);
        }
        for (job, is_done) in std::mem::take(&mut self.outside.done) {
            self.promises.told(job, is_done, true, &self.outside.disk);
        }
        if let Some(job) = self.outside.fresh_file.take() {
            self.promises.begins_anew(job);
        }
        let promised = self.promises.of_turn(&self.server.config, now);
        self.count_sent(promised);
        let overdue =
            self.promises.sync_overdue_ms(&self.server.config, &self.outside.disk, self.time.millis);
        assert!(overdue <= STEP_MS as u64, "{}", self.outside.history.explain(&Keys::new()));
    }

    /// Counts what clients were sent, and what they are owed: that tells of the state that is promised, if any is.
    fn count_sent(&mut self, promised: Option<At>) {
        if promised.is_none() {
            self.outside.told.promise_nothing();
        }
        for peer in &self.outside.peers {
            let client = peer.key.and_then(|key| self.server.clients.get(key));
            let owed = client.map_or(0, |client| client.output.owed());
            if let Some(at) = self.outside.told.turn_ended(peer.connection, owed, promised) {
                self.outside.history.require(at, || format!("{:?} {} was told", peer.role, peer.connection));
            }
        }
    }

    /// The keys are what they are now.
    fn note(&mut self, may_be_compound: bool) {
        if !self.server.is_loading() {
            self.outside.history.reached(keys(&self.server.keyspace), may_be_compound.then_some(self.time));
        }
    }

    /// Sockets that were full have room again, others are full.
    fn open_sockets(&mut self) {
        for at in 0..self.outside.peers.len() {
            let peer = &mut self.outside.peers[at];
            let Some(key) = peer.key else { continue };
            if peer.full > 0 {
                peer.full -= 1;
                if peer.full == 0 {
                    self.server.write_to_client(key, &mut self.outside);
                }
            } else if self.random.one_in(40) {
                peer.full = self.random.between(1, 5);
            }
        }
    }

    /// A client asks something, or connects.
    fn ask(&mut self) {
        let at = self.random.below(ROLES.len());
        let peer = &self.outside.peers[at];
        if peer.key.is_none() {
            return self.connect(at);
        }
        for words in self.load.next(peer.role) {
            self.send(at, &words);
        }
    }

    fn connect(&mut self, at: usize) {
        self.connections += 1;
        let peer = &mut self.outside.peers[at];
        (peer.connection, peer.full) = (self.connections, 0);
        peer.key = Some(sans_io::connect(&mut self.server));
        for request in peer.role.greeting() {
            let words: Vec<String> = request.split(' ').map(String::from).collect();
            self.send(at, &words);
        }
    }

    /// A client sends a request.
    fn send(&mut self, at: usize, words: &[String]) {
        let peer = &self.outside.peers[at];
        let Some(key) = peer.key else { return };
        let waits = |server: &Server, peer: &Peer| {
            peer.key.and_then(|key| server.clients.get(key)).is_some_and(|client| client.blocked.is_some())
        };
        // Behind SAVE it would be executed when nobody looks whether the file is switched off, and on again.
        if words.get(2).is_some_and(|word| word == "appendonly") && waits(&self.server, peer) {
            return;
        }
        self.outside.history.line(format!("  {:?} {}: {}", peer.role, peer.connection, words.join(" ")));
        let some_wait = self.outside.peers.iter().any(|peer| waits(&self.server, peer));
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        words.iter().for_each(|word| write_bulk(&mut request, word.as_bytes()));
        let was_on = self.server.config.appendonly;
        self.server.feed(key, &request);
        if was_on && !self.server.config.appendonly {
            self.promises.switched_off();
            self.is_recorded_until.get_or_insert(self.outside.history.now());
        }
        self.note(some_wait);
    }

    /// A few calls of the disk, and a cut behind each.
    fn call_disk(&mut self) {
        self.check_now();
        for _ in 0..self.random.below(5) {
            let Some(call) = self.outside.disk.call() else { return };
            self.called(&call);
            self.check_now();
        }
    }

    fn called(&mut self, call: &Call) {
        let Outside { disk, history, .. } = &mut self.outside;
        history.line(format!("    {:?} {} of job {}: {:?}", call.kind, call.path, call.job.0, call.error));
        self.promises.called(call, disk, history, self.time.millis);
    }

    fn check_now(&mut self) {
        let files = self.outside.disk.files.clone();
        self.check(&files);
    }

    /// The power goes, and what a start finds is what was promised.
    fn check(&mut self, files: &Files) {
        let rest = *self.random.choose(&self.plan.rests);
        self.check_rest(files, rest);
    }

    /// Returns what was left, and what was found in it.
    fn check_rest(&mut self, files: &Files, rest: Rest) -> (Files, Keys) {
        self.cuts += 1;
        let left = files.after_cut(rest, &mut self.random);
        let history = &self.outside.history;
        // A hole in what was not synced is damage like any other: a start may refuse it, or take zeros for a value.
        let may_have_holes = rest == Rest::Blocks && !files.is_synced(".incr.aof");
        let start = |time| Started::from(left.clone(), &self.plan.config, time);
        let started = match start(self.time) {
            Ok(started) => started,
            Err(_) if may_have_holes => return (left, Keys::new()),
            Err(why) => {
                panic!(
                    "{}\nthe start after a cut ({rest:?}) is refused: {why}",
                    history.explain(&Keys::new())
                )
            }
        };
        let found = started.keys();
        let is_allowed = match self.plan.config.contains(&("appendonly", "yes")) {
            true => history.allows(&found),
            false => history.allows_unexpired(&found, (self.time.unix_micros / 1000) as i64),
        };
        // The units that were lost mean the same only at the time at which they were executed.
        let is_halfway = |time| {
            let next = start(time).ok().and_then(|mut started| started.next_state(files, history));
            next.is_some_and(|at| history.may_be_halfway(&found, at))
        };
        if !is_allowed && !may_have_holes {
            let mut times = history.times_of_compound();
            assert!(times.any(is_halfway), "{}\nafter a cut ({rest:?})", history.explain(&found));
        }
        (left, found)
    }

    /// Nobody asks any more, and the disk is well: soon all are told, writes are accepted, and nothing is missing.
    pub fn settle(&mut self) {
        self.outside.disk.manners.fails_one_in = 0;
        for peer in &mut self.outside.peers {
            peer.full = peer.full.min(1);
        }
        let admin = ROLES.len() - 1;
        if self.outside.peers[admin].key.is_none() {
            self.connect(admin);
        }
        for round in 0..2 {
            for _ in 0..TURNS_TO_SETTLE {
                self.turn(STEP_MS as u64, false);
                while let Some(call) = self.outside.disk.call() {
                    self.called(&call);
                }
            }
            if round == 0 {
                self.send(admin, &["SET", "the", "end"].map(String::from));
            }
        }
        let (server, history) = (&self.server, &self.outside.history);
        for peer in &self.outside.peers {
            let client = peer.key.and_then(|key| server.clients.get(key));
            let owed = client.map_or(0, |client| client.output.owed());
            assert_eq!(owed, 0, "{}\n{:?} {}", history.explain(&Keys::new()), peer.role, peer.connection);
        }
        let last = &self.outside.peers[admin].received;
        assert_eq!(last, b"+OK\r\n", "{}", history.explain(&Keys::new()));
        let files = self.outside.disk.files.clone();
        self.check_rest(&files, Rest::Nothing);
    }
}
