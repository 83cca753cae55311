//! Many clients that wait for one key, or watch it, and one that names it many times: the work is counted in nodes of lists.

use crate::base::ids::ClientKey;
use crate::base::linked_list::tests::VISITED;
use crate::client::About;
use crate::config::Config;
use crate::server::turn::Received;
use crate::server::{Process, Server, Time};

const CLIENTS: usize = 2000;
const NAMES: usize = 10_000;

fn server() -> Server {
    Server::new(
        crate::command::table(&Config::default()).unwrap(),
        Config::default(),
        Process::default(),
        Time::default(),
        || 0,
    )
}

fn connect(server: &mut Server) -> ClientKey {
    server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() })
}

/// A server with clients that have sent a line.
fn server_with(line: &str) -> (Server, Vec<ClientKey>) {
    let mut server = server();
    let clients: Vec<ClientKey> = (0..CLIENTS).map(|_| connect(&mut server)).collect();
    clients.iter().for_each(|&client| server.feed(client, line.as_bytes()));
    (server, clients)
}

/// What a client is owed.
fn owed(server: &mut Server, client: ClientKey) -> String {
    String::from_utf8(Received::from(server, client)).unwrap()
}

/// How many nodes of lists `work` visits.
fn visits(work: impl FnOnce()) -> usize {
    let before = VISITED.get();
    work();
    VISITED.get() - before
}

fn request(words: impl ExactSizeIterator<Item = String>) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    words.for_each(|word| bytes.extend(format!("${}\r\n{word}\r\n", word.len()).bytes()));
    bytes
}

#[test]
fn a_key_named_many_times_is_waited_for_once_whoever_else_waits() {
    let words = |head: &str, name: &str, tail: &str| {
        let names = (0..NAMES).map(|_| name).chain(tail.split(' '));
        request(head.split(' ').chain(names).map(String::from).collect::<Vec<_>>().into_iter())
    };
    let zeros = ["0"; NAMES].join(" ");
    for (line, request, reply) in [
        ("BLPOP a 0\r\n", words("BLPOP", "a", "0.05"), "*-1\r\n"),
        ("XREAD BLOCK 0 STREAMS a 0\r\n", words("XREAD BLOCK 50 STREAMS", "a", &zeros), "*-1\r\n"),
    ] {
        let (mut server, _) = server_with(line);
        let client = connect(&mut server);
        let visited = visits(|| server.feed(client, &request));
        assert!(visited <= 2 * NAMES, "{line}: {visited} nodes");
        let keys = server.clients[client].blocked.as_ref().map(|blocked| blocked.keys().count());
        assert_eq!((keys, server.blocking.clients()), (Some(1), CLIENTS + 1), "{line}");
        let visited = visits(|| server.set_time(Time { unix_micros: 0, millis: 60 }));
        assert!(visited <= 10, "{line}: {visited} nodes");
        assert_eq!(owed(&mut server, client), reply, "{line}");
        assert_eq!(server.blocking.clients(), CLIENTS);
    }
}

#[test]
fn a_client_that_waits_for_many_keys_leaves_each_line_at_once() {
    let (mut server, _) = server_with("BLPOP a 0\r\n");
    let client = connect(&mut server);
    let names = (0..NAMES).flat_map(|at| ["a".to_string(), format!("k{at}")]);
    let words: Vec<String> =
        std::iter::once("BLPOP".to_string()).chain(names).chain(std::iter::once("0".to_string())).collect();
    server.feed(client, &request(words.into_iter()));
    // `a` comes first, then each other name; `a` again is known by the end of its line.
    assert_eq!(server.blocking.keys(), NAMES + 1);
    let visited = visits(|| {
        server.disconnect(client);
        server.end_turn(&mut Received::default());
    });
    assert!((NAMES..NAMES + 10).contains(&visited), "{visited} nodes");
    assert_eq!(server.blocking.keys(), 1);
}

#[test]
fn clients_that_wait_for_one_key_leave_it_without_passing_the_others() {
    let (mut server, clients) = server_with("BLPOP a 0\r\n");
    let visited = visits(|| {
        clients.iter().rev().for_each(|&client| server.disconnect(client));
        server.end_turn(&mut Received::default());
    });
    assert_eq!(visited, CLIENTS);
    assert_eq!((server.blocking.clients(), server.blocking.keys()), (0, 0));
}

#[test]
fn clients_that_watch_one_key_leave_it_without_passing_the_others() {
    let (mut server, clients) = server_with("WATCH a\r\n");
    let visited = visits(|| clients.iter().rev().for_each(|&client| server.feed(client, b"UNWATCH\r\n")));
    assert_eq!(visited, CLIENTS);
    assert_eq!(server.watchers.keys(), 0);
}

#[test]
fn a_watched_key_that_changes_again_and_again_visits_its_watchers_once() {
    let (mut server, clients) = server_with("WATCH a b\r\n");
    let writer = connect(&mut server);
    let visited = visits(|| (0..100).for_each(|_| server.feed(writer, b"SET a 1\r\nSET b 2\r\n")));
    // Each is found in the list of `a`, and leaves that and the list of `b`.
    assert_eq!(visited, 3 * CLIENTS);
    assert_eq!((server.watchers.keys(), server.watching_clients()), (0, 0));
    server.feed(clients[7], b"WATCH a\r\nMULTI\r\nSET a 3\r\nEXEC\r\nWATCH a\r\nMULTI\r\nEXEC\r\n");
    assert_eq!(owed(&mut server, clients[7]), "+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n*-1\r\n+OK\r\n+OK\r\n*0\r\n");
}

#[test]
fn keys_waited_for_when_missing_are_counted_as_clients_come_and_go() {
    let mut server = server();
    feed_new(&mut server, b"XGROUP CREATE s g $ MKSTREAM\r\n");
    let first = feed_new(&mut server, b"XREADGROUP GROUP g c BLOCK 0 STREAMS s >\r\n");
    let second = feed_new(&mut server, b"XREADGROUP GROUP g d BLOCK 0 STREAMS s >\r\n");
    feed_new(&mut server, b"BLPOP l 0\r\n");
    assert_eq!((server.blocking.keys(), server.blocking.keys_on_missing()), (2, 1));
    server.disconnect(first);
    server.end_turn(&mut Received::default());
    assert_eq!(server.blocking.keys_on_missing(), 1);
    server.disconnect(second);
    server.end_turn(&mut Received::default());
    assert_eq!((server.blocking.keys(), server.blocking.keys_on_missing()), (1, 0));
}

/// A new client that has sent a line.
fn feed_new(server: &mut Server, line: &[u8]) -> ClientKey {
    let client = connect(server);
    server.feed(client, line);
    client
}
