//! A small sorted set: members and their scores packed one after another, in order.
//!
//! Redis: `src/t_zset.c`, `zzlFind`, `zzlInsert`, `zzlGetScore`, `zzlFirstInRange` and the others that begin with `zzl`.
//!
//! A score is packed as a whole number if it is one, and else as the text that it is printed as. So -0 is 0 here, as in
//! Redis.

use super::range::Range;
use crate::keyspace::listpack::{self, Entry, Listpack, Position};
use crate::text::double;

/// Members with their scores, from both ends.
#[derive(Clone)]
pub struct Pairs<'a>(listpack::Iter<'a>);

/// A member, where it is, and its score as it is packed.
type Pair<'a> = (Position, Entry<'a>, Entry<'a>);

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    #[inline]
    fn next(&mut self) -> Option<Pair<'a>> {
        let (position, member) = self.0.next()?;
        let (_, score) = self.0.next()?;
        Some((position, member, score))
    }

    fn nth(&mut self, count: usize) -> Option<Pair<'a>> {
        let (position, member) = self.0.nth(2 * count)?;
        let (_, score) = self.0.next()?;
        Some((position, member, score))
    }
}

impl DoubleEndedIterator for Pairs<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let (_, score) = self.0.next_back()?;
        let (position, member) = self.0.next_back()?;
        Some((position, member, score))
    }
}

/// The members in order.
pub fn pairs(pack: &Listpack) -> Pairs<'_> {
    Pairs(pack.iter())
}

/// The score that is packed so. Redis: `zzlGetScore`.
pub fn score(entry: Entry<'_>) -> f64 {
    match entry {
        Entry::Number(number) => number as f64,
        Entry::Bytes(text) => double::parse_saturating(text).unwrap_or_default(),
    }
}

/// A member's rank, where it is, and its score. Redis: `zzlFind`.
pub fn find(pack: &Listpack, member: &[u8]) -> Option<(usize, Position, f64)> {
    let (number, position) = pack.find(member, 2)?;
    Some((number / 2, position, score(pack.at(pack.next(position)))))
}

/// Adds a member that is not there. Redis: `zzlInsert`.
pub fn insert(pack: &mut Listpack, member: &[u8], value: f64) {
    let mut digits = itoa::Buffer::new();
    let after = pairs(pack).find(|&(_, entry, other)| {
        let other = score(other);
        other > value || (other == value && entry.bytes(&mut digits) > member)
    });
    let position = after.map_or(pack.size(), |(position, ..)| position);
    insert_at(pack, position, member, value);
}

/// Adds a member that comes after all others.
pub fn push_back(pack: &mut Listpack, member: &[u8], value: f64) {
    insert_at(pack, pack.size(), member, value);
}

/// Redis: `zzlInsertAt`.
fn insert_at(pack: &mut Listpack, position: Position, member: &[u8], value: f64) {
    pack.insert(position, member);
    let position = pack.next(position);
    match double::whole(value) {
        Some(number) => pack.insert_entry(position, Entry::Number(number)),
        None => pack.insert(position, &double::text(value)),
    }
}

/// The ranks of the members in a range. Where the scores differ, a range of names may begin and end at several places: it is
/// looked for from the end if `from_end`. Redis: `zzlFirstInRange`, `zzlLastInLexRange` and their siblings.
pub fn ranks(pack: &Listpack, range: &Range<'_>, from_end: bool) -> std::ops::Range<usize> {
    let (first, last) = (pairs(pack).next(), pairs(pack).next_back());
    let some = !range.is_empty()
        && first.is_some_and(|first| is_within_max(range, first))
        && last.is_some_and(|last| reaches_min(range, last));
    if !some {
        return 0..0;
    }
    if from_end {
        let (above, inside) =
            run(pairs(pack).rev(), |&pair| is_within_max(range, pair), |&pair| reaches_min(range, pair));
        let end = pack.len() / 2 - above;
        return end - inside..end;
    }
    let (below, inside) =
        run(pairs(pack), |&pair| reaches_min(range, pair), |&pair| is_within_max(range, pair));
    below..below + inside
}

/// The number of pairs before the first that `begins`, and the number of pairs from there on, up to the first that fails
/// `continues`.
fn run<'a>(
    mut pairs: impl Iterator<Item = Pair<'a>>,
    mut begins: impl FnMut(&Pair<'a>) -> bool,
    mut continues: impl FnMut(&Pair<'a>) -> bool,
) -> (usize, usize) {
    let mut before = 0;
    let first = pairs.find(|pair| {
        let found = begins(pair);
        before += usize::from(!found);
        found
    });
    let inside = first.into_iter().chain(pairs).take_while(|pair| continues(pair)).count();
    (before, inside)
}

/// The name of a member, if the range compares names; a range of scores reads none.
fn name<'a>(range: &Range<'_>, member: Entry<'a>, place: &'a mut itoa::Buffer) -> &'a [u8] {
    match range {
        Range::Score { .. } => b"",
        Range::Lex { .. } => member.bytes(place),
    }
}

fn reaches_min(range: &Range<'_>, (_, member, value): Pair<'_>) -> bool {
    range.reaches_min(score(value), name(range, member, &mut itoa::Buffer::new()))
}

fn is_within_max(range: &Range<'_>, (_, member, value): Pair<'_>) -> bool {
    range.is_within_max(score(value), name(range, member, &mut itoa::Buffer::new()))
}
