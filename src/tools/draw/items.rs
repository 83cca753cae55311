//! What a picture is made of: a name, the list that it leads to, and what happened to each of them.
//!
//! Redis: none.

use super::section::{Links, Nouns};
use super::state::Mark;

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
    /// Nodes that are not drawn stand here, and it visited some of them.
    Passed,
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
    /// What is remarked on it, and whether that is new.
    pub note: (String, bool),
    /// Its places, separated by spaces: what steps are about it ([`super::place`]).
    pub places: String,
}

impl Item {
    /// An item without a remark.
    pub fn new(text: String, mark: Mark, visit: Visit) -> Item {
        Item { text, mark, visit, note: Default::default(), places: String::new() }
    }

    /// The same at these places.
    pub fn at(self, places: String) -> Item {
        Item { places, ..self }
    }

    /// Whether it must not be left out: it is new, gone, remarked on anew, or was delivered to.
    pub(super) fn matters(&self) -> bool {
        self.mark != Mark::Kept || self.note.1 || matches!(self.visit, Visit::Delivered(_))
    }
}

/// A name with its list: a channel with its clients.
#[derive(Debug)]
pub struct Row {
    /// What is counted when the row changes.
    pub nouns: Nouns,
    /// The name.
    pub name: Item,
    /// The list.
    pub list: Vec<Item>,
    /// How it hangs together.
    pub links: Links,
    /// The publish looked this name up.
    pub looked_up: bool,
}

/// `text`, without its middle if it is longer than `most`: both ends tell long names apart, and so does a length at the end.
pub fn shorten(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.into();
    }
    let length = text.rfind("…(").map(|at| text[at + '…'.len_utf8()..].chars().count());
    let end = length.filter(|&length| length < most).unwrap_or((most - 1) / 3);
    let start = most - 1 - end;
    text.chars().take(start).chain(['…']).chain(text.chars().skip(count - end)).collect()
}
