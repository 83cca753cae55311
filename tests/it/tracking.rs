//! Client-side caching against a model of clients that cache: no client holds a value that has changed without having been
//! told. And what clients leave behind goes.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::resp::reply::write_bulk;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};
use cutaway::tools::scenario::frame::{Frame, split};
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::collections::BTreeMap;

const CACHES: usize = 5;
const KEYS: [&str; 6] = ["a", "ab", "abc", "b", "bc", ""];

/// How a client caches.
const TRACKING: [&[&str]; CACHES] = [
    &["CLIENT", "TRACKING", "ON"],
    &["CLIENT", "TRACKING", "ON", "NOLOOP"],
    &["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a"],
    &["CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP", "PREFIX", "b", "PREFIX", "ab"],
    &["CLIENT", "TRACKING", "ON", "OPTIN"],
];
const NO_LOOP: [bool; CACHES] = [false, true, false, true, false];

/// What a client with this mode may keep: with BCAST, keys under its prefixes alone.
fn may_keep(cache: usize, key: &str) -> bool {
    match cache {
        2 => key.starts_with('a'),
        3 => key.starts_with('b') || key.starts_with("ab"),
        _ => true,
    }
}

#[derive(Clone, Debug)]
enum Act {
    /// A client reads a key and keeps the value; the last word: in a transaction, or by a script.
    Read(usize, usize, usize),
    /// A client changes keys, one way or another.
    Write(usize, usize, usize, usize),
    /// Time passes.
    Wait(u64),
    /// A client goes, and comes back with an empty cache.
    Reconnect(usize),
    /// A client turns tracking off and on again, and has nothing then.
    Restart(usize),
}

impl Arbitrary for Act {
    fn arbitrary(g: &mut Gen) -> Act {
        let mut below = |n: usize| usize::arbitrary(g) % n;
        let (client, key, other) = (below(CACHES), below(KEYS.len()), below(KEYS.len()));
        match below(24) {
            0..=9 => Act::Read(client, key, below(4)),
            10..=20 => Act::Write(client, key, other, below(16)),
            21 => Act::Wait(below(40) as u64),
            22 => Act::Reconnect(client),
            _ => Act::Restart(client),
        }
    }
}

struct World {
    server: Server,
    received: Received,
    caches: Vec<(ClientKey, BTreeMap<String, Vec<u8>>)>,
    /// Looks at the truth, and tracks nothing.
    observer: ClientKey,
    millis: u64,
}

fn time(millis: u64) -> Time {
    Time { unix_micros: 1_700_000_000_000_000 + millis * 1000, millis }
}

impl World {
    fn new(table_limit: u8) -> World {
        let mut config = Config::default();
        config.set_at_start("tracking-table-max-keys", &[table_limit.to_string()]).unwrap();
        let table = cutaway::command::table(&config).unwrap();
        let mut server = Server::new(table, config, Process::default(), time(0), || 0);
        let observer = server.connect(local());
        let mut world =
            World { server, received: Received::default(), caches: Vec::new(), observer, millis: 0 };
        for cache in 0..CACHES {
            let key = world.server.connect(local());
            world.caches.push((key, BTreeMap::new()));
            world.start(cache);
        }
        world
    }

    fn start(&mut self, cache: usize) {
        let key = self.caches[cache].0;
        self.send(key, &["HELLO", "3"]);
        self.send(key, TRACKING[cache]);
        self.read_all();
    }

    fn send(&mut self, key: ClientKey, words: &[&str]) {
        let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
        words.iter().for_each(|word| write_bulk(&mut bytes, word.as_bytes()));
        self.server.feed(key, &bytes);
    }

    /// Ends the turn; each client looks at what it was sent, in order: an invalidation empties its cache, or takes a key out.
    /// Returns the replies of each.
    fn read_all(&mut self) -> Vec<Vec<Frame>> {
        self.server.end_turn(&mut self.received);
        let mut replies = Vec::new();
        for cache in 0..self.caches.len() {
            let frames = split(&self.received.take(self.caches[cache].0));
            replies.push(self.read(cache, frames));
        }
        replies
    }

    fn read(&mut self, cache: usize, frames: Vec<Frame>) -> Vec<Frame> {
        let held = &mut self.caches[cache].1;
        let mut replies = Vec::new();
        for frame in frames {
            match &frame {
                Frame::Aggregate(b'>', items) if items[0].as_bulk() == Some(b"invalidate") => match &items[1]
                {
                    Frame::Aggregate(b'*', names) => names.iter().for_each(|name| {
                        held.remove(std::str::from_utf8(name.as_bulk().unwrap()).unwrap());
                    }),
                    _ => held.clear(),
                },
                _ => replies.push(frame),
            }
        }
        replies
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Read(client, key, how) => {
                let (socket, name) = (self.caches[client].0, KEYS[key]);
                let opt_in = client == 4;
                if opt_in {
                    self.send(socket, &["CLIENT", "CACHING", "YES"]);
                }
                let script = "return redis.call('GET', KEYS[1])";
                match how {
                    0 => {
                        self.send(socket, &["MULTI"]);
                        self.send(socket, &["GET", name]);
                        self.send(socket, &["EXEC"]);
                    }
                    1 => self.send(socket, &["EVAL", script, "1", name]),
                    2 => self.send(socket, &["EVAL_RO", script, "1", name]),
                    _ => self.send(socket, &["GET", name]),
                }
                // The reply first, then what was pushed behind it.
                self.server.end_turn(&mut self.received);
                let frames = split(&self.received.take(socket));
                let at =
                    frames.iter().rposition(|frame| !matches!(frame, Frame::Aggregate(b'>', _))).unwrap();
                let value = match &frames[at] {
                    Frame::Aggregate(b'*', items) => &items[0],
                    reply => reply,
                };
                let value = value.as_bulk().map(<[u8]>::to_vec);
                let (before, after) = frames.split_at(at);
                self.read(client, before.to_vec());
                if may_keep(client, name)
                    && let Some(value) = value
                {
                    self.caches[client].1.insert(name.into(), value);
                }
                self.read(client, after[1..].to_vec());
                self.read_all();
            }
            Act::Write(client, key, other, how) => {
                let (socket, name, second) = (self.caches[client].0, KEYS[key], KEYS[other]);
                let value = self.millis.to_string() + &how.to_string();
                let both: &[&[&str]] =
                    &[&["MULTI"], &["SET", name, &value], &["APPEND", second, "x"], &["EXEC"]];
                let script = "redis.call('SET', KEYS[1], ARGV[1]); redis.call('DEL', KEYS[2])";
                let requests: &[&[&str]] = match how {
                    0 => both,
                    1 => &[&["EVAL", script, "2", name, second, &value]],
                    2 => &[&["RENAME", name, second]],
                    3 => &[&["COPY", name, second, "REPLACE"]],
                    4 => &[&["DEL", name, second]],
                    5 => &[&["MSET", name, &value, second, &value]],
                    6 => &[&["PEXPIRE", name, "20"]],
                    7 => &[&["SET", name, &value, "PX", "10"]],
                    8 => &[&["GETDEL", name]],
                    9 => &[&["APPEND", name, "y"]],
                    10 => &[&["SETRANGE", name, "1", "z"]],
                    11 if other == 0 => &[&["FLUSHALL"]],
                    12 if other == 0 => &[&["FLUSHDB"]],
                    13 => &[&["DEL", second], &["SORT", name, "STORE", second], &["DEL", second]],
                    14 => &[&["MSETNX", name, &value, second, &value]],
                    _ => &[&["SET", name, &value]],
                };
                for request in requests {
                    self.send(socket, request);
                }
                self.read_all();
                if NO_LOOP[client] {
                    // It knows what it has changed itself.
                    self.caches[client].1.remove(name);
                    self.caches[client].1.remove(second);
                }
            }
            Act::Wait(millis) => {
                self.millis += millis;
                self.server.set_time(time(self.millis));
                self.read_all();
            }
            Act::Reconnect(client) => {
                self.server.disconnect(self.caches[client].0);
                self.read_all();
                self.caches[client] = (self.server.connect(local()), BTreeMap::new());
                self.start(client);
            }
            Act::Restart(client) => {
                self.send(self.caches[client].0, &["CLIENT", "TRACKING", "OFF"]);
                self.caches[client].1.clear();
                self.start(client);
            }
        }
    }

    fn truth(&mut self, key: &str) -> Option<Vec<u8>> {
        self.send(self.observer, &["GET", key]);
        self.read_all();
        split(&self.received.take(self.observer))[0].as_bulk().map(<[u8]>::to_vec)
    }
}

fn local() -> About {
    About { addr: "127.0.0.1:1".into(), ..About::default() }
}

quickcheck! {
    fn no_client_holds_a_value_that_has_changed_without_having_been_told(acts: Vec<Act>, table_limit: u8) -> bool {
        let mut world = World::new(table_limit % 5);
        for act in &acts {
            world.act(act);
            let truth: Vec<Option<Vec<u8>>> = KEYS.iter().map(|key| world.truth(key)).collect();
            for (cache, (_, held)) in world.caches.iter().enumerate() {
                for (key, value) in held {
                    let at = KEYS.iter().position(|known| known == key).unwrap();
                    if truth[at].as_ref() != Some(value) {
                        eprintln!("after {act:?} client {cache} holds {key:?} = {value:?}, which is {:?}", truth[at]);
                        return false;
                    }
                }
            }
        }
        true
    }

    fn what_clients_leave_behind_goes(acts: Vec<Act>) -> bool {
        let mut world = World::new(0);
        acts.iter().for_each(|act| world.act(act));
        for (key, _) in std::mem::take(&mut world.caches) {
            world.server.disconnect(key);
        }
        world.server.end_turn(&mut world.received);
        let tracking = &world.server.tracking;
        let left = (tracking.table.len(), tracking.table.items(), tracking.prefixes.len(), tracking.clients.len());
        assert_eq!(tracking.table.iter().count(), 0);
        left == (0, 0, 0, 0)
    }
}

/// A client that reads many keys and goes again and again leaves no more than its last visit.
#[test]
fn the_table_does_not_grow_by_clients_that_come_and_go() {
    let mut world = World::new(0);
    let keys: Vec<String> = (0..5000).map(|number| format!("key:{number}")).collect();
    let mut words = vec!["MGET"];
    words.extend(keys.iter().map(String::as_str));
    for _ in 0..20 {
        world.act(&Act::Reconnect(0));
        let socket = world.caches[0].0;
        world.send(socket, &words);
        world.read_all();
        assert!(
            world.server.tracking.table.items() < 2 * keys.len(),
            "{}",
            world.server.tracking.table.items()
        );
    }
}

/// One turn, one message for each prefix, with each key once, in order.
#[test]
fn a_prefix_is_announced_once_a_turn() {
    let mut world = World::new(0);
    let (writer, reader) = (world.caches[0].0, world.caches[2].0);
    for words in [["SET", "ab", "1"], ["SET", "aa", "1"], ["SET", "ab", "2"], ["SET", "b", "2"]] {
        world.send(writer, &words);
    }
    world.server.end_turn(&mut world.received);
    assert_eq!(world.received.take(reader), b">2\r\n$10\r\ninvalidate\r\n*2\r\n$2\r\naa\r\n$2\r\nab\r\n");
    world.server.end_turn(&mut world.received);
    assert_eq!(world.received.take(reader), b"");
}

/// Also the key without a name.
#[test]
fn the_empty_key_is_announced_to_the_empty_prefix() {
    let mut world = World::new(0);
    let reader = world.observer;
    world.send(reader, &["HELLO", "3"]);
    world.send(reader, &["CLIENT", "TRACKING", "ON", "BCAST"]);
    world.read_all();
    world.received.take(reader);
    world.send(world.caches[0].0, &["SET", "", "1"]);
    world.server.end_turn(&mut world.received);
    assert_eq!(world.received.take(reader), b">2\r\n$10\r\ninvalidate\r\n*1\r\n$0\r\n\r\n");
}

/// What the table forgets for having too many keys is announced to its readers behind the replies that they have got.
#[test]
fn a_table_over_its_limit_forgets_keys_and_tells_so() {
    let mut world = World::new(1);
    let reader = world.caches[0].0;
    world.server.feed(reader, b"GET a\r\nGET b\r\nPING\r\n");
    world.server.end_turn(&mut world.received);
    let sent = String::from_utf8(world.received.take(reader)).unwrap();
    let told = |key: &str| format!("_\r\n_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\n{key}\r\n+PONG\r\n");
    assert!(sent == told("a") || sent == told("b"), "{sent}");
    assert_eq!(world.server.tracking.table.len(), 1);
    // CONFIG SET is enough: nobody need send another command.
    world.server.feed(reader, b"MGET a b c\r\nCONFIG SET tracking-table-max-keys 3\r\nMGET a b c\r\n");
    world.server.feed(world.observer, b"CONFIG SET tracking-table-max-keys 2\r\n");
    world.read_all();
    assert_eq!(world.server.deadline(), Some(100));
    world.server.set_time(time(100));
    assert_eq!((world.server.tracking.table.len(), world.server.deadline()), (2, None));
}

/// A client in whose pipeline another client's wait ends is told what that one changed after its own replies.
#[test]
fn what_a_waiting_client_changes_is_told_behind_the_replies_of_the_one_that_served_it() {
    let mut world = World::new(0);
    let reader = world.caches[0].0;
    world.server.feed(world.observer, b"BLMOVE source target LEFT LEFT 0\r\n");
    world.server.feed(reader, b"LLEN target\r\nRPUSH source x\r\nPING\r\n");
    world.server.end_turn(&mut world.received);
    let sent = String::from_utf8(world.received.take(reader)).unwrap();
    assert_eq!(sent, ":0\r\n:1\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$6\r\ntarget\r\n+PONG\r\n");
}
