//! Reads sorted sets.
//!
//! Redis: `src/rdb.c`, the sorted sets of `rdbLoadObject`.
//!
//! Different on purpose: packed members are put in order, whatever order they came in, and their scores must be numbers.
//! Redis believes them.

use super::read::{Corrupt, Reader};
use super::{kinds, packed, ziplist};
use crate::keyspace::listpack::{Entry, Listpack};
use crate::keyspace::zset::{Change, Limits, Zset};
use crate::text::double;

/// A sorted set of this kind.
pub fn zset(reader: &mut Reader<'_>, kind: u8, limits: Limits) -> Result<Zset, Corrupt> {
    // A skiplist and a dict until all is known: both are asked for each member.
    let mut zset = Zset::new(usize::MAX, 0, limits);
    match kind {
        kinds::ZSET | kinds::ZSET_2 => {
            for _ in 0..reader.count()? {
                let member = reader.string()?;
                let score = if kind == kinds::ZSET { reader.double_text()? } else { reader.double()? };
                add(&mut zset, &member, score, limits)?;
            }
            zset.pack(limits);
        }
        kinds::ZSET_ZIPLIST => add_packed(&mut zset, &ziplist::read(&reader.string()?)?, limits)?,
        _ => add_packed(&mut zset, &packed::read(&reader.string()?)?, limits)?,
    }
    Ok(zset)
}

fn add(zset: &mut Zset, member: &[u8], score: f64, limits: Limits) -> Result<(), Corrupt> {
    if score.is_nan() {
        return Err(Corrupt("a score that is not a number"));
    }
    match zset.add(member, score, limits) {
        Change::Added => Ok(()),
        _ => Err(Corrupt("a member twice")),
    }
}

/// Members and scores in turn. Only their number is held against the limits, as in Redis.
fn add_packed(zset: &mut Zset, pack: &Listpack, limits: Limits) -> Result<(), Corrupt> {
    let mut entries = pack.iter().map(|(_, entry)| entry);
    while let Some(member) = entries.next() {
        let score = match entries.next() {
            Some(Entry::Number(score)) => Some(score as f64),
            Some(Entry::Bytes(text)) => double::parse_saturating(text),
            None => None,
        };
        let score = score.ok_or(Corrupt("a score that is none"))?;
        add(zset, member.bytes(&mut itoa::Buffer::new()), score, limits)?;
    }
    if zset.is_empty() {
        return Err(Corrupt::EMPTY);
    }
    zset.pack(Limits { value: usize::MAX, ..limits });
    Ok(())
}
