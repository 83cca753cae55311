//! Sorted sets made of others: ZUNION, ZINTER, ZDIFF, the commands that store them, and ZINTERCARD.
//!
//! Redis: `src/t_zset.c` (`zunionInterDiffGenericCommand`, `zunionInterAggregate`, `zsetChooseDiffAlgorithm`, `zdiffAlgorithm1`,
//! `zdiffAlgorithm2`).
//!
//! The result is a dict of scores first, in which a member is found and its score changed in one step; it is put in order
//! when it is complete.

use super::range::store;
use super::{limits, member, members_head};
use crate::keyspace::Database;
use crate::keyspace::dict::Dict;
use crate::keyspace::listpack::Entry;
use crate::keyspace::set::Set;
use crate::keyspace::value::Value;
use crate::keyspace::zset::Zset;
use crate::keyspace::zset::skiplist::Members;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::text::integer::parse_integer;
use std::ops;

/// What is made of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Union,
    Inter,
    Diff,
}

/// What becomes of the scores that a member has in several inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    /// Redis: `zunionInterAggregate`.
    fn of(self, one: f64, other: f64) -> f64 {
        match self {
            Aggregate::Sum => number(one + other),
            Aggregate::Min if other < one => other,
            Aggregate::Max if other > one => other,
            Aggregate::Min | Aggregate::Max => one,
        }
    }
}

/// The score, or 0 if it is none: of infinity and its opposite, or of infinity and a weight of 0.
fn number(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// A value that such a command reads. Redis: `zsetopsrc`.
#[derive(Clone, Copy)]
enum Source<'a> {
    Missing,
    Zset(&'a Zset),
    /// Each member counts as if its score were 1.
    Set(&'a Set),
}

impl<'a> Source<'a> {
    /// The value at a key.
    fn of(db: &'a Database, key: &[u8], now: i64) -> Source<'a> {
        match db.peek(key, now).map(|item| &item.value) {
            Some(Value::Zset(zset)) => Source::Zset(zset),
            Some(Value::Set(set)) => Source::Set(set),
            _ => Source::Missing,
        }
    }

    /// Whether a value can be one.
    fn is_fit(value: &Value) -> bool {
        matches!(value, Value::Zset(_) | Value::Set(_))
    }

    fn len(self) -> usize {
        match self {
            Source::Missing => 0,
            Source::Zset(zset) => zset.len(),
            Source::Set(set) => set.len(),
        }
    }

    /// A member's score.
    fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            Source::Missing => None,
            Source::Zset(zset) => zset.score(member),
            Source::Set(set) => set.contains(member).then_some(1.0),
        }
    }

    /// Whether another is the same value.
    fn is(self, other: Source<'_>) -> bool {
        match (self, other) {
            (Source::Zset(one), Source::Zset(other)) => std::ptr::eq(one, other),
            (Source::Set(one), Source::Set(other)) => std::ptr::eq(one, other),
            _ => false,
        }
    }

    /// Its members with their scores; of a sorted set the highest first.
    fn iter(self) -> Box<dyn Iterator<Item = (Entry<'a>, f64)> + 'a> {
        match self {
            Source::Missing => Box::new(std::iter::empty()),
            Source::Zset(zset) => Box::new(zset.range(0..zset.len(), true)),
            Source::Set(set) => Box::new(set.iter().map(|member| (member, 1.0))),
        }
    }
}

/// What a command says beside its keys.
struct Options {
    weights: Vec<f64>,
    aggregate: Aggregate,
    with_scores: bool,
    /// ZINTERCARD counts no further.
    limit: usize,
}

/// Which options a command has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Replies with the members: WITHSCORES.
    Reply,
    /// Stores them.
    Store,
    /// Counts them: LIMIT.
    Count,
}

/// The places of the keys, from the number of keys at `at` on. None: they are wrong, and the error is replied.
fn parse_keys(call: &mut Call<'_>, at: usize, name: &str) -> Option<ops::Range<usize>> {
    let number = call.integer(at, NOT_AN_INTEGER)?;
    if number < 1 {
        call.reply.error(format!("ERR at least 1 input key is needed for '{name}' command"));
        return None;
    }
    let keys = at + 1..(at + 1).saturating_add(usize::try_from(number).unwrap_or(usize::MAX));
    if keys.end > call.args.len() {
        call.syntax_error();
        return None;
    }
    Some(keys)
}

impl Options {
    /// Reads the options behind the keys. None: they are wrong, and the error is replied.
    fn parse(
        call: &mut Call<'_>,
        keys: &ops::Range<usize>,
        operation: Operation,
        form: Form,
    ) -> Option<Options> {
        let mut options = Options {
            weights: vec![1.0; keys.len()],
            aggregate: Aggregate::Sum,
            with_scores: false,
            limit: usize::MAX,
        };
        let has_scores = operation != Operation::Diff && form != Form::Count;
        let mut at = keys.end;
        while at < call.args.len() {
            let left = call.args.len() - at;
            match () {
                _ if has_scores && left > keys.len() && call.is(at, "weights") => {
                    for weight in &mut options.weights {
                        at += 1;
                        *weight = call.score(at, "weight value is not a float")?;
                    }
                }
                _ if has_scores && left >= 2 && call.is(at, "aggregate") => {
                    at += 1;
                    options.aggregate = match () {
                        _ if call.is(at, "sum") => Aggregate::Sum,
                        _ if call.is(at, "min") => Aggregate::Min,
                        _ if call.is(at, "max") => Aggregate::Max,
                        _ => {
                            call.syntax_error();
                            return None;
                        }
                    };
                }
                _ if form == Form::Reply && call.is(at, "withscores") => options.with_scores = true,
                _ if form == Form::Count && left >= 2 && call.is(at, "limit") => {
                    at += 1;
                    let limit = parse_integer(&call.args[at]).and_then(|limit| usize::try_from(limit).ok());
                    let Some(limit) = limit else {
                        call.reply.error("ERR LIMIT can't be negative");
                        return None;
                    };
                    options.limit = if limit == 0 { usize::MAX } else { limit };
                }
                _ => {
                    call.syntax_error();
                    return None;
                }
            }
            at += 1;
        }
        Some(options)
    }
}

/// `ZUNION numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]`
pub fn zunion(call: &mut Call<'_>) {
    reply(call, "zunion", Operation::Union);
}

/// `ZINTER numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]`
pub fn zinter(call: &mut Call<'_>) {
    reply(call, "zinter", Operation::Inter);
}

/// `ZDIFF numkeys key [key …] [WITHSCORES]`: what the first has and the others have not.
pub fn zdiff(call: &mut Call<'_>) {
    reply(call, "zdiff", Operation::Diff);
}

fn reply(call: &mut Call<'_>, name: &str, operation: Operation) {
    let Some((keys, options)) = parse(call, 1, name, operation, Form::Reply) else { return };
    let result = combined(call, keys, &options, operation);
    members_head(call.reply, result.len(), options.with_scores);
    result.iter().for_each(|pair| member(call.reply, pair, options.with_scores));
}

/// `ZUNIONSTORE destination numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX]`: how many are stored.
pub fn zunionstore(call: &mut Call<'_>) {
    store_result(call, "zunionstore", Operation::Union);
}

/// `ZINTERSTORE destination numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX]`
pub fn zinterstore(call: &mut Call<'_>) {
    store_result(call, "zinterstore", Operation::Inter);
}

/// `ZDIFFSTORE destination numkeys key [key …]`
pub fn zdiffstore(call: &mut Call<'_>) {
    store_result(call, "zdiffstore", Operation::Diff);
}

fn store_result(call: &mut Call<'_>, name: &str, operation: Operation) {
    let Some((keys, options)) = parse(call, 2, name, operation, Form::Store) else { return };
    let mut result = combined(call, keys, &options, operation);
    result.pack(limits(call.server));
    store(call, result, name);
}

/// `ZINTERCARD numkeys key [key …] [LIMIT limit]`: how many members all of them have.
pub fn zintercard(call: &mut Call<'_>) {
    let Some((keys, options)) = parse(call, 1, "zintercard", Operation::Inter, Form::Count) else { return };
    let inputs = inputs(call, keys, &options);
    let count = inter(&inputs, options.aggregate).take(options.limit).count();
    call.reply.integer(count as i64);
}

/// Reads the arguments of a command and looks at its keys: those must be sets, sorted or not. None: something is wrong, and
/// the error is replied.
fn parse(
    call: &mut Call<'_>,
    at: usize,
    name: &str,
    operation: Operation,
    form: Form,
) -> Option<(ops::Range<usize>, Options)> {
    let keys = parse_keys(call, at, name)?;
    let db = call.db();
    for at in keys.clone() {
        if call.server.lookup_read(db, &call.args[at]).is_some_and(|value| !Source::is_fit(value)) {
            call.reply.wrong_type();
            return None;
        }
    }
    let options = Options::parse(call, &keys, operation, form)?;
    Some((keys, options))
}

/// The inputs at these keys, with their weights.
fn inputs<'a>(call: &'a mut Call<'_>, keys: ops::Range<usize>, options: &Options) -> Vec<(Source<'a>, f64)> {
    let (now, number, args) = (call.server.now(), call.db(), call.args);
    let db = &*call.server.keyspace.db(number);
    keys.zip(&options.weights).map(|(at, &weight)| (Source::of(db, &args[at], now), weight)).collect()
}

/// The result of a command, in order.
fn combined(call: &mut Call<'_>, keys: ops::Range<usize>, options: &Options, operation: Operation) -> Zset {
    let mut result = Dict::new(call.server.keyspace.hasher());
    let inputs = inputs(call, keys, options);
    match operation {
        Operation::Union => union(&inputs, options.aggregate, &mut result),
        Operation::Inter => inter(&inputs, options.aggregate).for_each(|(member, score)| {
            result.add(member.bytes(&mut itoa::Buffer::new()), score);
        }),
        Operation::Diff => diff(&inputs, &mut result),
    }
    Zset::from_members(result, call.server.keyspace.hasher())
}

/// The inputs, the one with the fewest members first.
fn smallest_first<'a>(inputs: &[(Source<'a>, f64)]) -> Vec<(Source<'a>, f64)> {
    let mut inputs = inputs.to_vec();
    inputs.sort_by_key(|(source, _)| source.len());
    inputs
}

fn union(inputs: &[(Source<'_>, f64)], aggregate: Aggregate, result: &mut Members) {
    for (source, weight) in smallest_first(inputs) {
        for (member, score) in source.iter() {
            let (mut digits, score) = (itoa::Buffer::new(), number(weight * score));
            let member = member.bytes(&mut digits);
            match result.get_mut(member) {
                Some(sum) => *sum = aggregate.of(*sum, score),
                None => _ = result.add(member, score),
            }
        }
    }
}

/// The members that all inputs have, by looking for each of the smallest in the others.
fn inter<'a>(
    inputs: &[(Source<'a>, f64)],
    aggregate: Aggregate,
) -> impl Iterator<Item = (Entry<'a>, f64)> + use<'a> {
    let inputs = smallest_first(inputs);
    let (first, weight) = inputs.first().copied().unwrap_or((Source::Missing, 1.0));
    first.iter().filter_map(move |(member, score)| {
        let mut digits = itoa::Buffer::new();
        let name = member.bytes(&mut digits);
        let sum = inputs[1..].iter().try_fold(number(weight * score), |sum, (source, weight)| {
            Some(aggregate.of(sum, source.score(name)? * weight))
        });
        sum.map(|sum| (member, sum))
    })
}

/// The members of the first input that no other has: by looking for each in the others, or, if there are far fewer of those,
/// by removing theirs.
fn diff(inputs: &[(Source<'_>, f64)], result: &mut Members) {
    let Some(((first, _), others)) = inputs.split_first() else { return };
    let mut others: Vec<Source<'_>> = others.iter().map(|&(source, _)| source).collect();
    if others.iter().any(|other| other.is(*first)) {
        return;
    }
    let looks = first.len() * inputs.len() / 2;
    let removals = first.len() + others.iter().map(|other| other.len()).sum::<usize>();
    if looks <= removals {
        // The largest first: it is the most likely to have a member.
        others.sort_by_key(|other| std::cmp::Reverse(other.len()));
    }
    for (member, score) in first.iter() {
        let mut digits = itoa::Buffer::new();
        let member = member.bytes(&mut digits);
        if looks > removals || !others.iter().any(|other| other.score(member).is_some()) {
            result.add(member, score);
        }
    }
    if looks > removals {
        for (member, _) in others.iter().flat_map(|other| other.iter()) {
            if result.is_empty() {
                break;
            }
            result.remove(member.bytes(&mut itoa::Buffer::new()));
        }
    }
}
