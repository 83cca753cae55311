//! Commands on a list of many blocks: the work is counted in blocks.

use crate::base::ids::ClientKey;
use crate::client::About;
use crate::config::Config;
use crate::keyspace::list::VISITED;
use crate::server::turn::Received;
use crate::server::{Process, Server, Time};

/// A server with the list `k` of so many elements, each in a block of its own, and a client.
fn server_with_blocks(blocks: usize) -> (Server, ClientKey) {
    let mut config = Config::default();
    config.set_at_start("list-max-listpack-size", &["1".to_string()]).unwrap();
    let mut server = Server::new(
        crate::command::table(&config).unwrap(),
        config,
        Process::default(),
        Time::default(),
        || 0,
    );
    let client = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
    for first in (0..blocks).step_by(1000) {
        let elements: String = (first..(first + 1000).min(blocks)).map(|at| format!(" e{at}")).collect();
        server.feed(client, format!("RPUSH k{elements}\r\n").as_bytes());
    }
    received(&mut server, client);
    (server, client)
}

/// What a client is owed, which is then written.
fn received(server: &mut Server, client: ClientKey) -> String {
    String::from_utf8(Received::from(server, client)).unwrap()
}

/// The reply to a command, and how many blocks it visited.
fn visits(server: &mut Server, client: ClientKey, command: &str) -> (String, usize) {
    let before = VISITED.get();
    server.feed(client, format!("{command}\r\n").as_bytes());
    (received(server, client), VISITED.get() - before)
}

#[test]
fn no_command_on_a_list_of_many_blocks_visits_them_for_each_element_it_removes() {
    let commands = [
        ("LTRIM k 0 9999", "+OK\r\n"),
        ("LTRIM k 5000 14999", "+OK\r\n"),
        ("LREM k 0 e7", ":1\r\n"),
        ("LSET k 10000 x", "+OK\r\n"),
        ("LINSERT k BEFORE e10000 x", ":20001\r\n"),
        ("LINDEX k 10000", "$6\r\ne10000\r\n"),
        ("LPOS k e19999", ":19999\r\n"),
    ];
    for (command, expected) in commands {
        let (mut server, client) = server_with_blocks(20_000);
        let (reply, visited) = visits(&mut server, client, command);
        assert_eq!(reply, expected, "{command}");
        assert!(visited <= 3 * 20_000, "{command}: {visited} blocks");
    }
    for command in ["LPOP k 20000", "RPOP k 20000"] {
        let (mut server, client) = server_with_blocks(20_000);
        let (reply, visited) = visits(&mut server, client, command);
        assert!(reply.starts_with("*20000\r\n"), "{command}: {reply:.20}");
        assert!(visited <= 3 * 20_000, "{command}: {visited} blocks");
    }
}

#[test]
fn lrem_of_the_first_elements_leaves_the_blocks_behind_them_alone() {
    let (mut server, client) = server_with_blocks(20_000);
    for (command, blocks) in [("LREM k 1 e0", 1), ("LREM k 1 e5", 5), ("LREM k -1 e19999", 1)] {
        let (reply, visited) = visits(&mut server, client, command);
        assert_eq!(reply, ":1\r\n", "{command}");
        assert_eq!(visited, blocks, "{command}");
    }
}
