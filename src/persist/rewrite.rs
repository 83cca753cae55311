//! A value as the commands that make it: what an append-only file begins with if `aof-use-rdb-preamble` is `no`.
//!
//! Redis: `src/aof.c` (`rewriteAppendOnlyFileRio`, `rewriteListObject`, `rewriteSetObject`, `rewriteSortedSetObject`,
//! `rewriteHashObject`, `rewriteFunctions`).
//!
//! As a snapshot does ([`super::save`]), it writes a large value in slices.
//!
//! Different on purpose: a large sorted set is written in the order of its scores, and not in that of its dict.

use super::aof_write::{Word, command, head, word};
use super::budget::Budget;
use super::rewrite_stream;
use crate::keyspace::hash::Hash;
use crate::keyspace::listpack::Entry;
use crate::keyspace::set::{Set, members};
use crate::keyspace::value::Value;
use crate::text::double;

/// How many elements a command adds at most. Redis: `AOF_REWRITE_ITEMS_PER_CMD`.
const ITEMS: usize = 64;

/// Appends the command that loads a library of functions.
pub fn library(out: &mut Vec<u8>, code: &[u8]) {
    command(out, &["FUNCTION".into(), "LOAD".into(), code.into()]);
}

/// A key that is being written.
#[derive(Debug, Default)]
pub struct Rewrite {
    /// How many elements were written, vacant places of a dict counted.
    next: usize,
    /// How many elements were written, vacant places not counted.
    written: usize,
    /// The next member of a large set.
    member: members::Position,
    stream: rewrite_stream::Rewrite,
}

impl Rewrite {
    /// Appends the next commands for a key: until the budget is spent, or all is written. Whether it is. The value must not change
    /// in between: before a command changes it, the rest is written with [`Budget::UNLIMITED`].
    pub fn write(
        &mut self,
        out: &mut Vec<u8>,
        key: &[u8],
        value: &Value,
        expires: Option<i64>,
        budget: &mut Budget,
    ) -> bool {
        let is_whole = match value {
            Value::String(string) => {
                budget
                    .append(out, |out| command(out, &["SET".into(), key.into(), (&*string.bytes()).into()]));
                true
            }
            Value::List(list) => {
                let elements = list.iter_from(self.next).map(|element| [element]);
                self.elements(out, ("RPUSH", key), list.len(), elements, budget)
            }
            Value::Set(set) => self.set(out, key, set, budget),
            Value::Zset(zset) => {
                let mut members = zset.range(self.next..zset.len(), false);
                loop {
                    let Some((member, score)) = members.next() else { break true };
                    if budget.is_spent() {
                        break false;
                    }
                    let score = double::shortest(score);
                    let element = [Entry::Bytes(&score), member];
                    self.element(out, ("ZADD", key), zset.len(), &element, budget);
                }
            }
            Value::Hash(hash) => self.hash(out, key, hash, budget),
            Value::Stream(stream) => self.stream.write(out, key, stream, budget),
        };
        if is_whole && let Some(time) = expires {
            command(out, &["PEXPIREAT".into(), key.into(), time.into()]);
        }
        is_whole
    }

    /// Appends elements that follow those that were written. Whether that is all of them.
    fn elements<'a, const WORDS: usize>(
        &mut self,
        out: &mut Vec<u8>,
        begin: (&str, &[u8]),
        len: usize,
        elements: impl Iterator<Item = [Entry<'a>; WORDS]>,
        budget: &mut Budget,
    ) -> bool {
        for element in elements {
            if budget.is_spent() {
                return false;
            }
            self.element(out, begin, len, &element, budget);
        }
        true
    }

    /// Appends an element of `len` with its words. A command begins before the first, and before each 64th after it, with a name
    /// and the key.
    fn element(
        &mut self,
        out: &mut Vec<u8>,
        (name, key): (&str, &[u8]),
        len: usize,
        words: &[Entry<'_>],
        budget: &mut Budget,
    ) {
        budget.append(out, |out| {
            if self.written.is_multiple_of(ITEMS) {
                head(out, 2 + words.len() * ITEMS.min(len - self.written));
                word(out, name.into());
                word(out, key.into());
            }
            words.iter().for_each(|&element| word(out, text(element)));
        });
        self.written += 1;
        self.next += 1;
    }

    fn set(&mut self, out: &mut Vec<u8>, key: &[u8], set: &Set, budget: &mut Budget) -> bool {
        let begin = ("SADD", key);
        let Set::Dict(members) = set else {
            let members = set.iter().skip(self.next).map(|member| [member]);
            return self.elements(out, begin, set.len(), members, budget);
        };
        for (position, member) in members.iter_from(self.member) {
            if budget.is_spent() {
                return false;
            }
            self.element(out, begin, set.len(), &[Entry::Bytes(member)], budget);
            self.member = position;
        }
        true
    }

    fn hash(&mut self, out: &mut Vec<u8>, key: &[u8], hash: &Hash, budget: &mut Budget) -> bool {
        let (dict, times) = match hash {
            Hash::Packed(_) | Hash::ExpiringPack(_) => {
                for (field, value, time) in hash.iter_with_times().skip(self.next) {
                    if budget.is_spent() {
                        return false;
                    }
                    self.field(out, key, hash, (field, value, time), budget);
                }
                return true;
            }
            Hash::Dict(dict) => (&**dict, None),
            Hash::ExpiringDict(hash) => (hash.dict(), Some(&**hash)),
        };
        while self.next < dict.places_end() as usize {
            if budget.is_spent() {
                return false;
            }
            let place = self.next as u32;
            match dict.entry(place) {
                Some((field, value)) => {
                    let time = times.and_then(|hash| hash.time(place));
                    self.field(out, key, hash, (Entry::Bytes(field), Entry::Bytes(value), time), budget);
                }
                None => {
                    budget.spend(0, 1);
                    self.next += 1;
                }
            }
        }
        true
    }

    /// Appends a field. If any field of its hash expires, each has a command of its own, and another one for its time.
    fn field(
        &mut self,
        out: &mut Vec<u8>,
        key: &[u8],
        hash: &Hash,
        (field, value, time): (Entry<'_>, Entry<'_>, Option<i64>),
        budget: &mut Budget,
    ) {
        if hash.next_expiry().is_none() {
            return self.element(out, ("HMSET", key), hash.len(), &[field, value], budget);
        }
        budget.append(out, |out| {
            command(out, &["HMSET".into(), key.into(), text(field), text(value)]);
            if let Some(time) = time {
                let fields = ["FIELDS".into(), "1".into(), text(field)];
                command(out, &[&["HPEXPIREAT".into(), key.into(), time.into()], &fields[..]].concat());
            }
        });
        self.next += 1;
    }
}

/// An element as a word.
fn text(entry: Entry<'_>) -> Word<'_> {
    match entry {
        Entry::Bytes(bytes) => Word::Bytes(bytes),
        Entry::Number(number) => Word::Number(number),
    }
}

#[cfg(test)]
#[path = "rewrite_tests.rs"]
mod tests;
