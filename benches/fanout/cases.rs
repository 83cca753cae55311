//! The table of cases. A new case is a new line here.

use crate::Result;
use crate::fan_out::FanOut;
use crate::memory;
use crate::requests::{Request, Requests, Standing};
use crate::run::{Once, Scale};
use crate::server::{Over, Server};
use crate::teardown::teardown;

pub struct Case {
    /// What `--only` looks for.
    pub name: &'static str,
    /// What the figure is per.
    pub unit: &'static str,
    pub measure: Measure,
    /// Whether the floor can do it.
    pub floor: bool,
    pub work: Work,
}

/// What the figure counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Nanoseconds of the server's CPU.
    Cpu,
    /// Bytes of the server's memory.
    Memory,
}

pub enum Work {
    /// In windows that take turns with those of the other servers. `batches` is the total of pipelines of a load that
    /// goes by count; with 0 it goes by time.
    FanOut { shape: FanOut, batches: usize },
    /// In windows, too, by time.
    Requests(Requests),
    /// A fresh server for each round, with no other beside it.
    Alone { rounds: usize, measure: fn(&Server, Scale) -> Result<Once> },
    /// Once, all servers at the same time.
    Memory(fn(&Server, Scale) -> Result<Once>),
}

const fn fan_out(name: &'static str, shape: FanOut, batches: usize) -> Case {
    Case { name, unit: "delivery", measure: Measure::Cpu, floor: true, work: Work::FanOut { shape, batches } }
}

const fn requests(name: &'static str, request: Request, depth: usize) -> Case {
    let shape = Requests { request, connections: 50, depth, standing: Standing::Nothing };
    standing(name, "request", shape)
}

const fn standing(name: &'static str, unit: &'static str, shape: Requests) -> Case {
    Case { name, unit, measure: Measure::Cpu, floor: true, work: Work::Requests(shape) }
}

const fn memory(name: &'static str, unit: &'static str, measure: fn(&Server, Scale) -> Result<Once>) -> Case {
    Case { name, unit, measure: Measure::Memory, floor: false, work: Work::Memory(measure) }
}

const PLAIN: FanOut = FanOut::one_channel(100, 16, 64);

const fn unix(subscribers: usize, depth: usize) -> FanOut {
    FanOut { over: Over::Unix, ..FanOut::one_channel(subscribers, depth, 64) }
}

pub const CASES: &[Case] = &[
    fan_out("fan-out to 1, depth 1", FanOut::one_channel(1, 1, 64), 0),
    fan_out("fan-out to 1, depth 16", FanOut::one_channel(1, 16, 64), 0),
    fan_out("fan-out to 1, depth 128", FanOut::one_channel(1, 128, 64), 0),
    fan_out("fan-out to 100, depth 1", FanOut::one_channel(100, 1, 64), 0),
    fan_out("fan-out to 100, depth 16", FanOut::one_channel(100, 16, 64), 0),
    fan_out("fan-out to 100, depth 128", FanOut::one_channel(100, 128, 64), 0),
    fan_out("fan-out to 1000, depth 1", FanOut::one_channel(1000, 1, 64), 0),
    fan_out("fan-out to 1000, depth 16", FanOut::one_channel(1000, 16, 64), 0),
    fan_out("fan-out to 1000, depth 128", FanOut::one_channel(1000, 128, 64), 0),
    fan_out("latency: fan-out to 10, depth 1", FanOut::one_channel(10, 1, 64), 0),
    fan_out("Unix socket: fan-out to 1, depth 1", unix(1, 1), 0),
    fan_out("Unix socket: fan-out to 100, depth 1", unix(100, 1), 0),
    fan_out("Unix socket: fan-out to 100, depth 16", unix(100, 16), 0),
    fan_out("Unix socket: fan-out to 100, depth 128", unix(100, 128), 0),
    fan_out("Unix socket: late readers, 100, depth 1", FanOut { late: true, ..unix(100, 1) }, 0),
    fan_out("64 KiB to 500, depth 1", FanOut::one_channel(500, 1, 64 << 10), 0),
    fan_out("1 MiB to 500, depth 4", FanOut::one_channel(500, 4, 1 << 20), 2),
    fan_out(
        "1000 channels interleaved, depth 128",
        FanOut { subscribers: 1000, depth: 128, channels: 1000, channels_each: 50, ..PLAIN },
        0,
    ),
    fan_out("10000 idle beside fan-out to 100, depth 16", FanOut { idle: 10_000, ..PLAIN }, 0),
    // 48 MiB of messages: more than the 32 MiB at which Redis closes a subscriber.
    fan_out(
        "1 never reads beside 100, 16 KiB, depth 4",
        FanOut { depth: 4, payload: 16 << 10, stuck: true, ..PLAIN },
        768,
    ),
    standing(
        "10000 idle patterns, depth 16",
        "publish",
        Requests {
            request: Request::PublishToNobody,
            connections: 1,
            depth: 16,
            standing: Standing::Patterns(10_000),
        },
    ),
    requests("PING, depth 1", Request::Ping, 1),
    requests("PING, depth 16", Request::Ping, 16),
    requests("PUBLISH to nobody, depth 1", Request::PublishToNobody, 1),
    requests("PUBLISH to nobody, depth 16", Request::PublishToNobody, 16),
    requests("GET, depth 1", Request::Get, 1),
    requests("GET, depth 16", Request::Get, 16),
    requests("SET, depth 1", Request::Set, 1),
    requests("SET, depth 16", Request::Set, 16),
    standing(
        "churn of subscriptions beside 1000, depth 16",
        "command",
        Requests {
            request: Request::SubscribeUnsubscribe,
            connections: 50,
            depth: 16,
            standing: Standing::Subscribers(1000),
        },
    ),
    Case {
        name: "teardown of 5000 clients x 100 channels",
        unit: "client",
        measure: Measure::Cpu,
        floor: false,
        work: Work::Alone { rounds: 3, measure: |server, _| teardown(server, 5000, 100) },
    },
    memory("memory: 10000 idle connections", "connection", |server, scale| {
        memory::idle_connections(server, 10_000, scale.patience)
    }),
    memory("memory: 1000 clients x the same 100 channels", "subscription", |server, scale| {
        memory::subscriptions(server, 1000, 100, false, scale.patience)
    }),
    memory("memory: 1000 clients x 100 own channels", "subscription", |server, scale| {
        memory::subscriptions(server, 1000, 100, true, scale.patience)
    }),
];
