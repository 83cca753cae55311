//! Pub/Sub against a naive model made of sets: any clients, any sequence of subscribing, publishing and
//! leaving; the same receivers, in the same order, with the same counts; and the structures hold together.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::glob::plain;
use cutaway::pubsub::DryRun;
use cutaway::resp::reply::write_bulk;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};
use quickcheck::{Arbitrary, Gen, quickcheck};

const CLIENTS: usize = 5;
const CHANNELS: [&str; 5] = ["a", "ab", "b", "rain", ""];
const PATTERNS: [&str; 7] = ["*", "a*", "?", "[ab]", "r*n", "*b", "a"];

/// What a client may do. The first number says which client.
#[derive(Clone, Debug)]
enum Step {
    Subscribe(usize, usize),
    Unsubscribe(usize, Option<usize>),
    Psubscribe(usize, usize),
    Punsubscribe(usize, Option<usize>),
    Ssubscribe(usize, usize),
    Sunsubscribe(usize, Option<usize>),
    Publish(usize),
    Spublish(usize),
    Disconnect(usize),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        let client = usize::arbitrary(g) % CLIENTS;
        let channel = usize::arbitrary(g) % CHANNELS.len();
        let pattern = usize::arbitrary(g) % PATTERNS.len();
        let all = u8::arbitrary(g) % 4 == 0;
        match u8::arbitrary(g) % 16 {
            0..=2 => Step::Subscribe(client, channel),
            3 => Step::Unsubscribe(client, (!all).then_some(channel)),
            4..=6 => Step::Psubscribe(client, pattern),
            7 => Step::Punsubscribe(client, (!all).then_some(pattern)),
            8 => Step::Ssubscribe(client, channel),
            9 => Step::Sunsubscribe(client, (!all).then_some(channel)),
            10..=13 => Step::Publish(channel),
            14 => Step::Spublish(channel),
            _ => Step::Disconnect(client),
        }
    }
}

/// The model: subscriptions in the order in which they were made, no structure at all.
#[derive(Default)]
struct Model {
    channels: Vec<(usize, usize)>,
    patterns: Vec<(usize, usize)>,
    shards: Vec<(usize, usize)>,
}

impl Model {
    /// Who gets what is published to a channel: (client, pattern if it came by one), in order.
    fn receivers(&self, channel: usize) -> Vec<(usize, Option<usize>)> {
        let direct = self.channels.iter().filter(|(_, c)| *c == channel).map(|&(client, _)| (client, None));
        let matching = |pattern: usize| {
            plain::matches(PATTERNS[pattern].as_bytes(), CHANNELS[channel].as_bytes(), false)
        };
        let by_pattern =
            self.patterns.iter().filter(|(_, p)| matching(*p)).map(|&(client, p)| (client, Some(p)));
        direct.chain(by_pattern).collect()
    }

    /// The number in the confirmations for a client.
    fn count(&self, client: usize) -> usize {
        let of = |set: &[(usize, usize)]| set.iter().filter(|(c, _)| *c == client).count();
        of(&self.channels) + of(&self.patterns)
    }
}

fn add(set: &mut Vec<(usize, usize)>, entry: (usize, usize)) {
    if !set.contains(&entry) {
        set.push(entry);
    }
}

/// The server with its clients and one more who publishes.
struct Harness {
    server: Server,
    keys: Vec<ClientKey>,
    publisher: ClientKey,
}

impl Harness {
    fn new(plain_walk: bool) -> Harness {
        let mut config = Config::default();
        let words = [if plain_walk { "no" } else { "yes" }.to_string()];
        config.set_at_start("pattern-index", &words).unwrap();
        let mut server = Server::new(
            cutaway::command::table(&config).unwrap(),
            config,
            Process::default(),
            Time::default(),
            || 0,
        );
        let keys = (0..CLIENTS).map(|_| server.connect(local())).collect();
        let publisher = server.connect(local());
        Harness { server, keys, publisher }
    }

    /// Sends a request of a client; returns all that client is owed then.
    fn request(&mut self, key: ClientKey, words: &[&str]) -> Vec<u8> {
        let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
        words.iter().for_each(|word| write_bulk(&mut bytes, word.as_bytes()));
        self.server.feed(key, &bytes);
        self.take(key)
    }

    fn take(&mut self, key: ClientKey) -> Vec<u8> {
        Received::from(&mut self.server, key)
    }

    fn end_turn(&mut self) -> Received {
        let mut received = Received::default();
        self.server.end_turn(&mut received);
        received
    }
}

fn local() -> About {
    About { addr: "127.0.0.1:1".into(), ..About::default() }
}

fn resp(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    words.iter().for_each(|word| write_bulk(&mut bytes, word.as_bytes()));
    bytes
}

fn confirmation(kind: &str, name: Option<&str>, count: usize) -> Vec<u8> {
    let mut bytes = format!("*3\r\n${}\r\n{kind}\r\n", kind.len()).into_bytes();
    match name {
        Some(name) => write_bulk(&mut bytes, name.as_bytes()),
        None => bytes.extend(b"$-1\r\n"),
    }
    bytes.extend(format!(":{count}\r\n").bytes());
    bytes
}

/// The confirmations of leaving `names` (all that the model holds if none is given), and the model after it.
fn leave(
    model: &mut Model,
    which: fn(&mut Model) -> &mut Vec<(usize, usize)>,
    shard: bool,
    kind: &str,
    client: usize,
    name: Option<usize>,
    names: &[&str],
) -> Vec<u8> {
    let count = |model: &mut Model| {
        if shard { which(model).iter().filter(|(c, _)| *c == client).count() } else { model.count(client) }
    };
    let mut leaving: Vec<usize> = match name {
        Some(name) => vec![name],
        None => which(model).iter().filter(|(c, _)| *c == client).map(|&(_, n)| n).collect(),
    };
    leaving.sort_by_key(|&n| names[n]);
    if leaving.is_empty() {
        return confirmation(kind, None, count(model));
    }
    let mut bytes = Vec::new();
    for name in leaving {
        which(model).retain(|entry| *entry != (client, name));
        bytes.extend(confirmation(kind, Some(names[name]), count(model)));
    }
    bytes
}

fn play(steps: &[Step], plain_walk: bool) {
    let mut harness = Harness::new(plain_walk);
    let mut model = Model::default();
    for step in steps {
        let message = "m";
        match *step {
            Step::Subscribe(client, channel) => {
                add(&mut model.channels, (client, channel));
                let got = harness.request(harness.keys[client], &["SUBSCRIBE", CHANNELS[channel]]);
                assert_eq!(got, confirmation("subscribe", Some(CHANNELS[channel]), model.count(client)));
            }
            Step::Psubscribe(client, pattern) => {
                add(&mut model.patterns, (client, pattern));
                let got = harness.request(harness.keys[client], &["PSUBSCRIBE", PATTERNS[pattern]]);
                assert_eq!(got, confirmation("psubscribe", Some(PATTERNS[pattern]), model.count(client)));
            }
            Step::Ssubscribe(client, channel) => {
                add(&mut model.shards, (client, channel));
                let count = model.shards.iter().filter(|(c, _)| *c == client).count();
                let got = harness.request(harness.keys[client], &["SSUBSCRIBE", CHANNELS[channel]]);
                assert_eq!(got, confirmation("ssubscribe", Some(CHANNELS[channel]), count));
            }
            Step::Unsubscribe(client, channel) => {
                let words: Vec<&str> =
                    ["UNSUBSCRIBE"].into_iter().chain(channel.map(|c| CHANNELS[c])).collect();
                let got = harness.request(harness.keys[client], &words);
                assert_eq!(
                    got,
                    leave(&mut model, |m| &mut m.channels, false, "unsubscribe", client, channel, &CHANNELS)
                );
            }
            Step::Punsubscribe(client, pattern) => {
                let words: Vec<&str> =
                    ["PUNSUBSCRIBE"].into_iter().chain(pattern.map(|p| PATTERNS[p])).collect();
                let got = harness.request(harness.keys[client], &words);
                assert_eq!(
                    got,
                    leave(&mut model, |m| &mut m.patterns, false, "punsubscribe", client, pattern, &PATTERNS)
                );
            }
            Step::Sunsubscribe(client, channel) => {
                let words: Vec<&str> =
                    ["SUNSUBSCRIBE"].into_iter().chain(channel.map(|c| CHANNELS[c])).collect();
                let got = harness.request(harness.keys[client], &words);
                assert_eq!(
                    got,
                    leave(&mut model, |m| &mut m.shards, true, "sunsubscribe", client, channel, &CHANNELS)
                );
            }
            Step::Publish(channel) => {
                let receivers = model.receivers(channel);
                // A dry run finds the same, and delivers nothing.
                let run = DryRun::new(&mut harness.server.pubsub, CHANNELS[channel].as_bytes(), false);
                let found: Vec<_> = run.receivers.iter().map(|&(key, f)| (key, run.frame(f).1)).collect();
                let expected: Vec<_> = receivers
                    .iter()
                    .map(|(client, by)| (harness.keys[*client], by.map(|p| PATTERNS[p].as_bytes())))
                    .collect();
                assert_eq!((found, run.reply), (expected, receivers.len()));
                let delivered =
                    |harness: &Harness, client: usize| harness.server.clients[harness.keys[client]].delivered;
                let before: Vec<u64> = (0..CLIENTS).map(|client| delivered(&harness, client)).collect();
                let got = harness.request(harness.publisher, &["PUBLISH", CHANNELS[channel], message]);
                assert_eq!(got, format!(":{}\r\n", receivers.len()).into_bytes());
                // The order of delivery is the order in which clients are to be written to.
                let mut order: Vec<ClientKey> = Vec::new();
                for &(client, _) in &receivers {
                    if !order.contains(&harness.keys[client]) {
                        order.push(harness.keys[client]);
                    }
                }
                let mut received = harness.end_turn();
                assert_eq!(received.order(), order);
                for (client, before) in before.into_iter().enumerate() {
                    let count = receivers.iter().filter(|(c, _)| *c == client).count() as u64;
                    assert_eq!(delivered(&harness, client), before + count);
                    let frames =
                        receivers.iter().filter(|(c, _)| *c == client).flat_map(|(_, by)| match by {
                            None => resp(&["message", CHANNELS[channel], message]),
                            Some(p) => resp(&["pmessage", PATTERNS[*p], CHANNELS[channel], message]),
                        });
                    assert_eq!(received.take(harness.keys[client]), frames.collect::<Vec<u8>>());
                }
            }
            Step::Spublish(channel) => {
                let receivers: Vec<usize> =
                    model.shards.iter().filter(|(_, c)| *c == channel).map(|&(client, _)| client).collect();
                let got = harness.request(harness.publisher, &["SPUBLISH", CHANNELS[channel], message]);
                assert_eq!(got, format!(":{}\r\n", receivers.len()).into_bytes());
                for client in 0..CLIENTS {
                    let expected = if receivers.contains(&client) {
                        resp(&["smessage", CHANNELS[channel], message])
                    } else {
                        vec![]
                    };
                    assert_eq!(harness.take(harness.keys[client]), expected);
                }
            }
            Step::Disconnect(client) => {
                for set in [&mut model.channels, &mut model.patterns, &mut model.shards] {
                    set.retain(|(c, _)| *c != client);
                }
                harness.server.disconnect(harness.keys[client]);
                harness.end_turn();
                harness.keys[client] = harness.server.connect(local());
            }
        }
        harness.end_turn();
        check_structures(&harness, &model);
    }
}

/// The server's structures are the model's: the same lists in the same order, no empty channel, no node that
/// dangles, and each client's sets agree with the lists.
fn check_structures(harness: &Harness, model: &Model) {
    let pubsub = &harness.server.pubsub;
    let by_name = |set: &[(usize, usize)]| {
        let mut all: Vec<(Vec<u8>, Vec<ClientKey>)> = Vec::new();
        for (index, name) in CHANNELS.iter().enumerate() {
            let clients: Vec<ClientKey> =
                set.iter().filter(|(_, c)| *c == index).map(|&(client, _)| harness.keys[client]).collect();
            if !clients.is_empty() {
                all.push((name.as_bytes().to_vec(), clients));
            }
        }
        all.sort();
        all
    };
    for (dict, set) in [(&pubsub.channels, &model.channels), (&pubsub.shard_channels, &model.shards)] {
        let mut drawn: Vec<(Vec<u8>, Vec<ClientKey>)> =
            dict.iter().map(|(name, clients)| (name.to_vec(), clients.collect())).collect();
        drawn.sort();
        assert_eq!(drawn, by_name(set));
        assert_eq!(dict.subscriptions(), set.len());
    }
    let list: Vec<(ClientKey, &[u8])> = pubsub.patterns.iter().collect();
    let expected: Vec<(ClientKey, &[u8])> =
        model.patterns.iter().map(|&(client, p)| (harness.keys[client], PATTERNS[p].as_bytes())).collect();
    assert_eq!(list, expected);
    for (client, &key) in harness.keys.iter().enumerate() {
        let subscriptions = harness.server.clients[key].subscriptions.as_ref();
        assert_eq!(subscriptions.map_or(0, |s| s.count()), model.count(client));
        let any = model.count(client) > 0 || model.shards.iter().any(|(c, _)| *c == client);
        assert_eq!(subscriptions.is_some(), any, "a client without subscriptions has no sets");
    }
}

quickcheck! {
    fn any_sequence_behaves_as_a_model_made_of_sets(steps: Vec<Step>) -> bool {
        play(&steps, false);
        true
    }

    fn the_plain_walk_behaves_as_the_index(steps: Vec<Step>) -> bool {
        play(&steps, true);
        true
    }
}

/// Found by a reader: the frames of one publication filled a chunk, which was closed and freed although later
/// receivers still had to get its first frames.
#[test]
fn a_publication_larger_than_a_chunk_reaches_every_receiver_whole() {
    for (patterns, length) in [(275, 900), (280, 900), (400, 700), (552, 900), (30, 15_000)] {
        for blocked in [false, true] {
            let mut harness = Harness::new(false);
            let (a, b) = (harness.keys[0], harness.keys[1]);
            let names: Vec<String> = (0..patterns).map(|n| format!("new{}", "*".repeat(n + 1))).collect();
            let words: Vec<&str> =
                ["PSUBSCRIBE"].into_iter().chain(names.iter().map(String::as_str)).collect();
            harness.request(a, &["SUBSCRIBE", "other"]);
            for key in [a, b] {
                let bytes = resp(&words);
                harness.server.feed(key, &bytes);
                harness.take(key);
            }
            harness.end_turn();
            if blocked {
                harness.server.feed(a, b"PING\r\n");
                let mut full = Received { room: vec![(a, 0)], ..Received::default() };
                harness.server.end_turn(&mut full);
            }
            let message = "m".repeat(length);
            // What A is owed already makes it copy its frames: then nobody shares the first chunk with B.
            let batch = [resp(&["PUBLISH", "other", "x"]), resp(&["PUBLISH", "news", &message])].concat();
            harness.server.feed(harness.publisher, &batch);
            let expected: Vec<u8> =
                names.iter().flat_map(|name| resp(&["pmessage", name, "news", &message])).collect();
            assert!(harness.take(b) == expected, "{patterns} patterns, {length} bytes, A blocked: {blocked}");
        }
    }
}
