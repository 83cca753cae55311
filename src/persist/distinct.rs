//! Names that must differ from one another: fields, members.
//!
//! Redis: `lpValidateIntegrityAndDups` in `src/rdb.c`, and the dict `dupSearchDict` of `rdbLoadObject`.

use super::read::Corrupt;
use crate::base::random::KeyedHash;
use crate::keyspace::dict::Dict;
use crate::keyspace::listpack::{Entry, Listpack};

/// The names that there were so far.
pub struct Distinct(Dict<()>);

impl Distinct {
    /// None so far.
    pub fn new(hasher: KeyedHash) -> Distinct {
        Distinct(Dict::new(hasher))
    }

    /// One more, which must be new.
    pub fn add(&mut self, name: &[u8]) -> Result<(), Corrupt> {
        if self.0.find(name).is_some() {
            return Err(Corrupt("the same name twice"));
        }
        self.0.add(name, ());
        Ok(())
    }

    /// Whether a listpack has entries in groups of `group`, at least one of them, and the first ones of all groups differ.
    pub fn check(pack: &Listpack, group: usize, hasher: KeyedHash) -> Result<(), Corrupt> {
        if pack.is_empty() {
            return Err(Corrupt::EMPTY);
        }
        if !pack.len().is_multiple_of(group) {
            return Err(Corrupt("an element that is not whole"));
        }
        let mut distinct = Distinct::new(hasher);
        let mut firsts = pack.iter().step_by(group).map(|(_, entry): (_, Entry<'_>)| entry);
        firsts.try_for_each(|name| distinct.add(name.bytes(&mut itoa::Buffer::new())))
    }
}
