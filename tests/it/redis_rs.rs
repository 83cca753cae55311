//! redis-rs, as its users write it, against the real binary: sync and async Pub/Sub, RESP2 and RESP3.
//!
//! Every test starts a server of its own. `CUTAWAY_TEST_SERVER=/path/to/redis-server cargo test --test it redis_rs::` runs
//! the same tests against another server, which is how they were checked: they must pass there too.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::running::{Running, cutaway};
use futures_util::StreamExt;
use redis::{Commands, Connection, ErrorKind, Msg, PushInfo, PushKind, Value};

/// Nothing here waits for time to pass: this is only for a server that does not answer at all.
const PATIENCE: Duration = Duration::from_secs(30);
const BOTH: [&str; 2] = ["resp2", "resp3"];

/// A running server.
struct Server(Running);

impl Server {
    fn start() -> Server {
        let other = std::env::var_os("CUTAWAY_TEST_SERVER");
        let running = Running::on_free_port(|port| {
            let mut command = other.as_ref().map_or_else(cutaway, Command::new);
            command.args(["--port", &port.to_string()]).stderr(Stdio::null());
            if other.is_some() {
                command.args(["--save", ""]);
            }
            command
        });
        Server(running.with_log_ignored())
    }

    fn client(&self, protocol: &str) -> redis::Client {
        redis::Client::open(format!("redis://127.0.0.1:{}/?protocol={protocol}", self.0.port)).unwrap()
    }

    fn connect(&self, protocol: &str) -> Connection {
        let connection = self.client(protocol).get_connection().unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection
    }
}

/// Asks until the answer is the wanted one: for what another connection's end brings about.
fn until<T: PartialEq + std::fmt::Debug>(mut ask: impl FnMut() -> T, wanted: T) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let got = ask();
        if got == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "got {got:?}, wanted {wanted:?}");
    }
}

/// Pattern (if it came by one), channel and payload.
fn seen(message: Msg) -> (Option<String>, String, Vec<u8>) {
    let pattern = message.get_pattern::<Option<String>>().unwrap();
    (pattern, message.get_channel().unwrap(), message.get_payload_bytes().to_vec())
}

fn plain(channel: &str, payload: &str) -> (Option<String>, String, Vec<u8>) {
    (None, channel.into(), payload.into())
}

fn by(pattern: &str, channel: &str, payload: &str) -> (Option<String>, String, Vec<u8>) {
    (Some(pattern.into()), channel.into(), payload.into())
}

fn fields(connection: &mut Connection) -> BTreeMap<String, String> {
    let info: String = redis::cmd("CLIENT").arg("INFO").query(connection).unwrap();
    let pairs = info.split_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn text(words: &[&str]) -> Vec<Value> {
    words.iter().map(|word| Value::BulkString(word.as_bytes().to_vec())).collect()
}

fn confirmed(kind: PushKind, name: &str, count: i64) -> PushInfo {
    PushInfo { kind, data: vec![Value::BulkString(name.into()), Value::Int(count)] }
}

#[test]
fn the_handshake_tells_protocol_and_client() {
    let server = Server::start();
    for (protocol, number) in BOTH.into_iter().zip(["2", "3"]) {
        let mut connection = server.connect(protocol);
        assert_eq!(redis::cmd("PING").query::<String>(&mut connection).unwrap(), "PONG");
        let fields = fields(&mut connection);
        assert_eq!((fields["resp"].as_str(), fields["lib-name"].as_str()), (number, "redis-rs"));
    }
}

#[test]
fn a_listener_hears_its_channels_and_patterns_in_the_order_of_publishing() {
    let server = Server::start();
    for protocol in BOTH {
        let (mut publisher, mut listener) = (server.connect(protocol), server.connect(protocol));
        let mut rooms = listener.as_pubsub();
        rooms.psubscribe("live_room:*").unwrap();
        rooms.subscribe(&["live_room:123", "lobby"]).unwrap();
        until(|| publisher.publish("lobby", "open"), Ok::<i64, _>(1));
        for (channel, payload, receivers) in [
            ("live_room:123", "hello", 2),
            ("live_room:7", "other", 1),
            ("lobby", "", 1),
            ("live_room", "nobody", 0),
        ] {
            assert_eq!(publisher.publish::<_, _, i64>(channel, payload).unwrap(), receivers);
        }
        let wanted = [
            plain("lobby", "open"),
            plain("live_room:123", "hello"),
            by("live_room:*", "live_room:123", "hello"),
            by("live_room:*", "live_room:7", "other"),
            plain("lobby", ""),
        ];
        for message in wanted {
            assert_eq!(seen(rooms.get_message().unwrap()), message);
        }
    }
}

#[test]
fn a_ping_in_a_subscription_answers_and_loses_no_message() {
    let server = Server::start();
    for protocol in BOTH {
        let (mut publisher, mut listener) = (server.connect(protocol), server.connect(protocol));
        let mut room = listener.as_pubsub();
        room.subscribe("room").unwrap();
        assert_eq!(publisher.publish::<_, _, i64>("room", "before").unwrap(), 1);
        let answer: Value = room.ping_message("hello").unwrap();
        let wanted = if protocol == "resp2" {
            Value::Array(text(&["pong", "hello"]))
        } else {
            Value::BulkString(b"hello".to_vec())
        };
        assert_eq!(answer, wanted);
        assert_eq!(seen(room.get_message().unwrap()), plain("room", "before"));
    }
}

#[test]
fn a_connection_that_leaves_pubsub_is_an_ordinary_one_again() {
    let server = Server::start();
    for protocol in BOTH {
        let (mut publisher, mut listener) = (server.connect(protocol), server.connect(protocol));
        {
            let mut room = listener.as_pubsub();
            room.subscribe(&["a", "b"]).unwrap();
            room.psubscribe("c*").unwrap();
            room.unsubscribe("a").unwrap();
            assert_eq!(publisher.publish::<_, _, i64>("a", "x").unwrap(), 0);
        }
        assert_eq!(listener.get::<_, Option<String>>("no such key").unwrap(), None);
        let fields = fields(&mut listener);
        assert_eq!((fields["sub"].as_str(), fields["psub"].as_str()), ("0", "0"));
        assert_eq!(publisher.publish::<_, _, i64>("c", "x").unwrap(), 0);
    }
}

#[test]
fn in_resp3_one_connection_subscribes_publishes_and_receives_pushes_in_order() {
    let server = Server::start();
    let mut connection = server.connect("resp3");
    let (sender, pushes) = mpsc::channel();
    connection.set_push_sender(sender);
    connection.subscribe_resp3(&["a", "b"]).unwrap();
    connection.psubscribe_resp3("a*").unwrap();
    redis::cmd("SSUBSCRIBE").arg("s").set_no_response(true).exec(&mut connection).unwrap();
    assert_eq!(connection.publish::<_, _, i64>("a", "1").unwrap(), 2);
    assert_eq!(connection.spublish::<_, _, i64>("s", "2").unwrap(), 1);
    connection.unsubscribe_resp3("a").unwrap();
    connection.punsubscribe_resp3("a*").unwrap();
    assert_eq!(connection.publish::<_, _, i64>("a", "nobody").unwrap(), 0);
    // The answer of an ordinary command comes after the pushes of the commands before it.
    assert_eq!(redis::cmd("ECHO").arg("end").query::<String>(&mut connection).unwrap(), "end");
    let wanted = vec![
        confirmed(PushKind::Subscribe, "a", 1),
        confirmed(PushKind::Subscribe, "b", 2),
        confirmed(PushKind::PSubscribe, "a*", 3),
        confirmed(PushKind::SSubscribe, "s", 1),
        PushInfo { kind: PushKind::Message, data: text(&["a", "1"]) },
        PushInfo { kind: PushKind::PMessage, data: text(&["a*", "a", "1"]) },
        PushInfo { kind: PushKind::SMessage, data: text(&["s", "2"]) },
        confirmed(PushKind::Unsubscribe, "a", 2),
        confirmed(PushKind::PUnsubscribe, "a*", 1),
    ];
    assert_eq!(pushes.try_iter().collect::<Vec<_>>(), wanted);
}

#[test]
fn every_byte_and_a_payload_of_1_mb_arrive_whole() {
    let server = Server::start();
    let channel: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0..1u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for protocol in BOTH {
        let (mut publisher, mut listener) = (server.connect(protocol), server.connect(protocol));
        let mut room = listener.as_pubsub();
        room.subscribe(&channel[..]).unwrap();
        for payload in [&channel[..], b"", b"\r\n$-1\r\n", &large] {
            assert_eq!(publisher.publish::<_, _, i64>(&channel[..], payload).unwrap(), 1);
            let message = room.get_message().unwrap();
            assert_eq!(message.get_channel::<Vec<u8>>().unwrap(), channel);
            assert!(
                message.get_payload_bytes() == payload,
                "{} bytes came",
                message.get_payload_bytes().len()
            );
        }
    }
}

#[test]
fn a_pipeline_of_publish_has_one_exact_count_each() {
    let server = Server::start();
    for protocol in BOTH {
        let (mut publisher, mut listener) = (server.connect(protocol), server.connect(protocol));
        let mut room = listener.as_pubsub();
        room.subscribe("even").unwrap();
        let mut pipeline = redis::pipe();
        for n in 0..1000 {
            pipeline.cmd("PUBLISH").arg(if n % 2 == 0 { "even" } else { "odd" }).arg(n);
        }
        let counts: Vec<i64> = pipeline.query(&mut publisher).unwrap();
        assert_eq!(counts, [1, 0].repeat(500));
        for n in (0..1000).step_by(2) {
            assert_eq!(seen(room.get_message().unwrap()), plain("even", &n.to_string()));
        }
    }
}

#[test]
fn ten_thousand_channels_in_one_command_are_all_heard() {
    let server = Server::start();
    let channels: Vec<String> = (0..10_000).map(|n| format!("channel:{n}")).collect();
    for protocol in BOTH {
        let (mut publisher, mut listener) = (server.connect(protocol), server.connect(protocol));
        let mut rooms = listener.as_pubsub();
        rooms.subscribe(&channels).unwrap();
        until(|| publisher.publish("channel:9999", "last"), Ok::<i64, _>(1));
        for n in [0, 5000, 9999] {
            assert_eq!(publisher.publish::<_, _, i64>(&channels[n], "x").unwrap(), 1);
        }
        assert_eq!(seen(rooms.get_message().unwrap()), plain("channel:9999", "last"));
        for n in [0, 5000, 9999] {
            assert_eq!(seen(rooms.get_message().unwrap()), plain(&channels[n], "x"));
        }
    }
}

#[test]
fn three_connections_each_get_their_copy_and_one_may_die() {
    let server = Server::start();
    for protocol in BOTH {
        let mut publisher = server.connect(protocol);
        let mut listeners: Vec<Connection> = (0..3).map(|_| server.connect(protocol)).collect();
        let victim = fields(&mut listeners[1])["id"].clone();
        let mut rooms: Vec<_> = listeners.iter_mut().map(Connection::as_pubsub).collect();
        for room in &mut rooms {
            room.psubscribe("live_room:*").unwrap();
        }
        assert_eq!(publisher.publish::<_, _, i64>("live_room:123", "to all").unwrap(), 3);
        for room in &mut rooms {
            assert_eq!(seen(room.get_message().unwrap()), by("live_room:*", "live_room:123", "to all"));
        }
        let killed: i64 =
            redis::cmd("CLIENT").arg("KILL").arg("ID").arg(victim).query(&mut publisher).unwrap();
        assert_eq!(killed, 1);
        assert!(rooms[1].get_message().unwrap_err().is_connection_dropped());
        assert_eq!(publisher.publish::<_, _, i64>("live_room:123", "to two").unwrap(), 2);
        for room in [0, 2] {
            assert_eq!(
                seen(rooms[room].get_message().unwrap()),
                by("live_room:*", "live_room:123", "to two")
            );
        }
    }
}

#[test]
fn the_messages_of_four_publishing_threads_arrive_each_in_its_order() {
    let server = Server::start();
    let mut listener = server.connect("resp2");
    let mut room = listener.as_pubsub();
    room.subscribe("room").unwrap();
    thread::scope(|scope| {
        for who in 0..4 {
            let mut publisher = server.connect("resp2");
            scope.spawn(move || {
                for n in 0..500 {
                    assert_eq!(publisher.publish::<_, _, i64>("room", format!("{who} {n}")).unwrap(), 1);
                }
            });
        }
    });
    let mut heard = BTreeMap::<String, Vec<usize>>::new();
    for _ in 0..2000 {
        let payload: String = room.get_message().unwrap().get_payload().unwrap();
        let (who, n) = payload.split_once(' ').unwrap();
        heard.entry(who.to_owned()).or_default().push(n.parse().unwrap());
    }
    assert_eq!(heard, (0..4).map(|who| (who.to_string(), (0..500).collect())).collect());
}

#[test]
fn a_password_is_needed_once_it_is_set() {
    let server = Server::start();
    let mut admin = server.connect("resp2");
    let set: String =
        redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("sesame").query(&mut admin).unwrap();
    assert_eq!(set, "OK");
    for protocol in BOTH {
        let with = |password: &str| {
            let url = format!("redis://:{password}@127.0.0.1:{}/?protocol={protocol}", server.0.port);
            redis::Client::open(url).unwrap().get_connection()
        };
        assert_eq!(redis::cmd("PING").query::<String>(&mut with("sesame").unwrap()).unwrap(), "PONG");
        // RESP2 sends AUTH, RESP3 a HELLO with AUTH in it; redis-rs has an error of its own for the first only.
        let refused = with("wrong").err().unwrap();
        let known = if protocol == "resp2" {
            refused.kind() == ErrorKind::AuthenticationFailed
        } else {
            refused.code() == Some("WRONGPASS")
        };
        assert!(known, "{refused:?}");
    }
}

#[test]
fn an_async_listener_hears_what_async_tasks_publish() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for protocol in BOTH {
        let client = server.client(protocol);
        runtime.block_on(async {
            let mut listener = client.get_async_pubsub().await.unwrap();
            listener.psubscribe("live_room:*").await.unwrap();
            listener.subscribe("lobby").await.unwrap();
            let publisher = client.get_multiplexed_async_connection().await.unwrap();
            let say = async |channel: &str, payload: &str| -> i64 {
                redis::AsyncTypedCommands::publish(&mut publisher.clone(), channel, payload).await.unwrap()
                    as i64
            };
            let counts =
                tokio::join!(say("live_room:1", "one"), say("lobby", "two"), say("elsewhere", "three"));
            assert_eq!(counts, (1, 1, 0));
            let mut messages = listener.on_message();
            for wanted in [by("live_room:*", "live_room:1", "one"), plain("lobby", "two")] {
                let message =
                    tokio::time::timeout(PATIENCE, messages.next()).await.expect("a message in time");
                assert_eq!(seen(message.unwrap()), wanted);
            }
        });
    }
}
