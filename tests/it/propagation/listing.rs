//! The bytes of an append-only file as lines, one for each command, without what differs from run to run.

use cutaway::tools::scenario::frame::{Frame, split};
use cutaway::tools::scenario::words::quote;

/// Milliseconds of four years: no case gives a time that is later, but for those that are centuries away.
const FAR_MS: i64 = 4 * 365 * 86_400_000;

/// Milliseconds that may pass between a request in Redis and the beginning of its case.
const LATE_MS: i64 = 700;

/// The commands in a file, and by how much the server's count of changes has grown meanwhile.
#[derive(Default)]
pub struct Listing {
    commands: Vec<Vec<String>>,
    pub changes: i64,
}

impl Listing {
    /// The commands behind the first FLUSHALL, with which every case begins. Times are counted from `now`, when that was, in
    /// milliseconds since 1970.
    pub fn new(bytes: &[u8], now: i64) -> Listing {
        let mut listing = Listing::whole(bytes, now);
        let begin = listing.commands.iter().position(|words| words[..] == ["FLUSHALL"]).expect("a FLUSHALL");
        listing.commands.drain(..=begin);
        listing
    }

    /// All commands.
    pub fn whole(bytes: &[u8], now: i64) -> Listing {
        let words = |frame: Frame| match frame {
            Frame::Aggregate(b'*', words) => words
                .iter()
                .map(|word| {
                    shown(word.as_bulk().unwrap_or_else(|| panic!("{word:?} in {}", quote(bytes))), now)
                })
                .collect(),
            other => vec![other.print("")],
        };
        let commands =
            if bytes.is_empty() { Vec::new() } else { split(bytes).into_iter().map(words).collect() };
        Listing { commands, changes: 0 }
    }

    /// The same with this count of changes.
    pub fn with_changes(self, changes: i64) -> Listing {
        Listing { changes, ..self }
    }

    /// One line for each command. `is_random`: of the members that an SREM removes, only the number counts.
    pub fn text(&self, is_random: bool) -> String {
        let line = |words: &Vec<String>| match &words[..] {
            // A time beyond the end of all numbers: what Redis makes of it is not defined.
            [name, key, time, payload, options @ ..] if name == "RESTORE" && time.len() > 18 => {
                format!("RESTORE {key} <never> {payload} {}\n", options.join(" "))
            }
            [name, key, members @ ..] if is_random && name == "SREM" => {
                format!("SREM {key} <{} members>\n", members.len())
            }
            _ => words.join(" ") + "\n",
        };
        self.commands.iter().map(line).collect()
    }
}

/// A word as it would be typed; a time near `now` is the seconds from then, and of an ID that was made from such a time the
/// number is left out.
fn shown(word: &[u8], now: i64) -> String {
    let text = String::from_utf8_lossy(word);
    let (time, rest) = text.split_once('-').map_or((&*text, ""), |(time, _)| (time, "-n"));
    match time.parse::<i64>().map(|time| time.wrapping_sub(now)) {
        Ok(since) if time.len() == 13 && since.abs() < FAR_MS => {
            format!("<{:+}s>{rest}", (since + 1000 - LATE_MS).div_euclid(1000))
        }
        _ if !word.is_empty()
            && word.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'\\".contains(byte)) =>
        {
            text.into_owned()
        }
        _ => quote(word),
    }
}
