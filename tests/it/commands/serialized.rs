//! `serializedlength` of DEBUG OBJECT, beside what Redis 8.0.2 said. In `serialized.tsv` each line has the length with
//! `rdbcompression yes`, the length with `no`, and the command that makes the key `k`.

use crate::sans_io::server_and_client;
use cutaway::base::ids::ClientKey;
use cutaway::config::Config;
use cutaway::server::Server;
use cutaway::server::turn::Received;

/// The reply of a new server to DEBUG OBJECT after a command; `compression` is its `rdbcompression`, or None for the default.
fn debug_object(command: &str, compression: Option<&str>) -> String {
    let mut config = Config::default();
    config.set_at_start("enable-debug-command", &["yes".to_string()]).unwrap();
    if let Some(compression) = compression {
        config.set_at_start("rdbcompression", &[compression.to_string()]).unwrap();
    }
    let (mut server, client) = server_and_client(config);
    server.feed(client, format!("{command}\r\n").as_bytes());
    received(&mut server, client);
    server.feed(client, b"DEBUG OBJECT k\r\n");
    received(&mut server, client)
}

/// What a client is owed, which is then written.
fn received(server: &mut Server, client: ClientKey) -> String {
    String::from_utf8(Received::from(server, client)).unwrap()
}

#[test]
fn the_serialized_length_of_each_type_is_that_of_redis() {
    for line in include_str!("../../commands/serialized.tsv").lines() {
        let [compressed, plain, command] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        // Without a setting, a snapshot is compressed.
        for (expected, compression) in [(compressed, None), (compressed, Some("yes")), (plain, Some("no"))] {
            let reply = debug_object(command, compression);
            let found = reply.split_once("serializedlength:").and_then(|(_, rest)| rest.split(' ').next());
            assert_eq!(found, Some(expected), "rdbcompression {compression:?}: {command}");
        }
    }
}
