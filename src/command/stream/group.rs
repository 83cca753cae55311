//! XGROUP: makes groups and consumers, removes them, and moves groups.
//!
//! Redis: `src/t_stream.c`, `xgroupCommand`.

use super::reply;
use crate::keyspace::events::STREAM;
use crate::keyspace::value::{Typed, WrongType};
use crate::resp::reply::Reply;
use crate::server::Server;
use crate::server::dispatch::Call;
use crate::stream::Stream;
use crate::stream::group::Group;
use crate::stream::id::{INVALID_ID, StreamId};

const NO_KEY: &str = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use \
                      the MKSTREAM option to create an empty stream automatically.";

/// `XGROUP CREATE key group id | $ [MKSTREAM] [ENTRIESREAD count]`
pub fn create(call: &mut Call<'_>) {
    let Some((mkstream, entries_read)) = options(call, true) else { return };
    let (db, key, name) = words(call);
    let stream = match call.server.write::<Stream>(db, key) {
        Ok(None) if !mkstream => return call.reply.error(NO_KEY),
        Ok(stream) => stream,
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let exists = stream.is_some();
    if call.args.len() > 8 {
        return call.wrong_subcommand("XGROUP", call.args.get(1).unwrap_or_default());
    }
    let last = stream.map_or(StreamId::MIN, |stream| stream.log.last_id);
    let id = match &call.args[4] {
        b"$" => last,
        _ => match call.stream_id(4) {
            Some(id) => id,
            None => return,
        },
    };
    if !exists {
        call.server.add_key(db, key, Stream::default().into_value());
        call.server.signal_modified_key(db, key);
    }
    let Ok(Some(stream)) = call.server.write::<Stream>(db, key) else { return };
    if stream.groups.contains_key(name) {
        return call.reply.error("BUSYGROUP Consumer Group name already exists");
    }
    stream.groups.insert(name.into(), Group::new(id, entries_read));
    call.reply.ok();
    changed(call, db, key, "xgroup-create");
}

/// `XGROUP SETID key group id | $ [ENTRIESREAD count]`
pub fn setid(call: &mut Call<'_>) {
    let Some((_, entries_read)) = options(call, false) else { return };
    let (db, key, name) = words(call);
    let Some(Stream { log, groups }) = lookup(call.server, call.reply, (db, key, name), true) else { return };
    if call.args.len() > 7 {
        return call.wrong_subcommand("XGROUP", call.args.get(1).unwrap_or_default());
    }
    let id = match &call.args[4] {
        b"$" => Some(log.last_id),
        id => StreamId::parse(id, 0),
    };
    let (Some(id), Some(group)) = (id, groups.get_mut(name)) else { return call.reply.error(INVALID_ID) };
    group.last_id = id;
    group.entries_read = entries_read;
    call.reply.ok();
    changed(call, db, key, "xgroup-setid");
}

/// `XGROUP DESTROY key group`: whether it was there.
pub fn destroy(call: &mut Call<'_>) {
    let (db, key, name) = words(call);
    let Some(stream) = lookup(call.server, call.reply, (db, key, name), false) else { return };
    let existed = stream.groups.remove(name).is_some();
    call.reply.integer(existed.into());
    if existed {
        changed(call, db, key, "xgroup-destroy");
        // Who waits for entries of this group learns that there is none.
        call.server.signal_key_as_ready(db, key);
    }
}

/// `XGROUP CREATECONSUMER key group consumer`: whether it is new.
pub fn createconsumer(call: &mut Call<'_>) {
    let (db, key, name) = words(call);
    let now = call.server.unix_now();
    let found = lookup(call.server, call.reply, (db, key, name), true);
    let Some(group) = found.and_then(|stream| stream.groups.get_mut(name)) else { return };
    let consumer = &call.args[4];
    let new = group.find_consumer(consumer).is_none();
    if new {
        group.add_consumer(consumer, now);
        changed(call, db, key, "xgroup-createconsumer");
    }
    call.reply.integer(new.into());
}

/// `XGROUP DELCONSUMER key group consumer`: how many entries it had pending.
pub fn delconsumer(call: &mut Call<'_>) {
    let (db, key, name) = words(call);
    let found = lookup(call.server, call.reply, (db, key, name), true);
    let Some(group) = found.and_then(|stream| stream.groups.get_mut(name)) else { return };
    let pending = group.delete_consumer(&call.args[4]);
    if pending.is_some() {
        changed(call, db, key, "xgroup-delconsumer");
    }
    call.reply.integer(pending.unwrap_or(0) as i64);
}

/// The database, the key and the group's name.
fn words<'a>(call: &Call<'a>) -> (u32, &'a [u8], &'a [u8]) {
    let word = |at| call.args.get(at).unwrap_or_default();
    (call.db(), word(2), word(3))
}

/// The stream, which must have the group if `with_group`. None: an error was replied.
fn lookup<'s>(
    server: &'s mut Server,
    reply: &mut Reply,
    (db, key, name): (u32, &[u8], &[u8]),
    with_group: bool,
) -> Option<&'s mut Stream> {
    match server.write::<Stream>(db, key) {
        Ok(Some(stream)) if with_group && !stream.groups.contains_key(name) => {
            reply.error(reply::no_group(key, name));
        }
        Ok(Some(stream)) => return Some(stream),
        Ok(None) => reply.error(NO_KEY),
        Err(WrongType) => reply.wrong_type(),
    }
    None
}

/// MKSTREAM and ENTRIESREAD. None: an error was replied.
fn options(call: &mut Call<'_>, creates: bool) -> Option<(bool, Option<i64>)> {
    let (mut mkstream, mut entries_read) = (false, None);
    let mut at = 5;
    while at < call.args.len() {
        if creates && call.is(at, "mkstream") {
            mkstream = true;
        } else if call.is(at, "entriesread") && at + 1 < call.args.len() {
            at += 1;
            let count = call.count(at)?;
            if count < -1 {
                call.reply.error("ERR value for ENTRIESREAD must be positive or -1");
                return None;
            }
            entries_read = (count >= 0).then_some(count);
        } else {
            call.wrong_subcommand("XGROUP", call.args.get(1).unwrap_or_default());
            return None;
        }
        at += 1;
    }
    Some((mkstream, entries_read))
}

/// A group has changed: that is an event, but the key has not changed for those who watch it.
fn changed(call: &mut Call<'_>, db: u32, key: &[u8], event: &str) {
    call.server.notify(STREAM, event, key, db);
    call.server.stats.dirty += 1;
}

/// `XGROUP HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("XGROUP");
}
