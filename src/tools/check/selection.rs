//! Which scenarios are played, and in which order: the carried ones in the order of the book, or files of one's own.
//!
//! Redis has no counterpart.

use std::path::Path;

use crate::tools::scenario::chapters::{self, Page};
use crate::tools::scenario::embedded::scenarios;
use crate::tools::scenario::{Feeding, InProcess, Scenario, file, run};

/// A scenario to play.
pub struct Entry {
    /// Its name: its file's, without the ending.
    pub name: String,
    /// The scenario.
    pub scenario: Scenario,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a scenario comes from.
pub enum Origin {
    /// It is carried, and this page of the book treats it.
    Book(Page),
    /// It is carried for the laboratory.
    Lab,
    /// It is this file.
    File(String),
}

impl Entry {
    /// What to read about it.
    pub fn page(&self) -> Option<String> {
        match &self.origin {
            Origin::Book(page) => Some(format!("docs/{}", page.file)),
            Origin::Lab => Some("docs/lab/README.md".into()),
            Origin::File(_) => None,
        }
    }

    /// The heading under which it stands in a list.
    pub fn heading(&self) -> String {
        match &self.origin {
            Origin::Book(page) => match page.number() {
                Some(number) => format!("{number}. {} (docs/{})", page.title, page.file),
                None => format!("{} (docs/{})", page.title, page.file),
            },
            Origin::Lab => "The laboratory (docs/lab/)".into(),
            Origin::File(_) => "Your own".into(),
        }
    }

    /// The same in a word or two.
    pub fn short_heading(&self) -> String {
        match &self.origin {
            Origin::Book(page) => match page.number() {
                Some(number) => format!("chapter {number}"),
                None => page.file.into(),
            },
            Origin::Lab => "laboratory".into(),
            Origin::File(_) => "your own".into(),
        }
    }
}

/// What is to be played, in order: the files, or the carried scenarios if there are none, whose names contain a part of
/// `only`. The error names what is wrong with the files, or that nothing is left.
pub fn select(files: &[String], only: &[String]) -> Result<Vec<Entry>, String> {
    let all = if files.is_empty() { carried() } else { own(files)? };
    let wanted: Vec<Entry> = all.into_iter().filter(|entry| wants(only, entry)).collect();
    match wanted.is_empty() {
        true => Err(format!("no scenario's name contains {}; --list shows them", only.join(" or "))),
        false => Ok(wanted),
    }
}

/// Whether a scenario is to be played. Those of the laboratory are only played if they are asked for as such.
fn wants(only: &[String], entry: &Entry) -> bool {
    match entry.origin {
        Origin::Lab => only.iter().any(|part| part.starts_with("lab/") && entry.name.contains(part.as_str())),
        _ => only.is_empty() || only.iter().any(|part| entry.name.contains(part.as_str())),
    }
}

/// The carried scenarios in the order of the book, those of the laboratory at the end.
fn carried() -> Vec<Entry> {
    let mut all: Vec<(usize, Entry)> = Vec::new();
    for (name, scenario) in scenarios() {
        let (place, origin) = match chapters::place(name) {
            Some((place, page)) => (place, Origin::Book(page)),
            None => (usize::MAX, Origin::Lab),
        };
        all.push((place, Entry { name: name.into(), scenario, origin }));
    }
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, entry)| entry).collect()
}

/// The scenarios of files. What cannot be read, or cannot be played by cutaway itself, is said as `cutaway walk` says it.
fn own(files: &[String]) -> Result<Vec<Entry>, String> {
    let read = |path: &String| {
        let scenario = file::read(path)?;
        InProcess::new(&scenario.settings, Feeding::Whole)
            .and_then(|mut subject| run(&scenario, &mut subject))
            .map_err(|trouble| format!("{path}: {trouble}"))?;
        let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Ok(Entry { name: stem.unwrap_or_else(|| path.clone()), scenario, origin: Origin::File(path.clone()) })
    };
    files.iter().map(read).collect()
}

/// The scenarios under their headings, with their titles.
pub fn list(entries: &[Entry]) -> String {
    let mut text = String::new();
    for chapter in entries.chunk_by(|a, b| a.heading() == b.heading()) {
        text.push_str(&format!("{}\n", chapter[0].heading()));
        for Entry { name, scenario, .. } in chapter {
            text.push_str(&format!("  {name:30} {}\n", scenario.title));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Vec<String> {
        let only: Vec<String> = only.iter().map(|part| part.to_string()).collect();
        carried().into_iter().filter(|entry| wants(&only, entry)).map(|entry| entry.name).collect()
    }

    #[test]
    fn the_order_is_that_of_the_book() {
        assert_eq!(
            names(&["weather", "arity", "glob", "unsubscribe"]).join(" "),
            "weather arity unsubscribe-from-everything unsubscribe-unknown glob-rules glob-verdicts"
        );
        assert_eq!(
            list(&carried()[..1]),
            "1. The life of one PUBLISH, end to end (docs/01-life-of-a-publish.md)\n  weather                        Four clients and the weather.\n"
        );
    }

    #[test]
    fn the_laboratory_is_played_if_it_is_named() {
        assert!(names(&[]).iter().all(|name| !name.starts_with("lab/")));
        let pings = names(&["lab/ping"]);
        assert!(pings[0] == "lab/ping" && pings.iter().all(|name| name.starts_with("lab/ping")), "{pings:?}");
        assert!(names(&["ping"]).iter().all(|name| !name.starts_with("lab/")));
    }
}
