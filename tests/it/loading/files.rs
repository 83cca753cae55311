//! Which files are loaded, which are removed, and which end the start.

use super::super::machine::{Machine, commands};
use std::cell::Cell;

use super::{FIRST, LOG, MANIFEST, disk, log, snapshot};
use cutaway::server::persistence::memory_disk::MemoryDisk;

const BASE: &str = "appendonlydir/appendonly.aof.1.base.rdb";
const SECOND: &str = "appendonlydir/appendonly.aof.2.incr.aof";
const ALL: &str = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n\
                   file appendonly.aof.2.incr.aof seq 2 type i\n";

fn names(disk: &MemoryDisk) -> Vec<&str> {
    disk.files.keys().map(String::as_str).collect()
}

/// Why a server does not start.
fn refusal(disk: MemoryDisk) -> String {
    Machine::start(LOG, disk).map(|_| ()).unwrap_err()
}

#[test]
fn a_base_and_files_of_commands_are_loaded_in_order() {
    let base = snapshot("SET n 1");
    let disk = disk(&[
        (MANIFEST, ALL.as_bytes()),
        (BASE, &base),
        (FIRST, &commands("APPEND n 2")),
        (SECOND, &commands("APPEND n 3")),
    ]);
    assert_eq!(Machine::start(LOG, disk).unwrap().ask("GET n"), "$3\r\n123\r\n");
}

#[test]
fn a_file_of_the_time_before_redis_7_becomes_the_base() {
    let mut old = snapshot("SET n 1");
    old.extend(commands("APPEND n 2"));
    for bytes in [&old, &commands("SET n 12")] {
        let mut machine = Machine::start(LOG, disk(&[("appendonly.aof", bytes)])).unwrap();
        assert_eq!(machine.ask("GET n"), "$2\r\n12\r\n");
        assert!(!machine.disk.files.contains_key("appendonly.aof"));
        assert_eq!(&machine.disk.files["appendonlydir/appendonly.aof"], bytes);
        let manifest = String::from_utf8_lossy(&machine.disk.files[MANIFEST]).into_owned();
        assert!(manifest.starts_with("file appendonly.aof seq 1 type b\n"), "{manifest}");
    }
}

#[test]
fn the_move_of_an_old_file_goes_on_where_it_was_interrupted() {
    let old = commands("SET n 12");
    let named: &[u8] = b"file appendonly.aof seq 1 type b\n";
    let interrupted = disk(&[(MANIFEST, named), ("appendonly.aof", &old)]);
    let mut machine = Machine::start(LOG, interrupted).unwrap();
    assert_eq!(machine.ask("GET n"), "$2\r\n12\r\n");
    // One that was moved already is not moved again: the file beside the directory is another server's.
    let moved =
        disk(&[(MANIFEST, named), ("appendonlydir/appendonly.aof", &old), ("appendonly.aof", b"other")]);
    let mut machine = Machine::start(LOG, moved).unwrap();
    assert_eq!(machine.ask("GET n"), "$2\r\n12\r\n");
    assert_eq!(machine.disk.files["appendonly.aof"], b"other");
}

#[test]
fn what_is_needed_no_longer_is_removed() {
    let manifest =
        "file appendonly.aof.1.base.rdb seq 1 type h\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
    let machine = Machine::start(
        LOG,
        disk(&[
            (MANIFEST, manifest.as_bytes()),
            (BASE, b"history"),
            (FIRST, &commands("SET a 1")),
            ("appendonlydir/temp-appendonly.aof.manifest", b""),
            ("appendonlydir/temp-appendonly.aof.incr", b""),
            ("appendonlydir/temp-other.aof.incr", b""),
            ("temp-12.rdb", b""),
            ("temp-rewriteaof-12.aof", b""),
            ("temp-rewriteaof-bg-12.aof", b""),
            ("temp-notes.rdb", b""),
        ]),
    )
    .unwrap();
    assert_eq!(
        names(&machine.disk),
        [FIRST, MANIFEST, "appendonlydir/temp-other.aof.incr", "temp-notes.rdb"]
    );
    assert_eq!(machine.disk.files[MANIFEST], b"file appendonly.aof.1.incr.aof seq 1 type i\n");
}

#[test]
fn a_file_that_is_named_and_missing_ends_the_start() {
    let missing = disk(&[(MANIFEST, ALL.as_bytes()), (FIRST, b""), (SECOND, b"")]);
    let reason = refusal(missing);
    assert!(
        reason.starts_with("Unable to obtain the AOF file appendonly.aof.1.base.rdb length. stat: "),
        "{reason}"
    );
}

#[test]
fn a_manifest_that_is_wrong_ends_the_start() {
    assert_eq!(refusal(disk(&[(MANIFEST, b"")])), "Found an empty AOF manifest");
    assert_eq!(refusal(disk(&[(MANIFEST, b"file a seq 1\n")])), "Invalid AOF manifest file format");
}

#[test]
fn a_snapshot_that_is_wrong_ends_the_start() {
    let good = snapshot("SET a 1");
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        Machine::start(&[], disk(&[("dump.rdb", &bytes)])).map(|_| ())
    };
    let fatal = Err("Fatal error loading the DB, check server logs. Exiting.".into());
    assert_eq!(with(&|_| {}), Ok(()));
    assert_eq!(
        with(&|bytes| bytes.extend(b"more")),
        Ok(()),
        "as in Redis, what follows the end is not looked at"
    );
    assert_eq!(with(&|bytes| bytes[8] = b'9'), fatal, "a version that is not known");
    assert_eq!(with(&|bytes| bytes[0] = b'X'), fatal);
    assert_eq!(with(&|bytes| *bytes.last_mut().unwrap() ^= 1), fatal, "a wrong checksum");
    assert_eq!(with(&|bytes| bytes.clear()), fatal);
    let base = disk(&[(MANIFEST, ALL.as_bytes()), (BASE, &good[..20]), (FIRST, b""), (SECOND, b"")]);
    assert_eq!(
        refusal(base),
        "Error reading the RDB base file appendonly.aof.1.base.rdb, AOF loading aborted"
    );
}

#[test]
fn a_file_of_commands_that_is_damaged_ends_the_start() {
    let set = commands("SET a 1");
    let damaged = |middle: &[u8]| refusal(log(&[&set, middle, &set].concat()));
    let format = "Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup of your AOF file, \
                  then use ./redis-check-aof --fix <filename.manifest>";
    assert_eq!(damaged(b"!!!"), format);
    assert_eq!(damaged(&commands("MULTI\nMULTI")), format);
    assert_eq!(damaged(&commands("EXEC")), format);
    assert_eq!(damaged(&commands("SHUTDOWN NOSAVE")), format);
    assert_eq!(damaged(&commands("SUBSCRIBE c")), format);
    assert_eq!(damaged(&commands("GET")), format);
    assert_eq!(
        damaged(&commands("bla foo")),
        "Unknown command 'bla' reading the append only file appendonly.aof.1.incr.aof"
    );
}

#[test]
fn pfdebug_is_loaded_though_it_is_a_command_of_administrators() {
    let file = commands("PFADD h a\nPFDEBUG GETREG h\nSET a 1");
    let mut machine = Machine::start(LOG, log(&file)).unwrap();
    assert_eq!(machine.ask("PFDEBUG ENCODING h\nGET a"), "+dense\r\n$1\r\n1\r\n");
}

#[test]
fn only_the_last_file_may_be_torn() {
    let torn = &commands("SET a 1")[..20];
    let both = |first: &[u8], second: &[u8]| {
        let manifest = ALL.split_inclusive('\n').skip(1).collect::<String>();
        Machine::start(LOG, disk(&[(MANIFEST, manifest.as_bytes()), (FIRST, first), (SECOND, second)]))
            .map(|_| ())
    };
    assert_eq!(both(&commands("SET b 1"), torn), Ok(()));
    assert_eq!(both(torn, b""), Err("Fatal error: the truncated file is not the last file".into()));
}

#[test]
fn empty_files_are_no_failure() {
    let manifest = ALL.split_inclusive('\n').skip(1).collect::<String>();
    let empty = disk(&[(MANIFEST, manifest.as_bytes()), (FIRST, b""), (SECOND, b"")]);
    assert_eq!(Machine::start(LOG, empty).unwrap().ask("DBSIZE"), ":0\r\n");
}

#[test]
fn a_script_without_an_end_in_a_file_is_ended_by_the_signal_that_ends_the_server() {
    let file = commands("SET a 1\nEVAL 'redis.call(\"SET\", \"a\", \"2\") while true do end' 0");
    let mut machine = Machine::begin(LOG, log(&file));
    // Each look at it is a second later.
    machine.server.stopwatch = || {
        thread_local!(static SHOWS_US: Cell<u64> = const { Cell::new(0) });
        SHOWS_US.replace(SHOWS_US.get() + 1_000_000)
    };
    machine.server.set_while_busy(Box::new(|server| server.shutdown_by_signal(false)));
    machine.settle();
    assert!(machine.server.wants_shutdown());
    assert_eq!(machine.disk.files[FIRST], file);
    assert!(!machine.disk.files.contains_key("dump.rdb"));
}
