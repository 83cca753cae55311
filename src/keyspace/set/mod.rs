//! The value type set: members, each once. Numbers alone stand in order in an intset; a few short members stand packed in the
//! order in which they came; more, or longer ones, are in a dict.
//!
//! Redis: `src/t_set.c` (`setTypeCreate`, `setTypeMaybeConvert`, `setTypeAddAux`, `setTypeRemoveAux`, `setTypeIsMemberAux`,
//! `setTypeConvertAndExpand`, `maybeConvertToIntset`); `OBJ_ENCODING_INTSET`, `OBJ_ENCODING_LISTPACK`, `OBJ_ENCODING_HT`.
//!
//! A set only ever becomes more general: removing members does not change its encoding. What a command stores is a new set
//! and gets its encoding anew.

mod draw;
pub mod intset;
pub mod members;
mod records;

use super::listpack::{Entry, Listpack, Position};
use crate::base::random::KeyedHash;
use crate::text::integer::parse_integer;
use intset::Intset;
use members::Members;

/// Which sets are small: the settings `set-max-intset-entries`, `set-max-listpack-entries`, `set-max-listpack-value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many numbers an intset has at most.
    pub intset: usize,
    /// How many members a packed set has at most.
    pub entries: usize,
    /// How many bytes a member of a packed set has at most.
    pub value: usize,
    /// The hash function of the dict that a larger one becomes.
    pub hasher: KeyedHash,
}

impl Limits {
    /// How many numbers an intset really has at most. Redis: `intsetMaxEntries`.
    fn numbers(self) -> usize {
        self.intset.min(1 << 30)
    }
}

/// A packed set is never larger than this, whatever the settings say. Redis: `LISTPACK_MAX_SAFETY_LIMIT`.
const LARGEST: usize = 1 << 30;

/// A set.
#[derive(Clone, Debug)]
// ANCHOR: set
pub enum Set {
    /// Numbers in ascending order.
    Numbers(Box<Intset>),
    /// Members in the order in which they came.
    Packed(Box<Listpack>),
    /// Members by their hash.
    Dict(Box<Members>),
}
// ANCHOR_END: set

impl Default for Set {
    fn default() -> Self {
        Set::Numbers(Box::default())
    }
}

/// Where a packed member is.
fn find(pack: &Listpack, member: &[u8]) -> Option<Position> {
    pack.find(member, 1).map(|(_, position)| position)
}

impl Set {
    /// An empty set for about `hint` members, of which `first` is one. Redis: `setTypeCreate`.
    // ANCHOR: set-new
    pub fn new(first: &[u8], hint: usize, limits: Limits) -> Set {
        if hint <= limits.intset && parse_integer(first).is_some() {
            Set::Numbers(Box::default())
        } else if hint <= limits.entries {
            Set::Packed(Box::default())
        } else {
            Set::dict(limits)
        }
    }
    // ANCHOR_END: set-new

    /// An empty set that is a dict from the beginning.
    pub fn dict(limits: Limits) -> Set {
        Set::Dict(Box::new(Members::new(limits.hasher)))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        match self {
            Set::Numbers(numbers) => numbers.len(),
            Set::Packed(pack) => pack.len(),
            Set::Dict(members) => members.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What OBJECT ENCODING says of it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Set::Numbers(_) => "intset",
            Set::Packed(_) => "listpack",
            Set::Dict(_) => "hashtable",
        }
    }

    /// Whether these bytes are a member.
    pub fn contains(&self, member: &[u8]) -> bool {
        match self {
            Set::Numbers(numbers) => parse_integer(member).is_some_and(|number| numbers.contains(number)),
            Set::Packed(pack) => find(pack, member).is_some(),
            Set::Dict(members) => members.contains(member),
        }
    }

    /// Whether a member of another set is a member of this one.
    pub fn has(&self, member: Entry<'_>) -> bool {
        match (self, member) {
            (Set::Numbers(numbers), Entry::Number(number)) => numbers.contains(number),
            _ => self.contains(member.bytes(&mut itoa::Buffer::new())),
        }
    }

    /// About `count` members are about to be added: makes the set a dict if that is too many. Redis: `setTypeMaybeConvert`.
    pub fn prepare(&mut self, count: usize, limits: Limits) {
        let is_too_many = match self {
            Set::Numbers(_) => count > limits.intset,
            Set::Packed(_) => count > limits.entries,
            Set::Dict(_) => false,
        };
        if is_too_many {
            self.unpack(limits.hasher);
        }
    }

    /// Adds a member. Whether it is new. Redis: `setTypeAddAux`.
    // ANCHOR: set-add
    pub fn add(&mut self, member: &[u8], limits: Limits) -> bool {
        match self {
            Set::Numbers(numbers) => match parse_integer(member) {
                Some(number) => self.add_number(number, limits),
                None => {
                    let fits = numbers.len() < limits.entries
                        && member.len().max(longest(numbers)) <= limits.value
                        && packed_size(numbers) + member.len() <= LARGEST;
                    match fits {
                        true => self.pack(),
                        false => self.unpack(limits.hasher),
                    }
                    self.push(member)
                }
            },
            Set::Packed(pack) => {
                if find(pack, member).is_some() {
                    return false;
                }
                let fits = pack.len() < limits.entries
                    && member.len() <= limits.value
                    && pack.size() + member.len() <= LARGEST;
                if !fits {
                    self.unpack(limits.hasher);
                }
                self.push(member)
            }
            Set::Dict(members) => members.add(member),
        }
    }
    // ANCHOR_END: set-add

    /// Adds a member of another set. Whether it is new.
    pub fn add_entry(&mut self, member: Entry<'_>, limits: Limits) -> bool {
        match (&self, member) {
            (Set::Numbers(_), Entry::Number(number)) => self.add_number(number, limits),
            _ => self.add(member.bytes(&mut itoa::Buffer::new()), limits),
        }
    }

    /// Adds a number to an intset. Whether it is new. Redis: `maybeConvertIntset`.
    fn add_number(&mut self, number: i64, limits: Limits) -> bool {
        let Set::Numbers(numbers) = self else { return false };
        let is_new = numbers.add(number);
        if is_new && numbers.len() > limits.numbers() {
            self.unpack(limits.hasher);
        }
        is_new
    }

    /// Adds a member that is not there, and that an intset could not have.
    fn push(&mut self, member: &[u8]) -> bool {
        match self {
            Set::Numbers(_) => return false,
            Set::Packed(pack) => pack.push_back(member),
            Set::Dict(members) => _ = members.add(member),
        }
        true
    }

    /// Removes a member. Whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self {
            Set::Numbers(numbers) => parse_integer(member).is_some_and(|number| numbers.remove(number)),
            Set::Packed(pack) => {
                let found = find(pack, member);
                if let Some(position) = found {
                    pack.remove(position, 1);
                }
                found.is_some()
            }
            Set::Dict(members) => members.remove(member),
        }
    }

    /// Removes what is a member of another set. Whether it was there.
    pub fn remove_entry(&mut self, member: Entry<'_>) -> bool {
        match (&mut *self, member) {
            (Set::Numbers(numbers), Entry::Number(number)) => numbers.remove(number),
            _ => self.remove(member.bytes(&mut itoa::Buffer::new())),
        }
    }

    /// Every member: numbers in ascending order, packed ones in the order in which they came.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Entry<'_>> + '_> {
        match self {
            Set::Numbers(numbers) => Box::new(numbers.iter().map(Entry::Number)),
            Set::Packed(pack) => Box::new(pack.iter().map(|(_, entry)| entry)),
            Set::Dict(members) => Box::new(members.iter().map(Entry::Bytes)),
        }
    }

    /// One step of SSCAN: all at once, unless it is a dict.
    pub fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(Entry<'a>)) -> u64 {
        match self {
            Set::Dict(members) => members.scan(cursor, |member| visit(Entry::Bytes(member))),
            _ => {
                self.iter().for_each(visit);
                0
            }
        }
    }

    /// Makes a set of which all members are numbers an intset, unless they are too many. Redis: `maybeConvertToIntset`.
    pub fn pack_numbers(&mut self, limits: Limits) {
        if matches!(self, Set::Numbers(_)) || self.len() > limits.numbers() {
            return;
        }
        let mut numbers = Intset::default();
        for member in self.iter() {
            let number = match member {
                Entry::Number(number) => Some(number),
                Entry::Bytes(bytes) => parse_integer(bytes),
            };
            let Some(number) = number else { return };
            numbers.add(number);
        }
        *self = Set::Numbers(Box::new(numbers));
    }

    /// Makes an intset a packed set.
    fn pack(&mut self) {
        let mut pack = Listpack::default();
        let mut place = itoa::Buffer::new();
        self.iter().for_each(|member| pack.push_back(member.bytes(&mut place)));
        *self = Set::Packed(Box::new(pack));
    }

    /// Makes it a dict.
    fn unpack(&mut self, hasher: KeyedHash) {
        let mut members = Members::new(hasher);
        let mut place = itoa::Buffer::new();
        self.iter().for_each(|member| _ = members.add(member.bytes(&mut place)));
        *self = Set::Dict(Box::new(members));
    }
}

/// The smallest and the largest of the numbers.
fn extremes(numbers: &Intset) -> impl Iterator<Item = Entry<'static>> {
    let last = numbers.len().saturating_sub(1);
    [numbers.get(0), numbers.get(last)].into_iter().flatten().map(Entry::Number)
}

/// How many bytes the decimal of a number of the intset has at most.
fn longest(numbers: &Intset) -> usize {
    extremes(numbers).map(Entry::len).max().unwrap_or(0)
}

/// How many bytes the numbers take packed, at most. Redis: `lpEstimateBytesRepeatedInteger`.
fn packed_size(numbers: &Intset) -> usize {
    extremes(numbers).map(Entry::packed_size).max().unwrap_or(0) * numbers.len()
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
