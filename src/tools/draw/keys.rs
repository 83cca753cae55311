//! The keys of a database that a picture shows: of those, it shows values, blocks and levels.
//!
//! Redis has no counterpart.

use super::scope::{Scope, Shown};
use crate::keyspace::value::Value;
use crate::keyspace::{Database, Item};
use crate::steps::readable;

/// The keys of a database that are shown.
pub struct Keys<'a> {
    /// Which database.
    pub db: u32,
    /// The keys, and how many there are beside them.
    pub items: Shown<Vec<(&'a [u8], &'a Item)>>,
}

impl<'a> Keys<'a> {
    /// Those that are in the scope.
    pub fn of(db: u32, database: &'a Database, scope: &Scope) -> Keys<'a> {
        Keys { db, items: scope.names(database.len(), database.iter(), |(key, _)| key) }
    }

    /// Each key, as it is called beside those of other databases, and its value.
    pub fn values(&self) -> impl Iterator<Item = (String, &'a Value)> {
        self.items.shown.iter().map(|&(key, item)| {
            let name = match self.db {
                0 => readable(key),
                db => format!("{} in database {db}", readable(key)),
            };
            (name, &item.value)
        })
    }
}
