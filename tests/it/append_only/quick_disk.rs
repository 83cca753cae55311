//! `appendfsync always` on a disk that is quick: the turn waits for the sync.

use super::*;

impl Play {
    /// A server under `always` whose disk does short jobs at once.
    fn with_quick_disk() -> Play {
        let mut play = Play::start("always");
        play.wires.is_quick = true;
        play
    }
}

#[test]
fn the_replies_of_a_turn_leave_in_it_behind_one_sync() {
    let mut play = Play::with_quick_disk();
    let [a, b] = [play.connect(), play.connect()];
    play.turn(&[(a, "SET a 1"), (b, "GET a")]);
    assert_eq!(play.file(INCR_1), SET_A);
    assert_eq!((play.received(a), play.received(b)), ("+OK\r\n".into(), "$1\r\n1\r\n".into()));
    assert!(!play.server.has_ready(), "nothing is left for another turn");
}

#[test]
fn what_a_thread_has_been_given_goes_first_and_its_clients_are_served_before_those_of_the_turn() {
    let mut play = Play::start("always");
    let [a, b] = [play.connect(), play.connect()];
    play.turn(&[(a, "SET a 1")]);
    play.wires.is_quick = true;
    play.turn(&[(b, "SET b 1")]);
    assert_eq!((play.received(a), play.received(b)), (String::new(), String::new()));
    assert_eq!(
        play.disk_does_one(),
        ["append appendonly.aof.1.incr.aof 50", "sync appendonly.aof.1.incr.aof"]
    );
    assert_eq!(play.wires.received.order(), [a, b]);
    assert_eq!((play.received(a), play.received(b)), ("+OK\r\n".into(), "+OK\r\n".into()));
    assert!(play.wires.jobs.is_empty());
}

#[test]
fn without_a_sync_during_a_snapshot_the_replies_leave_in_the_turn_too() {
    let mut play = Play::with_quick_disk();
    let a = play.connect();
    play.turn(&[(a, "CONFIG SET no-appendfsync-on-rewrite yes"), (a, "SET a 1"), (a, "BGSAVE")]);
    assert_eq!(play.received(a), "+OK\r\n+OK\r\n+Background saving started\r\n");
    play.turn(&[(a, "SET a 2")]);
    assert_eq!(play.received(a), "+OK\r\n");
}

#[test]
fn a_disk_that_fails_in_the_turn_closes_the_writers_before_they_are_sent_anything() {
    let mut play = Play::with_quick_disk();
    let [a, b] = [play.connect(), play.connect()];
    play.wires.disk.files.remove(INCR_1);
    play.turn(&[(a, "SET a 1"), (b, "GET a")]);
    assert_eq!(play.wires.received.closed, [a]);
    assert_eq!((play.received(a), play.received(b)), (String::new(), "$1\r\n1\r\n".into()));
    play.turn(&[(b, "SET b 1")]);
    let refused = "-MISCONF Errors writing to the AOF file: entity not found\r\n";
    assert_eq!(play.received(b), refused);
    play.settle();
    play.turn(&[(b, "SET b 1")]);
    assert_eq!(play.received(b), "+OK\r\n");
}

#[test]
fn the_turn_does_not_wait_for_syncs_that_take_more_than_ten_milliseconds_on_average() {
    let mut play = Play::start("always");
    let a = play.connect();
    // The average of eight: a tenth of a second counts as an eighth of it.
    let mut are_short = Vec::new();
    for took_us in [100_000, 0, 0, 0] {
        play.turn(&[(a, "SET a 1")]);
        are_short.push(play.wires.jobs[0].is_short);
        STOPWATCH_US.set(STOPWATCH_US.get() + took_us);
        play.disk_does_one();
        assert_eq!(play.received(a), "+OK\r\n");
    }
    assert_eq!(are_short, [true, false, false, true]);
}

#[test]
fn latency_has_the_time_of_a_sync_that_the_turn_has_waited_for() {
    let mut play = Play::start("always");
    let a = play.connect();
    play.turn(&[(a, "CONFIG SET latency-monitor-threshold 5"), (a, "SET a 1")]);
    STOPWATCH_US.set(STOPWATCH_US.get() + 7_900);
    play.disk_does_one();
    play.received(a);
    play.turn(&[(a, "LATENCY LATEST")]);
    assert_eq!(play.received(a), "*1\r\n*4\r\n$16\r\naof-fsync-always\r\n:1700000000\r\n:7\r\n:7\r\n");
}
