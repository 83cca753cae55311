//! XREAD, XREADGROUP.
//!
//! Redis: `src/t_stream.c`, `xreadCommand`, and the half of `streamReplyWithRange` that concerns groups.
//!
//! A client that waits is served by executing its command again ([`crate::server::blocking`]). Therefore `$`, "what comes
//! from now on", is replaced by the id that it means now.

use super::propagate::Changes;
use super::reply;
use super::steps;
use super::steps::Names;
use crate::client::blocked::Wait;
use crate::command::waiting::parse_milliseconds;
use crate::keyspace::events::STREAM;
use crate::resp::Protocol;
use crate::resp::owned::OwnedRequest;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use crate::stream::Stream;
use crate::stream::group::Group;
use crate::stream::id::StreamId;
use crate::stream::log::Log;
use crate::stream::pending::ConsumerKey;
use crate::stream::pending::Nack;

/// `XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key …] id [id …]`
pub fn xread(call: &mut Call<'_>) {
    read(call, false);
}

/// `XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key …] id [id …]`
pub fn xreadgroup(call: &mut Call<'_>) {
    read(call, true);
}

/// What was asked for.
struct Options<'a> {
    count: usize,
    /// Milliseconds to wait; 0 is forever.
    block: Option<i64>,
    /// The names of the group and the consumer.
    group: Option<(&'a [u8], &'a [u8])>,
    noack: bool,
    /// Where the first key stands; behind the keys are as many ids.
    keys: usize,
    streams: usize,
}

/// From where to read a stream.
#[derive(Clone, Copy)]
enum From {
    /// What comes after an id; for a group: of what the consumer has pending.
    After(StreamId),
    /// `>`: what nobody in the group got.
    New,
}

fn read(call: &mut Call<'_>, grouped: bool) {
    let Some(options) = parse(call, grouped) else { return };
    let mut starts = Vec::new();
    for at in 0..options.streams {
        let Some(start) = start_of(call, &options, at) else { return };
        starts.push(start);
    }
    // What it does to a group is recorded stream by stream.
    call.server.prevent_propagation();
    let head = call.reply.bytes.len();
    let mut served = 0;
    for (at, &start) in starts.iter().enumerate() {
        served += usize::from(serve(call, &options, options.keys + at, start));
    }
    if served > 0 {
        let kind = if call.reply.protocol == Protocol::Resp3 { b'%' } else { b'*' };
        return call.reply.insert_head(head, kind, served);
    }
    match options.block {
        Some(millis) if call.may_block() => wait(call, &options, &starts, millis),
        _ => call.reply.null_array(),
    }
}

/// Reads the options. None: an error was replied.
fn parse<'a>(call: &mut Call<'a>, grouped: bool) -> Option<Options<'a>> {
    let args = call.args;
    let mut options =
        Options { count: usize::MAX, block: None, group: None, noack: false, keys: 0, streams: 0 };
    let mut at = 1;
    while at < args.len() {
        let more = args.len() - at - 1;
        if call.is(at, "block") && more > 0 {
            at += 1;
            options.block = Some(parse_milliseconds(call, at)?);
        } else if call.is(at, "count") && more > 0 {
            at += 1;
            // 0, and less, is no limit.
            options.count =
                usize::try_from(call.count(at)?).ok().filter(|&count| count > 0).unwrap_or(usize::MAX);
        } else if call.is(at, "streams") && more > 0 {
            if !more.is_multiple_of(2) {
                let (command, ids) =
                    if grouped { ("xreadgroup", "an ID or '>'") } else { ("xread", "an ID, '+', or '$'") };
                call.reply.error(format!(
                    "ERR Unbalanced '{command}' list of streams: for each stream key {ids} must be specified."
                ));
                return None;
            }
            options.keys = at + 1;
            options.streams = more / 2;
            break;
        } else if call.is(at, "group") && more > 1 {
            if !grouped {
                call.reply
                    .error("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
                return None;
            }
            options.group = args.get(at + 1).zip(args.get(at + 2));
            at += 2;
        } else if call.is(at, "noack") {
            if !grouped {
                call.reply
                    .error("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
                return None;
            }
            options.noack = true;
        } else {
            call.syntax_error();
            return None;
        }
        at += 1;
    }
    if options.keys == 0 {
        call.syntax_error();
        return None;
    }
    if grouped && options.group.is_none() {
        call.reply.error("ERR Missing GROUP option for XREADGROUP");
        return None;
    }
    Some(options)
}

/// From where the stream number `at` is to be read. None: an error was replied.
fn start_of(call: &mut Call<'_>, options: &Options<'_>, at: usize) -> Option<From> {
    let key = call.args.get(options.keys + at)?;
    let id_at = options.keys + options.streams + at;
    let found = call.server.read::<Stream>(call.db(), key);
    let Ok(stream) = found else {
        call.reply.wrong_type();
        return None;
    };
    if let Some((group, _)) = options.group
        && stream.as_ref().is_none_or(|stream| !stream.groups.contains_key(group))
    {
        let mut error = reply::no_key_or_group(key, group);
        error.extend(b" in XREADGROUP with GROUP option");
        call.reply.error(error);
        return None;
    }
    let log = stream.map(|stream| &stream.log);
    match (&call.args[id_at], options.group.is_some()) {
        (b"$", false) => Some(From::After(log.map_or(StreamId::MIN, |log| log.last_id))),
        (b"+", false) => {
            // The last entry: what comes after the id before it.
            let before = log.and_then(|log| log.last_live_id().previous());
            Some(From::After(before.unwrap_or_default()))
        }
        (b">", true) => Some(From::New),
        (id @ (b"$" | b"+"), true) => {
            let id = char::from(id[0]);
            call.reply.error(format!(
                "ERR The {id} ID is meaningless in the context of XREADGROUP: you want to read the history of this \
                 consumer by specifying a proper ID, or use the > ID to get new messages. The {id} ID would just \
                 return an empty result set."
            ));
            None
        }
        (b">", false) => {
            call.reply.error(
                "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
            );
            None
        }
        (_, grouped) => match call.stream_id(id_at)? {
            // So Redis notes `>` itself.
            StreamId::MAX if grouped => Some(From::New),
            id => Some(From::After(id)),
        },
    }
}

/// Replies with what a stream has, after its name. Whether it had anything.
fn serve(call: &mut Call<'_>, options: &Options<'_>, key_at: usize, start: From) -> bool {
    let Some(key) = call.args.get(key_at) else { return false };
    let head = call.reply.bytes.len();
    if call.reply.protocol == Protocol::Resp2 {
        call.reply.array(2);
    }
    call.reply.bulk(key);
    let served = match options.group {
        Some(group) => serve_group(call, options, key, group, start),
        None => serve_entries(call, options, key, start),
    };
    if !served {
        call.reply.bytes.truncate(head);
    }
    served
}

/// Replies with the entries of a stream. Whether it had any.
fn serve_entries(call: &mut Call<'_>, options: &Options<'_>, key: &[u8], start: From) -> bool {
    let Ok(Some(stream)) = call.server.read::<Stream>(call.db(), key) else { return false };
    let From::After(id) = start else { return false };
    let Some(next) = id.next().filter(|_| stream.log.last_live_id() > id) else { return false };
    call.reply.stream_entries(stream.log.range(next, StreamId::MAX).take(options.count));
    true
}

/// Replies with what a consumer of a group gets, or has got. Whether there was anything.
fn serve_group(
    call: &mut Call<'_>,
    options: &Options<'_>,
    key: &[u8],
    (name, consumer): (&[u8], &[u8]),
    start: From,
) -> bool {
    let (db, now) = (call.db(), call.server.unix_now());
    let names = Names { key, group: name };
    let mut changed = Changes::new(call.server, names);
    let Ok(Some(stream)) = call.server.read_to_change::<Stream>(db, key) else { return false };
    let Stream { log, groups } = stream;
    let Some(group) = groups.get_mut(name) else { return false };
    let (mut served, mut created, mut changes) = (true, false, 0);
    let consumer = group.find_consumer(consumer).unwrap_or_else(|| {
        created = true;
        if options.noack {
            changed.new_consumer(consumer);
        }
        group.add_consumer(consumer, now)
    });
    group.consumer_mut(consumer).seen_time = now;
    match start {
        From::After(id) => {
            history(call.reply, log, (names, group), (consumer, now), (id, options.count));
        }
        From::New if log.last_live_id() > group.last_id => {
            deliver(call.reply, log, (names, group, &mut changed), (consumer, now), options);
            changes += 1;
        }
        From::New => served = false,
    }
    if created {
        call.server.notify(STREAM, "xgroup-createconsumer", key, db);
        changes += 1;
    }
    call.server.stats.dirty += changes;
    changed.record(call.server, db);
    served
}

/// Gives a consumer entries that nobody in its group got.
fn deliver(
    reply: &mut Reply,
    log: &Log,
    (names, group, changed): (Names<'_>, &mut Group, &mut Changes<'_>),
    (consumer, now): (ConsumerKey, i64),
    options: &Options<'_>,
) {
    let head = reply.bytes.len();
    let mut count = 0;
    let Some(next) = group.last_id.next() else { return };
    for entry in log.range(next, StreamId::MAX).take(options.count) {
        group.advance(log, entry.id);
        reply.stream_entry(&entry);
        if !options.noack {
            // It may have been pending before, if XGROUP SETID went back.
            let nack = Nack { consumer, delivery_time: now, delivery_count: 1 };
            steps::assign(names, group, entry.id, nack);
            changed.pending(group, entry.id, nack);
            group.consumer_mut(consumer).active_time = Some(now);
        }
        count += 1;
    }
    steps::has_read(names, group);
    changed.has_read(group);
    reply.insert_head(head, b'*', count);
}

/// Gives a consumer again what it has pending. Redis: `streamReplyWithRangeFromConsumerPEL`.
fn history(
    reply: &mut Reply,
    log: &Log,
    (names, group): (Names<'_>, &mut Group),
    (consumer, now): (ConsumerKey, i64),
    (after, count): (StreamId, usize),
) {
    let pending = &group.consumer(consumer).pending;
    let ids: Vec<StreamId> = match after.next() {
        Some(next) => pending.range(next..).take(count).copied().collect(),
        None => Vec::new(),
    };
    reply.array(ids.len());
    for id in ids {
        match log.get(id) {
            Some(entry) => {
                reply.stream_entry(&entry);
                steps::redeliver(names, group, id, now);
            }
            None => {
                // It is gone from the stream, and still to be acknowledged.
                reply.array(2);
                reply.stream_id(id);
                reply.null_array();
            }
        }
    }
}

/// Has the client wait for any of the streams.
fn wait(call: &mut Call<'_>, options: &Options<'_>, starts: &[From], millis: i64) {
    let keys = call.args.from(options.keys).take(options.streams).map(Box::from).collect();
    let grouped = options.group.is_some();
    let wait = Wait {
        keys,
        type_name: "stream",
        on_missing: grouped,
        until: (millis > 0).then(|| call.server.time.millis.saturating_add(millis as u64)),
        on_timeout: |reply| reply.null_array(),
    };
    let first_id = options.keys + options.streams;
    let mut ids = call.args.from(first_id).zip(starts).map(|(word, start)| match (word, start) {
        (b"$", From::After(id)) => id.text().as_ref().to_vec(),
        _ => word.to_vec(),
    });
    let ids: Vec<Vec<u8>> = ids.by_ref().collect();
    let words = call.args.from(0).take(first_id).chain(ids.iter().map(Vec::as_slice));
    call.block(wait, Some(OwnedRequest::of(words)));
}
