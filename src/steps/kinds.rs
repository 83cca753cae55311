//! The kinds of steps, and each as a sentence.

use crate::pubsub::ClientKey;
use crate::resp::Protocol;
use serde::Serialize;
use std::fmt;

/// The structure that a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dict {
    /// The dict of channels.
    PubsubChannels,
    /// The list of (client, pattern).
    PubsubPatterns,
    /// The dict of shard channels.
    PubsubShardChannels,
}

/// Something the server has just done. `name` is a channel, or a pattern if `dict` is [`Dict::PubsubPatterns`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[allow(missing_docs)] // The sentences of `tell` say what the fields are.
pub enum Step {
    /// Somebody is there; from now on the key means this client.
    Connected { client: ClientKey, id: u64, addr: String },
    /// Bytes came.
    Arrived { client: ClientKey, bytes: usize },
    /// They hold a request; passwords are left out.
    Parsed { client: ClientKey, words: usize, request: String },
    /// The request is a command that may run, and runs.
    Dispatched { client: ClientKey, command: &'static str },
    /// It may not run.
    Refused { client: ClientKey, error: String },
    /// CLIENT PAUSE holds it back.
    Postponed { client: ClientKey, command: &'static str },
    /// MULTI was before it: it is kept for EXEC.
    Enqueued { client: ClientKey, command: &'static str },
    /// Something has happened to a key: what keyspace notifications tell, whoever listens.
    KeyEvent { db: u32, key: String, event: String },
    /// The command has found nothing and waits for these keys.
    Waits { client: ClientKey, keys: String },
    /// A key that it waits for is ready: its command is executed again.
    Woken { client: ClientKey, key: String },
    /// A channel was looked for in its dict; 0 clients: it is not there.
    LookedUp { dict: Dict, name: String, clients: usize },
    /// A name is new in the dict; for a pattern: in the dict of their compiled forms.
    Entered { dict: Dict, name: String },
    /// A node was put at the end of a list, which then has `length`.
    Appended { dict: Dict, name: String, client: ClientKey, length: usize },
    /// PUBLISH has come to a node.
    Visited { dict: Dict, name: String, client: ClientKey },
    /// A node was taken out of a list, which then has `length`.
    Unlinked { dict: Dict, name: String, client: ClientKey, length: usize },
    /// The last client of this name has left.
    Left { dict: Dict, name: String },
    /// The index has named the patterns that can match; the others are not looked at.
    IndexAsked { channel: String, candidates: usize, skipped: usize },
    /// A pattern was held against a channel; `holders` clients have it.
    Tested { pattern: String, channel: String, matches: bool, holders: usize },
    /// A frame was written, for so many clients to read.
    Encoded {
        frame: &'static str,
        #[serde(serialize_with = "protocol_number")]
        protocol: Protocol,
        bytes: usize,
        readers: usize,
    },
    /// Bytes of a frame were put in a client's output, which owed `before` and owes `after`.
    Queued { client: ClientKey, bytes: usize, before: usize, after: usize },
    /// A frame for the client whose command runs: its reply goes first.
    Deferred { client: ClientKey, bytes: usize },
    /// The replies to a client's own requests were put in its output.
    Replied { client: ClientKey, bytes: usize, before: usize, after: usize },
    /// So much went to the socket; so much is still owed.
    Written { client: ClientKey, bytes: usize, owed: usize },
    /// The socket is full.
    Blocked { client: ClientKey, owed: usize },
    /// The client is to be closed, whatever it is owed.
    Closed { client: ClientKey, why: &'static str },
}

impl Step {
    /// The kind's name, as in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Step::Connected { .. } => "connected",
            Step::Arrived { .. } => "arrived",
            Step::Parsed { .. } => "parsed",
            Step::Dispatched { .. } => "dispatched",
            Step::Refused { .. } => "refused",
            Step::Postponed { .. } => "postponed",
            Step::Enqueued { .. } => "enqueued",
            Step::KeyEvent { .. } => "key_event",
            Step::Waits { .. } => "waits",
            Step::Woken { .. } => "woken",
            Step::LookedUp { .. } => "looked_up",
            Step::Entered { .. } => "entered",
            Step::Appended { .. } => "appended",
            Step::Visited { .. } => "visited",
            Step::Unlinked { .. } => "unlinked",
            Step::Left { .. } => "left",
            Step::IndexAsked { .. } => "index_asked",
            Step::Tested { .. } => "tested",
            Step::Encoded { .. } => "encoded",
            Step::Queued { .. } => "queued",
            Step::Deferred { .. } => "deferred",
            Step::Replied { .. } => "replied",
            Step::Written { .. } => "written",
            Step::Blocked { .. } => "blocked",
            Step::Closed { .. } => "closed",
        }
    }

    /// The client it is about, if it is about one.
    pub fn client(&self) -> Option<ClientKey> {
        match *self {
            Step::Connected { client, .. }
            | Step::Arrived { client, .. }
            | Step::Parsed { client, .. }
            | Step::Dispatched { client, .. }
            | Step::Refused { client, .. }
            | Step::Postponed { client, .. }
            | Step::Enqueued { client, .. }
            | Step::Waits { client, .. }
            | Step::Woken { client, .. }
            | Step::Appended { client, .. }
            | Step::Visited { client, .. }
            | Step::Unlinked { client, .. }
            | Step::Queued { client, .. }
            | Step::Deferred { client, .. }
            | Step::Replied { client, .. }
            | Step::Written { client, .. }
            | Step::Blocked { client, .. }
            | Step::Closed { client, .. } => Some(client),
            Step::KeyEvent { .. }
            | Step::LookedUp { .. }
            | Step::Entered { .. }
            | Step::Left { .. }
            | Step::IndexAsked { .. }
            | Step::Tested { .. }
            | Step::Encoded { .. } => None,
        }
    }

    /// Its rank in the tree of a request: bytes, request, command, what that does, what comes of it. A step belongs to
    /// the last one before it of a lesser rank.
    pub fn rank(&self) -> usize {
        match self {
            Step::Connected { .. }
            | Step::Arrived { .. }
            | Step::Written { .. }
            | Step::Blocked { .. }
            | Step::Closed { .. } => 0,
            Step::Parsed { .. } => 1,
            Step::Dispatched { .. }
            | Step::Refused { .. }
            | Step::Postponed { .. }
            | Step::Enqueued { .. }
            | Step::Replied { .. } => 2,
            Step::Woken { .. } => 1,
            Step::KeyEvent { .. }
            | Step::Waits { .. }
            | Step::LookedUp { .. }
            | Step::Entered { .. }
            | Step::Appended { .. }
            | Step::Unlinked { .. }
            | Step::Left { .. }
            | Step::IndexAsked { .. } => 3,
            Step::Visited { .. } | Step::Tested { .. } => 4,
            Step::Encoded { .. } | Step::Queued { .. } | Step::Deferred { .. } => 5,
        }
    }

    /// The step as a sentence, with a client called as `name` says.
    pub fn tell(&self, name: &impl Fn(ClientKey) -> String) -> String {
        match self {
            Step::Connected { client, id, addr } => {
                format!("{} connects from {addr}: client id {id}", name(*client))
            }
            Step::Arrived { client, bytes } => format!("{} arrived from {}", count(*bytes), name(*client)),
            Step::Parsed { request, .. } => format!("request: {request}"),
            Step::Dispatched { command, .. } => format!("command {command}"),
            Step::Refused { error, .. } => format!("refused: {error}"),
            Step::Postponed { command, .. } => format!("{command} waits for the end of CLIENT PAUSE"),
            Step::Enqueued { command, .. } => format!("{command} is kept for EXEC"),
            Step::KeyEvent { db, key, event } => format!("{event} of {key} in database {db}"),
            Step::Waits { client, keys } => format!("{} waits for {keys}", name(*client)),
            Step::Woken { client, key } => {
                format!(
                    "{key} is ready, and {} has waited for it: its command is executed again",
                    name(*client)
                )
            }
            Step::LookedUp { dict, name, clients: 0 } => format!("{dict}: no {name}"),
            Step::LookedUp { dict, name, clients } => {
                format!("{dict}: {name} found, its list has {}", plural(*clients, "client"))
            }
            Step::Entered { dict: Dict::PubsubPatterns, name } => {
                format!("{name} compiled, and entered in the index")
            }
            Step::Entered { dict, name } => format!("{dict}: {name} enters, with an empty list"),
            Step::Appended { client, length, .. } => {
                format!("{}: node appended, the list has {length}", self.list(&name(*client)))
            }
            Step::Visited { client, .. } => format!("{}: node visited", self.list(&name(*client))),
            Step::Unlinked { client, length, .. } => {
                format!("{}: node unlinked, the list has {length}", self.list(&name(*client)))
            }
            Step::Left { dict: Dict::PubsubPatterns, name } => {
                format!("nobody has {name} any more: it leaves the index")
            }
            Step::Left { dict, name } => format!("{dict}: {name} leaves, its list is empty"),
            Step::IndexAsked { channel, candidates, skipped } => {
                format!("index asked which patterns can match {channel}: {candidates} can, {skipped} skipped")
            }
            Step::Tested { pattern, channel, matches, holders } => match matches {
                true => format!("{pattern} matches {channel}: {} of it", plural(*holders, "holder")),
                false => format!("{pattern} does not match {channel}"),
            },
            Step::Encoded { frame, protocol, bytes, readers } => format!(
                "{frame} encoded in RESP{}: {} for {}",
                number(*protocol),
                count(*bytes),
                plural(*readers, "client")
            ),
            Step::Queued { client, bytes, before, after } => {
                format!("{} queued to {}, owed {before} ─► {after}", count(*bytes), name(*client))
            }
            Step::Deferred { client, bytes } => {
                format!("{} for {} wait for its own reply", count(*bytes), name(*client))
            }
            Step::Replied { client, bytes, before, after } => {
                format!("reply of {} queued to {}, owed {before} ─► {after}", count(*bytes), name(*client))
            }
            Step::Written { client, bytes, owed } => {
                format!("{} written to {}, {owed} left", count(*bytes), name(*client))
            }
            Step::Blocked { client, owed } => {
                format!("the socket of {} is full, {} wait", name(*client), count(*owed))
            }
            Step::Closed { client, why } => format!("{} closed: {why}", name(*client)),
        }
    }

    /// The list of a node, and the node: `pubsub_channels[rain] A`, `pubsub_patterns (A, *it*)`.
    fn list(&self, client: &str) -> String {
        match self {
            Step::Appended { dict, name, .. }
            | Step::Visited { dict, name, .. }
            | Step::Unlinked { dict, name, .. } => match dict {
                Dict::PubsubPatterns => format!("{dict} ({client}, {name})"),
                _ => format!("{dict}[{name}] ({client})"),
            },
            _ => String::new(),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tell(&|key| format!("client@{key}")))
    }
}

impl fmt::Display for Dict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dict::PubsubChannels => "pubsub_channels",
            Dict::PubsubPatterns => "pubsub_patterns",
            Dict::PubsubShardChannels => "pubsub_shard_channels",
        })
    }
}

fn number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Resp2 => 2,
        Protocol::Resp3 => 3,
    }
}

fn protocol_number<S: serde::Serializer>(protocol: &Protocol, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u8(number(*protocol))
}

fn count(bytes: usize) -> String {
    plural(bytes, "byte")
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
