//! Commands that Redis has and this server has not: named in the log when they are first called.
//!
//! Redis: none. A client library that quietly works around an `unknown command` is seen so, and an operator who moves
//! from Redis reads what is missed. Names that nobody knows are not logged, and each of the others once: so no client can
//! fill the log.

use super::Server;
use crate::client::log::Who;
use crate::command::table::{commands, known};
use crate::pubsub::ClientKey;
use crate::resp::request::Request;

impl Server {
    /// `request`, which names no command of the table, was sent by `client`; `by` is `a script of `, or empty.
    pub(crate) fn log_not_built(&mut self, by: &str, client: ClientKey, request: Request<'_>) {
        let Some(name) = known::full_name(&request[0], request.get(1)) else { return };
        // One that `rename-command` took away is built.
        let is_built = |command: &crate::command::spec::Command| {
            command.name == name || command.subcommands.iter().any(|sub| sub.name == name)
        };
        if !commands().any(is_built) && self.not_built.insert(name) {
            let (who, shown) = (Who(&self.clients[client]), name.replace('|', " ").to_ascii_uppercase());
            tracing::warn!(
                "{by}client {who} called {shown}, a command of Redis that is not built here (logged once)"
            );
        }
    }
}
