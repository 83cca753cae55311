//! Writes values.
//!
//! Redis: `src/rdb.c` (`rdbSaveObjectType`, `rdbSaveObject`, `rdbSavedObjectLen`).

use super::write::Writer;
use super::{Rules, kinds, packed, save_stream};
use crate::keyspace::hash::Hash;
use crate::keyspace::list::{Limit, List};
use crate::keyspace::listpack::{Entry, Listpack};
use crate::keyspace::set::Set;
use crate::keyspace::set::intset::Intset;
use crate::keyspace::string::Str;
use crate::keyspace::value::Value;
use crate::keyspace::zset::Zset;

/// A value behind its type.
pub fn value(value: &Value, rules: &Rules) -> Vec<u8> {
    let mut out = Writer::new(rules.compress);
    out.byte(kind(value));
    content(&mut out, value, rules);
    out.into_bytes()
}

/// How many bytes a value takes without its type: `serializedlength` of DEBUG OBJECT.
pub fn len(value: &Value, rules: &Rules) -> usize {
    let mut out = Writer::new(rules.compress);
    content(&mut out, value, rules);
    // Redis does not count the time before a hash whose fields expire.
    let is_expiring = [kinds::HASH_EXPIRING, kinds::HASH_EXPIRING_LISTPACK].contains(&kind(value));
    out.into_bytes().len() - if is_expiring { size_of::<i64>() } else { 0 }
}

/// The byte that says in which form [`content`] writes a value.
fn kind(value: &Value) -> u8 {
    match value {
        Value::String(_) => kinds::STRING,
        Value::List(_) => kinds::LIST_QUICKLIST_2,
        Value::Hash(Hash::Packed(_)) => kinds::HASH_LISTPACK,
        Value::Hash(Hash::ExpiringPack(_)) => kinds::HASH_EXPIRING_LISTPACK,
        // A dict that has no times any more is saved as one that never had any.
        Value::Hash(hash) if hash.next_expiry().is_some() => kinds::HASH_EXPIRING,
        Value::Hash(_) => kinds::HASH,
        Value::Set(Set::Numbers(_)) => kinds::SET_INTSET,
        Value::Set(Set::Packed(_)) => kinds::SET_LISTPACK,
        Value::Set(Set::Dict(_)) => kinds::SET,
        Value::Zset(Zset::Packed(_)) => kinds::ZSET_LISTPACK,
        Value::Zset(Zset::Sorted(_)) => kinds::ZSET_2,
        Value::Stream(_) => kinds::STREAM_3,
    }
}

fn content(out: &mut Writer, value: &Value, rules: &Rules) {
    match value {
        Value::String(Str::Int(number)) => out.decimal(*number),
        Value::String(string) => out.string(&string.bytes()),
        Value::List(list) => self::list(out, list, rules.list),
        Value::Hash(Hash::Packed(pack)) => out.string(&packed::write(pack)),
        Value::Hash(Hash::ExpiringPack(pack)) => {
            out.time(pack.next_expiry().unwrap_or(0));
            out.string(&packed::write(pack.as_listpack()));
        }
        Value::Hash(hash) => self::hash(out, hash),
        Value::Set(Set::Numbers(numbers)) => out.string(&intset(numbers)),
        Value::Set(Set::Packed(pack)) => out.string(&packed::write(pack)),
        Value::Set(Set::Dict(members)) => {
            out.number(members.len() as u64);
            members.iter().for_each(|member| out.string(member));
        }
        Value::Zset(Zset::Packed(pack)) => out.string(&packed::write(pack)),
        Value::Zset(sorted) => {
            // The greatest first, as in Redis: who reads that adds each member in front of all others.
            out.number(sorted.len() as u64);
            for (member, score) in sorted.range(0..sorted.len(), true) {
                out.string(member.bytes(&mut itoa::Buffer::new()));
                out.double(score);
            }
        }
        Value::Stream(stream) => save_stream::stream(out, stream),
    }
}

/// Fields and values, and if any of them expires, the earliest time, and before each field how much later it expires, plus one; 0
/// stands for never.
fn hash(out: &mut Writer, hash: &Hash) {
    let earliest = hash.next_expiry();
    if let Some(earliest) = earliest {
        out.time(earliest);
    }
    out.number(hash.len() as u64);
    let mut place = itoa::Buffer::new();
    for (field, value, time) in hash.iter_with_times() {
        if let Some(earliest) = earliest {
            out.number(time.map_or(0, |time| (time - earliest) as u64 + 1));
        }
        out.string(field.bytes(&mut place));
        out.string(value.bytes(&mut place));
    }
}

/// How many bytes each number has, how many there are, themselves, all with the low byte first.
fn intset(numbers: &Intset) -> Vec<u8> {
    let width = numbers.width();
    let mut bytes = Vec::with_capacity(8 + numbers.len() * width);
    bytes.extend((width as u32).to_le_bytes());
    bytes.extend((numbers.len() as u32).to_le_bytes());
    numbers.iter().for_each(|number| bytes.extend(&number.to_le_bytes()[..width]));
    bytes
}

fn list(out: &mut Writer, list: &List, limit: Limit) {
    match list {
        List::Packed(pack) => {
            out.number(1);
            out.number(kinds::PACKED);
            out.string(&packed::write(pack));
        }
        List::Blocks(blocks, _) => {
            out.number(blocks.len() as u64);
            blocks.iter().for_each(|block| self::block(out, block, limit));
        }
    }
}

/// A block of a list. An element that is too long for a block has one to itself, without the packing.
fn block(out: &mut Writer, block: &Listpack, limit: Limit) {
    match block.iter().next() {
        Some((_, Entry::Bytes(bytes))) if limit.is_too_long(bytes.len()) && block.len() == 1 => {
            out.number(kinds::PLAIN);
            out.string(bytes);
        }
        _ => {
            out.number(kinds::PACKED);
            out.string(&packed::write(block));
        }
    }
}
