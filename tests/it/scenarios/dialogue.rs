//! Random dialogues of three clients about Pub/Sub, or about client-side caching, as scenarios: what fails can be saved as a `.scenario` file.
//!
//! Few names, so that they meet often. Every step leaves its client connected, so that a dialogue with steps taken out is
//! a dialogue still, and quickcheck can shrink it.

use cutaway::tools::scenario::Scenario;
use quickcheck::{Arbitrary, Gen};

const CLIENTS: &[&str] = &["A", "B", "C"];
const CHANNELS: &[&str] = &["x", "y", "xy", "rain", "\"\"", "\"\\x00\\xff\""];
const PATTERNS: &[&str] = &["*", "x*", "?", "[xy]", "r*n", "y", "*y", "\"\""];
/// What clients ask about keys, and how they track them. Prefixes that overlap among themselves Redis answers twice.
const TRACKING: &[&str] = &[
    "RESET",
    "CLIENT TRACKING ON",
    "CLIENT TRACKING ON",
    "CLIENT TRACKING ON NOLOOP",
    "CLIENT TRACKING ON OPTIN",
    "CLIENT TRACKING ON OPTOUT NOLOOP",
    "CLIENT TRACKING ON BCAST",
    "CLIENT TRACKING ON BCAST NOLOOP",
    "CLIENT TRACKING ON BCAST PREFIX x",
    "CLIENT TRACKING ON BCAST NOLOOP PREFIX r PREFIX xy",
    "CLIENT TRACKING ON REDIRECT {A.id}",
    "CLIENT TRACKING ON REDIRECT {B.id} BCAST PREFIX x",
    "CLIENT TRACKING OFF",
    "CLIENT TRACKING OFF",
    "CLIENT CACHING YES",
    "CLIENT CACHING NO",
    "CLIENT TRACKINGINFO",
    "CLIENT REPLY SKIP",
    "SUBSCRIBE x",
    "UNSUBSCRIBE x",
    "PUBLISH x 1",
    "GET x",
    "GET x",
    "GET xy",
    "GET rain",
    "MGET x y rain",
    "EXISTS x xy",
    "LRANGE x 0 -1",
    "TTL y",
    "SET x 1",
    "SET x 2",
    "SET xy 1",
    "SET rain 1",
    "APPEND y a",
    "INCR x",
    "MSET x 1 rain 2 xy 3",
    "DEL x y",
    "RENAME x xy",
    "COPY x y REPLACE",
    "EXPIRE xy -1",
    "EXPIRE rain 1000",
    "LPUSH l a",
    "LPOP l",
    "LLEN l",
    "FLUSHALL",
    "MULTI",
    "EXEC",
    "EXEC",
    "DISCARD",
    "WATCH x",
    "EVAL \"redis.call('SET', 'x', 3); redis.call('SET', 'rain', 3); return redis.call('GET', 'xy')\" 0",
    "EVAL_RO \"return redis.call('MGET', 'x', 'y')\" 1 rain",
    "NOSUCH a b",
    "SELECT 3",
    "SELECT 0",
];
const MESSAGES: &[&str] = &["1", "2", "\"\"", "\"\\r\\n\"", "\"long\"*5000"];

/// A dialogue: steps of one line or more.
#[derive(Clone, Debug)]
pub struct Dialogue {
    topic: Topic,
    steps: Vec<Vec<String>>,
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    PubSub,
    Tracking,
}

impl Dialogue {
    /// The text of the scenario. Each client speaks once before it begins, so that all of them are there.
    pub fn text(&self) -> String {
        let mut text = String::from("# A random dialogue.\n");
        if self.topic == Topic::Tracking {
            text.push_str("A: FLUSHALL\n");
        }
        let begin = if self.topic == Topic::Tracking { "HELLO 3" } else { "PING" };
        for client in CLIENTS {
            text.push_str(&format!("{client}: {begin}\n"));
        }
        for line in self.steps.iter().flatten() {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// The scenario.
    pub fn scenario(&self) -> Scenario {
        Scenario::parse(&self.text()).expect("a random dialogue is a scenario")
    }
}

impl Dialogue {
    fn arbitrary(g: &mut Gen, topic: Topic) -> Dialogue {
        let length = usize::arbitrary(g) % g.size().max(1) + 1;
        Dialogue { topic, steps: (0..length).map(|_| step(g, topic)).collect() }
    }

    fn shrink(&self) -> impl Iterator<Item = Dialogue> + use<> {
        let topic = self.topic;
        let steps = self.steps.clone();
        let halves = [steps[..steps.len() / 2].to_vec(), steps[steps.len() / 2..].to_vec()];
        let without = (0..steps.len()).map(move |index| {
            let mut fewer = steps.clone();
            fewer.remove(index);
            fewer
        });
        let whole = self.steps.len();
        let shorter = halves.into_iter().filter(move |half| half.len() < whole).chain(without);
        shorter.map(move |steps| Dialogue { topic, steps })
    }
}

/// Tries 100 random dialogues, or `CUTAWAY_DIALOGUES` of them. `property` says what is wrong with one, if anything is; the shortest that is wrong in
/// any way is shown. quickcheck's own loop takes plain functions only, which cannot hold a server.
pub fn for_any_dialogue(topic: Topic, property: impl Fn(&Dialogue) -> Option<String>) {
    let count = std::env::var("CUTAWAY_DIALOGUES")
        .map_or(100, |count| count.parse().expect("CUTAWAY_DIALOGUES is a number"));
    let mut g = Gen::new(40);
    for _ in 0..count {
        let mut dialogue = Dialogue::arbitrary(&mut g, topic);
        let Some(mut wrong) = property(&dialogue) else { continue };
        while let Some((shorter, still)) =
            dialogue.shrink().find_map(|shorter| property(&shorter).map(|still| (shorter, still)))
        {
            (dialogue, wrong) = (shorter, still);
        }
        panic!("{}\n{wrong}", dialogue.text());
    }
}

/// One step of one client.
fn step(g: &mut Gen, topic: Topic) -> Vec<String> {
    let client = pick(g, CLIENTS);
    match u8::arbitrary(g) % 20 {
        0 => vec![format!("! {client} disconnects"), format!("! {client} connects")],
        // RESET, so that HELLO is not queued, whose reply is masked only where it stands alone.
        2 | 3 if topic == Topic::Tracking => {
            vec![format!("{client}+ RESET"), format!("{client}: HELLO {}", pick(g, &["2", "3", "3", "3"]))]
        }
        // RESET, because a client that was silenced by CLIENT REPLY OFF is not closed by QUIT in Redis.
        1 => vec![format!("{client}+ RESET"), format!("{client}: QUIT"), format!("! {client} connects")],
        2..=4 => {
            let mut lines: Vec<String> =
                (0..u8::arbitrary(g) % 4).map(|_| format!("{client}+ {}", request(g, topic))).collect();
            lines.push(format!("{client}: {}", request(g, topic)));
            lines
        }
        _ => vec![format!("{client}: {}", request(g, topic))],
    }
}

/// One request, as it is typed.
fn request(g: &mut Gen, topic: Topic) -> String {
    if topic == Topic::Tracking {
        return pick(g, TRACKING).into();
    }
    match u8::arbitrary(g) % 26 {
        0..=3 => format!("SUBSCRIBE {}", several(g, CHANNELS, 1)),
        4 | 5 => format!("UNSUBSCRIBE {}", several(g, CHANNELS, 0)),
        6..=8 => format!("PSUBSCRIBE {}", several(g, PATTERNS, 1)),
        9 | 10 => format!("PUNSUBSCRIBE {}", several(g, PATTERNS, 0)),
        11 => format!("SSUBSCRIBE {}", several(g, CHANNELS, 1)),
        12 => format!("SUNSUBSCRIBE {}", several(g, CHANNELS, 0)),
        13..=15 => format!("PUBLISH {} {}", pick(g, CHANNELS), pick(g, MESSAGES)),
        16 => format!("SPUBLISH {} {}", pick(g, CHANNELS), pick(g, MESSAGES)),
        17 => format!("PUBSUB CHANNELS {}", if bool::arbitrary(g) { pick(g, PATTERNS) } else { "" }),
        18 => format!("PUBSUB NUMSUB {}", several(g, CHANNELS, 0)),
        19 => pick(g, &["PUBSUB NUMPAT", "PUBSUB SHARDCHANNELS", "PUBSUB SHARDNUMSUB x y"]).into(),
        20 => pick(g, &["PING", "PING hello", "ECHO hello", "GET nokey"]).into(),
        21 | 22 => pick(g, &["HELLO 3", "HELLO 2", "HELLO"]).into(),
        23 => "RESET".into(),
        24 => {
            pick(g, &["CLIENT REPLY ON", "CLIENT REPLY OFF", "CLIENT REPLY SKIP", "CLIENT REPLY ON"]).into()
        }
        _ => {
            pick(g, &["NOSUCH a b", "SUBSCRIBE", "PUBLISH x", "PUBSUB NOSUCH", "SELECT 3", "CLIENT GETNAME"])
                .into()
        }
    }
}

fn pick<'a>(g: &mut Gen, words: &[&'a str]) -> &'a str {
    g.choose(words).copied().unwrap_or_default()
}

/// Up to three words, at least `least`.
fn several(g: &mut Gen, words: &[&str], least: usize) -> String {
    let count = least + usize::arbitrary(g) % (4 - least);
    (0..count).map(|_| pick(g, words)).collect::<Vec<_>>().join(" ")
}
