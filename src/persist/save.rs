//! Writes values, whole or a slice at a time.
//!
//! Redis: `src/rdb.c` (`rdbSaveObjectType`, `rdbSaveObject`, `rdbSavedObjectLen`).
//!
//! A large value is written in slices, so that a server can do something else in between. What a slice needs to go on is a
//! number: a place of a dict, a rank, a block. The value must not change between the first slice and the last.
//!
//! Different on purpose: a packed hash whose fields do not expire any more is written without times where the version is older
//! than they are.

use super::budget::Budget;
use super::write::{LONGEST_NUMBER, Writer};
use super::{Rules, footer, kinds, save_stream};
use crate::keyspace::hash::Hash;
use crate::keyspace::hash::expiring_pack::ExpiringPack;
use crate::keyspace::list::{Limit, List};
use crate::keyspace::listpack::{Entry, Listpack};
use crate::keyspace::set::Set;
use crate::keyspace::set::intset::Intset;
use crate::keyspace::set::members;
use crate::keyspace::string::Str;
use crate::keyspace::value::Value;
use crate::keyspace::zset::Zset;

/// A value behind its type.
pub fn value(value: &Value, rules: &Rules) -> Vec<u8> {
    let mut out = Writer::new(rules.compress);
    out.byte(kind(value, footer::VERSION));
    content(&mut out, value, rules);
    out.into_bytes()
}

/// How many bytes a value takes without its type: `serializedlength` of DEBUG OBJECT.
pub fn len(value: &Value, rules: &Rules) -> usize {
    let mut out = Writer::new(rules.compress);
    content(&mut out, value, rules);
    // Redis does not count the time before a hash whose fields expire.
    let is_expiring =
        [kinds::HASH_EXPIRING, kinds::HASH_EXPIRING_LISTPACK].contains(&kind(value, footer::VERSION));
    out.into_bytes().len() - if is_expiring { size_of::<i64>() } else { 0 }
}

fn content(out: &mut Writer, value: &Value, rules: &Rules) {
    let mut slices = Slices::new(value, footer::VERSION);
    let is_whole = slices.write(out, value, rules.list, &mut Budget::UNLIMITED.clone());
    debug_assert!(is_whole, "nothing stops it");
}

/// The byte that says in which form a value is written.
fn kind(value: &Value, version: u16) -> u8 {
    match value {
        Value::String(_) => kinds::STRING,
        Value::List(_) => kinds::LIST_QUICKLIST_2,
        Value::Hash(Hash::Packed(_)) => kinds::HASH_LISTPACK,
        Value::Hash(Hash::ExpiringPack(pack)) => match pack.next_expiry() {
            None if version < kinds::EXPIRING_SINCE => kinds::HASH_LISTPACK,
            _ => kinds::HASH_EXPIRING_LISTPACK,
        },
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

/// A value that is being written without its type.
#[derive(Debug)]
pub struct Slices {
    kind: u8,
    has_begun: bool,
    /// The next element: a place of a dict, how many of the greatest were written, the number of a block.
    next: usize,
    /// How many bytes of the string that is being written are.
    done: usize,
    /// The next member of a large set.
    member: members::Position,
    stream: save_stream::Slices,
}

impl Slices {
    /// Begins to write a value; of which version the file is decides its form.
    pub fn new(value: &Value, version: u16) -> Slices {
        Slices {
            kind: kind(value, version),
            has_begun: false,
            next: 0,
            done: 0,
            member: members::Position::default(),
            stream: save_stream::Slices::default(),
        }
    }

    /// The byte that says in which form the value is written.
    pub fn kind(&self) -> u8 {
        self.kind
    }

    /// Writes the next slice: until the budget is spent, or the value ends. Whether it does.
    pub fn write(&mut self, out: &mut Writer, value: &Value, list: Limit, budget: &mut Budget) -> bool {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        match value {
            Value::String(Str::Int(number)) => out.decimal(*number),
            Value::String(string) if string.len() <= LONGEST_NUMBER => out.string(&string.bytes()),
            Value::String(string) => return self.string(out, budget, &string.bytes()),
            Value::List(value) => return self.list(out, value, list, is_first, budget),
            Value::Hash(Hash::Packed(pack)) => return self.packed(out, budget, pack),
            Value::Hash(Hash::ExpiringPack(pack)) if self.kind == kinds::HASH_LISTPACK => {
                out.listpack(&without_times(pack));
            }
            Value::Hash(Hash::ExpiringPack(pack)) => {
                if is_first {
                    out.time(pack.next_expiry().unwrap_or(0));
                }
                return self.packed(out, budget, pack.as_listpack());
            }
            Value::Hash(hash) => return self.hash(out, hash, is_first, budget),
            Value::Set(Set::Numbers(numbers)) => out.string(&intset(numbers)),
            Value::Set(Set::Packed(pack)) | Value::Zset(Zset::Packed(pack)) => {
                return self.packed(out, budget, pack);
            }
            Value::Set(Set::Dict(members)) => {
                if is_first {
                    out.number(members.len() as u64);
                }
                for (position, member) in members.iter_from(self.member) {
                    if budget.is_spent() {
                        return false;
                    }
                    out.spend(budget, |out| out.string(member));
                    self.member = position;
                }
            }
            Value::Zset(sorted) => return self.zset(out, sorted, is_first, budget),
            Value::Stream(stream) => return self.stream.write(out, stream, budget),
        }
        true
    }

    /// The next part of a string of some length. Whether it ends.
    fn string(&mut self, out: &mut Writer, budget: &mut Budget, bytes: &[u8]) -> bool {
        if budget.is_spent() {
            return false;
        }
        let most = budget.bytes;
        let next = out.spend(budget, |out| out.text(&[bytes], self.done, most));
        self.done = next.unwrap_or(0);
        next.is_none()
    }

    /// The next part of a listpack. Whether it ends.
    fn packed(&mut self, out: &mut Writer, budget: &mut Budget, pack: &Listpack) -> bool {
        if budget.is_spent() {
            return false;
        }
        let most = budget.bytes;
        let next = out.spend(budget, |out| out.part_of_listpack(pack, self.done, most));
        self.done = next.unwrap_or(0);
        next.is_none()
    }

    fn list(
        &mut self,
        out: &mut Writer,
        list: &List,
        limit: Limit,
        is_first: bool,
        budget: &mut Budget,
    ) -> bool {
        let blocks = match list {
            List::Packed(pack) => {
                if is_first {
                    out.number(1);
                    out.number(kinds::PACKED);
                }
                return self.packed(out, budget, pack);
            }
            List::Blocks(blocks, _) => blocks,
        };
        if is_first {
            out.number(blocks.len() as u64);
        }
        while let Some(block) = blocks.get(self.next) {
            if budget.is_spent() || !self.block(out, block, limit, budget) {
                return false;
            }
            self.next += 1;
        }
        true
    }

    /// The next part of a block of a list. An element that is too long for a block has one to itself, without the packing.
    fn block(&mut self, out: &mut Writer, block: &Listpack, limit: Limit, budget: &mut Budget) -> bool {
        let alone = match block.iter().next() {
            Some((_, Entry::Bytes(bytes))) if block.len() == 1 && limit.is_too_long(bytes.len()) => {
                Some(bytes)
            }
            _ => None,
        };
        if self.done == 0 {
            out.number(if alone.is_some() { kinds::PLAIN } else { kinds::PACKED });
        }
        match alone {
            Some(bytes) if bytes.len() <= LONGEST_NUMBER => {
                out.spend(budget, |out| out.string(bytes));
                true
            }
            Some(bytes) => self.string(out, budget, bytes),
            None => self.packed(out, budget, block),
        }
    }

    /// Fields and values, and if any of them expires, the earliest time, and before each field how much later it expires, plus
    /// one; 0 stands for never.
    fn hash(&mut self, out: &mut Writer, hash: &Hash, is_first: bool, budget: &mut Budget) -> bool {
        let (dict, times) = match hash {
            Hash::Dict(dict) => (&**dict, None),
            Hash::ExpiringDict(hash) => (hash.dict(), Some(hash)),
            Hash::Packed(_) | Hash::ExpiringPack(_) => return true,
        };
        let earliest = hash.next_expiry();
        if is_first {
            earliest.into_iter().for_each(|earliest| out.time(earliest));
            out.number(dict.len() as u64);
        }
        while self.next < dict.places_end() as usize {
            if budget.is_spent() {
                return false;
            }
            let place = self.next as u32;
            out.spend(budget, |out| {
                let Some((field, value)) = dict.entry(place) else { return };
                if let Some(earliest) = earliest {
                    let time = times.and_then(|hash| hash.time(place));
                    out.number(time.map_or(0, |time| (time - earliest) as u64 + 1));
                }
                out.string(field);
                out.string(value);
            });
            self.next += 1;
        }
        true
    }

    /// Members and scores. The greatest first, as in Redis: who reads that adds each member in front of all others.
    fn zset(&mut self, out: &mut Writer, sorted: &Zset, is_first: bool, budget: &mut Budget) -> bool {
        if is_first {
            out.number(sorted.len() as u64);
        }
        for (member, score) in sorted.range(0..sorted.len() - self.next, true) {
            if budget.is_spent() {
                return false;
            }
            out.spend(budget, |out| {
                out.string(member.bytes(&mut itoa::Buffer::new()));
                out.double(score);
            });
            self.next += 1;
        }
        true
    }
}

/// The fields and values of a packed hash.
fn without_times(pack: &ExpiringPack) -> Listpack {
    let mut pairs = Listpack::with_room(pack.as_listpack().size());
    for (field, value, _) in pack.iter() {
        pairs.insert_entry(pairs.size(), field);
        pairs.insert_entry(pairs.size(), value);
    }
    pairs
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
