//! How much is published where: counted from the steps that the page's thread is told.
//!
//! Redis: none.
//!
//! The names of channels are chosen by clients, so they are bounded in number: when there are too many, those that had least
//! are forgotten. Steps that were left out are not counted, and the page says so.

use crate::steps::{Registry, Step};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most names that are counted.
const MOST: usize = 4096;
/// How many the page is shown.
const SHOWN: usize = 50;

/// What was counted of a channel or a pattern.
#[derive(Clone, Copy, Default)]
struct Counts {
    publishes: u64,
    deliveries: u64,
}

/// The counts since a page was opened.
#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<(&'static str, String), Counts>,
    /// The command that runs publishes.
    publishes: bool,
    /// Whether steps were left out.
    pub is_sampled: bool,
}

impl Tally {
    /// Counts a step.
    pub fn count(&mut self, step: &Step) {
        match step {
            Step::Dispatched { command, .. } => self.publishes = matches!(*command, "publish" | "spublish"),
            Step::LookedUp { dict, name, clients } if self.publishes => {
                let kind = if *dict == Registry::PubsubShardChannels { "shard channel" } else { "channel" };
                self.add(kind, name, *clients);
            }
            Step::Tested { pattern, matches: true, holders, .. } if self.publishes => {
                self.add("pattern", pattern, *holders);
            }
            _ => {}
        }
    }

    fn add(&mut self, kind: &'static str, name: &str, deliveries: usize) {
        let key = (kind, name.to_string());
        if self.counts.len() >= MOST && !self.counts.contains_key(&key) {
            self.forget_half();
        }
        let counts = self.counts.entry(key).or_default();
        counts.publishes += 1;
        counts.deliveries += deliveries as u64;
    }

    /// Forgets the half that had fewest deliveries.
    fn forget_half(&mut self) {
        let mut all: Vec<_> = std::mem::take(&mut self.counts).into_iter().collect();
        all.sort_unstable_by_key(|(_, counts)| std::cmp::Reverse((counts.deliveries, counts.publishes)));
        all.truncate(MOST / 2);
        self.counts = all.into_iter().collect();
    }

    /// Those with most deliveries, first.
    pub fn top(&self) -> Vec<Value> {
        let mut all: Vec<_> = self.counts.iter().collect();
        all.sort_by_key(|(_, counts)| std::cmp::Reverse((counts.deliveries, counts.publishes)));
        let row = |((kind, name), counts): &(&(&str, String), &Counts)| {
            json!({
                "kind": kind,
                "name": name,
                "publishes": counts.publishes,
                "deliveries": counts.deliveries,
                "per_publish": counts.deliveries as f64 / counts.publishes as f64,
            })
        };
        all.iter().take(SHOWN).map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::ClientKey;

    fn dispatched(command: &'static str) -> Step {
        Step::Dispatched { client: ClientKey::at(0), command, within: 0 }
    }

    fn looked_up(name: &str, clients: usize) -> Step {
        Step::LookedUp { dict: Registry::PubsubChannels, name: name.into(), clients }
    }

    #[test]
    fn publishes_are_counted_by_channel_and_by_pattern_and_other_lookups_are_not() {
        let mut tally = Tally::default();
        let tested = |matches| Step::Tested { pattern: "*".into(), channel: "a".into(), matches, holders: 3 };
        let steps = [
            dispatched("publish"),
            looked_up("a", 2),
            tested(true),
            dispatched("publish"),
            looked_up("a", 1),
            tested(false),
            dispatched("pubsub|explain"),
            looked_up("a", 9),
            tested(true),
        ];
        steps.iter().for_each(|step| tally.count(step));
        let expected = [
            json!({"kind": "channel", "name": "a", "publishes": 2, "deliveries": 3, "per_publish": 1.5}),
            json!({"kind": "pattern", "name": "*", "publishes": 1, "deliveries": 3, "per_publish": 3.0}),
        ];
        assert_eq!(tally.top(), expected);
    }

    #[test]
    fn names_are_bounded_and_those_with_most_deliveries_stay() {
        let mut tally = Tally::default();
        tally.count(&dispatched("publish"));
        tally.count(&looked_up("busy", 1000));
        (0..3 * MOST).for_each(|n| tally.count(&looked_up(&format!("idle:{n}"), 0)));
        assert!(tally.counts.len() <= MOST);
        assert_eq!(tally.top().len(), SHOWN);
        assert_eq!(tally.top()[0]["name"], "busy");
    }
}
