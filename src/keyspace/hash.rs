//! The value type hash: fields and their values. A few short ones stand packed in the order in which they came; more, or
//! longer ones, are in a dict.
//!
//! Redis: `src/t_hash.c` (`hashTypeTryConversion`, `hashTypeSet`, `hashTypeGetValue`, `hashTypeDelete`);
//! `OBJ_ENCODING_LISTPACK`, `OBJ_ENCODING_HT`.
//!
//! Looking a field up in a packed hash means reading it from the front: for so few, that is faster than a dict, and it
//! takes a fifth of the memory. A hash that has become a dict stays one, as in Redis.

use super::dict::{Dict, Place};
use super::listpack::{Entry, Listpack, Position};
use crate::base::random::KeyedHash;
use crate::base::small_bytes::SmallBytes;

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
}
// ANCHOR_END: hash

impl Default for Hash {
    fn default() -> Self {
        Hash::Packed(Box::default())
    }
}

/// Where a packed field is: its value comes next.
fn find(pack: &Listpack, field: &[u8]) -> Option<Position> {
    pack.find(field, 2).map(|(_, position)| position)
}

impl Hash {
    /// How many fields there are.
    pub fn len(&self) -> usize {
        match self {
            Hash::Packed(pack) => pack.len() / 2,
            Hash::Dict(dict) => dict.len(),
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
            Hash::Dict(_) => "hashtable",
        }
    }

    /// The value of a field.
    pub fn get(&self, field: &[u8]) -> Option<Entry<'_>> {
        match self {
            Hash::Packed(pack) => find(pack, field).map(|position| pack.at(pack.next(position))),
            Hash::Dict(dict) => dict.get(field).map(|value| Entry::Bytes(value)),
        }
    }

    /// These words are about to be stored: unpacks the hash if one of them is too long, or if they are too many. Redis:
    /// `hashTypeTryConversion`.
    pub fn prepare<'a>(&mut self, words: impl ExactSizeIterator<Item = &'a [u8]> + Clone, limits: Limits) {
        if let Hash::Packed(pack) = self
            && (words.len() / 2 > limits.entries
                || words.clone().any(|word| word.len() > limits.value)
                || pack.size() + words.map(<[u8]>::len).sum::<usize>() > LARGEST)
        {
            self.unpack(limits.hasher);
        }
    }

    /// Stores a value. Whether the field is new. Redis: `hashTypeSet`.
    pub fn set(&mut self, field: &[u8], value: &[u8], limits: Limits) -> bool {
        if let Hash::Packed(pack) = self {
            if field.len() <= limits.value && value.len() <= limits.value {
                if let Some(position) = find(pack, field) {
                    pack.replace(pack.next(position), value);
                    return false;
                }
                pack.push_back(field);
                pack.push_back(value);
                if self.len() > limits.entries {
                    self.unpack(limits.hasher);
                }
                return true;
            }
            self.unpack(limits.hasher);
        }
        let Hash::Dict(dict) = self else { return false };
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

    /// Stores the value of a field that is not there: without the search of [`Hash::set`].
    pub fn add(&mut self, field: &[u8], value: &[u8], limits: Limits) {
        self.prepare([field, value].into_iter(), limits);
        match self {
            Hash::Packed(pack) => {
                pack.push_back(field);
                pack.push_back(value);
            }
            Hash::Dict(dict) => _ = dict.add(field, value.into()),
        }
    }

    /// Removes a field. Whether it was there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match self {
            Hash::Packed(pack) => {
                let found = find(pack, field);
                if let Some(position) = found {
                    pack.remove(position, 2);
                }
                found.is_some()
            }
            Hash::Dict(dict) => dict.remove(field).is_some(),
        }
    }

    /// Every field with its value: packed ones in the order in which they came.
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
        }
    }

    /// A field that `random` chooses, with its value. None: there is none.
    pub fn random(&self, mut random: impl FnMut() -> u64) -> Option<(Entry<'_>, Entry<'_>)> {
        match self {
            Hash::Packed(pack) if pack.is_empty() => None,
            Hash::Packed(pack) => {
                let position = pack.position((random() % (pack.len() as u64 / 2)) as usize * 2);
                Some((pack.at(position), pack.at(pack.next(position))))
            }
            Hash::Dict(dict) => dict.random(random).map(|place| entries(dict, place)),
        }
    }

    /// One step of HSCAN: packed, all at once.
    pub fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(Entry<'a>, Entry<'a>)) -> u64 {
        match self {
            Hash::Packed(_) => {
                self.iter().for_each(|(field, value)| visit(field, value));
                0
            }
            Hash::Dict(dict) => dict.scan(cursor, |place| {
                let (field, value) = entries(dict, place);
                visit(field, value);
            }),
        }
    }

    /// Makes a dict of it.
    pub fn unpack(&mut self, hasher: KeyedHash) {
        if let Hash::Packed(_) = self {
            let mut dict: Dict<SmallBytes> = Dict::new(hasher);
            let (mut field, mut value) = (itoa::Buffer::new(), itoa::Buffer::new());
            for (name, content) in self.iter() {
                dict.add(name.bytes(&mut field), content.bytes(&mut value).into());
            }
            *self = Hash::Dict(Box::new(dict));
        }
    }
}

fn entries(dict: &Dict<SmallBytes>, place: Place) -> (Entry<'_>, Entry<'_>) {
    (Entry::Bytes(dict.key(place)), Entry::Bytes(dict.value(place)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;
    use std::collections::BTreeMap;

    fn limits() -> Limits {
        Limits { entries: 8, value: 10, hasher: KeyedHash::default() }
    }

    fn contents(hash: &Hash) -> BTreeMap<Vec<u8>, Vec<u8>> {
        hash.iter().map(|(field, value)| (field.to_vec(), value.to_vec())).collect()
    }

    quickcheck! {
        fn a_hash_is_a_map(steps: Vec<(u8, i16, bool)>) -> bool {
            let (mut hash, mut model, mut ever) = (Hash::default(), BTreeMap::new(), 0);
            steps.into_iter().all(|(field, value, set)| {
                let (field, value) = (format!("{}", field % 20).into_bytes(), value.to_string().into_bytes());
                let same = if set {
                    hash.set(&field, &value, limits()) == model.insert(field.clone(), value).is_none()
                } else {
                    hash.remove(&field) == model.remove(&field).is_some()
                };
                ever = ever.max(model.len());
                let mut scanned = BTreeMap::new();
                let mut cursor = 0;
                loop {
                    cursor = hash.scan(cursor, |field, value| _ = scanned.insert(field.to_vec(), value.to_vec()));
                    if cursor == 0 {
                        break;
                    }
                }
                let random = hash.random(|| 5).map(|(field, value)| (field.to_vec(), value.to_vec()));
                same && hash.len() == model.len() && contents(&hash) == model && scanned == model
                    && hash.get(&field).map(Entry::to_vec) == model.get(&field).cloned()
                    && random.is_none_or(|(field, value)| model.get(&field) == Some(&value))
                    && hash.encoding() == if ever > limits().entries { "hashtable" } else { "listpack" }
            })
        }
    }

    #[test]
    fn a_long_word_unpacks_a_hash_for_good() {
        let words = |words: &[&'static str]| words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>();
        let mut hash = Hash::default();
        hash.prepare(words(&["a", "exactly_10"]).into_iter(), limits());
        assert_eq!(hash.encoding(), "listpack");
        hash.prepare(words(&["a", "exactly__11"]).into_iter(), limits());
        assert_eq!(hash.encoding(), "hashtable");
        let mut hash = Hash::default();
        hash.set(b"a", b"exactly__11", limits());
        hash.remove(b"a");
        assert_eq!(hash.encoding(), "hashtable");
    }

    #[test]
    fn packed_fields_keep_their_order() {
        let mut hash = Hash::default();
        for field in ["z", "3", "a", "z"] {
            hash.set(field.as_bytes(), b"v", limits());
        }
        let fields: Vec<_> = hash.iter().map(|(field, _)| field.to_vec()).collect();
        assert_eq!(fields, [b"z", b"3", b"a"]);
    }
}
