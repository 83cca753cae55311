//! The table of workloads. A new one is a new line here.
//!
//! Every connection has keys of its own, so that both servers do the same whatever the order in which they serve.

use super::scripts;
use super::wire::command;

pub struct Workload {
    /// What `--only` looks for, before its depth.
    pub name: &'static str,
    /// What the figure is per.
    pub unit: &'static str,
    /// What a connection asks for before all else; each request has one reply.
    pub prepare: fn(usize) -> Vec<Vec<u8>>,
    /// What it asks for before a window, not measured; the second number is how often it did its work in the last one.
    pub between: fn(usize, u64) -> Vec<Vec<u8>>,
    /// Its work for the nth time.
    pub request: fn(usize, u64, &mut Vec<u8>),
    /// How many replies that has.
    pub replies: usize,
    /// How many connections work; fewer where a request takes long.
    pub connections: usize,
}

const fn workload(
    name: &'static str,
    prepare: fn(usize) -> Vec<Vec<u8>>,
    request: fn(usize, u64, &mut Vec<u8>),
) -> Workload {
    Workload {
        name,
        unit: "request",
        prepare,
        between: |_, _| Vec::new(),
        request,
        replies: 1,
        connections: CONNECTIONS,
    }
}

/// How many connections work.
const CONNECTIONS: usize = 50;

/// How many keys of a kind a connection has.
const KEYS: u64 = 1000;

/// How many members a connection's set has.
const MEMBERS: u64 = 10_000;

/// How many members the sorted set has that ZRANK is asked about.
const MILLION: u64 = 1_000_000;

/// The keys that PFCOUNT is asked about: each has half of its elements in common with the next.
const DAYS: [&[u8]; 10] =
    [b"day:0", b"day:1", b"day:2", b"day:3", b"day:4", b"day:5", b"day:6", b"day:7", b"day:8", b"day:9"];

/// Entries of the stream that XRANGE reads.
const ENTRIES: u64 = 2000;

/// Entries that each connection's group is ahead of its consumer.
const AHEAD: u64 = 4000;

/// A workload that runs a script on the connection's hash of twenty fields.
macro_rules! evalsha {
    ($name:literal, $script:ident) => {
        workload(
            $name,
            |c| {
                let words: Vec<Vec<u8>> = [b"HSET".to_vec(), name("hash", c)]
                    .into_iter()
                    .chain(
                        (0..20)
                            .flat_map(|n| [format!("field:{n}").into_bytes(), b"0123456789abcdef".to_vec()]),
                    )
                    .collect();
                vec![
                    command(&[b"SCRIPT", b"LOAD", scripts::$script.text.as_bytes()]),
                    command(&words.iter().map(Vec::as_slice).collect::<Vec<_>>()),
                ]
            },
            |c, _, out| {
                let script = &scripts::$script;
                add(out, &[b"EVALSHA", script.sha.as_bytes(), b"1", &name("hash", c), &script.argument]);
            },
        )
    };
}

pub const WORKLOADS: &[Workload] = &[
    workload("SET", |_| Vec::new(), |c, n, out| add(out, &[b"SET", &key("key", c, n), b"0123456789abcdef"])),
    workload(
        "GET",
        |c| (0..KEYS).map(|n| command(&[b"SET", &key("key", c, n), b"0123456789abcdef"])).collect(),
        |c, n, out| add(out, &[b"GET", &key("key", c, n)]),
    ),
    // All of them read one key that the first one changes: each change is announced to all others, each read remembered.
    Workload {
        name: "GET, 1,000 tracking readers and a writer",
        connections: 1001,
        ..workload(
            "",
            |c| match c {
                0 => vec![command(&[b"SET", b"price", b"0123456789abcdef"])],
                _ => vec![command(&[b"HELLO", b"3"]), command(&[b"CLIENT", b"TRACKING", b"ON"])],
            },
            |c, _, out| match c {
                0 => add(out, &[b"SET", b"price", b"0123456789abcdef"]),
                _ => add(out, &[b"GET", b"price"]),
            },
        )
    },
    // Each key is new, and one of 100,000 goes for it.
    workload(
        "SET at the limit of allkeys-lru",
        |c| match c {
            0 => at_the_limit("allkeys-lru"),
            _ => Vec::new(),
        },
        |c, n, out| add(out, &[b"SET", format!("page:{c:02}:{n:07}").as_bytes(), &[b'v'; 100]]),
    ),
    workload("INCR", |_| Vec::new(), |c, n, out| add(out, &[b"INCR", &key("counter", c, n)])),
    Workload {
        name: "LPUSH and RPOP",
        unit: "pair",
        prepare: |c| (0..100).map(|_| command(&[b"LPUSH", &name("queue", c), b"0123456789abcdef"])).collect(),
        between: |_, _| Vec::new(),
        request: |c, _, out| {
            add(out, &[b"LPUSH", &name("queue", c), b"0123456789abcdef"]);
            add(out, &[b"RPOP", &name("queue", c)]);
        },
        replies: 2,
        connections: CONNECTIONS,
    },
    workload(
        "HSET",
        |_| Vec::new(),
        |c, n, out| add(out, &[b"HSET", &key("cart", c, n / 10), field(n).as_bytes(), b"0123456789abcdef"]),
    ),
    // A bitmap of 128 KB for each connection: its first window makes it grow.
    workload(
        "SETBIT",
        |c| vec![command(&[b"SETBIT", &name("bits", c), b"1048575", b"1"])],
        |c, n, out| {
            let (bit, value) = (n * 7919 % 1_048_576, n / 1_048_576 % 2);
            add(
                out,
                &[
                    b"SETBIT",
                    &name("bits", c),
                    bit.to_string().as_bytes(),
                    if value == 0 { b"1" } else { b"0" },
                ],
            );
        },
    ),
    Workload {
        name: "BITCOUNT of 1 MB",
        connections: 1,
        ..workload(
            "",
            |_| {
                let word = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
                let bytes: Vec<u8> = (0..1 << 17).flat_map(word).collect();
                vec![command(&[b"SET", b"bits", &bytes])]
            },
            |_, _, out| add(out, &[b"BITCOUNT", b"bits"]),
        )
    },
    // Each element is new; of a thousand keys each has soon seen so many that it is dense.
    workload("PFADD", |_| Vec::new(), |c, n, out| add(out, &[b"PFADD", &key("visitors", c, n), &member(n)])),
    Workload {
        name: "PFCOUNT of 10",
        connections: 1,
        ..workload(
            "",
            |_| {
                let day = |day: u64| -> Vec<Vec<u8>> {
                    let request = |first: u64| {
                        let added: Vec<Vec<u8>> = (first..first + 100).map(member).collect();
                        let words = [&b"PFADD"[..], DAYS[day as usize]]
                            .into_iter()
                            .chain(added.iter().map(Vec::as_slice));
                        command(&words.collect::<Vec<_>>())
                    };
                    (day * 5000..day * 5000 + MEMBERS).step_by(100).map(request).collect()
                };
                (0..DAYS.len() as u64).flat_map(day).collect()
            },
            |_, _, out| add(out, &[&[&b"PFCOUNT"[..]], &DAYS[..]].concat()),
        )
    },
    // A token that each look keeps for a minute more, beside nine fields that stay.
    workload(
        "HGETEX",
        |c| {
            let cart = |n: u64| {
                let mut words: Vec<Vec<u8>> = vec![b"HSET".to_vec(), key("cart", c, n)];
                words.extend((0..10).flat_map(|n| [field(n).into_bytes(), b"0123456789abcdef".to_vec()]));
                command(&words.iter().map(Vec::as_slice).collect::<Vec<_>>())
            };
            (0..KEYS).map(cart).collect()
        },
        |c, n, out| {
            let words: [&[u8]; 7] =
                [b"HGETEX", &key("cart", c, n), b"EX", b"60", b"FIELDS", b"1", b"field:7"];
            add(out, &words);
        },
    ),
    // Each member is new: a thousand for one set, then for the next.
    workload("SADD", |_| Vec::new(), |c, n, out| add(out, &[b"SADD", &key("set", c, n / 1000), &member(n)])),
    workload(
        "SISMEMBER",
        |c| set_of(&name("set", c), 0..MEMBERS),
        |c, n, out| add(out, &[b"SISMEMBER", &name("set", c), &member(n * 7 % (2 * MEMBERS))]),
    ),
    workload(
        "SINTER of 2 x 1,000",
        |c| [set_of(&name("left", c), 0..1000), set_of(&name("right", c), 500..1500)].concat(),
        |c, _, out| add(out, &[b"SINTER", &name("left", c), &name("right", c)]),
    ),
    Workload {
        name: "SPOP",
        unit: "request",
        prepare: |c| set_of(&name("set", c), 0..MEMBERS),
        // All that were taken come again.
        between: |c, _| set_of(&name("set", c), 0..MEMBERS),
        request: |c, _, out| add(out, &[b"SPOP", &name("set", c)]),
        replies: 1,
        connections: CONNECTIONS,
    },
    // Each member is new.
    workload(
        "ZADD",
        |_| Vec::new(),
        |c, n, out| add(out, &[b"ZADD", &name("board", c), &score(n), &member(n)]),
    ),
    workload(
        "ZRANGE of 100",
        |c| board_of(&name("board", c), 0..MEMBERS),
        |c, n, out| {
            let start = n * 61 % (MEMBERS - 100);
            let (start, end) = (start.to_string(), (start + 99).to_string());
            add(out, &[b"ZRANGE", &name("board", c), start.as_bytes(), end.as_bytes()]);
        },
    ),
    // Of ten thousand scores below a million, a hundred are in a hundredth of that.
    workload(
        "ZRANGEBYSCORE of about 100",
        |c| board_of(&name("board", c), 0..MEMBERS),
        |c, n, out| {
            let min = n * 6101 % 990_000;
            let (min, max) = (min.to_string(), (min + 10_000).to_string());
            add(out, &[b"ZRANGEBYSCORE", &name("board", c), min.as_bytes(), max.as_bytes()]);
        },
    ),
    // One sorted set for all: they only read.
    workload(
        "ZRANK in a million",
        |c| if c == 0 { board_of(b"board", 0..MILLION) } else { Vec::new() },
        |c, n, out| add(out, &[b"ZRANK", b"board", &member((n * 7919 + c as u64 * 104_729) % MILLION)]),
    ),
    Workload {
        name: "ZPOPMIN",
        unit: "request",
        prepare: |c| board_of(&name("board", c), 0..MEMBERS),
        // All that were taken come again.
        between: |c, _| board_of(&name("board", c), 0..MEMBERS),
        request: |c, _, out| add(out, &[b"ZPOPMIN", &name("board", c)]),
        replies: 1,
        connections: CONNECTIONS,
    },
    workload("XADD", |_| Vec::new(), |c, _, out| add(out, &event(&name("events", c), b"*"))),
    workload(
        "XRANGE of 100",
        |c| {
            let entry = |n: u64| command(&event(&name("events", c), format!("0-{}", n + 1).as_bytes()));
            (0..ENTRIES).map(entry).collect()
        },
        |c, n, out| {
            let start = format!("0-{}", n * 61 % (ENTRIES - 100) + 1);
            add(out, &[b"XRANGE", &name("events", c), start.as_bytes(), b"+", b"COUNT", b"100"]);
        },
    ),
    Workload {
        name: "XREADGROUP and XACK",
        unit: "pair",
        prepare: |c| {
            let mut requests =
                vec![command(&[b"XGROUP", b"CREATE", &name("events", c), b"billing", b"0", b"MKSTREAM"])];
            requests.extend((0..AHEAD).map(|_| command(&event(&name("events", c), b"0-*"))));
            requests
        },
        // As many new ones as the last window took: the consumer never runs dry.
        between: |c, taken| (0..taken).map(|_| command(&event(&name("events", c), b"0-*"))).collect(),
        request: |c, n, out| {
            add(
                out,
                &[
                    b"XREADGROUP",
                    b"GROUP",
                    b"billing",
                    b"one",
                    b"COUNT",
                    b"1",
                    b"STREAMS",
                    &name("events", c),
                    b">",
                ],
            );
            add(out, &[b"XACK", &name("events", c), b"billing", format!("0-{}", n + 1).as_bytes()]);
        },
        replies: 2,
        connections: CONNECTIONS,
    },
    workload(
        "EVALSHA of the append script",
        |_| vec![command(&[b"SCRIPT", b"LOAD", scripts::APPEND.text.as_bytes()])],
        |c, n, out| {
            let version = n.to_string();
            let words: [&[u8]; 7] = [
                b"EVALSHA",
                scripts::APPEND.sha.as_bytes(),
                b"1",
                &name("orders", c),
                version.as_bytes(),
                b"ItemAdded",
                b"0123456789abcdef",
            ];
            add(out, &words);
        },
    ),
    evalsha!("EVALSHA of cjson, 10 values", CJSON_10),
    evalsha!("EVALSHA of cjson, 200 values", CJSON_200),
    evalsha!("EVALSHA of cjson, 2,000 numbers", CJSON_2000),
    evalsha!("EVALSHA of cmsgpack", CMSGPACK),
    evalsha!("EVALSHA of 20 bit operations", BIT),
    evalsha!("EVALSHA of a nested reply", NESTED),
    evalsha!("EVALSHA of HGETALL into a table", HGETALL),
    Workload {
        name: "SORT of 100,000, stored",
        connections: 1,
        ..workload("", unsorted, |_, _, out| add(out, &[b"SORT", b"numbers", b"STORE", b"sorted"]))
    },
    Workload {
        name: "SORT of 100,000, the first 10",
        connections: 1,
        ..workload("", unsorted, |_, _, out| add(out, &[b"SORT", b"numbers", b"LIMIT", b"0", b"10"]))
    },
];

/// A list of a hundred thousand numbers in no order.
fn unsorted(_: usize) -> Vec<Vec<u8>> {
    let number = |n: u64| (n * 7_919 % 1_000_003).to_string();
    let push = |from: u64| {
        let numbers: Vec<String> = (from..from + 1000).map(number).collect();
        let words: Vec<&[u8]> =
            [&b"RPUSH"[..], b"numbers"].into_iter().chain(numbers.iter().map(String::as_bytes)).collect();
        command(&words)
    };
    (0..100).map(|part| push(part * 1000)).collect()
}

/// A server of 20 MB, full.
fn at_the_limit(policy: &str) -> Vec<Vec<u8>> {
    let mut requests =
        vec![command(&[b"CONFIG", b"SET", b"maxmemory", b"20mb", b"maxmemory-policy", policy.as_bytes()])];
    requests
        .extend((0..200_000).map(|n| command(&[b"SET", format!("old:{n:010}").as_bytes(), &[b'v'; 100]])));
    requests
}

fn add(out: &mut Vec<u8>, words: &[&[u8]]) {
    out.extend(command(words));
}

/// An event of two fields, as the recipe stores it.
fn event<'a>(stream: &'a [u8], id: &'a [u8]) -> [&'a [u8]; 7] {
    [b"XADD", stream, id, b"type", b"ItemAdded", b"data", b"0123456789abcdef"]
}

/// The one key of that kind that a connection has.
fn name(kind: &str, connection: usize) -> Vec<u8> {
    format!("{kind}:{connection:02}").into_bytes()
}

fn member(number: u64) -> Vec<u8> {
    format!("member:{number:06}").into_bytes()
}

/// The requests that put these members into a set, a hundred each.
fn set_of(key: &[u8], members: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    let request = |first: u64| {
        let added: Vec<Vec<u8>> = (first..first + 100).map(member).collect();
        let words: Vec<&[u8]> = [b"SADD", key].into_iter().chain(added.iter().map(Vec::as_slice)).collect();
        command(&words)
    };
    members.step_by(100).map(request).collect()
}

/// The score of a member: below a million and seemingly without order, for the first million of them each another.
fn score(number: u64) -> Vec<u8> {
    (number * 7919 % 1_000_003).to_string().into_bytes()
}

/// The requests that put these members into a sorted set, a hundred each.
fn board_of(key: &[u8], members: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    let request = |first: u64| {
        let added: Vec<Vec<u8>> =
            (first..first + 100).flat_map(|number| [score(number), member(number)]).collect();
        let words: Vec<&[u8]> = [b"ZADD", key].into_iter().chain(added.iter().map(Vec::as_slice)).collect();
        command(&words)
    };
    members.step_by(100).map(request).collect()
}

/// One of a connection's thousand keys.
fn key(kind: &str, connection: usize, number: u64) -> Vec<u8> {
    format!("{kind}:{connection:02}:{:04}", number * 7 % KEYS).into_bytes()
}

/// One of the ten fields of a hash.
fn field(number: u64) -> String {
    format!("field:{}", number % 10)
}
