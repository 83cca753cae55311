//! Looking keys up and changing them, with all that belongs to it: expiry on access, events, watchers, who waits.
//!
//! Redis: `src/db.c` (`lookupKeyReadWithFlags`, `lookupKeyWrite`, `dbAdd`, `setKey`, `dbDelete`, `signalModifiedKey`,
//! `expireIfNeeded`) and the active cycle of `src/expire.c`.
//!
//! Commands call these and never the dict itself, so that no change goes unnoticed. What a handler has to add is the
//! event that it alone knows the name of: [`Server::modified`].
//!
//! Different on purpose: the active cycle does not sample. It takes what is due in order of time, a bounded number in a
//! turn of the loop, and the loop wakes up for it: a key goes, and `expired` is told, within a millisecond or so of its
//! time, not up to a tenth of a second later.

use super::Server;
use super::evict::{chance, rates};
use crate::keyspace::dict::Place;
use crate::keyspace::events::{EXPIRED, Events, GENERIC, KEY_MISS, NEW};
use crate::keyspace::last_use::{Clock, LastUse};
use crate::keyspace::value::{Typed, Value, WrongType};
use crate::keyspace::{Database, Item, last_use};
use crate::steps::step;

/// How many keys and fields of hashes expire in a turn of the loop without having been asked for, at most.
const EXPIRE_PER_TURN: usize = 1000;

impl Server {
    /// Milliseconds since 1970, as expiry times are counted: what is to come is counted from here.
    pub(crate) fn unix_now(&self) -> i64 {
        i64::try_from(self.unix_millis()).unwrap_or(i64::MAX)
    }

    /// The same, to compare with the times of keys and fields: what is not later has expired. Nothing has while files are
    /// loaded, for when their commands were first executed it was there. Redis: `server.loading` in `keyIsExpiredInternal` and
    /// `checkAlreadyExpired`.
    pub(crate) fn now(&self) -> i64 {
        if self.is_loading() { i64::MIN } else { self.unix_now() }
    }

    /// Where a key is; one whose time has passed is removed first. Redis: `expireIfNeeded`.
    // ANCHOR: expire-if-needed
    pub(crate) fn lookup_key(&mut self, db: u32, key: &[u8]) -> Option<Place> {
        let now = self.now();
        let database = self.keyspace.db(db);
        let place = database.find(key)?;
        if database.item(place).is_expired(now) {
            // In a CLIENT PAUSE nothing changes: the key is not there, and goes when the pause ends.
            if self.paused().is_none() {
                self.expire(db, key);
            }
            return None;
        }
        Some(place)
    }
    // ANCHOR_END: expire-if-needed

    /// Removes a key whose time has passed. Redis: `deleteExpiredKeyAndPropagate`.
    fn expire(&mut self, db: u32, key: &[u8]) {
        self.delete_key(db, key);
        self.notify(EXPIRED, "expired", key, db);
        self.signal_removed_key(db, key);
        self.propagate_deletion(db, key, self.config.lazyfree_lazy_expire);
        self.stats.expired_keys += 1;
    }

    /// The value at a key, for a command that reads it: counts the hit or the miss. Redis: `lookupKeyRead`.
    pub(crate) fn lookup_read(&mut self, db: u32, key: &[u8]) -> Option<&Value> {
        let place = self.lookup_read_count(db, key)?;
        Some(self.use_value(db, place))
    }

    /// [`Server::lookup_read`] for a command that reads several values: where this one is.
    pub(crate) fn lookup_read_place(&mut self, db: u32, key: &[u8]) -> Option<Place> {
        let place = self.lookup_read_count(db, key)?;
        self.use_value(db, place);
        Some(place)
    }

    fn lookup_read_count(&mut self, db: u32, key: &[u8]) -> Option<Place> {
        let Some(place) = self.lookup_key(db, key) else {
            self.stats.keyspace_misses += 1;
            self.notify(KEY_MISS, "keymiss", key, db);
            return None;
        };
        self.stats.keyspace_hits += 1;
        Some(place)
    }

    /// The value at a key, for a command that may change it. Redis: `lookupKeyWrite`.
    pub(crate) fn lookup_write(&mut self, db: u32, key: &[u8]) -> Option<&mut Value> {
        let place = self.lookup_key(db, key)?;
        self.before_change(db, place);
        Some(self.use_value(db, place))
    }

    /// The value at a place, as a use of it.
    fn use_value(&mut self, db: u32, place: Place) -> &mut Value {
        let (clock, touch) = (self.key_clock(), !self.execution.no_touch);
        let Server { keyspace, eviction, random, config, .. } = self;
        let item = keyspace.db(db).item_mut(place);
        if touch {
            item.last_use = match eviction.counts_uses() {
                false => LastUse::now(clock),
                true => item.last_use.used_again(clock, rates(config), || chance(random.next_number())),
            };
        }
        &mut item.value
    }

    /// The time as keys keep it. Redis: `LRU_CLOCK`, `LFUGetTimeInMinutes`.
    pub(crate) fn key_clock(&self) -> Clock {
        Clock::at(self.time.unix_micros / 1_000_000)
    }

    /// The first use of a key. Redis: `initObjectLRUOrLFU`.
    pub(super) fn first_use(&self) -> LastUse {
        match self.eviction.counts_uses() {
            false => LastUse::now(self.key_clock()),
            true => LastUse::counted(self.key_clock(), last_use::NEW),
        }
    }

    /// The item of a key, for a command that asks about it: counts the hit or the miss, but it is not a use.
    /// Redis: `LOOKUP_NOTOUCH`.
    pub(crate) fn lookup_no_touch(&mut self, db: u32, key: &[u8]) -> Option<&Item> {
        let place = self.lookup_no_notify(db, key);
        if place.is_none() {
            self.notify(KEY_MISS, "keymiss", key, db);
        }
        place.map(|place| self.keyspace.db(db).item(place))
    }

    /// Where a key is, for a command that asks about it and tells no event of a miss. Redis: `LOOKUP_NONOTIFY` too.
    pub(crate) fn lookup_no_notify(&mut self, db: u32, key: &[u8]) -> Option<Place> {
        let place = self.lookup_key(db, key);
        match place {
            Some(_) => self.stats.keyspace_hits += 1,
            None => self.stats.keyspace_misses += 1,
        }
        place
    }

    /// The item of a key, without a trace: it is not used, nothing is counted. Redis: `LOOKUP_NOTOUCH | LOOKUP_NOSTATS`.
    pub(crate) fn lookup_no_stats(&mut self, db: u32, key: &[u8]) -> Option<&Item> {
        let place = self.lookup_key(db, key)?;
        Some(self.keyspace.db(db).item(place))
    }

    /// [`Server::lookup_read`] for a value of one type. Redis: `lookupKeyRead` and `checkType`.
    pub(crate) fn read<T: Typed>(&mut self, db: u32, key: &[u8]) -> Result<Option<&T>, WrongType> {
        let Some(place) = self.lookup_read_count(db, key) else { return Ok(None) };
        T::of(self.use_value(db, place)).map(|value| Some(&*value)).ok_or(WrongType)
    }

    /// [`Server::read`] for a command that counts as one that reads, and may change the value.
    pub(crate) fn read_to_change<T: Typed>(
        &mut self,
        db: u32,
        key: &[u8],
    ) -> Result<Option<&mut T>, WrongType> {
        let Some(place) = self.lookup_read_count(db, key) else { return Ok(None) };
        self.before_change(db, place);
        T::of(self.use_value(db, place)).map(Some).ok_or(WrongType)
    }

    /// The value at a place that a lookup has found, to change it.
    pub(crate) fn value_to_change(&mut self, db: u32, place: Place) -> &mut Value {
        self.before_change(db, place);
        &mut self.keyspace.db(db).item_mut(place).value
    }

    /// [`Server::lookup_write`] for a value of one type.
    pub(crate) fn write<T: Typed>(&mut self, db: u32, key: &[u8]) -> Result<Option<&mut T>, WrongType> {
        self.lookup_write(db, key).map(|value| T::of(value).ok_or(WrongType)).transpose()
    }

    /// [`Server::write`], and where the key is.
    pub(crate) fn write_at<T: Typed>(
        &mut self,
        db: u32,
        key: &[u8],
    ) -> Result<Option<(Place, &mut T)>, WrongType> {
        let Some(place) = self.lookup_key(db, key) else { return Ok(None) };
        self.before_change(db, place);
        T::of(self.use_value(db, place)).map(|value| Some((place, value))).ok_or(WrongType)
    }

    /// The value at a key, made with `new` if there is none. Redis: `listTypeLookup…OrCreate`, `hashTypeLookupWriteOrCreate`.
    pub(crate) fn write_or_create<T: Typed>(
        &mut self,
        db: u32,
        key: &[u8],
        new: impl FnOnce() -> T,
    ) -> Result<&mut T, WrongType> {
        let place = match self.lookup_key(db, key) {
            Some(place) => place,
            None => self.add_key(db, key, new().into_value()),
        };
        self.before_change(db, place);
        T::of(self.use_value(db, place)).ok_or(WrongType)
    }

    /// Adds a key that is not there; clients that wait for it are served when the command has ended. Redis: `dbAdd`.
    pub(crate) fn add_key(&mut self, db: u32, key: &[u8], value: Value) -> Place {
        let first_use = self.first_use();
        if self.paused().is_some() {
            // What has expired is not found in a pause but is still there, and a transaction that began it may write.
            if self.remove_key(db, key).is_some() {
                self.propagate_deletion(db, key, self.config.lazyfree_lazy_expire);
            }
        }
        let place = self.keyspace.db(db).add(key, value, first_use);
        self.note_new_key(db, place);
        self.signal_key_as_ready(db, key);
        self.notify(NEW, "new", key, db);
        place
    }

    /// Stores a value, in place of one that is there; it does not expire, unless `keep_ttl` and the old one did.
    /// The caller tells the event. Redis: `setKey`.
    pub(crate) fn set_key(&mut self, db: u32, key: &[u8], value: Value, keep_ttl: bool) {
        let place = self.lookup_key(db, key);
        self.set_key_at(db, key, place, value, keep_ttl);
    }

    /// [`Server::set_key`] for a caller that knows where the key is, as [`Server::lookup_key`] returned it. Returns where it is then.
    pub(crate) fn set_key_at(
        &mut self,
        db: u32,
        key: &[u8],
        place: Option<Place>,
        value: Value,
        keep_ttl: bool,
    ) -> Place {
        let place = match place {
            None => self.add_key(db, key, value),
            Some(place) => {
                self.before_change(db, place);
                let database = self.keyspace.db(db);
                if !keep_ttl {
                    database.set_expiry(place, None);
                }
                database.replace(place, value);
                self.use_value(db, place);
                self.signal_key_as_ready(db, key);
                place
            }
        };
        self.signal_modified_key(db, key);
        self.stats.dirty += 1;
        place
    }

    /// Removes a key. Whether it was there. The caller tells the event. Redis: `dbDelete`.
    pub(crate) fn delete_key(&mut self, db: u32, key: &[u8]) -> bool {
        let existed = self.remove_key(db, key).is_some();
        if existed {
            self.signal_key_as_ready(db, key);
        }
        existed
    }

    /// Takes a key out of its database, with its item.
    pub(super) fn remove_key(&mut self, db: u32, key: &[u8]) -> Option<Item> {
        let place = self.keyspace.db(db).find(key)?;
        self.before_change(db, place);
        self.keyspace.db(db).remove_at(place)
    }

    /// A key gets another name, or goes to another database, with its value and its expiry; there must be none of that name. The caller tells the events. Redis: the end of `renameGenericCommand`.
    pub(crate) fn move_key(&mut self, (db, key): (u32, &[u8]), (target, name): (u32, &[u8])) {
        let Some(item) = self.remove_key(db, key) else { return };
        self.signal_key_as_ready(db, key);
        let expires = item.expires();
        let place = self.add_key(target, name, item.value);
        self.keyspace.db(target).set_expiry(place, expires);
    }

    /// Two databases get one another's keys. Redis: `dbSwapDatabases`.
    pub(crate) fn swap_databases(&mut self, one: u32, other: u32) {
        if one == other {
            return;
        }
        self.touch_watchers_of(one, Some(other));
        self.touch_watchers_of(other, Some(one));
        self.keyspace.swap(one, other);
        self.databases_swapped(one, other);
        step!(Swapped { one, other });
        for db in [one, other] {
            let is_somewhere = |key: &[u8]| [one, other].iter().any(|&db| self.keyspace.has(db, key));
            for key in self.waited_for(db, is_somewhere) {
                self.signal_key_as_ready(db, &key);
            }
        }
    }

    /// Removes a key that a command has emptied, and tells `del`.
    pub(crate) fn delete_emptied(&mut self, db: u32, key: &[u8]) {
        self.delete_key(db, key);
        self.notify(GENERIC, "del", key, db);
    }

    /// A command has changed the value at a key: whoever watches it or subscribes to its events is told.
    /// Redis: `signalModifiedKey`, `notifyKeyspaceEvent` and `server.dirty++`.
    pub(crate) fn modified(&mut self, db: u32, key: &[u8], class: Events, event: &str) {
        self.signal_modified_key(db, key);
        self.notify(class, event, key, db);
        self.stats.dirty += 1;
    }

    /// When a key is to expire; None: never. The key must be there. Redis: `setExpire`.
    pub(crate) fn set_expiry(&mut self, db: u32, key: &[u8], at: Option<i64>) {
        if let Some(place) = self.keyspace.db(db).find(key) {
            self.before_change(db, place);
            self.keyspace.db(db).set_expiry(place, at);
        }
    }

    /// The key is not to expire any more. Whether it was to. Redis: `removeExpire`.
    pub(crate) fn persist(&mut self, db: u32, key: &[u8]) -> bool {
        let database = self.keyspace.db(db);
        let Some(place) = database.find(key).filter(|&place| database.item(place).expires().is_some()) else {
            return false;
        };
        self.before_change(db, place);
        self.keyspace.db(db).set_expiry(place, None);
        true
    }

    /// Removes every key of a database; who watches or waits for one of them is told. Returns how many there were.
    /// Redis: `emptyDbStructure`, `signalFlushedDb`.
    pub(crate) fn flush_db(&mut self, db: u32) -> usize {
        self.touch_watchers_of(db, None);
        let old = self.keyspace.take(db);
        for key in self.waited_for(db, |key| old.find(key).is_some()) {
            self.signal_key_as_ready(db, &key);
        }
        let keys = old.len();
        self.stats.dirty += keys as u64;
        step!(Emptied { db, keys });
        self.database_taken(db, old);
        keys
    }

    /// Removes fields and keys whose time has come. Redis: `activeExpireCycle`, `activeExpireHashFieldCycle`.
    // ANCHOR: active-expire
    pub(super) fn active_expire_cycle(&mut self) {
        let now = self.now();
        if self.expiry_waits() || self.keyspace.next_expiry().is_none_or(|at| at > now) {
            return;
        }
        let (mut budget, began) = (EXPIRE_PER_TURN, (self.stopwatch)());
        let databases: Vec<u32> = self.keyspace.in_use().map(|(db, _)| db).collect();
        for db in databases {
            while budget > 0
                && let Some(key) = self.keyspace.db(db).fields_due(now).map(<[u8]>::to_vec)
            {
                budget -= self.expire_fields(db, &key, budget);
            }
            while budget > 0
                && let Some(key) = self.keyspace.db(db).due(now).map(<[u8]>::to_vec)
            {
                self.expire(db, &key);
                budget -= 1;
            }
        }
        self.sample_latency("expire-cycle", (self.stopwatch)().saturating_sub(began));
        self.serve_blocked();
    }
    // ANCHOR_END: active-expire

    /// Whether keys go only when somebody asks for them (DEBUG SET-ACTIVE-EXPIRE), or not at all (CLIENT PAUSE, and while files
    /// are loaded).
    fn expiry_waits(&self) -> bool {
        self.expiry_paused || self.paused().is_some() || self.is_loading()
    }

    /// The millisecond of the server's own count at which the next key, or field, expires.
    pub(super) fn next_expiry(&self) -> Option<u64> {
        let at = self.keyspace.next_expiry().filter(|_| !self.expiry_waits())?;
        Some(self.time.millis + u64::try_from(at.saturating_sub(self.now())).unwrap_or(0))
    }

    /// The next random number, for RANDOMKEY and its like.
    pub(crate) fn random(&mut self) -> u64 {
        self.random.next_number()
    }

    /// A row of such numbers of its own, for a command that holds on to a value while it draws.
    pub(crate) fn generator(&mut self) -> impl FnMut() -> u64 + use<> {
        let mut generator = self.random.split();
        move || generator.next_number()
    }

    /// The databases that hold keys, by number.
    pub fn databases(&self) -> impl Iterator<Item = (u32, &Database)> {
        self.keyspace.in_use()
    }
}
