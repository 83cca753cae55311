//! What a key, or an entry of a stream, costs in memory: the server's resident pages before and after a million of them.

use crate::Result;
use crate::load::Connection;
use crate::server::Server;
use crate::wire::command;

pub struct Memory {
    pub name: &'static str,
    pub unit: &'static str,
    /// How many there are; a tenth with `--quick`.
    pub count: usize,
    /// The most that it may cost, in Redis's cost.
    pub goal: f64,
    /// The request that makes the nth.
    request: fn(usize) -> Vec<u8>,
}

pub const CASES: &[Memory] = &[
    Memory {
        name: "memory: a million small strings",
        unit: "key",
        count: 1_000_000,
        goal: 1.0,
        request: |n| command(&[b"SET", format!("key:{n:07}").as_bytes(), format!("value:{n:07}").as_bytes()]),
    },
    Memory {
        name: "memory: a set of a million small members",
        unit: "member",
        count: 1_000_000,
        goal: 1.0,
        request: |n| command(&[b"SADD", b"set", format!("member:{n:06}").as_bytes()]),
    },
    Memory {
        name: "memory: a sorted set of a million small members",
        unit: "member",
        count: 1_000_000,
        goal: 1.0,
        request: |n| {
            let (score, member) = ((n * 7919 % 1_000_003).to_string(), format!("member:{n:06}"));
            command(&[b"ZADD", b"board", score.as_bytes(), member.as_bytes()])
        },
    },
    Memory {
        name: "memory: a stream of a million events of four fields",
        unit: "entry",
        count: 1_000_000,
        goal: 1.2,
        request: |n| {
            let (order, version) = (format!("order-{:05}", n % 50_000), (n / 50_000 + 1).to_string());
            let words: [&[u8]; 11] = [
                b"XADD",
                b"events",
                b"*",
                b"type",
                b"ItemAdded",
                b"data",
                b"{\"sku\":12345,\"count\":1}",
                b"order",
                order.as_bytes(),
                b"version",
                version.as_bytes(),
            ];
            command(&words)
        },
    },
];

impl Memory {
    /// Bytes of each of `count`.
    pub fn measure(&self, server: &Server, count: usize) -> Result<f64> {
        let mut connection = Connection::new(server)?;
        connection.ask(&[command(&[b"PING"])])?;
        let before = server.resident_memory()?;
        for first in (0..count).step_by(1000) {
            let requests: Vec<Vec<u8>> = (first..count.min(first + 1000)).map(self.request).collect();
            connection.ask(&requests)?;
        }
        Ok(server.resident_memory()?.saturating_sub(before) as f64 / count as f64)
    }
}
