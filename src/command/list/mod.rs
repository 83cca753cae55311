//! Lists: adding at the ends, taking away from them, and what is between.
//!
//! Redis: `src/t_list.c` (`pushGenericCommand`, `popGenericCommand`, `lrangeCommand`, `lsetCommand` …). Moving from list to
//! list is in [`self::transfer`], waiting for a list in [`self::blocking`], LPOS in [`self::search`].

pub mod blocking;
pub(crate) mod rows;
pub mod search;
pub mod transfer;

use crate::keyspace::events::LIST;
use crate::keyspace::list::{End, Limit, List};
use crate::keyspace::value::WrongType;
use crate::resp::reply::Reply;
use crate::server::Server;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::server::dispatch::{Call, bulk_entry};
pub(super) use crate::server::limits::of_lists as limit;
use crate::text::integer::parse_integer;

/// The event of adding at an end.
pub(super) fn push_event(end: End) -> &'static str {
    if end == End::Left { "lpush" } else { "rpush" }
}

/// `LPUSH key element [element …]`: how many there are now.
pub fn lpush(call: &mut Call<'_>) {
    push(call, End::Left, true);
}

/// `RPUSH key element [element …]`
pub fn rpush(call: &mut Call<'_>) {
    push(call, End::Right, true);
}

/// `LPUSHX key element [element …]`: only if there is such a list.
pub fn lpushx(call: &mut Call<'_>) {
    push(call, End::Left, false);
}

/// `RPUSHX key element [element …]`
pub fn rpushx(call: &mut Call<'_>) {
    push(call, End::Right, false);
}

/// Redis: `pushGenericCommand`.
fn push(call: &mut Call<'_>, end: End, create: bool) {
    let (db, limit) = (call.db(), limit(call.server));
    let (key, values) = (&call.args[1], call.args.from(2));
    let list = match create {
        true => call.server.write_or_create(db, key, List::default).map(Some),
        false => call.server.write::<List>(db, key),
    };
    let list = match list {
        Ok(Some(list)) => list,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    list.prepare(values.clone().map(<[u8]>::len).sum(), values.len(), limit);
    let count = values.len() as u64;
    values.for_each(|value| list.push(end, value, limit));
    call.reply.integer(list.len() as i64);
    call.server.modified(db, key, LIST, push_event(end));
    call.server.stats.dirty += count - 1;
}

impl Server {
    /// `count` elements were taken from an end of the list at a key: tells so, and removes the key if nothing is left.
    /// Redis: `listElementsRemoved`.
    pub(super) fn list_elements_removed(
        &mut self,
        db: u32,
        key: &[u8],
        end: End,
        count: usize,
        is_empty: bool,
    ) {
        let event = if end == End::Left { "lpop" } else { "rpop" };
        self.list_became_shorter(db, key, event, count, is_empty);
    }

    /// Elements were removed from the list at a key: tells so, and removes the key if nothing is left.
    fn list_became_shorter(&mut self, db: u32, key: &[u8], event: &str, count: usize, is_empty: bool) {
        self.notify(LIST, event, key, db);
        if is_empty {
            self.delete_emptied(db, key);
        }
        self.signal_modified_key(db, key);
        self.stats.dirty += count as u64;
    }
}

/// `LPOP key [count]`: the first element, or up to that many.
pub fn lpop(call: &mut Call<'_>) {
    pop(call, End::Left);
}

/// `RPOP key [count]`
pub fn rpop(call: &mut Call<'_>) {
    pop(call, End::Right);
}

/// Redis: `popGenericCommand`.
fn pop(call: &mut Call<'_>, end: End) {
    if call.args.len() > 3 {
        let name = if end == End::Left { "lpop" } else { "rpop" };
        return call.reply.error(format!("ERR wrong number of arguments for '{name}' command"));
    }
    let has_count = call.args.len() == 3;
    let mut count = 1;
    if has_count {
        let Some(wanted) = call.positive(2) else { return };
        count = wanted;
    }
    let (db, key, limit) = (call.db(), &call.args[1], limit(call.server));
    let list = match call.server.write::<List>(db, key) {
        Ok(Some(list)) => list,
        Ok(None) if has_count => return call.reply.null_array(),
        Ok(None) => return call.reply.null(),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let count = count.min(list.len());
    if has_count {
        call.reply.array(count);
    }
    if count > 0 {
        let is_empty = reply_and_pop(list, end, count, limit, call.reply);
        call.server.list_elements_removed(db, key, end, count, is_empty);
    }
}

/// Takes `count` elements from an end, and replies with each. Whether none is left.
pub(super) fn reply_and_pop(
    list: &mut List,
    end: End,
    count: usize,
    limit: Limit,
    reply: &mut Reply,
) -> bool {
    for _ in 0..count {
        if let Some(entry) = list.end(end) {
            bulk_entry(reply, entry);
            list.pop(end);
        }
    }
    list.shrink(limit);
    list.is_empty()
}

/// The list at the key of a command that reads it, if there is one. None: the key holds something else, and the error is
/// replied.
pub(super) fn read<'a>(call: &'a mut Call<'_>) -> Option<(Option<&'a List>, &'a mut Reply)> {
    let db = call.db();
    match call.server.read::<List>(db, &call.args[1]) {
        Ok(list) => Some((list, &mut *call.reply)),
        Err(WrongType) => {
            call.reply.wrong_type();
            None
        }
    }
}

/// `LLEN key`
pub fn llen(call: &mut Call<'_>) {
    let Some((list, reply)) = read(call) else { return };
    reply.integer(list.map_or(0, List::len) as i64);
}

/// The place that an index means, which counts from the end if it is negative; None: there is no such place.
fn place(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(len as i64)? } else { index };
    usize::try_from(index).ok().filter(|&index| index < len)
}

/// `LINDEX key index`
pub fn lindex(call: &mut Call<'_>) {
    let index = parse_integer(&call.args[2]);
    let Some((list, reply)) = read(call) else { return };
    let Some(list) = list else { return reply.null() };
    let Some(index) = index else { return reply.error(format!("ERR {NOT_AN_INTEGER}")) };
    match place(index, list.len()).and_then(|index| list.get(index)) {
        Some(entry) => bulk_entry(reply, entry),
        None => reply.null(),
    }
}

/// The places from `start` to `end`, both of which may count from the end: the first, and how many. Redis: the
/// beginning of `addListRangeReply`.
fn range(start: i64, end: i64, len: usize) -> (usize, usize) {
    let from_end = |index: i64| if index < 0 { index.saturating_add(len as i64) } else { index };
    let (start, end) = (from_end(start).max(0), from_end(end).min(len as i64 - 1));
    if start > end { (0, 0) } else { (start as usize, (end - start) as usize + 1) }
}

/// `LRANGE key start stop`
pub fn lrange(call: &mut Call<'_>) {
    let Some(start) = call.integer(2, NOT_AN_INTEGER) else { return };
    let Some(end) = call.integer(3, NOT_AN_INTEGER) else { return };
    let Some((list, reply)) = read(call) else { return };
    let Some(list) = list else { return reply.array(0) };
    let (start, count) = range(start, end, list.len());
    reply.array(count);
    list.iter_from(start).take(count).for_each(|entry| bulk_entry(reply, entry));
}

/// `LTRIM key start stop`: removes what is not between.
pub fn ltrim(call: &mut Call<'_>) {
    let Some(start) = call.integer(2, NOT_AN_INTEGER) else { return };
    let Some(end) = call.integer(3, NOT_AN_INTEGER) else { return };
    let (db, key, limit) = (call.db(), &call.args[1], limit(call.server));
    let list = match call.server.write::<List>(db, key) {
        Ok(Some(list)) => list,
        Ok(None) => return call.reply.ok(),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let len = list.len();
    let (start, count) = range(start, end, len);
    list.remove(start + count, len - start - count);
    list.remove(0, start);
    list.shrink(limit);
    call.server.list_became_shorter(db, key, "ltrim", len - count, count == 0);
    call.reply.ok();
}

/// `LSET key index element`
pub fn lset(call: &mut Call<'_>) {
    let (db, limit) = (call.db(), limit(call.server));
    let (key, value) = (&call.args[1], &call.args[3]);
    let index = parse_integer(&call.args[2]);
    let list = match call.server.write::<List>(db, key) {
        Ok(Some(list)) => list,
        Ok(None) => return call.reply.error("ERR no such key"),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let Some(index) = index else { return call.reply.error(format!("ERR {NOT_AN_INTEGER}")) };
    list.prepare(value.len(), 1, limit);
    let Some(index) = place(index, list.len()) else {
        return call.reply.error("ERR index out of range");
    };
    list.set(index, value, limit);
    list.shrink(limit);
    call.server.modified(db, key, LIST, "lset");
    call.reply.ok();
}

/// `LINSERT key BEFORE | AFTER pivot element`: how many there are now; -1 if there is no such pivot.
pub fn linsert(call: &mut Call<'_>) {
    let after = call.is(2, "after");
    if !after && !call.is(2, "before") {
        return call.syntax_error();
    }
    let (db, limit) = (call.db(), limit(call.server));
    let (key, pivot, value) = (&call.args[1], &call.args[3], &call.args[4]);
    let list = match call.server.write::<List>(db, key) {
        Ok(Some(list)) => list,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    list.prepare(value.len(), 1, limit);
    let Some(found) = list.find(pivot) else { return call.reply.integer(-1) };
    list.insert(found + usize::from(after), value, limit);
    call.reply.integer(list.len() as i64);
    call.server.modified(db, key, LIST, "linsert");
}

/// `LREM key count element`: removes the first ones of that value, or the last ones if `count` is negative; all, if it
/// is 0. How many.
pub fn lrem(call: &mut Call<'_>) {
    let Some(count) = call.long(2) else { return };
    let (db, key, limit) = (call.db(), &call.args[1], limit(call.server));
    let list = match call.server.write::<List>(db, key) {
        Ok(Some(list)) => list,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let most = if count == 0 { usize::MAX } else { count.unsigned_abs() as usize };
    let from = if count < 0 { End::Right } else { End::Left };
    let removed = list.remove_equal(&call.args[3], most, from);
    list.shrink(limit);
    let is_empty = list.is_empty();
    if removed > 0 {
        call.server.list_became_shorter(db, key, "lrem", removed, is_empty);
    }
    call.reply.integer(removed as i64);
}

#[cfg(test)]
mod blocks_tests;
