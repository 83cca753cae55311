//! From list to list, and from the first of several lists: LMOVE, RPOPLPUSH, LMPOP, and what their blocking forms do when
//! there is something to take.
//!
//! Redis: `src/t_list.c` (`lmoveGenericCommand`, `mpopGenericCommand`, `listPopRangeAndReplyWithKey`).

use super::{limit, push_event, reply_and_pop};
use crate::command::waiting::parse_mpop;
use crate::keyspace::events::LIST;
use crate::keyspace::list::{End, List};
use crate::keyspace::listpack::Entry;
use crate::keyspace::value::WrongType;
use crate::persist::aof_write::Word;
use crate::server::dispatch::Call;

/// Whether a command got what it wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did, or an error; the reply is written.
    Replied,
    /// There is nothing to take.
    Nothing,
}

/// The argument at `at` as an end of a list; None: it is none, and the error is replied. Redis:
/// `getListPositionFromObjectOrReply`.
pub(crate) fn parse_end(call: &mut Call<'_>, at: usize) -> Option<End> {
    let end = match () {
        _ if call.is(at, "left") => Some(End::Left),
        _ if call.is(at, "right") => Some(End::Right),
        _ => None,
    };
    if end.is_none() {
        call.syntax_error();
    }
    end
}

/// `LMOVE source destination LEFT | RIGHT LEFT | RIGHT`
pub fn lmove(call: &mut Call<'_>) {
    let Some(from) = parse_end(call, 3) else { return };
    let Some(to) = parse_end(call, 4) else { return };
    if move_element(call, from, to) == Outcome::Nothing {
        call.reply.null();
    }
}

/// `RPOPLPUSH source destination`
pub fn rpoplpush(call: &mut Call<'_>) {
    if move_element(call, End::Right, End::Left) == Outcome::Nothing {
        call.reply.null();
    }
}

/// Takes an element from an end of the list at the first key, adds it at an end of the list at the second, and replies
/// with it. Redis: `lmoveGenericCommand`.
pub(crate) fn move_element(call: &mut Call<'_>, from: End, to: End) -> Outcome {
    let (db, limit) = (call.db(), limit(call.server));
    let (source, target) = (&call.args[1], &call.args[2]);
    let element = match call.server.write::<List>(db, source) {
        Ok(Some(list)) => list.end(from).map(Entry::to_vec),
        Ok(None) => return Outcome::Nothing,
        Err(WrongType) => {
            call.reply.wrong_type();
            return Outcome::Replied;
        }
    };
    let Some(element) = element else { return Outcome::Nothing };
    if call.server.write::<List>(db, target).is_err() {
        call.reply.wrong_type();
        return Outcome::Replied;
    }
    if let Ok(Some(list)) = call.server.write::<List>(db, source) {
        list.pop(from);
    }
    // The source stays, perhaps empty, until the element is in its new place: it may be the same list.
    if let Ok(list) = call.server.write_or_create(db, target, List::default) {
        list.prepare(element.len(), 1, limit);
        list.push(to, &element, limit);
    }
    call.server.signal_modified_key(db, target);
    call.server.notify(LIST, push_event(to), target, db);
    call.reply.bulk(&element);
    if let Ok(Some(list)) = call.server.write::<List>(db, source) {
        list.shrink(limit);
        let is_empty = list.is_empty();
        call.server.list_elements_removed(db, source, from, 1, is_empty);
    }
    Outcome::Replied
}

/// `LMPOP numkeys key [key …] LEFT | RIGHT [COUNT count]`
pub fn lmpop(call: &mut Call<'_>) {
    let Some((keys, end, count)) = parse_mpop(call, 1, parse_end) else { return };
    if pop_from_first(call, keys, end, Some(count)) == Outcome::Nothing {
        call.reply.null_array();
    }
}

/// Takes from the first of the lists that is there, up to `count` elements: the reply is the key and an array of
/// them; or, without a count, the key and one element. Redis: `mpopGenericCommand`, `blockingPopGenericCommand`.
pub(crate) fn pop_from_first(
    call: &mut Call<'_>,
    keys: std::ops::Range<usize>,
    end: End,
    count: Option<usize>,
) -> Outcome {
    let (db, args, limit) = (call.db(), call.args, limit(call.server));
    for at in keys {
        let key = &args[at];
        let list = match call.server.write::<List>(db, key) {
            Ok(Some(list)) => list,
            Ok(None) => continue,
            Err(WrongType) => {
                call.reply.wrong_type();
                return Outcome::Replied;
            }
        };
        let taken = count.unwrap_or(1).min(list.len());
        call.reply.array(2);
        call.reply.bulk(key);
        if count.is_some() {
            call.reply.array(taken);
        }
        let is_empty = reply_and_pop(list, end, taken, limit, call.reply);
        call.server.list_elements_removed(db, key, end, taken, is_empty);
        let name = if end == End::Left { "LPOP" } else { "RPOP" };
        let count = count.map(|_| Word::from(taken as i64));
        call.server.rewrite_command([name.into(), key.into()].into_iter().chain(count));
        return Outcome::Replied;
    }
    Outcome::Nothing
}
