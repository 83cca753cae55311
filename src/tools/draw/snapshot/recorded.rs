//! What the server has reported of a snapshot, and the keys that it is of.
//!
//! Redis has no counterpart.

use super::super::sections::parts;
use crate::steps::{Step, readable};
use crate::tools::scenario::InProcess;

/// The most parts of a value that are written.
const MOST_PARTS: usize = 2;

/// What is encoded: a key.
#[derive(Clone)]
pub struct Saved {
    pub db: u32,
    pub key: String,
    /// Its value at the start.
    pub value: String,
    /// Whether it was encoded ahead of the walk.
    pub is_ahead: bool,
}

/// A key and where it stands.
pub struct Key {
    pub name: String,
    /// Its value at the start, and now; None: it was not there, or is not.
    pub before: Option<String>,
    pub now: Option<String>,
    /// Its place among what is encoded.
    pub saved: Option<usize>,
}

/// The file after a line.
pub struct Growth {
    /// The line.
    pub text: String,
    /// How many keys are in the file, and how many are encoded.
    pub written: usize,
    pub encoded: usize,
    /// How many bytes the file has.
    pub bytes: u64,
}

/// The snapshot as it was recorded.
#[derive(Default)]
pub struct Recorded {
    pub file: String,
    /// The keys of the start in their order, and those that came since.
    pub keys: Vec<Key>,
    /// In the order in which it was encoded.
    pub saved: Vec<Saved>,
    pub growth: Vec<Growth>,
    /// It is whole.
    pub is_done: bool,
}

/// A database's number, a key, and its value.
pub type Entry = (u32, String, String);

/// All keys, in the order of their places.
pub fn entries(server: &InProcess) -> Vec<Entry> {
    let server = server.server();
    let now = server.now();
    let databases = server.keyspace.in_use();
    let keys = databases.flat_map(|(db, database)| database.iter().map(move |(key, item)| (db, key, item)));
    let value = |(db, key, item): (u32, &[u8], &crate::keyspace::Item)| {
        let parts: Vec<String> =
            parts(&item.value, now, MOST_PARTS).into_iter().map(|part| part.text).collect();
        (db, readable(key), parts.join(", "))
    };
    keys.map(value).collect()
}

impl Recorded {
    /// Notes what was reported while a line was played.
    pub fn note(&mut self, steps: &[Step], text: &str, start: &[Entry]) {
        let (mut bytes, mut written) =
            self.growth.last().map_or((0, 0), |growth| (growth.bytes, growth.written));
        let mut is_shown = false;
        for step in steps {
            match step {
                Step::SnapshotBegun { file, .. } => self.file.clone_from(file),
                Step::KeySaved { db, key } | Step::SavedAhead { db, key } => {
                    let is_it = |(number, name, _): &&Entry| number == db && name == key;
                    let value = start.iter().find(is_it).map_or("", |(.., value)| value);
                    let is_ahead = matches!(step, Step::SavedAhead { .. });
                    self.saved.push(Saved { db: *db, key: key.clone(), value: value.into(), is_ahead });
                    is_shown = true;
                }
                Step::SnapshotGrown { size, .. } | Step::SnapshotSynced { size, .. } => {
                    (bytes, written) = (*size, self.saved.len());
                    self.is_done |= matches!(step, Step::SnapshotSynced { .. });
                    is_shown = true;
                }
                _ => {}
            }
        }
        if is_shown {
            let encoded = self.saved.len();
            self.growth.push(Growth { text: text.into(), written, encoded, bytes });
        }
    }

    /// Lays the keys of the start over those of now.
    pub fn compare(&mut self, start: Vec<Entry>, now: &[Entry]) {
        let find = |entries: &[Entry], db: u32, key: &str| {
            let found = entries.iter().find(|(number, name, _)| *number == db && name == key);
            found.map(|(.., value)| value.clone())
        };
        let added = now.iter().filter(|(db, key, _)| find(&start, *db, key).is_none()).cloned();
        let all: Vec<Entry> = start.iter().cloned().chain(added).collect();
        let key = |(db, name, _): Entry| Key {
            before: find(&start, db, &name),
            now: find(now, db, &name),
            saved: self.saved.iter().position(|saved| saved.db == db && saved.key == name),
            name,
        };
        self.keys = all.into_iter().map(key).collect();
    }
}
