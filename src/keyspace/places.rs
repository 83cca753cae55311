//! The keys of a database by place: a traversal that can be left and taken up again, and tables that are shortened.
//!
//! Redis: none; its dicts are traversed by bucket (`dictNext`), with a child process for the time that it takes.

use super::dict::Place;
use super::value::Value;
use super::{Database, Item, Keyspace};
use crate::base::small_bytes::SmallBytes;

impl Keyspace {
    /// The database that [`Keyspace::shorten`] would shorten.
    pub fn to_shorten(&self) -> Option<(u32, &Database)> {
        (0..).zip(&self.databases).find(|(_, database)| database.can_free_row())
    }

    /// Moves up to `moves` entries of one table, the last ones, if so many of its places are vacant that it could do with a row less. Returns
    /// whether one was; places that were handed out before are valid no longer then.
    pub fn shorten(&mut self, moves: usize) -> bool {
        let Some(database) = self.databases.iter_mut().find(|database| database.can_free_row()) else {
            return false;
        };
        for _ in 0..moves {
            if !database.can_free_row() {
                break;
            }
            database.shorten();
        }
        true
    }
}

impl Database {
    /// How many places there are, vacant ones included: all are less than that.
    pub fn places_end(&self) -> Place {
        self.dict.places_end()
    }

    /// The key and the item at a place; None: it is vacant.
    pub fn entry(&self, place: Place) -> Option<(&[u8], &Item)> {
        self.dict.entry(place)
    }

    /// Every place that is not vacant, in order, with its key and its item.
    pub fn into_entries(self) -> impl Iterator<Item = (Place, SmallBytes, Item)> {
        self.dict.into_entries()
    }

    /// Whether [`Database::shorten`] would soon give memory back.
    pub fn can_free_row(&self) -> bool {
        self.dict.can_free_row()
    }

    /// One step towards a table without vacant places. Places that were handed out before are valid no longer: not to be
    /// called while a command runs.
    pub fn shorten(&mut self) {
        let Some((item, from, to)) = self.dict.shorten() else { return };
        if let Some(at) = item.expires() {
            self.expiring.moved(at, from, to);
        }
        if let Value::Hash(hash) = &mut self.dict.value_mut(to).value
            && let Some(&mut Some(booked)) = hash.booked()
        {
            self.expiring_fields.remove(&(booked, from));
            self.expiring_fields.insert((booked, to));
        }
    }
}
