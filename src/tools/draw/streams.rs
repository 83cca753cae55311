//! Streams in a figure: their entries, their blocks, their groups.
//!
//! Redis has no counterpart.

use super::keys::Keys;
use super::section::{Cell, Entry, Links, MOST_PARTS, Section, section};
use crate::keyspace::value::Value;
use crate::steps::readable;
use crate::stream::Stream;
use crate::stream::block::Packed;
use crate::stream::entries::Entry as StreamEntry;
use crate::stream::group::Group;
use crate::stream::id::StreamId;

/// The entries of a stream: the id, and below it what it holds.
pub fn entries(stream: &Stream, most: usize) -> Vec<Cell> {
    let all = stream.log.range(StreamId::MIN, StreamId::MAX).take(most);
    let cell = |entry: StreamEntry<'_>| {
        let words = entry.fields().flat_map(|(name, value)| [readable(name), readable(value)]);
        Cell::new(entry.id.to_string(), words.collect::<Vec<_>>().join(" "))
    };
    all.map(cell).collect()
}

/// What is drawn of each stream beside its entries: its blocks if it has more than one, its groups if it has any.
pub fn sections(keys: &Keys<'_>) -> Vec<Section> {
    let mut all: Vec<Section> = Vec::new();
    for (key, value) in keys.values() {
        let Value::Stream(stream) = value else { continue };
        if stream.log.index_size().0 > 1 {
            let entries =
                stream.log.blocks().map(|(first, block)| block_entry(first, block.walk(first).collect()));
            let gloss = "a B-tree: each block by its first id, and what it holds";
            all.push(section(1, format!("blocks of {key}"), gloss, Links::None, entries));
        }
        if !stream.groups.is_empty() {
            let entries = stream.groups.iter().flat_map(|(name, group)| group_entries(name, group));
            let gloss = "what is pending in each group, and below it, with whom";
            all.push(section(1, format!("groups of {key}"), gloss, Links::None, entries));
        }
    }
    all.sort_by(|one, other| one.title.cmp(&other.title));
    all
}

/// A block: the names that its entries share, and what each stores.
fn block_entry(first: StreamId, packed: Vec<Packed<'_>>) -> (Vec<u8>, Entry) {
    let names =
        |entry: &Packed<'_>| -> Vec<String> { entry.fields().map(|(name, _)| readable(name)).collect() };
    let shared = packed.first().map(names).unwrap_or_default();
    let cell = |entry: &Packed<'_>| {
        let same = names(entry) == shared;
        let word = |(name, value)| match same {
            true => readable(value),
            false => format!("{}={}", readable(name), readable(value)),
        };
        let note = match entry.deleted {
            true => "deleted".into(),
            false => entry.fields().map(word).collect::<Vec<_>>().join(" "),
        };
        Cell::new(entry.id.to_string(), note)
    };
    let name = Cell::new(first.to_string(), format!("names: {}", shared.join(" ")));
    let order = [first.ms.to_be_bytes(), first.seq.to_be_bytes()].concat();
    // Its entries are counted as those of the stream.
    (order, Entry { nouns: ["block", ""], name, cells: packed.iter().take(MOST_PARTS).map(cell).collect() })
}

/// A group with what is pending in it, and behind it its consumers with what is theirs.
fn group_entries(name: &[u8], group: &Group) -> Vec<(Vec<u8>, Entry)> {
    let pending = group.pending().iter().take(MOST_PARTS).map(|(&at, nack)| {
        let whose = readable(&group.consumer(nack.consumer).name);
        let times =
            if nack.delivery_count == 1 { "once".into() } else { format!("{} times", nack.delivery_count) };
        Cell::new(at.to_string(), format!("{whose}, {times}"))
    });
    let head = Cell::new(readable(name), format!("last_id {}", group.last_id));
    let nouns = ["group", "pending entry"];
    let mut all = vec![(name.to_vec(), Entry { nouns, name: head, cells: pending.collect() })];
    for consumer in group.consumers() {
        let cells =
            consumer.pending.iter().take(MOST_PARTS).map(|&at| Cell::new(at.to_string(), "")).collect();
        let head = Cell::new(format!("└ {}", readable(&consumer.name)), "consumer");
        // What it has pending was counted with the group's.
        let entry = Entry { nouns: ["consumer", ""], name: head, cells };
        all.push(([name, b"\0", &consumer.name].concat(), entry));
    }
    all
}
