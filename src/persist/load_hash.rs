//! Reads hashes.
//!
//! Redis: `src/rdb.c`, the hashes of `rdbLoadObject`.
//!
//! Different on purpose: fields do not expire here. A hash that was saved with the means for it is read if no field makes
//! use of them; one with a field that is to expire is refused, as a field that stays would be another value.

use super::distinct::Distinct;
use super::read::{Corrupt, Reader};
use super::{kinds, packed, ziplist, zipmap};
use crate::keyspace::hash::{Hash, Limits};
use crate::keyspace::listpack::{Entry, Listpack};

/// A hash of this kind.
pub fn hash(reader: &mut Reader<'_>, kind: u8, limits: Limits) -> Result<Hash, Corrupt> {
    match kind {
        kinds::HASH => pairs(reader, false, limits),
        kinds::HASH_EXPIRING_OLD => pairs(reader, true, limits),
        kinds::HASH_EXPIRING => {
            reader.time()?;
            pairs(reader, true, limits)
        }
        kinds::HASH_ZIPMAP => zipmap::read(&reader.string()?, limits),
        kinds::HASH_ZIPLIST => packed_pairs(ziplist::read(&reader.string()?)?, limits),
        kinds::HASH_LISTPACK => packed_pairs(packed::read(&reader.string()?)?, limits),
        _ => {
            if kind == kinds::HASH_EXPIRING_LISTPACK {
                reader.time()?;
            }
            packed_pairs(without_times(&reader.string()?)?, limits)
        }
    }
}

/// Fields and values one after another, a time before each if they may expire.
fn pairs(reader: &mut Reader<'_>, has_times: bool, limits: Limits) -> Result<Hash, Corrupt> {
    let count = reader.count()?;
    let (mut hash, mut distinct) = (Hash::default(), Distinct::new(limits.hasher));
    if count > limits.entries as u64 {
        hash.unpack(limits.hasher);
    }
    for _ in 0..count {
        if has_times && reader.number()? != 0 {
            return Err(Corrupt("a field that is to expire"));
        }
        let (field, value) = (reader.string()?, reader.string()?);
        distinct.add(&field)?;
        hash.add(&field, &value, limits);
    }
    Ok(hash)
}

/// Fields and values in turn. Only their number is held against the limits, as in Redis.
fn packed_pairs(pack: Listpack, limits: Limits) -> Result<Hash, Corrupt> {
    Distinct::check(&pack, 2, limits.hasher)?;
    let mut hash = Hash::Packed(Box::new(pack));
    if hash.len() > limits.entries {
        hash.unpack(limits.hasher);
    }
    Ok(hash)
}

/// The pairs of a listpack of fields, values and times.
fn without_times(bytes: &[u8]) -> Result<Listpack, Corrupt> {
    let (mut pairs, mut place) = (Listpack::with_room(bytes.len()), 0);
    for entry in packed::Entries::new(bytes)? {
        match (place, entry?) {
            (2, Entry::Number(0)) => {}
            (2, _) => return Err(Corrupt("a field that is to expire")),
            (_, entry) => pairs.push_back(entry.bytes(&mut itoa::Buffer::new())),
        }
        place = (place + 1) % 3;
    }
    pairs.seal();
    if place == 0 { Ok(pairs) } else { Err(Corrupt("a field without a time")) }
}
