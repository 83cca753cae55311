//! Searching for places: GEOSEARCH, GEOSEARCHSTORE, and the GEORADIUS commands of old.
//!
//! Redis: `src/geo.c` (`georadiusGeneric`, `membersOfAllNeighbors`, `geoGetPointsInRange`); `src/pqsort.c`.
//!
//! A few ranges of scores are looked through, one for each cell that the shape touches, and what is in the shape is kept. Places
//! at the same distance come in the order in which they were found, or, if COUNT leaves some out, in the order that the partial
//! sort brings them to.

use super::options::{Direction, Options, Search, Task, parse};
use super::{distance_reply, point_reply};
use crate::base::partial_sort::partial_sort;
use crate::command::sorted_set;
use crate::keyspace::events::{GENERIC, ZSET};
use crate::keyspace::geo::Point;
use crate::keyspace::geo::area::Shape;
use crate::keyspace::geo::hash::Geohash;
use crate::keyspace::listpack::Entry;
use crate::keyspace::value::{Typed, Value};
use crate::keyspace::zset::Zset;
use crate::keyspace::zset::range::{Range, ScoreBound};
use crate::resp::reply::Reply;
use crate::server::dispatch::{Call, bulk_entry};

/// `GEORADIUS key longitude latitude radius M | KM | FT | MI [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]]
/// [ASC | DESC] [STORE key | STOREDIST key]`
pub fn georadius(call: &mut Call<'_>) {
    generic(call, Search::Radius(true));
}

/// `GEORADIUS_RO key …`: the same without STORE and STOREDIST.
pub fn georadius_ro(call: &mut Call<'_>) {
    generic(call, Search::Radius(false));
}

/// `GEORADIUSBYMEMBER key member radius M | KM | FT | MI …`
pub fn georadiusbymember(call: &mut Call<'_>) {
    generic(call, Search::RadiusByMember(true));
}

/// `GEORADIUSBYMEMBER_RO key member …`
pub fn georadiusbymember_ro(call: &mut Call<'_>) {
    generic(call, Search::RadiusByMember(false));
}

/// `GEOSEARCH key FROMMEMBER member | FROMLONLAT longitude latitude BYRADIUS radius unit | BYBOX width height unit
/// [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]`
pub fn geosearch(call: &mut Call<'_>) {
    generic(call, Search::Search);
}

/// `GEOSEARCHSTORE destination source FROMMEMBER … [STOREDIST]`: how many are stored.
pub fn geosearchstore(call: &mut Call<'_>) {
    generic(call, Search::SearchStore);
}

/// A place that was found. Redis: `geoPoint`.
struct Found<'a> {
    member: Entry<'a>,
    point: Point,
    score: f64,
    /// From the centre.
    metres: f64,
}

fn generic(call: &mut Call<'_>, search: Search) {
    let (shape, options) = match parse(call, search) {
        None => return,
        Some(Task::Find(shape, options)) => (shape, options),
        Some(Task::Nothing(Options { store: Some(key), .. })) => {
            forget(call, key);
            return call.reply.integer(0);
        }
        Some(Task::Nothing(_)) => return call.reply.array(0),
    };
    let (db, now, limits) = (call.db(), call.server.now(), sorted_set::limits(call.server));
    // The value is borrowed for as long as its members are: what it has to do with other keys comes later.
    let item = call.server.keyspace.db(db).peek(&call.args[search.key()], now);
    let Some(Value::Zset(zset)) = item.map(|item| &item.value) else { return };
    let mut found = find(zset, &shape, if options.any { options.count } else { None });
    let count = options.count.map_or(found.len(), |count| count.min(found.len()));
    order(&mut found, count, options.direction);
    found.truncate(count);
    let Some(key) = options.store else { return reply(call.reply, &found, shape.unit, &options) };
    let mut stored = Zset::default();
    for place in &found {
        let score = if options.store_distance { place.metres / shape.unit } else { place.score };
        stored.add(place.member.bytes(&mut itoa::Buffer::new()), score, limits);
    }
    if count > 0 {
        let event = if search == Search::SearchStore { "geosearchstore" } else { "georadiusstore" };
        call.server.set_key(db, key, stored.into_value(), false);
        call.server.notify(ZSET, event, key, db);
        // One change is counted already.
        call.server.stats.dirty += count as u64 - 1;
    } else {
        forget(call, key);
    }
    call.reply.integer(count as i64);
}

/// Nothing was found: what the key holds is not the result any more.
fn forget(call: &mut Call<'_>, key: &[u8]) {
    let db = call.db();
    if call.server.lookup_key(db, key).is_some() {
        call.server.delete_key(db, key);
        call.server.modified(db, key, GENERIC, "del");
    }
}

/// The places within the shape; no more than `most` if that is given.
fn find<'a>(zset: &'a Zset, shape: &Shape, most: Option<usize>) -> Vec<Found<'a>> {
    let most = most.unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for cell in shape.cells() {
        let scores = cell.scores();
        let ranks = zset.ranks(&Range::Score { min: from(scores.start), max: up_to(scores.end) }, false);
        if ranks.is_empty() {
            continue;
        }
        for (member, score) in zset.range(ranks, false) {
            if found.len() >= most {
                return found;
            }
            let point = Geohash::decode_score(score);
            if let Some(metres) = shape.distance_within(point) {
                found.push(Found { member, point, score, metres });
            }
        }
    }
    found
}

/// A range of scores begins with this one.
fn from(score: f64) -> ScoreBound {
    ScoreBound { score, is_exclusive: false }
}

/// A range of scores ends before this one.
fn up_to(score: f64) -> ScoreBound {
    ScoreBound { score, is_exclusive: true }
}

/// Brings the first `count` places into order.
fn order(found: &mut [Found<'_>], count: usize, direction: Option<Direction>) {
    let Some(direction) = direction else { return };
    let compare = |one: &Found<'_>, other: &Found<'_>| {
        let nearest_first = one.metres.total_cmp(&other.metres);
        if direction == Direction::NearestFirst { nearest_first } else { nearest_first.reverse() }
    };
    if count == found.len() {
        found.sort_by(compare);
    } else {
        partial_sort(found, 0..count, compare);
    }
}

fn reply(reply: &mut Reply, found: &[Found<'_>], unit: f64, options: &Options<'_>) {
    let shown = [options.with_distance, options.with_hash, options.with_point];
    let parts = shown.into_iter().filter(|&is_shown| is_shown).count();
    reply.array(found.len());
    for place in found {
        if parts > 0 {
            reply.array(parts + 1);
        }
        bulk_entry(reply, place.member);
        if options.with_distance {
            distance_reply(reply, place.metres / unit);
        }
        if options.with_hash {
            reply.integer(place.score as i64);
        }
        if options.with_point {
            point_reply(reply, place.point);
        }
        if reply.overflowed {
            break;
        }
    }
}
