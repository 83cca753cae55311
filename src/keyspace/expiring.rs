//! The keys of a database that expire: in order of their times, and in no order, to draw from.
//!
//! Redis: `db->expires` in `src/server.h`, a dict, which can be drawn from and has no order.
//!
//! What is due, and what `volatile-ttl` evicts, is the first in order; `volatile-lru` and its like compare a few keys drawn
//! from all of them.

use super::dict::Place;
use std::collections::BTreeSet;

/// The keys that expire, by their places in the dict.
#[derive(Default)]
pub(super) struct Expiring {
    /// When each does, the next one first.
    times: BTreeSet<(i64, Place)>,
    /// All of them, in no order.
    places: Vec<Place>,
    /// For each place of the dict, where it stands in `places`; meaningless for keys that do not expire.
    stands: Vec<u32>,
}

impl Expiring {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The next one, and when it expires.
    pub(super) fn first(&self) -> Option<(i64, Place)> {
        self.times.first().copied()
    }

    /// All of them, the next one first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, Place)> {
        self.times.iter().copied()
    }

    /// A key is to expire that was not.
    pub(super) fn insert(&mut self, at: i64, place: Place) {
        self.times.insert((at, place));
        if self.stands.len() <= place as usize {
            self.stands.resize(place as usize + 1, 0);
        }
        self.stands[place as usize] = self.places.len() as u32;
        self.places.push(place);
    }

    /// A key is to expire at another time.
    pub(super) fn change(&mut self, old: i64, new: i64, place: Place) {
        self.times.remove(&(old, place));
        self.times.insert((new, place));
    }

    /// A key is not to expire any more.
    pub(super) fn remove(&mut self, at: i64, place: Place) {
        if !self.times.remove(&(at, place)) {
            return;
        }
        let stood = self.stands[place as usize];
        self.places.swap_remove(stood as usize);
        if let Some(&last) = self.places.get(stood as usize) {
            self.stands[last as usize] = stood;
        }
        if self.places.is_empty() {
            *self = Expiring::default();
        }
    }

    /// The dict has moved a key.
    pub(super) fn moved(&mut self, at: i64, from: Place, to: Place) {
        if self.times.remove(&(at, from)) {
            self.times.insert((at, to));
            // `to` was a place of the dict before, but perhaps of no key that expired.
            if self.stands.len() <= to as usize {
                self.stands.resize(to as usize + 1, 0);
            }
            let stands = self.stands[from as usize];
            self.stands[to as usize] = stands;
            self.places[stands as usize] = to;
        }
    }

    /// One of them that `random` chooses.
    pub(super) fn draw(&self, random: &mut impl FnMut() -> u64) -> Option<Place> {
        if self.places.is_empty() {
            return None;
        }
        self.places.get(random() as usize % self.places.len()).copied()
    }

    /// Adds to `found` as many as are wanted, all if there are no more; the same one may be drawn twice.
    pub(super) fn sample(&self, count: usize, mut random: impl FnMut() -> u64, found: &mut Vec<Place>) {
        if self.places.len() <= count {
            found.extend(&self.places);
            return;
        }
        found.extend((0..count).filter_map(|_| self.draw(&mut random)));
    }

    /// The memory of all this: an estimate of the tree.
    pub(super) fn memory(&self) -> usize {
        let tree = self.times.len() * (size_of::<(i64, Place)>() + PER_KEY_OF_TREE);
        tree + (self.places.capacity() + self.stands.capacity()) * size_of::<u32>()
    }
}

/// What a key takes in the tree beside itself: nodes have room for eleven, and are about three quarters full.
const PER_KEY_OF_TREE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;
    use std::collections::BTreeMap;

    quickcheck! {
        fn what_is_drawn_from_is_what_expires(changes: Vec<(u8, i16)>) -> bool {
            let (mut expiring, mut model) = (Expiring::default(), BTreeMap::new());
            for (place, at) in changes {
                let (place, at) = (u32::from(place % 40), i64::from(at));
                match model.get(&place).copied() {
                    None => {
                        expiring.insert(at, place);
                        model.insert(place, at);
                    }
                    Some(old) if at % 3 == 0 => {
                        expiring.change(old, at, place);
                        model.insert(place, at);
                    }
                    Some(old) if at % 3 == 1 && !model.contains_key(&(place + 40)) => {
                        expiring.moved(old, place, place + 40);
                        model.remove(&place);
                        model.insert(place + 40, old);
                    }
                    Some(old) => {
                        expiring.remove(old, place);
                        model.remove(&place);
                    }
                }
                let mut all = Vec::new();
                expiring.sample(usize::MAX, || 0, &mut all);
                all.sort_unstable();
                assert!(all.iter().eq(model.keys()));
            }
            let mut times: Vec<(i64, u32)> = model.iter().map(|(&place, &at)| (at, place)).collect();
            times.sort_unstable();
            expiring.iter().eq(times) && expiring.len() == model.len()
        }
    }
}
