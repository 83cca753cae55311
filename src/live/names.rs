//! What the clients of a running server are called: the name that CLIENT SETNAME gave, and the client id.
//!
//! Redis: none.

use crate::base::ids::ClientKey;
use crate::client::Client;
use crate::server::Server;
use crate::steps::{Step, readable};
use std::collections::BTreeMap;

/// `name#7`, or `#7` for a client without a name.
pub fn name(client: &Client) -> String {
    match &*client.about.name {
        "" => format!("#{}", client.id),
        name => format!("{}#{}", readable(name.as_bytes()), client.id),
    }
}

/// Which client has, or had, which key. A key is given to another client when its own is gone, and steps are named at the
/// end of several turns.
pub struct Names(BTreeMap<ClientKey, u64>);

impl Names {
    /// The clients that are there.
    pub fn of(server: &Server) -> Names {
        Names(server.clients.iter().map(|(key, client)| (key, client.id)).collect())
    }

    /// The steps, in order, each with the name of the client that it is about. To be called at the end of their turn.
    pub fn name(&mut self, steps: Vec<Step>, server: &Server) -> Vec<(Step, Option<String>)> {
        let named = |step: Step| {
            let Some(key) = step.client() else { return (step, None) };
            if let Step::Connected { id, .. } = step {
                self.0.insert(key, id);
            }
            let client = server.clients.get(key);
            let id = self.0.get(&key).copied().or(client.map(|client| client.id));
            let name = match (client, id) {
                (Some(client), Some(id)) if client.id == id => name(client),
                (_, Some(id)) => format!("#{id}"),
                (_, None) => "?".into(),
            };
            if client.is_none() {
                self.0.remove(&key);
            }
            (step, Some(name))
        };
        let named: Vec<_> = steps.into_iter().map(named).collect();
        // A step that was left out may have been the one that gave a key to another client.
        for key in named.iter().filter_map(|(step, _)| step.client()) {
            if let Some(client) = server.clients.get(key) {
                self.0.insert(key, client.id);
            }
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::About;
    use crate::config::Config;
    use crate::server::dispatch::table::Table;
    use crate::server::turn::Received;
    use crate::server::{Process, Time};

    #[test]
    fn a_key_that_two_clients_had_in_one_turn_names_both() {
        let config = Config::default();
        let table = Table::new(&[], &[]).unwrap();
        let mut server = Server::new(table, config, Process::default(), Time::default(), || 0);
        let first = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
        let mut names = Names::of(&server);
        server.disconnect(first);
        server.end_turn(&mut Received::default());
        let second =
            server.connect(About { addr: "127.0.0.1:2".into(), name: "web".into(), ..About::default() });
        assert_eq!(first, second, "the key was given to another client");
        let connected = Step::Connected { client: second, id: 2, addr: "127.0.0.1:2".into() };
        let steps = vec![
            Step::Closed { client: first, why: "the peer has gone" },
            connected,
            Step::Arrived { client: second, bytes: 1 },
        ];
        let named: Vec<_> = names.name(steps, &server).into_iter().filter_map(|(_, name)| name).collect();
        assert_eq!(named, ["#1", "web#2", "web#2"]);
    }
}
