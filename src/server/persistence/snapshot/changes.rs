//! What changes while a snapshot is made, and what is done before: a key that is not saved yet is encoded as it still is.
//!
//! Redis: none; there the kernel copies the page.
//!
//! Whatever changes a key calls [`Server::before_change`]: the functions of `server/keys.rs` and `fields.rs`, which commands
//! call. A value that was looked up to be read cannot be changed, as it is borrowed so.

use super::pen::{Partial, Pen};
use super::{Snapshot, UsageClock, begin_key};
use crate::keyspace::dict::Place;
use crate::keyspace::{Database, Item, Keyspace};
use crate::persist::budget::Budget;
use crate::persist::write::Unfinished;
use crate::server::Server;
use crate::steps::{readable, step};
use std::collections::VecDeque;

/// Of a value that is encoded at once: how much a piece has.
const PIECE: Budget = Budget { bytes: 1 << 20, elements: usize::MAX };

impl Server {
    /// The value at a place, or when it expires, is about to change, or the key is to be removed or moved.
    pub(in crate::server) fn before_change(&mut self, db: u32, place: Place) {
        if self.persistence.snapshot.is_some() {
            self.save_early(db, place);
        }
    }

    /// [`Server::before_change`] for a caller that does not know whether there is such a key.
    pub(in crate::server) fn before_key_changes(&mut self, db: u32, key: &[u8]) {
        if self.persistence.snapshot.is_some()
            && let Some(place) = self.keyspace.db(db).find(key)
        {
            self.save_early(db, place);
        }
    }

    #[cold]
    fn save_early(&mut self, db: u32, place: Place) {
        let use_clock = self.use_clock();
        if let Some(snapshot) = &mut self.persistence.snapshot {
            snapshot.save_early(&mut self.keyspace, use_clock, db, place);
        }
    }

    /// A key was added: it is not in the picture.
    pub(in crate::server) fn note_new_key(&mut self, db: u32, place: Place) {
        if let Some(snapshot) = &self.persistence.snapshot {
            self.keyspace.db(db).item_mut(place).snapshot = snapshot.number;
        }
    }

    /// Two databases have each other's number from now on.
    pub(in crate::server) fn databases_swapped(&mut self, one: u32, other: u32) {
        if let Some(snapshot) = &mut self.persistence.snapshot {
            snapshot.picture.swap(one, other);
        }
    }

    /// A database was flushed, and this was in it: what the snapshot still needs of it is kept.
    pub(in crate::server) fn database_taken(&mut self, db: u32, database: Database) {
        if let Some(snapshot) = &mut self.persistence.snapshot {
            snapshot.picture.flushed(db, database);
        }
    }

    /// The last entries of a table are about to move to other places.
    pub(in crate::server) fn before_shortening(&mut self, moves: usize) {
        if self.persistence.snapshot.is_none() {
            return;
        }
        let Some((db, database)) = self.keyspace.to_shorten() else { return };
        let end = database.places_end();
        let first = end.saturating_sub(moves.try_into().unwrap_or(Place::MAX));
        let places: Vec<Place> = (first..end).filter(|&place| database.entry(place).is_some()).collect();
        for place in places {
            self.save_early(db, place);
        }
    }
}

impl Snapshot {
    /// Encodes a key ahead of the walk, unless it is saved; of the value that the walk is in the midst of, the rest.
    fn save_early(&mut self, keyspace: &mut Keyspace, use_clock: UsageClock, db: u32, place: Place) {
        let Some((pictured, is_current)) = self.picture.find(db) else { return };
        let (number, progress) = (pictured.number, pictured.progress);
        let database = keyspace.db(db);
        if place < progress || database.item(place).snapshot == self.number {
            return;
        }
        let (key, item) = (database.key(place), database.item(place));
        if is_current
            && place == progress
            && let Some(mut partial) = self.partial.take()
        {
            write_to_end(&mut self.file, &mut partial, (key, item), &mut self.pieces);
            self.value_is_whole();
        } else {
            let (file, pieces) = match self.partial {
                Some(_) => (&mut self.ahead, &mut self.pieces_ahead),
                None => (&mut self.file, &mut self.pieces),
            };
            let mut partial = begin_key(file, number, (key, item), self.usage, use_clock);
            write_to_end(file, &mut partial, (key, item), pieces);
            self.saved += 1;
        }
        step!(SavedAhead { db: number, key: readable(database.key(place)) });
        database.item_mut(place).snapshot = self.number;
    }
}

/// Encodes a value to its end, in pieces, so that no buffer grows to its length.
fn write_to_end(
    file: &mut Pen,
    partial: &mut Partial,
    (key, item): (&[u8], &Item),
    pieces: &mut VecDeque<Unfinished>,
) {
    while !file.value(partial, key, item, &mut PIECE.clone()) {
        pieces.push_back(file.take());
    }
}
