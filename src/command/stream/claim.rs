//! XCLAIM, XAUTOCLAIM: a consumer takes over what another has pending.
//!
//! Redis: `src/t_stream.c`, `xclaimCommand`, `xautoclaimCommand`.

use super::propagate::Changes;
use super::reply;
use super::steps;
use super::steps::Names;
use crate::keyspace::events::STREAM;
use crate::keyspace::value::WrongType;
use crate::resp::reply::{Reply, WRONG_TYPE};
use crate::server::dispatch::Call;
use crate::stream::Stream;
use crate::stream::group::Group;
use crate::stream::id::StreamId;
use crate::stream::log::Log;
use crate::stream::pending::ConsumerKey;
use crate::stream::pending::Nack;
use crate::text::c::until_nul;
use crate::text::integer::parse_integer;
use std::ops::Bound;

/// XAUTOCLAIM looks at so many entries for each that it may claim.
const ATTEMPTS: usize = 10;

/// How entries are claimed.
struct Claim<'a> {
    names: Names<'a>,
    consumer: ConsumerKey,
    now: i64,
    min_idle: i64,
    delivery_time: i64,
    /// The new count of deliveries, if one was given.
    retry_count: Option<u64>,
    just_id: bool,
}

impl Claim<'_> {
    /// Whether a pending entry was left alone for long enough.
    fn takes(&self, nack: &Nack) -> bool {
        self.min_idle == 0 || self.now.saturating_sub(nack.delivery_time) >= self.min_idle
    }

    /// Gives the entry to the consumer, and shows it. `old`: who had it. Returns how it is pending now.
    fn take(&self, log: &Log, group: &mut Group, id: StreamId, old: Option<Nack>, reply: &mut Reply) -> Nack {
        let count = old.map_or(1, |old| old.delivery_count);
        let count = self.retry_count.unwrap_or(count.saturating_add(u64::from(!self.just_id)));
        let nack = Nack { consumer: self.consumer, delivery_time: self.delivery_time, delivery_count: count };
        steps::assign(self.names, group, id, nack);
        group.consumer_mut(self.consumer).active_time = Some(self.now);
        match log.get(id) {
            Some(entry) if !self.just_id => reply.stream_entry(&entry),
            _ => reply.stream_id(id),
        }
        nack
    }
}

/// `XCLAIM key group consumer min-idle-time id [id …] [IDLE ms] [TIME unix-ms] [RETRYCOUNT count] [FORCE] [JUSTID]
/// [LASTID id]`
pub fn xclaim(call: &mut Call<'_>) {
    if let Some(error) = missing_group(call) {
        return call.reply.error(error);
    }
    let Some(min_idle) = call.integer(4, "Invalid min-idle-time argument for XCLAIM") else { return };
    let ids: Vec<StreamId> = call.args.from(5).map_while(|word| StreamId::parse_strict(word, 0)).collect();
    let Some(options) = options(call, 5 + ids.len()) else { return };
    let now = call.server.unix_now();
    let names = names(call);
    let claim = |consumer| Claim {
        names,
        consumer,
        now,
        min_idle: min_idle.max(0),
        // A time that is none, or still to come, is now: the client's clock may be a little fast.
        delivery_time: options.delivery_time.filter(|time| (0..=now).contains(time)).unwrap_or(now),
        retry_count: options.retry_count,
        just_id: options.just_id,
    };
    let words = call.args.from(5);
    claiming(call, claim, |claim, log, (group, changed), reply| {
        let moves = options.last_id > group.last_id;
        if moves {
            group.last_id = options.last_id;
            steps::has_read(claim.names, group);
        }
        let head = reply.bytes.len();
        let (mut claimed, mut changes) = (0, 0);
        for (id, word) in ids.into_iter().zip(words) {
            let old = group.pending().get(&id).copied();
            if log.get(id).is_none() {
                // Nobody can claim what is gone; it is not pending any more either.
                if let Some(old) = old {
                    changed.pending(group, word, old);
                }
                changes += u64::from(steps::acknowledge(claim.names, group, id));
            } else if old.is_none() && options.force || old.is_some_and(|old| claim.takes(&old)) {
                let nack = claim.take(log, group, id, old, reply);
                changed.pending(group, word, nack);
                claimed += 1;
                changes += 1;
            }
        }
        reply.insert_head(head, b'*', claimed);
        if moves && changes == 0 {
            changed.has_read(group);
        }
        changes.max(u64::from(moves))
    });
}

/// What stands after the ids of XCLAIM.
#[derive(Default)]
struct Options {
    delivery_time: Option<i64>,
    retry_count: Option<u64>,
    force: bool,
    just_id: bool,
    last_id: StreamId,
}

/// Reads the options from `at` on. None: an error was replied.
fn options(call: &mut Call<'_>, mut at: usize) -> Option<Options> {
    let mut options = Options::default();
    while at < call.args.len() {
        let has_value = at + 1 < call.args.len();
        if call.is(at, "force") {
            options.force = true;
        } else if call.is(at, "justid") {
            options.just_id = true;
        } else if call.is(at, "idle") && has_value {
            at += 1;
            let idle = call.integer(at, "Invalid IDLE option argument for XCLAIM")?;
            options.delivery_time = Some(call.server.unix_now().wrapping_sub(idle));
        } else if call.is(at, "time") && has_value {
            at += 1;
            options.delivery_time = Some(call.integer(at, "Invalid TIME option argument for XCLAIM")?);
        } else if call.is(at, "retrycount") && has_value {
            at += 1;
            let count = call.integer(at, "Invalid RETRYCOUNT option argument for XCLAIM")?;
            options.retry_count = u64::try_from(count).ok();
        } else if call.is(at, "lastid") && has_value {
            at += 1;
            options.last_id = call.stream_id(at)?;
        } else {
            let word = until_nul(&call.args[at]);
            call.reply.error([b"ERR Unrecognized XCLAIM option '", word, b"'"].concat());
            return None;
        }
        at += 1;
    }
    Some(options)
}

/// `XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]`: where to go on, what was claimed, and
/// what was pending and is gone.
pub fn xautoclaim(call: &mut Call<'_>) {
    // The key is looked up, and missed, before the rest is read.
    let error = missing_group(call);
    let Some(min_idle) = call.integer(4, "Invalid min-idle-time argument for XAUTOCLAIM") else { return };
    let Some(start) = call.interval_start(5) else { return };
    let (mut count, mut just_id) = (100, false);
    let mut at = 6;
    while at < call.args.len() {
        if call.is(at, "count") && at + 1 < call.args.len() {
            at += 1;
            let Some(given) = count_of_claims(call, at) else { return };
            count = given;
        } else if call.is(at, "justid") {
            just_id = true;
        } else {
            return call.syntax_error();
        }
        at += 1;
    }
    if let Some(error) = error {
        return call.reply.error(error);
    }
    let now = call.server.unix_now();
    let names = names(call);
    let claim = |consumer| Claim {
        names,
        consumer,
        now,
        min_idle: min_idle.max(0),
        delivery_time: now,
        retry_count: None,
        just_id,
    };
    claiming(call, claim, |claim, log, (group, changed), reply| {
        let (mut found, mut gone, mut next) = (Vec::new(), Vec::new(), StreamId::MIN);
        let mut attempts = count * ATTEMPTS;
        for (&id, nack) in group.pending().range((Bound::Included(start), Bound::Unbounded)) {
            if attempts == 0 || found.len() == count {
                next = id;
                break;
            }
            attempts -= 1;
            if log.get(id).is_none() || claim.takes(nack) {
                found.push((id, *nack));
            }
        }
        reply.array(3);
        reply.stream_id(next);
        let (head, changes) = (reply.bytes.len(), found.len());
        for (id, old) in found {
            if log.get(id).is_none() {
                changed.pending(group, id, old);
                steps::acknowledge(claim.names, group, id);
                gone.push(id);
            } else {
                let nack = claim.take(log, group, id, Some(old), reply);
                changed.pending(group, id, nack);
            }
        }
        reply.insert_head(head, b'*', changes - gone.len());
        reply.array(gone.len());
        gone.iter().for_each(|&id| reply.stream_id(id));
        changes as u64
    });
}

/// COUNT of XAUTOCLAIM.
fn count_of_claims(call: &mut Call<'_>, at: usize) -> Option<usize> {
    // Redis: `LONG_MAX / max(sizeof(streamID), attempts_factor)`.
    let count = parse_integer(&call.args[at]).filter(|count| (1..=i64::MAX / 16).contains(count));
    if count.is_none() {
        call.reply.error("ERR COUNT must be > 0");
    }
    count.map(|count| count as usize)
}

/// The error if there is no such key, or no such group.
fn missing_group(call: &mut Call<'_>) -> Option<Vec<u8>> {
    let (key, group) = (&call.args[1], &call.args[2]);
    match call.server.read::<Stream>(call.db(), key) {
        Ok(Some(stream)) if stream.groups.contains_key(group) => None,
        Ok(_) => Some(reply::no_key_or_group(key, group)),
        Err(WrongType) => Some(WRONG_TYPE.into()),
    }
}

fn names<'a>(call: &Call<'a>) -> Names<'a> {
    let word = |at| call.args.get(at).unwrap_or_default();
    Names { key: word(1), group: word(2) }
}

/// Looks up the consumer, or makes it, and has `work` claim for it; `work` returns how many changes that were.
fn claiming<'c>(
    call: &mut Call<'c>,
    claim: impl FnOnce(ConsumerKey) -> Claim<'c>,
    work: impl FnOnce(&Claim<'_>, &Log, (&mut Group, &mut Changes<'c>), &mut Reply) -> u64,
) {
    let (db, now, key) = (call.db(), call.server.unix_now(), &call.args[1]);
    let mut changed = Changes::new(call.server, names(call));
    let Ok(Some(Stream { log, groups })) = call.server.write::<Stream>(db, key) else { return };
    let Some(group) = groups.get_mut(&call.args[2]) else { return };
    let known = group.find_consumer(&call.args[3]);
    let consumer = known.unwrap_or_else(|| group.add_consumer(&call.args[3], now));
    group.consumer_mut(consumer).seen_time = now;
    let changes = work(&claim(consumer), log, (group, &mut changed), call.reply);
    call.server.stats.dirty += changes + u64::from(known.is_none());
    changed.record(call.server, db);
    call.server.prevent_propagation();
    if known.is_none() {
        call.server.notify(STREAM, "xgroup-createconsumer", key, db);
    }
}
