//! The databases: keys and their values. Strings only, for now.
//!
//! Redis: `src/db.c`.
//!
//! Naive: expiry is looked at only when a key is touched.

use std::collections::HashMap;

/// A value and when it goes.
#[derive(Clone, Debug)]
struct Value {
    string: Box<[u8]>,
    /// Milliseconds since 1970.
    expires: Option<u64>,
}

/// One database.
#[derive(Debug, Default)]
pub struct Database {
    keys: HashMap<Box<[u8]>, Value>,
}

/// All databases, by number; those never written to take no memory.
#[derive(Debug, Default)]
pub struct Keyspace {
    databases: HashMap<u32, Database>,
}

impl Keyspace {
    /// The database with that number.
    pub fn db(&mut self, number: u32) -> &mut Database {
        self.databases.entry(number).or_default()
    }

    /// The databases that hold keys, by number.
    pub fn in_use(&self) -> Vec<(u32, &Database)> {
        let mut all: Vec<_> =
            self.databases.iter().filter(|(_, db)| !db.is_empty()).map(|(&n, db)| (n, db)).collect();
        all.sort_unstable_by_key(|&(number, _)| number);
        all
    }

    /// Removes every key of every database.
    pub fn clear(&mut self) {
        self.databases.clear();
    }
}

impl Database {
    /// The string at `key`; a key whose time has passed at `now` is removed first.
    pub fn get(&mut self, key: &[u8], now: u64) -> Option<&[u8]> {
        if self.keys.get(key)?.expires.is_some_and(|at| at <= now) {
            self.keys.remove(key);
        }
        self.keys.get(key).map(|value| &*value.string)
    }

    /// When the key goes, if it is to go.
    pub fn expires(&self, key: &[u8]) -> Option<u64> {
        self.keys.get(key)?.expires
    }

    /// Stores a string.
    pub fn set(&mut self, key: &[u8], string: &[u8], expires: Option<u64>) {
        let value = Value { string: string.into(), expires };
        match self.keys.get_mut(key) {
            Some(old) => *old = value,
            None => {
                self.keys.insert(key.into(), value);
            }
        }
    }

    /// Removes a key. Whether it was there.
    pub fn remove(&mut self, key: &[u8], now: u64) -> bool {
        self.get(key, now).is_some() && self.keys.remove(key).is_some()
    }

    /// Every key whose time has not passed at `now`.
    pub fn keys(&self, now: u64) -> impl Iterator<Item = &[u8]> {
        self.keys
            .iter()
            .filter(move |(_, value)| value.expires.is_none_or(|at| at > now))
            .map(|(key, _)| &**key)
    }

    /// How many keys there are, those that expired and were not touched since included, as in Redis.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// How many keys are to expire.
    pub fn expiring(&self) -> usize {
        self.keys.values().filter(|value| value.expires.is_some()).count()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Removes every key.
    pub fn clear(&mut self) {
        self.keys = HashMap::new();
    }
}
