//! Where units begin and end, and what the server's owner asks of the record.

use super::recorded::Recorded;
use crate::commands::asked::Asked;
use crate::sans_io::{config, connect, server};
use cutaway::server::{Server, Time};
use cutaway::tools::scenario::words::split;
use std::time::Duration;

fn ask(asked: &mut dyn Asked, lines: &[&str]) {
    for line in lines {
        asked.ask('A', &split(line).unwrap());
    }
}

/// What was recorded since, a command a line.
fn taken(recorded: &mut Recorded) -> String {
    shown(&recorded.take())
}

/// The words of commands, and comments as they are.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let words = text.split("\r\n").filter(|part| !part.starts_with('$'));
    let text = words.collect::<Vec<_>>().join(" ");
    let commands =
        text.split('*').map(|command| command.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    commands.map(str::trim).filter(|command| !command.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_is_recorded_until_it_is_wanted() {
    let mut recorded = Recorded::new();
    recorded.server().propagation.set(false);
    ask(&mut recorded, &["SET k 1", "SPOP s", "EXPIRE k 0"]);
    assert_eq!(recorded.take(), b"");
    recorded.server().propagation.set(true);
    ask(&mut recorded, &["SET k 2"]);
    assert_eq!(taken(&mut recorded), "SELECT 0\nSET k 2");
}

#[test]
fn a_database_is_selected_when_it_changes_and_in_a_new_file() {
    let mut recorded = Recorded::new();
    ask(&mut recorded, &["SET a 1", "SET b 1", "SELECT 3", "SET c 1", "GET c", "DEL d"]);
    assert_eq!(taken(&mut recorded), "SELECT 0\nSET a 1\nSET b 1\nSELECT 3\nSET c 1");
    ask(&mut recorded, &["SET d 1"]);
    assert_eq!(taken(&mut recorded), "SET d 1");
    recorded.server().propagation.forget_db();
    ask(&mut recorded, &["SET e 1"]);
    assert_eq!(taken(&mut recorded), "SELECT 3\nSET e 1");
}

#[test]
fn several_operations_stand_between_multi_and_exec() {
    let mut recorded = Recorded::new();
    ask(
        &mut recorded,
        &["MULTI", "SET a 1", "SELECT 1", "SET a 2", "EXEC", "MULTI", "GET a", "SET a 3", "EXEC"],
    );
    assert_eq!(
        taken(&mut recorded),
        "MULTI\nSELECT 0\nSET a 1\nSELECT 1\nSET a 2\nEXEC\nSET a 3",
        "a transaction with one operation has no frame"
    );
    ask(
        &mut recorded,
        &["EVAL \"redis.call('INCR', 'a'); redis.call('SPOP', 'a'); return redis.call('DEL', 'a')\" 0"],
    );
    assert_eq!(taken(&mut recorded), "INCR a", "the script ends at the error");
    ask(
        &mut recorded,
        &["EVAL \"redis.call('SELECT', 2); redis.call('SET', 'a', 1); redis.call('INCR', 'a')\" 0", "INCR a"],
    );
    assert_eq!(taken(&mut recorded), "MULTI\nSELECT 2\nSET a 1\nINCR a\nEXEC\nSELECT 1\nINCR a");
    ask(&mut recorded, &["EVAL \"redis.set_repl(redis.REPL_REPLICA); redis.call('SET', 'a', 1)\" 0"]);
    assert_eq!(taken(&mut recorded), "", "the script keeps its commands out of the file");
}

#[test]
fn keys_that_expire_unasked_stand_alone() {
    let mut recorded = Recorded::new();
    ask(
        &mut recorded,
        &[
            "SET a 1 PX 10",
            "SET b 1 PX 10",
            "HSET h f 1 g 1 i 1",
            "HPEXPIRE h 9 FIELDS 1 f",
            "HPEXPIRE h 10 FIELDS 1 g",
        ],
    );
    recorded.take();
    recorded.wait(Duration::from_millis(20));
    assert_eq!(taken(&mut recorded), "HDEL h f\nHDEL h g\nDEL a\nDEL b");
    ask(
        &mut recorded,
        &[
            "CONFIG SET lazyfree-lazy-expire yes",
            "DEBUG SET-ACTIVE-EXPIRE 0",
            "SET a 1 PX 10",
            "SET b 1 PX 10",
        ],
    );
    recorded.take();
    recorded.wait(Duration::from_millis(20));
    ask(&mut recorded, &["MGET a b"]);
    assert_eq!(taken(&mut recorded), "MULTI\nUNLINK a\nUNLINK b\nEXEC");
}

#[test]
fn keys_that_are_evicted_stand_alone() {
    let mut recorded = Recorded::new();
    ask(&mut recorded, &["SET a 1", "SET b 1", "CONFIG SET maxmemory-policy allkeys-random"]);
    recorded.take();
    ask(&mut recorded, &["CONFIG SET maxmemory 1", "GET a"]);
    let evicted = taken(&mut recorded);
    assert!(["DEL a\nDEL b", "DEL b\nDEL a"].contains(&evicted.as_str()), "{evicted}");
}

#[test]
fn a_scan_removes_keys_one_by_one() {
    let mut recorded = Recorded::new();
    ask(&mut recorded, &["DEBUG SET-ACTIVE-EXPIRE 0", "SET a 1 PX 10", "SET b 1 PX 10"]);
    recorded.take();
    recorded.wait(Duration::from_millis(20));
    ask(&mut recorded, &["SCAN 0"]);
    let taken = taken(&mut recorded);
    assert!(["DEL a\nDEL b", "DEL b\nDEL a"].contains(&taken.as_str()), "{taken}");
}

#[test]
fn seconds_are_written_once_and_only_if_asked_for() {
    let mut recorded = Recorded::new();
    let second = recorded.server().time.unix_micros / 1_000_000;
    ask(&mut recorded, &["CONFIG SET aof-timestamp-enabled yes", "SET a 1", "SET a 2"]);
    recorded.wait(Duration::from_millis(1000));
    ask(&mut recorded, &["MULTI", "SET a 3", "SET a 4", "EXEC"]);
    let expected =
        format!("#TS:{second} SELECT 0\nSET a 1\nSET a 2 #TS:{}\nMULTI\nSET a 3\nSET a 4\nEXEC", second + 1);
    let found = taken(&mut recorded);
    assert_eq!(found.replace(" SELECT", "\nSELECT").replace("\n", " "), expected.replace("\n", " "));
}

#[test]
fn an_open_unit_is_not_taken() {
    let mut server: Server = server(config(&[("busy-reply-threshold", "1")]));
    server.stopwatch = ticking;
    let client = connect(&mut server);
    server.propagation.set(true);
    let during = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = during.clone();
    server.set_while_busy(Box::new(move |server| {
        seen.borrow_mut().push((server.propagation.len(), server.propagation.take()));
    }));
    server.set_time(Time { unix_micros: 1, millis: 1 });
    let script = "redis.call('SET', 'a', 1); for i = 1, 100000 do end; redis.call('SET', 'a', 2)";
    server.feed(client, format!("SET b 1\r\nEVAL \"{script}\" 0\r\nSET b 2\r\n").as_bytes());
    let during = during.borrow();
    assert_eq!(shown(&during[0].1), "SELECT 0\nSET b 1", "what came before the script");
    assert!(during.len() > 1 && during[1..].iter().all(|(len, taken)| *len == 0 && taken.is_empty()));
    assert_eq!(shown(&server.propagation.take()), "MULTI\nSET a 1\nSET a 2\nEXEC\nSET b 2");
}

/// A stopwatch that shows another millisecond whenever it is looked at.
fn ticking() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static MICROS: AtomicU64 = AtomicU64::new(0);
    MICROS.fetch_add(1000, Ordering::Relaxed)
}

#[test]
fn the_clients_whose_commands_were_recorded_are_known() {
    let mut server = server(config(&[]));
    let [one, two, reader] = [connect(&mut server), connect(&mut server), connect(&mut server)];
    server.propagation.set(true);
    server.feed(one, b"SET a 1\r\nSET a 2\r\n");
    server.feed(two, b"MULTI\r\nSPOP s\r\nLPUSH l 1\r\nEXEC\r\n");
    server.feed(reader, b"GET a\r\nDEL nokey\r\n");
    server.feed(one, b"SET a 3\r\n");
    assert_eq!(server.take_writers(), [one, two]);
    assert_eq!(server.take_writers(), []);
    server.feed(one, b"FLUSHALL\r\n");
    server.feed(two, b"EVAL \"redis.call('SET', 'a', 1)\" 0\r\n");
    server.disconnect(one);
    assert_eq!(server.take_writers(), [two], "a client that has gone is not among them");
}
