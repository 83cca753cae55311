//! A server inside a program: two clients, no socket, no clock. `cargo run --example embed` prints what each received.
//!
//! Bytes and the time go in, bytes come out: `Server` decides nothing else, and the event loop of the program does no more
//! than this with sockets.

use cutaway::client::About;
use cutaway::command;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};

fn main() -> Result<(), String> {
    let config = Config::default();
    let commands = command::table(&config)?;
    let mut server = Server::new(commands, config, Process::default(), Time::default(), || 0);

    let listener = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
    let speaker = server.connect(About { addr: "127.0.0.1:2".into(), ..About::default() });

    // One turn: the time, what has come, what is to be sent.
    server.set_time(Time { unix_micros: 1_000_000, millis: 1000 });
    server.feed(listener, b"SUBSCRIBE rainfall\r\n");
    server.feed(speaker, b"*3\r\n$7\r\nPUBLISH\r\n$8\r\nrainfall\r\n$5\r\n350cc\r\n");
    let mut sent = Received::default();
    server.end_turn(&mut sent);

    for (name, client) in [("listener", listener), ("speaker", speaker)] {
        println!("{name}: {}", sent.take(client).escape_ascii());
    }
    Ok(())
}
