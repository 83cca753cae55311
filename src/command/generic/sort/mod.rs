//! SORT, SORT_RO: the elements of a list, a set or a sorted set in order, or what belongs to them.
//!
//! Redis: `src/sort.c`, `sortCommandGeneric`.
//!
//! The elements are copied first, since looking up what belongs to them may change the keyspace: a key expires. The numbers by
//! which they are ordered stand beside their places, so that a sort moves no text.
//!
//! Different on purpose: several GETs together give ten million values at most. Redis writes replies without end.

pub mod options;
pub mod order;
pub mod pattern;

use crate::command::list::limit;
use crate::keyspace::events::{GENERIC, LIST};
use crate::keyspace::list::{End, List};
use crate::keyspace::listpack::Entry;
use crate::keyspace::value::{Typed, Value, WrongType};
use crate::keyspace::zset::{self, Zset};
use crate::server::dispatch::{Call, bulk_entry};
use options::Options;
use order::{Order, Weights, number};
use pattern::Pattern;
use std::ops::Range;

/// The most values that several GETs give.
const MOST_VALUES: usize = 10_000_000;

/// `SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern …]] [ASC | DESC] [ALPHA] [STORE destination]`
pub fn sort(call: &mut Call<'_>) {
    sort_generic(call, true);
}

/// `SORT_RO key …`: the same without STORE.
pub fn sort_ro(call: &mut Call<'_>) {
    sort_generic(call, false);
}

fn sort_generic(call: &mut Call<'_>, may_store: bool) {
    let Some(mut options) = Options::parse(call, may_store) else { return };
    let Ok((elements, wanted)) = Elements::load(call, &mut options) else { return call.reply.wrong_type() };
    let elements = elements.iter();
    if options.get.len() > 1 && wanted.len().saturating_mul(options.get.len()) > MOST_VALUES {
        return call.reply.error("ERR value is out of range");
    }
    let sorted = if options.keeps_order {
        (0..elements.len()).collect()
    } else {
        match in_order(call, &elements, &options, wanted.clone()) {
            Some(sorted) => sorted,
            None => return call.reply.error("ERR One or more scores can't be converted into double"),
        }
    };
    let sorted = sorted[wanted].iter().map(|&at| elements[at]);
    match options.store {
        None => reply(call, sorted, &options.get),
        Some(key) => store(call, sorted, &options.get, key),
    }
}

/// The elements, one behind the other.
#[derive(Default)]
struct Elements {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Elements {
    /// The elements of the key that is sorted, and which of them are wanted: if they keep their order, no others are copied.
    fn load(call: &mut Call<'_>, options: &mut Options<'_>) -> Result<(Elements, Range<usize>), WrongType> {
        let (db, key) = (call.db(), &call.args[1]);
        let (in_script, hasher) = (call.server.script_of().is_some(), call.server.keyspace.hasher());
        let mut elements = Elements::default();
        let Some(place) = call.server.lookup_read_place(db, key) else { return Ok((elements, 0..0)) };
        if let Value::Zset(Zset::Packed(_)) = call.server.keyspace.db(db).item(place).value
            && let Value::Zset(zset) = call.server.value_to_change(db, place)
        {
            // Redis walks a skiplist and makes one of what is packed, for ever.
            zset.prepare(1, zset::Limits { entries: 0, value: 0, hasher });
        }
        let value = &call.server.keyspace.db(db).item(place).value;
        if matches!(value, Value::Set(_)) && options.keeps_order && (options.store.is_some() || in_script) {
            // A set has no order: what depends on one must not differ from server to server.
            (options.keeps_order, options.alpha, options.by) = (false, true, None);
        }
        let wanted = match value {
            Value::List(list) => {
                let wanted = options.range(list.len());
                match (options.keeps_order, options.descending) {
                    (false, _) => elements.extend(list.iter()),
                    (true, false) => elements.extend(list.iter_from(wanted.start).take(wanted.len())),
                    (true, true) => elements.extend(list.iter().rev().skip(wanted.start).take(wanted.len())),
                }
                wanted
            }
            Value::Set(set) => {
                let wanted = options.range(set.len());
                match options.keeps_order {
                    false => elements.extend(set.iter()),
                    true => elements.extend(set.iter().skip(wanted.start).take(wanted.len())),
                }
                wanted
            }
            Value::Zset(zset) => {
                let (len, wanted) = (zset.len(), options.range(zset.len()));
                match (options.keeps_order, options.descending) {
                    _ if wanted.is_empty() && options.keeps_order => {}
                    (false, _) => elements.extend(zset.iter().map(|pair| pair.0)),
                    (true, false) => elements.extend(zset.range(wanted.clone(), false).map(|pair| pair.0)),
                    (true, true) => {
                        let ranks = len - wanted.end..len - wanted.start;
                        elements.extend(zset.range(ranks, true).map(|pair| pair.0));
                    }
                }
                wanted
            }
            _ => return Err(WrongType),
        };
        Ok((elements, if options.keeps_order { 0..wanted.len() } else { wanted }))
    }

    fn extend<'e>(&mut self, entries: impl Iterator<Item = Entry<'e>>) {
        entries.for_each(|entry| self.push(entry));
    }

    fn push(&mut self, entry: Entry<'_>) {
        self.bytes.extend_from_slice(entry.bytes(&mut itoa::Buffer::new()));
        self.ends.push(self.bytes.len());
    }

    fn iter(&self) -> Vec<&[u8]> {
        let mut start = 0;
        self.ends.iter().map(|&end| &self.bytes[std::mem::replace(&mut start, end)..end]).collect()
    }
}

/// The numbers of the elements in order; None: they are to be ordered as numbers, and one has none.
fn in_order(
    call: &mut Call<'_>,
    elements: &[&[u8]],
    options: &Options<'_>,
    wanted: Range<usize>,
) -> Option<Vec<usize>> {
    let db = call.db();
    let order = Order { descending: options.descending, as_c: options.store.is_none() };
    let mut name = Vec::new();
    let weights = match (options.by, options.alpha) {
        (None, true) => Weights::Elements,
        (None, false) => {
            let numbers: Option<_> = elements.iter().map(|element| number(Entry::new(element))).collect();
            Weights::Numbers(numbers?)
        }
        (Some(by), false) => {
            let mut are_numbers = true;
            let mut weigh = |element: &&[u8]| match by.value(call.server, db, element, &mut name) {
                None => 0.0,
                Some(weight) => number(weight).unwrap_or_else(|| {
                    are_numbers = false;
                    0.0
                }),
            };
            // Every key is looked up, even if one before it is no number: it may have expired.
            let numbers = elements.iter().map(&mut weigh).collect();
            if !are_numbers {
                return None;
            }
            Weights::Numbers(numbers)
        }
        (Some(by), true) => {
            let mut found = Elements::default();
            let mut exist = Vec::with_capacity(elements.len());
            for element in elements {
                let weight = by.value(call.server, db, element, &mut name);
                exist.push(weight.is_some());
                weight.into_iter().for_each(|weight| found.push(weight));
            }
            let mut found = found.iter().into_iter();
            let texts = exist.into_iter().map(|exists| if exists { found.next() } else { None }).collect();
            return Some(order.sort(elements, Weights::Texts(texts), wanted));
        }
    };
    Some(order.sort(elements, weights, wanted))
}

/// Replies with the elements, or with what GET finds of each.
fn reply<'a>(call: &mut Call<'_>, sorted: impl ExactSizeIterator<Item = &'a [u8]>, get: &[Pattern<'_>]) {
    let (db, mut name) = (call.db(), Vec::new());
    call.reply.array(sorted.len() * get.len().max(1));
    for element in sorted {
        if get.is_empty() {
            call.reply.bulk(element);
        }
        for pattern in get {
            match pattern.value(call.server, db, element, &mut name) {
                Some(value) => bulk_entry(call.reply, value),
                None => call.reply.null(),
            }
        }
        if call.reply.overflowed {
            break;
        }
    }
}

/// Stores the elements, or what GET finds of each, as a list, and replies with their number.
fn store<'a>(
    call: &mut Call<'_>,
    sorted: impl ExactSizeIterator<Item = &'a [u8]>,
    get: &[Pattern<'_>],
    key: &[u8],
) {
    let (db, limit, mut name) = (call.db(), limit(call.server), Vec::new());
    let count = sorted.len() * get.len().max(1);
    let mut list = List::in_blocks();
    for element in sorted {
        if get.is_empty() {
            list.push(End::Right, element, limit);
        }
        for pattern in get {
            let value = pattern.value(call.server, db, element, &mut name).unwrap_or(Entry::Bytes(b""));
            list.push(End::Right, value.bytes(&mut itoa::Buffer::new()), limit);
        }
    }
    if count > 0 {
        list.pack(limit);
        call.server.set_key(db, key, list.into_value(), false);
        call.server.notify(LIST, "sortstore", key, db);
        // One change is counted already.
        call.server.stats.dirty += count as u64 - 1;
    } else if call.server.lookup_key(db, key).is_some() {
        call.server.delete_key(db, key);
        call.server.modified(db, key, GENERIC, "del");
    }
    call.reply.integer(count as i64);
}
