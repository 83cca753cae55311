//! Random dialogues of three clients about Pub/Sub, as scenarios: what fails can be saved as a `.scenario` file.
//!
//! Few names, so that they meet often. Every step leaves its client connected, so that a dialogue with steps taken out is
//! a dialogue still, and quickcheck can shrink it.

use cutaway::tools::scenario::Scenario;
use quickcheck::{Arbitrary, Gen};

const CLIENTS: &[&str] = &["A", "B", "C"];
const CHANNELS: &[&str] = &["x", "y", "xy", "rain", "\"\"", "\"\\x00\\xff\""];
const PATTERNS: &[&str] = &["*", "x*", "?", "[xy]", "r*n", "y", "*y", "\"\""];
const MESSAGES: &[&str] = &["1", "2", "\"\"", "\"\\r\\n\"", "\"long\"*5000"];

/// A dialogue: steps of one line or more.
#[derive(Clone, Debug)]
pub struct Dialogue {
    steps: Vec<Vec<String>>,
}

impl Dialogue {
    /// The text of the scenario. Each client speaks once before it begins, so that all of them are there.
    pub fn text(&self) -> String {
        let mut text = String::from("# A random dialogue.\n");
        for client in CLIENTS {
            text.push_str(&format!("{client}: PING\n"));
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

impl Arbitrary for Dialogue {
    fn arbitrary(g: &mut Gen) -> Dialogue {
        let length = usize::arbitrary(g) % g.size().max(1) + 1;
        Dialogue { steps: (0..length).map(|_| step(g)).collect() }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Dialogue>> {
        let steps = self.steps.clone();
        let halves = [steps[..steps.len() / 2].to_vec(), steps[steps.len() / 2..].to_vec()];
        let without = (0..steps.len()).map(move |index| {
            let mut fewer = steps.clone();
            fewer.remove(index);
            fewer
        });
        let whole = self.steps.len();
        let shorter = halves.into_iter().filter(move |half| half.len() < whole).chain(without);
        Box::new(shorter.map(|steps| Dialogue { steps }))
    }
}

/// Tries 100 random dialogues, or `CUTAWAY_DIALOGUES` of them. `property` says what is wrong with one, if anything is; the shortest that is wrong in
/// any way is shown. quickcheck's own loop takes plain functions only, which cannot hold a server.
pub fn for_any_dialogue(property: impl Fn(&Dialogue) -> Option<String>) {
    let count = std::env::var("CUTAWAY_DIALOGUES")
        .map_or(100, |count| count.parse().expect("CUTAWAY_DIALOGUES is a number"));
    let mut g = Gen::new(40);
    for _ in 0..count {
        let mut dialogue = Dialogue::arbitrary(&mut g);
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
fn step(g: &mut Gen) -> Vec<String> {
    let client = pick(g, CLIENTS);
    match u8::arbitrary(g) % 20 {
        0 => vec![format!("! {client} disconnects"), format!("! {client} connects")],
        // RESET, because a client that was silenced by CLIENT REPLY OFF is not closed by QUIT in Redis.
        1 => vec![format!("{client}+ RESET"), format!("{client}: QUIT"), format!("! {client} connects")],
        2..=4 => {
            let mut lines: Vec<String> =
                (0..u8::arbitrary(g) % 4).map(|_| format!("{client}+ {}", request(g))).collect();
            lines.push(format!("{client}: {}", request(g)));
            lines
        }
        _ => vec![format!("{client}: {}", request(g))],
    }
}

/// One request, as it is typed.
fn request(g: &mut Gen) -> String {
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
