//! MONITOR: a client that is shown every command.
//!
//! Redis: `src/server.c`, `monitorCommand`; `src/replication.c`, `replicationFeedMonitors`.

use crate::base::ids::ClientKey;
use crate::resp::request::Request;
use crate::server::Server;
use crate::server::dispatch::Call;
use crate::server::redact;
use crate::text::quote::quote;

/// `MONITOR`
pub fn monitor(call: &mut Call<'_>) {
    if !std::mem::replace(&mut call.client().monitor, true) {
        call.server.monitors.push(call.client);
    }
    call.reply.ok();
}

/// Shows a command that has just run to every monitor: time, database, address, words.
pub(crate) fn show(server: &mut Server, key: ClientKey, command: &str, request: Request<'_>) {
    let client = &server.clients[key];
    let micros = server.time.unix_micros;
    let addr = &client.about.addr;
    let from = if server.scripts.running.is_some() {
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
    for &monitor in &server.monitors {
        server.clients.show(monitor, &line);
    }
}
