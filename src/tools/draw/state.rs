//! What a figure shows: the structures before and after a line, laid over each other, and the walk of a publish.
//!
//! Redis has no counterpart. Everything is copied out of the server's memory; nothing is worked out from the scenario's text.

use super::scope::{Scope, Shown};
use super::section::Section;
use super::sections::sections;
use crate::base::ids::ClientKey;
use crate::pubsub::subscriptions::SubscriptionSet;
use crate::pubsub::{Channels, Subscriptions};
use crate::server::Server;
use crate::steps::readable;
use crate::tools::scenario::{InProcess, Step};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

/// A channel or a pattern: drawn short and printable, told apart by all of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Vec<u8>);

impl From<&[u8]> for Name {
    fn from(bytes: &[u8]) -> Name {
        Name(bytes.into())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&readable(&self.0))
    }
}

/// A dict: names with their lists of clients, in the names' order (the dict itself has none).
pub type Dict = Shown<BTreeMap<Name, Shown<Vec<String>>>>;

/// The names in a client's sets: channels, patterns, shard channels.
pub type Sets = [Shown<BTreeSet<Name>>; 3];

/// The structures at one moment, by their owner's names for the clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// `pubsub_channels`.
    pub channels: Dict,
    /// `pubsub_patterns`: (client, pattern) in the list's order.
    pub patterns: Shown<Vec<(String, Name)>>,
    /// `pubsub_shard_channels`.
    pub shard_channels: Dict,
    /// Each client that has sets.
    pub clients: Shown<BTreeMap<String, Sets>>,
    /// The databases, and all else that is not Pub/Sub's.
    pub sections: Vec<Section>,
}

impl State {
    /// Copies the structures of a server inside the process.
    pub fn of(subject: &InProcess) -> State {
        let named = subject.named_clients();
        let keys: HashMap<ClientKey, &str> = named.iter().map(|&(name, key, _)| (key, name)).collect();
        let name = |key: ClientKey| keys.get(&key).map_or("?", |name| *name).to_string();
        let clients: Vec<ClientKey> = named.iter().map(|&(_, key, _)| key).collect();
        State::look(subject.server(), &name, &Scope { clients, ..Scope::all() })
    }

    /// Copies what of a server's structures is in the scope. `name` is the name of a client; no two may have the same.
    pub fn look(server: &Server, name: &impl Fn(ClientKey) -> String, scope: &Scope) -> State {
        let pubsub = &server.pubsub;
        let mut met = Met { clients: scope.clients.clone(), seen: scope.clients.iter().copied().collect() };
        let channels = dict(&pubsub.channels, name, scope, &mut met);
        let shard_channels = dict(&pubsub.shard_channels, name, scope, &mut met);
        let nodes = scope.nodes(pubsub.patterns.len(), pubsub.patterns.iter());
        nodes.shown.iter().for_each(|(key, _)| met.meet(*key));
        let node = |(key, pattern): (ClientKey, &[u8])| (name(key), pattern.into());
        let patterns = Shown { shown: nodes.shown.into_iter().map(node).collect(), more: nodes.more };
        let sets = |sets: &Subscriptions| -> Sets {
            let set = |set: &SubscriptionSet, names: &dyn Fn(_) -> Name| {
                scope.parts(set.len(), set.iter().map(|(id, _)| names(id)))
            };
            [
                set(&sets.channels, &|id| pubsub.channels.name(id).into()),
                set(&sets.patterns, &|id| pubsub.patterns.name(id).into()),
                set(&sets.shard_channels, &|id| pubsub.shard_channels.name(id).into()),
            ]
        };
        let subscribers: Vec<(ClientKey, &Subscriptions)> = met
            .clients
            .iter()
            .filter_map(|&key| Some((key, server.clients.get(key)?.subscriptions.as_deref()?)))
            .filter(|(_, sets)| !sets.is_empty())
            .collect();
        let clients = subscribers.iter().take(scope.most_names).map(|&(key, has)| (name(key), sets(has)));
        let clients =
            Shown { shown: clients.collect(), more: subscribers.len().saturating_sub(scope.most_names) };
        let named: Vec<(String, ClientKey)> = met.clients.iter().map(|&key| (name(key), key)).collect();
        State { sections: sections(server, name, &named, scope), channels, patterns, shard_channels, clients }
    }
}

impl State {
    /// Whether there is more than was copied.
    pub fn is_part(&self) -> bool {
        let dicts = [&self.channels, &self.shard_channels];
        let in_dict = |dict: &&Dict| dict.more > 0 || dict.shown.values().any(|list| list.more > 0);
        dicts.iter().any(in_dict)
            || self.patterns.more > 0
            || self.clients.more > 0
            || self.clients.shown.values().flatten().any(|set| set.more > 0)
            || self.sections.iter().any(|section| section.more > 0)
    }
}

/// The clients of the lists that are shown, in the order in which they were met.
struct Met {
    clients: Vec<ClientKey>,
    seen: HashSet<ClientKey>,
}

impl Met {
    fn meet(&mut self, client: ClientKey) {
        if self.seen.insert(client) {
            self.clients.push(client);
        }
    }
}

fn dict(channels: &Channels, name: &impl Fn(ClientKey) -> String, scope: &Scope, met: &mut Met) -> Dict {
    let mut shown = BTreeMap::new();
    let first = scope.channels.iter().map(Vec::as_slice).take(scope.most_names);
    let others = scope.names(channels.len(), channels.names(), |name| name);
    for channel in first.chain(others.shown) {
        if shown.len() == scope.most_names || shown.contains_key(&channel.into()) {
            continue;
        }
        let Some((length, clients)) = channels.list(channel) else { continue };
        let list: Shown<Vec<ClientKey>> = scope.parts(length, clients);
        list.shown.iter().for_each(|&client| met.meet(client));
        let clients = list.shown.into_iter().map(name).collect();
        shown.insert(channel.into(), Shown { shown: clients, more: list.more });
    }
    Shown { more: channels.len() - shown.len(), shown }
}

/// What a line did to one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was there and is.
    Kept,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// A list before and after, as one: both structures only unlink and append, so what is kept of the old list is how the new
/// one begins. Something unlinked and appended again is there twice, removed and added.
pub fn overlay<T: Clone + PartialEq>(before: &[T], after: &[T]) -> Vec<(T, Mark)> {
    let mut all = Vec::new();
    let mut kept = 0;
    for item in before {
        if after.get(kept) == Some(item) {
            kept += 1;
            all.push((item.clone(), Mark::Kept));
        } else {
            all.push((item.clone(), Mark::Removed));
        }
    }
    all.extend(after[kept..].iter().map(|item| (item.clone(), Mark::Added)));
    all
}

/// A thing's mark from whether it was there and whether it is.
pub fn mark(before: bool, after: bool) -> Mark {
    match (before, after) {
        (_, false) => Mark::Removed,
        (true, true) => Mark::Kept,
        (false, true) => Mark::Added,
    }
}

/// A publish on its way through the structures.
#[derive(Debug, PartialEq, Eq)]
pub struct Walk {
    /// Who publishes.
    pub publisher: String,
    /// Where to.
    pub channel: Name,
    /// SPUBLISH: the dict of shard channels, no patterns.
    pub sharded: bool,
    /// Each delivery in order: the client, and the pattern if it was one that matched.
    pub deliveries: Vec<(String, Option<Name>)>,
    /// The patterns that were tested, whether they matched or not.
    pub tested: BTreeSet<Name>,
}

impl Walk {
    /// Lets the server walk, and takes notes.
    pub fn rehearse(subject: &mut InProcess, publisher: &str, request: &[Vec<u8>]) -> Option<Walk> {
        let [command, channel, _] = request else { return None };
        let sharded = command.eq_ignore_ascii_case(b"SPUBLISH");
        if !sharded && !command.eq_ignore_ascii_case(b"PUBLISH") {
            return None;
        }
        let run = subject.rehearse(channel, sharded);
        let named = subject.named_clients();
        let keys: HashMap<ClientKey, &str> = named.iter().map(|&(name, key, _)| (key, name)).collect();
        let name = |key| keys.get(&key).map_or("?", |name| *name).to_string();
        let pattern = |frame| run.frame(frame).1.map(Name::from);
        Some(Walk {
            publisher: publisher.into(),
            channel: channel.as_slice().into(),
            sharded,
            deliveries: run.receivers.iter().map(|&(key, frame)| (name(key), pattern(frame))).collect(),
            tested: run.tested.iter().map(|(pattern, _)| (&**pattern).into()).collect(),
        })
    }

    /// Whether the server then made this walk: one that was refused, or waits for the end of a pause, it has not made; and
    /// of several in one write, or of words that were filled in, this is not the picture.
    pub fn was_made(&self, played: &Step) -> bool {
        let [request] = &played.requests[..] else { return false };
        let number = format!(":{}\r\n", self.deliveries.len());
        let replied = played.received.iter().find(|received| received.client == self.publisher);
        request.get(1) == Some(&self.channel.0)
            && replied.is_some_and(|reply| {
                reply.bytes.windows(number.len()).any(|bytes| bytes == number.as_bytes())
            })
    }
}

#[cfg(test)]
mod tests {
    use super::Mark::{Added, Kept, Removed};
    use super::*;

    #[test]
    fn a_list_before_and_after_as_one() {
        type Case<'a> = (&'a str, &'a str, &'a [(char, Mark)]);
        let cases: [Case<'_>; 5] = [
            ("", "a", &[('a', Added)]),
            ("ab", "ab", &[('a', Kept), ('b', Kept)]),
            ("abc", "acd", &[('a', Kept), ('b', Removed), ('c', Kept), ('d', Added)]),
            ("ab", "", &[('a', Removed), ('b', Removed)]),
            ("ab", "ba", &[('a', Removed), ('b', Kept), ('a', Added)]),
        ];
        for (before, after, expected) in cases {
            let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
            assert_eq!(overlay(&old, &new), expected, "{before} {after}");
        }
    }
}
