//! Snapshots and append-only files: Redis and Valkey start from those that are written here, their checkers accept them, and those
//! that Redis writes are read here. The values are equal, with their times, their groups and what is pending.
//!
//! `CUTAWAY_EXCHANGES=5000` tries more values than 300, `CUTAWAY_SEED=7` others.

use std::fs;
use std::path::Path;
use std::process::Command;

use cutaway::base::random::KeyedHash;
use cutaway::keyspace::value::Value;
use cutaway::keyspace::{hash, list, set, zset};
use cutaway::persist::aof_read::{CommandReader, Entry};
use cutaway::persist::budget::Budget;
use cutaway::persist::finish::Finisher;
use cutaway::persist::rdb_load::{Event, FileReader, Options, Seal};
use cutaway::persist::rdb_save::{About, FileWriter, Form, KeyInfo};
use cutaway::persist::rewrite::{self, Rewrite};
use cutaway::persist::{Rules, aof_write, footer, load, save};
use cutaway::tools::scenario::words::Request;
use tempfile::TempDir;

use super::asked::{Asked, Here, There, print, request, settings};
use super::values::{Chance, value};
use crate::reference_server::{Kind, ReferenceServer, find, skip};

const LIBRARY: &str = "#!lua name=kept\nredis.register_function('kept', function() return 1 end)";
/// When one key expires: so late that no clock of a test reaches it.
const TIME: i64 = 33_177_117_420_000;

fn rules() -> Rules {
    let hasher = KeyedHash::default();
    Rules {
        compress: true,
        list: list::Limit::new(-2),
        hash: hash::Limits { entries: 512, value: 64, hasher },
        set: set::Limits { intset: 512, entries: 128, value: 64, hasher },
        zset: zset::Limits { entries: 128, value: 64, hasher },
    }
}

/// Makes values of every type under the names that are returned. `fields_expire`: also hashes with fields that do.
fn fill(asked: &mut dyn Asked, chance: &mut Chance, count: usize, fields_expire: bool) -> Vec<String> {
    let mut names = Vec::new();
    for number in 0..count {
        for request in value(chance) {
            let name = request[0].to_ascii_uppercase();
            if fields_expire || ![&b"HSETEX"[..], b"HPERSIST"].contains(&name.as_slice()) {
                asked.ask('A', &request);
            }
        }
        let name = format!("key:{number}");
        if print(&asked.ask('A', &request(&["RENAME", "k", &name]))) == "+OK" {
            if number % 7 == 0 {
                asked.ask('A', &request(&["PEXPIREAT", &name, &(TIME + number as i64).to_string()]));
            }
            names.push(name);
        }
    }
    assert!(names.len() * 2 > count, "most values were made");
    asked.ask('A', &request(&["DEL", "k", "other"]));
    let loaded = print(&asked.ask('A', &request(&["FUNCTION", "LOAD", "REPLACE", LIBRARY])));
    assert_eq!(loaded, "\"kept\"");
    names
}

/// What a server says of its keys.
fn about(asked: &mut dyn Asked, names: &[String], fields_expire: bool) -> Vec<String> {
    let mut all = Vec::new();
    let mut ask = |words: &[&str]| {
        let reply = print(&asked.ask('A', &request(words)));
        all.push(format!("{}: {reply}", words.join(" ")));
    };
    ask(&["DEBUG", "DIGEST"]);
    ask(&["DBSIZE"]);
    ask(&["FUNCTION", "LIST", "WITHCODE"]);
    for name in names {
        ask(&["DEBUG", "DIGEST-VALUE", name]);
        ask(&["PEXPIRETIME", name]);
        ask(&["XINFO", "STREAM", name, "FULL", "COUNT", "0"]);
        if fields_expire {
            // The words of `Chance::word` among others.
            let fields: Vec<String> = (0..1000).map(|number| format!("word{number}")).collect();
            let mut words = vec!["HPEXPIRETIME", name, "FIELDS", "1000"];
            words.extend(fields.iter().map(String::as_str));
            ask(&words);
        }
    }
    all
}

/// The same without what stands behind these names.
fn without(all: Vec<String>, names: &[&str]) -> Vec<String> {
    let strip = |reply: String| {
        let mut words: Vec<&str> = reply.split(' ').collect();
        for at in 0..words.len().saturating_sub(1) {
            if names.iter().any(|name| words[at].trim_matches('"') == *name) {
                words[at + 1] = "";
            }
        }
        words.join(" ")
    };
    all.into_iter().map(strip).collect()
}

#[track_caller]
fn assert_same(ours: Vec<String>, theirs: Vec<String>) {
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
}

/// Values, by their names, as DUMP has them; and when they expire.
fn values(asked: &mut dyn Asked, names: &[String]) -> Vec<(String, Value, Option<i64>)> {
    let value = |name: &String| {
        let frames = asked.ask('A', &request(&["DUMP", name]));
        let value = load::value(frames[0].as_bulk().unwrap(), &rules()).unwrap();
        let time = print(&asked.ask('A', &request(&["PEXPIRETIME", name])));
        (name.clone(), value, time.strip_prefix(':').unwrap().parse().ok().filter(|&time| time > 0))
    };
    names.iter().map(value).collect()
}

/// A snapshot of the values, written in slices.
fn snapshot(values: &[(String, Value, Option<i64>)], chance: &mut Chance, form: Form) -> Vec<u8> {
    let mut out = FileWriter::new(form);
    let mut finisher = Finisher::new(form.compress, true);
    let mut file = Vec::new();
    out.begin(&About { redis_version: "8.0.2", time: 1_700_000_000, memory: 1 << 20, is_aof_base: false });
    out.library(LIBRARY.as_bytes());
    out.select(0);
    out.resize(values.len() as u64, 0);
    for (name, value, expires) in values {
        let info = KeyInfo { expires: *expires, usage: None };
        let mut slices = out.key(name.as_bytes(), info, value);
        loop {
            let mut budget = Budget { bytes: 1 + chance.below(2000), elements: 1 + chance.below(20) };
            let is_whole = out.value(&mut slices, value, &mut budget);
            file.extend(finisher.finish(&out.take()));
            if is_whole {
                break;
            }
        }
    }
    out.end();
    file.extend(finisher.finish(&out.take()));
    file.extend(finisher.end());
    file
}

/// The settings of a server that works in this folder.
fn within(folder: &TempDir, more: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
    let mut all = settings();
    let dir = folder.path().to_str().unwrap();
    all.extend([("dir", dir)].iter().chain(more).map(|&(name, value)| (name.into(), vec![value.into()])));
    all
}

/// Has a checker that stands beside the server look at a file.
fn check(server: &Path, checker: &str, file: &Path) {
    let checker = server.with_file_name(checker);
    if !checker.is_file() {
        return skip(&format!("no {} (`tests/reference` makes it)", checker.display()));
    }
    let output = Command::new(checker).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn what_is_saved_here_redis_and_valkey_load() {
    for (kind, fields_expire) in [(Kind::Redis, true), (Kind::Redis, false), (Kind::Valkey, false)] {
        let Some(program) = find(kind) else { continue };
        let (mut chance, count) = Chance::asked();
        let mut here = Here::new();
        let names = fill(&mut here, &mut chance, count, fields_expire);
        let form = Form { fields_expire, compress: chance.below(2) == 0, list: rules().list };
        let file = snapshot(&values(&mut here, &names), &mut chance, form);
        assert!(file.starts_with(if fields_expire { b"REDIS0012" } else { b"REDIS0011" }));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump.rdb");
        fs::write(&path, file).unwrap();
        let checker = if kind == Kind::Redis { "redis-check-rdb" } else { "valkey-check-rdb" };
        check(&program, checker, &path);
        let server = ReferenceServer::start(&program, &within(&folder, &[]));
        let mut there = There::connected(server.address);
        // Valkey 8.1 computes the lag of a group in its own way.
        let unlike: &[&str] = if kind == Kind::Valkey { &["lag"] } else { &[] };
        let [ours, theirs] = [&mut here as &mut dyn Asked, &mut there]
            .map(|server| without(about(server, &names, fields_expire), unlike));
        assert_same(ours, theirs);
    }
}

#[test]
fn what_is_rewritten_here_redis_loads() {
    let Some(program) = find(Kind::Redis) else { return };
    let (mut chance, count) = Chance::asked();
    let mut here = Here::new();
    let names = fill(&mut here, &mut chance, count, true);
    let mut file = Vec::new();
    aof_write::timestamp(&mut file, 1_700_000_000);
    rewrite::library(&mut file, LIBRARY.as_bytes());
    aof_write::select(&mut file, 0);
    for (name, value, expires) in values(&mut here, &names) {
        let mut rewrite = Rewrite::default();
        let mut budget = || Budget { bytes: 1 + chance.below(2000), elements: 1 + chance.below(20) };
        while !rewrite.write(&mut file, name.as_bytes(), &value, expires, &mut budget()) {}
    }
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("appendonlydir");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("appendonly.aof.1.base.aof"), &file).unwrap();
    let manifest = files.join("appendonly.aof.manifest");
    fs::write(&manifest, "file appendonly.aof.1.base.aof seq 1 type b\n").unwrap();
    check(&program, "redis-check-aof", &manifest);
    let server = ReferenceServer::start(&program, &within(&folder, &[("appendonly", "yes")]));
    // When a consumer was last seen, and where a block of a stream begins, is in no command; and an entry that was deleted cannot
    // be claimed, so that it is pending no longer.
    let unlike = ["seen-time", "active-time", "radix-tree-keys", "radix-tree-nodes"];
    let theirs = about(&mut There::connected(server.address), &names, true);
    let values = |all: Vec<String>| -> Vec<String> {
        all.into_iter().filter(|reply| !reply.starts_with("XINFO STREAM")).collect()
    };
    assert_same(values(about(&mut here, &names, true)), values(theirs.clone()));
    // And here, too: all is as Redis has it.
    let mut again = Here::new();
    run(&mut again, &file, &mut chance);
    assert_same(without(about(&mut again, &names, true), &unlike), without(theirs, &unlike));
}

/// Has a server run the commands of a file.
fn run(asked: &mut dyn Asked, file: &[u8], chance: &mut Chance) {
    let mut reader = CommandReader::new(usize::MAX);
    let mut rest = file;
    loop {
        match reader.next().unwrap() {
            Some(Entry::Comment(_)) => {}
            Some(Entry::Command(words)) => {
                let request: Request = words.iter().map(<[u8]>::to_vec).collect();
                let reply = print(&asked.ask('A', &request));
                assert!(!reply.starts_with('-'), "{reply}");
            }
            None if rest.is_empty() => break,
            None => {
                let (piece, more) = rest.split_at(rest.len().min(1 + chance.below(1000)));
                reader.feed(piece);
                rest = more;
            }
        }
    }
    reader.feed_end();
    assert!(matches!(reader.next(), Ok(None)) && reader.offset() == file.len() as u64);
}

#[test]
fn what_redis_saves_is_read_here() {
    let Some(program) = find(Kind::Redis) else { return };
    let (mut chance, count) = Chance::asked();
    let folder = tempfile::tempdir().unwrap();
    let more =
        [("appendonly", "yes"), ("aof-timestamp-enabled", "yes"), ("auto-aof-rewrite-percentage", "0")];
    let server = ReferenceServer::start(&program, &within(&folder, &more));
    let mut there = There::connected(server.address);
    let names = fill(&mut there, &mut chance, count, true);
    assert_eq!(print(&there.ask('A', &request(&["SAVE"]))), "+OK");
    let theirs = about(&mut there, &names, true);
    let file = fs::read(folder.path().join("dump.rdb")).unwrap();
    let mut here = Here::new();
    restore(&mut here, &file, &mut chance);
    assert_same(about(&mut here, &names, true), theirs);
    // What it has appended meanwhile makes the same values, but for the form of a HyperLogLog, which follows a setting.
    let file = fs::read(folder.path().join("appendonlydir/appendonly.aof.1.incr.aof")).unwrap();
    let mut here = Here::new();
    run(&mut here, &file, &mut chance);
    for name in &names {
        let digest = |server: &mut dyn Asked| {
            [&["TYPE", name][..], &["DEBUG", "DIGEST-VALUE", name]]
                .map(|words| print(&server.ask('A', &request(words))))
        };
        let (ours, theirs) = (digest(&mut here), digest(&mut there));
        assert!(theirs[0] == "+string" || ours == theirs, "{name}: {ours:?} {theirs:?}");
    }
}

/// Restores the keys of a snapshot, read in pieces.
fn restore(asked: &mut dyn Asked, file: &[u8], chance: &mut Chance) {
    let mut reader = FileReader::new(Options { rules: rules(), databases: 16, checksum: true });
    let mut rest = file;
    loop {
        let words = match reader.next().unwrap() {
            Some(Event::Key(key)) => {
                let mut payload = save::value(&key.value, &rules());
                footer::seal(&mut payload);
                let time = key.info.expires.unwrap_or(0).to_string();
                let mut words = request(&["RESTORE", "name", &time]);
                words[1] = key.name.to_vec();
                words.extend([payload, b"ABSTTL".to_vec()]);
                words
            }
            Some(Event::Library(code)) => {
                vec![b"FUNCTION".to_vec(), b"LOAD".to_vec(), code.to_vec()]
            }
            Some(Event::EmptyKey(name)) => panic!("{} has no elements", name.escape_ascii()),
            Some(Event::Aux(..) | Event::Resize(_)) => continue,
            Some(Event::End(seal)) => {
                assert_eq!(seal, Seal::Right);
                break;
            }
            None if rest.is_empty() => {
                reader.feed_end();
                continue;
            }
            None => {
                let (piece, more) = rest.split_at(rest.len().min(1 + chance.below(1000)));
                reader.feed(piece);
                rest = more;
                continue;
            }
        };
        let reply = print(&asked.ask('A', &words));
        assert!(!reply.starts_with('-'), "{reply}");
    }
    assert_eq!(reader.offset(), file.len() as u64);
}
