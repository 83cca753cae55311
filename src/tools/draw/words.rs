//! What a picture shows, in words: its title and description, for whoever hears it, and the line under its heading.
//!
//! Redis has no counterpart.

use super::parts::Parts;
use super::scope::Shown;
use super::section::{Cell, Section};
use super::state::{Dict, Name, State, Walk};
use std::collections::HashSet;

/// The longest line that a title holds, in characters.
const MOST: usize = 72;
/// The most sentences of a kind.
const SENTENCES: usize = 20;

/// All words of a picture that stand in none of its parts.
pub struct Words {
    /// The heading: the scenario's line, if one was played.
    pub line: String,
    /// What is below it.
    pub summary: String,
    /// The title.
    pub title: String,
    /// The description.
    pub desc: String,
}

impl Words {
    /// The words for a line.
    pub fn new(line: &str, before: &State, after: &State, parts: &Parts, walk: Option<&Walk>) -> Words {
        let about = if walk.is_some() { "The walk of" } else { "The structures after" };
        let about = if line.is_empty() { "The structures as they are" } else { about };
        let cut = if line.chars().count() > MOST { "…" } else { "" };
        let (heading, summary) = match line {
            "" => (about, String::new()),
            line => (line, summary(parts, walk)),
        };
        Words {
            line: heading.into(),
            summary,
            title: format!("{about} {}{cut}", line.chars().take(MOST).collect::<String>()).trim_end().into(),
            desc: desc(before, after, parts.halves, walk),
        }
    }
}

/// The line under the heading.
fn summary(parts: &Parts, walk: Option<&Walk>) -> String {
    if let Some(walk) = walk {
        let way = if walk.sharded { "the channel's list" } else { "the channel's list, then the patterns" };
        return format!(
            "The walk: {way}. {} reads the number of deliveries: {}",
            parts.publisher,
            walk.deliveries.len()
        );
    }
    match parts.counts.in_words() {
        nothing if nothing.is_empty() => "Nothing changes in the structures".into(),
        counts => counts,
    }
}

/// The description: the structures after the line, what changed, how the walk went.
fn desc(before: &State, after: &State, halves: (bool, bool), walk: Option<&Walk>) -> String {
    let mut sentences = if halves.0 { subscriptions(after) } else { Vec::new() };
    sentences.extend(after.sections.iter().filter(|_| halves.1).map(section));
    let (old, new) = (facts(before), facts(after));
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        let those: HashSet<&String> = those.iter().collect();
        these.iter().filter(|fact| !those.contains(fact)).cloned().collect()
    };
    for (what, facts) in [("Added", only(&new, &old)), ("Removed", only(&old, &new))] {
        if !facts.is_empty() {
            sentences.push(format!("{what}: {}.", some(&facts, 0)));
        }
    }
    if let Some(walk) = walk {
        let deliveries: Vec<String> = (1..)
            .zip(&walk.deliveries)
            .map(|(number, (client, pattern))| {
                let lost = if after.clients.shown.contains_key(client) {
                    ""
                } else {
                    ", who is closed before it is sent"
                };
                match pattern {
                    Some(pattern) => format!("{number}. {client}, because {pattern} matches{lost}"),
                    None => format!("{number}. {client}, from the list of {}{lost}", walk.channel),
                }
            })
            .collect();
        sentences.push(if deliveries.is_empty() {
            "The publish is delivered to nobody.".into()
        } else {
            format!("The publish is delivered to: {}.", some(&deliveries, 0))
        });
    }
    sentences.join(" ")
}

fn subscriptions(after: &State) -> Vec<String> {
    let mut sentences = dict("pubsub_channels", &after.channels);
    let patterns: Vec<String> =
        after.patterns.shown.iter().map(|(client, pattern)| format!("{client} with {pattern}")).collect();
    sentences.push(if patterns.is_empty() {
        "pubsub_patterns is empty.".into()
    } else {
        format!("pubsub_patterns: {}.", some(&patterns, after.patterns.more))
    });
    if !after.shard_channels.shown.is_empty() {
        sentences.extend(dict("pubsub_shard_channels", &after.shard_channels));
    }
    sentences
}

fn dict(name: &str, channels: &Dict) -> Vec<String> {
    if channels.shown.is_empty() && channels.more == 0 {
        return vec![format!("{name} is empty.")];
    }
    let lists: Vec<String> = channels
        .shown
        .iter()
        .map(|(channel, list)| format!("{channel} has {}", some_of(&list.shown, ", ", list.more)))
        .collect();
    vec![format!("{name}: {}.", some(&lists, channels.more))]
}

/// Each subscription, by itself.
fn facts(state: &State) -> Vec<String> {
    let list = |dict: &Dict, kind: &str| -> Vec<String> {
        let of = |(channel, list): (&Name, &Shown<Vec<String>>)| -> Vec<String> {
            list.shown.iter().map(|client| format!("{client} in the list of {kind}{channel}")).collect()
        };
        dict.shown.iter().flat_map(of).collect()
    };
    let mut all = list(&state.channels, "");
    all.extend(
        state
            .patterns
            .shown
            .iter()
            .map(|(client, pattern)| format!("{client} with {pattern} in the patterns")),
    );
    all.extend(list(&state.shard_channels, "shard channel "));
    for section in &state.sections {
        for entry in section.entries.values() {
            let named = |cell: &Cell| format!("{} of {} in {}", cell, entry.name.text, section.title);
            all.push(format!("{} in {}", entry.name, section.title));
            all.extend(entry.cells.iter().map(named));
        }
    }
    all
}

fn section(section: &Section) -> String {
    let entries = section.entries.values().map(|entry| {
        let cells: Vec<String> = entry.cells.iter().map(Cell::to_string).collect();
        format!(
            "{} has {}",
            entry.name,
            if cells.is_empty() { "nothing".into() } else { some_of(&cells, ", ", 0) }
        )
    });
    format!("{}: {}.", section.title, some(&entries.collect::<Vec<_>>(), section.more))
}

fn some(items: &[String], more: usize) -> String {
    some_of(items, "; ", more)
}

/// The first of `items`, and how many there are beside them; `more` are not among the items.
fn some_of(items: &[String], between: &str, more: usize) -> String {
    let mut text = items[..items.len().min(SENTENCES)].join(between);
    let hidden = items.len().saturating_sub(SENTENCES) + more;
    if hidden > 0 {
        text.push_str(&format!("{between}and {hidden} more"));
    }
    text
}
