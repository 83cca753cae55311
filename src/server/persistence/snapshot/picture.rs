//! Which keys the databases had when a snapshot began, and which of them it is done with.
//!
//! Redis: none; the memory of the child process is the picture.
//!
//! ```text
//! databases   0: finished   3: here, at place 700   7: not begun
//! places      3: [ saved … | 700 … end at the start ]   keys born since stand anywhere, and are marked
//! ```
//!
//! A database is known by the number that it had at the start. It may have another one since (SWAPDB), or none any more
//! (FLUSHDB): then what is left of it belongs to the picture, which frees it key by key.

use crate::base::small_bytes::SmallBytes;
use crate::keyspace::dict::Place;
use crate::keyspace::{Database, Item, Keyspace};

/// The databases of the start.
pub struct Picture {
    /// Those that had keys, by number.
    databases: Vec<Pictured>,
    /// Which of them is being saved.
    at: usize,
    /// How many keys there were in all.
    pub keys: usize,
}

/// One database.
pub struct Pictured {
    /// Its number at the start.
    pub number: u32,
    /// How many keys it had, and how many of them were to expire.
    pub sizes: (u64, u64),
    /// Whether the file says that it begins.
    pub is_announced: bool,
    /// Where its keys are now.
    source: Source,
    /// The next place to be saved: keys before it are done with.
    pub progress: Place,
    /// The first place that had no key at the start, nor any behind it.
    end: Place,
}

enum Source {
    /// In the keyspace, under this number.
    Keyspace(u32),
    /// Here: it was flushed.
    Flushed(Flushed),
}

/// What is left of a database that was flushed.
struct Flushed {
    rest: Box<dyn Iterator<Item = (Place, SmallBytes, Item)>>,
    /// The next key.
    next: Option<(Place, SmallBytes, Item)>,
}

impl Picture {
    /// The keyspace as it is now.
    pub fn of(keyspace: &Keyspace) -> Picture {
        let databases = keyspace.in_use().map(|(number, database)| Pictured {
            number,
            sizes: (database.len() as u64, database.expiring() as u64),
            is_announced: false,
            source: Source::Keyspace(number),
            progress: 0,
            end: database.places_end(),
        });
        let keys = keyspace.in_use().map(|(_, database)| database.len()).sum();
        Picture { databases: databases.collect(), at: 0, keys }
    }

    /// The database that is being saved; None: all are.
    pub fn current(&mut self) -> Option<&mut Pictured> {
        self.databases.get_mut(self.at)
    }

    /// The current database is saved.
    pub fn finish_current(&mut self) {
        if let Some(done) = self.databases.get_mut(self.at) {
            // Of one that was flushed, keys that came during the snapshot may be left: they go now.
            done.source = Source::Flushed(Flushed { rest: Box::new(std::iter::empty()), next: None });
            self.at += 1;
        }
    }

    /// The database that has this number now, if it was there at the start and is not saved yet; and whether it is the
    /// current one.
    pub fn find(&self, number: u32) -> Option<(&Pictured, bool)> {
        let index = self.index(number)?;
        Some((&self.databases[index], index == self.at))
    }

    fn index(&self, number: u32) -> Option<usize> {
        let is_it = |database: &Pictured| matches!(database.source, Source::Keyspace(now) if now == number);
        self.databases.iter().position(is_it)
    }

    /// Two databases have each other's number from now on.
    pub fn swap(&mut self, one: u32, other: u32) {
        for database in &mut self.databases {
            if let Source::Keyspace(now) = &mut database.source {
                *now = if *now == one {
                    other
                } else if *now == other {
                    one
                } else {
                    *now
                };
            }
        }
    }

    /// The database with this number was flushed, and this was in it.
    pub fn flushed(&mut self, number: u32, database: Database) {
        let Some(index) = self.index(number) else { return };
        let pictured = &mut self.databases[index];
        let mut flushed = Flushed { rest: Box::new(database.into_entries()), next: None };
        flushed.skip_to(pictured.progress);
        pictured.source = Source::Flushed(flushed);
    }
}

impl Pictured {
    /// Goes on to the next key, at or behind `progress`, and returns it. None: there is none left, or none of the next
    /// `most` places has one; [`Pictured::is_finished`] says which.
    pub fn next<'a>(&'a mut self, keyspace: &'a Keyspace, most: usize) -> Option<(&'a [u8], &'a Item)> {
        match &mut self.source {
            Source::Keyspace(number) => {
                let Some(database) = keyspace.get(*number) else {
                    self.progress = self.end;
                    return None;
                };
                let last = self.end.min(self.progress.saturating_add(most.try_into().unwrap_or(Place::MAX)));
                let found = (self.progress..last).find(|&place| database.entry(place).is_some());
                self.progress = found.unwrap_or(last);
                found.and_then(|place| database.entry(place))
            }
            Source::Flushed(flushed) => {
                flushed.skip_to(self.progress);
                let (place, key, item) = match &flushed.next {
                    Some((place, key, item)) if *place < self.end => (place, key, item),
                    _ => {
                        self.progress = self.end;
                        return None;
                    }
                };
                self.progress = *place;
                Some((key, item))
            }
        }
    }

    /// Whether all its keys are saved.
    pub fn is_finished(&self) -> bool {
        self.progress >= self.end
    }
}

impl Flushed {
    /// Frees the keys before a place.
    fn skip_to(&mut self, place: Place) {
        while self.next.as_ref().is_none_or(|&(at, ..)| at < place) {
            self.next = self.rest.next();
            if self.next.is_none() {
                return;
            }
        }
    }
}
