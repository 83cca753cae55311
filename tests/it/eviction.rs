//! `maxmemory` and `maxmemory-clients`: what goes, what is spared, and what is refused; with an allocator that gives the same
//! answers in each run.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::keyspace::{Keyspace, memory};
use cutaway::server::turn::Received;
use cutaway::server::{Allocator, Pages, Process, Server, Time};
use quickcheck::quickcheck;
use std::cell::Cell;
use std::collections::BTreeSet;

use crate::sans_io::{config, connect};

/// What each key takes, summed up, as if an allocator had been asked.
fn allocated(keyspace: &Keyspace) -> u64 {
    let keys = keyspace.in_use().flat_map(|(_, database)| database.iter());
    keys.map(|(key, item)| memory::of_key(key, item, 0) as u64).sum()
}

thread_local! {
    /// What the stopwatch shows; it moves on by [`STEP`] each time.
    static NOW: Cell<u64> = const { Cell::new(0) };
    static STEP: Cell<u64> = const { Cell::new(0) };
}

fn stopwatch() -> u64 {
    NOW.set(NOW.get() + STEP.get());
    NOW.get()
}

fn server(settings: &[(&str, &str)]) -> (Server, ClientKey) {
    let config = config(settings);
    let table = cutaway::command::table(&config).unwrap();
    let allocator = Allocator { name: "model", allocated, pages: Pages::default, report: Vec::new };
    let process = Process { allocator: Some(allocator), ..Process::default() };
    let mut server = Server::new(table, config, process, Time::default(), stopwatch);
    let client = connect(&mut server);
    (server, client)
}

fn ask(server: &mut Server, client: ClientKey, requests: &str) -> String {
    server.feed(client, requests.replace('\n', "\r\n").as_bytes());
    let mut received = Received::default();
    server.end_turn(&mut received);
    String::from_utf8_lossy(&received.take(client)).into_owned()
}

/// The keys of the first database, and whether each expires.
fn keys(server: &Server) -> BTreeSet<(String, bool)> {
    let databases = server.databases().filter(|(number, _)| *number == 0);
    databases
        .flat_map(|(_, database)| database.iter())
        .map(|(key, item)| (String::from_utf8_lossy(key).into_owned(), item.expires().is_some()))
        .collect()
}

const POLICIES: [&str; 8] = [
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

quickcheck! {
    /// Any keys, any policy, any limit: what the policy spares is there, and as much has gone as was needed, or all that may.
    fn what_a_policy_spares_stays(policy: u8, limit: u16, added: Vec<(u8, u8, bool)>) -> bool {
        let policy = POLICIES[usize::from(policy) % POLICIES.len()];
        let (mut server, client) = server(&[("maxmemory-policy", policy), ("maxmemory-samples", "3")]);
        for (name, length, expires) in &added {
            let ttl = if *expires { format!(" EX {}", 100 + u32::from(*length)) } else { String::new() };
            let value = "v".repeat(usize::from(*length) * 4 + 1);
            ask(&mut server, client, &format!("SET key{name} {value}{ttl}\n"));
        }
        let (before, limit) = (keys(&server), u64::from(limit).max(1));
        let was_over = allocated(&server.keyspace) > limit;
        ask(&mut server, client, &format!("CONFIG SET maxmemory {limit}\n"));
        let refused = ask(&mut server, client, "LPUSHX nokey element\n").starts_with("-OOM");
        let after = keys(&server);
        let may_go = |expires: bool| match policy {
            "noeviction" => false,
            policy if policy.starts_with("volatile") => expires,
            _ => true,
        };
        let is_kept = allocated(&server.keyspace) <= limit;
        let gone = before.difference(&after).count();
        after.is_subset(&before)
            && before.difference(&after).all(|(_, expires)| may_go(*expires))
            && (is_kept || !after.iter().any(|(_, expires)| may_go(*expires)))
            && refused != is_kept
            && (was_over || gone == 0)
            && server.stats.evicted_keys == gone as u64
    }
}

#[test]
fn the_key_that_expires_first_goes_first() {
    let (mut server, client) = server(&[("maxmemory-policy", "volatile-ttl")]);
    for (key, seconds) in [("a", 300), ("b", 100), ("c", 200), ("d", 50)] {
        ask(&mut server, client, &format!("SET {key} v EX {seconds}\n"));
    }
    let one = allocated(&server.keyspace) / 4;
    for (left, expected) in [(3, "abc"), (2, "ac"), (1, "a"), (0, "")] {
        ask(&mut server, client, &format!("CONFIG SET maxmemory {}\n", (one * left).max(1)));
        ask(&mut server, client, "PING\n");
        let names: String = keys(&server).into_iter().map(|(key, _)| key).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn keys_that_are_used_stay_under_lru_and_lfu() {
    for policy in ["allkeys-lru", "allkeys-lfu"] {
        let (mut server, client) = server(&[("maxmemory-policy", policy), ("maxmemory-samples", "10")]);
        let mut time = Time { unix_micros: 1_700_000_000_000_000, millis: 0 };
        for number in 0..100 {
            ask(&mut server, client, &format!("SET key{number} v\n"));
        }
        // The first ten are used once a second.
        for _ in 0..50 {
            time = time.after(1000);
            server.set_time(time);
            let used: String = (0..10).map(|number| format!("GET key{number}\n")).collect();
            ask(&mut server, client, &used);
        }
        let limit = allocated(&server.keyspace) / 2;
        ask(&mut server, client, &format!("CONFIG SET maxmemory {limit}\n"));
        ask(&mut server, client, "PING\n");
        let left = keys(&server);
        assert!((40..=50).contains(&left.len()), "{policy}: {}", left.len());
        assert!((0..10).all(|number| left.contains(&(format!("key{number}"), false))), "{policy}: {left:?}");
    }
}

#[test]
fn eviction_takes_no_longer_than_it_may_and_goes_on_in_the_next_turns() {
    let (mut server, client) = server(&[("maxmemory-policy", "allkeys-random")]);
    for number in 0..1000 {
        ask(&mut server, client, &format!("SET key{number} v\n"));
    }
    // Each look at the clock takes 600 microseconds: longer than eviction may.
    STEP.set(600);
    ask(&mut server, client, "CONFIG SET maxmemory 1\n");
    assert_eq!(server.keyspace.db(0).len(), 1000);
    let time = Time { unix_micros: 0, millis: 5 };
    assert_eq!(server.deadline(), Some(0));
    server.set_time(time);
    assert_eq!(server.keyspace.db(0).len(), 984);
    assert_eq!(server.deadline(), Some(5), "at once");
    // A command evicts as many, and is not refused while there is something to evict.
    assert_eq!(ask(&mut server, client, "SET key1 v\n"), "+OK\r\n");
    assert!((968..=969).contains(&server.keyspace.db(0).len()));
    for _ in 0..100 {
        server.set_time(time);
    }
    assert_eq!((server.keyspace.db(0).len(), server.deadline()), (0, None));
    STEP.set(0);
    assert_eq!(ask(&mut server, client, "SET key1 v\n"), "+OK\r\n", "nothing is in use");
    assert_eq!(ask(&mut server, client, "SET key1 v\n"), "+OK\r\n", "the first goes for the second");
}

#[test]
fn nothing_is_evicted_in_a_pause_and_nothing_is_refused() {
    let (mut server, client) = server(&[("maxmemory-policy", "allkeys-lru")]);
    ask(&mut server, client, "SET key v\nCLIENT PAUSE 1000 WRITE\nCONFIG SET maxmemory 1\n");
    assert_eq!(ask(&mut server, client, "GET key\n"), "$1\r\nv\r\n");
    assert_eq!(server.keyspace.db(0).len(), 1);
    server.set_time(Time::default());
    assert_eq!(server.deadline(), Some(1000), "it does not spin");
    server.set_time(Time { unix_micros: 0, millis: 1000 });
    assert_eq!(ask(&mut server, client, "GET key\n"), "$-1\r\n");
}

/// A subscriber whose socket takes nothing.
fn slow_subscribers(server: &mut Server, count: usize) -> (Vec<ClientKey>, Received) {
    let mut sink = Received::default();
    let subscribers: Vec<ClientKey> = (0..count).map(|_| connect(server)).collect();
    for &subscriber in &subscribers {
        sink.room.push((subscriber, 0));
        server.feed(subscriber, b"SUBSCRIBE channel\r\n");
    }
    (subscribers, sink)
}

#[test]
fn subscribers_without_limits_do_not_eat_the_machine() {
    let mut config = config(&[("maxmemory-clients", "10mb")]);
    config.set_at_start("client-output-buffer-limit", &["pubsub", "0", "0", "0"].map(String::from)).unwrap();
    let table = cutaway::command::table(&config).unwrap();
    let mut server = Server::new(table, config, Process::default(), Time::default(), || 0);
    let publisher = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
    let (subscribers, mut sink) = slow_subscribers(&mut server, 100);
    let message = "m".repeat(1000);
    let (mut published, mut first) = (0, 0);
    while server.stats.evicted_clients < 100 && published < 100_000 {
        server.feed(publisher, format!("PUBLISH channel {message}\r\n").repeat(10).as_bytes());
        server.end_turn(&mut sink);
        published += 10;
        if first == 0 && server.stats.evicted_clients > 0 {
            first = published;
        }
        let all: usize = server.clients.iter().map(|(_, client)| client.memory()).sum();
        assert!(all < 12 << 20, "{all} bytes after {published} messages");
        assert!(server.clients.get(publisher).is_some());
    }
    assert_eq!(server.stats.evicted_clients, 100);
    assert_eq!(sink.closed.iter().filter(|client| subscribers.contains(client)).count(), 100);
    // Each was owed its share of ten megabytes in full, though all share the same frames; the last has all for itself.
    assert!((80..120).contains(&first) && (5000..11_000).contains(&published), "{first} {published}");
}

#[test]
fn a_client_that_takes_most_goes_first_and_one_that_may_not_go_stays() {
    let (mut server, client) = server(&[("maxmemory-clients", "1mb")]);
    let large = connect(&mut server);
    let spared = connect(&mut server);
    ask(&mut server, spared, "CLIENT NO-EVICT on\n");
    // Half a request of 400 KB each.
    let half = format!("*2\r\n$4\r\nECHO\r\n$600000\r\n{}", "x".repeat(400_000));
    server.feed(spared, half.as_bytes());
    server.feed(large, half.as_bytes());
    let mut sink = Received::default();
    server.end_turn(&mut sink);
    assert_eq!(sink.closed, [], "800 KB are less than the limit");
    server.feed(large, &[b'x'; 190_000]);
    server.feed(client, format!("*2\r\n$4\r\nECHO\r\n$200000\r\n{}", "x".repeat(180_000)).as_bytes());
    server.end_turn(&mut sink);
    assert_eq!(sink.closed, [large]);
    assert_eq!(server.stats.evicted_clients, 1);
    // The setting goes, and so does the count.
    ask(&mut server, spared, &format!("{}\r\nCONFIG SET maxmemory-clients 0\n", "x".repeat(200_000)));
    assert_eq!(server.clients.counted_memory(), None);
}

/// Whether the sum of all clients' memory is right, after anything that clients do.
#[test]
fn what_is_counted_of_clients_is_what_they_take() {
    let (mut server, client) = server(&[("maxmemory-clients", "100mb")]);
    let (subscribers, mut sink) = slow_subscribers(&mut server, 3);
    let requests = [
        "PUBLISH channel message\n",
        "MULTI\nSET a b\nSET c d\n",
        "EXEC\n",
        "WATCH a b c\n",
        "UNWATCH\n",
        "BLPOP list 0\n",
        "SUBSCRIBE a b c d\n",
    ];
    let other = connect(&mut server);
    for request in requests {
        server.feed(client, request.replace('\n', "\r\n").as_bytes());
        server.feed(other, b"RPUSH list x\r\nPUBLISH channel again\r\nGET");
        server.end_turn(&mut sink);
        let sum: u64 = server.clients.iter().map(|(_, client)| client.memory() as u64).sum();
        assert_eq!(server.clients.counted_memory(), Some(sum), "after {request}");
        server.feed(other, b" k\r\n");
    }
    server.disconnect(subscribers[1]);
    server.end_turn(&mut sink);
    let sum: u64 = server.clients.iter().map(|(_, client)| client.memory() as u64).sum();
    assert_eq!(server.clients.counted_memory(), Some(sum));
}
