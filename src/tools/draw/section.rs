//! One dict of the server's, ready to be drawn: names, what each leads to, and how that hangs together.
//!
//! Redis: none.

use std::collections::BTreeMap;
use std::fmt;

/// Values of more parts than this are cut: no picture has room for as many.
pub(super) const MOST_PARTS: usize = 500;

/// A word, and a remark on it that may change while it stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What is written in the box.
    pub text: String,
    /// What is written below it.
    pub note: String,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.note.is_empty() { Ok(()) } else { write!(f, " ({})", self.note) }
    }
}

impl Cell {
    /// A word and a remark.
    pub(super) fn new(text: impl Into<String>, note: impl Into<String>) -> Cell {
        Cell { text: text.into(), note: note.into() }
    }
}

/// How what a name leads to hangs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// A list linked both ways.
    Both,
    /// One after another.
    Next,
    /// Parts that stand side by side.
    None,
}

/// What is counted when an entry changes, in the singular: names, and what they lead to. An empty word is not counted.
pub type Nouns = [&'static str; 2];

/// A name and what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the two are.
    pub nouns: Nouns,
    /// The name.
    pub name: Cell,
    /// What it leads to.
    pub cells: Vec<Cell>,
}

/// One dict of the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Where it is drawn: those with lower numbers first.
    pub place: usize,
    /// What the server calls it.
    pub title: String,
    /// What it is, in a few words.
    pub gloss: &'static str,
    /// How the cells of an entry hang together.
    pub links: Links,
    /// In the order in which they are drawn: that of the bytes that name them.
    pub entries: BTreeMap<Vec<u8>, Entry>,
    /// How many entries there are beside them.
    pub more: usize,
}

impl Section {
    /// The same of a dict that has so many entries more.
    pub(super) fn and_more(self, more: usize) -> Section {
        Section { more, ..self }
    }
}

/// A dict, as it is drawn.
pub(super) fn section(
    place: usize,
    title: impl Into<String>,
    gloss: &'static str,
    links: Links,
    entries: impl Iterator<Item = (Vec<u8>, Entry)>,
) -> Section {
    Section { place, title: title.into(), gloss, links, entries: entries.collect(), more: 0 }
}
