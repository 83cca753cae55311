//! Each step as a sentence.

use super::{Registry, Step};
use crate::base::ids::ClientKey;
use crate::text::plural::plural;
use std::fmt;

impl Step {
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
            Step::KeyEvent { db, key, event } => match event.as_str() {
                "new" => format!("{key} is new in database {db}"),
                "keymiss" => format!("{key} is not in database {db}"),
                "expired" => format!("{key} has expired and leaves database {db}"),
                "evicted" => format!("{key} is evicted from database {db}"),
                event => format!("{event} of {key} in database {db}"),
            },
            Step::FieldsExpired { db, key, fields: 1 } => {
                format!("a field of {key} in database {db} has expired and leaves it")
            }
            Step::FieldsExpired { db, key, fields } => {
                format!("{fields} fields of {key} in database {db} have expired and leave it")
            }
            Step::Emptied { db, keys } => format!("database {db} is emptied: {} less", plural(*keys, "key")),
            Step::Swapped { one, other } => format!("databases {one} and {other} change places"),
            Step::Trimmed { key, entries } => {
                format!("{} removed from the beginning of {key}", plural(*entries as usize, "entry"))
            }
            Step::GroupRead { key, group, id } => format!("group {group} of {key} has read up to {id}"),
            Step::Pending { key, group, id, consumer, deliveries, from } => {
                let times = if *deliveries == 1 { "once".into() } else { format!("{deliveries} times") };
                let before = from.as_ref().map_or(String::new(), |from| format!(", no longer with {from}"));
                format!(
                    "{id} of {key} is pending in group {group} with {consumer}{before}: delivered {times}"
                )
            }
            Step::Acknowledged { key, group, id } => {
                format!("{id} of {key} is no longer pending in group {group}")
            }
            Step::LinkRead { key, level, from, to, passed, follows } => {
                let from = from.as_deref().unwrap_or("the head");
                let to = to.as_deref().unwrap_or("nothing");
                let then = match (follows, level) {
                    (true, _) => format!("go on there, {passed} passed"),
                    (false, 0) => format!("the search ends, {passed} passed"),
                    (false, _) => "a level down".into(),
                };
                format!("skiplist of {key}, level {level}: after {from} comes {to}: {then}")
            }
            Step::Drawn { key, element, register, run, before, bytes, after } => {
                let then = match (run > before, bytes == after) {
                    (false, _) => format!("has seen {before}: nothing changes"),
                    (true, true) => format!("had seen {before}: set, the string keeps its {}", count(*bytes)),
                    (true, false) => {
                        format!("had seen {before}: set, the string has {bytes} ─► {after} bytes")
                    }
                };
                format!(
                    "{element} draws register {register} of {key} and a run of {run}; the register {then}"
                )
            }
            Step::Counted { key, count } => {
                format!("the registers of {key} are counted, and its header keeps the result: {count}")
            }
            Step::OverMaxmemory { used, limit } => {
                format!("{} of memory in use, more than maxmemory, which is {limit}", count(*used as usize))
            }
            Step::Sampled { db, key, score, place: Some(place) } => {
                format!("sampled {key} of database {db}, score {score}: place {place} of the pool")
            }
            Step::Sampled { db, key, score, place: None } => {
                format!("sampled {key} of database {db}, score {score}: worse than the whole pool")
            }
            Step::Watches { client, key } => format!("{} watches {key}", name(*client)),
            Step::TransactionBegun { client } => {
                format!("from now on what {} sends is kept for EXEC", name(*client))
            }
            Step::TransactionEnded { client, commands, watched } => format!(
                "the transaction of {} is over: {} kept, {} watched",
                name(*client),
                plural(*commands, "command"),
                plural(*watched, "key")
            ),
            Step::ScriptKept { sha, bytes } => format!("script {sha} compiled and kept: {}", count(*bytes)),
            Step::ScriptsForgotten { scripts } => format!("{} forgotten", plural(*scripts, "script")),
            Step::LibraryLoaded { library, functions } => {
                format!("library {library} loaded: {}", plural(*functions, "function"))
            }
            Step::LibrariesForgotten { libraries } => format!("{} forgotten", plural(*libraries, "library")),
            Step::Waits { client, keys } => format!("{} waits for {keys}", name(*client)),
            Step::Woken { client, key } => {
                format!(
                    "{key} is ready, and {} has waited for it: its command is executed again",
                    name(*client)
                )
            }
            Step::WaitEnded { client } => format!("{} no longer waits", name(*client)),
            Step::LookedUp { dict, name, clients: 0 } => format!("{dict}: no {name}"),
            Step::LookedUp { dict, name, clients } => {
                format!("{dict}: {name} found, its list has {}", plural(*clients, "client"))
            }
            Step::Entered { dict: Registry::PubsubPatterns, name } => {
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
            Step::Left { dict: Registry::PubsubPatterns, name } => {
                format!("nobody has {name} any more: it leaves the index")
            }
            Step::Left { dict, name } => format!("{dict}: {name} leaves, its list is empty"),
            Step::Noted { prefix, key } => {
                format!("{key} is noted for the clients that asked for {prefix}")
            }
            Step::Announced { prefix, keys } => {
                format!("{} that begin with {prefix} have changed in this turn", plural(*keys, "key"))
            }
            Step::IndexAsked { channel, candidates, skipped } => {
                format!("index asked which patterns can match {channel}: {candidates} can, {skipped} skipped")
            }
            Step::Tested { pattern, channel, matches, holders } => match matches {
                true => format!("{pattern} matches {channel}: {} of it", plural(*holders, "holder")),
                false => format!("{pattern} does not match {channel}"),
            },
            Step::Encoded { frame, protocol, bytes, readers } => format!(
                "{frame} encoded in RESP{}: {} for {}",
                protocol.number(),
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
            Step::Propagated { commands } => format!("recorded for the append-only file: {commands}"),
            Step::SyncBegun { file, bytes: 0 } => format!("fsync of {file} begins"),
            Step::SyncBegun { file, bytes } => {
                format!("the disk is asked to append {} to {file}, and to sync it", count(*bytes))
            }
            Step::FileGrown { file, bytes, size } => {
                format!("{} appended to {file}, it has {size}", count(*bytes))
            }
            Step::FileSynced { file, size } => {
                format!("fsync of {file} returns: {} are on the disk", count(*size as usize))
            }
            Step::SnapshotBegun { file, keys } => {
                format!("a snapshot of {} begins, in {file}", plural(*keys, "key"))
            }
            Step::KeySaved { db, key } => format!("the walk encodes {key} of database {db}"),
            Step::SavedAhead { db, key } => {
                format!("{key} of database {db} is encoded ahead of the walk, as it still is")
            }
            Step::SnapshotGrown { file, bytes, size } => {
                format!("{} of the snapshot appended to {file}, it has {size}", count(*bytes))
            }
            Step::SnapshotSynced { file, size } => {
                format!("the snapshot is whole: all {} of {file} are on the disk", count(*size as usize))
            }
            Step::Written { client, bytes, owed } => {
                format!("{} written to {}, {owed} left", count(*bytes), name(*client))
            }
            Step::Blocked { client, owed } => {
                format!("the socket of {} is full, {} wait", name(*client), count(*owed))
            }
            Step::Closed { client, why } => format!("{} closed: {why}", name(*client)),
            Step::LeftOut { steps } => format!("… {} left out", plural(*steps, "step")),
        }
    }

    /// The list of a node, and the node: `pubsub_channels[rain] A`, `pubsub_patterns (A, *it*)`.
    fn list(&self, client: &str) -> String {
        match self {
            Step::Appended { dict, name, .. }
            | Step::Visited { dict, name, .. }
            | Step::Unlinked { dict, name, .. } => match dict {
                Registry::PubsubPatterns => format!("{dict} ({client}, {name})"),
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

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Registry::PubsubChannels => "pubsub_channels",
            Registry::PubsubPatterns => "pubsub_patterns",
            Registry::PubsubShardChannels => "pubsub_shard_channels",
            Registry::TrackingTable => "tracking_table",
            Registry::TrackingPrefixes => "tracking_prefixes",
        })
    }
}

fn count(bytes: usize) -> String {
    plural(bytes, "byte")
}
