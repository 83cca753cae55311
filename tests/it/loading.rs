//! What a server loads when it starts, and what a start accepts.

mod cuts;
mod files;
mod reload;
mod served;

use cutaway::server::persistence::memory_disk::MemoryDisk;

use super::machine::{Machine, commands};

/// The settings of a server with an append-only file.
const LOG: &[(&str, &str)] = &[("appendonly", "yes")];
const MANIFEST: &str = "appendonlydir/appendonly.aof.manifest";
const FIRST: &str = "appendonlydir/appendonly.aof.1.incr.aof";

/// A disk with these files, in directories that are there.
fn disk(files: &[(&str, &[u8])]) -> MemoryDisk {
    let mut disk = MemoryDisk::default();
    for (path, bytes) in files {
        if let Some((directory, _)) = path.rsplit_once('/') {
            disk.directories.insert(directory.into());
        }
        disk.files.insert((*path).into(), bytes.to_vec());
    }
    disk
}

/// A disk with one file of commands.
fn log(bytes: &[u8]) -> MemoryDisk {
    disk(&[(MANIFEST, b"file appendonly.aof.1.incr.aof seq 1 type i\n"), (FIRST, bytes)])
}

/// The snapshot of a server that these requests were sent to.
fn snapshot(requests: &str) -> Vec<u8> {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    machine.ask(requests);
    assert_eq!(machine.ask("DEBUG RELOAD"), "+OK\r\n");
    machine.disk.files.remove("dump.rdb").unwrap()
}

#[test]
fn commands_are_executed_in_order_and_are_no_requests() {
    let bytes = commands("SELECT 0\nSET a 1\nINCR a\nMULTI\nRPUSH l x\nRPUSH l y\nEXEC\nSELECT 3\nSET b 2");
    let mut machine = Machine::start(LOG, log(&bytes)).unwrap();
    assert_eq!(machine.server.stats.commands_processed, 0);
    assert_eq!(
        machine.ask("GET a\nLRANGE l 0 -1\nSELECT 3\nGET b"),
        "$1\r\n2\r\n*2\r\n$1\r\nx\r\n$1\r\ny\r\n+OK\r\n$1\r\n2\r\n"
    );
}

#[test]
fn an_error_of_a_command_does_not_end_the_load() {
    let bytes = commands("SET a word\nINCR a\nSADD a x\nSET b 1");
    let mut machine = Machine::start(LOG, log(&bytes)).unwrap();
    assert_eq!(machine.ask("GET a\nGET b"), "$4\r\nword\r\n$1\r\n1\r\n");
}

#[test]
fn a_command_that_would_wait_does_not() {
    let bytes =
        commands("BLPOP l 0\nRPUSH l x y\nBLPOP l 0\nXADD s 1-1 n v\nXREAD BLOCK 0 STREAMS s $\nSET a 1");
    let mut machine = Machine::start(LOG, log(&bytes)).unwrap();
    assert_eq!(machine.ask("LRANGE l 0 -1\nGET a"), "*1\r\n$1\r\ny\r\n$1\r\n1\r\n");
}

#[test]
fn nothing_expires_while_commands_are_loaded() {
    let past = "SET a 1\nPEXPIREAT a 1600000000000\nINCR a\nHSET h f 1 g 1\nHPEXPIREAT h 1600000000000 FIELDS 1 f\n\
                HINCRBY h f 1\nRPUSH l x\nPEXPIREAT l 1600000000000\nRPUSH l y\nPERSIST l";
    let mut machine = Machine::start(LOG, log(&commands(past))).unwrap();
    // The next turn finds what has expired.
    assert_eq!(
        machine.ask("EXISTS a\nHGETALL h\nLRANGE l 0 -1"),
        ":0\r\n*2\r\n$1\r\ng\r\n$1\r\n1\r\n*2\r\n$1\r\nx\r\n$1\r\ny\r\n"
    );
}

#[test]
fn of_a_snapshot_keys_that_have_expired_are_left_out_but_not_if_commands_follow() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    machine.ask("DEBUG SET-ACTIVE-EXPIRE 0\nSET a 1 PX 1\nSET b 1");
    assert_eq!(machine.ask("DEBUG RELOAD"), "+OK\r\n");
    let snapshot = machine.disk.files.remove("dump.rdb").unwrap();

    let later = |settings, disk| {
        let mut machine = Machine::begin(settings, disk);
        machine.pass(1000);
        machine.settle();
        machine.ask("INFO persistence\nEXISTS a\nGET b")
    };
    let alone = later(&[], disk(&[("dump.rdb", &snapshot)]));
    assert!(alone.contains("\r\nrdb_last_load_keys_expired:1\r\nrdb_last_load_keys_loaded:1\r\n"), "{alone}");
    let base = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
    let files = [
        (MANIFEST, base.as_bytes()),
        ("appendonlydir/appendonly.aof.1.base.rdb", &snapshot),
        (FIRST, &commands("INCR a\nPERSIST a")),
    ];
    let followed = later(LOG, disk(&files));
    assert!(
        followed.contains("\r\nrdb_last_load_keys_expired:0\r\nrdb_last_load_keys_loaded:2\r\n"),
        "{followed}"
    );
    assert!(followed.ends_with(":1\r\n$1\r\n1\r\n"), "{followed}");
}

#[test]
fn the_rest_of_redis_words_of_a_trim_are_taken_as_they_were_sent() {
    let bytes = commands("XADD s 1-1 n v\nXADD s 2-1 n v\nXADD s MAXLEN = 2 LIMIT 10 3-1 n v");
    let mut machine = Machine::start(LOG, log(&bytes)).unwrap();
    assert_eq!(machine.ask("XLEN s"), ":2\r\n");
}

#[cfg(feature = "lua")]
#[test]
fn functions_and_scripts_are_loaded() {
    let library = "#!lua name=l\nredis.register_function('f', function() return 7 end)";
    let load = format!("FUNCTION LOAD {library:?}");
    let dump = snapshot(&load);
    let mut machine = Machine::start(&[], disk(&[("dump.rdb", &dump)])).unwrap();
    assert_eq!(machine.ask("FCALL f 0"), ":7\r\n");
    let script = format!("{load}\nEVAL \"return redis.call('set', KEYS[1], 'x')\" 1 a");
    let mut machine = Machine::start(LOG, log(&commands(&script))).unwrap();
    assert_eq!(machine.ask("FCALL f 0\nGET a"), ":7\r\n$1\r\nx\r\n");
}

#[test]
fn what_is_not_there_is_not_loaded() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    assert_eq!(machine.ask("DBSIZE"), ":0\r\n");
    // As in Redis, the snapshot is not looked at where there is to be an append-only file.
    let mut machine = Machine::start(LOG, disk(&[("dump.rdb", b"")])).unwrap();
    assert_eq!(machine.ask("DBSIZE"), ":0\r\n");
}
