//! Commands that Redis or one of its modules has and this server does not: each is named in the log when it is first called.
//!
//! Redis: none. The log shows which client library quietly works around an `unknown command`, and what is missing after a
//! move from Redis. A name that Redis does not have is not logged, and every other name once: no client can fill the log.

use super::Server;
use super::dispatch::known;
use super::dispatch::spec::Command;
use crate::base::ids::ClientKey;
use crate::client::log::Described;
use crate::resp::request::Request;

impl Server {
    /// `request`, which names no command of the table, was sent by `client`; `by` is `a script of `, or empty.
    pub(crate) fn log_not_built(&mut self, by: &str, client: ClientKey, request: Request<'_>) {
        let of_redis = known::full_name(&request[0], request.get(1)).map(|name| (name, "Redis"));
        let of_a_module = || known::of_a_module(&request[0]).map(|name| (name, "a module of Redis"));
        let Some((name, owner)) = of_redis.or_else(of_a_module) else { return };
        // A command that `rename-command` took away is built.
        let is_built = |command: &Command| {
            command.name == name || command.subcommands.iter().any(|sub| sub.name == name)
        };
        if self.not_built.contains(name) || self.table.commands().any(is_built) {
            return;
        }
        self.not_built.insert(name);
        let (client, shown) = (Described(&self.clients[client]), name.replace('|', " ").to_ascii_uppercase());
        tracing::warn!(
            "{by}client {client} called {shown}, a command of {owner} that is not built here (logged once)"
        );
    }
}
