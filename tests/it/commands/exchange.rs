//! DUMP here and RESTORE in Redis, and the other way round: the values are equal, and so are the bytes where they are
//! determined; of a HyperLogLog and a bitmap the replies on the way too. Bytes that were changed are refused by both or by neither.
//!
//! `CUTAWAY_EXCHANGES=5000` tries more values than 300, `CUTAWAY_SEED=7` others.

use std::net::SocketAddr;

use cutaway::base::random::xorshift;
use cutaway::persist::footer;
use cutaway::tools::scenario::words::{Request, quote};

use super::asked::{Asked, Here, There, print, request};
use super::redis;

/// Any sequence will do, if it is the same next time.
pub(super) struct Chance(u64);

impl Chance {
    /// The one that the environment asks for, and how many values are to be tried.
    pub(super) fn asked() -> (Chance, usize) {
        let number = |name: &str, otherwise: u64| {
            std::env::var(name)
                .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
        };
        let seed = number("CUTAWAY_SEED", 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        (Chance(seed), number("CUTAWAY_EXCHANGES", 300) as usize)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        (xorshift(&mut self.0) % limit as u64) as usize
    }

    /// Numbers of each size, short and long words, some that repeat themselves.
    pub(super) fn word(&mut self) -> Vec<u8> {
        let bits = self.below(64);
        match self.below(8) {
            0 => format!("{}", xorshift(&mut self.0) >> bits).into_bytes(),
            1 => format!("-{}", xorshift(&mut self.0) >> bits).into_bytes(),
            2 => (0..self.below(100)).map(|_| xorshift(&mut self.0) as u8).collect(),
            3 => b"abc".repeat(self.below(70)),
            4 => vec![b'x'; self.below(400)],
            5 => (0..self.below(3000)).map(|_| b"ab"[self.below(2)]).collect(),
            _ => format!("word{}", self.below(1000)).into_bytes(),
        }
    }

    fn words(&mut self, name: &str, count: usize) -> Request {
        let mut words = request(&[name, "k"]);
        words.extend((0..count).map(|_| self.word()));
        words
    }

    fn count(&mut self) -> usize {
        let most = [3, 20, 200][self.below(3)];
        1 + self.below(most)
    }
}

/// Requests that make a value at `k`.
fn value(chance: &mut Chance) -> Vec<Request> {
    let count = chance.count();
    let size = ["-2", "-1", "3", "100"][chance.below(4)];
    let mut requests = vec![request(&["CONFIG", "SET", "list-max-listpack-size", size])];
    match chance.below(8) {
        6 => visitors(chance, count, &mut requests),
        7 => bits(chance, count, &mut requests),
        0 => {
            requests.push(chance.words("SET", 1));
            if chance.below(4) == 0 {
                requests.push(chance.words("APPEND", 1));
            }
        }
        1 => requests.extend((0..count).map(|_| chance.words(["RPUSH", "LPUSH"][count % 2], 1))),
        2 => {
            requests.push(chance.words("HSET", 2 * count));
            if chance.below(2) == 0 {
                expiring(chance, count, &mut requests);
            }
        }
        3 if count.is_multiple_of(2) => {
            let mut words = request(&["SADD", "k"]);
            words.extend(
                (0..count)
                    .map(|_| (chance.below(1 << (10 + count % 20)) as i64 - 512).to_string().into_bytes()),
            );
            requests.push(words);
        }
        3 => requests.push(chance.words("SADD", count)),
        4 => {
            let mut words = request(&["ZADD", "k"]);
            for _ in 0..count {
                words.push(format!("{}", chance.below(100_000) as f64 / 7.0).into_bytes());
                words.push(chance.word());
            }
            requests.push(words);
        }
        _ => stream(chance, count, &mut requests),
    }
    requests
}

/// Times for some fields of a hash, and others that have none any more.
fn expiring(chance: &mut Chance, count: usize, requests: &mut Vec<Request>) {
    for _ in 0..=chance.below(count) {
        let time = 33_177_117_420_000 + chance.below(100) as i64;
        let mut words = request(&["HSETEX", "k", "PXAT", &time.to_string(), "FIELDS", "1"]);
        words.extend([chance.word(), chance.word()]);
        let field = words[6].clone();
        requests.push(words);
        if chance.below(5) == 0 {
            requests.push([request(&["HPERSIST", "k", "FIELDS", "1"]), vec![field]].concat());
        }
    }
}

/// A HyperLogLog: elements one by one and many at once, counted, merged with another, sparse or dense.
fn visitors(chance: &mut Chance, count: usize, requests: &mut Vec<Request>) {
    let limit = ["0", "60", "3000", "16000"][chance.below(4)];
    requests.push(request(&["CONFIG", "SET", "hll-sparse-max-bytes", limit]));
    requests.push(request(&["PFADD", "other"]));
    for _ in 0..count {
        let many = [1, 1, 10, 300][chance.below(4)];
        let mut words = request(&["PFADD", ["k", "k", "other"][chance.below(3)]]);
        words.extend((0..many).map(|_| chance.word()));
        requests.push(words);
        match chance.below(12) {
            0 => requests.push(request(&["PFCOUNT", "k"])),
            1 => requests.push(request(&["PFCOUNT", "k", "other", "nokey"])),
            2 => requests.push(request(&["PFMERGE", "k", "other"])),
            3 => requests.push(request(&["PFMERGE", "other", "k"])),
            4 if chance.below(10) == 0 => requests.push(request(&["PFDEBUG", "GETREG", "other"])),
            _ => {}
        }
    }
    requests.push(request(&["PFADD", "k"]));
}

/// Bits, and numbers of some bits.
fn bits(chance: &mut Chance, count: usize, requests: &mut Vec<Request>) {
    requests.push(chance.words("SETRANGE", 0));
    requests[1].extend([b"0".to_vec(), chance.word()]);
    for _ in 0..count {
        let at = chance.below(3000).to_string();
        let number = (xorshift(&mut chance.0) as i64 >> chance.below(64)).to_string();
        let kind = match chance.below(2) {
            0 => format!("i{}", 1 + chance.below(64)),
            _ => format!("u{}", 1 + chance.below(63)),
        };
        let overflow = ["WRAP", "SAT", "FAIL"][chance.below(3)];
        requests.push(match chance.below(4) {
            0 => request(&["SETBIT", "k", &at, ["0", "1"][chance.below(2)]]),
            1 => request(&["BITOP", ["AND", "OR", "XOR"][chance.below(3)], "other", "k", "other"]),
            2 => request(&["BITFIELD", "k", "OVERFLOW", overflow, "SET", &kind, &at, &number]),
            _ => request(&["BITFIELD", "k", "OVERFLOW", overflow, "INCRBY", &kind, &at, &number]),
        });
    }
    requests.push(request(&["SETBIT", "k", "0", "1"]));
    requests.push(request(&["BITOP", "OR", "k", "k", "other"]));
}

fn stream(chance: &mut Chance, count: usize, requests: &mut Vec<Request>) {
    let entries = ["100", "5"][chance.below(2)];
    requests.push(request(&["CONFIG", "SET", "stream-node-max-entries", entries]));
    for number in 1..=count {
        let mut words = request(&["XADD", "k", &format!("{}-{}", number / 3 + 1, number)]);
        for name in 0..1 + chance.below(3) {
            words.push(format!("name{}", name * (1 + chance.below(2))).into_bytes());
            words.push(chance.word());
        }
        requests.push(words);
    }
    let id = |chance: &mut Chance| {
        let number = 1 + chance.below(count);
        format!("{}-{}", number / 3 + 1, number)
    };
    for _ in 0..chance.below(count) {
        requests.push(request(&["XDEL", "k", &id(chance)]));
    }
    for group in &["g", "h"][..chance.below(3)] {
        requests.push(request(&["XGROUP", "CREATE", "k", group, &id(chance)]));
        for consumer in &["c", "d"][..chance.below(3)] {
            let most = (1 + chance.below(count)).to_string();
            requests.push(request(&[
                "XREADGROUP",
                "GROUP",
                group,
                consumer,
                "COUNT",
                &most,
                "STREAMS",
                "k",
                ">",
            ]));
        }
        requests.push(request(&["XACK", "k", group, &id(chance)]));
        requests.push(request(&["XPENDING", "k", group, "-", "+", "1"]));
    }
    if chance.below(4) == 0 {
        requests.push(request(&["XTRIM", "k", "MAXLEN", "2"]));
    }
}

/// What a server says of a key: all but the order in which a dict has it.
fn about(asked: &mut dyn Asked, key: &str) -> String {
    let questions = [
        &["DEBUG", "DIGEST-VALUE", key][..],
        &["OBJECT", "ENCODING", key],
        &["XINFO", "STREAM", key],
        &["XINFO", "GROUPS", key],
        &["XPENDING", key, "g"],
        &["XPENDING", key, "h"],
    ];
    // An error names the key.
    questions.map(|words| print(&asked.ask('A', &request(words))).replace("'new'", "'k'")).join("\n")
}

fn dump(asked: &mut dyn Asked, key: &str) -> Vec<u8> {
    match &asked.ask('A', &request(&["DUMP", key]))[..] {
        [frame] => frame.as_bulk().unwrap_or_else(|| panic!("{}", frame.print(""))).to_vec(),
        frames => panic!("{}", print(frames)),
    }
}

/// What is dumped without compression: what Redis's compressor finds depends on what was in its memory before.
fn plain(asked: &mut dyn Asked) -> Vec<u8> {
    let compress = |asked: &mut dyn Asked, value| {
        assert_eq!(print(&asked.ask('A', &request(&["CONFIG", "SET", "rdbcompression", value]))), "+OK");
    };
    compress(asked, "no");
    let payload = dump(asked, "k");
    compress(asked, "yes");
    payload
}

fn restore(asked: &mut dyn Asked, key: &str, payload: &[u8]) -> String {
    let mut words = request(&["RESTORE", key, "0"]);
    words.extend([payload.to_vec(), b"REPLACE".to_vec()]);
    print(&asked.ask('A', &words))
}

/// Both servers, emptied and with the same value at `k`. None: a command of it is not built here.
fn both(address: SocketAddr, requests: &[Request]) -> Option<(Here, There)> {
    let (mut here, mut there) = (Here::new(), There::new(address));
    let [ours, theirs] = [&mut here as &mut dyn Asked, &mut there].map(|server| {
        // Fields whose time has passed are compared as well.
        for words in
            [&["CONFIG", "SET", "sanitize-dump-payload", "yes"][..], &["DEBUG", "SET-ACTIVE-EXPIRE", "0"]]
        {
            assert_eq!(print(&server.ask('A', &request(words))), "+OK");
        }
        requests.iter().map(|request| print(&server.ask('A', request))).collect::<Vec<_>>()
    });
    for ((request, ours), theirs) in requests.iter().zip(ours).zip(theirs) {
        if ours.contains("unknown command") || theirs.contains("unknown command") {
            return None;
        }
        let typed = || request.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
        assert!(!ours.starts_with('-') && !theirs.starts_with('-'), "{ours} {theirs} for {}", typed());
        let name = request[0].to_ascii_uppercase();
        if [&b"PF"[..], b"BIT", b"SETBIT"].iter().any(|start| name.starts_with(start)) {
            assert_eq!(ours, theirs, "{}", typed());
        }
    }
    Some((here, there))
}

/// Whether neither the order of a dict nor the time is a part of the payload.
fn is_determined(about: &str) -> bool {
    let has_consumers = [1, 2].iter().any(|count| about.contains(&format!("\"consumers\" :{count}")));
    !(about.contains("\"hashtable\"") || has_consumers)
}

#[test]
fn what_is_dumped_here_redis_restores_and_the_other_way_round() {
    let Some(redis) = redis() else { return };
    let (mut chance, count) = Chance::asked();
    for number in 0..count {
        let requests = value(&mut chance);
        let Some((mut here, mut there)) = both(redis.address, &requests) else { continue };
        let (ours, theirs) = (dump(&mut here, "k"), dump(&mut there, "k"));
        let (about_ours, about_theirs) = (about(&mut here, "k"), about(&mut there, "k"));
        let of = || format!("value {number}: {}", quote(&theirs));
        assert_eq!(about_ours, about_theirs, "{}", of());
        if is_determined(&about_theirs) {
            let plain = [plain(&mut here), plain(&mut there)];
            assert_eq!(quote(&plain[0]), quote(&plain[1]), "value {number}");
        }
        assert_eq!(restore(&mut here, "new", &theirs), "+OK", "{}", of());
        assert_eq!(restore(&mut there, "new", &ours), "+OK", "{}", quote(&ours));
        let (new_ours, new_theirs) = (about(&mut here, "new"), about(&mut there, "new"));
        assert_eq!(new_ours, new_theirs, "{}", of());
        // A string that has grown is another when it comes back: `embstr`, if it is short, and `int`, if it is a number.
        let any = |about: &str| {
            ["\"embstr\"", "\"int\""]
                .iter()
                .fold(about.to_string(), |about, form| about.replace(form, "\"raw\""))
        };
        assert_eq!(any(&new_theirs), any(&about_theirs));
    }
}

/// Bytes that nobody dumped: some are changed, left out or come twice.
pub(super) fn mutated(chance: &mut Chance, payload: &[u8]) -> Vec<u8> {
    let mut body = payload[..payload.len() - footer::LEN].to_vec();
    for _ in 0..1 + chance.below(3) {
        if body.is_empty() {
            break;
        }
        // Lengths and heads stand in front.
        let reach = if chance.below(2) == 0 { body.len().min(40) } else { body.len() };
        let at = chance.below(reach);
        match chance.below(6) {
            0 => body[at] ^= 1 << chance.below(8),
            1 => body[at] = chance.below(256) as u8,
            2 => body[at] = body[at].wrapping_add(1),
            3 => body.truncate(at),
            4 => _ = body.remove(at),
            _ => body.insert(at, body[at]),
        }
    }
    footer::seal(&mut body);
    body
}

#[test]
fn what_redis_refuses_is_refused_and_what_it_accepts_is_equal() {
    let Some(redis) = redis() else { return };
    let (mut chance, count) = Chance::asked();
    let mut accepted = 0;
    for _ in 0..count {
        let requests = value(&mut chance);
        let Some((mut here, mut there)) = both(redis.address, &requests) else { continue };
        let payload = dump(&mut there, "k");
        // Of a large value, most changes are in what is compressed.
        for _ in 0..10 {
            let changed = mutated(&mut chance, &payload);
            let (ours, theirs) = (restore(&mut here, "m", &changed), restore(&mut there, "m", &changed));
            // Entries of a stream that are not in order, fields that are to expire and scores that are no numbers are refused
            // only here.
            if theirs == "+OK"
                && ours != theirs
                && [3, 12, 15, 17, 19, 21, 22, 23, 24, 25].contains(&changed[0])
            {
                continue;
            }
            assert_eq!(ours, theirs, "{}", quote(&changed));
            if theirs == "+OK" {
                accepted += 1;
                let digest =
                    |asked: &mut dyn Asked| print(&asked.ask('A', &request(&["DEBUG", "DIGEST-VALUE", "m"])));
                assert_eq!(digest(&mut here), digest(&mut there), "{}", quote(&changed));
            }
        }
    }
    assert!(accepted > count, "only {accepted} of the changed payloads were accepted");
}
