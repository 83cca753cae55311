//! The diagram of `docs/architecture.md`: which room may import which.

use std::collections::{BTreeMap, BTreeSet};

/// `from ─► to`, or `from ─► to/file.rs`: of that room only this file.
#[derive(Debug, PartialEq)]
struct Arrow {
    to: String,
    only: Option<String>,
}

/// Every room with its arrows.
#[derive(Debug)]
pub struct House(BTreeMap<String, Vec<Arrow>>);

impl House {
    /// Reads the first block of code of a page that draws arrows. A room without one stands alone in its line.
    ///
    /// # Panics
    ///
    /// If there is none, or an arrow leads to a room that has no line.
    pub fn read(page: &str) -> House {
        let blocks = page.split("```").skip(1).step_by(2);
        let block = blocks.into_iter().find(|block| block.contains('►')).expect("the page draws the house");
        let mut rooms = BTreeMap::new();
        for line in block.lines().skip(1).filter(|line| !line.trim().is_empty()) {
            let (room, arrows) = line.split_once("─►").unwrap_or((line, ""));
            let arrows = arrows.split(',').map(str::trim).filter(|to| !to.is_empty()).map(|to| {
                let (to, only) = to.split_once('/').map_or((to, None), |(to, file)| (to, Some(file.into())));
                Arrow { to: to.into(), only }
            });
            rooms.insert(room.trim().to_string(), arrows.collect::<Vec<_>>());
        }
        for arrow in rooms.values().flatten() {
            assert!(rooms.contains_key(&arrow.to), "an arrow leads to {}, which has no line", arrow.to);
        }
        House(rooms)
    }

    pub fn rooms(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The rooms that `room` may import: each that can be reached from it.
    pub fn below(&self, room: &str) -> BTreeSet<&str> {
        let mut below = BTreeSet::new();
        let mut open: Vec<&str> = self.next(room).collect();
        while let Some(room) = open.pop() {
            if below.insert(room) {
                open.extend(self.next(room));
            }
        }
        below
    }

    /// The rooms that arrows lead to from `room`, whole.
    fn next<'a>(&'a self, room: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let arrows = self.0.get(room).into_iter().flatten();
        arrows.filter(|arrow| arrow.only.is_none()).map(|arrow| arrow.to.as_str())
    }

    /// Whether `from` may import the file `file` (its path below `src/`) of the room `to`.
    pub fn allows(&self, from: &str, to: &str, file: &str) -> bool {
        let only = |arrow: &Arrow| {
            arrow.to == to && arrow.only.as_ref().is_some_and(|only| format!("{to}/{only}") == file)
        };
        from == to || self.below(from).contains(to) || self.0.get(from).into_iter().flatten().any(only)
    }

    /// What `from` may import, in words.
    pub fn rule(&self, from: &str) -> String {
        let below: Vec<_> = self.below(from).into_iter().collect();
        let only = self
            .0
            .get(from)
            .into_iter()
            .flatten()
            .filter_map(|arrow| Some(format!(", and of {} only {}", arrow.to, arrow.only.as_ref()?)));
        match below.is_empty() {
            true => format!("{from} imports no room"),
            false => format!("{from} may import {}{}", below.join(", "), only.collect::<String>()),
        }
    }
}

#[test]
fn a_diagram_says_who_may_import_whom() {
    let house = House::read("x\n```text\na ─► b, d/e.rs\nb ─► c\nc\nd ─► b\n```\n");
    assert_eq!(house.below("a"), BTreeSet::from(["b", "c"]));
    for (from, to, file, allowed) in [
        ("a", "c", "c.rs", true),
        ("c", "a", "a.rs", false),
        ("a", "d", "d/e.rs", true),
        ("a", "d", "d/mod.rs", false),
    ] {
        assert_eq!(house.allows(from, to, file), allowed, "{from} ─► {file}");
    }
    assert_eq!(house.rule("a"), "a may import b, c, and of d only e.rs");
    assert_eq!(house.rule("c"), "c imports no room");
}
