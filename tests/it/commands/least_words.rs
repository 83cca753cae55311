//! Every command at its least number of words, and one and two more, on keys of each type: an answer, and no panic.

use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::dispatch::spec::Command;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};

use cutaway::command::all::commands;

/// What makes a key of each type; the key's name is the type's. Of `missing` there is none.
const KEYS: &[(&str, &str)] = &[
    ("missing", "PING"),
    ("string", "SET string text"),
    ("number", "SET number 12"),
    ("list", "RPUSH list a 2 c"),
    ("hash", "HSET hash f v g 3"),
    ("stream", "XADD stream 1-1 f v"),
    ("group", "XGROUP CREATE group g $ MKSTREAM"),
    ("expiring", "SET expiring x EX 100"),
];

/// What stands in all the places of arguments behind the first.
const REST: &[&str] = &["", "0", "-1", "1", "*", "$"];

fn server() -> Server {
    let mut config = Config::default();
    config.enable_debug = "yes";
    let table = cutaway::command::table(&config).unwrap();
    Server::new(table, config, Process::default(), Time::default(), || 0)
}

fn play(server: &mut Server, command: &Command, key: (&str, &str), rest: &str, words: usize) {
    let client = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
    let (name, make) = key;
    server.feed(client, format!("FLUSHALL\r\n{make}\r\n").as_bytes());
    let mut request: Vec<&str> = command.name.split('|').collect();
    while request.len() < words {
        // Without a word of their own, all places name the key.
        let first = request.len() == command.name.split('|').count();
        request.push(if first || rest.is_empty() { name } else { rest });
    }
    let bytes: String = request.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    let owed = |server: &Server| server.clients.get(client).map_or(0, |client| client.output.owed());
    let before = owed(server);
    server.feed(client, format!("*{}\r\n{bytes}", request.len()).as_bytes());
    let open = server.clients.get(client).is_some_and(|client| client.is_open());
    let waits = server.clients.get(client).is_some_and(|client| client.blocked.is_some());
    let ends = waits || !open || server.wants_shutdown();
    assert!(owed(server) > before || ends, "{request:?}: no answer");
    // What the command has left behind serves the next ones.
    server.feed(client, b"RESET\r\nDEBUG DIGEST\r\nXINFO STREAM group FULL\r\nCLIENT UNPAUSE\r\n");
    server.disconnect(client);
    server.end_turn(&mut Received::default());
}

#[test]
fn no_command_panics_at_its_least_number_of_words_on_a_key_of_any_type() {
    for command in commands().flat_map(|command| std::iter::once(command).chain(command.subcommands)) {
        let least = command.arity.unsigned_abs() as usize;
        let mut server = server();
        for words in least..least + 3 {
            for &key in KEYS {
                REST.iter().for_each(|rest| play(&mut server, command, key, rest, words));
            }
        }
        server.set_time(Time { unix_micros: 200_000_000, millis: 200_000 });
    }
}
