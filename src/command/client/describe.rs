//! The line that CLIENT LIST and CLIENT INFO print of a client.
//!
//! Redis: `src/networking.c`, `catClientInfoString`.
//!
//! Ours, behind Redis's fields and only with `client-counters yes`, since some clients refuse a line with a field
//! that they do not know: messages queued and dropped, the most it was owed, how near it is to its limits.

use super::tracking::redirection;
use crate::base::ids::ClientKey;
use crate::client::State;
use crate::server::Server;
use std::fmt::Write;

/// `id=… addr=… …`, without a line end. Fields of things that are not here have the value that Redis
/// prints where they are not used.
pub fn describe(server: &Server, key: ClientKey) -> String {
    let client = &server.clients[key];
    let about = &client.about;
    let seconds = server.seconds();
    let subscribed = client.subscriptions.as_deref();
    let counts =
        subscribed.map_or((0, 0, 0), |s| (s.channels.len(), s.patterns.len(), s.shard_channels.len()));
    // The requests of the client that asks are in the loop's buffer; the others' pending input is with them.
    let input = match server.execution.serving {
        Some((serving, length)) if serving == key => (length, length),
        _ => client.pending_input.as_ref().map_or((0, 0), |l| (l.len(), l.memory())),
    };
    let transaction = client.transaction.as_deref();
    let queued = transaction.and_then(|t| t.queue.as_ref()).map_or(-1, |queue| queue.len() as i64);
    let watched = transaction.map_or(0, |t| t.watches());
    let multi_memory = transaction.map_or(0, |t| t.queued_bytes);
    let command = client.last_command.map_or("NULL", |id| server.table.command(id).name);
    let counted = client.output.counted();
    let mut line = format!(
        "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={} watch={} \
         qbuf={} qbuf-free={} argv-mem=0 multi-mem={} rbs={} rbp=0 obl={} oll={} omem={} tot-mem={} events={} cmd={} \
         user=default redir={} resp={} lib-name={} lib-ver={}",
        client.id,
        about.addr,
        about.laddr,
        about.fd,
        about.name,
        client.age(seconds),
        seconds.saturating_sub(client.last_active),
        flags(server, key),
        client.db,
        counts.0,
        counts.1,
        counts.2,
        queued,
        watched,
        input.0,
        input.1.saturating_sub(input.0),
        multi_memory,
        client.output.memory(),
        client.output.owed() - counted,
        client.output.pieces(),
        counted,
        client.memory(),
        if client.output.is_blocked() { "rw" } else { "r" },
        command,
        redirection(client),
        client.protocol.number(),
        about.lib_name,
        about.lib_ver,
    );
    if server.config.client_counters {
        let (percent, left) = server.clients.nearness(key);
        let left = left.map_or(-1, |seconds| seconds.min(i64::MAX as u64) as i64);
        // Writing to a String cannot fail.
        let _ = write!(
            line,
            " msgs={} msgs-dropped={} omem-max={} limit-percent={percent} limit-seconds={left}",
            client.delivered, client.dropped, client.most_owed
        );
    }
    line
}

fn flags(server: &Server, key: ClientKey) -> String {
    let client = &server.clients[key];
    let mode = client.tracking();
    let flags = [
        (client.monitor, 'O'),
        (client.is_subscriber(), 'P'),
        (client.is_in_multi(), 'x'),
        (client.must_wait(), 'b'),
        (mode.on, 't'),
        (mode.broken, 'R'),
        (mode.broadcast, 'B'),
        (client.transaction.as_ref().is_some_and(|transaction| transaction.touched), 'd'),
        (client.state == State::CloseAfterReply, 'c'),
        (client.about.unix, 'U'),
        (client.state == State::CloseAsap, 'A'),
        (client.about.no_evict, 'e'),
        (client.about.no_touch, 'T'),
    ];
    let text: String = flags.iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect();
    if text.is_empty() { "N".into() } else { text }
}
