//! The entries of a dict: each has a place, a small number, for as long as it is there.
//!
//! Redis: `dictEntry` in `src/dict.c`, which is an allocation of its own and is named by its address.
//!
//! ```text
//! places   0 … 255      256 … 511     512 …
//! rows    [a b - c …]  [d e f g …]   [h i]      '-' is vacant: the next entry goes there
//! ```
//!
//! A row of 256 entries is one allocation, so that a table of a million entries grows without being copied, and can be
//! shortened: [`Entries::shorten`] moves the last entry to a vacant place, until the last row is empty and is freed. Without
//! that an evicted key that has no memory but its entry would give nothing back.
//!
//! Invariants, held by the property test below:
//! - all rows but the last have 256 slots, and the last has at least one;
//! - the vacant slots are in one list, linked both ways.

/// How many slots a row has. With the entries of the keyspace that is 16 KB, a size that the allocator has at hand.
const ROW: usize = 256;

/// Entries, named by their places.
#[derive(Clone)]
pub(super) struct Entries<T> {
    rows: Vec<Vec<Slot<T>>>,
    /// 1 + the first vacant place; 0 if there is none.
    vacant: u32,
    len: usize,
}

#[derive(Clone)]
enum Slot<T> {
    /// Its neighbours in the list of vacant places: 1 + the place, 0 if there is none.
    Vacant {
        next: u32,
        before: u32,
    },
    Occupied(T),
}

/// What one step of [`Entries::shorten`] has done.
#[derive(Debug, PartialEq)]
pub(super) enum Shortened {
    /// Nothing: no place is vacant.
    Not,
    /// The last place was vacant, and is there no longer.
    Dropped,
    /// The last entry was moved.
    Moved { from: u32, to: u32 },
}

impl<T> Entries<T> {
    pub(super) const fn new() -> Entries<T> {
        Entries { rows: Vec::new(), vacant: 0, len: 0 }
    }

    /// The bytes of an entry in its row.
    pub(super) const fn per_entry() -> usize {
        size_of::<Slot<T>>()
    }

    /// The memory of the rows, by their capacity.
    pub(super) fn memory(&self) -> usize {
        let slots: usize = self.rows.iter().map(Vec::capacity).sum();
        slots * size_of::<Slot<T>>() + self.rows.capacity() * size_of::<Vec<Slot<T>>>()
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many places there are, vacant ones included.
    pub(super) fn places(&self) -> usize {
        self.rows.last().map_or(0, |last| (self.rows.len() - 1) * ROW + last.len())
    }

    /// Whether as many places are vacant as the last row has, so that its entries can be moved elsewhere.
    pub(super) fn can_free_row(&self) -> bool {
        self.rows.len() > 1 && self.rows.last().is_some_and(|last| self.places() - self.len >= last.len())
    }

    /// The entry at a place, if there is one.
    pub(super) fn get(&self, place: usize) -> Option<&T> {
        match self.rows.get(place / ROW)?.get(place % ROW)? {
            Slot::Occupied(entry) => Some(entry),
            Slot::Vacant { .. } => None,
        }
    }

    /// Whether there is an entry at a place.
    pub(super) fn contains(&self, place: usize) -> bool {
        self.get(place).is_some()
    }

    /// Every entry, by place.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let slots = (0..).zip(self.rows.iter().flatten());
        slots.filter_map(|(place, slot)| match slot {
            Slot::Occupied(entry) => Some((place, entry)),
            Slot::Vacant { .. } => None,
        })
    }

    /// Every entry, by place.
    pub(super) fn into_iter(self) -> impl Iterator<Item = (u32, T)> {
        let slots = (0..).zip(self.rows.into_iter().flatten());
        slots.filter_map(|(place, slot)| match slot {
            Slot::Occupied(entry) => Some((place, entry)),
            Slot::Vacant { .. } => None,
        })
    }

    /// Adds an entry at the place that was vacated last, or behind all others.
    pub(super) fn insert(&mut self, entry: T) -> u32 {
        self.len += 1;
        if self.vacant != 0 {
            let place = self.vacant - 1;
            self.unlink(place);
            *self.slot(place) = Slot::Occupied(entry);
            return place;
        }
        let place = self.places() as u32;
        match self.rows.last_mut() {
            Some(row) if row.len() < ROW => row.push(Slot::Occupied(entry)),
            // The first row grows as it fills: most dicts are small.
            last => {
                let mut row = if last.is_none() { Vec::new() } else { Vec::with_capacity(ROW) };
                row.push(Slot::Occupied(entry));
                self.rows.push(row);
            }
        }
        place
    }

    /// Takes out the entry at a place.
    pub(super) fn remove(&mut self, place: u32) -> Option<T> {
        let next = self.vacant;
        let slot = self.rows.get_mut(place as usize / ROW)?.get_mut(place as usize % ROW)?;
        if let Slot::Vacant { .. } = slot {
            return None;
        }
        let Slot::Occupied(entry) = std::mem::replace(slot, Slot::Vacant { next, before: 0 }) else {
            return None;
        };
        self.link_before(next, place + 1);
        self.vacant = place + 1;
        self.len -= 1;
        if self.len == 0 && self.rows.len() > 1 {
            self.rows.truncate(1);
            self.rows[0].clear();
            self.vacant = 0;
        }
        Some(entry)
    }

    /// One step towards having no vacant place: the last place goes, and its entry, if it has one, to a vacant place.
    pub(super) fn shorten(&mut self) -> Shortened {
        if self.vacant == 0 {
            return Shortened::Not;
        }
        let last = self.places() as u32 - 1;
        if !self.contains(last as usize) {
            self.unlink(last);
            self.pop();
            return Shortened::Dropped;
        }
        let to = self.vacant - 1;
        self.unlink(to);
        if let Some(slot) = self.pop() {
            *self.slot(to) = slot;
        }
        Shortened::Moved { from: last, to }
    }

    /// Takes the last slot off, and frees its row if that is empty then.
    fn pop(&mut self) -> Option<Slot<T>> {
        let row = self.rows.last_mut()?;
        let slot = row.pop();
        if row.is_empty() {
            self.rows.pop();
        }
        slot
    }

    fn slot(&mut self, place: u32) -> &mut Slot<T> {
        &mut self.rows[place as usize / ROW][place as usize % ROW]
    }

    /// Takes a vacant place out of the list.
    fn unlink(&mut self, place: u32) {
        let Slot::Vacant { next, before } = *self.slot(place) else { return };
        self.link_before(next, before);
        if before == 0 {
            self.vacant = next;
        } else if let Slot::Vacant { next: link, .. } = self.slot(before - 1) {
            *link = next;
        }
    }

    /// Notes at the vacant place behind the link `link` which link stands before it.
    fn link_before(&mut self, link: u32, before: u32) {
        if link != 0
            && let Slot::Vacant { before: old, .. } = self.slot(link - 1)
        {
            *old = before;
        }
    }
}

impl<T> std::ops::Index<usize> for Entries<T> {
    type Output = T;

    #[expect(
        clippy::panic,
        reason = "a place is handed out with its entry, and the dict forgets both together"
    )]
    fn index(&self, place: usize) -> &T {
        match &self.rows[place / ROW][place % ROW] {
            Slot::Occupied(entry) => entry,
            Slot::Vacant { .. } => panic!("no entry at place {place}"),
        }
    }
}

impl<T> std::ops::IndexMut<usize> for Entries<T> {
    #[expect(clippy::panic, reason = "as above")]
    fn index_mut(&mut self, place: usize) -> &mut T {
        match &mut self.rows[place / ROW][place % ROW] {
            Slot::Occupied(entry) => entry,
            Slot::Vacant { .. } => panic!("no entry at place {place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;
    use std::collections::BTreeMap;

    /// The list of vacant places, read both ways.
    fn vacant<T>(entries: &Entries<T>) -> Vec<u32> {
        let (mut found, mut link, mut before) = (Vec::new(), entries.vacant, 0);
        while link != 0 {
            let place = link - 1;
            match entries.rows[place as usize / ROW][place as usize % ROW] {
                Slot::Vacant { next, before: noted } => {
                    assert_eq!(noted, before);
                    (before, link) = (link, next);
                }
                Slot::Occupied(_) => panic!("{place} is in the list and has an entry"),
            }
            found.push(place);
        }
        found
    }

    quickcheck! {
        fn entries_are_a_map_from_places(changes: Vec<u16>) -> bool {
            let (mut entries, mut model) = (Entries::new(), BTreeMap::new());
            for change in changes {
                // Some changes are of a hundred at once, so that there is more than one row.
                let count = if change % 8 == 0 { 100 } else { 1 };
                for number in 0..count {
                    match change % 5 {
                        0..=2 => {
                            let value = u32::from(change) + number;
                            assert_eq!(model.insert(entries.insert(value), value), None);
                        }
                        3 => {
                            let at = usize::from(change) % model.len().max(1);
                            let place = model.keys().nth(at).copied().unwrap_or(7);
                            assert_eq!(entries.remove(place), model.remove(&place));
                        }
                        _ => match entries.shorten() {
                            Shortened::Not => assert_eq!(entries.places(), model.len()),
                            Shortened::Dropped => {}
                            Shortened::Moved { from, to } => {
                                let value = model.remove(&from).unwrap();
                                assert_eq!(model.insert(to, value), None);
                            }
                        },
                    }
                }
                let vacant = vacant(&entries);
                assert_eq!(vacant.len() + model.len(), entries.places());
                assert!(vacant.iter().all(|place| !model.contains_key(place)));
            }
            entries.len() == model.len()
                && entries.iter().map(|(place, &value)| (place, value)).eq(model.into_iter())
        }
    }

    #[test]
    fn what_was_emptied_or_shortened_has_given_its_rows_back() {
        let mut entries = Entries::new();
        (0..10_000).for_each(|number| {
            entries.insert(number);
        });
        let full = entries.memory();
        (0..10_000).filter(|place| place % 4 != 0).for_each(|place| {
            entries.remove(place);
        });
        assert_eq!(entries.memory(), full);
        assert!(entries.can_free_row());
        while entries.can_free_row() {
            entries.shorten();
        }
        assert!(entries.memory() < full / 3, "{} of {full}", entries.memory());
        assert_eq!(entries.len(), 2500);
        let places: Vec<u32> = entries.iter().map(|(place, _)| place).collect();
        places.into_iter().for_each(|place| {
            entries.remove(place);
        });
        assert_eq!((entries.places(), entries.rows.len()), (0, 1));
    }
}
