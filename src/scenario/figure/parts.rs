//! A figure's parts, ready to be laid out: each name and node with what happened to it.
//!
//! Redis has no counterpart. Large structures are shown in part: what changed or was visited first, and how much is missing.

use super::state::{Dict, Mark, State, Walk, mark, overlay};

/// The most channels, and the most clients, that are drawn.
const MOST_ROWS: usize = 14;
/// The most nodes of a list, or names of a set.
const MOST_ITEMS: usize = 30;

/// What the walk of a publish had to do with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Nothing.
    None,
    /// It was the n-th delivery.
    Delivered(usize),
    /// Its pattern was tested and does not match.
    NoMatch,
    /// The index ruled its pattern out: it was not even tested.
    Skipped,
}

/// A node of a list, or a name.
#[derive(Clone, Debug)]
pub struct Item {
    /// What is written in it.
    pub text: String,
    /// What the line did to it.
    pub mark: Mark,
    /// What the walk did.
    pub visit: Visit,
}

impl Item {
    fn matters(&self) -> bool {
        self.mark != Mark::Kept || matches!(self.visit, Visit::Delivered(_))
    }
}

/// Some things of many, and how many more there are.
#[derive(Debug)]
pub struct Part<T> {
    /// Those drawn.
    pub shown: Vec<T>,
    /// How many are not.
    pub hidden: usize,
}

/// A name with its list: a channel with its clients.
#[derive(Debug)]
pub struct Row {
    /// The name.
    pub name: Item,
    /// The list.
    pub list: Part<Item>,
    /// The publish looked this name up.
    pub looked_up: bool,
}

/// One client: its name, its three sets with their titles, what it receives: (number, kind and pattern).
#[derive(Debug)]
pub struct Client {
    /// The scenario's name for it.
    pub name: Item,
    /// Titles and names.
    pub sets: Vec<(&'static str, Part<Item>)>,
    /// Deliveries by number.
    pub receives: Vec<(usize, String)>,
}

/// Everything in the picture.
#[derive(Debug)]
pub struct Parts {
    /// `pubsub_channels`.
    pub channels: Part<Row>,
    /// `pubsub_patterns`.
    pub patterns: Part<Item>,
    /// `pubsub_shard_channels`.
    pub shard_channels: Part<Row>,
    /// The clients.
    pub clients: Part<Client>,
}

impl Parts {
    /// Lays `before` and `after` over each other, and the walk over both.
    pub fn new(before: &State, after: &State, walk: Option<&Walk>) -> Parts {
        let patterns =
            overlay(&before.patterns, &after.patterns).into_iter().map(|((client, pattern), mark)| {
                let visit = walk.map_or(Visit::None, |walk| pattern_visit(walk, &client, &pattern));
                Item { text: format!("{client}: {pattern}"), mark, visit }
            });
        Parts {
            channels: dict(&before.channels, &after.channels, walk.filter(|walk| !walk.sharded)),
            patterns: some(patterns.collect(), MOST_ITEMS, Item::matters),
            shard_channels: dict(
                &before.shard_channels,
                &after.shard_channels,
                walk.filter(|walk| walk.sharded),
            ),
            clients: clients(before, after, walk),
        }
    }

    /// How many nodes of lists the line added, and how many it removed.
    pub fn changes(&self) -> (usize, usize) {
        let rows = self.channels.shown.iter().chain(&self.shard_channels.shown);
        let nodes: Vec<&Item> = rows.flat_map(|row| &row.list.shown).chain(&self.patterns.shown).collect();
        let count = |mark| nodes.iter().filter(|item| item.mark == mark).count();
        (count(Mark::Added), count(Mark::Removed))
    }
}

fn pattern_visit(walk: &Walk, client: &str, pattern: &str) -> Visit {
    let found = walk.deliveries.iter().position(|(to, by)| to == client && by.as_deref() == Some(pattern));
    match found {
        Some(at) => Visit::Delivered(at + 1),
        None if walk.sharded => Visit::None,
        None if walk.tested.contains(pattern) => Visit::NoMatch,
        None => Visit::Skipped,
    }
}

fn dict(before: &Dict, after: &Dict, walk: Option<&Walk>) -> Part<Row> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let empty = Vec::new();
    let rows = names.into_iter().map(|name| {
        let looked_up = walk.is_some_and(|walk| walk.channel == *name);
        let list = overlay(before.get(name).unwrap_or(&empty), after.get(name).unwrap_or(&empty));
        let list = list.into_iter().map(|(client, mark)| {
            let delivered = walk
                .filter(|_| looked_up)
                .and_then(|walk| walk.deliveries.iter().position(|(to, by)| *to == client && by.is_none()));
            let visit = delivered.map_or(Visit::None, |at| Visit::Delivered(at + 1));
            Item { text: client, mark, visit }
        });
        let mark = mark(before.contains_key(name), after.contains_key(name));
        let name = Item { text: name.clone(), mark, visit: Visit::None };
        Row { name, list: some(list.collect(), MOST_ITEMS, Item::matters), looked_up }
    });
    some(rows.collect(), MOST_ROWS, |row| row.looked_up || row.list.shown.iter().any(Item::matters))
}

fn clients(before: &State, after: &State, walk: Option<&Walk>) -> Part<Client> {
    let mut names: Vec<&String> = before.clients.keys().chain(after.clients.keys()).collect();
    names.sort();
    names.dedup();
    let none = Default::default();
    let all = names.into_iter().map(|name| {
        let (old, new) =
            (before.clients.get(name).unwrap_or(&none), after.clients.get(name).unwrap_or(&none));
        let titles = ["channels", "patterns", "shard channels"];
        let sets = titles.into_iter().zip(old.iter().zip(new)).map(|(title, (old, new))| {
            let items = old.union(new).map(|name| {
                let mark = mark(old.contains(name), new.contains(name));
                Item { text: name.clone(), mark, visit: Visit::None }
            });
            (title, some(items.collect(), MOST_ITEMS, Item::matters))
        });
        let deliveries = walk.into_iter().flat_map(|walk| walk.deliveries.iter().enumerate());
        let receives = deliveries.filter(|(_, (to, _))| to == name).map(|(at, (_, pattern))| {
            let kind = if walk.is_some_and(|walk| walk.sharded) { "smessage" } else { "message" };
            (at + 1, pattern.as_ref().map_or(kind.to_string(), |pattern| format!("pmessage by {pattern}")))
        });
        let mark = mark(before.clients.contains_key(name), after.clients.contains_key(name));
        Client {
            name: Item { text: name.clone(), mark, visit: Visit::None },
            sets: sets.filter(|(_, set)| !set.shown.is_empty()).collect(),
            receives: receives.take(MOST_ITEMS).collect(),
        }
    });
    some(all.collect(), MOST_ROWS, |client| {
        !client.receives.is_empty() || client.sets.iter().any(|(_, set)| set.shown.iter().any(Item::matters))
    })
}

/// At most `most` of `all`, in their order; those that matter go before the others.
fn some<T>(all: Vec<T>, most: usize, matters: impl Fn(&T) -> bool) -> Part<T> {
    let hidden = all.len().saturating_sub(most);
    let mut room = most.saturating_sub(all.iter().filter(|item| matters(item)).count());
    let chosen = all.into_iter().filter(|item| {
        let other = !matters(item);
        let fits = !other || room > 0;
        room -= usize::from(other && fits);
        fits
    });
    Part { shown: chosen.take(most).collect(), hidden }
}
