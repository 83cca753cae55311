//! XACK, XPENDING.
//!
//! Redis: `src/t_stream.c`, `xackCommand`, `xpendingCommand`.

use super::reply;
use super::steps;
use super::steps::Names;
use crate::keyspace::value::WrongType;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use crate::stream::Stream;
use crate::stream::group::Group;
use crate::stream::id::StreamId;

/// `XACK key group id [id …]`: how many were pending.
pub fn xack(call: &mut Call<'_>) {
    let (db, key) = (call.db(), call.args.get(1).unwrap_or_default());
    match call.server.read::<Stream>(db, key) {
        Ok(Some(stream)) if stream.groups.contains_key(&call.args[2]) => {}
        Ok(_) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    }
    // Every id is read before any is acknowledged.
    let Some(ids) = call.stream_ids(3) else { return };
    let Ok(Some(stream)) = call.server.write::<Stream>(db, key) else { return };
    let Some(group) = stream.groups.get_mut(&call.args[2]) else { return };
    let names = Names { key, group: call.args.get(2).unwrap_or_default() };
    let acknowledged = ids.into_iter().filter(|&id| steps::acknowledge(names, group, id)).count();
    call.server.stats.dirty += acknowledged as u64;
    call.reply.integer(acknowledged as i64);
}

/// Which pending entries XPENDING is to list.
struct Filter {
    min_idle: i64,
    start: StreamId,
    end: StreamId,
    count: usize,
    /// Where the consumer's name stands.
    consumer: Option<usize>,
}

/// `XPENDING key group [[IDLE min-idle-time] start end count [consumer]]`
pub fn xpending(call: &mut Call<'_>) {
    let words = call.args.len();
    let filter = match words {
        3 => None,
        6..=9 => match filter(call) {
            Some(filter) => Some(filter),
            None => return,
        },
        _ => return call.syntax_error(),
    };
    let (db, now) = (call.db(), call.server.unix_now());
    let (key, name) = (&call.args[1], &call.args[2]);
    let group = match call.server.read::<Stream>(db, key) {
        Ok(stream) => stream.and_then(|stream| stream.groups.get(name)),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    match (group, filter) {
        (None, _) => call.reply.error(reply::no_key_or_group(key, name)),
        (Some(group), None) => summary(call.reply, group),
        (Some(group), Some(filter)) => {
            let consumer = filter.consumer.and_then(|at| call.args.get(at));
            list(call.reply, group, &filter, consumer, now);
        }
    }
}

/// Reads what comes after the group. None: an error was replied.
fn filter(call: &mut Call<'_>) -> Option<Filter> {
    let (mut min_idle, mut at) = (0, 3);
    if call.is(3, "idle") {
        min_idle = call.count(4)?;
        if call.args.len() < 8 {
            call.syntax_error();
            return None;
        }
        at = 5;
    }
    let count = usize::try_from(call.count(at + 2)?).unwrap_or(0);
    let start = call.interval_start(at)?;
    let end = call.interval_end(at + 1)?;
    let consumer = (at + 3 < call.args.len()).then_some(at + 3);
    Some(Filter { min_idle, start, end, count, consumer })
}

/// How many are pending, the first and the last, and how many each consumer has.
fn summary(reply: &mut Reply, group: &Group) {
    reply.array(4);
    reply.integer(group.pending().len() as i64);
    let edges = group.pending().first_key_value().zip(group.pending().last_key_value());
    let Some(((&first, _), (&last, _))) = edges else {
        reply.null();
        reply.null();
        return reply.null_array();
    };
    reply.stream_id(first);
    reply.stream_id(last);
    let busy = group.consumers().filter(|consumer| !consumer.pending.is_empty());
    reply.array(busy.clone().count());
    for consumer in busy {
        reply.array(2);
        reply.bulk(&consumer.name);
        reply.bulk(consumer.pending.len().to_string());
    }
}

/// Each pending entry: its id, who has it, since when, and how often it was delivered.
fn list(reply: &mut Reply, group: &Group, filter: &Filter, consumer: Option<&[u8]>, now: i64) {
    if filter.start > filter.end {
        return reply.array(0);
    }
    let range = filter.start..=filter.end;
    let ids: Box<dyn Iterator<Item = StreamId>> = match consumer {
        None => Box::new(group.pending().range(range).map(|(&id, _)| id)),
        Some(name) => match group.find_consumer(name) {
            Some(key) => Box::new(group.consumer(key).pending.range(range).copied()),
            None => return reply.array(0),
        },
    };
    let found = ids.filter_map(|id| Some((id, group.pending().get(&id)?)));
    let waiting = |delivered: i64| now.saturating_sub(delivered) >= filter.min_idle;
    let found = found.filter(|(_, nack)| filter.min_idle == 0 || waiting(nack.delivery_time));
    let head = reply.bytes.len();
    let mut count = 0;
    for (id, nack) in found.take(filter.count) {
        reply.array(4);
        reply.stream_id(id);
        reply.bulk(&group.consumer(nack.consumer).name);
        reply.integer(nack.idle(now));
        reply.integer(nack.delivery_count as i64);
        count += 1;
    }
    reply.insert_head(head, b'*', count);
}
