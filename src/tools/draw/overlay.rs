//! The sections of a figure before a line and after it, laid over each other: rows with a mark on each part.
//!
//! Redis has no counterpart.

use super::items::{Item, Row, Visit, shorten};
use super::place::place;
use super::section::{Cell, Entry, Section};
use super::state::{Mark, mark};
use std::collections::BTreeMap;

/// The longest key, part of a value, and remark on either, in characters: a row of both is as wide as the page.
const LONGEST_KEY: usize = 26;
const LONGEST_PART: usize = 32;

/// A section: its title, what it is, its rows and how many there are beside them.
pub type Rows = (String, &'static str, Vec<Row>, usize);

/// Each section before and after as one.
pub fn sections(before: &[Section], after: &[Section]) -> Vec<Rows> {
    let find = |sections: &'_ [Section], title: &str| sections.iter().position(|other| other.title == title);
    let gone = before.iter().filter(|old| find(after, &old.title).is_none());
    let mut all: Vec<&Section> = after.iter().chain(gone).collect();
    all.sort_by_key(|section| section.place);
    let none = BTreeMap::new();
    let rows = |section: &&Section| {
        let of = |sections: &'_ [Section]| find(sections, &section.title);
        let old = of(before).map_or(&none, |at| &before[at].entries);
        let new = of(after).map_or(&none, |at| &after[at].entries);
        let mut names: Vec<&Vec<u8>> = old.keys().chain(new.keys()).collect();
        names.sort();
        names.dedup();
        let row = |name: &Vec<u8>| {
            let nouns = new.get(name).or(old.get(name)).map_or(["", ""], |entry| entry.nouns);
            let (name, list) = entry(&section.title, old.get(name), new.get(name));
            Row { nouns, name, list, links: section.links, looked_up: false }
        };
        (section.title.clone(), section.gloss, names.into_iter().map(row).collect(), section.more)
    };
    all.iter().map(rows).collect()
}

/// An entry before and after: its name, and what it leads to.
fn entry(title: &str, before: Option<&Entry>, after: Option<&Entry>) -> (Item, Vec<Item>) {
    let cells = |entry: Option<&'_ Entry>| entry.map_or(Vec::new(), |entry| entry.cells.clone());
    let name = after.or(before).map(|entry| entry.name.clone()).unwrap_or_default();
    let is_new = before.zip(after).is_some_and(|(old, new)| old.name.note != new.name.note);
    let row = place(&[title, &name.text]);
    let part = |marked: &Marked| {
        let of_part = format!("{row}/{}", place(&[&marked.0.text]));
        item(marked, LONGEST_PART).at(of_part)
    };
    let list = overlay(&cells(before), &cells(after)).iter().map(part).collect();
    (item(&(name, mark(before.is_some(), after.is_some()), is_new), LONGEST_KEY).at(row), list)
}

/// A cell, its mark, and whether only its remark is new.
type Marked = (Cell, Mark, bool);

fn item((cell, mark, is_new): &Marked, longest: usize) -> Item {
    let mut item = Item::new(shorten(&cell.text, longest), *mark, Visit::None);
    let note = match &*cell.note {
        note if *is_new && !note.is_empty() => format!("now {note}"),
        note => note.into(),
    };
    item.note = (shorten(&note, longest), *is_new);
    item
}

/// Two lists as one: what they begin and end with alike is kept; between that, what is found again in the new one is kept,
/// and the rest is removed or added.
fn overlay(before: &[Cell], after: &[Cell]) -> Vec<Marked> {
    let same = |(one, other): &(&Cell, &Cell)| one.text == other.text;
    let start = before.iter().zip(after).take_while(same).count();
    let ends = before[start..].iter().rev().zip(after[start..].iter().rev());
    let end = ends.take_while(same).count();
    let kept = |old: &Cell, new: &Cell| (new.clone(), Mark::Kept, old.note != new.note);
    let added = |new: &Cell| (new.clone(), Mark::Added, false);
    let mut all: Vec<Marked> = before[..start].iter().zip(after).map(|(old, new)| kept(old, new)).collect();
    let mut rest = &after[start..after.len() - end];
    for old in &before[start..before.len() - end] {
        match rest.iter().position(|new| new.text == old.text) {
            None => all.push((old.clone(), Mark::Removed, false)),
            Some(at) => {
                all.extend(rest[..at].iter().map(added));
                all.push(kept(old, &rest[at]));
                rest = &rest[at + 1..];
            }
        }
    }
    all.extend(rest.iter().map(added));
    let ends = before[before.len() - end..].iter().zip(&after[after.len() - end..]);
    all.extend(ends.map(|(old, new)| kept(old, new)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` is kept, `+a` added, `-a` removed; an upper-case letter has a remark that is new.
    fn overlaid(before: &str, after: &str) -> String {
        let cells = |text: &str| -> Vec<Cell> {
            let cell = |letter: char| Cell {
                text: letter.to_lowercase().to_string(),
                note: if letter.is_uppercase() { "!".into() } else { "".into() },
            };
            text.chars().map(cell).collect()
        };
        let word = |(cell, mark, is_new): &Marked| {
            let sign = match mark {
                Mark::Kept => "",
                Mark::Added => "+",
                Mark::Removed => "-",
            };
            format!("{sign}{}", if *is_new { cell.text.to_uppercase() } else { cell.text.clone() })
        };
        overlay(&cells(before), &cells(after)).iter().map(word).collect()
    }

    #[test]
    fn two_lists_as_one() {
        for (before, after, expected) in [
            ("", "ab", "+a+b"),
            ("ab", "", "-a-b"),
            ("ab", "ab", "ab"),
            ("ab", "aB", "aB"),
            ("abc", "xbc", "-a+xbc"),
            ("bc", "abc", "+abc"),
            ("abcd", "acxd", "a-bc+xd"),
            ("aba", "a", "a-b-a"),
        ] {
            assert_eq!(overlaid(before, after), expected, "{before} {after}");
        }
    }
}
