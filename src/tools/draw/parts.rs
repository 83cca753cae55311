//! A figure's parts, ready to be laid out: each name and node with what happened to it.
//!
//! Redis has no counterpart. Large structures are shown in part: what changed or was visited first, and how much is missing.

use super::count::Counts;
use super::items::{Item, Row, Visit, shorten};
use super::overlay;
use super::place::place;
use super::scope::Shown;
use super::section::Links;
use super::state::{Dict, Mark, Name, State, Walk, mark, overlay};
use std::collections::HashMap;

/// The most channels, and the most clients, that are drawn.
const MOST_ROWS: usize = 14;
/// The most nodes of a list, names of a set, or deliveries to a client.
const MOST_ITEMS: usize = 30;
/// The longest client's name, and the longest channel or pattern, in characters: a row of both is as wide as the page.
const LONGEST_CLIENT: usize = 16;
const LONGEST_NAME: usize = 40;

/// What the lists of Pub/Sub consist of.
const NODE: &str = "node of a list";

/// Some things of many, and how many more there are.
#[derive(Debug)]
pub struct Part<T> {
    /// Those drawn.
    pub shown: Vec<T>,
    /// How many are not.
    pub hidden: usize,
}

/// One client: its name, its three sets with their titles, what it receives: (number, kind and pattern).
#[derive(Debug)]
pub struct Client {
    /// The scenario's name for it.
    pub name: Item,
    /// Titles and names.
    pub sets: Vec<(&'static str, Part<Item>)>,
    /// Deliveries by number.
    pub receives: Part<(usize, String)>,
}

/// Everything in the picture.
#[derive(Debug)]
pub struct Parts {
    /// `pubsub_channels`.
    pub channels: Part<Row>,
    /// `pubsub_patterns`.
    pub patterns: Vec<Item>,
    /// `pubsub_shard_channels`.
    pub shard_channels: Part<Row>,
    /// The clients.
    pub clients: Part<Client>,
    /// Who publishes, if somebody does.
    pub publisher: String,
    /// The channel that is published to, as it is drawn where it is not in the dict.
    pub channel: Option<Item>,
    /// The databases and what else there is beside Pub/Sub: title, what it is, its rows.
    pub sections: Vec<(String, &'static str, Part<Row>)>,
    /// Whether the structures of Pub/Sub are drawn, and whether the others are: the half that the line changed or walked,
    /// or else all there is.
    pub halves: (bool, bool),
    /// What the line added, removed and changed.
    pub counts: Counts,
}

impl Parts {
    /// Lays `before` and `after` over each other, and the walk over both.
    pub fn new(before: &State, after: &State, walk: Option<&Walk>) -> Parts {
        let visits = Visits::new(walk);
        let patterns = overlay(&before.patterns.shown, &after.patterns.shown).into_iter().map(
            |((client, pattern), mark)| {
                let visit = visits.of_pattern(&client, &pattern);
                let text = pattern.to_string();
                let of_both = place(&["pubsub_patterns", &text, &client]);
                Item::new(format!("{}: {}", client_name(&client), name(&pattern)), mark, visit)
                    .at(format!("{} {of_both}", place(&["pubsub_patterns", &text])))
            },
        );
        let patterns: Vec<Item> = patterns.chain(more(after.patterns.more)).collect();
        let channels = dict(&before.channels, &after.channels, &visits, false);
        let shard_channels = dict(&before.shard_channels, &after.shard_channels, &visits, true);
        let sections = overlay::sections(&before.sections, &after.sections);
        let mut counts = Counts::default();
        channels.iter().chain(&shard_channels).for_each(|row| counts.row(row));
        patterns.iter().for_each(|item| counts.item(NODE, item));
        sections.iter().flat_map(|(_, _, rows, _)| rows).for_each(|row| counts.row(row));
        Parts {
            counts,
            halves: halves(before, after, walk.is_some()),
            channels: rows(channels, after.channels.more),
            patterns: nodes_of(patterns),
            shard_channels: rows(shard_channels, after.shard_channels.more),
            sections: sections
                .into_iter()
                .map(|(title, gloss, all, more)| (title, gloss, rows(all, more)))
                .collect(),
            clients: clients(before, after, walk),
            publisher: walk.map(|walk| client_name(&walk.publisher)).unwrap_or_default(),
            channel: walk.map(published),
        }
    }
}

/// The channel that a walk looks up.
fn published(walk: &Walk) -> Item {
    let title = if walk.sharded { "pubsub_shard_channels" } else { "pubsub_channels" };
    let place = place(&[title, &walk.channel.to_string()]);
    Item::new(name(&walk.channel), Mark::Kept, Visit::Passed).at(place)
}

/// A client's name, cut if it is long.
fn client_name(name: &str) -> String {
    shorten(name, LONGEST_CLIENT)
}

/// A channel's or a pattern's name, cut if it is long.
fn name(name: &Name) -> String {
    shorten(&name.to_string(), LONGEST_NAME)
}

/// Which delivery each node was.
struct Visits<'a> {
    walk: Option<&'a Walk>,
    numbers: HashMap<(&'a str, Option<&'a Name>), usize>,
}

impl<'a> Visits<'a> {
    fn new(walk: Option<&'a Walk>) -> Visits<'a> {
        let deliveries = walk.into_iter().flat_map(|walk| (1..).zip(&walk.deliveries));
        let numbers = deliveries.map(|(number, (client, by))| ((client.as_str(), by.as_ref()), number));
        Visits { walk, numbers: numbers.collect() }
    }

    fn of_pattern(&self, client: &str, pattern: &Name) -> Visit {
        let Some(walk) = self.walk.filter(|walk| !walk.sharded) else { return Visit::None };
        match self.numbers.get(&(client, Some(pattern))) {
            Some(number) => Visit::Delivered(*number),
            None if walk.tested.contains(pattern) => Visit::NoMatch,
            None => Visit::Skipped,
        }
    }
}

fn dict(before: &Dict, after: &Dict, visits: &Visits<'_>, sharded: bool) -> Vec<Row> {
    let (before, after) = (&before.shown, &after.shown);
    let mut names: Vec<&Name> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let empty = Shown::default();
    let title = if sharded { "pubsub_shard_channels" } else { "pubsub_channels" };
    let rows = names.into_iter().map(|name| {
        let looked_up = visits.walk.is_some_and(|walk| walk.sharded == sharded && walk.channel == *name);
        let (old, new) = (before.get(name).unwrap_or(&empty), after.get(name).unwrap_or(&empty));
        let list = overlay(&old.shown, &new.shown);
        let list = list.into_iter().map(|(client, mark)| {
            let number = visits.numbers.get(&(client.as_str(), None)).filter(|_| looked_up);
            let visit = number.map_or(Visit::None, |number| Visit::Delivered(*number));
            Item::new(client_name(&client), mark, visit).at(place(&[title, &name.to_string(), &client]))
        });
        let mark = mark(before.contains_key(name), after.contains_key(name));
        let name = Item::new(self::name(name), mark, Visit::None).at(place(&[title, &name.to_string()]));
        let list = list.chain(more(new.more)).collect();
        Row { nouns: ["", NODE], name, list, links: Links::Both, looked_up }
    });
    rows.collect()
}

/// Which halves of a picture are drawn: see [`Parts::halves`].
fn halves(before: &State, after: &State, walk: bool) -> (bool, bool) {
    let subscriptions = walk
        || before.channels != after.channels
        || before.patterns != after.patterns
        || before.shard_channels != after.shard_channels
        || before.clients != after.clients;
    let others = before.sections != after.sections;
    if subscriptions || others {
        return (subscriptions, others);
    }
    let none = after.channels.shown.is_empty()
        && after.patterns.shown.is_empty()
        && after.shard_channels.shown.is_empty();
    (!none || after.sections.is_empty(), true)
}

/// The node that stands for so many others, if there are any.
fn more(count: usize) -> Option<Item> {
    (count > 0).then(|| Item::new(format!("… {count} more"), Mark::Kept, Visit::None))
}

fn rows(all: Vec<Row>, more: usize) -> Part<Row> {
    let mut rows =
        some(all, MOST_ROWS, |row| row.looked_up || row.name.matters() || row.list.iter().any(Item::matters));
    for row in &mut rows.shown {
        row.list = nodes_of(std::mem::take(&mut row.list));
    }
    rows.hidden += more;
    rows
}

fn clients(before: &State, after: &State, walk: Option<&Walk>) -> Part<Client> {
    let hidden = after.clients.more;
    let (before, after) = (&before.clients.shown, &after.clients.shown);
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let mut deliveries: HashMap<&str, Vec<(usize, String)>> = HashMap::new();
    for (number, (to, pattern)) in walk.into_iter().flat_map(|walk| (1..).zip(&walk.deliveries)) {
        let kind = if walk.is_some_and(|walk| walk.sharded) { "smessage" } else { "message" };
        let what =
            pattern.as_ref().map_or(kind.to_string(), |pattern| format!("pmessage by {}", name(pattern)));
        deliveries.entry(to).or_default().push((number, what));
    }
    let none = Default::default();
    let all = names.into_iter().map(|client| {
        let (old, new) = (before.get(client).unwrap_or(&none), after.get(client).unwrap_or(&none));
        let titles = ["channels", "patterns", "shard channels"];
        let sets = titles.into_iter().zip(old.iter().zip(new)).map(|(title, (old, new))| {
            let items = old.shown.union(&new.shown).map(|member| {
                let mark = mark(old.shown.contains(member), new.shown.contains(member));
                Item::new(name(member), mark, Visit::None)
            });
            let mut set = some(items.collect(), MOST_ITEMS, Item::matters);
            set.hidden += new.more;
            (title, set)
        });
        let mark = mark(before.contains_key(client), after.contains_key(client));
        Client {
            name: Item::new(client_name(client), mark, Visit::None).at(place(&["client", client])),
            sets: sets.filter(|(_, set)| !set.shown.is_empty()).collect(),
            receives: some(deliveries.remove(client.as_str()).unwrap_or_default(), MOST_ITEMS, |_| true),
        }
    });
    let mut clients = some(all.collect(), MOST_ROWS, |client: &Client| {
        !client.receives.shown.is_empty()
            || client.sets.iter().any(|(_, set)| set.shown.iter().any(Item::matters))
    });
    clients.hidden += hidden;
    clients
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

/// The nodes of a list that are drawn. A long one keeps both ends, what matters (changes before deliveries), and as many of
/// the first as there is room for. What is left out between two nodes is one node more, which says how much that is: a link
/// never passes over nodes in silence.
fn nodes_of(all: Vec<Item>) -> Vec<Item> {
    if all.len() <= MOST_ITEMS {
        return all;
    }
    let weight = |&at: &usize| match &all[at] {
        _ if at == 0 || at == all.len() - 1 => 0,
        item if item.mark != Mark::Kept => 1,
        item if item.matters() => 2,
        _ => 3,
    };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(weight);
    let important = &order[..MOST_ITEMS * 2 / 3];
    let mut shown = vec![false; all.len()];
    important.iter().for_each(|&at| shown[at] = true);
    let room = MOST_ITEMS - important.len();
    (0..all.len()).filter(|at| !important.contains(at)).take(room).for_each(|at| shown[at] = true);
    let mut nodes = Vec::new();
    let pairs: Vec<(Item, bool)> = all.into_iter().zip(shown).collect();
    for run in pairs.chunk_by(|(_, one), (_, other)| !one && !other) {
        if let [(item, _)] = run {
            nodes.push(item.clone());
            continue;
        }
        let passed = run.iter().any(|(item, _)| matches!(item.visit, Visit::Delivered(_) | Visit::NoMatch));
        let visit = if passed { Visit::Passed } else { Visit::None };
        nodes.push(Item::new(format!("… {} more", run.len()), Mark::Kept, visit));
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: String, mark: Mark, visit: Visit) -> Item {
        Item::new(text, mark, visit)
    }

    fn texts(nodes: &[Item]) -> Vec<&str> {
        nodes.iter().map(|item| item.text.as_str()).collect()
    }

    #[test]
    fn a_long_list_keeps_its_ends_and_what_changed_and_counts_the_rest() {
        let mut all: Vec<Item> = (0..100).map(|at| item(at.to_string(), Mark::Kept, Visit::None)).collect();
        all[60].mark = Mark::Removed;
        let nodes = nodes_of(all);
        assert_eq!(nodes.len(), MOST_ITEMS + 2);
        assert_eq!(texts(&nodes)[..2], ["0", "1"]);
        assert_eq!(texts(&nodes)[27..], ["27", "… 32 more", "60", "… 38 more", "99"]);
    }

    #[test]
    fn a_walk_goes_over_what_is_left_out() {
        let all = (1..=100).map(|at| item(at.to_string(), Mark::Kept, Visit::Delivered(at)));
        let nodes = nodes_of(all.collect());
        assert_eq!(texts(&nodes)[28..], ["29", "… 70 more", "100"]);
        assert_eq!(nodes[29].visit, Visit::Passed);
    }

    #[test]
    fn a_single_node_is_not_left_out() {
        let visit =
            |at: usize| if at.is_multiple_of(2) { Visit::Delivered(at / 2 + 1) } else { Visit::Skipped };
        let nodes = nodes_of((0..100).map(|at| item(at.to_string(), Mark::Kept, visit(at))).collect());
        assert!(!texts(&nodes).contains(&"… 1 more") && nodes.len() < 50, "{:?}", texts(&nodes));
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shorten("abcdefghijklmnopqrstuvwxyz", 10), "abcdef…xyz");
        assert_eq!(shorten("abcdefghij", 10), "abcdefghij");
        assert_eq!(shorten("abcdefghijklmnopqrstuvwxyz…(600 bytes)", 20), "abcdefgh…(600 bytes)");
    }
}
