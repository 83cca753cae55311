//! Places: sorted sets whose scores say where on the earth a member is.
//!
//! Redis: `src/geo.c` (`geoaddCommand`, `geoposCommand`, `geohashCommand`, `geodistCommand`, `extractLongLatOrReply`,
//! `extractUnitOrReply`, `addReplyDoubleDistance`). Searching is in [`self::search`].

pub mod options;
pub(crate) mod rows;
pub mod search;

use crate::command::sorted_set::{self, NOT_A_FLOAT};
use crate::keyspace::geo::hash::Geohash;
use crate::keyspace::geo::{Point, distance};
use crate::keyspace::value::WrongType;
use crate::keyspace::zset::Zset;
use crate::persist::aof_write::Word;
use crate::resp::owned::OwnedRequest;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use std::iter;

/// `GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member …]`: a ZADD of the scores of places.
pub fn geoadd(call: &mut Call<'_>) {
    let (mut first, mut nx, mut xx) = (2, false, false);
    loop {
        match first {
            at if call.is(at, "nx") => nx = true,
            at if call.is(at, "xx") => xx = true,
            at if call.is(at, "ch") => {}
            _ => break,
        }
        first += 1;
    }
    if !(call.args.len() - first).is_multiple_of(3) || (nx && xx) {
        return call.syntax_error();
    }
    let mut scores = Vec::new();
    for at in (first..call.args.len()).step_by(3) {
        let Some(point) = point(call, at) else { return };
        scores.push(itoa::Buffer::new().format(Geohash::encode(point).score() as u64).to_string());
    }
    let args = call.args;
    let members = args.from(first).skip(2).step_by(3);
    let pairs = scores.iter().zip(members).flat_map(|(score, member)| [score.as_bytes(), member]);
    let options = args.from(1).take(first - 1);
    let request = OwnedRequest::of(iter::once(&b"zadd"[..]).chain(options).chain(pairs));
    call.server.rewrite_command(request.request().from(0).map(Word::from));
    let (server, client, reply) = (&mut *call.server, call.client, &mut *call.reply);
    sorted_set::zadd(&mut Call { server, client, args: request.request(), reply });
}

/// The place that two arguments say; None: it has replied what is wrong. Redis: `extractLongLatOrReply`.
fn point(call: &mut Call<'_>, at: usize) -> Option<Point> {
    let point = Point { longitude: call.score(at, NOT_A_FLOAT)?, latitude: call.score(at + 1, NOT_A_FLOAT)? };
    if !point.is_valid() {
        let Point { longitude, latitude } = point;
        call.reply.error(format!("ERR invalid longitude,latitude pair {longitude:.6},{latitude:.6}"));
        return None;
    }
    Some(point)
}

/// The metres of the unit that an argument names; None: it has replied that there is none of that name. Redis: `extractUnitOrReply`.
fn unit(call: &mut Call<'_>, at: usize) -> Option<f64> {
    const UNITS: [(&str, f64); 4] = [("m", 1.0), ("km", 1000.0), ("ft", 0.3048), ("mi", 1609.34)];
    let unit = UNITS.iter().find(|(name, _)| call.is(at, name));
    if unit.is_none() {
        call.reply.error("ERR unsupported unit provided. please use M, KM, FT, MI");
    }
    unit.map(|&(_, metres)| metres)
}

/// Replies with a distance: four digits after the point. Redis: `addReplyDoubleDistance`, `fixedpoint_d2string`.
fn distance_reply(reply: &mut Reply, distance: f64) {
    let scaled = (distance * 10_000.0).round_ties_even();
    // What is no distance, since two places are opposite to one another, is what C's `llrint` makes of it on x86.
    let scaled = if scaled.is_nan() { i64::MIN } else { scaled as i64 };
    let (sign, digits) = (if scaled < 0 { "-" } else { "" }, scaled.unsigned_abs());
    reply.bulk(format!("{sign}{}.{:04}", digits / 10_000, digits % 10_000));
}

/// Replies with longitude and latitude.
fn point_reply(reply: &mut Reply, point: Point) {
    reply.array(2);
    reply.double(point.longitude);
    reply.double(point.latitude);
}

/// Replies about each member that is named, an array, with `write`, or with `missing` if there is no such member.
fn each(call: &mut Call<'_>, missing: fn(&mut Reply), write: fn(&mut Reply, f64)) {
    let db = call.db();
    let Ok(zset) = call.server.read::<Zset>(db, &call.args[1]) else { return call.reply.wrong_type() };
    call.reply.array(call.args.len() - 2);
    for member in call.args.from(2) {
        match zset.as_ref().and_then(|zset| zset.score(member)) {
            Some(score) => write(call.reply, score),
            None => missing(call.reply),
        }
    }
}

/// `GEOPOS key [member [member …]]`
pub fn geopos(call: &mut Call<'_>) {
    each(call, Reply::null_array, |reply, score| point_reply(reply, Geohash::decode_score(score)));
}

/// `GEOHASH key [member [member …]]`
pub fn geohash(call: &mut Call<'_>) {
    each(call, Reply::null, |reply, score| reply.bulk(Geohash::text(score)));
}

/// `GEODIST key member1 member2 [M | KM | FT | MI]`
pub fn geodist(call: &mut Call<'_>) {
    let metres = match call.args.len() {
        4 => 1.0,
        5 => match unit(call, 4) {
            Some(metres) => metres,
            None => return,
        },
        _ => return call.syntax_error(),
    };
    let db = call.db();
    let zset = match call.server.read::<Zset>(db, &call.args[1]) {
        Ok(Some(zset)) => zset,
        Ok(None) => return call.reply.null(),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let point = |member: &[u8]| zset.score(member).map(Geohash::decode_score);
    match (point(&call.args[2]), point(&call.args[3])) {
        (Some(one), Some(other)) => distance_reply(call.reply, distance(one, other) / metres),
        _ => call.reply.null(),
    }
}
