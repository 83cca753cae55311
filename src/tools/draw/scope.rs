//! How much of a server is looked at: all of it, or as much as there is time for.
//!
//! Redis has no counterpart. A scenario's server is small and copied whole. A server that is in use may hold a million names:
//! then a few are copied, those that are asked for first, and all the others are counted.

use crate::base::ids::ClientKey;
use memchr::memmem::Finder;

/// Some of many, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown<T> {
    /// Those that are shown.
    pub shown: T,
    /// How many are not.
    pub more: usize,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Of the other channels, patterns and keys, those whose names have this text in them; empty: any.
    pub filter: Vec<u8>,
    /// These channels come first.
    pub channels: Vec<Vec<u8>>,
    /// These clients come first; after them come those in the lists that are shown.
    pub clients: Vec<ClientKey>,
    /// The most names of a dict, and the most clients.
    pub most_names: usize,
    /// The most parts of what a name leads to, and the most nodes of the list of patterns.
    pub most_parts: usize,
    /// So many names of a dict are held against the filter; those behind them are only counted.
    pub most_looked_at: usize,
}

impl Scope {
    /// Everything.
    pub fn all() -> Scope {
        Scope {
            filter: Vec::new(),
            channels: Vec::new(),
            clients: Vec::new(),
            most_names: usize::MAX,
            most_parts: usize::MAX,
            most_looked_at: usize::MAX,
        }
    }

    /// As much as fits into one picture, of a server of any size: about a millisecond's work.
    pub fn a_picture() -> Scope {
        Scope { most_names: 14, most_parts: 30, most_looked_at: 20_000, ..Scope::all() }
    }

    /// The names of a dict that are looked for, of `total`, in their order, with what they lead to.
    pub(super) fn names<T>(
        &self,
        total: usize,
        all: impl Iterator<Item = T>,
        name: impl Fn(&T) -> &[u8],
    ) -> Shown<Vec<T>> {
        self.some(self.most_names, total, all, name)
    }

    fn some<T>(
        &self,
        most: usize,
        total: usize,
        all: impl Iterator<Item = T>,
        name: impl Fn(&T) -> &[u8],
    ) -> Shown<Vec<T>> {
        let finder = Finder::new(&self.filter);
        let looked_at = all.take(self.most_looked_at);
        let shown: Vec<T> = looked_at.filter(|item| finder.find(name(item)).is_some()).take(most).collect();
        let more = total.saturating_sub(shown.len());
        Shown { shown, more }
    }

    /// The nodes of the list of patterns whose patterns are looked for, of `total`.
    pub(super) fn nodes<'a>(
        &self,
        total: usize,
        all: impl Iterator<Item = (ClientKey, &'a [u8])>,
    ) -> Shown<Vec<(ClientKey, &'a [u8])>> {
        self.some(self.most_parts, total, all, |(_, pattern)| pattern)
    }

    /// The first parts of `total`.
    pub(super) fn parts<T, C: FromIterator<T>>(
        &self,
        total: usize,
        all: impl Iterator<Item = T>,
    ) -> Shown<C> {
        Shown { shown: all.take(self.most_parts).collect(), more: total.saturating_sub(self.most_parts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_found_and_the_rest_is_counted() {
        let names = ["rain", "wind", "rainfall", "snow", "train"];
        let found = |scope: &Scope| {
            let Shown { shown, more } = scope.names(names.len(), names.iter(), |name| name.as_bytes());
            (shown.into_iter().copied().collect::<Vec<_>>(), more)
        };
        assert_eq!(found(&Scope::all()), (names.to_vec(), 0));
        let rain = Scope { filter: b"rain".to_vec(), ..Scope::all() };
        assert_eq!(found(&rain), (vec!["rain", "rainfall", "train"], 2));
        assert_eq!(found(&Scope { most_names: 2, ..rain.clone() }), (vec!["rain", "rainfall"], 3));
        assert_eq!(found(&Scope { most_looked_at: 2, ..rain }), (vec!["rain"], 4));
    }
}
