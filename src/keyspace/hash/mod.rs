//! The value type hash: fields and their values. A few short ones stand packed in the order in which they came; more, or
//! longer ones, are in a dict. Once a field is to expire, both have a form with times.
//!
//! Redis: `src/t_hash.c` (`hashTypeTryConversion`, `hashTypeSet`, `hashTypeGetValue`, `hashTypeDelete`);
//! `OBJ_ENCODING_LISTPACK`, `OBJ_ENCODING_LISTPACK_EX`, `OBJ_ENCODING_HT` with and without `dictExpireMetadata`.
//!
//! Looking a field up in a packed hash means reading it from the front: for so few, that is faster than a dict, and it
//! takes a fifth of the memory. A hash that has become a dict stays one, as in Redis, and one that has times keeps their
//! form.
//!
//! A field whose time has passed stays until it is removed: [`Hash::get`] and [`Hash::iter`] return it, [`Hash::look`] and
//! [`Hash::live`] do not. What is about the times alone is in [`times`].

pub mod expiring_dict;
pub mod expiring_pack;
pub mod times;

use super::dict::{Dict, Place};
use super::listpack::{Entry, Listpack};
use crate::base::random::KeyedHash;
use crate::base::small_bytes::SmallBytes;
use expiring_dict::ExpiringDict;
use expiring_pack::ExpiringPack;

/// When a hash is packed: the settings `hash-max-listpack-entries` and `hash-max-listpack-value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many fields it has at most.
    pub entries: usize,
    /// How many bytes a field or a value has at most.
    pub value: usize,
    /// The hash function of the dict that a larger one becomes.
    pub hasher: KeyedHash,
}

/// A packed hash is never larger than this, whatever the settings say. Redis: `LISTPACK_MAX_SAFETY_LIMIT`.
const LARGEST: usize = 1 << 30;

/// A hash.
#[derive(Clone, Debug)]
// ANCHOR: hash
pub enum Hash {
    /// Field, value, field, value …
    Packed(Box<Listpack>),
    /// The values by their fields.
    Dict(Box<Dict<SmallBytes>>),
    /// Field, value, time …, the next one to expire first.
    ExpiringPack(Box<ExpiringPack>),
    /// The values by their fields, and beside them the times.
    ExpiringDict(Box<ExpiringDict>),
}
// ANCHOR_END: hash

/// Where a field of a hash is, until the hash changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(usize);

impl At {
    fn new(place: Place) -> At {
        At(place as usize)
    }

    fn place(self) -> Place {
        self.0 as Place
    }
}

/// What a client that asks for a field finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look<'a> {
    /// No such field.
    Missing,
    /// A field whose time has passed.
    Expired,
    /// Its value.
    Found(Entry<'a>),
}

impl Default for Hash {
    fn default() -> Self {
        Hash::Packed(Box::default())
    }
}

impl Hash {
    /// How many fields there are, those that expired and were not removed since included, as in Redis.
    pub fn len(&self) -> usize {
        match self {
            Hash::Packed(pack) => pack.len() / 2,
            Hash::Dict(dict) => dict.len(),
            Hash::ExpiringPack(pack) => pack.len(),
            Hash::ExpiringDict(hash) => hash.dict.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What OBJECT ENCODING says of it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Hash::Packed(_) => "listpack",
            Hash::ExpiringPack(_) => "listpackex",
            Hash::Dict(_) | Hash::ExpiringDict(_) => "hashtable",
        }
    }

    /// Whether its fields are packed.
    pub fn is_packed(&self) -> bool {
        matches!(self, Hash::Packed(_) | Hash::ExpiringPack(_))
    }

    /// Where a field is, its time passed or not.
    pub fn find(&self, field: &[u8]) -> Option<At> {
        match self {
            Hash::Packed(pack) => pack.find(field, 2).map(|(_, position)| At(position)),
            Hash::Dict(dict) => dict.find(field).map(At::new),
            Hash::ExpiringPack(pack) => pack.find(field).map(At),
            Hash::ExpiringDict(hash) => hash.dict.find(field).map(At::new),
        }
    }

    /// The value of the field at a place.
    pub fn value(&self, at: At) -> Entry<'_> {
        match self {
            Hash::Packed(pack) => pack.at(pack.next(at.0)),
            Hash::Dict(dict) => Entry::Bytes(dict.value(at.place())),
            Hash::ExpiringPack(pack) => pack.value(at.0),
            Hash::ExpiringDict(hash) => Entry::Bytes(hash.dict.value(at.place())),
        }
    }

    /// The value of a field, its time passed or not.
    pub fn get(&self, field: &[u8]) -> Option<Entry<'_>> {
        self.find(field).map(|at| self.value(at))
    }

    /// What a client finds at `now`.
    pub fn look(&self, field: &[u8], now: i64) -> Look<'_> {
        match self.find(field) {
            None => Look::Missing,
            Some(at) if self.is_expired(at, now) => Look::Expired,
            Some(at) => Look::Found(self.value(at)),
        }
    }

    /// These words are about to be stored: unpacks the hash if one of them is too long, or if they are too many. Redis:
    /// `hashTypeTryConversion`.
    pub fn prepare<'a>(&mut self, words: impl ExactSizeIterator<Item = &'a [u8]> + Clone, limits: Limits) {
        let size = match self {
            Hash::Packed(pack) => pack.size(),
            Hash::ExpiringPack(pack) => pack.as_listpack().size(),
            Hash::Dict(_) | Hash::ExpiringDict(_) => return,
        };
        if words.len() / 2 > limits.entries
            || words.clone().any(|word| word.len() > limits.value)
            || size + words.map(<[u8]>::len).sum::<usize>() > LARGEST
        {
            self.unpack(limits.hasher);
        }
    }

    /// Stores a value; the field no longer expires. Whether it is new. Redis: `hashTypeSet`.
    pub fn set(&mut self, field: &[u8], value: &[u8], limits: Limits) -> bool {
        self.store(field, value, limits, false)
    }

    /// Stores a value; a field that is to expire still is. Whether it is new. Redis: `HASH_SET_KEEP_TTL`.
    pub fn set_keeping_time(&mut self, field: &[u8], value: &[u8], limits: Limits) -> bool {
        self.store(field, value, limits, true)
    }

    fn store(&mut self, field: &[u8], value: &[u8], limits: Limits, keeps_time: bool) -> bool {
        if self.is_packed() && (field.len() > limits.value || value.len() > limits.value) {
            self.unpack(limits.hasher);
        }
        let is_new = match self {
            Hash::Packed(pack) => match pack.find(field, 2) {
                Some((_, position)) => {
                    pack.replace(pack.next(position), value);
                    false
                }
                None => {
                    pack.push_back(field);
                    pack.push_back(value);
                    true
                }
            },
            Hash::ExpiringPack(pack) => pack.set(field, value, keeps_time),
            Hash::Dict(dict) => return put(dict, field, value),
            Hash::ExpiringDict(hash) => return hash.set(field, value, keeps_time),
        };
        if self.len() > limits.entries {
            self.unpack(limits.hasher);
        }
        is_new
    }

    /// Stores the value of a field that is not there: without the search of [`Hash::set`].
    pub fn add(&mut self, field: &[u8], value: &[u8], limits: Limits) {
        self.prepare([field, value].into_iter(), limits);
        match self {
            Hash::Packed(pack) => {
                pack.push_back(field);
                pack.push_back(value);
            }
            Hash::Dict(dict) => _ = dict.add(field, value.into()),
            Hash::ExpiringPack(pack) => pack.add(field, value, None),
            Hash::ExpiringDict(hash) => hash.add(field, value, None),
        }
    }

    /// Removes a field. Whether it was there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        let found = self.find(field);
        if let Some(at) = found {
            self.remove_at(at);
        }
        found.is_some()
    }

    /// Removes the field at a place.
    pub fn remove_at(&mut self, at: At) {
        match self {
            Hash::Packed(pack) => pack.remove(at.0, 2),
            Hash::Dict(dict) => _ = dict.remove_at(at.place()),
            Hash::ExpiringPack(pack) => pack.remove(at.0),
            Hash::ExpiringDict(hash) => hash.remove(at.place()),
        }
    }

    /// Every field with its value: packed ones in the order in which they came, those that are to expire before the others.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (Entry<'_>, Entry<'_>)> + '_> {
        match self {
            Hash::Packed(pack) => {
                let fields = pack.iter().step_by(2);
                let values = pack.iter().skip(1).step_by(2);
                Box::new(fields.zip(values).map(|((_, field), (_, value))| (field, value)))
            }
            Hash::Dict(dict) => {
                Box::new(dict.iter().map(|(field, value)| (Entry::Bytes(field), Entry::Bytes(value))))
            }
            _ => Box::new(self.iter_with_times().map(|(field, value, _)| (field, value))),
        }
    }

    /// A field that `random` chooses, with its value. None: there is none.
    pub fn random(&self, mut random: impl FnMut() -> u64) -> Option<(Entry<'_>, Entry<'_>)> {
        let (pack, group) = match self {
            Hash::Packed(pack) => (&**pack, 2),
            Hash::ExpiringPack(pack) => (pack.as_listpack(), 3),
            Hash::Dict(dict) => return dict.random(random).map(|place| entries(dict, place)),
            Hash::ExpiringDict(hash) => {
                return hash.dict.random(random).map(|place| entries(&hash.dict, place));
            }
        };
        if pack.is_empty() {
            return None;
        }
        let position = pack.position((random() % (pack.len() / group) as u64) as usize * group);
        Some((pack.at(position), pack.at(pack.next(position))))
    }

    /// One step of HSCAN: packed, all at once. `visit` is given a field, its value, and whether it is live at `now`.
    pub fn scan<'a>(
        &'a self,
        cursor: u64,
        now: i64,
        mut visit: impl FnMut(Entry<'a>, Entry<'a>, bool),
    ) -> u64 {
        let dict = match self {
            Hash::Packed(_) | Hash::ExpiringPack(_) => {
                let is_live = |time: Option<i64>| time.is_none_or(|time| time >= now);
                self.iter_with_times().for_each(|(field, value, time)| visit(field, value, is_live(time)));
                return 0;
            }
            Hash::Dict(dict) => dict,
            Hash::ExpiringDict(hash) => &hash.dict,
        };
        dict.scan(cursor, |place| {
            let (field, value) = entries(dict, place);
            visit(field, value, !self.is_expired(At::new(place), now));
        })
    }

    /// Makes a dict of it.
    pub fn unpack(&mut self, hasher: KeyedHash) {
        let (mut field, mut value) = (itoa::Buffer::new(), itoa::Buffer::new());
        match self {
            Hash::Packed(_) => {
                let mut dict: Dict<SmallBytes> = Dict::new(hasher);
                for (name, content) in self.iter() {
                    dict.add(name.bytes(&mut field), content.bytes(&mut value).into());
                }
                *self = Hash::Dict(Box::new(dict));
            }
            Hash::ExpiringPack(pack) => {
                let mut hash = ExpiringDict::new(Dict::new(hasher));
                hash.booked = pack.booked;
                for (name, content, time) in pack.iter() {
                    hash.add(name.bytes(&mut field), content.bytes(&mut value), time);
                }
                *self = Hash::ExpiringDict(Box::new(hash));
            }
            Hash::Dict(_) | Hash::ExpiringDict(_) => {}
        }
    }
}

/// Stores a value in a dict. Whether the field is new.
fn put(dict: &mut Dict<SmallBytes>, field: &[u8], value: &[u8]) -> bool {
    match dict.get_mut(field) {
        Some(place) => {
            *place = value.into();
            false
        }
        None => {
            dict.add(field, value.into());
            true
        }
    }
}

fn entries(dict: &Dict<SmallBytes>, place: Place) -> (Entry<'_>, Entry<'_>) {
    (Entry::Bytes(dict.key(place)), Entry::Bytes(dict.value(place)))
}

#[cfg(test)]
#[path = "hash_tests.rs"]
mod tests;
