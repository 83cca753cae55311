//! Skiplists in a figure: each level with its links, the highest first.
//!
//! Redis has no counterpart.

use super::keys::Keys;
use super::section::{Cell, Entry, Links, MOST_PARTS, Section, section};
use crate::keyspace::value::Value;
use crate::keyspace::zset::Zset;
use crate::keyspace::zset::nodes::{HEAD, NodeId};
use crate::keyspace::zset::sorted::Sorted;
use crate::steps::readable;

/// What is drawn of each sorted set that has a skiplist beside its members.
pub fn sections(keys: &Keys<'_>) -> Vec<Section> {
    let mut all: Vec<Section> = Vec::new();
    for (key, value) in keys.values() {
        let Value::Zset(Zset::Sorted(sorted)) = value else { continue };
        let gloss = "each level: the members on it, and how many members each link passes";
        let levels = (0..sorted.list().levels()).map(|level| level_entry(sorted, level));
        all.push(section(1, format!("skiplist of {key}"), gloss, Links::Next, levels));
    }
    all.sort_by(|one, other| one.title.cmp(&other.title));
    all
}

/// A level, from the head on.
fn level_entry(sorted: &Sorted, level: usize) -> (Vec<u8>, Entry) {
    let nodes = sorted.list().nodes();
    let mut link = nodes.link(HEAD, level);
    let mut cells = Vec::new();
    while link.node != HEAD && cells.len() < MOST_PARTS {
        cells.push(Cell::new(member(sorted, link.node), format!("+{}", link.span)));
        link = nodes.link(link.node, level);
    }
    let name = Cell::new(format!("level {level}"), "");
    // The highest level is drawn first.
    (vec![u8::MAX - level as u8], Entry { nouns: ["level", ""], name, cells })
}

fn member(sorted: &Sorted, node: NodeId) -> String {
    readable(sorted.members().key(sorted.list().nodes().member(node)))
}
