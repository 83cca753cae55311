//! The output queues as they are: which client is owed what, which chunks that stands in, and who still waits for a chunk.
//!
//! Redis has no counterpart: it has no chunks. The figures of a client are those of CLIENT LIST (`omem`, `oll`) and of its
//! class of `client-output-buffer-limit`.

use crate::base::ids::ClientKey;
use crate::client::limits::Class;
use crate::output::queue::Piece;
use crate::server::Server;
use crate::tools::scenario::InProcess;
use serde_json::{Value, json};

/// A client as the owner of the server knows it.
pub struct Known<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The server's key for it. None: the server has closed it, and it has not seen that yet.
    pub key: Option<ClientKey>,
    /// Its client id and its address.
    pub id: u64,
    /// Its address.
    pub addr: &'a str,
    /// How many bytes it takes in a turn; None: all there are.
    pub reading: Option<usize>,
}

/// The state of a server inside the process.
pub fn of(subject: &InProcess) -> Value {
    let clients: Vec<Known<'_>> = subject
        .connections()
        .map(|(name, connection)| Known {
            name,
            key: (!connection.closed).then_some(connection.key),
            id: connection.identity.id,
            addr: &connection.identity.addr,
            reading: connection.speed,
        })
        .collect();
    state(subject.server(), &clients)
}

/// The state of a server, as far as these clients have to do with it.
pub fn state(server: &Server, clients: &[Known<'_>]) -> Value {
    json!({
        "clients": clients.iter().map(|known| client(server, known)).collect::<Vec<Value>>(),
        "chunks": chunks(server, clients),
        "counts": {
            "channels": server.pubsub.channels.len() + server.pubsub.shard_channels.len(),
            "patterns": server.pubsub.patterns.len(),
            "subscriptions": server.pubsub.channels.subscriptions()
                + server.pubsub.shard_channels.subscriptions()
                + server.pubsub.patterns.len(),
            "keys": server.keyspace.in_use().map(|(_, database)| database.len()).sum::<usize>(),
        },
        "clock": {
            "millis": server.time.millis - server.started.millis,
            "unix_ms": server.time.unix_micros / 1000,
        },
    })
}

fn client(server: &Server, known: &Known<'_>) -> Value {
    let &Known { name, key, id, addr, reading } = known;
    let Some((key, client)) = key.and_then(|key| Some((key, server.clients.get(key)?))) else {
        return json!({
            "name": name, "id": id, "addr": addr, "resp": 2, "open": false, "reading": reading, "owed": 0,
            "limit": null, "over_soft_ms": null, "queue": [],
        });
    };
    let class = client.class();
    let limit = server.clients.limits()[class as usize];
    let now = server.time.millis;
    json!({
        "name": name,
        "id": id,
        "addr": addr,
        "resp": client.protocol.number(),
        "open": true,
        "reading": reading,
        "owed": client.output.owed(),
        "counted": client.output.counted(),
        "limit": {
            "hard": limit.hard,
            "soft": limit.soft,
            "seconds": limit.soft_seconds,
            "class": match class {
                Class::Normal => "normal",
                Class::Replica => "replica",
                Class::PubSub => "pubsub",
            },
            "near_percent": server.clients.nearness(key).0,
        },
        "over_soft_ms": client.over_soft_since.map(|second| now.saturating_sub(second.saturating_mul(1000))),
        "queue": client.output.each_piece().map(piece).collect::<Vec<Value>>(),
    })
}

fn piece(piece: Piece) -> Value {
    match piece {
        Piece::Own(bytes) => json!({ "own": bytes }),
        Piece::Shared(range) => json!({ "chunk": range.chunk, "from": range.start, "to": range.end }),
    }
}

/// The chunks that one of the clients still waits for, with the clients that do.
fn chunks(server: &Server, clients: &[Known<'_>]) -> Vec<Value> {
    let mut waiting: std::collections::BTreeMap<u32, Vec<&str>> = Default::default();
    for known in clients {
        let Some(client) = known.key.and_then(|key| server.clients.get(key)) else { continue };
        for piece in client.output.each_piece() {
            let Piece::Shared(range) = piece else { continue };
            let names = waiting.entry(range.chunk).or_default();
            if names.last() != Some(&known.name) {
                names.push(known.name);
            }
        }
    }
    let chunks = &server.clients.chunks;
    let chunk = |(key, names): (u32, Vec<&str>)| {
        json!({
            "id": key, "length": chunks.pinned(key), "sealed": !chunks.is_open(key), "waiting": names,
        })
    };
    waiting.into_iter().map(chunk).collect()
}
