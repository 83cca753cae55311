//! SINTER, SUNION, SDIFF: what several sets have in common, what they have together, what the first has alone; replied, counted
//! (SINTERCARD) or stored (SINTERSTORE, SUNIONSTORE, SDIFFSTORE).
//!
//! Redis: `src/t_set.c` (`sinterGenericCommand`, `sunionDiffGenericCommand`).

use super::{limits, store};
use crate::keyspace::dict::Place;
use crate::keyspace::listpack::Entry;
use crate::keyspace::set::{Limits, Set};
use crate::keyspace::value::Value;
use crate::server::Server;
use crate::server::dispatch::{Call, bulk_entry};
use crate::text::integer::parse_integer;
use std::cmp::Reverse;
use std::ops::Range;

/// A set of the keyspace, with its place there: the same place is the same set.
type Placed<'a> = (Place, &'a Set);

/// Where the keys are that the words of this range name; None for each that is not there. None at all: one of them holds
/// something else, and the error is replied.
fn lookup(call: &mut Call<'_>, keys: Range<usize>) -> Option<Vec<Option<Place>>> {
    let db = call.db();
    let mut places = Vec::with_capacity(keys.len());
    for at in keys {
        let place = call.server.lookup_read_place(db, &call.args[at]);
        let is_set = |place| matches!(call.server.keyspace.db(db).item(place).value, Value::Set(_));
        if !place.is_none_or(is_set) {
            call.reply.wrong_type();
            return None;
        }
        places.push(place);
    }
    Some(places)
}

/// The sets at places that [`lookup`] has found.
fn sets<'a>(server: &'a mut Server, db: u32, places: &[Option<Place>]) -> Vec<Option<Placed<'a>>> {
    let db = &*server.keyspace.db(db);
    let set = |place| match &db.item(place).value {
        Value::Set(set) => Some((place, set)),
        _ => None,
    };
    places.iter().map(|place| place.and_then(set)).collect()
}

/// Visits what all sets have in common, until `visit` returns false. The smallest set is walked, and each member is looked up
/// in the others, from the smallest to the largest.
// ANCHOR: intersect
fn intersect<'a>(mut sets: Vec<Placed<'a>>, mut visit: impl FnMut(Entry<'a>) -> bool) {
    sets.sort_by_key(|(_, set)| set.len());
    let Some((&(place, smallest), others)) = sets.split_first() else { return };
    let in_all = |member: Entry<'_>| others.iter().all(|&(other, set)| other == place || set.has(member));
    for member in smallest.iter() {
        if in_all(member) && !visit(member) {
            return;
        }
    }
}
// ANCHOR_END: intersect

/// `SINTER key [key …]`: the members that all have.
pub fn sinter(call: &mut Call<'_>) {
    let db = call.db();
    let Some(places) = lookup(call, 1..call.args.len()) else { return };
    let mut found = Vec::new();
    // A key that is not there is an empty set.
    if let Some(sets) = sets(call.server, db, &places).into_iter().collect() {
        intersect(sets, |member| {
            found.push(member);
            true
        });
    }
    call.reply.set(found.len());
    found.into_iter().for_each(|member| bulk_entry(call.reply, member));
}

/// `SINTERCARD numkeys key [key …] [LIMIT limit]`: how many members all have; with a limit, counting ends there.
pub fn sintercard(call: &mut Call<'_>) {
    let number = parse_integer(&call.args[1]).filter(|&number| number > 0);
    let Some(number) = number else {
        return call.reply.error("ERR numkeys should be greater than 0");
    };
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    if number > call.args.len() - 2 {
        return call.reply.error("ERR Number of keys can't be greater than number of args");
    }
    let (mut limit, mut at) = (0, number + 2);
    while at < call.args.len() {
        if !call.is(at, "limit") || at + 1 == call.args.len() {
            return call.syntax_error();
        }
        match parse_integer(&call.args[at + 1]).and_then(|limit| usize::try_from(limit).ok()) {
            Some(value) => limit = value,
            None => return call.reply.error("ERR LIMIT can't be negative"),
        }
        at += 2;
    }
    let db = call.db();
    let Some(places) = lookup(call, 2..number + 2) else { return };
    let mut count = 0;
    if let Some(sets) = sets(call.server, db, &places).into_iter().collect() {
        intersect(sets, |_| {
            count += 1;
            count != limit
        });
    }
    call.reply.integer(count as i64);
}

/// `SINTERSTORE destination key [key …]`
pub fn sinterstore(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let Some(places) = lookup(call, 2..call.args.len()) else { return };
    let mut result = Set::default();
    if let Some(sets) = sets(call.server, db, &places).into_iter().collect::<Option<Vec<Placed<'_>>>>() {
        let smallest = sets.iter().min_by_key(|(_, set)| set.len());
        if smallest.is_some_and(|(_, set)| !matches!(set, Set::Numbers(_))) {
            result = Set::Packed(Box::default());
        }
        intersect(sets, |member| {
            result.add_entry(member, limits);
            true
        });
        result.pack_numbers(limits);
    }
    store(call, result, "sinterstore");
}

/// What the sets have together, added to `result`.
fn unite(sets: &[Option<Placed<'_>>], mut result: Set, limits: Limits) -> Set {
    for member in sets.iter().flatten().flat_map(|(_, set)| set.iter()) {
        result.add_entry(member, limits);
    }
    result
}

/// An empty set for what is only replied: numbers in their order if there is nothing else, otherwise a dict, in which each
/// lookup is fast.
fn scratch(sets: &[Option<Placed<'_>>], limits: Limits) -> Set {
    match sets.iter().flatten().all(|(_, set)| matches!(set, Set::Numbers(_))) {
        true => Set::default(),
        false => Set::dict(limits),
    }
}

/// `SUNION key [key …]`: the members that any has.
pub fn sunion(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let Some(places) = lookup(call, 1..call.args.len()) else { return };
    let sets = sets(call.server, db, &places);
    let result = unite(&sets, scratch(&sets, limits), limits);
    call.reply.set(result.len());
    result.iter().for_each(|member| bulk_entry(call.reply, member));
}

/// `SUNIONSTORE destination key [key …]`
pub fn sunionstore(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let Some(places) = lookup(call, 2..call.args.len()) else { return };
    let result = unite(&sets(call.server, db, &places), Set::default(), limits);
    store(call, result, "sunionstore");
}

/// Whether SDIFF looks each member of the first set up in the others, and does not take all members of the others away from
/// a copy of the first. The lookups count half: they need no copy, and end at the first set that has the member.
// ANCHOR: diff-choice
fn is_cheaper_to_look_up(first: &Set, others: &[Placed<'_>]) -> bool {
    let lookups = first.len() * (others.len() + 1) / 2;
    let members = first.len() + others.iter().map(|(_, set)| set.len()).sum::<usize>();
    lookups <= members
}
// ANCHOR_END: diff-choice

/// Visits what the first set has and no other, if lookups find it faster; otherwise returns it as a set, which begins as
/// `scratch` makes it.
fn subtract<'a>(
    sets: &[Option<Placed<'a>>],
    scratch: impl FnOnce() -> Set,
    limits: Limits,
    visit: impl FnMut(Entry<'a>),
) -> Option<Set> {
    let (&Some((place, first)), others) = sets.split_first()? else { return None };
    let mut others: Vec<Placed<'_>> = others.iter().copied().flatten().collect();
    if others.iter().any(|&(other, _)| other == place) {
        return None;
    }
    if is_cheaper_to_look_up(first, &others) {
        // A large set is the likeliest to have a member.
        others.sort_by_key(|(_, set)| Reverse(set.len()));
        let is_alone = |member: Entry<'_>| !others.iter().any(|(_, set)| set.has(member));
        first.iter().filter(|&member| is_alone(member)).for_each(visit);
        return None;
    }
    let mut rest = scratch();
    first.iter().for_each(|member| _ = rest.add_entry(member, limits));
    for (_, other) in others {
        if rest.is_empty() {
            break;
        }
        other.iter().for_each(|member| _ = rest.remove_entry(member));
    }
    Some(rest)
}

/// `SDIFF key [key …]`: the members of the first set that no other has.
pub fn sdiff(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let Some(places) = lookup(call, 1..call.args.len()) else { return };
    let sets = sets(call.server, db, &places);
    let mut found = Vec::new();
    let rest = subtract(&sets, || scratch(&sets, limits), limits, |member| found.push(member));
    call.reply.set(rest.as_ref().map_or(found.len(), Set::len));
    rest.iter().flat_map(Set::iter).chain(found).for_each(|member| bulk_entry(call.reply, member));
}

/// `SDIFFSTORE destination key [key …]`
pub fn sdiffstore(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let Some(places) = lookup(call, 2..call.args.len()) else { return };
    let mut result = Set::default();
    let sets = sets(call.server, db, &places);
    let rest = subtract(&sets, Set::default, limits, |member| _ = result.add_entry(member, limits));
    store(call, rest.unwrap_or(result), "sdiffstore");
}

#[cfg(test)]
#[path = "algebra_tests.rs"]
mod tests;
