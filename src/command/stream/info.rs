//! XINFO: describes a stream, its groups, their consumers.
//!
//! Redis: `src/t_stream.c`, `xinfoCommand`, `xinfoReplyWithStreamInfo`.

use super::reply;
use crate::keyspace::value::WrongType;
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::server::Server;
use crate::server::dispatch::Call;
use crate::stream::Stream;
use crate::stream::group::{Consumer, Group};
use crate::stream::id::StreamId;
use crate::stream::log::Log;
use crate::text::c::is_word;
use crate::text::integer::parse_integer;

/// `XINFO STREAM key [FULL [COUNT count]]`
pub fn stream(call: &mut Call<'_>) {
    let full = call.args.len() > 3;
    let count = count_of_full(call.args);
    let found = lookup(call.server, call.reply, call.db(), &call.args[2]);
    let Some(Stream { log, groups }) = found else { return };
    let count = match count {
        Ok(count) => count,
        Err(Misfit::Number) => return call.reply.error("ERR value is not an integer or out of range"),
        Err(Misfit::Words) => return call.wrong_subcommand("XINFO", call.args.get(1).unwrap_or_default()),
    };
    let reply = &mut *call.reply;
    reply.map(if full { 9 } else { 10 });
    numbers(reply, log);
    if full {
        reply.bulk("entries");
        reply.stream_entries(log.range(StreamId::MIN, StreamId::MAX).take(count));
        reply.bulk("groups");
        reply.array(groups.len());
        for (name, group) in groups {
            full_group(reply, log, name, group, count);
        }
        return;
    }
    field(reply, "groups", groups.len() as i64);
    let mut entries = log.range(StreamId::MIN, StreamId::MAX);
    let first = entries.clone().next();
    for (name, entry) in [("first-entry", first), ("last-entry", entries.next_back())] {
        reply.bulk(name);
        match entry {
            Some(entry) => reply.stream_entry(&entry),
            None => reply.null(),
        }
    }
}

/// What is wrong with the options of XINFO STREAM.
enum Misfit {
    Words,
    Number,
}

/// How many entries of each list FULL is to show.
fn count_of_full(args: Request<'_>) -> Result<usize, Misfit> {
    let is = |at: usize, word: &[u8]| args.get(at).is_some_and(|arg| is_word(arg, word));
    match args.len() {
        3 => Ok(0),
        4 if is(3, b"full") => Ok(10),
        6 if is(3, b"full") && is(4, b"count") => match parse_integer(&args[5]) {
            Some(0) => Ok(usize::MAX),
            Some(count) => Ok(usize::try_from(count).unwrap_or(10)),
            None => Err(Misfit::Number),
        },
        _ => Err(Misfit::Words),
    }
}

/// `XINFO GROUPS key`
pub fn groups(call: &mut Call<'_>) {
    let found = lookup(call.server, call.reply, call.db(), &call.args[2]);
    let Some(Stream { log, groups }) = found else { return };
    call.reply.array(groups.len());
    for (name, group) in groups {
        call.reply.map(6);
        call.reply.bulk("name");
        call.reply.bulk(name);
        field(call.reply, "consumers", group.consumers().len() as i64);
        field(call.reply, "pending", group.pending().len() as i64);
        progress(call.reply, log, group);
    }
}

/// `XINFO CONSUMERS key group`
pub fn consumers(call: &mut Call<'_>) {
    let now = call.server.unix_now();
    let found = lookup(call.server, call.reply, call.db(), &call.args[2]);
    let Some(Stream { groups, .. }) = found else { return };
    let Some(group) = groups.get(&call.args[3]) else {
        return call.reply.error(reply::no_group(&call.args[2], &call.args[3]));
    };
    call.reply.array(group.consumers().len());
    for consumer in group.consumers() {
        call.reply.map(4);
        call.reply.bulk("name");
        call.reply.bulk(&consumer.name);
        field(call.reply, "pending", consumer.pending.len() as i64);
        field(call.reply, "idle", now.saturating_sub(consumer.seen_time).max(0));
        field(call.reply, "inactive", consumer.active_time.map_or(-1, |time| now.saturating_sub(time)));
    }
}

/// The stream at the key. None: an error was replied.
fn lookup<'s>(server: &'s mut Server, reply: &mut Reply, db: u32, key: &[u8]) -> Option<&'s Stream> {
    match server.read::<Stream>(db, key) {
        Ok(Some(stream)) => return Some(stream),
        Ok(None) => reply.error("ERR no such key"),
        Err(WrongType) => reply.wrong_type(),
    }
    None
}

/// What a stream's numbers are.
fn numbers(reply: &mut Reply, log: &Log) {
    field(reply, "length", log.len() as i64);
    let (keys, nodes) = log.index_size();
    field(reply, "radix-tree-keys", keys as i64);
    field(reply, "radix-tree-nodes", nodes as i64);
    id(reply, "last-generated-id", log.last_id);
    id(reply, "max-deleted-entry-id", log.max_deleted_id);
    field(reply, "entries-added", log.entries_added as i64);
    id(reply, "recorded-first-entry-id", log.first_id());
}

/// How far a group is.
fn progress(reply: &mut Reply, log: &Log, group: &Group) {
    id(reply, "last-delivered-id", group.last_id);
    for (name, value) in [("entries-read", group.entries_read), ("lag", log.lag(group))] {
        reply.bulk(name);
        match value {
            Some(value) => reply.integer(value),
            None => reply.null(),
        }
    }
}

fn full_group(reply: &mut Reply, log: &Log, name: &[u8], group: &Group, limit: usize) {
    reply.map(7);
    reply.bulk("name");
    reply.bulk(name);
    progress(reply, log, group);
    field(reply, "pel-count", group.pending().len() as i64);
    reply.bulk("pending");
    reply.array(group.pending().len().min(limit));
    for (&id, nack) in group.pending().iter().take(limit) {
        reply.array(4);
        reply.stream_id(id);
        reply.bulk(&group.consumer(nack.consumer).name);
        reply.integer(nack.delivery_time);
        reply.integer(nack.delivery_count as i64);
    }
    reply.bulk("consumers");
    reply.array(group.consumers().len());
    for consumer in group.consumers() {
        full_consumer(reply, group, consumer, limit);
    }
}

fn full_consumer(reply: &mut Reply, group: &Group, consumer: &Consumer, limit: usize) {
    reply.map(5);
    reply.bulk("name");
    reply.bulk(&consumer.name);
    field(reply, "seen-time", consumer.seen_time);
    field(reply, "active-time", consumer.active_time.unwrap_or(-1));
    field(reply, "pel-count", consumer.pending.len() as i64);
    reply.bulk("pending");
    reply.array(consumer.pending.len().min(limit));
    for id in consumer.pending.iter().take(limit) {
        let nack = group.pending().get(id);
        reply.array(3);
        reply.stream_id(*id);
        reply.integer(nack.map_or(0, |nack| nack.delivery_time));
        reply.integer(nack.map_or(0, |nack| nack.delivery_count as i64));
    }
}

fn field(reply: &mut Reply, name: &str, value: i64) {
    reply.bulk(name);
    reply.integer(value);
}

fn id(reply: &mut Reply, name: &str, id: StreamId) {
    reply.bulk(name);
    reply.stream_id(id);
}

/// `XINFO HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("XINFO");
}
