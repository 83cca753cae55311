//! What must be true of the server, whatever happened.

use cutaway::base::ids::ClientKey;
use cutaway::client::State;
use cutaway::keyspace::value::Value;
use cutaway::pubsub::subscriptions::SubscriptionSet;
use cutaway::pubsub::{Channels, Subscriptions};
use cutaway::resp::request::{Limits, RequestParser};
use cutaway::server::Server;
use std::collections::BTreeSet;

/// What the two open chunks of frames may keep allocated, and a little for headers.
const CHUNKS_KEPT: usize = 2 * 64 * 1024;
/// No blocked client pins more than so many times what it owes.
const PINNED: usize = 4;

/// Who waits for a key or watches it, and the keys that expire: each is known to both sides, and to nobody else.
pub fn keys(server: &Server) {
    let clients = || server.clients.iter();
    let waits: BTreeSet<(u32, &[u8], ClientKey)> = clients()
        .filter_map(|(client, state)| Some((client, state.blocked.as_deref()?)))
        .flat_map(|(client, blocked)| blocked.keys().map(move |(db, key)| (db, key, client)))
        .collect();
    let waiting = server.blocking.waiting();
    let all: Vec<_> = waiting.flat_map(|(db, key, who)| who.map(move |client| (db, key, client))).collect();
    assert_eq!(all.iter().copied().collect::<BTreeSet<_>>(), waits, "who waits for what");
    assert_eq!(all.len(), waits.len(), "a client waits twice for a key");
    assert_eq!(server.blocking.clients(), clients().filter(|(_, state)| state.blocked.is_some()).count());

    let watches: BTreeSet<(u32, &[u8], ClientKey)> = clients()
        .filter_map(|(client, state)| Some((client, state.transaction.as_deref()?)))
        .flat_map(|(client, t)| t.watched().map(move |(db, key, _)| (db, key, client)))
        .collect();
    let watched = server.watchers.watched();
    let all: Vec<_> = watched.flat_map(|(db, key, who)| who.map(move |client| (db, key, client))).collect();
    assert_eq!(all.iter().copied().collect::<BTreeSet<_>>(), watches, "who watches what");
    assert_eq!(all.len(), watches.len(), "a client watches a key twice");

    for (_, db) in server.databases() {
        let times: Vec<i64> = db.iter().filter_map(|(_, item)| item.expires()).collect();
        assert_eq!(times.len(), db.expiring());
        let next_fields = |(key, item): (&[u8], &cutaway::keyspace::Item)| match &item.value {
            Value::Hash(hash) => Some((hash.next_expiry()?, key.to_vec())),
            _ => None,
        };
        let next: BTreeSet<_> = db.iter().filter_map(next_fields).collect();
        let booked: BTreeSet<_> = db.field_expiry_times().map(|(at, key)| (at, key.to_vec())).collect();
        assert_eq!(next, booked, "the hashes that have fields that expire, and when the next one does");
        let times = times.into_iter().chain(next.iter().map(|&(at, _)| at));
        assert_eq!(times.min(), db.next_expiry());
    }
}

/// Who tracks, and who asked for which prefix, is known to both sides; the readers of a key are there, each once.
pub fn tracking(server: &Server) {
    let trackers = || {
        server.clients.iter().filter_map(|(key, client)| Some((key, client.id, client.tracker.as_deref()?)))
    };
    let on = trackers().filter(|(_, _, tracker)| tracker.mode.on).map(|(key, id, _)| (id, key));
    assert_eq!(server.tracking.clients, on.collect(), "who tracks");
    let asked: BTreeSet<(&[u8], ClientKey)> = trackers()
        .flat_map(|(key, _, tracker)| tracker.prefixes.keys().map(move |prefix| (&**prefix, key)))
        .collect();
    let prefixes = server.tracking.prefixes.iter();
    let known = prefixes.flat_map(|(prefix, clients)| clients.map(move |client| (prefix, client)));
    assert_eq!(known.collect::<BTreeSet<_>>(), asked, "who asked for which prefix");
    for (key, readers) in server.tracking.table.iter() {
        let readers: Vec<ClientKey> = readers.collect();
        let different: BTreeSet<ClientKey> = readers.iter().copied().collect();
        assert_eq!(readers.len(), different.len(), "a client is twice a reader of {}", key.escape_ascii());
        assert!(
            different.iter().all(|&client| server.clients[client].tracker.is_some()),
            "a reader that never tracked"
        );
    }
}

/// Every list agrees with the clients' sets, both ways; nothing is empty, nothing stands twice; the counters
/// count what is there.
pub fn structures(server: &Server) {
    keys(server);
    tracking(server);
    let pubsub = &server.pubsub;
    channels(server, &pubsub.channels, |subscriptions| &subscriptions.channels);
    channels(server, &pubsub.shard_channels, |subscriptions| &subscriptions.shard_channels);

    let entries: Vec<(ClientKey, &[u8])> = pubsub.patterns.iter().collect();
    let in_sets = in_sets(server, |s| &s.patterns, |id| pubsub.patterns.name(id));
    assert_eq!(entries.len(), in_sets.len(), "the list of patterns, and the clients' sets");
    assert!(entries.iter().all(|entry| in_sets.contains(entry)), "a pattern that no client has");
    assert_eq!(pubsub.patterns.len(), entries.len());
    let unique: BTreeSet<&[u8]> = entries.iter().map(|&(_, name)| name).collect();
    assert_eq!(pubsub.patterns.unique(), unique.len());

    let count =
        |what: fn(&cutaway::client::Client) -> bool| server.clients.iter().filter(|(_, c)| what(c)).count();
    assert_eq!(server.monitors.len(), count(|client| client.monitor), "monitors");
    assert_eq!(server.postponed(), count(|client| client.postponed), "postponed clients");
    for (key, client) in server.clients.iter() {
        let empty = client.subscriptions.as_ref().is_some_and(|subscriptions| subscriptions.is_empty());
        assert!(!empty, "client {key} keeps sets without subscriptions");
        let Some(subscriptions) = client.subscriptions.as_deref() else { continue };
        let names = subscriptions.channels.iter().map(|(id, _)| pubsub.channels.name(id).len());
        assert_eq!(
            subscriptions.channels.name_bytes(),
            names.sum::<usize>(),
            "what client {key} has is counted"
        );
    }
}

fn channels(server: &Server, dict: &Channels, set: fn(&Subscriptions) -> &SubscriptionSet) {
    let in_sets = in_sets(server, set, |id| dict.name(id));
    let mut subscriptions = 0;
    for (name, list) in dict.iter() {
        let clients: Vec<ClientKey> = list.collect();
        assert!(!clients.is_empty(), "a channel without subscribers");
        assert_eq!(dict.audience(name).len(), clients.len(), "NUMSUB, and a naive count");
        assert!(clients.iter().all(|&client| in_sets.contains(&(client, name))), "a list names a stranger");
        assert_eq!(clients.iter().collect::<BTreeSet<_>>().len(), clients.len(), "a client stands twice");
        subscriptions += clients.len();
    }
    assert_eq!(subscriptions, in_sets.len(), "a client's set names a channel whose list lacks it");
    assert_eq!(dict.subscriptions(), subscriptions);
}

/// The subscriptions of one kind, as the clients' sets have them.
fn in_sets<'a>(
    server: &'a Server,
    set: fn(&Subscriptions) -> &SubscriptionSet,
    name: impl Fn(u32) -> &'a [u8],
) -> BTreeSet<(ClientKey, &'a [u8])> {
    let clients = server.clients.iter();
    clients
        .filter_map(|(key, client)| Some((key, client.subscriptions.as_deref()?)))
        .flat_map(|(key, subscriptions)| set(subscriptions).iter().map(move |(id, _)| (key, id)))
        .map(|(key, id)| (key, name(id)))
        .collect()
}

/// After a turn, whoever is owed something waits for the socket, or is written to in the next turn; who is to
/// be closed is closed.
pub fn nobody_is_forgotten(server: &Server) {
    for (key, client) in server.clients.iter() {
        let waits = client.output.is_blocked() || server.unwritten().contains(&key);
        assert!(client.output.is_empty() || waits, "client {key} is owed bytes that nobody writes");
        assert!(client.state < State::CloseAsap, "client {key} was to be closed");
        let done = client.state == State::CloseAfterReply && client.output.is_empty();
        assert!(!done, "client {key} is owed nothing more and is not closed");
    }
}

/// After all turns that were needed, no complete request waits but those that CLIENT PAUSE holds back.
pub fn nothing_waits(server: &Server) {
    for (key, client) in server.clients.iter().filter(|(_, client)| client.is_open() && !client.must_wait()) {
        let Some(pending_input) = &client.pending_input else { continue };
        assert!(!pending_input.is_empty(), "client {key} keeps an empty pending_input");
        let unauthenticated = !client.authenticated && !server.config.requirepass.is_empty();
        let max_bulk = server.config.max_bulk_bytes.min(1 << 31) as usize;
        let parsed =
            RequestParser::default().parse(pending_input.bytes(), Limits { max_bulk, unauthenticated });
        assert_ne!(parsed, Ok(true), "client {key} has sent a request that is not executed");
    }
}

/// After a turn, memory is in proportion to what clients sent and are owed.
pub fn memory(server: &Server) {
    let clients = || server.clients.iter().map(|(_, client)| client);
    if server.unwritten().is_empty() {
        let owed: usize = clients().map(|client| client.output.owed()).sum();
        let frames = server.clients.chunks.memory();
        assert!(frames <= CHUNKS_KEPT + PINNED * owed, "{frames} bytes of frames for {owed} owed");
    }
    for pending_input in clients().filter_map(|client| client.pending_input.as_ref()) {
        // Six bytes make a word, and a word's place is 16 bytes in a vector that doubles.
        let (memory, len) = (pending_input.memory(), pending_input.len());
        assert!(memory <= 128 * 1024 + 8 * len, "{memory} bytes for a pending_input of {len}");
    }
}

/// Right after `set_time` nothing is overdue: else the loop would spin.
pub fn deadline(server: &Server) {
    let (deadline, now) = (server.deadline(), server.time.millis);
    assert!(deadline.is_none_or(|deadline| deadline > now), "{deadline:?} is due at {now}, and was not done");
}

/// Nobody is there, and nothing is kept for anybody.
pub fn empty(server: &Server) {
    structures(server);
    assert!(server.clients.is_empty());
    let pubsub = &server.pubsub;
    assert!(pubsub.channels.is_empty() && pubsub.patterns.is_empty() && pubsub.shard_channels.is_empty());
    assert_eq!((server.monitors.len(), server.postponed()), (0, 0));
    assert!(server.clients.chunks.memory() <= CHUNKS_KEPT);
}

/// The structures as text, to compare two servers.
pub fn drawn(server: &Server) -> String {
    let dict = |channels: &Channels| {
        let mut all: Vec<_> =
            channels.iter().map(|(name, list)| (name.to_vec(), list.collect::<Vec<_>>())).collect();
        all.sort();
        all
    };
    let pubsub = &server.pubsub;
    let patterns: Vec<_> = pubsub.patterns.iter().collect();
    format!("{:?}\n{:?}\n{patterns:?}", dict(&pubsub.channels), dict(&pubsub.shard_channels))
}
