//! Members that chance chooses: one, several, or all but a few.
//!
//! Redis: `src/t_set.c` (`setTypeRandomElement`, `setTypePopRandom`, `spopWithCountCommand`); `src/listpack.c`,
//! `lpNextRandom`.

use super::{Limits, Set};
use crate::keyspace::listpack::{Entry, Listpack};

/// While this many times what stays is more than what is taken out, members are taken out one by one. Redis:
/// `SPOP_MOVE_STRATEGY_MUL`.
const MOVE_BELOW: usize = 5;

impl Set {
    /// A member that `random` chooses. None: there is none.
    pub fn random(&self, mut random: impl FnMut() -> u64) -> Option<Entry<'_>> {
        if self.is_empty() {
            return None;
        }
        match self {
            Set::Numbers(numbers) => {
                numbers.get((random() % numbers.len() as u64) as usize).map(Entry::Number)
            }
            Set::Packed(pack) => Some(pack.at(pack.position((random() % pack.len() as u64) as usize))),
            Set::Dict(members) => members.random(random).map(Entry::Bytes),
        }
    }

    /// Takes a member out that `random` chooses, and shows it to `visit`. Nothing happens if there is none.
    pub fn pop(&mut self, mut random: impl FnMut() -> u64, visit: impl FnOnce(Entry<'_>)) {
        if self.is_empty() {
            return;
        }
        match self {
            Set::Numbers(numbers) => {
                if let Some(number) = numbers.get((random() % numbers.len() as u64) as usize) {
                    visit(Entry::Number(number));
                    numbers.remove(number);
                }
            }
            Set::Packed(pack) => {
                let position = pack.position((random() % pack.len() as u64) as usize);
                visit(pack.at(position));
                pack.remove(position, 1);
            }
            Set::Dict(members) => members.pop(random, |member| visit(Entry::Bytes(member))),
        }
    }

    /// Takes `count` members out, fewer than there are, and shows each to `visit`.
    ///
    /// A packed set is walked once. Otherwise members are drawn and removed one by one; but if nearly all go, those that stay
    /// are drawn, and become a new set, whose encoding begins anew.
    // ANCHOR: pop-many
    pub fn pop_many(
        &mut self,
        count: usize,
        mut random: impl FnMut() -> u64,
        limits: Limits,
        mut visit: impl FnMut(Entry<'_>),
    ) {
        let stay = self.len().saturating_sub(count);
        let one_by_one = stay.saturating_mul(MOVE_BELOW) > count;
        match self {
            Set::Packed(_) => {
                let mut rest = Listpack::default();
                let mut place = itoa::Buffer::new();
                self.choose(count, random, |member, chosen| match chosen {
                    true => visit(member),
                    false => rest.push_back(member.bytes(&mut place)),
                });
                *self = Set::Packed(Box::new(rest));
                let is_too_long = |member: Entry<'_>| member.len() > limits.value;
                if !one_by_one && (stay > limits.entries || self.iter().any(is_too_long)) {
                    self.unpack(limits.hasher);
                }
            }
            _ if one_by_one => (0..count).for_each(|_| self.pop(&mut random, &mut visit)),
            _ => {
                let mut rest = match self {
                    Set::Numbers(_) => Set::default(),
                    _ => Set::Packed(Box::default()),
                };
                (0..stay).for_each(|_| self.pop(&mut random, |member| _ = rest.add_entry(member, limits)));
                self.iter().for_each(visit);
                *self = rest;
            }
        }
    }
    // ANCHOR_END: pop-many

    /// Walks all members, and says of `count` of them that they are chosen: each with the odds that are left, so that every
    /// choice is as likely.
    // ANCHOR: choose
    pub fn choose<'a>(
        &'a self,
        count: usize,
        mut random: impl FnMut() -> u64,
        mut visit: impl FnMut(Entry<'a>, bool),
    ) {
        let (mut left, mut needed) = (self.len() as u64, count as u64);
        for member in self.iter() {
            let chosen = needed > 0 && random() % left < needed;
            needed -= u64::from(chosen);
            left -= 1;
            visit(member, chosen);
        }
    }
    // ANCHOR_END: choose
}
