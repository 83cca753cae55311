//! What a search is asked for: where, how far, how many, and what of each place.
//!
//! Redis: `src/geo.c`, the first half of `georadiusGeneric`.

use super::{point, unit};
use crate::keyspace::geo::Point;
use crate::keyspace::geo::area::{Extent, Shape};
use crate::keyspace::geo::hash::Geohash;
use crate::keyspace::value::{Value, WrongType};
use crate::keyspace::zset::Zset;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;

/// The commands that search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// GEORADIUS; whether it may store, which the one with `_RO` may not.
    Radius(bool),
    /// GEORADIUSBYMEMBER, likewise.
    RadiusByMember(bool),
    /// GEOSEARCH.
    Search,
    /// GEOSEARCHSTORE.
    SearchStore,
}

/// In which order the places come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// ASC: the nearest first.
    NearestFirst,
    /// DESC.
    FarthestFirst,
}

/// What a search is asked for.
#[derive(Debug, Default)]
pub struct Options<'a> {
    centre: Option<Point>,
    /// How far, and in which unit.
    extent: Option<(Extent, f64)>,
    /// WITHDIST.
    pub with_distance: bool,
    /// WITHHASH.
    pub with_hash: bool,
    /// WITHCOORD.
    pub with_point: bool,
    /// ASC, DESC; a COUNT without ANY wants the nearest.
    pub direction: Option<Direction>,
    /// COUNT.
    pub count: Option<usize>,
    /// ANY: as soon as so many are found, no more are searched for.
    pub any: bool,
    /// STORE, STOREDIST or the first key.
    pub store: Option<&'a [u8]>,
    /// STOREDIST: the distances are the scores.
    pub store_distance: bool,
}

/// What is to be done.
pub enum Task<'a> {
    /// There is no such sorted set: nothing is found.
    Nothing(Options<'a>),
    /// The places of this shape are searched for.
    Find(Shape, Options<'a>),
}

impl Search {
    /// The argument that is the key of the sorted set.
    pub fn key(self) -> usize {
        if self == Search::SearchStore { 2 } else { 1 }
    }

    /// Whether it is one of the commands of Redis 6.2, whose options say where and how far.
    fn has_options(self) -> bool {
        matches!(self, Search::Search | Search::SearchStore)
    }
}

/// The score of a member of the sorted set that is searched; a use of it was counted before.
fn score(call: &mut Call<'_>, search: Search, member: usize) -> Option<f64> {
    let (db, now) = (call.db(), call.server.now());
    match &call.server.keyspace.db(db).peek(&call.args[search.key()], now)?.value {
        Value::Zset(zset) => zset.score(&call.args[member]),
        _ => None,
    }
}

/// The place of a member; None: it has replied that there is no such member. Redis: `longLatFromMember`.
fn member(call: &mut Call<'_>, search: Search, at: usize) -> Option<Point> {
    let score = score(call, search, at);
    if score.is_none() {
        call.reply.error("ERR could not decode requested zset member");
    }
    score.map(Geohash::decode_score)
}

/// The radius and the unit that two arguments say; None: it has replied what is wrong. Redis: `extractDistanceOrReply`.
fn circle(call: &mut Call<'_>, at: usize) -> Option<(Extent, f64)> {
    let radius = call.score(at, "need numeric radius")?;
    if radius < 0.0 {
        call.reply.error("ERR radius cannot be negative");
        return None;
    }
    Some((Extent::Circle(radius), unit(call, at + 1)?))
}

/// The width, the height and the unit that three arguments say. Redis: `extractBoxOrReply`.
fn rectangle(call: &mut Call<'_>, at: usize) -> Option<(Extent, f64)> {
    let width = call.score(at, "need numeric width")?;
    let height = call.score(at + 1, "need numeric height")?;
    if width < 0.0 || height < 0.0 {
        call.reply.error("ERR height or width cannot be negative");
        return None;
    }
    Some((Extent::Rectangle(width, height), unit(call, at + 2)?))
}

/// Reads a request; None: it has replied what is wrong.
pub fn parse<'a>(call: &mut Call<'a>, search: Search) -> Option<Task<'a>> {
    let (db, args) = (call.db(), call.args);
    let exists = match call.server.read::<Zset>(db, &args[search.key()]) {
        Ok(zset) => zset.is_some(),
        Err(WrongType) => {
            call.reply.wrong_type();
            return None;
        }
    };
    let mut options = Options::default();
    let first = match search {
        Search::Radius(_) => {
            options.centre = Some(point(call, 2)?);
            options.extent = Some(circle(call, 4)?);
            6
        }
        Search::RadiusByMember(_) => {
            if exists {
                options.centre = Some(member(call, search, 2)?);
                options.extent = Some(circle(call, 3)?);
            }
            5
        }
        Search::Search => 2,
        Search::SearchStore => {
            options.store = args.get(1);
            3
        }
    };
    let (has_centre, has_extent) = options.read(call, search, first, exists)?;
    options.check(call, search, has_centre, has_extent)?;
    match (options.centre, options.extent) {
        (Some(centre), Some((extent, unit))) if exists => {
            Some(Task::Find(Shape { centre, extent, unit }, options))
        }
        _ => Some(Task::Nothing(options)),
    }
}

/// From where a search goes, by which option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Member,
    Place,
}

impl<'a> Options<'a> {
    /// Reads the options from the argument `first` on; whether one says from where, and one how far.
    fn read(
        &mut self,
        call: &mut Call<'a>,
        search: Search,
        first: usize,
        exists: bool,
    ) -> Option<(bool, bool)> {
        let args = call.args;
        let may_store = matches!(search, Search::Radius(true) | Search::RadiusByMember(true));
        let (mut from, mut by) = (None, None);
        let mut at = first;
        while at < args.len() {
            let has = |words: usize| at + words < args.len();
            let can = |words: usize| search.has_options() && has(words);
            let is = |word: &str| call.is(at, word);
            if is("withdist") {
                self.with_distance = true;
            } else if is("withhash") {
                self.with_hash = true;
            } else if is("withcoord") {
                self.with_point = true;
            } else if is("any") {
                self.any = true;
            } else if is("asc") {
                self.direction = Some(Direction::NearestFirst);
            } else if is("desc") {
                self.direction = Some(Direction::FarthestFirst);
            } else if is("count") && has(1) {
                let count = call.integer(at + 1, NOT_AN_INTEGER)?;
                if count <= 0 {
                    call.reply.error("ERR COUNT must be > 0");
                    return None;
                }
                self.count = Some(usize::try_from(count).unwrap_or(usize::MAX));
                at += 1;
            } else if (is("store") || is("storedist")) && has(1) && may_store {
                self.store_distance = is("storedist");
                self.store = args.get(at + 1);
                at += 1;
            } else if is("storedist") && search == Search::SearchStore {
                self.store_distance = true;
            } else if is("frommember") && can(1) && from != Some(From::Place) {
                from = Some(From::Member);
                if exists {
                    self.centre = Some(member(call, search, at + 1)?);
                }
                at += 1;
            } else if is("fromlonlat") && can(2) && from != Some(From::Member) {
                self.centre = Some(point(call, at + 1)?);
                from = Some(From::Place);
                at += 2;
            } else if is("byradius") && can(2) && !matches!(by, Some((Extent::Rectangle(..), _))) {
                by = Some(circle(call, at + 1)?);
                at += 2;
            } else if is("bybox") && can(3) && !matches!(by, Some((Extent::Circle(_), _))) {
                by = Some(rectangle(call, at + 1)?);
                at += 3;
            } else {
                call.syntax_error();
                return None;
            }
            at += 1;
        }
        self.extent = by.or(self.extent);
        Some((from.is_some(), by.is_some()))
    }

    /// Whether the options fit together; if not, it has replied why.
    fn check(
        &mut self,
        call: &mut Call<'_>,
        search: Search,
        has_centre: bool,
        has_extent: bool,
    ) -> Option<()> {
        let name = call.args[0].to_vec();
        let needs = |what: &str| {
            let mut error = format!("ERR exactly one of {what} can be specified for ").into_bytes();
            error.extend(crate::text::c::until_nul(&name));
            Some(error)
        };
        let shows = self.with_distance || self.with_hash || self.with_point;
        let error = if self.store.is_some() && shows {
            let command =
                if search == Search::SearchStore { "GEOSEARCHSTORE" } else { "STORE option in GEORADIUS" };
            Some(
                format!("ERR {command} is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
                    .into_bytes(),
            )
        } else if search.has_options() && !has_centre {
            needs("FROMMEMBER or FROMLONLAT")
        } else if search.has_options() && !has_extent {
            needs("BYRADIUS and BYBOX")
        } else if self.any && self.count.is_none() {
            Some(b"ERR the ANY argument requires COUNT argument".to_vec())
        } else {
            None
        };
        if let Some(error) = error {
            call.reply.error(error);
            return None;
        }
        if self.count.is_some() && !self.any {
            self.direction = self.direction.or(Some(Direction::NearestFirst));
        }
        Some(())
    }
}
