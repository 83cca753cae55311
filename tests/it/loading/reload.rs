//! DEBUG RELOAD and DEBUG LOADAOF.

use super::super::commands::values::{Chance, value};
use super::super::machine::{Machine, commands};
use super::{LOG, log};
use cutaway::server::persistence::memory_disk::MemoryDisk;

/// What a server says of all that it keeps, with the times that the digest does not know.
fn about(machine: &mut Machine, keys: &[String]) -> String {
    let mut questions = vec!["DEBUG DIGEST".into(), "FUNCTION LIST WITHCODE".into(), "DBSIZE".into()];
    for key in keys {
        questions.extend([
            format!("DEBUG DIGEST-VALUE {key}"),
            format!("PEXPIRETIME {key}"),
            format!("HPEXPIRETIME {key} FIELDS 1 f"),
            format!("XINFO STREAM {key} FULL COUNT 0"),
        ]);
    }
    machine.ask(&questions.join("\n"))
}

#[test]
fn any_state_comes_back() {
    let (mut chance, count) = Chance::asked();
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    for round in 0..count.div_ceil(10) {
        machine.ask("FLUSHALL\nFUNCTION FLUSH");
        let keys: Vec<String> = (0..10).map(|key| format!("k{key}")).collect();
        for key in &keys {
            for words in value(&mut chance) {
                machine.ask_words(&words);
            }
            machine.ask(&format!("RENAME k {key}\nDEL other"));
            if chance.below(3) == 0 {
                machine.ask(&format!("PEXPIREAT {key} {}", 1_800_000_000_000 + chance.below(1000)));
            }
        }
        #[cfg(feature = "lua")]
        machine.ask(&format!(
            "FUNCTION LOAD \"#!lua name=l{round}\\nredis.register_function('f', function() return {round} end)\""
        ));
        let before = about(&mut machine, &keys);
        assert_eq!(machine.ask("DEBUG RELOAD"), "+OK\r\n");
        assert_eq!(about(&mut machine, &keys), before, "round {round}");
        assert_eq!(machine.ask("DEBUG RELOAD NOSAVE"), "+OK\r\n");
        assert_eq!(about(&mut machine, &keys), before, "round {round}");
    }
}

#[test]
fn a_reload_without_saving_has_what_was_saved_before() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    machine.ask("SET a 1\nDEBUG RELOAD\nSET a 2\nSET b 2");
    assert_eq!(machine.ask("DEBUG RELOAD NOSAVE\nGET a\nGET b"), "+OK\r\n$1\r\n1\r\n$-1\r\n");
}

#[test]
fn what_is_not_flushed_is_merged_or_in_the_way() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    machine.ask("SET a 1\nDEBUG RELOAD\nSET a 2\nSET b 2");
    assert_eq!(
        machine.ask("DEBUG RELOAD NOSAVE NOFLUSH MERGE\nGET a\nGET b"),
        "+OK\r\n$1\r\n1\r\n$1\r\n2\r\n"
    );
    assert_eq!(
        machine.ask("DEBUG RELOAD NOSAVE NOFLUSH\nDEBUG RELOAD NOFLUSH"),
        "-ERR Error trying to load the RDB dump, check server logs.\r\n".repeat(2)
    );
    assert_eq!(
        machine.ask("DEBUG RELOAD NOW"),
        "-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.\r\n"
    );
}

#[test]
fn without_a_file_everything_is_gone_as_in_redis() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    machine.ask("SET a 1");
    let error = "-ERR Error trying to load the RDB dump, check server logs.\r\n";
    assert_eq!(machine.ask("DEBUG RELOAD NOSAVE\nDBSIZE"), format!("{error}:0\r\n"));
    let error = "-ERR Error trying to load the AOF files, check server logs.\r\n";
    assert_eq!(machine.ask("DEBUG LOADAOF\nDBSIZE"), format!("{error}:0\r\n"));
}

#[test]
fn who_watches_a_key_is_told_and_who_waits_goes_on_waiting() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    let waiting = machine.connect();
    machine.send_from(waiting, "BLPOP l 0");
    machine.ask("SET a 1\nWATCH a");
    let other = machine.connect();
    machine.send_from(other, "DEBUG RELOAD");
    machine.settle();
    assert_eq!(machine.received_by(other), "+OK\r\n");
    assert_eq!(machine.ask("MULTI\nGET a\nEXEC"), "+OK\r\n+QUEUED\r\n*-1\r\n");
    assert_eq!(machine.ask("RPUSH l x"), ":1\r\n");
    assert_eq!(machine.received_by(waiting), "*2\r\n$1\r\nl\r\n$1\r\nx\r\n");
}

#[test]
fn the_rest_of_a_pipeline_waits_for_the_disk_but_not_the_other_clients() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    let other = machine.connect();
    machine.send("SET a 1\nDEBUG RELOAD\nGET a");
    machine.turn();
    assert_eq!(machine.received(), "+OK\r\n");
    machine.send_from(other, "GET a");
    machine.turn();
    assert_eq!(machine.received_by(other), "$1\r\n1\r\n");
    machine.settle();
    assert_eq!(machine.received(), "+OK\r\n$1\r\n1\r\n");
}

#[test]
fn a_client_that_has_gone_is_not_answered() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    let gone = machine.connect();
    machine.send_from(gone, "DEBUG RELOAD");
    machine.server.disconnect(gone);
    machine.turn();
    let another = machine.connect();
    assert_eq!(another, gone, "it has the key of the one that has gone");
    machine.send_from(another, "DEBUG RELOAD");
    machine.settle();
    assert_eq!(machine.received_by(another), "+OK\r\n");
}

#[test]
fn in_a_transaction_a_reload_does_not_wait() {
    let mut machine = Machine::start(&[], MemoryDisk::default()).unwrap();
    machine.ask("SET a 1");
    let queued = "+QUEUED\r\n".repeat(3);
    assert_eq!(
        machine.ask("MULTI\nDEBUG RELOAD\nGET a\nDEBUG LOADAOF\nEXEC"),
        format!(
            "+OK\r\n{queued}*3\r\n+OK\r\n$1\r\n1\r\n-ERR DEBUG LOADAOF reads files, for which a transaction cannot wait\r\n"
        )
    );
}

#[test]
fn loadaof_has_what_the_file_has() {
    let mut machine = Machine::start(LOG, log(&commands("SET a 1\nRPUSH l x"))).unwrap();
    machine.ask("SELECT 0");
    assert_eq!(machine.ask("DEBUG LOADAOF\nGET a\nLRANGE l 0 -1"), "+OK\r\n$1\r\n1\r\n*1\r\n$1\r\nx\r\n");
}
