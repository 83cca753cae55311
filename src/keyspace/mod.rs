//! The databases: keys, their values and when they expire.
//!
//! Redis: `struct redisDb` in `src/server.h`, the dict half of `src/db.c`.
//!
//! This room knows no client and tells nobody: [`crate::server`]'s `keys.rs` does what else belongs to a change (events,
//! watchers, clients that wait for a key), and is what commands call.
//!
//! Different on purpose: Redis keeps a second dict of the keys that expire and draws samples of it; here the times
//! stand in order, so that what is due is found without a search, and the loop knows when to wake up. Eviction draws its
//! samples of the same keys in no order.

pub mod bit_field;
pub mod bits;
pub mod dict;
mod entries;
pub mod events;
mod expiring;
pub mod geo;
pub mod hash;
pub mod hyperloglog;
pub mod last_use;
pub mod list;
mod list_remove;
pub mod listpack;
mod listpack_entry;
pub mod memory;
mod places;
pub mod pool;
pub mod set;
pub mod string;
pub mod value;
pub mod zset;

use crate::base::random::KeyedHash;
use dict::{Dict, Place};
use expiring::Expiring;
use hash::Hash;
use last_use::LastUse;
use std::collections::BTreeSet;
use value::Value;

/// A value, and what is known of its key.
#[derive(Debug)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// Milliseconds since 1970; [`NEVER`] if the key does not expire.
    expires: i64,
    /// When it was last used, or how often: OBJECT IDLETIME and FREQ.
    pub last_use: LastUse,
    /// The number of the last snapshot that is done with the key, since it has it or is not to have it; 0: there was none.
    pub snapshot: u32,
}

/// No time: the key stays.
const NEVER: i64 = i64::MIN;

impl Item {
    /// When the key expires, in milliseconds since 1970.
    pub fn expires(&self) -> Option<i64> {
        (self.expires != NEVER).then_some(self.expires)
    }

    /// Whether its time has come. Redis: `keyIsExpired`.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires != NEVER && self.expires <= now
    }
}

/// One database.
// ANCHOR: database
pub struct Database {
    dict: Dict<Item>,
    /// The keys that expire.
    expiring: Expiring,
    /// When the next field of each hash that has fields that expire does, the earliest first.
    expiring_fields: BTreeSet<(i64, Place)>,
}
// ANCHOR_END: database

/// All databases, by number.
pub struct Keyspace {
    /// As many as were ever used.
    databases: Vec<Database>,
    /// The hash function of all dicts, those of values included.
    hasher: KeyedHash,
}

impl Keyspace {
    /// Databases without keys.
    pub fn new(hasher: KeyedHash) -> Keyspace {
        Keyspace { databases: Vec::new(), hasher }
    }

    /// The hash function for the dicts of values.
    pub fn hasher(&self) -> KeyedHash {
        self.hasher
    }

    /// The database with that number.
    pub fn db(&mut self, number: u32) -> &mut Database {
        let at = number as usize;
        if at >= self.databases.len() {
            self.databases.resize_with(at + 1, || Database::new(self.hasher));
        }
        &mut self.databases[at]
    }

    /// The database with that number, if it was ever used.
    pub fn get(&self, number: u32) -> Option<&Database> {
        self.databases.get(number as usize)
    }

    /// Empties the database with that number, and returns what was in it.
    pub fn take(&mut self, number: u32) -> Database {
        let empty = Database::new(self.hasher);
        std::mem::replace(self.db(number), empty)
    }

    /// Whether a database has the key, its time passed or not.
    pub fn has(&self, number: u32, key: &[u8]) -> bool {
        self.get(number).is_some_and(|db| db.find(key).is_some())
    }

    /// The databases that hold keys, by number.
    pub fn in_use(&self) -> impl Iterator<Item = (u32, &Database)> {
        (0..).zip(&self.databases).filter(|(_, db)| !db.is_empty())
    }

    /// The keys of two databases change places. Redis: `dbSwapDatabases`.
    pub fn swap(&mut self, one: u32, other: u32) {
        self.db(one.max(other));
        self.databases.swap(one as usize, other as usize);
    }

    /// The time at which the next key, or field of a hash, of any database expires.
    pub fn next_expiry(&self) -> Option<i64> {
        self.databases.iter().filter_map(Database::next_expiry).min()
    }
}

impl Database {
    fn new(hasher: KeyedHash) -> Database {
        Database { dict: Dict::new(hasher), expiring: Expiring::default(), expiring_fields: BTreeSet::new() }
    }

    /// Makes room for so many keys, if there is none yet.
    pub fn expand(&mut self, keys: usize) {
        self.dict.expand(keys);
    }

    /// Where the key is, its time passed or not.
    pub fn find(&self, key: &[u8]) -> Option<Place> {
        self.dict.find(key)
    }

    /// The key at a place.
    pub fn key(&self, place: Place) -> &[u8] {
        self.dict.key(place)
    }

    /// The item at a place.
    pub fn item(&self, place: Place) -> &Item {
        self.dict.value(place)
    }

    /// The item at a place, to change it.
    pub fn item_mut(&mut self, place: Place) -> &mut Item {
        self.dict.value_mut(place)
    }

    /// The item of a key, its time passed or not.
    pub fn get(&self, key: &[u8]) -> Option<&Item> {
        self.dict.get(key)
    }

    /// The item of a key, if its time has not passed at `now`. Nothing is removed, nobody is told.
    pub fn peek(&self, key: &[u8], now: i64) -> Option<&Item> {
        self.dict.get(key).filter(|item| !item.is_expired(now))
    }

    /// Adds a key that is not there.
    pub fn add(&mut self, key: &[u8], value: Value, last_use: LastUse) -> Place {
        let place = self.dict.add(key, Item { value, expires: NEVER, last_use, snapshot: 0 });
        self.book_fields(place, None);
        place
    }

    /// Puts another value in the place of the one of a key.
    pub fn replace(&mut self, place: Place, value: Value) {
        self.unbook_fields(place);
        self.dict.value_mut(place).value = value;
        self.book_fields(place, None);
    }

    /// The hash of a key, its time passed or not, and where it is, for a caller that then calls [`Database::fields_changed`].
    pub fn hash_mut(&mut self, key: &[u8]) -> Option<(Place, &mut Hash)> {
        let place = self.dict.find(key)?;
        match &mut self.dict.value_mut(place).value {
            Value::Hash(hash) => Some((place, hash)),
            _ => None,
        }
    }

    /// The fields of the hash at a place, or their times, have changed: what is to expire is in the book from now on.
    pub fn fields_changed(&mut self, place: Place) {
        if let Value::Hash(hash) = &mut self.dict.value_mut(place).value
            && let Some(&mut booked) = hash.booked()
        {
            self.book_fields(place, booked);
        }
    }

    /// Has the hash at a place in the book under the time of its next field, instead of `old`.
    fn book_fields(&mut self, place: Place, old: Option<i64>) {
        let Value::Hash(hash) = &mut self.dict.value_mut(place).value else { return };
        let next = hash.next_expiry();
        if let Some(booked) = hash.booked() {
            *booked = next;
        }
        if next != old {
            old.map(|old| self.expiring_fields.remove(&(old, place)));
            next.map(|next| self.expiring_fields.insert((next, place)));
        }
    }

    /// Takes the value at a place out of the book.
    fn unbook_fields(&mut self, place: Place) {
        if let Value::Hash(hash) = &mut self.dict.value_mut(place).value
            && let Some(&mut Some(booked)) = hash.booked()
        {
            self.expiring_fields.remove(&(booked, place));
        }
    }

    /// Removes the key at a place and returns its item.
    pub fn remove_at(&mut self, place: Place) -> Option<Item> {
        // The item keeps its time: RENAME takes it along.
        if let Some(at) = self.dict.value(place).expires() {
            self.expiring.remove(at, place);
        }
        self.unbook_fields(place);
        self.dict.remove_at(place)
    }

    /// When the key at a place is to expire; None: never.
    pub fn set_expiry(&mut self, place: Place, at: Option<i64>) {
        let item = self.dict.value_mut(place);
        let old = item.expires();
        // The one time that means none is nobody's time: 292 million years ago.
        item.expires = at.map_or(NEVER, |at| at.max(NEVER + 1));
        match (old, item.expires()) {
            (None, None) => {}
            (None, Some(at)) => self.expiring.insert(at, place),
            (Some(old), None) => self.expiring.remove(old, place),
            (Some(old), Some(at)) => self.expiring.change(old, at, place),
        }
    }

    /// The key that expires next, if its time has come at `now`.
    pub fn due(&self, now: i64) -> Option<&[u8]> {
        let (at, place) = self.expiring.first()?;
        (at <= now).then(|| self.dict.key(place))
    }

    /// The key of the hash whose next field expires first, if its time has come at `now`.
    pub fn fields_due(&self, now: i64) -> Option<&[u8]> {
        let &(at, place) = self.expiring_fields.first()?;
        (at <= now).then(|| self.dict.key(place))
    }

    /// When the next key, or field of a hash, expires.
    pub fn next_expiry(&self) -> Option<i64> {
        let firsts = [self.expiring.first(), self.expiring_fields.first().copied()];
        firsts.into_iter().flatten().map(|(at, _)| at).min()
    }

    /// Every key, those that expired and were not touched since included.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Item)> {
        self.dict.iter()
    }

    /// Every key whose time has not passed at `now`.
    pub fn keys(&self, now: i64) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(move |(_, item)| !item.is_expired(now)).map(|(key, _)| key)
    }

    /// One step of SCAN: see [`Dict::scan`].
    pub fn scan(&self, cursor: u64, visit: impl FnMut(Place)) -> u64 {
        self.dict.scan(cursor, visit)
    }

    /// A key that `random` chooses.
    pub fn random(&self, random: impl FnMut() -> u64) -> Option<Place> {
        self.dict.random(random)
    }

    /// Adds to `found` up to `count` keys for eviction to compare; `only_expiring`: of those that are to expire.
    pub fn sample(
        &self,
        count: usize,
        only_expiring: bool,
        random: impl FnMut() -> u64,
        found: &mut Vec<Place>,
    ) {
        match only_expiring {
            true => self.expiring.sample(count, random, found),
            false => self.dict.some(count, random, found),
        }
    }

    /// A key that `random` chooses of those that are to expire.
    pub fn random_expiring(&self, mut random: impl FnMut() -> u64) -> Option<Place> {
        self.expiring.draw(&mut random)
    }

    /// The key that expires next, and when.
    pub fn first_to_expire(&self) -> Option<(i64, Place)> {
        self.expiring.first()
    }

    /// What the tables take: that of the keys, and that of the times of those that expire. Redis: `kvstoreMemUsage`.
    pub fn overhead(&self) -> (usize, usize) {
        (self.dict.memory(), self.expiring.memory())
    }

    /// The bytes of the buckets, and of those that a table has while its keys are moved to another; and whether they are.
    /// Redis: `kvstoreOverheadHashtableLut`, `kvstoreOverheadHashtableRehashing`.
    pub fn buckets(&self) -> (usize, usize, bool) {
        let [first, second] = self.dict.buckets();
        let bytes = |buckets: usize| buckets * size_of::<u32>();
        let moves = second > 0;
        (bytes(first + second), if moves { bytes(first) } else { 0 }, moves)
    }

    /// How many keys there are, those that expired and were not touched since included, as in Redis.
    pub fn len(&self) -> usize {
        self.dict.len()
    }

    /// How many keys are to expire.
    pub fn expiring(&self) -> usize {
        self.expiring.len()
    }

    /// When each key that expires does, the next one first.
    pub fn expiry_times(&self) -> impl Iterator<Item = (i64, &[u8])> {
        self.expiring.iter().map(|(at, place)| (at, self.dict.key(place)))
    }

    /// How many hashes have fields that are to expire.
    pub fn expiring_hashes(&self) -> usize {
        self.expiring_fields.len()
    }

    /// When the next field of each hash that has fields that expire does, the earliest first.
    pub fn field_expiry_times(&self) -> impl Iterator<Item = (i64, &[u8])> {
        self.expiring_fields.iter().map(|&(at, place)| (at, self.dict.key(place)))
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.dict.is_empty()
    }
}
