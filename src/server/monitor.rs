//! What monitors are shown: every command, with its client.
//!
//! Redis: `src/replication.c`, `replicationFeedMonitors`.

use super::{Server, redact};
use crate::base::ids::ClientKey;
use crate::resp::request::Request;
use crate::text::quote::quote;

impl Server {
    /// Shows a command that has just run to every monitor: time, database, address, words. Redis: `replicationFeedMonitors`.
    pub(crate) fn show_monitors(&mut self, key: ClientKey, command: &str, request: Request<'_>) {
        let client = &self.clients[key];
        let micros = self.time.unix_micros;
        let addr = &client.about.addr;
        let from = if self.script_of().is_some() {
            "lua".to_string()
        } else if client.about.unix {
            format!("unix:{}", addr.trim_end_matches(":0"))
        } else {
            addr.to_string()
        };
        let mut line =
            format!("+{}.{:06} [{} {from}]", micros / 1_000_000, micros % 1_000_000, client.db).into_bytes();
        for word in redact::shown(command, request) {
            line.push(b' ');
            quote(word, &mut line);
        }
        line.extend(b"\r\n");
        for &monitor in &self.monitors {
            self.clients.show(monitor, &line);
        }
    }
}
