//! What clients are served while files are loaded.

use super::super::machine::{Machine, commands};
use super::{LOG, disk, log, snapshot};
use cutaway::server::persistence::memory_disk::MemoryDisk;

const LOADING: &str = "-LOADING Redis is loading the dataset in memory\r\n";

/// Thousands of commands: more than a turn loads.
fn many() -> MemoryDisk {
    log(&commands("INCR n").repeat(5000))
}

/// Turns until clients are accepted.
fn until_clients_are_let_in(machine: &mut Machine) {
    while !machine.server.lets_clients_in() {
        assert!(machine.server.is_loading());
        machine.turn();
        machine.work();
    }
}

#[test]
fn clients_are_let_in_when_a_load_takes_more_than_a_turn() {
    let mut machine = Machine::begin(LOG, many());
    until_clients_are_let_in(&mut machine);
    assert!(machine.server.is_loading());
    machine.settle();
    assert!(!machine.server.is_loading());
    let mut machine = Machine::begin(LOG, log(&commands("INCR n")));
    until_clients_are_let_in(&mut machine);
    assert!(!machine.server.is_loading(), "a short one has ended by then");
}

#[test]
fn commands_are_refused_but_for_those_that_need_no_keys() {
    let mut machine = Machine::begin(LOG, many());
    machine.send(
        "PING\nGET n\nSET n 1\nEVAL \"return 1\" 0\nECHO hi\nSELECT 1\nMULTI\nGET n\nEXEC\nHELLO 2 3\nPING",
    );
    machine.turn();
    let hello = machine.received();
    let refused = format!(
        "{LOADING}{LOADING}{LOADING}{LOADING}$2\r\nhi\r\n+OK\r\n+OK\r\n{LOADING}-EXECABORT Transaction discarded because \
         of previous errors.\r\n-ERR "
    );
    assert!(hello.starts_with(&refused), "{hello}");
    assert!(hello.ends_with(LOADING));
    machine.settle();
    assert_eq!(machine.ask("SELECT 0\nGET n"), "+OK\r\n$4\r\n5000\r\n");
}

#[test]
fn an_exec_is_refused_if_what_was_queued_is() {
    let mut machine = Machine::start(&[], disk(&[("dump.rdb", &snapshot("SET a 1"))])).unwrap();
    let other = machine.connect();
    machine.ask("MULTI\nECHO hi\nGET a");
    machine.send_from(other, "DEBUG RELOAD NOSAVE");
    machine.send("EXEC");
    machine.turn();
    assert_eq!(
        machine.received(),
        "-EXECABORT Transaction discarded because of: LOADING Redis is loading the dataset in memory\r\n"
    );
    machine.settle();
    assert_eq!(machine.received_by(other), "+OK\r\n");
}

#[test]
fn info_says_how_far_it_is() {
    let mut machine = Machine::begin(LOG, many());
    until_clients_are_let_in(&mut machine);
    machine.send("INFO persistence");
    machine.turn();
    let info = machine.received();
    // The first turns loaded 1024 commands of 21 bytes each.
    for field in
        ["loading:1", "loading_start_time:1700000000", "loading_total_bytes:105000", "loading_eta_seconds:1"]
    {
        assert!(info.contains(&format!("\r\n{field}\r\n")), "{field} {info}");
    }
    let loaded = info.lines().find_map(|line| line.strip_prefix("loading_loaded_bytes:")).unwrap();
    let loaded: u64 = loaded.trim().parse().unwrap();
    assert!(loaded > 0 && loaded < 105_000 && loaded.is_multiple_of(1024 * 21), "{loaded}");
    machine.settle();
    let info = machine.ask("INFO persistence");
    assert!(info.contains("\r\nloading:0\r\n") && !info.contains("loading_start_time"), "{info}");
}

#[test]
fn a_client_that_waits_is_served_by_what_is_there_when_all_is_loaded() {
    let bytes = commands("RPUSH l x\nLPOP l");
    let mut machine = Machine::start(LOG, log(&bytes)).unwrap();
    let waiting = machine.connect();
    machine.send_from(waiting, "BLPOP l 0");
    assert_eq!(machine.ask("DEBUG LOADAOF"), "+OK\r\n");
    assert_eq!(machine.received_by(waiting), "", "x was there meanwhile");
    assert_eq!(machine.ask("RPUSH l y"), ":1\r\n");
    assert_eq!(machine.received_by(waiting), "*2\r\n$1\r\nl\r\n$1\r\ny\r\n");
}

#[test]
fn nothing_is_saved_in_a_directory_that_another_server_has_claimed() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    machine.server.process.claim_dir =
        Some(|| Err(std::io::Error::other("another server saves its files in this directory")));
    let refused = "-ERR cannot save in .: another server saves its files in this directory\r\n";
    assert_eq!(machine.ask("SAVE\nBGSAVE\nBGSAVE SCHEDULE\nBGREWRITEAOF"), refused.repeat(4));
    machine.ask("SHUTDOWN SAVE");
    assert!(!machine.server.wants_shutdown());
    assert!(machine.disk.files.is_empty());
    machine.server.process.claim_dir = Some(|| Ok(()));
    assert_eq!(machine.ask("SAVE"), "+OK\r\n");
    assert!(machine.disk.files.contains_key("dump.rdb"));
}
