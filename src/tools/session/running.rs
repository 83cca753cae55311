//! A server that is in use, as a page shows it: the steps of a turn, and a picture of as much of it as there is time for.
//!
//! Redis has no counterpart.

use super::state::{Known, state};
use crate::base::ids::ClientKey;
use crate::client::Client;
use crate::server::Server;
use crate::steps::Step;
use crate::tools::draw::{Change, Scope, place};
use crate::tools::walk::json;
use crate::tools::walk::session::NamedStep;
use serde_json::{Value, json};
use std::cmp::Reverse;

/// The most clients whose queues are shown.
const MOST_CLIENTS: usize = 40;

/// The records of a turn's steps; each comes with the name of its client. `at` is the place that it is about, which the next
/// picture may or may not have.
pub fn steps(steps: Vec<(Step, Option<String>)>) -> Vec<Value> {
    let record = |step: &NamedStep| {
        let mut record = json::step(step).ok()?;
        record["at"] = place::of(&step.step, step.client.as_deref()).into();
        Some(record)
    };
    NamedStep::in_tree(steps).iter().filter_map(record).collect()
}

/// What is looked for, at most at so many elements of each structure.
pub struct Look<'a> {
    /// Text in the name of a channel, a pattern, a key or a client; empty: any.
    pub filter: &'a str,
    /// A channel that is shown in any case.
    pub channel: &'a str,
    /// A client that is shown in any case, by its id.
    pub client: Option<u64>,
    /// At how many elements of a structure is looked.
    pub elements: usize,
}

/// What was seen: to be drawn elsewhere, and later.
pub struct Seen {
    change: Change,
    /// The clients and their queues.
    pub state: Value,
    /// How much of everything there is.
    pub of: Value,
    /// Whether there is more than was looked at, or than is shown.
    pub is_part: bool,
}

impl Look<'_> {
    /// Looks at a server whose clients are called as `name` says.
    pub fn at(&self, server: &Server, name: impl Fn(&Client) -> String) -> Seen {
        let clients = self.clients(server, &name);
        let by_key = |key: ClientKey| server.clients.get(key).map_or_else(|| "?".into(), &name);
        let chosen = clients.iter().filter(|(_, _, rank)| *rank < Rank::Any).map(|&(key, ..)| key);
        let scope = Scope {
            filter: self.filter.into(),
            channels: if self.channel.is_empty() { Vec::new() } else { vec![self.channel.into()] },
            clients: chosen.collect(),
            most_looked_at: self.elements,
            ..Scope::a_picture()
        };
        let change = Change::look("", server, &by_key, &scope);
        let known = |(key, label, _): &(ClientKey, String, Rank)| {
            let client = server.clients.get(*key)?;
            let (id, addr) = (client.id, &*client.about.addr);
            Some((label.clone(), *key, id, addr))
        };
        let known: Vec<_> = clients.iter().filter_map(known).collect();
        let known: Vec<Known<'_>> = known
            .iter()
            .map(|(name, key, id, addr)| Known { name, key: Some(*key), id: *id, addr, reading: None })
            .collect();
        let pubsub = &server.pubsub;
        Seen {
            is_part: change.is_part() || server.clients.len() > known.len(),
            state: state(server, &known),
            of: json!({
                "clients": server.clients.len(),
                "channels": pubsub.channels.len(),
                "patterns": pubsub.patterns.unique(),
                "shard_channels": pubsub.shard_channels.len(),
                "subscriptions": pubsub.channels.subscriptions()
                    + pubsub.patterns.len()
                    + pubsub.shard_channels.subscriptions(),
                "keys": server.keyspace.in_use().map(|(_, database)| database.len()).sum::<usize>(),
            }),
            change,
        }
    }

    /// The clients whose queues are shown: the one that was asked for, those that the filter finds, those that are owed most;
    /// then any.
    fn clients(&self, server: &Server, name: &impl Fn(&Client) -> String) -> Vec<(ClientKey, String, Rank)> {
        let is_asked = |client: &Client| Some(client.id) == self.client;
        let rank = |client: &Client| match client.output.owed() {
            _ if is_asked(client) => Rank::Asked,
            // Names are made only where they are compared.
            _ if !self.filter.is_empty() && name(client).contains(self.filter) => Rank::Found,
            0 => Rank::Any,
            owed => Rank::Owed(Reverse(owed)),
        };
        let others = server.clients.iter().filter(|(_, client)| !is_asked(client)).take(self.elements);
        let asked = self.client.and_then(|_| server.clients.iter().find(|(_, client)| is_asked(client)));
        let looked_at = asked.into_iter().chain(others);
        let mut all: Vec<_> = looked_at.map(|(key, client)| (key, client, rank(client))).collect();
        let order = |(_, client, rank): &(ClientKey, &Client, Rank)| (*rank, client.id);
        if all.len() > MOST_CLIENTS {
            all.select_nth_unstable_by_key(MOST_CLIENTS - 1, order);
            all.truncate(MOST_CLIENTS);
        }
        all.sort_unstable_by_key(order);
        all.into_iter().map(|(key, client, rank)| (key, name(client), rank)).collect()
    }
}

/// Why a client is shown, the best reason first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Asked,
    Found,
    Owed(Reverse<usize>),
    Any,
}

impl Seen {
    /// The picture, as an element of a page.
    pub fn picture(&self) -> String {
        self.change.picture().with_places()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::About;
    use crate::config::Config;
    use crate::server::turn::Received;
    use crate::server::{Process, Time};
    use crate::steps::Registry;

    /// A server with so many clients, each on a channel of its own.
    fn server(clients: usize) -> Server {
        let config = Config::default();
        let table = crate::command::table(&config).unwrap();
        let mut server = Server::new(table, config, Process::default(), Time::default(), || 0);
        for number in 0..clients {
            let client = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
            server.feed(client, format!("SUBSCRIBE channel:{number}\r\n").as_bytes());
        }
        server.end_turn(&mut Received::default());
        server
    }

    const ALL: Look<'_> = Look { filter: "", channel: "", client: None, elements: usize::MAX };

    fn names(seen: &Seen) -> Vec<&str> {
        seen.state["clients"]
            .as_array()
            .unwrap()
            .iter()
            .map(|client| client["name"].as_str().unwrap())
            .collect()
    }

    fn name(client: &Client) -> String {
        format!("#{}", client.id)
    }

    #[test]
    fn a_step_is_a_record_with_its_place() {
        let client = ClientKey::at(0);
        let visited = Step::Visited { dict: Registry::PubsubChannels, name: "x".into(), client };
        let records =
            steps(vec![(Step::Arrived { client, bytes: 1 }, Some("A".into())), (visited, Some("A".into()))]);
        let of = |at: usize, field: &str| records[at][field].clone();
        assert_eq!((of(0, "at"), of(0, "depth"), of(0, "client")), (json!("client/A"), json!(0), json!("A")));
        assert_eq!((of(1, "at"), of(1, "step")), (json!("pubsub_channels/x/A"), json!("visited")));
    }

    #[test]
    fn a_small_server_is_seen_whole() {
        let seen = ALL.at(&server(3), name);
        assert_eq!((names(&seen), seen.is_part), (vec!["#1", "#2", "#3"], false));
        assert!((0..3).all(|number| seen.picture().contains(&format!("channel:{number}"))));
        let of = json!({"clients": 3, "channels": 3, "patterns": 0, "shard_channels": 0, "subscriptions": 3, "keys": 0});
        assert_eq!(seen.of, of);
    }

    #[test]
    fn of_a_large_one_what_is_looked_for_is_seen_and_the_rest_is_counted() {
        let mut server = server(500);
        let look = Look { filter: "channel:49", channel: "channel:7", client: Some(300), ..ALL };
        let seen = look.at(&server, name);
        assert_eq!((names(&seen).len(), names(&seen)[0], seen.is_part), (MOST_CLIENTS, "#300", true));
        let picture = seen.picture();
        assert!(["channel:7", "channel:49", "channel:499", "#300"].iter().all(|text| picture.contains(text)));
        assert!(!picture.contains("channel:50"), "{picture}");
        assert_eq!(seen.of["channels"], 500);
        // Only so much is looked at.
        let seen = Look { elements: 10, ..look }.at(&server, name);
        assert_eq!((names(&seen).len(), names(&seen)[0]), (11, "#300"));
        assert!(!seen.picture().contains("channel:499"));
        // The client that is owed most comes first.
        let client = server.clients.iter().find(|(_, client)| client.id == 200).unwrap().0;
        server.feed(client, b"PING\r\n");
        assert_eq!(names(&ALL.at(&server, name))[0], "#200");
    }
}
