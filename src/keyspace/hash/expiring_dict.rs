//! A hash in a dict whose fields may expire: the dict, and beside it the times.
//!
//! Redis: `dictExpireMetadata` in `src/t_hash.c`, whose fields carry an `ExpireMeta` (`src/mstr.c`) and stand in the hash's own
//! `ebuckets` (`src/ebuckets.c`).
//!
//! Different on purpose: the times stand by the places of the dict, so that a dict becomes one with times without being
//! touched, and those that are due are found in order, as in [`crate::keyspace::Database`].
//!
//! Invariant, checked by a property test: `due` has the time and the place of each field whose time is not none, and no other.

use crate::base::small_bytes::SmallBytes;
use crate::keyspace::dict::{Dict, Place};
use std::collections::BTreeSet;

/// A dict with times.
#[derive(Clone, Debug)]
// ANCHOR: expiring-dict
pub struct ExpiringDict {
    pub(super) dict: Dict<SmallBytes>,
    /// When the field at each place expires; 0, or no such place: it does not.
    times: Vec<i64>,
    /// When each field that expires does, the next one first.
    due: BTreeSet<(i64, Place)>,
    /// The time under which the database has the hash in its book: [`super::Hash::booked`].
    pub(super) booked: Option<i64>,
}
// ANCHOR_END: expiring-dict

impl ExpiringDict {
    /// These fields, none of which expires yet.
    pub fn new(dict: Dict<SmallBytes>) -> ExpiringDict {
        ExpiringDict { dict, times: Vec::new(), due: BTreeSet::new(), booked: None }
    }

    /// The fields and their values.
    pub fn dict(&self) -> &Dict<SmallBytes> {
        &self.dict
    }

    /// The memory of the times.
    pub fn memory(&self) -> usize {
        self.times.capacity() * size_of::<i64>() + self.due.len() * size_of::<(i64, Place)>()
    }

    /// When the field at a place expires.
    pub fn time(&self, place: Place) -> Option<i64> {
        self.times.get(place as usize).copied().filter(|&time| time != 0)
    }

    /// When the field at a place is to expire.
    pub fn set_time(&mut self, place: Place, time: Option<i64>) {
        let old = self.time(place);
        if old == time {
            return;
        }
        if let Some(old) = old {
            self.due.remove(&(old, place));
        }
        if let Some(time) = time {
            self.due.insert((time, place));
        }
        let index = place as usize;
        if index >= self.times.len() {
            self.times.resize(index + 1, 0);
        }
        self.times[index] = time.unwrap_or(0);
    }

    /// Adds a field that is not there.
    pub fn add(&mut self, field: &[u8], value: &[u8], time: Option<i64>) {
        let place = self.dict.add(field, value.into());
        self.set_time(place, time);
    }

    /// Stores a value. Whether the field is new.
    pub fn set(&mut self, field: &[u8], value: &[u8], keeps_time: bool) -> bool {
        let found = self.dict.find(field);
        match found {
            None => _ = self.dict.add(field, value.into()),
            Some(place) => {
                *self.dict.value_mut(place) = value.into();
                if !keeps_time {
                    self.set_time(place, None);
                }
            }
        }
        found.is_none()
    }

    /// Removes the field at a place.
    pub fn remove(&mut self, place: Place) {
        self.set_time(place, None);
        self.dict.remove_at(place);
    }

    /// When the next field expires.
    pub fn next_expiry(&self) -> Option<i64> {
        self.due.first().map(|&(time, _)| time)
    }

    /// How many fields have an earlier time.
    pub fn count_before(&self, now: i64) -> usize {
        self.due.range(..(now, 0)).count()
    }

    /// Removes fields whose time has come at `now`, at most so many. Returns how many.
    pub fn expire_due(&mut self, now: i64, most: usize, mut gone: impl FnMut(&[u8])) -> usize {
        let mut removed = 0;
        while removed < most
            && let Some(&(time, place)) = self.due.first()
            && time <= now
        {
            gone(self.dict.key(place));
            self.remove(place);
            removed += 1;
        }
        removed
    }

    /// Every field with its value and its time.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8], Option<i64>)> {
        let places = self.dict.places();
        places.map(|place| (self.dict.key(place), &**self.dict.value(place), self.time(place)))
    }
}
