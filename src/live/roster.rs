//! What operators ask of a running server, copied once a second in the loop's thread: the clients that lag, their
//! subscriptions, the clients that were closed and the reasons.
//!
//! Redis: CLIENT LIST, PUBSUB NUMSUB and the log, each of which has a part of it.
//!
//! Bounded: clients are counted in all, and the [`MOST`] that are owed most are described; so are the first subscribers,
//! each with its first names.

use super::figures::Figures;
use super::names::name;
use crate::base::ids::ClientKey;
use crate::client::Client;
use crate::pubsub::subscriptions::SubscriptionSet;
use crate::server::Server;
use crate::steps::readable;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most clients of a kind that are described.
pub const MOST: usize = 100;
/// The most names of channels or patterns of one client.
const MOST_NAMES: usize = 20;
/// How many closed clients the server keeps, once it has a page.
pub const MOST_CLOSED: usize = 100;

/// The copy.
pub struct Roster {
    /// The server's millisecond.
    pub millis: u64,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// The numbers.
    pub figures: Figures,
    /// Clients that are owed something, those that are owed most first.
    pub lagging: Vec<Lagging>,
    /// Subscribers, in the order of their ids.
    pub subscribers: Vec<Subscriber>,
    /// The clients that were closed last, the last one first.
    pub closed: Vec<Closed>,
    /// What the loop took for this, in microseconds.
    pub pause_us: u64,
}

/// A client that is owed something.
#[derive(Serialize)]
pub struct Lagging {
    pub name: String,
    pub id: u64,
    pub addr: String,
    pub class: &'static str,
    /// Bytes that it is owed.
    pub owed: usize,
    /// For how long it has been found to be owed something, each second that it was looked at.
    pub for_ms: u64,
    /// Whether its socket is full.
    pub is_full: bool,
    /// What counts of what it is owed, in percent of the lower limit; 0 without one.
    pub percent: u64,
    /// Seconds until it is closed for holding the soft limit; None: it does not hold it.
    pub seconds_left: Option<u64>,
}

/// A client with subscriptions.
#[derive(Serialize)]
pub struct Subscriber {
    pub name: String,
    pub id: u64,
    pub addr: String,
    pub resp: i64,
    pub channels: Names,
    pub patterns: Names,
    pub shard_channels: Names,
    /// Messages that were queued to it.
    pub delivered: u64,
    pub owed: usize,
}

/// Some of the names that a client is subscribed to.
#[derive(Serialize)]
pub struct Names {
    pub count: usize,
    pub first: Vec<String>,
}

/// A client that was closed.
#[derive(Serialize)]
pub struct Closed {
    /// How long ago, in seconds.
    pub seconds_ago: u64,
    pub client: String,
    pub reason: String,
}

/// Since when each client has been owed something, by client id, as far as was seen.
#[derive(Default)]
pub struct Lags(BTreeMap<u64, u64>);

impl Roster {
    /// The copy of this moment.
    pub fn of(server: &Server, lags: &mut Lags) -> Roster {
        let now = server.time.millis;
        let owed = |client: &Client| client.output.owed();
        let mut lagging: Vec<_> = server.clients.iter().filter(|(_, client)| owed(client) > 0).collect();
        lags.0 =
            lagging.iter().map(|(_, client)| (client.id, *lags.0.get(&client.id).unwrap_or(&now))).collect();
        first(&mut lagging, |(_, client)| (std::cmp::Reverse(owed(client)), client.id));
        let mut subscribers: Vec<_> =
            server.clients.iter().filter(|(_, client)| client.is_subscriber()).collect();
        first(&mut subscribers, |(_, client)| (std::cmp::Reverse(0), client.id));
        let closed = server.clients.log.last().map(|closed| Closed {
            seconds_ago: server.seconds().saturating_sub(closed.second),
            client: closed.client.clone(),
            reason: closed.reason.clone(),
        });
        let mut closed: Vec<Closed> = closed.collect();
        closed.reverse();
        Roster {
            millis: now,
            time_ms: server.time.unix_micros / 1000,
            figures: Figures::of(server),
            lagging: lagging.iter().map(|&(key, client)| Lagging::of(server, key, client, &lags.0)).collect(),
            subscribers: subscribers.iter().map(|(_, client)| Subscriber::of(server, client)).collect(),
            closed,
            pause_us: 0,
        }
    }
}

/// Leaves the first [`MOST`], in order.
fn first<K: Ord>(clients: &mut Vec<(ClientKey, &Client)>, key: impl Fn(&(ClientKey, &Client)) -> K) {
    if clients.len() > MOST {
        clients.select_nth_unstable_by_key(MOST - 1, &key);
        clients.truncate(MOST);
    }
    clients.sort_unstable_by_key(key);
}

impl Lagging {
    fn of(server: &Server, key: ClientKey, client: &Client, since: &BTreeMap<u64, u64>) -> Lagging {
        let (percent, seconds_left) = server.clients.nearness(key);
        let since = since.get(&client.id).copied().unwrap_or(server.time.millis);
        Lagging {
            name: name(client),
            id: client.id,
            addr: client.about.addr.to_string(),
            class: client.class().name(),
            owed: client.output.owed(),
            for_ms: server.time.millis.saturating_sub(since),
            is_full: client.output.is_blocked(),
            percent,
            seconds_left,
        }
    }
}

impl Subscriber {
    fn of(server: &Server, client: &Client) -> Subscriber {
        let (pubsub, has) = (&server.pubsub, client.subscriptions.as_deref());
        Subscriber {
            name: name(client),
            id: client.id,
            addr: client.about.addr.to_string(),
            resp: client.protocol.number(),
            channels: Names::of(has.map(|has| &has.channels), |id| pubsub.channels.name(id)),
            patterns: Names::of(has.map(|has| &has.patterns), |id| pubsub.patterns.name(id)),
            shard_channels: Names::of(has.map(|has| &has.shard_channels), |id| {
                pubsub.shard_channels.name(id)
            }),
            delivered: client.delivered,
            owed: client.output.owed(),
        }
    }
}

impl Names {
    fn of<'a>(set: Option<&SubscriptionSet>, name: impl Fn(u32) -> &'a [u8]) -> Names {
        let ids = set.into_iter().flat_map(SubscriptionSet::iter);
        let mut first: Vec<String> = ids.take(MOST_NAMES).map(|(id, _)| readable(name(id))).collect();
        first.sort_unstable();
        Names { count: set.map_or(0, SubscriptionSet::len), first }
    }
}
