//! What a line added, removed and changed, counted by kind: `Added: 1 key. Removed: 2 queued commands.`
//!
//! Redis has no counterpart.

use super::items::{Item, Row};
use super::state::Mark;
use crate::text::plural::plural;

/// How many of each kind, in the order in which they are drawn.
#[derive(Debug, Default)]
pub struct Counts {
    added: Vec<(&'static str, usize)>,
    removed: Vec<(&'static str, usize)>,
    changed: Vec<(&'static str, usize)>,
    /// Whether there is anything in the picture that was added, was removed, or was kept and changed; counted or not.
    seen: [bool; 3],
}

impl Counts {
    /// Counts a row. A row that is new, or gone, counts once: what its name leads to came, or went, with it. A name that has
    /// no noun is not counted, and its list is.
    pub fn row(&mut self, row: &Row) {
        let [name, part] = row.nouns;
        self.item(name, &row.name);
        let counted = name.is_empty() || row.name.mark == Mark::Kept;
        row.list.iter().for_each(|item| self.item(if counted { part } else { "" }, item));
    }

    /// Counts a node or a name.
    pub fn item(&mut self, noun: &'static str, item: &Item) {
        let counts = match item.mark {
            Mark::Added => &mut self.added,
            Mark::Removed => &mut self.removed,
            Mark::Kept if item.note.1 => &mut self.changed,
            Mark::Kept => return,
        };
        self.seen[item.mark as usize] = true;
        if noun.is_empty() {
            return;
        }
        match counts.iter_mut().find(|(other, _)| *other == noun) {
            Some((_, count)) => *count += 1,
            None => counts.push((noun, 1)),
        }
    }

    /// Whether anything was added, was removed, or was kept and changed, counted or not.
    pub fn any(&self, mark: Mark) -> bool {
        self.seen[mark as usize]
    }

    /// All counts in words; an empty text if nothing was counted.
    pub fn in_words(&self) -> String {
        let kinds = [("Added", &self.added), ("Removed", &self.removed), ("Changed", &self.changed)];
        let sentence = |(what, counts): (&str, &Vec<(&str, usize)>)| {
            let counts: Vec<String> = counts.iter().map(|&(noun, count)| plural(count, noun)).collect();
            (!counts.is_empty()).then(|| format!("{what}: {}.", counts.join(", ")))
        };
        kinds.into_iter().filter_map(sentence).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::draw::items::Visit;
    use crate::tools::draw::section::Links;

    fn item(mark: Mark) -> Item {
        Item::new("x".into(), mark, Visit::None)
    }

    #[test]
    fn what_came_and_went_is_counted_by_kind() {
        let row = |nouns, name, list: &[Mark]| Row {
            nouns,
            name: item(name),
            list: list.iter().map(|&mark| item(mark)).collect(),
            links: Links::Next,
            looked_up: false,
        };
        let mut counts = Counts::default();
        assert_eq!(counts.in_words(), "");
        counts.row(&row(["key", "value"], Mark::Kept, &[Mark::Removed, Mark::Added]));
        counts.row(&row(["transaction", "queued command"], Mark::Removed, &[Mark::Removed, Mark::Removed]));
        counts.row(&row(["group", "pending entry"], Mark::Kept, &[Mark::Added, Mark::Added, Mark::Kept]));
        counts.row(&row(["", "node of a list"], Mark::Added, &[Mark::Added, Mark::Added]));
        let mut changed = item(Mark::Kept);
        changed.note = ("now touched".into(), true);
        counts.item("watching client", &changed);
        assert_eq!([Mark::Kept, Mark::Added, Mark::Removed].map(|mark| counts.any(mark)), [true; 3]);
        assert_eq!(
            counts.in_words(),
            "Added: 1 value, 2 pending entries, 2 nodes of lists. Removed: 1 value, 1 transaction. \
             Changed: 1 watching client."
        );
    }
}
