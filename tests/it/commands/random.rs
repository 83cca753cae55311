//! Random dialogues over the keyspace: the requests of the cases, shuffled, with words exchanged, so that they meet keys of
//! other types and numbers of other sizes. The server inside the process must answer as Redis does, and hold the same keys
//! in the end.
//!
//! `CUTAWAY_DIALOGUES=5000` tries more of them than 200, `CUTAWAY_SEED=7` others. What fails is shortened and printed as a
//! case, to be saved in `tests/commands/`.

use cutaway::base::random::xorshift;
use std::collections::BTreeSet;
use std::net::SocketAddr;

use cutaway::server::dispatch::spec::{BLOCKING, Command};
use cutaway::tools::scenario::frame::Frame;
use cutaway::tools::scenario::words::{Request, quote};

use super::asked::{Asked, Here, There, print, request};
use super::cases::{File, files};
use super::coverage::named;
use super::mask::Mask;
use super::redis;

/// How many requests a dialogue has.
const LENGTH: usize = 40;

/// Words that are worth trying anywhere.
const WORDS: &[&str] = &[
    "0",
    "-1",
    "1",
    "2",
    "100",
    "-100",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1.5",
    "abc",
    "",
    "k",
    "l",
    "h",
    "x",
    "a",
    "b",
    "-",
    "+",
    "$",
    ">",
    "*",
    "0-0",
    "1-1",
    "(1-1",
    "2-*",
    "COUNT",
    "EX",
    "NX",
    "XX",
    "GET",
    "LEFT",
    "JUSTID",
];

/// What depends on the time or on chance, or is about the connection; and what a random argument makes too big.
const UNFIT: &[&str] = &[
    "randomkey",
    "hrandfield",
    "spop",
    "srandmember",
    "keys",
    "scan",
    "hscan",
    "sscan",
    "zrandmember",
    "zscan",
    // Names of different scores are in any order.
    "zrangebylex",
    "zrevrangebylex",
    "zremrangebylex",
    "zlexcount",
    "pttl",
    "expiretime",
    "pexpiretime",
    "hpttl",
    "hexpiretime",
    "hpexpiretime",
    "object",
    // A dict has no order, and a TTL may be short: exchange.rs has dialogues of these two.
    "dump",
    "restore",
    "debug",
    "shutdown",
    // In Redis the reply hangs on how far the last one is.
    "save",
    "bgsave",
    "bgrewriteaof",
    "monitor",
    "reset",
    "hello",
    "quit",
    "subscribe",
    "publish",
    "dbsize",
    "replicaof",
    // Whoever waits for a replica that is not there may wait for ever.
    "wait",
    "waitaof",
    "lolwut",
    "slaveof",
];

/// Keys, the fields of a large hash, the members of a large set and a table of Lua come in any order, also in EXEC's array.
const UNORDERED: &[&str] = &[
    "hgetall", "hkeys", "hvals", "smembers", "sinter", "sunion", "sdiff", "exec", "eval", "eval_ro", "fcall",
    "fcall_ro",
];

/// Any sequence will do, if it is the same next time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        (xorshift(&mut self.0) % limit as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// The requests of all cases that a dialogue may have, file by file.
fn pools() -> Vec<Vec<Request>> {
    let fit = |file: &File| {
        let requests = file.cases.iter().flat_map(|case| case.requests()).map(|(_, request)| request.clone());
        requests.filter(is_fit).collect()
    };
    files().iter().map(fit).filter(|pool: &Vec<Request>| !pool.is_empty()).collect()
}

/// A dialogue about one or two subjects, so that its requests meet the same keys.
fn dialogue(chance: &mut Chance, pools: &[Vec<Request>]) -> Vec<Request> {
    let subjects = [chance.one(pools), chance.one(pools)];
    let one = |chance: &mut Chance| {
        let pool = *chance.one(&subjects);
        any(chance, pool)
    };
    (0..LENGTH).map(|_| one(chance)).collect()
}

/// As many dialogues as the environment asks for.
pub struct Dialogues {
    chance: Chance,
    pools: Vec<Vec<Request>>,
    left: u64,
}

impl Dialogues {
    pub fn asked() -> Dialogues {
        let number = |name: &str, otherwise: u64| {
            std::env::var(name)
                .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
        };
        let seed = number("CUTAWAY_SEED", 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Dialogues { chance: Chance(seed), pools: pools(), left: number("CUTAWAY_DIALOGUES", 200) }
    }
}

impl Iterator for Dialogues {
    type Item = Vec<Request>;

    fn next(&mut self) -> Option<Vec<Request>> {
        self.left = self.left.checked_sub(1)?;
        Some(dialogue(&mut self.chance, &self.pools))
    }
}

fn is_one_of(request: &Request, names: &[&str]) -> bool {
    names.iter().any(|name| request[0].eq_ignore_ascii_case(name.as_bytes()))
}

/// SORT with a BY that names no key: the elements stay as they are, and those of a set have no order.
fn is_sorted_by_nothing(request: &Request) -> bool {
    let by = request.windows(2).rfind(|words| words[0].eq_ignore_ascii_case(b"by"));
    is_one_of(request, &["SORT", "SORT_RO"]) && by.is_some_and(|words| !words[1].contains(&b'*'))
}

fn is_fit(request: &Request) -> bool {
    let has =
        |part: &str| request.iter().any(|word| String::from_utf8_lossy(word).to_lowercase().contains(part));
    // A few milliseconds pass in Redis and none here.
    let is_short = |word: &Vec<u8>| {
        std::str::from_utf8(word)
            .ok()
            .and_then(|text| text.parse::<i64>().ok())
            .is_some_and(|ms| (1..60_000).contains(&ms))
    };
    // Nor are 100 seconds from now more than 100 seconds from then.
    let compares = !is_one_of(request, &["zadd"])
        && request.iter().any(|word| word.eq_ignore_ascii_case(b"gt") || word.eq_ignore_ascii_case(b"lt"));
    let short_times =
        ["px", "pexpire", "psetex", "idle"].iter().any(|name| has(name)) && request.iter().any(is_short);
    // What has the same text comes in the order of a dict, if it is a set's.
    let is = |option: &[u8]| request.iter().any(|word| word.eq_ignore_ascii_case(option));
    let sorts_text = is_one_of(request, &["sort", "sort_ro"]) && is(b"by") && is(b"alpha");
    let is_fit = |command: &Command| {
        let is_a_group = !command.subcommands.is_empty();
        let is_of_one = command.name.contains('|')
            && !["xgroup|", "xinfo|groups", "xinfo|stream", "function|load", "function|delete"]
                .iter()
                .any(|name| command.name.starts_with(name));
        // XREAD waits only if it is asked to.
        let waits = command.flags & BLOCKING != 0 && !command.name.starts_with("xread");
        !(is_a_group || is_of_one || waits || UNFIT.contains(&command.name))
    };
    // Half seconds are rounded here or there.
    named(request).is_some_and(is_fit)
        && !(has("500")
            || has("block")
            || has("full")
            || has("bylex")
            || has("math.random")
            || has("spop")
            // Of PFDEBUG: two replies at once, or what the processor can do.
            || has("simd")
            || has("srandmember")
            || has("'info'")
            || short_times
            || sorts_text
            || compares)
        && !(is_one_of(request, &["setrange", "lset"]) && request.iter().any(|word| word.len() > 6))
        && !(is_one_of(request, &["setbit", "bitfield"]) && request.iter().any(|word| is_far_bit(word)))
}

/// An offset that makes a string of more than 100 KB.
fn is_far_bit(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"#").unwrap_or(word);
    let number = std::str::from_utf8(word).ok().and_then(|text| text.parse::<i64>().ok());
    number.is_some_and(|bit| (1_000_000..8_000_000_000).contains(&bit))
}

/// A request of the pool, more often than not as it is.
fn any(chance: &mut Chance, pool: &[Request]) -> Request {
    loop {
        let mut request = chance.one(pool).clone();
        // A script is not to be cut: its words are a program.
        let first = if request[0].to_ascii_lowercase().starts_with(b"eval") { 2 } else { 1 };
        if request.len() > first {
            let at = first + chance.below(request.len() - first);
            match chance.below(12) {
                0 | 1 => request[at] = chance.one(WORDS).as_bytes().to_vec(),
                2 | 3 => {
                    let other = chance.one(pool);
                    request[at] = chance.one(other).clone();
                }
                4 => {
                    request.remove(at);
                }
                5 => request.insert(at, request[at].clone()),
                _ => {}
            }
        }
        if is_fit(&request) {
            return request;
        }
    }
}

/// The replies, and after them every key of both databases that the cases like, with its type and what it holds.
fn play(asked: &mut dyn Asked, dialogue: &[Request]) -> Vec<String> {
    let masks = [Mask::Ids, Mask::Idle, Mask::Far];
    let mut replies = Vec::new();
    let mut ask = |request: &Request| {
        let mut frames = asked.ask('A', request);
        frames.iter_mut().for_each(|frame| masks.iter().for_each(|mask| mask.apply(frame)));
        replies.push(print(&frames));
        frames
    };
    for request in dialogue {
        ask(request);
    }
    ask(&request(&["DISCARD"]));
    for db in ["0", "1"] {
        ask(&request(&["SELECT", db]));
        let mut keys = match &ask(&request(&["KEYS", "*"]))[..] {
            [Frame::Aggregate(_, keys)] => keys.clone(),
            other => panic!("{}", print(other)),
        };
        keys.sort_by_key(|key| key.print(""));
        for key in keys.iter().filter_map(Frame::as_bulk) {
            for words in [
                &["TYPE"][..],
                &["PERSIST"],
                &["HTTL", "FIELDS", "3", "a", "b", "c"],
                &["GET"],
                &["LRANGE", "0", "-1"],
                &["HGETALL"],
                &["SMEMBERS"],
                &["OBJECT", "ENCODING"],
                &["XRANGE", "-", "+"],
                &["XINFO", "GROUPS"],
            ] {
                let mut words = request(words);
                let at = if [b"XINFO".to_vec(), b"OBJECT".to_vec()].contains(&words[0]) { 2 } else { 1 };
                words.insert(at, key.to_vec());
                if named(&words).is_some() {
                    ask(&words);
                }
            }
        }
    }
    // The keys themselves come in any order; that they are the same is seen by what was asked of them.
    replies.retain(|reply| !reply.is_empty());
    replies
}

/// The first reply that differs, said for a person; None if none does.
fn difference(address: SocketAddr, dialogue: &[Request]) -> Option<String> {
    let (ours, theirs) = (play(&mut Here::new(), dialogue), play(&mut There::new(address), dialogue));
    let sorted = |reply: &String| {
        let mut words: Vec<&str> = reply.split(' ').collect();
        words.sort_unstable();
        words.join(" ")
    };
    for at in 0..ours.len().max(theirs.len()) {
        let (ours, theirs) = (ours.get(at), theirs.get(at));
        let ordered = dialogue
            .get(at)
            .is_some_and(|request| !is_one_of(request, UNORDERED) && !is_sorted_by_nothing(request));
        let same = if ordered { ours == theirs } else { ours.map(sorted) == theirs.map(sorted) };
        // Redis does not clear `errno` before SORT reads a number, so SORT may fail because an earlier command has read a
        // number that is too large. What comes after that cannot be compared.
        let stale_error = "-ERR One or more scores can't be converted into double";
        let sorts = dialogue.get(at).is_some_and(|request| is_one_of(request, &["SORT", "SORT_RO"]));
        if !same && sorts && theirs.is_some_and(|reply| reply == stale_error) {
            return None;
        }
        if !same {
            let asked = dialogue.get(at).map_or("what is there in the end".into(), typed);
            return Some(format!("{asked}\n    Redis {theirs:?}\n     here {ours:?}"));
        }
    }
    None
}

/// A request as it would be typed.
pub fn typed(request: &Request) -> String {
    let plain = |word: &Vec<u8>| {
        !word.is_empty() && word.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'\\".contains(byte))
    };
    let word =
        |word: &Vec<u8>| if plain(word) { String::from_utf8_lossy(word).into_owned() } else { quote(word) };
    request.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn any_dialogue_goes_as_in_redis() {
    let Some(redis) = redis() else { return };
    // The same trouble comes again and again: each once is enough.
    let mut wrong = BTreeSet::new();
    for dialogue in Dialogues::asked() {
        if difference(redis.address, &dialogue).is_some() {
            wrong.insert(shortened(redis.address, dialogue));
        }
        if wrong.len() == 5 {
            break;
        }
    }
    assert!(wrong.is_empty(), "{}", Vec::from_iter(wrong).join("\n----\n"));
}

/// The dialogue without the requests that do not matter to what is wrong, and what is wrong.
fn shortened(address: SocketAddr, mut dialogue: Vec<Request>) -> String {
    let mut at = 0;
    while at < dialogue.len() {
        let mut shorter = dialogue.clone();
        shorter.remove(at);
        match difference(address, &shorter) {
            Some(_) => dialogue = shorter,
            None => at += 1,
        }
    }
    let wrong = difference(address, &dialogue).unwrap_or_else(|| "not again".into());
    format!("{}\n\n{wrong}\n", dialogue.iter().map(typed).collect::<Vec<_>>().join("\n"))
}
