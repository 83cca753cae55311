//! What the allocator gives out, beside what the server says: MEMORY USAGE, eviction, `used_memory`.
//!
//! A program of its own, because the allocator is one for the whole process. Each test is a thread, and jemalloc counts what
//! each thread was given: exact, whatever the others do.

use cutaway::base::random::KeyedHash;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::keyspace::{Keyspace, memory};
use cutaway::server::turn::Received;
use cutaway::server::{Allocator, Pages, Process, Server, Time};
use tikv_jemalloc_ctl::thread::{allocatedp, deallocatedp};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn allocated(_: &Keyspace) -> u64 {
    allocatedp::read().unwrap().get() - deallocatedp::read().unwrap().get()
}

struct Subject {
    server: Server,
    client: cutaway::base::ids::ClientKey,
}

impl Subject {
    fn new(settings: &[(&str, &str)]) -> Subject {
        let mut config = Config::default();
        for (name, value) in settings {
            config.set_at_start(name, &[value.to_string()]).unwrap();
        }
        let table = cutaway::command::table(&config).unwrap();
        let allocator = Allocator { name: "jemalloc", allocated, pages: Pages::default, report: Vec::new };
        let process = Process { allocator: Some(allocator), ..Process::default() };
        let mut server = Server::new(table, config, process, Time::default(), || 0);
        let client = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
        Subject { server, client }
    }

    fn ask(&mut self, words: &[&[u8]]) -> String {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend(format!("${}\r\n", word.len()).bytes());
            request.extend_from_slice(word);
            request.extend(b"\r\n");
        }
        self.server.feed(self.client, &request);
        let mut received = Received::default();
        self.server.end_turn(&mut received);
        String::from_utf8_lossy(&received.take(self.client)).into_owned()
    }

    fn used(&self) -> u64 {
        allocated(&self.server.keyspace)
    }
}

/// What `make` adds to a server that holds such keys already, and what MEMORY USAGE says of it, all keys together.
fn compare(name: &str, keys: usize, mut make: impl FnMut(&mut Subject, &[u8])) {
    let mut subject = Subject::new(&[]);
    // The tables are there, and what the server keeps for itself.
    for number in 0..keys {
        make(&mut subject, format!("warm:{number}").as_bytes());
    }
    for number in 0..keys {
        subject.ask(&[b"DEL", format!("warm:{number}").as_bytes()]);
    }
    let before = subject.used();
    let mut said = 0;
    for number in 0..keys {
        let key = format!("{name}:{number}").into_bytes();
        make(&mut subject, &key);
    }
    let taken = subject.used() - before;
    let database = subject.server.keyspace.db(0);
    for (key, item) in database.iter() {
        said += memory::of_key(key, item, 5) as u64;
    }
    // The entries were there before: only what is not in a row is new.
    let entries = keys as u64 * memory::of_key(b"k", &empty(), 0) as u64;
    let ratio = (said - entries + 1) as f64 / (taken + 1) as f64;
    println!("{name}: said {}, taken {taken}: {ratio:.2}", said - entries);
    if !(0.7..1.3).contains(&ratio) {
        OFF.with_borrow_mut(|off| off.push(format!("{name}: {ratio:.2}")));
    }
}

thread_local! {
    /// Where MEMORY USAGE is off by more than 30 per cent.
    static OFF: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn empty() -> cutaway::keyspace::Item {
    let mut database = Keyspace::new(KeyedHash::default());
    let clock = cutaway::keyspace::last_use::Clock::at(0);
    let value = cutaway::keyspace::value::Value::String(cutaway::keyspace::string::Str::new(b"1"));
    database.db(0).add(b"k", value, cutaway::keyspace::last_use::LastUse::now(clock));
    let database = database.db(0);
    database.find(b"k").and_then(|place| database.remove_at(place)).unwrap()
}

fn word(length: usize, number: usize) -> Vec<u8> {
    let mut word = format!("{number:08}").into_bytes();
    word.resize(length.max(8), b'x');
    word
}

#[test]
fn memory_usage_is_within_a_third_of_what_a_value_takes() {
    for length in [30, 100, 1000, 5000, 100_000] {
        let value = word(length, 1);
        compare(&format!("string of {length}"), 50, |subject, key| _ = subject.ask(&[b"SET", key, &value]));
        compare(&format!("string that has grown to {length}"), 50, |subject, key| {
            subject.ask(&[b"APPEND", key, &value[..8]]);
            subject.ask(&[b"APPEND", key, &value[8..]]);
        });
    }
    for (count, length) in [(10, 8), (100, 8), (1000, 8), (1000, 100), (50_000, 30)] {
        let keys = if count > 10_000 { 1 } else { 20 };
        let kinds: [(&str, &[u8]); 3] = [("list", b"RPUSH"), ("set", b"SADD"), ("numbers", b"SADD")];
        for (kind, command) in kinds {
            compare(&format!("{kind} of {count} times {length}"), keys, |subject, key| {
                for number in 0..count {
                    let element = if kind == "numbers" {
                        number.to_string().into_bytes()
                    } else {
                        word(length, number)
                    };
                    subject.ask(&[command, key, &element]);
                }
            });
        }
        compare(&format!("hash of {count} times {length}"), keys, |subject, key| {
            for number in 0..count {
                subject.ask(&[b"HSET", key, &word(length, number), &word(length, number)]);
            }
        });
        compare(&format!("sorted set of {count} times {length}"), keys, |subject, key| {
            for number in 0..count {
                subject.ask(&[b"ZADD", key, format!("{number}.5").as_bytes(), &word(length, number)]);
            }
        });
        compare(&format!("stream of {count} times {length}"), keys, |subject, key| {
            for number in 0..count {
                let id = format!("{}-1", number + 1);
                subject.ask(&[b"XADD", key, id.as_bytes(), b"field", &word(length, number)]);
            }
        });
    }
    compare("stream with groups", 5, |subject, key| {
        for number in 0..2000 {
            let id = format!("{}-1", number + 1);
            subject.ask(&[b"XADD", key, id.as_bytes(), b"field", &word(20, number)]);
        }
        for group in [&b"one"[..], b"two"] {
            subject.ask(&[b"XGROUP", b"CREATE", key, group, b"0"]);
            for consumer in [&b"a"[..], b"b", b"c"] {
                subject.ask(&[
                    b"XREADGROUP",
                    b"GROUP",
                    group,
                    consumer,
                    b"COUNT",
                    b"500",
                    b"STREAMS",
                    key,
                    b">",
                ]);
            }
        }
    });
    hashes_with_fields_that_expire();
    strings_of_bits();
    assert_eq!(OFF.take(), [""; 0]);
}

/// Packed, and as a table; every field has a time, or every fourth.
fn hashes_with_fields_that_expire() {
    for (count, length) in [(10, 8), (100, 8), (1000, 8), (1000, 100), (20_000, 30)] {
        for every in [1, 4] {
            let keys = if count > 10_000 { 1 } else { 20 };
            let name = format!("hash of {count} times {length}, every {every} with a time");
            compare(&name, keys, |subject, key| {
                for number in 0..count {
                    let field = word(length, number);
                    subject.ask(&[b"HSET", key, &field, &field]);
                    if number.is_multiple_of(every) {
                        let seconds = (1000 + number * 7 % count).to_string();
                        subject.ask(&[b"HEXPIRE", key, seconds.as_bytes(), b"FIELDS", b"1", &field]);
                    }
                }
            });
        }
    }
}

/// HyperLogLogs, sparse and dense, and bitmaps, made at once or by setting bits further and further away.
fn strings_of_bits() {
    for (kind, count) in [("small sparse", 5), ("sparse", 500), ("dense", 10_000)] {
        compare(&format!("{kind} HyperLogLog"), 20, |subject, key| {
            for number in 0..count {
                subject.ask(&[b"PFADD", key, &word(8, number)]);
            }
        });
    }
    for bits in [1 << 10, 1 << 17, 1 << 23] {
        compare(&format!("bitmap of {bits}"), 10, |subject, key| {
            subject.ask(&[b"SETBIT", key, (bits - 1).to_string().as_bytes(), b"1"]);
        });
        compare(&format!("bitmap that has grown to {bits}"), 10, |subject, key| {
            for step in 1..=50 {
                subject.ask(&[b"SETBIT", key, (bits / 50 * step).to_string().as_bytes(), b"1"]);
            }
        });
    }
}

/// Keys and values so short that each has its entry alone: without giving rows back, nothing of them would be.
#[test]
fn what_eviction_takes_away_the_allocator_has_again() {
    for (policy, length) in
        [("allkeys-lru", 10), ("allkeys-lru", 200), ("allkeys-random", 10), ("allkeys-lfu", 3000)]
    {
        let mut subject = Subject::new(&[("maxmemory-policy", policy)]);
        let value = vec![b'v'; length];
        let limit = subject.used() + (4 << 20);
        subject.ask(&[b"CONFIG", b"SET", b"maxmemory", limit.to_string().as_bytes()]);
        for number in 0..200_000 {
            let reply = subject.ask(&[b"SET", format!("key:{number}").as_bytes(), &value]);
            assert_eq!(reply, "+OK\r\n");
            assert!(subject.used() < limit + (1 << 20), "{policy} {length}: {} of {limit}", subject.used());
        }
        let keys = subject.server.keyspace.db(0).len();
        let each = (4 << 20) / keys;
        println!("{policy}, values of {length}: {keys} keys, {each} bytes each");
        assert!(each < length + 250, "{policy} {length}: {each} bytes each");
        assert!(subject.server.stats.evicted_keys > 10_000);
        // Other values take the place of these: the memory of the entries is not lost.
        let long = vec![b'w'; 10_000];
        for number in 0..2000 {
            assert_eq!(subject.ask(&[b"SET", format!("long:{number}").as_bytes(), &long]), "+OK\r\n");
        }
        assert!(subject.used() < limit + (1 << 20), "{policy}: {} of {limit}", subject.used());
        let keys = subject.server.keyspace.db(0).iter().filter(|(key, _)| key.starts_with(b"long")).count();
        assert!((150..450).contains(&keys), "{policy} {length}: {keys} keys of 10 KB in 4 MB");
    }
}

#[test]
fn what_the_thread_was_given_is_what_jemalloc_says_it_has_given_out() {
    let mut subject = Subject::new(&[]);
    for number in 0..1000 {
        subject.ask(&[b"SET", format!("key:{number}").as_bytes(), &vec![b'v'; 1000]]);
    }
    let before = subject.used();
    for number in 0..1000 {
        subject.ask(&[b"SET", format!("more:{number}").as_bytes(), &vec![b'v'; 1000]]);
    }
    // A size class of 1024 bytes, and what the tables have grown by.
    let grown = subject.used() - before;
    assert!((1_024_000..1_300_000).contains(&grown), "{grown}");
    assert!(subject.ask(&[b"INFO", b"memory"]).contains("mem_allocator:jemalloc"));
}
