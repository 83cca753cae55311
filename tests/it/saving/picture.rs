//! The file of a save is the picture of the moment at which it began, whatever happens until it is written.
//!
//! Each key of that moment is written aside at once, as the bytes that the file must have for it: the file is read entry by
//! entry and compared with them. So it is known that each key is there once, with its value and its time, and no other.

use super::disk::Disk;
use crate::sans_io::{config, connect};
use cutaway::base::ids::ClientKey;
use cutaway::keyspace::list::Limit;
use cutaway::keyspace::{Database, Keyspace, memory};
use cutaway::persist::budget::Budget;
use cutaway::persist::finish::Finisher;
use cutaway::persist::rdb_save::{FileWriter, Form, KeyInfo};
use cutaway::persist::read::Reader;
use cutaway::server::persistence::snapshot::pace::Pace;
use cutaway::server::{Allocator, Pages, Process, Server, Time};
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::collections::BTreeMap;

/// Small limits: a value of a few elements has the form of a large one.
const SETTINGS: [(&str, &str); 13] = [
    ("databases", "3"),
    ("hash-max-listpack-entries", "4"),
    ("set-max-listpack-entries", "4"),
    ("set-max-intset-entries", "4"),
    ("zset-max-listpack-entries", "4"),
    ("list-max-listpack-size", "4"),
    ("stream-node-max-entries", "3"),
    ("hll-sparse-max-bytes", "20"),
    ("maxmemory-policy", "allkeys-random"),
    ("enable-debug-command", "yes"),
    ("save", ""),
    ("dbfilename", "dump.rdb"),
    ("loglevel", "warning"),
];

/// What may happen while a save runs.
#[derive(Clone, Debug)]
enum Event {
    /// A command.
    Command(String),
    /// So many milliseconds pass.
    Time(u16),
    /// The disk does its next job.
    DiskIsDone,
    /// A turn in which nobody asks for anything.
    Turn,
    /// There is memory for so many hundred bytes, and then for as many as anybody wants.
    Shortage(u8),
}

/// Commands, with `K` for a key, `V` for a word, `W` for words, `N` for a small number, `D` for a database.
const COMMANDS: &[&str] = &[
    "SET K V",
    "SET K V PX N0",
    "APPEND K V",
    "SETRANGE K N V",
    "INCR K",
    "GETDEL K",
    "SETBIT K N 1",
    "GETEX K PX N0",
    "PFADD K W",
    "PFCOUNT K",
    "MSET K V K V",
    "RPUSH K W",
    "LPUSH K W",
    "LPOP K N",
    "LREM K 1 V",
    "LINSERT K AFTER V V",
    "LTRIM K 1 -2",
    "LMOVE K K LEFT RIGHT",
    "LSET K 0 V",
    "HSET K V V V V",
    "HSET K W W",
    "HDEL K V",
    "HPEXPIRE K N0 FIELDS 1 V",
    "HPERSIST K FIELDS 1 V",
    "HGETEX K PX N0 FIELDS 1 V",
    "HGETALL K",
    "HINCRBY K V N",
    "SADD K W",
    "SADD K 1 2 3 N",
    "SREM K V",
    "SPOP K",
    "SMOVE K K V",
    "SUNIONSTORE K K K",
    "ZADD K N V N V N V",
    "ZINCRBY K N V",
    "ZREM K V",
    "ZPOPMIN K",
    "ZUNIONSTORE K 2 K K",
    "SORT K ALPHA",
    "SORT K ALPHA STORE K",
    "XADD K * V V",
    "XADD K * V V W W",
    "XDEL K 0-1",
    "XTRIM K MAXLEN N",
    "XGROUP CREATE K g 0 MKSTREAM",
    "XREADGROUP GROUP g V COUNT N STREAMS K >",
    "XREADGROUP GROUP g V COUNT N STREAMS K 0",
    "XACK K g 0-1",
    "XAUTOCLAIM K g V 0 0",
    "XGROUP DELCONSUMER K g V",
    "XRANGE K - +",
    "DEL K",
    "UNLINK K K",
    "RENAME K K",
    "MOVE K D",
    "COPY K K DB D REPLACE",
    "COPY K K REPLACE",
    "PEXPIRE K N0",
    "PERSIST K",
    "PEXPIRE K -1",
    "EXPIREAT K 1",
    "TOUCH K",
    "GET K",
    "FLUSHDB",
    "SWAPDB D D",
    "SELECT D",
    "RANDOMKEY",
    "SCAN 0",
    "EVAL redis.call('append',KEYS[1],'x') 1 K",
];

const WORDS: [&str; 8] = ["a", "b", "12", "-70000", "wordwordwordwordwordword", "3", "c", "4000000000"];

impl Arbitrary for Event {
    fn arbitrary(g: &mut Gen) -> Event {
        match u8::arbitrary(g) % 16 {
            0..=9 => Event::Command(command(g)),
            10 => Event::Time(u16::arbitrary(g) % 60),
            11..=12 => Event::DiskIsDone,
            13..=14 => Event::Turn,
            _ => Event::Shortage(u8::arbitrary(g) % 30),
        }
    }
}

fn command(g: &mut Gen) -> String {
    let template = g.choose(COMMANDS).unwrap_or(&"PING");
    let mut line = String::new();
    for letter in template.split_inclusive(' ') {
        let mut word = |name: &str| match name {
            "K" => format!("key{}", u8::arbitrary(g) % 6),
            "V" => (*g.choose(&WORDS).unwrap_or(&"v")).into(),
            "W" => {
                let words: Vec<&str> =
                    (0..2 * (1 + u8::arbitrary(g) % 12)).map(|_| *g.choose(&WORDS).unwrap_or(&"w")).collect();
                words.join(" ")
            }
            "N" => (1 + u8::arbitrary(g) % 9).to_string(),
            "N0" => format!("{}0", 1 + u8::arbitrary(g) % 9),
            "D" => (u8::arbitrary(g) % 3).to_string(),
            other => other.into(),
        };
        line.push_str(&word(letter.trim_end()));
        line.push(' ');
    }
    line
}

fn allocated(keyspace: &Keyspace) -> u64 {
    let keys = keyspace.in_use().flat_map(|(_, database)| database.iter());
    keys.map(|(key, item)| memory::of_key(key, item, 0) as u64).sum()
}

/// A server with all of it, that begins in 2026.
fn server(pace: Budget, compress: bool) -> (Server, ClientKey) {
    let mut config = config(&SETTINGS);
    config.rdbcompression = compress;
    let table = cutaway::command::table(&config).unwrap();
    let allocator = Allocator { name: "model", allocated, pages: Pages::default, report: Vec::new };
    let process = Process { allocator: Some(allocator), has_disk: true, ..Process::default() };
    let time = Time { unix_micros: 1_790_000_000_000_000, millis: 0 };
    let mut server = Server::new(table, config, process, time, || 0);
    server.persistence.pace = Pace::Fixed(pace);
    let client = connect(&mut server);
    (server, client)
}

/// What a file must have of each key, by the number of its database and its name.
type Entries = BTreeMap<(u32, Vec<u8>), Vec<u8>>;

fn form(server: &Server) -> Form {
    Form {
        fields_expire: server.keyspace.in_use().any(|(_, database)| database.expiring_hashes() > 0),
        compress: server.config.rdbcompression,
        list: Limit::new(server.config.list_max_listpack_size),
    }
}

/// All keys, as they are now.
fn entries(server: &Server, form: Form) -> Entries {
    let mut entries = Entries::new();
    for (number, database) in server.keyspace.in_use() {
        for (key, item) in Database::iter(database) {
            let mut file = FileWriter::new(form);
            let mut slices = file.key(key, KeyInfo { expires: item.expires(), usage: None }, &item.value);
            assert!(file.value(&mut slices, &item.value, &mut Budget::UNLIMITED.clone()));
            let bytes = Finisher::new(form.compress, true).finish(&file.take());
            assert_eq!(entries.insert((number, key.to_vec()), bytes), None);
        }
    }
    entries
}

/// Takes each entry of a file out of those that it must have.
fn take_entries(file: &[u8], expected: &mut Entries) {
    let mut database = 0;
    let mut reader = Reader::new(&file[9..]);
    loop {
        let at = file.len() - reader.left();
        match file[at] {
            // An AUX field.
            0xfa => {
                reader.byte().unwrap();
                reader.string().unwrap();
                reader.string().unwrap();
            }
            0xfe => {
                reader.byte().unwrap();
                database = reader.number().unwrap() as u32;
            }
            0xfb => {
                reader.byte().unwrap();
                reader.number().unwrap();
                reader.number().unwrap();
            }
            0xff => return assert_eq!(reader.left(), 9),
            byte => {
                let mut head = Reader::new(&file[at..]);
                if byte == 0xfc {
                    head.byte().unwrap();
                    head.time().unwrap();
                }
                head.byte().unwrap();
                let key = head.string().unwrap().into_owned();
                let place = (database, key);
                let entry =
                    expected.remove(&place).unwrap_or_else(|| panic!("{place:?} is there twice, or new"));
                assert_eq!(file[at..at + entry.len()], entry, "{place:?}");
                reader = Reader::new(&file[at + entry.len()..]);
            }
        }
    }
}

fn happen(event: &Event, server: &mut Server, client: ClientKey, disk: &mut Disk) {
    match event {
        Event::Command(line) => _ = disk.ask(server, client, line),
        Event::Time(millis) => {
            server.set_time(server.time.after((*millis).into()));
            server.end_turn(disk);
        }
        Event::DiskIsDone => _ = disk.do_one(server),
        Event::Turn => server.end_turn(disk),
        Event::Shortage(hundreds) => {
            let limit = 1 + 100 * u32::from(*hundreds);
            disk.ask(server, client, &format!("CONFIG SET maxmemory {limit}"));
            disk.ask(server, client, "PING");
            disk.ask(server, client, "CONFIG SET maxmemory 0");
        }
    }
}

/// What may be encoded in a turn.
#[derive(Clone, Debug)]
struct Turn(Budget);

impl Arbitrary for Turn {
    fn arbitrary(g: &mut Gen) -> Turn {
        let largest = if bool::arbitrary(g) { 4 } else { 60 };
        let mut number = || 1 + usize::arbitrary(g) % largest;
        Turn(Budget { bytes: 5 * number(), elements: number() })
    }
}

quickcheck! {
    fn a_save_has_each_key_once_as_it_was_when_the_save_began(
        turn: Turn, compress: bool, before: Vec<Event>, during: Vec<Event>
    ) -> bool {
        let (mut server, client) = server(turn.0, compress);
        let mut disk = Disk::default();
        for _ in 0..3 {
            before.iter().for_each(|event| happen(event, &mut server, client, &mut disk));
        }
        // What is fed is executed at once; the first turn of the save is at the end of it.
        server.feed(client, b"BGSAVE\r\n");
        let mut expected = entries(&server, form(&server));
        let keys = expected.len();
        server.end_turn(&mut disk);
        during.iter().for_each(|event| happen(event, &mut server, client, &mut disk));
        disk.settle(&mut server);
        let file = &disk.files.files["dump.rdb"];
        take_entries(file, &mut expected);
        assert!(expected.is_empty(), "{:?} of {keys} keys are not there", expected.keys());
        disk.files.files.len() == 1 && server.persistence.snapshot.is_none()
    }
}

/// What can be encoded in a turn: this many elements, of any length.
fn elements(elements: usize) -> Budget {
    Budget { bytes: usize::MAX, elements }
}

/// A save that has begun, and what its file must have.
struct Begun {
    server: Server,
    client: ClientKey,
    disk: Disk,
    expected: Entries,
}

impl Begun {
    /// Does what `before` says, begins to save, and lets so many turns go by, in each of which the disk is done.
    fn new(pace: Budget, before: &[&str], turns: usize) -> Begun {
        Begun::with(false, pace, before, turns)
    }

    /// The same; whether long strings are compressed.
    fn with(compress: bool, pace: Budget, before: &[&str], turns: usize) -> Begun {
        let (mut server, client) = server(pace, compress);
        let mut disk = Disk::default();
        before.iter().for_each(|line| _ = disk.ask(&mut server, client, line));
        server.feed(client, b"BGSAVE\r\n");
        let expected = entries(&server, form(&server));
        for _ in 0..turns {
            server.end_turn(&mut disk);
            disk.do_one(&mut server);
        }
        Begun { server, client, disk, expected }
    }

    fn ask(&mut self, line: &str) -> String {
        self.disk.ask(&mut self.server, self.client, line)
    }

    /// How many keys are saved.
    fn saved(&self) -> usize {
        self.server.persistence.snapshot.as_ref().unwrap().saved
    }

    /// Has the save end, and compares its file.
    fn end(mut self) {
        self.disk.settle(&mut self.server);
        take_entries(&self.disk.files.files["dump.rdb"], &mut self.expected);
        assert!(self.expected.is_empty(), "{:?}", self.expected.keys());
    }
}

/// `RPUSH list 1 2 3 …`
fn long_list(elements: usize) -> String {
    (0..elements).fold("RPUSH list".into(), |line, number| format!("{line} {number}"))
}

#[test]
fn a_long_value_is_cut_and_saved_to_its_end_before_it_changes() {
    // The first turn makes the file, the next ones have ten blocks of four elements each.
    let mut begun = Begun::new(elements(10), &[&long_list(1000), "SET other value"], 5);
    assert_eq!((begun.saved(), begun.disk.files.files["temp-0.rdb"].is_empty()), (0, false));
    begun.ask("GET other");
    begun.ask("LRANGE list 0 -1");
    assert_eq!(begun.saved(), 0);
    begun.ask("RPUSH list new");
    assert_eq!(begun.saved(), 1);
    begun.end();
}

#[test]
fn what_changes_in_the_midst_of_a_long_value_is_saved_behind_it() {
    let mut begun =
        Begun::new(elements(10), &[&long_list(1000), "SET a 1", "SELECT 1", "SET b 1", "SELECT 0"], 5);
    begun.ask("SET a 2");
    begun.ask("SELECT 1");
    begun.ask("DEL b");
    begun.ask("SET b 2");
    assert_eq!(begun.saved(), 2);
    begun.end();
}

#[test]
fn a_value_of_several_pieces_is_saved_whole_before_it_changes() {
    for compress in [false, true] {
        let before = [&long_list(1000), "SETRANGE long 4000000 x", "SET a 1"];
        let mut begun = Begun::with(compress, elements(10), &before, 5);
        // In the midst of the list, and then behind it.
        begun.ask("APPEND long y");
        begun.ask("SET a 2");
        begun.ask("LPOP list");
        assert_eq!(begun.saved(), 3);
        begun.end();
        let mut begun = Begun::with(compress, elements(1), &["SET a 1", before[1]], 2);
        begun.ask("APPEND long y");
        begun.end();
    }
}

#[test]
fn a_flushed_database_is_saved_to_its_end_and_so_is_one_that_has_another_number() {
    let mut begun = Begun::new(elements(10), &[&long_list(1000), "SET a 1", "SELECT 1", "SET b 1"], 5);
    begun.ask("SWAPDB 0 1");
    begun.ask("SET list other");
    begun.ask("SELECT 0");
    begun.ask("SET b 2");
    begun.ask("SWAPDB 0 2");
    begun.ask("FLUSHDB");
    begun.ask("SELECT 1");
    begun.ask("FLUSHDB");
    begun.ask("SET a 3");
    begun.end();
}

#[test]
fn keys_that_move_to_other_places_while_tables_are_shortened_are_saved_once() {
    let keys: Vec<String> = (0..1000).map(|number| format!("SET key{number} {number}")).collect();
    let removed: Vec<String> =
        (0..1000).filter(|number| number % 5 > 0).map(|number| format!("DEL key{number}")).collect();
    let before: Vec<&str> = keys.iter().chain(&removed).map(String::as_str).collect();
    let mut begun = Begun::new(elements(20), &before, 20);
    let saved = begun.saved();
    assert!((1..200).contains(&saved), "{saved}");
    begun.ask("CONFIG SET maxmemory 6000");
    begun.ask("PING");
    let left = begun.server.keyspace.in_use().next().map_or(0, |(_, database)| database.len());
    assert!((1..200).contains(&left), "{left} keys are left");
    begun.end();
}
