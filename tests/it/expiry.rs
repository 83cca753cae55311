//! When keys go, without a socket and without a clock: the owner of the server says what time it is.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::collections::BTreeMap;

/// A server, somebody who talks to it and somebody who is told which keys expire.
struct World {
    server: Server,
    received: Received,
    talker: ClientKey,
    listener: ClientKey,
    now: u64,
}

/// The server's time starts anywhere: milliseconds since 1970, when its own count is at 7.
const START: u64 = 1_700_000_000_000;

fn time(now: u64) -> Time {
    Time { unix_micros: (START + now) * 1000, millis: 7 + now }
}

impl World {
    fn new() -> World {
        let mut config = Config::default();
        for (name, value) in [("notify-keyspace-events", "Ex"), ("enable-debug-command", "yes")] {
            config.set_at_start(name, &[value.to_string()]).unwrap();
        }
        let mut server =
            Server::new(cutaway::command::table(&config).unwrap(), config, Process::default(), time(0), || 0);
        let mut connect = || server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
        let (talker, listener) = (connect(), connect());
        server.feed(listener, b"PSUBSCRIBE *:expired\r\n");
        let mut world = World { server, received: Received::default(), talker, listener, now: 0 };
        world.take(world.listener);
        world
    }

    /// What a client was sent.
    fn take(&mut self, key: ClientKey) -> String {
        self.server.end_turn(&mut self.received);
        String::from_utf8(self.received.take(key)).unwrap().replace("\r\n", " ")
    }

    fn ask(&mut self, request: &str) -> String {
        self.server.feed(self.talker, format!("{request}\r\n").as_bytes());
        self.take(self.talker)
    }

    /// It is so many milliseconds after the start.
    fn set_time(&mut self, now: u64) {
        self.now = now;
        self.server.set_time(time(now));
    }

    /// After how many milliseconds from the start the server wants to be woken.
    fn deadline(&self) -> Option<u64> {
        self.server.deadline().map(|deadline| deadline - 7)
    }

    /// The keys that were told to have expired since this was last asked.
    fn expired(&mut self) -> Vec<String> {
        let told = self.take(self.listener);
        let messages = told.split("*4 ").skip(1);
        let mut keys: Vec<String> = messages
            .map(|message| message.trim_end().rsplit(' ').next().unwrap_or_default().into())
            .collect();
        keys.sort();
        keys
    }
}

#[test]
fn the_loop_is_woken_when_the_next_key_expires_and_not_before() {
    let mut world = World::new();
    assert_eq!(world.deadline(), None);
    world.ask("SET a 1 PX 1000");
    world.ask("SET b 1 PX 500");
    world.ask("SELECT 3");
    world.ask("SET c 1 PX 700");
    assert_eq!(world.deadline(), Some(500));
    world.set_time(499);
    assert_eq!((world.expired(), world.deadline()), (vec![], Some(500)));
    world.set_time(500);
    assert_eq!((world.expired(), world.deadline()), (vec!["b".into()], Some(700)));
    world.set_time(5000);
    assert_eq!((world.expired(), world.deadline()), (vec!["a".into(), "c".into()], None));
    assert_eq!(world.ask("DBSIZE"), ":0 ");
}

#[test]
fn whatever_changes_the_time_of_a_key_changes_the_deadline() {
    let mut world = World::new();
    for (request, deadline) in [
        ("SET k v PX 1000", Some(1000)),
        ("PEXPIRE k 2000", Some(2000)),
        ("PERSIST k", None),
        ("GETEX k PX 300", Some(300)),
        ("SET k v KEEPTTL", Some(300)),
        ("APPEND k x", Some(300)),
        ("RENAME k j", Some(300)),
        ("COPY j k", Some(300)),
        ("DEL j", Some(300)),
        ("MOVE k 1", Some(300)),
        ("SWAPDB 0 1", Some(300)),
        ("GETSET k v", None),
        ("PEXPIRE k 100", Some(100)),
        ("SET k v", None),
        ("PEXPIRE k 100", Some(100)),
        ("FLUSHDB", None),
        ("SET k v PX 9223372036854775807", None),
        ("SET k v PXAT 9223372036854775807", Some(9_223_372_036_854_775_807 - START)),
        ("GETDEL k", None),
        ("SET k v PXAT 1", Some(0)),
    ] {
        world.ask(request);
        assert_eq!(world.deadline(), deadline, "{request}");
    }
}

#[test]
fn many_keys_that_expire_at_once_do_not_hold_up_the_loop() {
    let mut world = World::new();
    for n in 0..2500 {
        world.ask(&format!("SET k{n} v PX 10"));
    }
    world.set_time(10);
    assert_eq!(world.expired().len(), 1000);
    assert_eq!(world.deadline(), Some(10), "there is more to do, at once");
    // One that is not yet gone is not to be seen either.
    let left = world.server.databases().next().map_or(0, |(_, db)| db.len());
    assert_eq!(left, 1500);
    assert!((0..2500).all(|n| world.ask(&format!("EXISTS k{n}")) == ":0 "));
    world.set_time(10);
    assert_eq!(world.expired().len(), 1500);
    assert_eq!(world.deadline(), None);
}

#[test]
fn debug_has_keys_expire_on_access_only() {
    let mut world = World::new();
    world.ask("DEBUG SET-ACTIVE-EXPIRE 0");
    world.ask("SET k v PX 10");
    assert_eq!(world.deadline(), None);
    world.set_time(1000);
    assert_eq!((world.ask("DBSIZE"), world.expired()), (":1 ".into(), vec![]));
    // DEBUG sees what is there, and removes nothing.
    assert!(world.ask("DEBUG OBJECT k").starts_with("+Value at:0x0 refcount:1 encoding:embstr "));
    assert_ne!(world.ask("DEBUG DIGEST-VALUE k"), world.ask("DEBUG DIGEST-VALUE nokey"));
    assert_eq!((world.ask("GET k"), world.expired()), ("$-1 ".into(), vec!["k".into()]));
    world.ask("SET k v PX 10");
    world.ask("DEBUG SET-ACTIVE-EXPIRE 1");
    assert_eq!(world.deadline(), Some(1010));
}

#[test]
fn nothing_expires_in_a_pause() {
    let mut world = World::new();
    world.ask("SET k v PX 10");
    world.ask("CLIENT PAUSE 100 WRITE");
    assert_eq!(world.deadline(), Some(100));
    world.set_time(50);
    assert_eq!(world.ask("GET k"), "$-1 ");
    assert_eq!((world.ask("DBSIZE"), world.ask("RANDOMKEY")), (":1 ".into(), "$1 k ".into()));
    assert_eq!((world.ask("KEYS *"), world.ask("SCAN 0")), ("*0 ".into(), "*2 $1 0 *0 ".into()));
    assert_eq!(world.expired(), [""; 0]);
    world.set_time(100);
    assert_eq!(world.expired(), ["k"]);
}

#[test]
fn a_transaction_that_begins_a_pause_overwrites_what_has_expired() {
    let mut world = World::new();
    world.ask("DEBUG SET-ACTIVE-EXPIRE 0");
    world.ask("SET k v PX 10");
    world.set_time(20);
    for request in ["MULTI", "CLIENT PAUSE 100 WRITE", "SET k w"] {
        world.ask(request);
    }
    assert_eq!(world.ask("EXEC"), "*2 +OK +OK ");
    assert_eq!((world.ask("DBSIZE"), world.ask("GET k")), (":1 ".into(), "$1 w ".into()));
    world.set_time(200);
    assert_eq!((world.ask("DEL k"), world.ask("DBSIZE")), (":1 ".into(), ":0 ".into()));
}

/// Something that is done to one of a few keys, or time that passes.
#[derive(Clone, Debug)]
enum Act {
    Set(u8),
    SetFor(u8, u16),
    Expire(u8, i16),
    Persist(u8),
    Rename(u8, u8),
    Delete(u8),
    Get(u8),
    Left(u8),
    Scan,
    Active(bool),
    Wait(u16),
}

impl Arbitrary for Act {
    fn arbitrary(g: &mut Gen) -> Act {
        let (key, other) = (u8::arbitrary(g) % 4, u8::arbitrary(g) % 4);
        let short = u16::arbitrary(g) % 50;
        match u8::arbitrary(g) % 14 {
            0 => Act::Set(key),
            1..=3 => Act::SetFor(key, short + 1),
            4 => Act::Expire(key, i16::arbitrary(g) % 50),
            5 => Act::Persist(key),
            6 => Act::Rename(key, other),
            7 => Act::Delete(key),
            8 => Act::Get(key),
            9 => Act::Left(key),
            10 => Act::Scan,
            11 => Act::Active(bool::arbitrary(g)),
            _ => Act::Wait(short),
        }
    }
}

/// The keys and when each expires: what is expired is gone, at once.
#[derive(Default)]
struct Model(BTreeMap<u8, Option<u64>>);

impl Model {
    /// Does the same as the server, and returns what that must reply.
    fn act(&mut self, act: &Act, now: u64) -> String {
        let keys = &mut self.0;
        let number = |number: i64| format!(":{number} ");
        match *act {
            Act::Set(key) => {
                keys.insert(key, None);
                "+OK ".into()
            }
            Act::SetFor(key, millis) => {
                keys.insert(key, Some(now + u64::from(millis)));
                "+OK ".into()
            }
            Act::Expire(key, millis) => {
                let found = keys.contains_key(&key);
                if found && millis > 0 {
                    keys.insert(key, Some(now + millis as u64));
                } else {
                    keys.remove(&key);
                }
                number(found.into())
            }
            Act::Persist(key) => number(keys.get_mut(&key).and_then(Option::take).is_some().into()),
            Act::Rename(key, other) => match keys.remove(&key) {
                None => "-ERR no such key ".into(),
                Some(expires) => {
                    keys.insert(other, expires);
                    "+OK ".into()
                }
            },
            Act::Delete(key) => number(keys.remove(&key).is_some().into()),
            Act::Get(key) => if keys.contains_key(&key) { "$1 v " } else { "$-1 " }.into(),
            Act::Left(key) => number(match keys.get(&key) {
                None => -2,
                Some(None) => -1,
                Some(Some(at)) => (at - now) as i64,
            }),
            Act::Scan => String::new(),
            Act::Active(_) => "+OK ".into(),
            Act::Wait(_) => String::new(),
        }
    }
}

fn request(act: &Act) -> Option<String> {
    Some(match *act {
        Act::Set(key) => format!("SET {key} v"),
        Act::SetFor(key, millis) => format!("SET {key} v PX {millis}"),
        Act::Expire(key, millis) => format!("PEXPIRE {key} {millis}"),
        Act::Persist(key) => format!("PERSIST {key}"),
        Act::Rename(key, other) => format!("RENAME {key} {other}"),
        Act::Delete(key) => format!("DEL {key}"),
        Act::Get(key) => format!("GET {key}"),
        Act::Left(key) => format!("PTTL {key}"),
        Act::Scan => "SCAN 0 COUNT 1000".into(),
        Act::Active(active) => format!("DEBUG SET-ACTIVE-EXPIRE {}", u8::from(active)),
        Act::Wait(_) => return None,
    })
}

quickcheck! {
    fn a_key_is_there_until_its_time_and_then_told_once(acts: Vec<Act>) -> bool {
        let (mut world, mut model, mut active) = (World::new(), Model::default(), true);
        let mut told: Vec<String> = Vec::new();
        let mut due: Vec<String> = Vec::new();
        for act in acts {
            if let Act::Wait(millis) = act {
                world.set_time(world.now + u64::from(millis));
                let now = world.now;
                let (stay, go) = std::mem::take(&mut model.0).into_iter().partition(|(_, at)| at.is_none_or(|at| at > now));
                model.0 = stay;
                let go: BTreeMap<u8, Option<u64>> = go;
                due.extend(go.keys().map(u8::to_string));
            }
            if let Act::Active(now_active) = act {
                active = now_active;
            }
            let expected = model.act(&act, world.now);
            if let Some(request) = request(&act) {
                let reply = world.ask(&request);
                if let Act::Scan = act {
                    let mut found: Vec<&str> = reply.split("$1 ").skip(2).map(str::trim_end).collect();
                    found.sort_unstable();
                    assert_eq!(found, model.0.keys().map(u8::to_string).collect::<Vec<_>>());
                } else {
                    assert_eq!(reply, expected, "{act:?}");
                }
            }
            told.extend(world.expired());
            // None is told before its time, or twice; while the server looks itself, each is told at its time.
            let mut waiting = due.clone();
            for key in &told {
                let at = waiting.iter().position(|other| other == key).expect("it was not due, or is told again");
                waiting.remove(at);
            }
            if active && matches!(act, Act::Wait(_)) {
                assert!(waiting.is_empty(), "{waiting:?} were not told");
            }
            let next = model.0.values().flatten().min().copied();
            if active && waiting.is_empty() {
                assert_eq!(world.deadline(), next);
            }
        }
        true
    }
}
