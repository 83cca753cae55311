//! The value type sorted set: members in the order of their scores; those with the same score in the order of their bytes.
//!
//! Redis: `src/t_zset.c` (`zsetAdd`, `zsetDel`, `zsetRank`, `zsetScore`, `zsetConvert`, `zsetConvertToListpackIfNeeded`);
//! `OBJ_ENCODING_LISTPACK`, `OBJ_ENCODING_SKIPLIST`.
//!
//! A few members with short names are packed ([`packed`]); more, or longer ones, are in a dict and a skiplist ([`sorted`]). A
//! range of scores or of names is first turned into a range of ranks; everything else (reading, counting, removing) is done
//! by ranks.

pub mod nodes;
mod packed;
pub mod range;
pub mod skiplist;
pub mod sorted;

use super::listpack::{Entry, Listpack};
use crate::base::random::KeyedHash;
use range::Range;
use skiplist::Visitor;
use sorted::{Sorted, Walk};

/// When a sorted set is packed: the settings `zset-max-listpack-entries` and `zset-max-listpack-value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many members it has at most.
    pub entries: usize,
    /// How many bytes a member has at most.
    pub value: usize,
    /// The hash function of the dict that a larger one has.
    pub hasher: KeyedHash,
}

/// A packed sorted set is never larger than this, whatever the settings say. Redis: `LISTPACK_MAX_SAFETY_LIMIT`.
const LARGEST: usize = 1 << 30;

/// A sorted set.
#[derive(Clone, Debug)]
// ANCHOR: zset
pub enum Zset {
    /// Member, score, member, score … in order.
    Packed(Box<Listpack>),
    /// A dict and a skiplist.
    Sorted(Box<Sorted>),
}
// ANCHOR_END: zset

impl Default for Zset {
    fn default() -> Zset {
        Zset::Packed(Box::default())
    }
}

/// What became of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It has another score.
    Updated,
    /// Nothing.
    None,
}

impl Zset {
    /// An empty one that will soon have so many members, the first of which has a name so long. Redis: `zsetTypeCreate`.
    pub fn new(members: usize, name: usize, limits: Limits) -> Zset {
        match members <= limits.entries && name <= limits.value {
            true => Zset::default(),
            false => Zset::Sorted(Box::new(Sorted::new(limits.hasher))),
        }
    }

    /// These members with these scores, not packed.
    pub fn from_members(members: skiplist::Members, hasher: KeyedHash) -> Zset {
        Zset::Sorted(Box::new(Sorted::from_members(members, hasher)))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        match self {
            Zset::Packed(pack) => pack.len() / 2,
            Zset::Sorted(sorted) => sorted.list().len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What OBJECT ENCODING says of it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Zset::Packed(_) => "listpack",
            Zset::Sorted(_) => "skiplist",
        }
    }

    /// A member's score.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match self {
            Zset::Packed(pack) => packed::find(pack, member).map(|(_, _, score)| score),
            Zset::Sorted(sorted) => sorted.members().get(member).copied(),
        }
    }

    /// Adds a member, or changes its score.
    pub fn add(&mut self, member: &[u8], score: f64, limits: Limits) -> Change {
        self.update(member, limits, |_| Some(score))
    }

    /// Gives a member the score that `decide` makes of the old one, if it has one; None leaves all as it is. The score must be
    /// a number. Redis: `zsetAdd`.
    pub fn update(
        &mut self,
        member: &[u8],
        limits: Limits,
        decide: impl FnOnce(Option<f64>) -> Option<f64>,
    ) -> Change {
        match self {
            Zset::Packed(pack) => match packed::find(pack, member) {
                Some((_, position, old)) => match decide(Some(old)) {
                    Some(score) if score != old => {
                        pack.remove(position, 2);
                        packed::insert(pack, member, score);
                        Change::Updated
                    }
                    _ => Change::None,
                },
                None => {
                    let Some(score) = decide(None) else { return Change::None };
                    let fits = pack.len() / 2 < limits.entries
                        && member.len() <= limits.value
                        && pack.size() + member.len() <= LARGEST;
                    if fits {
                        packed::insert(pack, member, score);
                    } else {
                        let mut sorted = unpacked(pack, limits.hasher);
                        sorted.insert(member, score);
                        *self = Zset::Sorted(Box::new(sorted));
                    }
                    Change::Added
                }
            },
            Zset::Sorted(sorted) => match sorted.members().find(member) {
                Some(place) => {
                    let old = *sorted.members().value(place);
                    match decide(Some(old)) {
                        Some(score) if score != old => {
                            sorted.change_score(place, score);
                            Change::Updated
                        }
                        _ => Change::None,
                    }
                }
                None => {
                    let Some(score) = decide(None) else { return Change::None };
                    sorted.insert(member, score);
                    Change::Added
                }
            },
        }
    }

    /// Removes a member. Whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self {
            Zset::Packed(pack) => {
                let found = packed::find(pack, member);
                if let Some((_, position, _)) = found {
                    pack.remove(position, 2);
                }
                found.is_some()
            }
            Zset::Sorted(sorted) => sorted.remove(member),
        }
    }

    /// Removes the members with these ranks. There must be such.
    pub fn remove_ranks(&mut self, ranks: std::ops::Range<usize>) {
        match self {
            _ if ranks.is_empty() => {}
            Zset::Packed(pack) => pack.remove(pack.position(2 * ranks.start), 2 * ranks.len()),
            Zset::Sorted(sorted) => sorted.remove_ranks(ranks),
        }
    }

    /// How many members are before a member, and its score. The search in a skiplist shows itself to `visitor`.
    pub fn rank(&self, member: &[u8], visitor: &mut impl Visitor) -> Option<(usize, f64)> {
        match self {
            Zset::Packed(pack) => packed::find(pack, member).map(|(rank, _, score)| (rank, score)),
            Zset::Sorted(sorted) => sorted.rank(member, visitor),
        }
    }

    /// The ranks of the members in a range. `from_end`: where the range of names ends several times, because the scores
    /// differ, it is the last one.
    pub fn ranks(&self, range: &Range<'_>, from_end: bool) -> std::ops::Range<usize> {
        match self {
            Zset::Packed(pack) => packed::ranks(pack, range, from_end),
            Zset::Sorted(sorted) => sorted.ranks(range),
        }
    }

    /// The members with these ranks and their scores, the last one first if `backward`. There must be such.
    pub fn range(&self, ranks: std::ops::Range<usize>, backward: bool) -> Iter<'_> {
        let count = ranks.len();
        let start = if backward { ranks.end.saturating_sub(1) } else { ranks.start };
        let walk = match self {
            Zset::Packed(pack) if backward => {
                let pairs = packed::pairs(pack);
                let skip = (pack.len() / 2).saturating_sub(ranks.end);
                Members::PackedBack(pairs.rev().skip(skip))
            }
            Zset::Packed(pack) => Members::Packed(packed::pairs(pack).skip(start)),
            Zset::Sorted(sorted) => Members::Sorted(Walk::new(sorted, start, backward)),
        };
        Iter { walk, left: count }
    }

    /// Every member with its score, in order.
    pub fn iter(&self) -> Iter<'_> {
        self.range(0..self.len(), false)
    }

    /// A member that `random` chooses, with its score. None: there is none.
    pub fn random(&self, mut random: impl FnMut() -> u64) -> Option<(Entry<'_>, f64)> {
        match self {
            Zset::Packed(pack) if pack.is_empty() => None,
            Zset::Packed(pack) => {
                let position = pack.position((random() % (pack.len() as u64 / 2)) as usize * 2);
                Some((pack.at(position), packed::score(pack.at(pack.next(position)))))
            }
            Zset::Sorted(sorted) => {
                let members = sorted.members();
                members.random(random).map(|place| (Entry::Bytes(members.key(place)), *members.value(place)))
            }
        }
    }

    /// One step of ZSCAN: packed, all at once.
    pub fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(Entry<'a>, f64)) -> u64 {
        match self {
            Zset::Packed(_) => {
                self.iter().for_each(|(member, score)| visit(member, score));
                0
            }
            Zset::Sorted(sorted) => {
                let members = sorted.members();
                members.scan(cursor, |place| visit(Entry::Bytes(members.key(place)), *members.value(place)))
            }
        }
    }

    /// So many members are about to be added: unpacks it if they are too many. Redis: `zsetTypeMaybeConvert`.
    pub fn prepare(&mut self, members: usize, limits: Limits) {
        if let Zset::Packed(pack) = self
            && members > limits.entries
        {
            *self = Zset::Sorted(Box::new(unpacked(pack, limits.hasher)));
        }
    }

    /// Packs it, if it is small enough. Redis: `zsetConvertToListpackIfNeeded`.
    pub fn pack(&mut self, limits: Limits) {
        let Zset::Sorted(sorted) = self else { return };
        let lengths = || sorted.members().iter().map(|(member, _)| member.len());
        if sorted.list().len() <= limits.entries
            && lengths().all(|length| length <= limits.value)
            && lengths().sum::<usize>() <= LARGEST
        {
            let mut pack = Box::<Listpack>::default();
            self.iter().for_each(|(member, score)| {
                packed::push_back(&mut pack, member.bytes(&mut itoa::Buffer::new()), score);
            });
            *self = Zset::Packed(pack);
        }
    }
}

/// The same members in a dict and a skiplist. Redis: `zsetConvertAndExpand`.
fn unpacked(pack: &Listpack, hasher: KeyedHash) -> Sorted {
    let mut sorted = Sorted::new(hasher);
    for (_, member, score) in packed::pairs(pack) {
        sorted.insert(member.bytes(&mut itoa::Buffer::new()), packed::score(score));
    }
    sorted
}

/// Members with their scores.
#[derive(Clone)]
pub struct Iter<'a> {
    walk: Members<'a>,
    left: usize,
}

#[derive(Clone)]
enum Members<'a> {
    Packed(std::iter::Skip<packed::Pairs<'a>>),
    PackedBack(std::iter::Skip<std::iter::Rev<packed::Pairs<'a>>>),
    Sorted(Walk<'a>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Entry<'a>, f64);

    fn next(&mut self) -> Option<(Entry<'a>, f64)> {
        self.left = self.left.checked_sub(1)?;
        let (_, member, score) = match &mut self.walk {
            Members::Sorted(walk) => return walk.next().map(|(member, score)| (Entry::Bytes(member), score)),
            Members::Packed(pairs) => pairs.next()?,
            Members::PackedBack(pairs) => pairs.next()?,
        };
        Some((member, packed::score(score)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
#[path = "zset_tests.rs"]
mod tests;
