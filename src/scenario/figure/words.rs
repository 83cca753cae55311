//! What a picture shows, in words: its title and description, for whoever hears it, and the line under its heading.
//!
//! Redis has no counterpart.

use super::parts::Parts;
use super::state::{Dict, State, Walk};

/// The longest line that a heading holds.
const MOST: usize = 72;
/// The most sentences of a kind.
const SENTENCES: usize = 20;

/// A scenario's line as a heading: cut if it is long.
pub fn line(text: &str) -> String {
    if text.chars().count() <= MOST {
        return text.into();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

/// The title.
pub fn title(line: &str, walked: bool) -> String {
    if walked { format!("The walk of {line}") } else { format!("The structures after {line}") }
}

/// The line under the heading.
pub fn summary(parts: &Parts, walk: Option<&Walk>) -> String {
    if let Some(walk) = walk {
        let way = if walk.sharded { "the channel's list" } else { "the channel's list, then the patterns" };
        return format!(
            "The walk: {way}. {} reads the number of deliveries: {}",
            walk.publisher,
            walk.deliveries.len()
        );
    }
    match parts.changes() {
        (0, 0) => "Nothing changes in the structures".into(),
        (added, 0) => format!("{} added", nodes(added)),
        (0, removed) => format!("{} removed", nodes(removed)),
        (added, removed) => format!("{} added, {removed} removed", nodes(added)),
    }
}

fn nodes(count: usize) -> String {
    if count == 1 { "1 node of a list".into() } else { format!("{count} nodes of lists") }
}

/// The description: the structures after the line, what changed, how the walk went.
pub fn desc(before: &State, after: &State, walk: Option<&Walk>) -> String {
    let mut sentences = dict("pubsub_channels", &after.channels);
    let patterns: Vec<String> =
        after.patterns.iter().map(|(client, pattern)| format!("{client} with {pattern}")).collect();
    sentences.push(if patterns.is_empty() {
        "pubsub_patterns is empty.".into()
    } else {
        format!("pubsub_patterns: {}.", some(&patterns))
    });
    if !after.shard_channels.is_empty() {
        sentences.extend(dict("pubsub_shard_channels", &after.shard_channels));
    }
    let (old, new) = (facts(before), facts(after));
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|fact| !those.contains(fact)).cloned().collect()
    };
    for (what, facts) in [("Added", only(&new, &old)), ("Removed", only(&old, &new))] {
        if !facts.is_empty() {
            sentences.push(format!("{what}: {}.", some(&facts)));
        }
    }
    if let Some(walk) = walk {
        let deliveries: Vec<String> = (1..)
            .zip(&walk.deliveries)
            .map(|(number, (client, pattern))| match pattern {
                Some(pattern) => format!("{number}. {client}, because {pattern} matches"),
                None => format!("{number}. {client}, from the list of {}", walk.channel),
            })
            .collect();
        sentences.push(if deliveries.is_empty() {
            "The publish is delivered to nobody.".into()
        } else {
            format!("The publish is delivered to: {}.", some(&deliveries))
        });
    }
    sentences.join(" ")
}

fn dict(name: &str, channels: &Dict) -> Vec<String> {
    if channels.is_empty() {
        return vec![format!("{name} is empty.")];
    }
    let lists: Vec<String> =
        channels.iter().map(|(channel, list)| format!("{channel} has {}", some_of(list, ", "))).collect();
    vec![format!("{name}: {}.", some(&lists))]
}

/// Each subscription, by itself.
fn facts(state: &State) -> Vec<String> {
    let list = |dict: &Dict, kind: &str| -> Vec<String> {
        let of = |(channel, list): (&String, &Vec<String>)| -> Vec<String> {
            list.iter().map(|client| format!("{client} in the list of {kind}{channel}")).collect()
        };
        dict.iter().flat_map(of).collect()
    };
    let mut all = list(&state.channels, "");
    all.extend(
        state.patterns.iter().map(|(client, pattern)| format!("{client} with {pattern} in the patterns")),
    );
    all.extend(list(&state.shard_channels, "shard channel "));
    all
}

fn some(items: &[String]) -> String {
    some_of(items, "; ")
}

fn some_of(items: &[String], between: &str) -> String {
    let mut text = items[..items.len().min(SENTENCES)].join(between);
    if items.len() > SENTENCES {
        text.push_str(&format!("{between}and {} more", items.len() - SENTENCES));
    }
    text
}
