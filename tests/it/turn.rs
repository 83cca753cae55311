//! The end of a turn: what is written to whom, in which order, and what becomes of a client whose socket is full.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::turn::{Received, Sink};
use cutaway::server::{Process, Server, Time};
use std::io;
use std::io::IoSlice;

/// So many pieces, and as many between them, fill more than one write and fewer than three.
const MANY: usize = 50;

/// A server, and clients that have sent a line each.
fn server_with<const N: usize>(lines: [&str; N]) -> (Server, [ClientKey; N]) {
    let config = Config::default();
    let table = cutaway::command::table(&config).unwrap();
    let mut server = Server::new(table, config, Process::default(), Time::default(), || 0);
    let clients = lines.map(|line| {
        let client = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
        server.feed(client, line.as_bytes());
        client
    });
    server.end_turn(&mut Received::default());
    (server, clients)
}

#[test]
fn chunks_are_sealed_before_the_writes_so_that_a_client_with_a_full_socket_shares_its_part() {
    let (mut server, [a, b, publisher]) = server_with(["SUBSCRIBE x\r\n", "SUBSCRIBE x\r\n", ""]);
    server.feed(publisher, format!("PUBLISH x {}\r\n", "m".repeat(5000)).as_bytes());
    server.end_turn(&mut Received { room: vec![(a, 0), (b, 0)], ..Received::default() });
    for client in [a, b] {
        let output = &server.clients[client].output;
        assert!(output.is_blocked());
        // Were the chunk still open, it would be copied, since it might grow.
        assert_eq!((output.pieces(), output.memory()), (1, 0));
    }
}

#[test]
fn a_client_that_had_its_share_goes_on_after_the_others_in_the_next_turn() {
    /// Takes everything, ten bytes a client and turn.
    struct Ten(Received);
    impl Sink for Ten {
        fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            self.0.write(client, slices)
        }
        fn closed(&mut self, _: ClientKey) {}
        fn share(&self) -> usize {
            10
        }
    }
    let (mut server, [reader, other]) = server_with(["HELLO 3\r\n", ""]);
    // Own bytes and shared ones in turn.
    let names: Vec<String> = (0..MANY).map(|name| format!("c{name}")).collect();
    let (mut sink, second) =
        (Ten(Received::default()), server.connect(About { addr: "127.0.0.1:2".into(), ..About::default() }));
    for name in &names {
        for client in [reader, second] {
            server.feed(client, format!("SUBSCRIBE {name}\r\n").as_bytes());
        }
        server.feed(other, format!("PUBLISH {name} {}\r\n", "m".repeat(2000)).as_bytes());
    }
    server.end_turn(&mut sink);
    assert_eq!(server.unwritten(), [reader, second]);
    server.feed(other, b"PING\r\n");
    sink.0.writes.clear();
    server.end_turn(&mut sink);
    assert_eq!((sink.0.order(), server.unwritten().len()), (vec![other, reader, second], 0));
}

#[test]
fn a_full_socket_is_written_to_when_it_has_room_again() {
    let (mut server, [client]) = server_with([""]);
    let mut sink = Received { room: vec![(client, 3)], ..Received::default() };
    server.feed(client, b"PING\r\n");
    server.end_turn(&mut sink);
    server.feed(client, b"ECHO x\r\n");
    server.end_turn(&mut sink);
    assert_eq!(sink.take(client), b"+PO", "nothing is tried on a full socket");
    sink.room.clear();
    server.write_to_client(client, &mut sink);
    assert_eq!(sink.take(client), b"NG\r\n$1\r\nx\r\n");
}
