//! Fields of hashes whose time has passed: removed when a command asks for them, or in their turn, with all that belongs to it.
//!
//! Redis: `src/t_hash.c` (the end of `hashTypeGetValue`, `hashTypeExpire`, `hashTypeExpireIfNeeded`, `hashTypeSetExDone`).
//!
//! Different on purpose: the book of hashes that have something to expire is exact after every command. Redis leaves a hash in
//! its own under a time that may be seconds off, and finds out when that time has come.

use super::Server;
use crate::keyspace::dict::Place;
use crate::keyspace::events::{GENERIC, HASH};
use crate::keyspace::hash::Hash;
use crate::keyspace::value::Value;
use crate::steps::{readable, step};

/// What a hash is without a field that has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It still has the field: in a CLIENT PAUSE nothing is removed.
    Whole,
    /// It has others.
    Others,
    /// It was its last one, and the key is gone.
    Nothing,
}

impl Server {
    /// Removes a field that a command has asked for and whose time has passed. `tells`: whether the events go out, or the command
    /// does that. Redis: the end of `hashTypeGetValue`.
    // ANCHOR: expire-field
    pub(crate) fn expire_field(&mut self, db: u32, key: &[u8], field: &[u8], tells: bool) -> Rest {
        if self.paused().is_some() {
            return Rest::Whole;
        }
        self.before_key_changes(db, key);
        let database = self.keyspace.db(db);
        let Some((place, hash)) = database.hash_mut(key) else { return Rest::Nothing };
        // A command may name a field twice.
        if !hash.remove(field) {
            return Rest::Others;
        }
        step!(FieldsExpired { db, key: readable(key), fields: 1 });
        let rest = if hash.is_empty() { Rest::Nothing } else { Rest::Others };
        database.fields_changed(place);
        self.stats.expired_subkeys += 1;
        if tells {
            self.notify(HASH, "hexpired", key, db);
        }
        if rest == Rest::Nothing {
            self.delete_key(db, key);
            if tells {
                self.notify(GENERIC, "del", key, db);
            }
        }
        self.signal_removed_key(db, key);
        self.propagate_field(db, key, field);
        rest
    }
    // ANCHOR_END: expire-field

    /// Removes a field of the value at a place, if that is a hash that has it and its time has passed. Whether its time had.
    pub(crate) fn expire_field_at(&mut self, db: u32, place: Place, key: &[u8], field: &[u8]) -> bool {
        let now = self.now();
        let is_expired = match &self.keyspace.db(db).item(place).value {
            Value::Hash(hash) if hash.is_expiring() => {
                hash.find(field).is_some_and(|at| hash.is_expired(at, now))
            }
            _ => false,
        };
        if is_expired {
            self.expire_field(db, key, field, true);
        }
        is_expired
    }

    /// Removes fields of a hash whose time has come, at most so many, and tells `hexpired` once for all of them. Returns how many.
    /// Redis: `hashTypeExpire`.
    // ANCHOR: expire-fields
    pub(crate) fn expire_fields(&mut self, db: u32, key: &[u8], most: usize) -> usize {
        let now = self.now();
        self.before_key_changes(db, key);
        let database = self.keyspace.db(db);
        let Some((place, hash)) = database.hash_mut(key) else { return 0 };
        let (records, mut gone) = (self.propagation.is_on(), Vec::new());
        let removed = hash.expire_due(now, most, |field| {
            if records {
                gone.push(field.to_vec());
            }
        });
        let is_empty = hash.is_empty();
        database.fields_changed(place);
        self.stats.expired_subkeys += removed as u64;
        if removed > 0 {
            step!(FieldsExpired { db, key: readable(key), fields: removed });
            self.notify(HASH, "hexpired", key, db);
            if is_empty {
                self.delete_emptied(db, key);
            }
            self.signal_removed_key(db, key);
        }
        gone.iter().for_each(|field| self.propagate_field(db, key, field));
        removed
    }
    // ANCHOR_END: expire-fields

    /// Removes all fields of a hash whose time has come, and returns the hash if that leaves something of it. Redis:
    /// `hashTypeExpireIfNeeded`.
    pub(crate) fn expire_all_fields(&mut self, db: u32, key: &[u8]) -> Option<&Hash> {
        if self.paused().is_none() {
            self.expire_fields(db, key, usize::MAX);
        }
        self.keyspace.db(db).hash_mut(key).map(|(_, hash)| &*hash)
    }

    /// The fields of the hash at a key, or their times, have changed.
    pub(crate) fn fields_changed(&mut self, db: u32, key: &[u8]) {
        let database = self.keyspace.db(db);
        if let Some(place) = database.find(key) {
            database.fields_changed(place);
        }
    }
}
