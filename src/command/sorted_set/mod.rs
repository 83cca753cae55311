//! Sorted sets: adding, changing and removing members, and asking about one.
//!
//! Redis: `src/t_zset.c` (`zaddGenericCommand`, `zremCommand`, `zscoreCommand`, `zmscoreCommand`, `zrankGenericCommand` …). Ranges
//! are in [`self::range`], what removes ranges in [`self::remove_range`], what takes from an end or waits for it in [`self::pop`],
//! what makes one of several in [`self::aggregate`].

pub mod aggregate;
pub mod pop;
pub mod range;
pub mod remove_range;
pub(crate) mod rows;
pub mod scan;
mod steps;

use crate::keyspace::events::ZSET;
use crate::keyspace::listpack::Entry;
use crate::keyspace::value::WrongType;
use crate::keyspace::zset::{Change, Zset};
use crate::resp::Protocol;
use crate::resp::reply::Reply;
use crate::server::Server;
use crate::server::dispatch::{Call, bulk_entry};
pub(crate) use crate::server::limits::of_sorted_sets as limits;
use crate::text::double;

impl Call<'_> {
    /// The argument at `index` as a score. If it is none, replies with `ERR error` and returns None. Redis:
    /// `getDoubleFromObjectOrReply`.
    pub(crate) fn score(&mut self, index: usize, error: &str) -> Option<f64> {
        let value = double::parse(&self.args[index]);
        if value.is_none() {
            self.reply.error(format!("ERR {error}"));
        }
        value
    }
}

/// What is wrong with most scores.
pub(crate) const NOT_A_FLOAT: &str = "value is not a valid float";

/// The options of ZADD.
#[derive(Clone, Copy, Default)]
struct Options {
    /// NX: only new members.
    only_new: bool,
    /// XX: only members that are there.
    only_old: bool,
    /// GT: no lower score than before.
    only_greater: bool,
    /// LT: no higher score than before.
    only_less: bool,
    /// INCR: the score is added to the old one.
    increments: bool,
    /// CH: the reply counts members whose score was changed too.
    counts_changed: bool,
}

impl Options {
    /// Reads options from the argument 2 on; returns them and where the first score is.
    fn parse(call: &Call<'_>) -> (Options, usize) {
        let mut options = Options::default();
        for at in 2.. {
            match () {
                _ if call.is(at, "nx") => options.only_new = true,
                _ if call.is(at, "xx") => options.only_old = true,
                _ if call.is(at, "gt") => options.only_greater = true,
                _ if call.is(at, "lt") => options.only_less = true,
                _ if call.is(at, "incr") => options.increments = true,
                _ if call.is(at, "ch") => options.counts_changed = true,
                _ => return (options, at),
            }
        }
        (options, 2)
    }

    /// What is wrong with them for so many members.
    fn fault(self, members: usize) -> Option<&'static str> {
        let Options { only_new, only_old, only_greater, only_less, .. } = self;
        match () {
            _ if only_new && only_old => Some("ERR XX and NX options at the same time are not compatible"),
            _ if (only_new && (only_greater || only_less)) || (only_greater && only_less) => {
                Some("ERR GT, LT, and/or NX options at the same time are not compatible")
            }
            _ if self.increments && members > 1 => {
                Some("ERR INCR option supports a single increment-element pair")
            }
            _ => None,
        }
    }

    /// The score that a member gets that had `old`; [`Decision::None`]: it stays as it is. Redis: `zsetAdd`.
    fn decide(self, old: Option<f64>, score: f64) -> Decision {
        let Some(old) = old else {
            return if self.only_old { Decision::None } else { Decision::Score(score) };
        };
        if self.only_new {
            return Decision::None;
        }
        let score = if self.increments { old + score } else { score };
        match () {
            _ if score.is_nan() => Decision::NotANumber,
            _ if (self.only_less && score >= old) || (self.only_greater && score <= old) => Decision::None,
            _ => Decision::Score(score),
        }
    }
}

#[derive(Clone, Copy)]
enum Decision {
    /// The member gets this score, which may be the one it has.
    Score(f64),
    /// The options leave the member alone.
    None,
    /// The sum of two infinities.
    NotANumber,
}

/// `ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member …]`: how many are new; with INCR the new score.
pub fn zadd(call: &mut Call<'_>) {
    let (options, first) = Options::parse(call);
    add(call, options, first);
}

/// `ZINCRBY key increment member`
pub fn zincrby(call: &mut Call<'_>) {
    let (options, first) = Options::parse(call);
    add(call, Options { increments: true, ..options }, first);
}

/// Redis: `zaddGenericCommand`.
fn add(call: &mut Call<'_>, options: Options, first: usize) {
    let words = call.args.len() - first.min(call.args.len());
    if words == 0 || !words.is_multiple_of(2) {
        return call.syntax_error();
    }
    let members = words / 2;
    if let Some(fault) = options.fault(members) {
        return call.reply.error(fault);
    }
    // All scores are read first: the command is done as a whole or not at all.
    for at in (first..call.args.len()).step_by(2) {
        if call.score(at, NOT_A_FLOAT).is_none() {
            return;
        }
    }
    let (db, limits) = (call.db(), limits(call.server));
    let key = &call.args[1];
    if options.only_old && call.server.lookup_key(db, key).is_none() {
        return if options.increments { call.reply.null() } else { call.reply.integer(0) };
    }
    let name = call.args[first + 1].len();
    let Ok(zset) = call.server.write_or_create(db, key, || Zset::new(members, name, limits)) else {
        return call.reply.wrong_type();
    };
    zset.prepare(members, limits);
    let (mut added, mut updated, mut last) = (0, 0, Decision::None);
    let mut pairs = call.args.from(first);
    while let (Some(score), Some(member)) = (pairs.next(), pairs.next()) {
        let score = double::parse(score).unwrap_or_default();
        let change = zset.update(member, limits, |old| {
            last = options.decide(old, score);
            if let Decision::Score(score) = last { Some(score) } else { None }
        });
        added += i64::from(change == Change::Added);
        updated += i64::from(change == Change::Updated);
    }
    match last {
        Decision::NotANumber => return call.reply.error("ERR resulting score is not a number (NaN)"),
        Decision::Score(score) if options.increments => call.reply.double(score),
        Decision::None if options.increments => call.reply.null(),
        _ => call.reply.integer(if options.counts_changed { added + updated } else { added }),
    }
    if added + updated > 0 {
        let event = if options.increments { "zincr" } else { "zadd" };
        call.server.modified(db, key, ZSET, event);
        call.server.stats.dirty += (added + updated) as u64 - 1;
    }
}

/// `ZREM key member [member …]`: how many were there.
pub fn zrem(call: &mut Call<'_>) {
    let (db, key) = (call.db(), &call.args[1]);
    let zset = match call.server.write::<Zset>(db, key) {
        Ok(Some(zset)) => zset,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let removed = call.args.from(2).filter(|member| zset.remove(member)).count();
    let is_empty = zset.is_empty();
    call.server.members_removed(db, key, "zrem", removed, is_empty);
    call.reply.integer(removed as i64);
}

impl Server {
    /// Members were removed from the sorted set at a key: notifies, and removes the key if none is left.
    fn members_removed(&mut self, db: u32, key: &[u8], event: &str, count: usize, is_empty: bool) {
        if count == 0 {
            return;
        }
        self.modified(db, key, ZSET, event);
        self.stats.dirty += count as u64 - 1;
        if is_empty {
            self.delete_emptied(db, key);
        }
    }
}

/// The sorted set at the key of a command that reads it, if there is one. None: the key holds something else, and the error
/// is replied.
pub(super) fn read<'a>(call: &'a mut Call<'_>, key: usize) -> Option<(Option<&'a Zset>, &'a mut Reply)> {
    let db = call.db();
    match call.server.read::<Zset>(db, &call.args[key]) {
        Ok(zset) => Some((zset, &mut *call.reply)),
        Err(WrongType) => {
            call.reply.wrong_type();
            None
        }
    }
}

/// `ZCARD key`
pub fn zcard(call: &mut Call<'_>) {
    let Some((zset, reply)) = read(call, 1) else { return };
    reply.integer(zset.map_or(0, Zset::len) as i64);
}

/// `ZSCORE key member`
pub fn zscore(call: &mut Call<'_>) {
    let args = call.args;
    let Some((zset, reply)) = read(call, 1) else { return };
    match zset.and_then(|zset| zset.score(&args[2])) {
        Some(score) => reply.double(score),
        None => reply.null(),
    }
}

/// `ZMSCORE key member [member …]`
pub fn zmscore(call: &mut Call<'_>) {
    let args = call.args;
    let Some((zset, reply)) = read(call, 1) else { return };
    reply.array(args.len() - 2);
    for member in args.from(2) {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => reply.double(score),
            None => reply.null(),
        }
    }
}

/// `ZRANK key member [WITHSCORE]`: how many members have a lower score.
pub fn zrank(call: &mut Call<'_>) {
    rank(call, "zrank", false);
}

/// `ZREVRANK key member [WITHSCORE]`: how many members have a higher score.
pub fn zrevrank(call: &mut Call<'_>) {
    rank(call, "zrevrank", true);
}

/// Redis: `zrankGenericCommand`.
fn rank(call: &mut Call<'_>, name: &str, from_end: bool) {
    let args = call.args;
    if args.len() > 4 {
        return call.reply.error(format!("ERR wrong number of arguments for '{name}' command"));
    }
    let with_score = args.len() == 4;
    if with_score && !call.is(3, "withscore") {
        return call.syntax_error();
    }
    let Some((zset, reply)) = read(call, 1) else { return };
    let found = zset.and_then(|zset| {
        let (rank, score) = steps::rank(&args[1], zset, &args[2])?;
        Some((if from_end { zset.len() - 1 - rank } else { rank }, score))
    });
    match found {
        Some((rank, score)) if with_score => {
            reply.array(2);
            reply.integer(rank as i64);
            reply.double(score);
        }
        Some((rank, _)) => reply.integer(rank as i64),
        None if with_score => reply.null_array(),
        None => reply.null(),
    }
}

/// The head of a reply of members, perhaps with their scores: in RESP3 the pairs are arrays of their own.
pub(super) fn members_head(reply: &mut Reply, count: usize, with_scores: bool) {
    let is_flat = with_scores && reply.protocol == Protocol::Resp2;
    reply.array(if is_flat { count * 2 } else { count });
}

/// A member of such a reply.
pub(super) fn member(reply: &mut Reply, (member, score): (Entry<'_>, f64), with_scores: bool) {
    if with_scores && reply.protocol == Protocol::Resp3 {
        reply.array(2);
    }
    bulk_entry(reply, member);
    if with_scores {
        reply.double(score);
    }
}
