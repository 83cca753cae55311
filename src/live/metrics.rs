//! `/metrics`: the numbers in the text format of Prometheus.
//!
//! Redis: none; exporters translate INFO.
//!
//! No label has a value that a client could choose: a client that made up names would fill the memory of the monitoring. The
//! one label that there is names reasons, of a list in this program.

use super::figures::Figures;
use std::fmt::Write;

/// The kind of document.
pub const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is written so far.
struct Page(String);

impl Page {
    /// A number that goes up and down.
    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, "gauge", help);
        self.sample(name, "", value);
    }

    /// A number that only grows, until CONFIG RESETSTAT or the next start.
    fn counter(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, "counter", help);
        self.sample(name, "", value);
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "# HELP cutaway_{name} {help}\n# TYPE cutaway_{name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "cutaway_{name}{labels} {value}");
    }
}

/// The document.
pub fn text(f: &Figures) -> String {
    let seconds = |micros: u64| format!("{:.6}", micros as f64 / 1e6);
    let mut page = Page(String::new());
    page.family("build_info", "gauge", "The version, as a label; always 1.");
    page.sample("build_info", concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1);
    page.gauge(
        "start_time_seconds",
        "When the server started, in seconds since 1970.",
        f.unix_seconds_started,
    );
    page.gauge("loading", "Whether it is reading its files.", u8::from(f.is_loading));
    page.gauge("connected_clients", "Clients that are connected.", f.clients);
    page.gauge("max_clients", "Clients that may be connected (maxclients).", f.maxclients);
    page.gauge("pubsub_clients", "Clients with a subscription.", f.subscribers);
    page.gauge(
        "blocked_clients",
        "Clients that wait for a key, or for the end of CLIENT PAUSE.",
        f.blocked_clients,
    );
    page.counter("connections_received_total", "Connections that were accepted.", f.connections_total);
    page.counter(
        "connections_rejected_total",
        "Connections over maxclients, or refused by protected mode.",
        f.rejected_total,
    );
    page.family("clients_closed_total", "counter", "Clients that were closed or refused, by the reason.");
    for (reason, count) in &f.closed_total {
        page.sample("clients_closed_total", &format!("{{reason=\"{reason}\"}}"), count);
    }
    page.counter("commands_processed_total", "Commands that ran.", f.commands_total);
    page.counter("error_replies_total", "Replies that were errors.", f.errors_total);
    page.counter(
        "wrong_passwords_total",
        "Wrong passwords, of AUTH, HELLO and the live page.",
        f.wrong_passwords_total,
    );
    page.counter("publishes_total", "PUBLISH and SPUBLISH commands that ran.", f.publishes_total);
    page.counter(
        "messages_delivered_total",
        "Published messages that were queued to clients.",
        f.delivered_total,
    );
    page.counter(
        "messages_dropped_total",
        "Published messages not queued to clients that were being closed.",
        f.dropped_total,
    );
    page.gauge("channels", "Channels with a subscriber.", f.channels);
    page.gauge("channel_subscriptions", "Subscriptions to channels.", f.channel_subscriptions);
    page.gauge("patterns", "Different patterns that clients are subscribed to.", f.patterns);
    page.gauge("pattern_subscriptions", "Subscriptions to patterns.", f.pattern_subscriptions);
    page.gauge("shard_channels", "Shard channels with a subscriber.", f.shard_channels);
    page.gauge("shard_subscriptions", "Subscriptions to shard channels.", f.shard_subscriptions);
    page.counter("input_bytes_total", "Bytes received from clients.", f.input_bytes_total);
    page.counter("output_bytes_total", "Bytes sent to clients.", f.output_bytes_total);
    page.gauge("owed_bytes", "Bytes of output that clients are owed.", f.owed_bytes);
    page.gauge("most_owed_bytes", "Bytes that the client is owed that is owed most.", f.most_owed_bytes);
    page.gauge("lagging_clients", "Clients that are owed something.", f.lagging_clients);
    page.gauge(
        "clients_over_soft_limit",
        "Clients over the soft limit of client-output-buffer-limit.",
        f.clients_over_soft_limit,
    );
    page.gauge(
        "nearest_output_limit_ratio",
        "What the client nearest to its output limit is owed, as a part of the lower limit.",
        f.nearest_limit_percent as f64 / 100.0,
    );
    page.gauge("memory_used_bytes", "Bytes that the allocator has given out.", f.memory_bytes);
    page.gauge("memory_resident_bytes", "Bytes of the process that are resident.", f.resident_bytes);
    page.gauge("memory_max_bytes", "The setting maxmemory; 0 is no limit.", f.maxmemory_bytes);
    page.gauge("keys", "Keys in all databases.", f.keys);
    page.gauge("expiring_keys", "Keys with a time to live.", f.expiring_keys);
    page.counter("expired_keys_total", "Keys whose time has passed.", f.expired_total);
    page.counter("evicted_keys_total", "Keys evicted for maxmemory.", f.evicted_total);
    page.counter("keyspace_hits_total", "Lookups of keys that were there.", f.hits_total);
    page.counter("keyspace_misses_total", "Lookups of keys that were not there.", f.misses_total);
    page.counter("loop_turns_total", "Turns of the event loop.", f.turns_total);
    page.counter("loop_busy_seconds_total", "Time in which the loop did not wait.", seconds(f.busy_us_total));
    page.counter("command_seconds_total", "Time in which a command ran.", seconds(f.command_us_total));
    page.gauge("live_pages", "Pages that watch this server.", f.pages);
    page.counter(
        "live_steps_dropped_total",
        "Steps that pages were not shown, for want of room.",
        f.steps_dropped_total,
    );
    page.gauge(
        "live_longest_look_seconds",
        "The longest that a look for a page has held the loop up.",
        seconds(f.longest_look_us),
    );
    page.0
}
