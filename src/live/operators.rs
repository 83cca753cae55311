//! The page's view for operators, as JSON: what was copied once a second, and what became of it since the second before.
//!
//! Redis: none.

use super::figures::Figures;
use super::roster::{MOST, Roster};
use super::tally::Tally;
use serde_json::{Value, json};

/// The second before: the server's millisecond, publishes, deliveries and commands.
#[derive(Clone, Copy)]
struct Before {
    millis: u64,
    publishes: u64,
    deliveries: u64,
    commands: u64,
}

/// What is kept from one second to the next.
#[derive(Default)]
pub struct Operators {
    before: Option<Before>,
}

impl Operators {
    /// The message.
    pub fn message(&mut self, roster: &Roster, tally: &Tally) -> Value {
        let figures = &roster.figures;
        let now = Before {
            millis: roster.millis,
            publishes: figures.publishes_total,
            deliveries: figures.delivered_total,
            commands: figures.commands_total,
        };
        let before = self.before.replace(now);
        // A rate of a moment ago means nothing, and CONFIG RESETSTAT begins anew.
        let rate = |total: fn(&Before) -> u64| {
            let before = before.filter(|before| now.millis >= before.millis + 100)?;
            let count = total(&now).checked_sub(total(&before))?;
            Some(count as f64 * 1000.0 / (now.millis - before.millis) as f64)
        };
        json!({ "operators": {
            "time_ms": roster.time_ms,
            "publishes_per_second": rate(|at| at.publishes),
            "deliveries_per_second": rate(|at| at.deliveries),
            "commands_per_second": rate(|at| at.commands),
            "counts": counts(figures),
            "lagging": roster.lagging,
            "subscribers": roster.subscribers,
            "closed": roster.closed,
            "top": tally.top(),
            "top_is_sampled": tally.is_sampled,
            "most_rows": MOST,
            "pause_us": roster.pause_us,
        }})
    }
}

/// The numbers that say how much of everything there is.
fn counts(figures: &Figures) -> Value {
    json!({
        "clients": figures.clients,
        "maxclients": figures.maxclients,
        "subscribers": figures.subscribers,
        "lagging": figures.lagging_clients,
        "over_soft_limit": figures.clients_over_soft_limit,
        "owed": figures.owed_bytes,
        "nearest_limit_percent": figures.nearest_limit_percent,
        "channels": figures.channels,
        "patterns": figures.patterns,
        "shard_channels": figures.shard_channels,
        "subscriptions": figures.channel_subscriptions + figures.pattern_subscriptions + figures.shard_subscriptions,
        "keys": figures.keys,
        "memory": figures.memory_bytes,
        "maxmemory": figures.maxmemory_bytes,
    })
}
