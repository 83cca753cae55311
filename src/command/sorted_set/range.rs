//! Ranges of sorted sets: ZRANGE and its older forms, ZRANGESTORE, ZCOUNT, ZLEXCOUNT.
//!
//! Redis: `src/t_zset.c` (`zrangeGenericCommand`, `genericZrangebyrankCommand`, `genericZrangebyscoreCommand`,
//! `genericZrangebylexCommand`, `zcountCommand`, `zlexcountCommand`).

use super::{limits, member, members_head, read};
use crate::keyspace::events::{GENERIC, ZSET};
use crate::keyspace::value::{Typed, WrongType};
use crate::keyspace::zset::Zset;
use crate::keyspace::zset::range::Range;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use std::ops;

/// What is wrong with bounds of scores.
pub(super) const NOT_A_RANGE_OF_SCORES: &str = "ERR min or max is not a float";
/// What is wrong with bounds of names.
pub(super) const NOT_A_RANGE_OF_NAMES: &str = "ERR min or max not valid string range item";

/// What the bounds of a range are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Ranks, from 0 on; negative: from the end, -1 is the last.
    Rank,
    /// Scores.
    Score,
    /// Names.
    Lex,
}

/// What a command asks for.
enum Bounds<'a> {
    /// From one rank to another.
    Ranks(i64, i64),
    /// From one score or name to another, without the first `offset`, and at most `limit` of them; negative: all.
    Range { range: Range<'a>, offset: i64, limit: i64 },
}

/// What a command asks for, and how.
struct Query<'a> {
    bounds: Bounds<'a>,
    reverse: bool,
    with_scores: bool,
}

/// The words that a command of the family takes, beside LIMIT.
struct Syntax {
    /// What the bounds are, if the command's name says so; else BYSCORE and BYLEX may.
    by: Option<By>,
    /// Whether it goes from the end, if the command's name says so; else REV may.
    reverse: Option<bool>,
    /// Whether WITHSCORES may be asked for.
    has_scores: bool,
}

const RANGE: Syntax = Syntax { by: None, reverse: None, has_scores: true };
const STORE: Syntax = Syntax { has_scores: false, ..RANGE };

impl<'a> Query<'a> {
    /// Reads the arguments from the first bound on. None: something is wrong with them, and the error is replied.
    fn parse(call: &mut Call<'a>, first: usize, syntax: Syntax) -> Option<Query<'a>> {
        let Syntax { mut by, mut reverse, has_scores } = syntax;
        let (mut with_scores, mut offset, mut limit) = (false, 0, -1);
        let mut at = first + 2;
        while at < call.args.len() {
            match () {
                _ if has_scores && call.is(at, "withscores") => with_scores = true,
                _ if call.is(at, "limit") && at + 2 < call.args.len() => {
                    offset = call.integer(at + 1, NOT_AN_INTEGER)?;
                    limit = call.integer(at + 2, NOT_AN_INTEGER)?;
                    at += 2;
                }
                _ if syntax.reverse.is_none() && reverse.is_none() && call.is(at, "rev") => {
                    reverse = Some(true);
                }
                _ if by.is_none() && call.is(at, "bylex") => by = Some(By::Lex),
                _ if by.is_none() && call.is(at, "byscore") => by = Some(By::Score),
                _ => {
                    call.syntax_error();
                    return None;
                }
            }
            at += 1;
        }
        let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
        if limit != -1 && by == By::Rank {
            let supported = "LIMIT is only supported in combination with either BYSCORE or BYLEX";
            call.reply.error(format!("ERR syntax error, {supported}"));
            return None;
        }
        if with_scores && by == By::Lex {
            call.reply.error("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
            return None;
        }
        // From the end, the highest is named first.
        let (min, max) = if reverse { (first + 1, first) } else { (first, first + 1) };
        let (min, max) = (call.args.get(min)?, call.args.get(max)?);
        let range = match by {
            By::Rank => {
                let start = call.integer(first, NOT_AN_INTEGER)?;
                let bounds = Bounds::Ranks(start, call.integer(first + 1, NOT_AN_INTEGER)?);
                return Some(Query { bounds, reverse, with_scores });
            }
            By::Score => Range::scores(min, max).ok_or(NOT_A_RANGE_OF_SCORES),
            By::Lex => Range::names(min, max).ok_or(NOT_A_RANGE_OF_NAMES),
        };
        match range {
            Ok(range) => Some(Query { bounds: Bounds::Range { range, offset, limit }, reverse, with_scores }),
            Err(error) => {
                call.reply.error(error);
                None
            }
        }
    }

    /// The ranks that it asks for.
    fn ranks(&self, zset: &Zset) -> ops::Range<usize> {
        let len = zset.len();
        let (all, skip, limit) = match &self.bounds {
            Bounds::Ranks(start, end) => {
                let ranks = existing_ranks(*start, *end, len);
                return if self.reverse { len - ranks.end..len - ranks.start } else { ranks };
            }
            Bounds::Range { range, offset, limit } => (zset.ranks(range, self.reverse), *offset, *limit),
        };
        let count = all.len() as i64;
        // Of a skiplist, an offset below 0 counts from the other end, as in Redis.
        let skip =
            if skip < 0 && !matches!(zset, Zset::Packed(_)) { count.saturating_add(skip) } else { skip };
        if !(0..count).contains(&skip) {
            return 0..0;
        }
        let rest = count - skip;
        let (skip, taken) = (skip as usize, if limit < 0 { rest } else { rest.min(limit) } as usize);
        match self.reverse {
            false => all.start + skip..all.start + skip + taken,
            true => all.end - skip - taken..all.end - skip,
        }
    }
}

/// The ranks from `start` to `end`, both of which may count from the end.
pub(super) fn existing_ranks(start: i64, end: i64, len: usize) -> ops::Range<usize> {
    let len = len as i64;
    let from_end = |rank: i64| if rank < 0 { rank.saturating_add(len) } else { rank };
    let (start, end) = (from_end(start).max(0), from_end(end).min(len - 1));
    if start > end { 0..0 } else { start as usize..end as usize + 1 }
}

/// `ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]`
pub fn zrange(call: &mut Call<'_>) {
    range(call, RANGE);
}

/// `ZREVRANGE key start stop [WITHSCORES]`
pub fn zrevrange(call: &mut Call<'_>) {
    range(call, Syntax { by: Some(By::Rank), reverse: Some(true), ..RANGE });
}

/// `ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]`
pub fn zrangebyscore(call: &mut Call<'_>) {
    range(call, Syntax { by: Some(By::Score), reverse: Some(false), ..RANGE });
}

/// `ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]`
pub fn zrevrangebyscore(call: &mut Call<'_>) {
    range(call, Syntax { by: Some(By::Score), reverse: Some(true), ..RANGE });
}

/// `ZRANGEBYLEX key min max [LIMIT offset count]`
pub fn zrangebylex(call: &mut Call<'_>) {
    range(call, Syntax { by: Some(By::Lex), reverse: Some(false), ..RANGE });
}

/// `ZREVRANGEBYLEX key max min [LIMIT offset count]`
pub fn zrevrangebylex(call: &mut Call<'_>) {
    range(call, Syntax { by: Some(By::Lex), reverse: Some(true), ..RANGE });
}

fn range(call: &mut Call<'_>, syntax: Syntax) {
    let Some(query) = Query::parse(call, 2, syntax) else { return };
    let Some((zset, reply)) = read(call, 1) else { return };
    let Some(zset) = zset else { return reply.array(0) };
    let ranks = query.ranks(zset);
    members_head(reply, ranks.len(), query.with_scores);
    zset.range(ranks, query.reverse).for_each(|pair| member(reply, pair, query.with_scores));
}

/// `ZRANGESTORE destination source min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]`: how many are stored.
pub fn zrangestore(call: &mut Call<'_>) {
    let Some(query) = Query::parse(call, 3, STORE) else { return };
    let (db, args, limits) = (call.db(), call.args, limits(call.server));
    let source = match call.server.read::<Zset>(db, &args[2]) {
        Ok(source) => source,
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let result = source.map(|source| {
        let ranks = query.ranks(source);
        let mut result = Zset::new(ranks.len(), 0, limits);
        for (member, score) in source.range(ranks, query.reverse) {
            result.add(member.bytes(&mut itoa::Buffer::new()), score, limits);
        }
        result
    });
    store(call, result.unwrap_or_default(), "zrangestore");
}

/// Stores the result of a command at its first key and replies how many members it has; if it has none, the key is removed.
pub(super) fn store(call: &mut Call<'_>, result: Zset, event: &str) {
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    call.reply.integer(result.len() as i64);
    if !result.is_empty() {
        call.server.set_key(db, key, result.into_value(), false);
        call.server.notify(ZSET, event, key, db);
    } else if call.server.delete_key(db, key) {
        call.server.modified(db, key, GENERIC, "del");
    }
}

/// `ZCOUNT key min max`
pub fn zcount(call: &mut Call<'_>) {
    let args = call.args;
    let Some(range) = Range::scores(&args[2], &args[3]) else {
        return call.reply.error(NOT_A_RANGE_OF_SCORES);
    };
    count(call, range);
}

/// `ZLEXCOUNT key min max`
pub fn zlexcount(call: &mut Call<'_>) {
    let args = call.args;
    let Some(range) = Range::names(&args[2], &args[3]) else { return call.reply.error(NOT_A_RANGE_OF_NAMES) };
    count(call, range);
}

fn count(call: &mut Call<'_>, range: Range<'_>) {
    let Some((zset, reply)): Option<(_, &mut Reply)> = read(call, 1) else { return };
    reply.integer(zset.map_or(0, |zset| zset.ranks(&range, false).len()) as i64);
}
