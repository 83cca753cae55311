//! Reads hashes.
//!
//! Redis: `src/rdb.c`, the hashes of `rdbLoadObject`.
//!
//! Fields whose time has passed are read too: they go when their turn comes, as in Redis.
//!
//! Different on purpose: of a packed hash with times, Redis believes that the times are numbers and in order; here they are
//! checked. A time later than any that Redis knows is refused in every form.

use super::distinct::Distinct;
use super::read::{Corrupt, Reader};
use super::{kinds, packed, ziplist, zipmap};
use crate::keyspace::dict::Dict;
use crate::keyspace::hash::expiring_dict::ExpiringDict;
use crate::keyspace::hash::expiring_pack::ExpiringPack;
use crate::keyspace::hash::times::LATEST;
use crate::keyspace::hash::{Hash, Limits};
use crate::keyspace::listpack::{Entry, Listpack};
use std::borrow::Cow;

/// A hash of this kind.
pub fn hash(reader: &mut Reader<'_>, kind: u8, limits: Limits) -> Result<Hash, Corrupt> {
    match kind {
        kinds::HASH => pairs(reader, limits),
        kinds::HASH_EXPIRING_OLD => groups(reader, None, limits),
        kinds::HASH_EXPIRING => {
            let earliest = reader.time()?;
            groups(reader, Some(earliest), limits)
        }
        kinds::HASH_ZIPMAP => zipmap::read(&reader.string()?, limits),
        kinds::HASH_ZIPLIST => packed_pairs(ziplist::read(&reader.string()?)?, limits),
        kinds::HASH_LISTPACK => packed_pairs(packed::read(&reader.string()?)?, limits),
        _ => {
            if kind == kinds::HASH_EXPIRING_LISTPACK {
                reader.time()?;
            }
            packed_groups(packed::read(&reader.string()?)?, limits)
        }
    }
}

/// Fields and values one after another.
fn pairs(reader: &mut Reader<'_>, limits: Limits) -> Result<Hash, Corrupt> {
    let count = reader.count()?;
    let mut hash = Hash::default();
    if count > limits.entries as u64 {
        let mut dict = Dict::new(limits.hasher);
        dict.expand(reader.at_most(count));
        hash = Hash::Dict(Box::new(dict));
    }
    for _ in 0..count {
        let (field, value) = (reader.string()?, reader.string()?);
        hash.prepare([&*field, &*value].into_iter(), limits);
        if !hash.set(&field, &value, limits) {
            return Err(Corrupt("the same name twice"));
        }
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

/// A time, a field and a value.
type Group<'a> = (Option<i64>, Cow<'a, [u8]>, Cow<'a, [u8]>);

/// A time that a field can have.
fn possible(time: i64) -> Result<i64, Corrupt> {
    if (0..=LATEST).contains(&time) { Ok(time) } else { Err(Corrupt("a time that is too late")) }
}

/// A time, a field and a value, one after another. A time is 0 for a field that does not expire; otherwise one more than how much
/// later it is than the `earliest`, or itself if there is no such.
fn groups(reader: &mut Reader<'_>, earliest: Option<i64>, limits: Limits) -> Result<Hash, Corrupt> {
    let count = reader.count()?;
    let (mut fields, mut distinct) = (Vec::<Group<'_>>::new(), Distinct::new(limits.hasher));
    for _ in 0..count {
        let time = match (reader.number()?, earliest) {
            (0, _) => 0,
            (time, None) => possible(time as i64)?,
            (time, Some(earliest)) => possible((time as i64).wrapping_add(earliest).wrapping_sub(1))?,
        };
        let (field, value) = (reader.string()?, reader.string()?);
        distinct.add(&field)?;
        fields.push((Some(time).filter(|&time| time != 0), field, value));
    }
    let is_short = |(_, field, value): &Group<'_>| field.len().max(value.len()) <= limits.value;
    if fields.len() > limits.entries || !fields.iter().all(is_short) {
        let mut hash = ExpiringDict::new(Dict::new(limits.hasher));
        for (time, field, value) in fields {
            hash.add(&field, &value, time);
        }
        return Ok(Hash::ExpiringDict(Box::new(hash)));
    }
    // As if each had been put in its place after those before it: of those with one time, the last comes first.
    let (mut timed, timeless): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(time, ..)| time.is_some());
    timed.reverse();
    timed.sort_by_key(|&(time, ..)| time);
    let mut pack = Listpack::default();
    for (time, field, value) in timed.into_iter().chain(timeless) {
        pack.push_back(&field);
        pack.push_back(&value);
        pack.push_back(itoa::Buffer::new().format(time.unwrap_or(0)).as_bytes());
    }
    Ok(Hash::ExpiringPack(Box::new(ExpiringPack::from_groups(pack))))
}

/// Fields, values and times in turn. Only their number is held against the limits, as in Redis.
fn packed_groups(pack: Listpack, limits: Limits) -> Result<Hash, Corrupt> {
    Distinct::check(&pack, 3, limits.hasher)?;
    let mut last = 1;
    for (_, time) in pack.iter().skip(2).step_by(3) {
        let Entry::Number(time) = time else { return Err(Corrupt("a time that is no number")) };
        let in_order = if possible(time)? == 0 { i64::MAX } else { time };
        if in_order < last {
            return Err(Corrupt("times that are not in order"));
        }
        last = in_order;
    }
    let mut hash = Hash::ExpiringPack(Box::new(ExpiringPack::from_groups(pack)));
    if hash.len() > limits.entries {
        hash.unpack(limits.hasher);
    }
    Ok(hash)
}
