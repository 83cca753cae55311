//! The append-only file, turn by turn: what goes to the disk, who waits for it, and what becomes of whom when it fails.
//!
//! Each test is a dialogue between clients, the server and a disk in memory that answers when the test says so.

mod quick_disk;

use crate::sans_io;
use cutaway::base::ids::ClientKey;
use cutaway::server::persistence::disk::{Answer, Failure, Job, Lane, Outcome, Step};
use cutaway::server::persistence::memory_disk::MemoryDisk;
use cutaway::server::turn::{Received, Sink};
use cutaway::server::{Process, Server, Time};
use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::io::IoSlice;

/// The file that is appended to at first.
const INCR_1: &str = "appendonlydir/appendonly.aof.1.incr.aof";

thread_local! {
    /// What the stopwatch of the servers of a test shows, in microseconds.
    static STOPWATCH_US: Cell<u64> = const { Cell::new(0) };
}

/// A server and its disk.
struct Play {
    server: Server,
    wires: Wires,
    time: Time,
}

/// What the server writes to.
#[derive(Default)]
struct Wires {
    received: Received,
    disk: MemoryDisk,
    /// What is not done yet.
    jobs: VecDeque<Job>,
    /// Whether short jobs are done at once.
    is_quick: bool,
}

impl Sink for Wires {
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.received.write(client, slices)
    }

    fn closed(&mut self, client: ClientKey) {
        self.received.closed(client);
    }

    fn start(&mut self, job: Job) -> Option<Outcome> {
        if self.is_quick && job.is_short && self.jobs.iter().all(|job| job.lane != Lane::Log) {
            return Some(self.disk.run(job).1);
        }
        self.jobs.push_back(job);
        None
    }
}

impl Play {
    /// A server with `appendonly yes` and this policy, its first files made.
    fn start(policy: &str) -> Play {
        Play::with(&[("appendonly", "yes"), ("appendfsync", policy)], MemoryDisk::default())
    }

    fn with(settings: &[(&str, &str)], disk: MemoryDisk) -> Play {
        let config = sans_io::config(settings);
        let table = cutaway::command::table(&config).unwrap();
        let process = Process { has_disk: true, pid: 1, ..Process::default() };
        let time = Time { unix_micros: 1_700_000_000_000_000, millis: 1_000_000 };
        let mut server = Server::new(table, config, process, time, || STOPWATCH_US.get());
        server.start_loading();
        let mut play = Play { server, wires: Wires { disk, ..Wires::default() }, time };
        play.settle();
        play
    }

    fn connect(&mut self) -> ClientKey {
        sans_io::connect(&mut self.server)
    }

    /// Clients send these lines, then the turn ends.
    fn turn(&mut self, lines: &[(ClientKey, &str)]) {
        for (client, line) in lines {
            self.server.feed(*client, format!("{line}\r\n").as_bytes());
        }
        self.server.end_turn(&mut self.wires);
    }

    /// The disk does its next job, and says so at the beginning of a turn.
    fn disk_does_one(&mut self) -> Vec<String> {
        let job = self.wires.jobs.pop_front().expect("a job");
        let steps = job.steps.iter().map(shown).collect();
        let (id, result) = self.wires.disk.run(job);
        self.told(id, result);
        steps
    }

    /// The next job fails at one of its steps, and has no effect.
    fn disk_fails(&mut self, step: usize, error: io::ErrorKind) {
        let job = self.wires.jobs.pop_front().expect("a job");
        self.told(job.id, Err(Failure { step, error: error.into() }));
    }

    fn told(&mut self, id: cutaway::server::persistence::disk::JobId, result: Result<Answer, Failure>) {
        self.server.set_time(self.time);
        self.server.disk_done(id, result);
        self.server.end_turn(&mut self.wires);
    }

    /// The disk does all that it is asked for.
    fn settle(&mut self) {
        self.turn(&[]);
        loop {
            if !self.wires.jobs.is_empty() {
                self.disk_does_one();
            } else if self.server.has_ready() {
                self.turn(&[]);
            } else {
                return;
            }
        }
    }

    fn later(&mut self, millis: u64) {
        self.time = self.time.after(millis);
        self.server.set_time(self.time);
        self.turn(&[]);
    }

    fn received(&mut self, client: ClientKey) -> String {
        String::from_utf8(self.wires.received.take(client)).unwrap()
    }

    fn file(&self, path: &str) -> String {
        String::from_utf8_lossy(&self.wires.disk.files[path]).into_owned()
    }

    fn manifest(&self) -> String {
        self.file("appendonlydir/appendonly.aof.manifest")
    }

    /// The lines of a section of INFO that begin so.
    fn info(&mut self, name: &str) -> String {
        let client = self.connect();
        self.turn(&[(client, "INFO persistence")]);
        while self.wires.received.writes.is_empty() {
            self.disk_does_one();
        }
        let text = self.received(client);
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line[name.len() + 1..].to_string()
    }
}

/// A step in a word, with the last part of its path.
fn shown(step: &Step) -> String {
    let last = |path: &String| path.rsplit('/').next().unwrap_or_default().to_string();
    match step {
        Step::MakeDirectory(path) => format!("mkdir {path}"),
        Step::Create(path) => format!("create {}", last(path)),
        Step::Append(path, bytes) => format!("append {} {}", last(path), bytes.len()),
        Step::Truncate(path, length) => format!("truncate {} {length}", last(path)),
        Step::Sync(path) => format!("sync {}", last(path)),
        Step::SyncDirectory(path) => format!("syncdir {path}"),
        Step::Rename(from, to) => format!("rename {} {}", last(from), last(to)),
        Step::Remove(path) => format!("remove {}", last(path)),
        _ => "another".into(),
    }
}

const SET_A: &str = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";

#[test]
fn under_always_a_reply_waits_for_the_sync_of_its_write() {
    let mut play = Play::start("always");
    let [a, b] = [play.connect(), play.connect()];
    play.turn(&[(b, "GET a")]);
    assert_eq!(play.received(b), "$-1\r\n", "nothing is held while nothing is written");
    play.turn(&[(a, "SET a 1")]);
    assert_eq!(play.received(a), "");
    play.turn(&[(b, "GET a")]);
    assert_eq!(play.received(b), "", "it tells of a write that is not on the disk");
    assert_eq!(
        play.disk_does_one(),
        ["append appendonly.aof.1.incr.aof 50", "sync appendonly.aof.1.incr.aof"]
    );
    assert_eq!(play.file(INCR_1), SET_A);
    assert_eq!(play.received(a), "+OK\r\n");
    assert_eq!(play.received(b), "$1\r\n1\r\n", "nothing was recorded behind it");
    assert!(play.wires.jobs.is_empty());
}

#[test]
fn what_is_written_during_a_sync_goes_with_the_next_and_one_sync_serves_all_that_wait() {
    let mut play = Play::start("always");
    let [a, b, c] = [play.connect(), play.connect(), play.connect()];
    play.turn(&[(a, "SET a 1")]);
    play.turn(&[(b, "SET b 1")]);
    play.turn(&[(c, "SET c 1"), (a, "GET c")]);
    assert_eq!(play.wires.jobs.len(), 1, "one job of the log at a time");
    play.disk_does_one();
    assert_eq!(play.received(a), "+OK\r\n", "the reply to GET tells of a write of the second group");
    assert_eq!((play.received(b), play.received(c)), (String::new(), String::new()));
    assert_eq!(
        play.disk_does_one(),
        ["append appendonly.aof.1.incr.aof 54", "sync appendonly.aof.1.incr.aof"]
    );
    assert_eq!([a, b, c].map(|client| play.received(client)), ["$1\r\n1\r\n", "+OK\r\n", "+OK\r\n"]);
}

#[test]
fn messages_and_events_of_a_write_are_held_as_well_and_pub_sub_alone_is_not() {
    let mut play = Play::start("always");
    let [subscriber, a] = [play.connect(), play.connect()];
    play.turn(&[(subscriber, "SUBSCRIBE news"), (a, "CONFIG SET notify-keyspace-events KEA")]);
    play.received(subscriber);
    play.received(a);
    play.turn(&[(a, "PUBLISH news one")]);
    assert_eq!(play.received(subscriber), "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$3\r\none\r\n");
    assert_eq!(play.received(a), ":1\r\n");
    play.turn(&[(a, "EVAL \"redis.call('SET','k',1) return redis.call('PUBLISH','news','two')\" 1 k")]);
    assert_eq!(play.received(subscriber), "");
    play.disk_does_one();
    assert_eq!(play.received(subscriber), "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$3\r\ntwo\r\n");
    assert_eq!(play.received(a), ":1\r\n");
}

#[test]
fn a_socket_that_has_room_in_the_midst_of_a_turn_is_sent_nothing_of_what_that_turn_has_written() {
    let mut play = Play::start("always");
    let [reader, writer] = [play.connect(), play.connect()];
    play.turn(&[(reader, "SUBSCRIBE news")]);
    play.received(reader);
    play.server.feed(writer, b"SET a 1\r\nPUBLISH news one\r\n");
    play.server.write_to_client(reader, &mut play.wires);
    assert_eq!(play.received(reader), "");
    play.turn(&[]);
    assert_eq!(play.received(reader), "");
    play.disk_does_one();
    assert_eq!(play.received(reader), "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$3\r\none\r\n");
}

#[test]
fn a_snapshot_that_fails_during_the_switch_leaves_the_new_file_in_use() {
    let mut play = Play::start("always");
    let a = play.connect();
    play.turn(&[(a, "SET a 1")]);
    play.settle();
    play.turn(&[(a, "BGREWRITEAOF")]);
    let switch = play.wires.jobs.iter().position(|job| job.lane == Lane::Log).expect("the switch");
    let switch = play.wires.jobs.remove(switch).expect("the switch");
    play.disk_fails(0, io::ErrorKind::StorageFull);
    let (id, result) = play.wires.disk.run(switch);
    play.told(id, result);
    play.turn(&[(a, "SET b 1")]);
    play.settle();
    assert_eq!(play.received(a), "+OK\r\n+Background append only file rewriting started\r\n+OK\r\n");
    assert_eq!(play.file("appendonlydir/appendonly.aof.2.incr.aof"), SET_A.replace("\r\na\r\n", "\r\nb\r\n"));
}

#[test]
fn a_rewrite_that_began_before_the_file_was_given_up_does_not_heal_it() {
    let mut play = Play::start("always");
    let a = play.connect();
    play.turn(&[(a, "SET a 1")]);
    play.settle();
    play.turn(&[(a, "BGREWRITEAOF")]);
    let switch = play.wires.jobs.iter().position(|job| job.lane == Lane::Log).expect("the switch");
    let switch = play.wires.jobs.remove(switch).expect("the switch");
    let (id, result) = play.wires.disk.run(switch);
    play.told(id, result);
    play.turn(&[(a, "SET b 1")]);
    let append = play.wires.jobs.iter().position(|job| job.lane == Lane::Log).expect("the append");
    let append = play.wires.jobs.remove(append).expect("the append");
    play.told(append.id, Err(Failure { step: 1, error: io::ErrorKind::StorageFull.into() }));
    play.settle();
    assert_eq!(
        play.received(a),
        "+OK\r\n+Background append only file rewriting started\r\n",
        "SET b is not replied to"
    );
    let b = play.connect();
    play.turn(&[(b, "SET c 1")]);
    play.settle();
    assert_eq!(play.received(b), "+OK\r\n");
    let disk = std::mem::take(&mut play.wires.disk);
    let mut again = Play::with(&[("appendonly", "yes")], disk);
    let client = again.connect();
    again.turn(&[(client, "MGET a b c")]);
    assert_eq!(again.received(client), "*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

#[test]
fn a_sync_that_fails_closes_the_writers_lets_the_others_go_and_a_rewrite_heals() {
    let mut play = Play::start("always");
    let [a, b, c] = [play.connect(), play.connect(), play.connect()];
    play.turn(&[(a, "SET a 1"), (b, "GET a")]);
    play.turn(&[(c, "SET c 1")]);
    play.disk_fails(1, io::ErrorKind::Other);
    assert_eq!(play.wires.received.closed, [a, c], "nobody knows what became of their writes");
    assert_eq!(play.received(b), "$1\r\n1\r\n", "what is in memory is to be seen");
    assert_eq!((play.received(a), play.received(c)), (String::new(), String::new()));
    play.turn(&[(b, "SET b 1"), (b, "GET a"), (b, "PING"), (b, "PUBLISH x y")]);
    let refused = "-MISCONF Errors writing to the AOF file: other error\r\n";
    assert_eq!(play.received(b), format!("{refused}$1\r\n1\r\n{refused}:0\r\n"));
    play.settle();
    play.turn(&[(b, "SET b 1")]);
    play.settle();
    assert_eq!(play.received(b), "+OK\r\n");
    assert_eq!(
        play.manifest(),
        "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n"
    );
    let disk = std::mem::take(&mut play.wires.disk);
    let mut again = Play::with(&[("appendonly", "yes")], disk);
    let client = again.connect();
    again.turn(&[(client, "MGET a b c")]);
    assert_eq!(again.received(client), "*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

#[test]
fn under_everysec_an_append_is_asked_for_before_the_reply_and_a_sync_each_second() {
    let mut play = Play::start("everysec");
    let a = play.connect();
    play.later(1000);
    play.turn(&[(a, "SET a 1")]);
    assert_eq!(play.received(a), "+OK\r\n");
    assert_eq!(play.disk_does_one(), ["append appendonly.aof.1.incr.aof 50"]);
    assert_eq!(play.disk_does_one(), ["sync appendonly.aof.1.incr.aof"]);
    play.turn(&[(a, "SET a 2")]);
    assert_eq!(play.disk_does_one(), ["append appendonly.aof.1.incr.aof 27"]);
    assert!(play.wires.jobs.is_empty(), "a second has not passed");
    play.later(1000);
    assert_eq!(play.disk_does_one(), ["sync appendonly.aof.1.incr.aof"]);
    play.later(1000);
    assert!(play.wires.jobs.is_empty(), "all is on the disk");
}

#[test]
fn a_client_that_waits_and_is_served_when_the_disk_has_failed_is_refused() {
    let mut play = Play::start("everysec");
    let [a, b] = [play.connect(), play.connect()];
    play.turn(&[(b, "BLPOP l 0")]);
    // The pause is what is between the key that is ready and its being served.
    play.turn(&[(a, "MULTI"), (a, "CLIENT PAUSE 500 WRITE"), (a, "RPUSH l 1"), (a, "EXEC")]);
    play.disk_fails(0, io::ErrorKind::StorageFull);
    assert_eq!(play.received(b), "");
    play.later(500);
    assert_eq!(play.received(b), "-MISCONF Errors writing to the AOF file: no storage space\r\n");
    play.turn(&[(b, "LLEN l")]);
    assert_eq!(play.received(b), ":1\r\n");
}

#[test]
fn a_sync_of_more_than_two_seconds_is_counted_and_what_comes_waits_in_memory() {
    let mut play = Play::start("everysec");
    let a = play.connect();
    play.later(1000);
    play.turn(&[(a, "SET a 1")]);
    play.disk_does_one();
    play.turn(&[(a, "SET a 2")]);
    assert_eq!(play.wires.jobs.len(), 1, "the sync runs; nothing is appended meanwhile");
    play.later(1999);
    play.later(1);
    assert_eq!(play.received(a), "+OK\r\n+OK\r\n");
    assert_eq!(play.disk_does_one(), ["sync appendonly.aof.1.incr.aof"]);
    assert_eq!(play.disk_does_one(), ["append appendonly.aof.1.incr.aof 27"]);
    assert_eq!(play.info("aof_delayed_fsync"), "1");
}

#[test]
fn a_disk_that_is_full_is_tried_again_each_second_behind_a_cut_and_writes_are_refused_meanwhile() {
    let mut play = Play::start("everysec");
    let a = play.connect();
    play.turn(&[(a, "SET a 1")]);
    play.disk_fails(0, io::ErrorKind::StorageFull);
    play.turn(&[(a, "SET a 2"), (a, "GET a")]);
    let refused = "-MISCONF Errors writing to the AOF file: no storage space\r\n";
    assert_eq!(play.received(a), format!("+OK\r\n{refused}$1\r\n1\r\n"));
    assert_eq!(play.info("aof_last_write_status"), "err");
    play.later(999);
    assert!(play.wires.jobs.is_empty());
    play.later(1);
    let steps = play.disk_does_one();
    assert_eq!(steps, ["truncate appendonly.aof.1.incr.aof 0", "append appendonly.aof.1.incr.aof 50"]);
    play.turn(&[(a, "SET a 3")]);
    assert_eq!(play.received(a), "+OK\r\n");
    assert_eq!(play.info("aof_last_write_status"), "ok");
}

#[test]
fn a_rewrite_goes_through_the_files_as_redis_does() {
    let mut play = Play::start("everysec");
    let a = play.connect();
    play.turn(&[(a, "SET a 1")]);
    play.settle();
    play.turn(&[(a, "BGREWRITEAOF"), (a, "SET b 1")]);
    assert_eq!(play.received(a), "+OK\r\n+Background append only file rewriting started\r\n+OK\r\n");
    let switch = play.wires.jobs.iter().position(|job| job.lane == Lane::Log).expect("the switch");
    let steps: Vec<String> = play.wires.jobs[switch].steps.iter().map(shown).collect();
    assert_eq!(
        steps,
        [
            "append appendonly.aof.1.incr.aof 27",
            "sync appendonly.aof.1.incr.aof",
            "mkdir appendonlydir",
            "create appendonly.aof.2.incr.aof",
            "sync appendonly.aof.2.incr.aof",
            "syncdir appendonlydir",
            "create temp-appendonly.aof.manifest",
            "append temp-appendonly.aof.manifest 132",
            "sync temp-appendonly.aof.manifest",
            "rename temp-appendonly.aof.manifest appendonly.aof.manifest",
            "syncdir appendonlydir",
        ]
    );
    play.turn(&[(a, "SET c 1")]);
    play.settle();
    assert_eq!(play.file("appendonlydir/appendonly.aof.2.incr.aof"), SET_A.replace("\r\na\r\n", "\r\nc\r\n"));
    let names: Vec<&String> = play.wires.disk.files.keys().collect();
    assert_eq!(
        names,
        [
            "appendonlydir/appendonly.aof.2.base.rdb",
            "appendonlydir/appendonly.aof.2.incr.aof",
            "appendonlydir/appendonly.aof.manifest"
        ]
    );
    assert_eq!(play.info("aof_last_bgrewrite_status"), "ok");
}

#[test]
fn files_that_a_rewrite_has_replaced_stay_while_aof_disable_auto_gc_says_so() {
    let settings = [("appendonly", "yes"), ("aof-use-rdb-preamble", "no"), ("aof-timestamp-enabled", "yes")];
    let mut play = Play::with(&settings, MemoryDisk::default());
    let a = play.connect();
    play.turn(&[(a, "CONFIG SET aof-disable-auto-gc yes"), (a, "BGREWRITEAOF")]);
    play.settle();
    assert_eq!(
        play.manifest(),
        "file appendonly.aof.2.base.aof seq 2 type b\nfile appendonly.aof.1.base.aof seq 1 type h\n\
         file appendonly.aof.1.incr.aof seq 1 type h\nfile appendonly.aof.2.incr.aof seq 2 type i\n"
    );
    assert!(play.wires.disk.files.contains_key(INCR_1));
    // A base of commands begins with the time.
    assert_eq!(play.file("appendonlydir/appendonly.aof.2.base.aof"), "#TS:1700000000\r\n");
    play.turn(&[(a, "CONFIG SET aof-disable-auto-gc no")]);
    play.settle();
    assert_eq!(
        play.manifest(),
        "file appendonly.aof.2.base.aof seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n"
    );
    assert!(!play.wires.disk.files.contains_key(INCR_1));
}

#[test]
fn appendonly_is_switched_on_and_off_at_run_time() {
    let mut play = Play::with(&[], MemoryDisk::default());
    let a = play.connect();
    play.turn(&[(a, "SET a 1"), (a, "CONFIG SET appendonly yes")]);
    play.settle();
    assert_eq!(play.info("aof_enabled"), "1");
    assert_eq!(
        play.manifest(),
        "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
    );
    play.turn(&[(a, "SET b 1"), (a, "CONFIG SET appendonly no"), (a, "SET c 1")]);
    play.settle();
    assert_eq!(play.file(INCR_1), SET_A.replace("\r\na\r\n", "\r\nb\r\n"));
    assert_eq!(play.received(a), "+OK\r\n".repeat(5));
    assert_eq!(play.info("aof_enabled"), "0");
}

#[test]
fn the_reply_to_a_write_waits_for_its_sync_even_if_the_file_is_switched_off_in_its_turn() {
    let mut play = Play::start("always");
    let [a, b] = [play.connect(), play.connect()];
    play.turn(&[(a, "SET a 1"), (b, "CONFIG SET appendonly no"), (b, "GET a")]);
    assert_eq!((play.received(a), play.received(b)), (String::new(), String::new()));
    assert_eq!(
        play.disk_does_one(),
        ["append appendonly.aof.1.incr.aof 50", "sync appendonly.aof.1.incr.aof"]
    );
    assert_eq!((play.received(a), play.received(b)), ("+OK\r\n".into(), "+OK\r\n$1\r\n1\r\n".into()));
    play.turn(&[(a, "SET a 2")]);
    assert_eq!(play.received(a), "+OK\r\n");
}

#[test]
fn waitaof_waits_for_the_sync_of_what_its_client_has_written() {
    let mut play = Play::start("everysec");
    let [a, b] = [play.connect(), play.connect()];
    play.turn(&[(a, "SET a 1"), (a, "WAITAOF 1 0 0"), (b, "WAITAOF 1 0 0")]);
    assert_eq!(play.received(a), "+OK\r\n");
    assert_eq!(play.received(b), "*2\r\n:1\r\n:0\r\n", "it has written nothing");
    assert_eq!(play.disk_does_one(), ["append appendonly.aof.1.incr.aof 50"]);
    assert_eq!(play.received(a), "");
    assert_eq!(play.disk_does_one(), ["sync appendonly.aof.1.incr.aof"]);
    assert_eq!(play.received(a), "*2\r\n:1\r\n:0\r\n");
    play.turn(&[(a, "SET a 2"), (a, "WAITAOF 1 0 100")]);
    play.disk_does_one();
    play.later(100);
    assert_eq!(play.received(a), "+OK\r\n*2\r\n:0\r\n:0\r\n", "its time was over before the second was");
}

#[test]
fn a_rewrite_that_was_given_up_by_appendonly_no_leaves_no_file_that_is_used_again() {
    let mut play = Play::start("everysec");
    let a = play.connect();
    play.turn(&[(a, "SET a 1"), (a, "BGREWRITEAOF")]);
    play.turn(&[(a, "CONFIG SET appendonly no"), (a, "SET e 5")]);
    // The manifest of the given-up rewrite gets into its place after all, and names a second file.
    play.settle();
    play.turn(&[(a, "CONFIG SET appendonly yes"), (a, "SET f 6")]);
    let manifest = play.manifest();
    while play.manifest() == manifest {
        let files = play.wires.disk.clone();
        let mut crashed = Play::with(&[("appendonly", "yes")], files);
        let client = crashed.connect();
        crashed.turn(&[(client, "MGET e f")]);
        assert_eq!(crashed.received(client), "*2\r\n$-1\r\n$-1\r\n", "not f without e");
        play.disk_does_one();
    }
    play.settle();
    assert_eq!(
        play.manifest(),
        "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.3.incr.aof seq 3 type i\n"
    );
}

#[test]
fn a_rewrite_that_cannot_make_its_file_leaves_the_one_that_is_there_in_use() {
    let mut play = Play::start("everysec");
    let a = play.connect();
    play.turn(&[(a, "BGREWRITEAOF")]);
    // Sync, directory, file: the third step fails.
    let switch = play.wires.jobs.iter().position(|job| job.lane == Lane::Log).unwrap();
    play.wires.jobs.swap(0, switch);
    play.disk_fails(2, io::ErrorKind::StorageFull);
    play.settle();
    assert_eq!(play.info("aof_last_bgrewrite_status"), "err");
    play.turn(&[(a, "SET a 1")]);
    assert_eq!(play.received(a), "+Background append only file rewriting started\r\n+OK\r\n");
    play.settle();
    assert_eq!(play.file(INCR_1), SET_A);
    assert!(play.manifest().contains("appendonly.aof.1.incr.aof seq 1 type i"));
}

#[test]
fn the_first_base_is_commands_if_no_rewrite_is_to_begin_with_a_snapshot() {
    let settings = [("appendonly", "yes"), ("aof-use-rdb-preamble", "no")];
    let play = Play::with(&settings, MemoryDisk::default());
    assert_eq!(
        play.manifest(),
        "file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
    );
    assert_eq!(play.file("appendonlydir/appendonly.aof.1.base.aof"), "");
}

#[test]
fn config_set_does_not_remove_the_file_of_a_rewrite_that_was_given_up() {
    let mut play = Play::start("always");
    let a = play.connect();
    play.turn(&[(a, "BGREWRITEAOF")]);
    // The manifest is about to name the second file when nobody wants the rewrite any more.
    play.turn(&[(a, "SET a 1"), (a, "CONFIG SET appendonly no"), (a, "CONFIG SET aof-disable-auto-gc no")]);
    play.settle();
    assert_eq!(
        play.manifest(),
        "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n\
         file appendonly.aof.2.incr.aof seq 2 type i\n"
    );
    assert_eq!(play.file("appendonlydir/appendonly.aof.2.incr.aof"), SET_A);
}

#[test]
fn a_rewrite_waits_for_the_job_of_one_that_was_given_up_and_its_base_goes_with_the_history() {
    let mut play = Play::start("always");
    let a = play.connect();
    play.turn(&[(a, "SET a 1"), (a, "BGREWRITEAOF")]);
    let names_base = |job: &Job| {
        job.steps.iter().any(|step| matches!(step, Step::Rename(_, path) if path.contains(".base.")))
    };
    while !play.wires.jobs.iter().any(names_base) {
        match play.wires.jobs.is_empty() {
            true => play.turn(&[]),
            false => _ = play.disk_does_one(),
        }
    }
    play.turn(&[(a, "CONFIG SET appendonly no"), (a, "CONFIG SET appendonly yes")]);
    play.settle();
    assert_eq!(play.info("aof_last_bgrewrite_status"), "ok");
    assert_eq!(
        play.manifest(),
        "file appendonly.aof.3.base.rdb seq 3 type b\nfile appendonly.aof.3.incr.aof seq 3 type i\n"
    );
    let names: Vec<&String> = play.wires.disk.files.keys().collect();
    assert_eq!(
        names,
        [
            "appendonlydir/appendonly.aof.3.base.rdb",
            "appendonlydir/appendonly.aof.3.incr.aof",
            "appendonlydir/appendonly.aof.manifest"
        ]
    );
}

#[test]
fn what_was_held_waits_for_the_last_sync_even_if_the_file_is_switched_on_again_in_its_turn() {
    let mut play = Play::start("always");
    let a = play.connect();
    play.turn(&[(a, "SET a 1")]);
    play.turn(&[(a, "SET a 2"), (a, "CONFIG SET appendonly no"), (a, "CONFIG SET appendonly yes")]);
    assert_eq!(play.received(a), "");
    play.settle();
    assert_eq!(play.received(a), "+OK\r\n".repeat(4));
}
