//! Broadcasting: the clients that asked for every key with a prefix, and the keys that have changed in this turn.
//!
//! Redis: `PrefixTable` in `src/tracking.c` (`enableBcastTrackingForPrefix`, `trackingRememberKeyToBroadcast`,
//! `trackingBroadcastInvalidationMessages`, `checkPrefixCollisionsOrReply`).
//!
//! Different on purpose: Redis holds a changed key against every prefix there is. Here the prefixes are in order, and those
//! of a key are found from the longest to the shortest without visiting the others.

use crate::base::ids::ClientKey;
use crate::steps::{Registry, readable, step};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

/// A set of prefixes, in order.
pub type PrefixSet<T = ()> = BTreeMap<Box<[u8]>, T>;

/// The keys with one prefix that have changed, in order, and the client that changed each last; None: none did, or a script.
pub type Changed = BTreeMap<Arc<[u8]>, Option<ClientKey>>;

/// Which clients asked for which prefixes, and what has changed.
#[derive(Default)]
pub struct Prefixes {
    clients: PrefixSet<BTreeSet<ClientKey>>,
    changed: PrefixSet<Changed>,
    /// The bytes of the names in `changed`.
    changed_bytes: usize,
}

impl Prefixes {
    /// A client asks for every key that begins with `prefix`.
    pub fn join(&mut self, client: ClientKey, prefix: &[u8]) {
        let clients = self.clients.entry(prefix.into()).or_insert_with(|| {
            step!(Entered { dict: Registry::TrackingPrefixes, name: readable(prefix) });
            BTreeSet::new()
        });
        if clients.insert(client) {
            let (dict, name) = (Registry::TrackingPrefixes, readable(prefix));
            step!(Appended { dict, name, client, length: clients.len() });
        }
    }

    /// It no longer does. What has changed is forgotten with the last client.
    pub fn leave(&mut self, client: ClientKey, prefix: &[u8]) {
        let Some(clients) = self.clients.get_mut(prefix) else { return };
        clients.remove(&client);
        let (dict, length) = (Registry::TrackingPrefixes, clients.len());
        step!(Unlinked { dict, name: readable(prefix), client, length });
        if length == 0 {
            step!(Left { dict, name: readable(prefix) });
            self.clients.remove(prefix);
            self.changed.remove(prefix);
        }
    }

    /// A key has changed: notes it for each of its prefixes, until [`Prefixes::take_changed`].
    // ANCHOR: note-prefixes
    pub fn note(&mut self, key: &[u8], writer: Option<ClientKey>) {
        let mut name: Option<Arc<[u8]>> = None;
        for prefix in of_key(&self.clients, key) {
            let changed = match self.changed.get_mut(prefix) {
                Some(changed) => changed,
                None => self.changed.entry(prefix.into()).or_default(),
            };
            if let Some(last) = changed.get_mut(key) {
                *last = writer;
                continue;
            }
            step!(Noted { prefix: readable(prefix), key: readable(key) });
            let name = name.get_or_insert_with(|| {
                self.changed_bytes += key.len();
                key.into()
            });
            changed.insert(name.clone(), writer);
        }
    }
    // ANCHOR_END: note-prefixes

    /// Whether a key was noted.
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The bytes of the names that were noted.
    pub fn changed_bytes(&self) -> usize {
        self.changed_bytes
    }

    /// Takes out what has changed, for each prefix.
    pub fn take_changed(&mut self) -> PrefixSet<Changed> {
        self.changed_bytes = 0;
        std::mem::take(&mut self.changed)
    }

    /// The clients that asked for a prefix.
    pub fn clients(&self, prefix: &[u8]) -> impl Iterator<Item = ClientKey> + '_ {
        self.clients.get(prefix).into_iter().flatten().copied()
    }

    /// Every prefix with its clients, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], impl Iterator<Item = ClientKey> + '_)> {
        self.clients.iter().map(|(prefix, clients)| (&**prefix, clients.iter().copied()))
    }

    /// How many prefixes there are: `tracking_total_prefixes`.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether no client asked for a prefix.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }
}

/// Those of `set` that `key` begins with, the longest first.
// ANCHOR: prefixes-of-key
fn of_key<'a, T>(set: &'a PrefixSet<T>, key: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a, T> {
    let mut longest = Some(key.len());
    std::iter::from_fn(move || {
        while let Some(length) = longest {
            // The last one that is not behind this much of the key: it is all of it, a beginning of it, or shares a beginning
            // with it. Nothing longer than what they share is a prefix.
            let at_most = Bound::Included(&key[..length]);
            let (found, _) = set.range::<[u8], _>((Bound::Unbounded, at_most)).next_back()?;
            let shared = found.iter().zip(key).take_while(|(a, b)| a == b).count();
            if shared == found.len() {
                longest = shared.checked_sub(1);
                return Some(&**found);
            }
            longest = Some(shared);
        }
        None
    })
}
// ANCHOR_END: prefixes-of-key

/// The first of `set` that begins with `prefix`, or that `prefix` begins with. Redis: `stringCheckPrefix`.
fn overlapping<'a, T>(set: &'a PrefixSet<T>, prefix: &'a [u8]) -> Option<&'a [u8]> {
    let longer = set.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded)).next();
    let longer = longer.map(|(found, _)| &**found).filter(|found| found.starts_with(prefix));
    of_key(set, prefix).last().or(longer)
}

/// Two prefixes of one client that would announce the same keys.
#[derive(Debug, PartialEq, Eq)]
pub enum Overlap<'a> {
    /// A new one, and one that the client has.
    Existing(&'a [u8], &'a [u8]),
    /// Two new ones.
    New(&'a [u8], &'a [u8]),
}

/// The first of the `new` prefixes that overlaps with one that a client has, or with one behind it.
pub fn find_overlap<'a>(existing: &'a PrefixSet, new: &[&'a [u8]]) -> Option<Overlap<'a>> {
    let with_existing =
        new.iter().enumerate().find_map(|(at, prefix)| Some((at, overlapping(existing, prefix)?)));
    let mut behind = PrefixSet::default();
    let mut with_new = None;
    for (at, &prefix) in new.iter().enumerate().rev() {
        if overlapping(&behind, prefix).is_some() {
            with_new = Some(at);
        }
        behind.insert(prefix.into(), ());
    }
    match (with_existing, with_new) {
        (Some((at, found)), with_new) if with_new.is_none_or(|other| at <= other) => {
            Some(Overlap::Existing(new[at], found))
        }
        (_, Some(at)) => {
            let overlaps = |other: &&&[u8]| other.starts_with(new[at]) || new[at].starts_with(other);
            new[at + 1..].iter().find(overlaps).map(|other| Overlap::New(new[at], other))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    fn set(prefixes: &[Vec<u8>]) -> PrefixSet {
        prefixes.iter().map(|prefix| (prefix.as_slice().into(), ())).collect()
    }

    /// Short, and of few letters, so that they overlap.
    fn narrow(names: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        names.into_iter().map(|name| name.into_iter().take(4).map(|byte| byte % 3).collect()).collect()
    }

    fn overlap(a: &[u8], b: &[u8]) -> bool {
        a.starts_with(b) || b.starts_with(a)
    }

    quickcheck! {
        fn the_prefixes_of_a_key_are_found_as_if_all_were_looked_at(prefixes: Vec<Vec<u8>>, key: Vec<u8>) -> bool {
            let (prefixes, key) = (set(&narrow(prefixes)), narrow(vec![key]).remove(0));
            let mut expected: Vec<&[u8]> =
                prefixes.keys().map(|prefix| &**prefix).filter(|prefix| key.starts_with(prefix)).collect();
            expected.reverse();
            of_key(&prefixes, &key).collect::<Vec<_>>() == expected
        }

        fn an_overlap_is_the_one_that_a_search_through_all_pairs_finds(existing: Vec<Vec<u8>>, new: Vec<Vec<u8>>) -> bool {
            let (existing, new) = (set(&narrow(existing)), narrow(new));
            let new: Vec<&[u8]> = new.iter().map(Vec::as_slice).collect();
            let mut expected = None;
            'search: for (at, prefix) in new.iter().enumerate() {
                for found in existing.keys() {
                    if overlap(found, prefix) {
                        expected = Some(Overlap::Existing(prefix, found));
                        break 'search;
                    }
                }
                for other in &new[at + 1..] {
                    if overlap(prefix, other) {
                        expected = Some(Overlap::New(prefix, other));
                        break 'search;
                    }
                }
            }
            find_overlap(&existing, &new) == expected
        }
    }
}
