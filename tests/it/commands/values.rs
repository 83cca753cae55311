//! Values of each type and encoding, by the requests that make them.

use cutaway::base::random::xorshift;
use cutaway::tools::scenario::words::Request;

/// Any sequence will do, if it is the same next time.
pub struct Chance(u64);

impl Chance {
    /// The one that the environment asks for, and how many values are to be tried.
    pub fn asked() -> (Chance, usize) {
        let number = |name: &str, otherwise: u64| {
            std::env::var(name)
                .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
        };
        let seed = number("CUTAWAY_SEED", 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        (Chance(seed), number("CUTAWAY_EXCHANGES", 300) as usize)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (xorshift(&mut self.0) % limit as u64) as usize
    }

    /// Numbers of each size, short and long words, some that repeat themselves.
    pub fn word(&mut self) -> Vec<u8> {
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
pub fn value(chance: &mut Chance) -> Vec<Request> {
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

fn request(words: &[&str]) -> Request {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}
