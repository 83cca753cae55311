//! When the fields of a hash expire.
//!
//! Redis: `src/t_hash.c` (`hashTypeSetExInit`, `hashTypeSetEx`, `hfieldPersist`, `hashTypeGetMinExpire`, `hashTypeExpire`).
//!
//! A time is in milliseconds since 1970. A field is shown until its time has passed, and is removed when it has come: in that
//! one millisecond both are true, as in Redis.

use super::{At, Hash};
use crate::keyspace::hash::expiring_dict::ExpiringDict;
use crate::keyspace::hash::expiring_pack::ExpiringPack;
use crate::keyspace::listpack::Entry;

/// The latest time that a field can have. Redis: `EB_EXPIRE_TIME_MAX`.
pub const LATEST: i64 = (1 << 48) - 1;

impl Hash {
    /// Gives it the form in which fields can expire. Redis: `hashTypeSetExInit`.
    pub fn make_expiring(&mut self) {
        if self.is_expiring() {
            return;
        }
        match std::mem::take(self) {
            Hash::Packed(pack) => *self = Hash::ExpiringPack(Box::new(ExpiringPack::from_pairs(&pack))),
            Hash::Dict(dict) => *self = Hash::ExpiringDict(Box::new(ExpiringDict::new(*dict))),
            expiring => *self = expiring,
        }
    }

    /// Whether it has the form in which fields can expire.
    pub fn is_expiring(&self) -> bool {
        matches!(self, Hash::ExpiringPack(_) | Hash::ExpiringDict(_))
    }

    /// When the field at a place expires; None: never.
    pub fn expires(&self, at: At) -> Option<i64> {
        match self {
            Hash::Packed(_) | Hash::Dict(_) => None,
            Hash::ExpiringPack(pack) => pack.time(at.0),
            Hash::ExpiringDict(hash) => hash.time(at.place()),
        }
    }

    /// Whether the time of the field at a place has passed at `now`. Redis: `hfieldIsExpired`.
    pub fn is_expired(&self, at: At, now: i64) -> bool {
        self.expires(at).is_some_and(|time| time < now)
    }

    /// When the field at a place, which is `field`, is to expire; None: never. Nothing is done for a hash that has not the form for it.
    pub fn set_expiry(&mut self, at: At, field: &[u8], time: Option<i64>) {
        match self {
            Hash::Packed(_) | Hash::Dict(_) => {}
            Hash::ExpiringPack(pack) => pack.set_time(at.0, field, time),
            Hash::ExpiringDict(hash) => hash.set_time(at.place(), time),
        }
    }

    /// When the next field expires; None: none does. Redis: `hashTypeGetMinExpire`.
    pub fn next_expiry(&self) -> Option<i64> {
        match self {
            Hash::Packed(_) | Hash::Dict(_) => None,
            Hash::ExpiringPack(pack) => pack.next_expiry(),
            Hash::ExpiringDict(hash) => hash.next_expiry(),
        }
    }

    /// How many fields there are whose time has not passed at `now`.
    pub fn live_len(&self, now: i64) -> usize {
        let expired = match self {
            Hash::Packed(_) | Hash::Dict(_) => 0,
            Hash::ExpiringPack(pack) => pack.count(|time| time < now),
            Hash::ExpiringDict(hash) => hash.count_before(now),
        };
        self.len() - expired
    }

    /// Every field whose time has not passed at `now`, with its value.
    pub fn live(&self, now: i64) -> Box<dyn Iterator<Item = (Entry<'_>, Entry<'_>)> + '_> {
        if !self.is_expiring() {
            return self.iter();
        }
        let is_live = move |time: Option<i64>| time.is_none_or(|time| time >= now);
        let fields = self.iter_with_times().filter(move |&(_, _, time)| is_live(time));
        Box::new(fields.map(|(field, value, _)| (field, value)))
    }

    /// Every field with its value and its time.
    pub fn iter_with_times(&self) -> Box<dyn Iterator<Item = (Entry<'_>, Entry<'_>, Option<i64>)> + '_> {
        match self {
            Hash::Packed(_) | Hash::Dict(_) => {
                Box::new(self.iter().map(|(field, value)| (field, value, None)))
            }
            Hash::ExpiringPack(pack) => Box::new(pack.iter()),
            Hash::ExpiringDict(hash) => {
                let bytes = |(field, value, time)| (Entry::Bytes(field), Entry::Bytes(value), time);
                Box::new(hash.iter().map(bytes))
            }
        }
    }

    /// Removes fields whose time has come at `now`, at most so many. Returns how many.
    pub fn expire_due(&mut self, now: i64, most: usize, gone: impl FnMut(&[u8])) -> usize {
        match self {
            Hash::Packed(_) | Hash::Dict(_) => 0,
            Hash::ExpiringPack(pack) => pack.expire_due(now, most, gone),
            Hash::ExpiringDict(hash) => hash.expire_due(now, most, gone),
        }
    }

    /// The time under which the database has the hash in its book of those that have something to expire, for the database to
    /// read and write.
    pub(in crate::keyspace) fn booked(&mut self) -> Option<&mut Option<i64>> {
        match self {
            Hash::Packed(_) | Hash::Dict(_) => None,
            Hash::ExpiringPack(pack) => Some(&mut pack.booked),
            Hash::ExpiringDict(hash) => Some(&mut hash.booked),
        }
    }
}

#[cfg(test)]
#[path = "times_tests.rs"]
mod tests;
