//! When fields of hashes go, without a socket and without a clock: beside a naive model, and when the loop is woken for them.

use crate::sans_io::server_and_client;
use cutaway::base::ids::ClientKey;
use cutaway::config::Config;
use cutaway::keyspace::value::Value;
use cutaway::server::turn::Received;
use cutaway::server::{Server, Time};
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::collections::BTreeMap;

struct World {
    server: Server,
    client: ClientKey,
    start: Time,
    now: u64,
}

impl World {
    fn new(settings: &[(&str, &str)]) -> World {
        let mut config = Config::default();
        for (name, value) in settings.iter().chain(&[("enable-debug-command", "yes")]) {
            config.set_at_start(name, &[value.to_string()]).unwrap();
        }
        let (mut server, client) = server_and_client(config);
        let start = Time { unix_micros: 1_700_000_000_000_000, millis: 7 };
        server.set_time(start);
        World { server, client, start, now: 0 }
    }

    fn ask(&mut self, request: &str) -> String {
        self.server.feed(self.client, format!("{request}\r\n").as_bytes());
        String::from_utf8(Received::from(&mut self.server, self.client)).unwrap().replace("\r\n", " ")
    }

    /// It is so many milliseconds after the start.
    fn set_time(&mut self, now: u64) {
        self.now = now;
        self.server.set_time(self.start.after(now));
    }

    /// After how many milliseconds from the start the server wants to be woken.
    fn deadline(&self) -> Option<u64> {
        self.server.deadline().map(|deadline| deadline - self.start.millis)
    }

    /// A line of INFO.
    fn info(&mut self, name: &str) -> String {
        let info = self.ask("INFO everything");
        let found = info.split(' ').find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        found.unwrap_or_default().to_string()
    }

    /// How many fields all hashes have, their time passed or not.
    fn fields(&self) -> usize {
        let len = |value: &Value| if let Value::Hash(hash) = value { hash.len() } else { 0 };
        self.server.databases().flat_map(|(_, db)| db.iter()).map(|(_, item)| len(&item.value)).sum()
    }
}

#[test]
fn whatever_changes_the_time_of_a_field_changes_the_deadline() {
    for entries in ["512", "0"] {
        let mut world = World::new(&[("hash-max-listpack-entries", entries)]);
        for (request, deadline) in [
            ("HSET h a 1 b 2 c 3", None),
            ("HPEXPIRE h 1000 FIELDS 1 a", Some(1000)),
            ("HPEXPIRE h 500 FIELDS 2 b nofield", Some(500)),
            ("HPEXPIRE h 2000 GT FIELDS 1 b", Some(1000)),
            ("HINCRBY h a 1", Some(1000)),
            ("HSET h a 1", Some(2000)),
            ("HPERSIST h FIELDS 1 b", None),
            ("HGETEX h PX 300 FIELDS 1 a", Some(300)),
            ("HGETEX h PERSIST FIELDS 1 a", None),
            ("HSETEX h PX 300 FIELDS 1 a 1", Some(300)),
            ("HSETEX h KEEPTTL FIELDS 1 a 2", Some(300)),
            ("SET k v PX 200", Some(200)),
            ("DEL k", Some(300)),
            ("RENAME h j", Some(300)),
            ("COPY j h", Some(300)),
            ("DEL j", Some(300)),
            ("MOVE h 1", Some(300)),
            ("SWAPDB 0 1", Some(300)),
            ("HGETDEL h FIELDS 1 a", None),
            ("HPEXPIRE h 100 FIELDS 1 b", Some(100)),
            ("HDEL h b", None),
            ("HPEXPIRE h 100 FIELDS 1 c", Some(100)),
            ("SET h v", None),
            ("SET h v", None),
            ("DEL h", None),
            ("HSETEX h PX 100 FIELDS 1 a 1", Some(100)),
            ("COPY h j", Some(100)),
            ("SET h v", Some(100)),
            ("FLUSHDB", None),
            ("HSETEX h PX 100 FIELDS 2 a 1 b 2", Some(100)),
            ("HSETEX h PX 0 FIELDS 1 a 1", Some(100)),
            ("HEXPIRE h 0 FIELDS 1 b", None),
        ] {
            world.ask(request);
            assert_eq!(world.deadline(), deadline, "{request}");
        }
    }
}

#[test]
fn a_field_goes_when_its_time_has_come_and_a_hash_with_its_last_one() {
    for entries in ["512", "0"] {
        let mut world = World::new(&[("hash-max-listpack-entries", entries)]);
        world.ask("HSET h a 1 b 2");
        world.ask("HPEXPIRE h 10 FIELDS 1 a");
        world.ask("HPEXPIRE h 20 FIELDS 1 b");
        world.set_time(9);
        assert_eq!(world.fields(), 2);
        world.set_time(10);
        assert_eq!((world.fields(), world.deadline()), (1, Some(20)));
        assert_eq!(world.info("db0"), "keys=1,expires=0,avg_ttl=0,subexpiry=1");
        world.set_time(20);
        assert_eq!((world.ask("DBSIZE"), world.deadline()), (":0 ".into(), None));
        assert_eq!((world.info("expired_subkeys"), world.info("expired_keys")), ("2".into(), "0".into()));
    }
}

#[test]
fn many_fields_that_expire_at_once_do_not_hold_up_the_loop() {
    for entries in ["5000", "0"] {
        let mut world = World::new(&[("hash-max-listpack-entries", entries)]);
        for n in 0..1500 {
            world.ask(&format!("HSETEX h PX 10 FIELDS 1 f{n} v"));
            world.ask(&format!("HSETEX h{n} PX 10 FIELDS 1 f v"));
        }
        world.set_time(10);
        assert_eq!((world.fields(), world.deadline()), (2000, Some(10)));
        // What is not yet gone is not to be seen either, but in the very millisecond of its time.
        world.server.set_time(world.start.after(11));
        assert_eq!(world.fields(), 1000);
        assert_eq!((world.ask("HGETALL h"), world.ask("HGET h1499 f")), ("*0 ".into(), "$-1 ".into()));
        world.set_time(12);
        assert_eq!((world.fields(), world.deadline()), (0, None));
        assert_eq!(world.info("expired_subkeys"), "3000");
    }
}

#[test]
fn no_field_expires_in_a_pause_and_debug_has_them_expire_on_access_only() {
    let mut world = World::new(&[]);
    world.ask("HSETEX h PX 10 FIELDS 2 a 1 b 2");
    world.ask("CLIENT PAUSE 100 WRITE");
    assert_eq!(world.deadline(), Some(100));
    world.set_time(50);
    assert_eq!((world.ask("HGET h a"), world.ask("HRANDFIELD h")), ("$-1 ".into(), "$1 a ".into()));
    assert_eq!((world.ask("HLEN h"), world.ask("HKEYS h")), (":2 ".into(), "*0 ".into()));
    world.set_time(100);
    assert_eq!(world.ask("DBSIZE"), ":0 ");
    world.ask("DEBUG SET-ACTIVE-EXPIRE 0");
    world.ask("HSETEX h PX 10 FIELDS 2 a 1 b 2");
    assert_eq!(world.deadline(), None);
    world.set_time(200);
    assert_eq!((world.ask("HLEN h"), world.ask("HEXISTS h a")), (":2 ".into(), ":0 ".into()));
    assert_eq!(world.ask("HLEN h"), ":1 ");
    world.ask("DEBUG SET-ACTIVE-EXPIRE 1");
    assert_eq!(world.deadline(), Some(200));
}

/// Something that is done to one of a few fields of one of two hashes, or time that passes.
#[derive(Clone, Debug)]
enum Act {
    Set(u8, u8),
    SetFor(u8, u8, u16),
    Keep(u8, u8),
    Expire(u8, u8, i16),
    GetFor(u8, u8, u16),
    Persist(u8, u8),
    Delete(u8, u8),
    Take(u8, u8),
    Get(u8, u8),
    Left(u8, u8),
    All(u8),
    Rename(u8),
    Active(bool),
    /// Changes the setting, so that hashes become dicts.
    Entries(u8),
    Wait(u16),
}

impl Arbitrary for Act {
    fn arbitrary(g: &mut Gen) -> Act {
        let (key, field) = (u8::arbitrary(g) % 2, u8::arbitrary(g) % 5);
        let short = u16::arbitrary(g) % 50 + 1;
        match u8::arbitrary(g) % 22 {
            0 => Act::Set(key, field),
            1..=4 => Act::SetFor(key, field, short),
            5 => Act::Keep(key, field),
            6 => Act::Expire(key, field, i16::arbitrary(g).rem_euclid(50)),
            7 | 8 => Act::GetFor(key, field, short),
            9 => Act::Persist(key, field),
            10 => Act::Delete(key, field),
            11 => Act::Take(key, field),
            12 => Act::Get(key, field),
            13 => Act::Left(key, field),
            14 => Act::All(key),
            15 => Act::Rename(key),
            16 => Act::Active(bool::arbitrary(g)),
            17 => Act::Entries(u8::arbitrary(g) % 6),
            _ => Act::Wait(short),
        }
    }
}

/// The fields of both hashes and when each expires: what has expired is gone, at once.
#[derive(Default)]
struct Model([BTreeMap<u8, Option<u64>>; 2]);

impl Model {
    fn expire(&mut self, now: u64) {
        self.0.iter_mut().for_each(|hash| hash.retain(|_, at| at.is_none_or(|at| at >= now)));
    }

    /// Does the same as the server, and returns what that must reply; None: it is not known, or not compared.
    fn act(&mut self, act: &Act, now: u64) -> Option<String> {
        let number = |number: i64| Some(format!(":{number} "));
        let one = |number: i64| Some(format!("*1 :{number} "));
        let value = |found: bool| Some(if found { "*1 $1 v ".to_string() } else { "*1 $-1 ".into() });
        match *act {
            Act::Set(key, field) => number(self.0[usize::from(key)].insert(field, None).is_none().into()),
            Act::SetFor(key, field, millis) => {
                self.0[usize::from(key)].insert(field, Some(now + u64::from(millis)));
                number(1)
            }
            Act::Keep(key, field) => {
                self.0[usize::from(key)].entry(field).or_insert(None);
                number(1)
            }
            Act::Expire(key, field, millis) => {
                let hash = &mut self.0[usize::from(key)];
                if !hash.contains_key(&field) {
                    return one(-2);
                }
                if millis <= 0 {
                    hash.remove(&field);
                    return one(2);
                }
                hash.insert(field, Some(now + millis as u64));
                one(1)
            }
            Act::GetFor(key, field, millis) => {
                let found = self.0[usize::from(key)].get_mut(&field);
                value(found.map(|at| *at = Some(now + u64::from(millis))).is_some())
            }
            Act::Persist(key, field) => one(match self.0[usize::from(key)].get_mut(&field) {
                None => -2,
                Some(at) => at.take().map_or(-1, |_| 1),
            }),
            Act::Delete(key, field) => number(self.0[usize::from(key)].remove(&field).is_some().into()),
            Act::Take(key, field) => value(self.0[usize::from(key)].remove(&field).is_some()),
            Act::Get(key, field) => {
                let found = self.0[usize::from(key)].contains_key(&field);
                Some(if found { "$1 v ".into() } else { "$-1 ".into() })
            }
            Act::Left(key, field) => one(match self.0[usize::from(key)].get(&field) {
                None => -2,
                Some(None) => -1,
                Some(Some(at)) => (at - now) as i64,
            }),
            Act::Rename(key) => {
                let hash = std::mem::take(&mut self.0[usize::from(key)]);
                match hash.is_empty() {
                    true => Some("-ERR no such key ".into()),
                    false => {
                        self.0[usize::from(1 - key)] = hash;
                        Some("+OK ".into())
                    }
                }
            }
            Act::All(_) => None,
            Act::Active(_) | Act::Entries(_) => Some("+OK ".into()),
            Act::Wait(_) => Some(String::new()),
        }
    }
}

fn request(act: &Act) -> String {
    match *act {
        Act::Set(key, field) => format!("HSET {key} {field} v"),
        Act::SetFor(key, field, millis) => format!("HSETEX {key} PX {millis} FIELDS 1 {field} v"),
        Act::Keep(key, field) => format!("HSETEX {key} KEEPTTL FIELDS 1 {field} v"),
        Act::Expire(key, field, millis) => format!("HPEXPIRE {key} {millis} FIELDS 1 {field}"),
        Act::GetFor(key, field, millis) => format!("HGETEX {key} PX {millis} FIELDS 1 {field}"),
        Act::Persist(key, field) => format!("HPERSIST {key} FIELDS 1 {field}"),
        Act::Delete(key, field) => format!("HDEL {key} {field}"),
        Act::Take(key, field) => format!("HGETDEL {key} FIELDS 1 {field}"),
        Act::Get(key, field) => format!("HGET {key} {field}"),
        Act::Left(key, field) => format!("HPTTL {key} FIELDS 1 {field}"),
        Act::All(key) => format!("HKEYS {key}"),
        Act::Rename(key) => format!("RENAME {key} {}", 1 - key),
        Act::Active(active) => format!("DEBUG SET-ACTIVE-EXPIRE {}", u8::from(active)),
        Act::Entries(most) => format!("CONFIG SET hash-max-listpack-entries {most}"),
        Act::Wait(_) => "PING".into(),
    }
}

/// Whether the reply of Redis does not depend on whether a field that has expired was removed: those that see it all the same.
fn sees_what_expired(act: &Act) -> bool {
    matches!(act, Act::Set(..) | Act::Keep(..) | Act::Expire(..) | Act::Delete(..) | Act::Rename(_))
}

quickcheck! {
    fn a_field_is_there_until_its_time_whatever_the_encoding(acts: Vec<Act>) -> bool {
        let (mut world, mut model, mut active) = (World::new(&[]), Model::default(), true);
        for act in acts {
            if let Act::Wait(millis) = act {
                world.set_time(world.now + u64::from(millis));
                let now = world.now;
                model.expire(if active { now + 1 } else { now });
            }
            if let Act::Active(now_active) = act {
                active = now_active;
            }
            // A field that has expired and was not removed is seen by some commands, as in Redis: not here.
            if !active && sees_what_expired(&act) {
                continue;
            }
            let expected = model.act(&act, world.now);
            let reply = world.ask(&request(&act));
            match (expected, &act) {
                (_, Act::Wait(_)) => {}
                // In the very millisecond of its time HPTTL replies -2 or 0: with the encoding, as in Redis.
                (Some(expected), Act::Left(..)) if expected == "*1 :0 " => {
                    assert!(["*1 :0 ", "*1 :-2 "].contains(&&*reply));
                }
                (Some(expected), _) => assert_eq!(reply, expected, "{act:?}"),
                (None, &Act::All(key)) => {
                    let mut found: Vec<&str> = reply.split("$1 ").skip(1).map(str::trim_end).collect();
                    found.sort_unstable();
                    let expected: Vec<String> = model.0[usize::from(key)].keys().map(u8::to_string).collect();
                    assert_eq!(found, expected);
                }
                (None, act) => panic!("{act:?} has a reply"),
            }
            if active {
                // What DEBUG kept goes in the next turn.
                world.server.set_time(world.start.after(world.now));
                let now = world.now;
                model.expire(now + 1);
                let next = model.0.iter().flat_map(BTreeMap::values).flatten().min().copied();
                assert_eq!(world.deadline(), next);
                assert_eq!(world.fields(), model.0.iter().map(BTreeMap::len).sum::<usize>());
            }
        }
        true
    }
}
