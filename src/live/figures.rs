//! The numbers of a running server, as `/metrics` has them: copied in the loop's thread.
//!
//! Redis: `genRedisInfoString` in `src/server.c`, whose fields most of them are.

use crate::client::limits::Class;
use crate::server::Server;

/// The numbers. What grows only is named a total.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub unix_seconds_started: u64,
    pub is_loading: bool,
    pub clients: u64,
    pub subscribers: u64,
    pub blocked_clients: u64,
    pub maxclients: u64,
    pub connections_total: u64,
    pub rejected_total: u64,
    /// By the word for the reason.
    pub closed_total: Vec<(&'static str, u64)>,
    pub commands_total: u64,
    pub errors_total: u64,
    pub wrong_passwords_total: u64,
    pub publishes_total: u64,
    pub delivered_total: u64,
    pub dropped_total: u64,
    pub channels: u64,
    pub channel_subscriptions: u64,
    pub patterns: u64,
    pub pattern_subscriptions: u64,
    pub shard_channels: u64,
    pub shard_subscriptions: u64,
    pub input_bytes_total: u64,
    pub output_bytes_total: u64,
    /// What all clients are owed, and the one that is owed most.
    pub owed_bytes: u64,
    pub most_owed_bytes: u64,
    pub lagging_clients: u64,
    pub clients_over_soft_limit: u64,
    /// The nearest that a client is to its limit, in percent.
    pub nearest_limit_percent: u64,
    pub memory_bytes: u64,
    pub resident_bytes: u64,
    pub maxmemory_bytes: u64,
    pub keys: u64,
    pub expiring_keys: u64,
    pub expired_total: u64,
    pub evicted_total: u64,
    pub hits_total: u64,
    pub misses_total: u64,
    pub turns_total: u64,
    pub busy_us_total: u64,
    pub command_us_total: u64,
    /// Of the page itself.
    pub pages: u64,
    pub steps_dropped_total: u64,
    pub longest_look_us: u64,
}

impl Figures {
    /// The numbers now, but for those of the page itself.
    pub fn of(server: &Server) -> Figures {
        let (stats, clients, pubsub) = (&server.stats, &server.clients, &server.pubsub);
        let mut figures = Figures {
            unix_seconds_started: server.started.unix_micros / 1_000_000,
            is_loading: server.is_loading(),
            blocked_clients: (server.postponed() + server.blocking.clients()) as u64,
            maxclients: server.config.maxclients as u64,
            connections_total: stats.connections_received,
            rejected_total: stats.rejected_connections,
            closed_total: clients.log.counts().map(|(kind, count)| (kind.word(), count)).collect(),
            commands_total: stats.commands_processed,
            errors_total: stats.errors,
            wrong_passwords_total: stats.wrong_passwords,
            publishes_total: publishes(server),
            delivered_total: clients.messages_delivered,
            dropped_total: clients.messages_dropped,
            channels: pubsub.channels.len() as u64,
            channel_subscriptions: pubsub.channels.subscriptions() as u64,
            patterns: pubsub.patterns.unique() as u64,
            pattern_subscriptions: pubsub.patterns.len() as u64,
            shard_channels: pubsub.shard_channels.len() as u64,
            shard_subscriptions: pubsub.shard_channels.subscriptions() as u64,
            input_bytes_total: stats.net_input_bytes,
            output_bytes_total: clients.written_bytes,
            memory_bytes: server.allocated().unwrap_or(0),
            resident_bytes: server.usage().resident,
            maxmemory_bytes: server.config.maxmemory_bytes,
            expired_total: stats.expired_keys,
            evicted_total: stats.evicted_keys,
            hits_total: stats.keyspace_hits,
            misses_total: stats.keyspace_misses,
            turns_total: stats.cycles,
            busy_us_total: stats.loop_us,
            command_us_total: stats.command_us,
            ..Figures::default()
        };
        for (_, database) in server.keyspace.in_use() {
            figures.keys += database.len() as u64;
            figures.expiring_keys += database.expiring() as u64;
        }
        for (key, client) in clients.iter() {
            let owed = client.output.owed() as u64;
            figures.clients += 1;
            figures.subscribers += u64::from(client.class() == Class::PubSub);
            figures.owed_bytes += owed;
            figures.most_owed_bytes = figures.most_owed_bytes.max(owed);
            figures.lagging_clients += u64::from(owed > 0);
            if owed > 0 {
                figures.clients_over_soft_limit += u64::from(client.over_soft_since.is_some());
                figures.nearest_limit_percent = figures.nearest_limit_percent.max(clients.nearness(key).0);
            }
        }
        figures
    }
}

/// How often PUBLISH and SPUBLISH ran, in transactions and scripts too.
pub fn publishes(server: &Server) -> u64 {
    let is_publish = |name: &str| name == "publish" || name == "spublish";
    server.table.stats().filter(|(command, _)| is_publish(command.name)).map(|(_, stats)| stats.calls).sum()
}
