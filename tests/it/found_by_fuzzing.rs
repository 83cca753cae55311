//! What fuzzing found in the server, each as one small case: `fuzz/README.md`.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::client::limits::Limit;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};

fn server() -> (Server, ClientKey) {
    let mut server = Server::new(
        cutaway::command::table(&Config::default()).unwrap(),
        Config::default(),
        Process::default(),
        Time::default(),
        || 0,
    );
    let client = server.connect(local());
    (server, client)
}

fn local() -> About {
    About { addr: "127.0.0.1:1".into(), ..About::default() }
}

/// The clients that are closed at the end of the turn.
fn closed(server: &mut Server) -> Vec<ClientKey> {
    let mut received = Received::default();
    server.end_turn(&mut received);
    received.closed
}

#[test]
fn a_soft_limit_of_endless_seconds_is_never_due() {
    let (mut server, client) = server();
    let limit = "client-output-buffer-limit normal 0 1 9223372036854775807".split(' ').collect::<Vec<_>>();
    let words: Vec<String> = limit[1..].iter().map(|word| word.to_string()).collect();
    server.config.set_at_start(limit[0], &words).unwrap();
    server.clients.set_limits(server.config.output_limits);
    server.feed(client, format!("ECHO {}\r\n", "x".repeat(20_000)).as_bytes());
    assert_eq!(server.deadline(), Some(u64::MAX));
}

#[test]
fn a_silent_client_that_quits_is_closed() {
    for silent in
        ["CLIENT REPLY OFF\r\nQUIT\r\n", "CLIENT REPLY OFF\r\nCLIENT KILL TYPE normal SKIPME no\r\n"]
    {
        let (mut server, client) = server();
        server.feed(client, silent.as_bytes());
        assert_eq!(closed(&mut server), [client], "{silent}");
    }
}

#[test]
fn a_pipeline_of_large_replies_ends_at_the_output_limit() {
    let (mut server, client) = server();
    server.clients.set_limits([Limit { hard: 1 << 20, ..Limit::default() }; 3]);
    let value = "v".repeat(100_000);
    server.feed(client, format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n{value}\r\n").as_bytes());
    server.feed(client, "GET k\r\n".repeat(1000).as_bytes());
    assert_eq!(server.stats.commands_processed, 1 + 11, "the rest is not executed");
    assert_eq!(closed(&mut server), [client]);
}
