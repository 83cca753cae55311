//! XADD, XLEN, XDEL, XTRIM, XSETID.
//!
//! Redis: `src/t_stream.c`, `xaddCommand`, `xlenCommand`, `xdelCommand`, `xtrimCommand`, `xsetidCommand`.

pub mod claim;
pub mod group;
pub mod info;
pub mod pending;
mod propagate;
pub mod range;
pub mod read;
pub mod reply;
pub(crate) mod rows;
pub mod steps;
pub mod trim;

use crate::keyspace::events::STREAM;
use crate::keyspace::value::WrongType;
use crate::server::dispatch::Call;
use crate::steps::{readable, step};
use crate::stream::Stream;
use crate::stream::block::Limits;
use crate::stream::id::{NewId, StreamId};
use crate::stream::log::AppendError;

/// `XADD key [NOMKSTREAM] [MAXLEN | MINID [= | ~] threshold [LIMIT count]] * | id field value [field value …]`
pub fn xadd(call: &mut Call<'_>) {
    let Some(options) = trim::parse(call, true) else { return };
    let first_field = options.id.map_or(call.args.len(), |(_, at)| at + 1);
    let words = call.args.len() - first_field;
    let Some((id, _)) = options.id.filter(|_| words >= 2 && words.is_multiple_of(2)) else {
        return call.reply.error("ERR wrong number of arguments for 'xadd' command");
    };
    if id == NewId::Given(StreamId::MIN) {
        return call.reply.error("ERR The ID specified in XADD must be greater than 0-0");
    }
    let (db, key) = (call.db(), call.args.get(1).unwrap_or_default());
    let millis = call.server.unix_millis();
    let limits = Limits {
        max_bytes: call.server.config.stream_node_max_bytes as u64,
        max_entries: call.server.config.stream_node_max_entries as u64,
    };
    if options.no_mkstream && call.server.lookup_key(db, key).is_none() {
        return call.reply.null();
    }
    let log = match call.server.write_or_create(db, key, Stream::default) {
        Ok(stream) => &mut stream.log,
        Err(WrongType) => return call.reply.wrong_type(),
    };
    if log.last_id == StreamId::MAX {
        return call
            .reply
            .error("ERR The stream has exhausted the last possible ID, unable to add more items");
    }
    let words = call.args.from(first_field);
    let fields = words.clone().step_by(2).zip(words.skip(1).step_by(2));
    let id = match log.append(id, fields, millis, limits) {
        Ok(id) => id,
        Err(AppendError::TooSmall) => {
            return call
                .reply
                .error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
        }
        Err(AppendError::TooLarge) => {
            return call.reply.error("ERR Elements are too large to be stored");
        }
    };
    call.reply.stream_id(id);
    let trimmed = options.trim.map_or(0, |trim| log.trim(trim));
    if options.is_inexact() {
        let words = options.exact(&call.args, log, Some(id));
        call.server.rewrite_command(words);
    }
    call.server.modified(db, key, STREAM, "xadd");
    if trimmed > 0 {
        step!(Trimmed { key: readable(key), entries: trimmed });
        call.server.notify(STREAM, "xtrim", key, db);
    }
    call.server.signal_key_as_ready(db, key);
}

/// `XLEN key`
pub fn xlen(call: &mut Call<'_>) {
    match call.server.read::<Stream>(call.db(), &call.args[1]) {
        Ok(stream) => call.reply.integer(stream.map_or(0, |stream| stream.log.len()) as i64),
        Err(WrongType) => call.reply.wrong_type(),
    }
}

/// `XDEL key id [id …]`: how many were there.
pub fn xdel(call: &mut Call<'_>) {
    let (db, key) = (call.db(), call.args.get(1).unwrap_or_default());
    match call.server.write::<Stream>(db, key) {
        Ok(Some(_)) => {}
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    }
    let Some(ids) = call.stream_ids(2) else { return };
    let Ok(Some(stream)) = call.server.write::<Stream>(db, key) else { return };
    let deleted = ids.into_iter().filter(|&id| stream.log.delete(id)).count();
    if deleted > 0 {
        call.server.modified(db, key, STREAM, "xdel");
        call.server.stats.dirty += deleted as u64 - 1;
    }
    call.reply.integer(deleted as i64);
}

/// `XTRIM key MAXLEN | MINID [= | ~] threshold [LIMIT count]`: how many went.
pub fn xtrim(call: &mut Call<'_>) {
    let Some(options) = trim::parse(call, false) else { return };
    let Some(trim) = options.trim else { return };
    let (db, key) = (call.db(), call.args.get(1).unwrap_or_default());
    let log = match call.server.write::<Stream>(db, key) {
        Ok(Some(stream)) => &mut stream.log,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let removed = log.trim(trim);
    if removed > 0 {
        let words = options.exact(&call.args, log, None);
        call.server.rewrite_command(words);
        step!(Trimmed { key: readable(key), entries: removed });
        call.server.modified(db, key, STREAM, "xtrim");
        call.server.stats.dirty += removed - 1;
    }
    call.reply.integer(removed as i64);
}

/// `XSETID key id [ENTRIESADDED count] [MAXDELETEDID id]`
pub fn xsetid(call: &mut Call<'_>) {
    let Some(id) = call.stream_id(2) else { return };
    let (mut added, mut deleted) = (None, StreamId::MIN);
    let mut at = 3;
    while at < call.args.len() {
        let has_value = at + 1 < call.args.len();
        if call.is(at, "entriesadded") && has_value {
            let Some(count) = call.count(at + 1) else { return };
            if count < 0 {
                return call.reply.error("ERR entries_added must be positive");
            }
            added = Some(count as u64);
        } else if call.is(at, "maxdeletedid") && has_value {
            let Some(max) = call.stream_id(at + 1) else { return };
            if id < max {
                return call.reply.error(
                    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                );
            }
            deleted = max;
        } else {
            return call.syntax_error();
        }
        at += 2;
    }
    let (db, key) = (call.db(), call.args.get(1).unwrap_or_default());
    let log = match call.server.write::<Stream>(db, key) {
        Ok(Some(stream)) => &mut stream.log,
        Ok(None) => return call.reply.error("ERR no such key"),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    if id < log.max_deleted_id {
        return call
            .reply
            .error("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
    }
    if !log.is_empty() && id < log.last_live_id() {
        return call.reply.error("ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    if added.is_some_and(|added| added < log.len()) {
        return call
            .reply
            .error("ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
    log.last_id = id;
    log.entries_added = added.unwrap_or(log.entries_added);
    if deleted > StreamId::MIN {
        log.max_deleted_id = deleted;
    }
    call.reply.ok();
    call.server.notify(STREAM, "xsetid", key, db);
    call.server.stats.dirty += 1;
}
