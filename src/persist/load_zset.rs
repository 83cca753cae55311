//! Reads sorted sets.
//!
//! Redis: `src/rdb.c`, the sorted sets of `rdbLoadObject`.
//!
//! Different on purpose: packed members are put in order, whatever order they came in, and their scores must be numbers.
//! Redis believes them.

use super::read::{Corrupt, Reader};
use super::{kinds, packed, ziplist};
use crate::keyspace::dict::Dict;
use crate::keyspace::listpack::{Entry, Listpack};
use crate::keyspace::zset::skiplist::Members;
use crate::keyspace::zset::{Limits, Zset};
use crate::text::double;

/// A sorted set of this kind.
pub fn zset(reader: &mut Reader<'_>, kind: u8, limits: Limits) -> Result<Zset, Corrupt> {
    // A dict until all is known, since it is asked for each member.
    let mut members = Dict::new(limits.hasher);
    match kind {
        kinds::ZSET | kinds::ZSET_2 => {
            let count = reader.count()?;
            members.expand(reader.at_most(count));
            for _ in 0..count {
                let member = reader.string()?;
                let score = if kind == kinds::ZSET { reader.double_text()? } else { reader.double()? };
                add(&mut members, &member, score)?;
            }
            Ok(of_members(members, limits))
        }
        _ => {
            let bytes = reader.string()?;
            let pack =
                if kind == kinds::ZSET_ZIPLIST { ziplist::read(&bytes)? } else { packed::read(&bytes)? };
            add_packed(&mut members, &pack)?;
            // Only their number is held against the limits, as in Redis.
            Ok(of_members(members, Limits { value: usize::MAX, ..limits }))
        }
    }
}

/// A sorted set of these members, packed if it is small enough.
fn of_members(members: Members, limits: Limits) -> Zset {
    let mut zset = Zset::from_members(members, limits.hasher);
    zset.pack(limits);
    zset
}

fn add(members: &mut Members, member: &[u8], score: f64) -> Result<(), Corrupt> {
    if score.is_nan() {
        return Err(Corrupt("a score that is not a number"));
    }
    if members.find(member).is_some() {
        return Err(Corrupt("a member twice"));
    }
    members.add(member, score);
    Ok(())
}

/// Members and scores in turn.
fn add_packed(members: &mut Members, pack: &Listpack) -> Result<(), Corrupt> {
    let mut entries = pack.iter().map(|(_, entry)| entry);
    while let Some(member) = entries.next() {
        let score = match entries.next() {
            Some(Entry::Number(score)) => Some(score as f64),
            Some(Entry::Bytes(text)) => double::parse_saturating(text),
            None => None,
        };
        let score = score.ok_or(Corrupt("a score that is none"))?;
        add(members, member.bytes(&mut itoa::Buffer::new()), score)?;
    }
    if members.is_empty() { Err(Corrupt::EMPTY) } else { Ok(()) }
}
