use super::*;
use crate::base::random::KeyedHash;
use crate::keyspace::hash::Limits;
use crate::keyspace::last_use::{Clock, LastUse};
use crate::keyspace::value::Value;
use crate::keyspace::{Database, Item};
use quickcheck::{Arbitrary, Gen, quickcheck};

fn limits() -> Limits {
    Limits { entries: 6, value: 10, hasher: KeyedHash::default() }
}

/// What is done to a hash. A time is from 1 to 16, or none; after [`Change::Unpack`] it is a dict.
#[derive(Clone, Debug)]
enum Change {
    Set { field: u8, value: u8, keeps_time: bool },
    Remove { field: u8 },
    Time { field: u8, time: Option<i64> },
    ExpireDue { now: i64, most: usize },
    Unpack,
}

impl Arbitrary for Change {
    fn arbitrary(random: &mut Gen) -> Change {
        let (field, value) = (u8::arbitrary(random) % 10, u8::arbitrary(random));
        let time = i64::from(u8::arbitrary(random) % 16) + 1;
        match u8::arbitrary(random) % 40 {
            0..12 => Change::Set { field, value, keeps_time: bool::arbitrary(random) },
            12..16 => Change::Remove { field },
            16..32 => Change::Time { field, time: Some(time) },
            32..36 => Change::Time { field, time: None },
            36..39 => Change::ExpireDue { now: time / 4, most: usize::from(value % 4) },
            _ => Change::Unpack,
        }
    }
}

/// A naive hash: fields in the order of Redis's listpack.
#[derive(Default)]
struct Model(Vec<Field>);

/// Its name, its value and when it expires.
type Field = (Vec<u8>, Vec<u8>, Option<i64>);

impl Model {
    fn find(&self, field: &[u8]) -> Option<usize> {
        self.0.iter().position(|(name, ..)| name == field)
    }

    fn put(&mut self, field: &[u8], value: Vec<u8>, time: Option<i64>) {
        let later = |other: &Option<i64>| other.is_none_or(|other| time.is_some_and(|time| other >= time));
        let place = match time {
            None => self.0.len(),
            Some(_) => self.0.iter().position(|(.., other)| later(other)).unwrap_or(self.0.len()),
        };
        self.0.insert(place, (field.to_vec(), value, time));
    }

    fn change(&mut self, change: &Change) {
        let name = |field: u8| field.to_string().into_bytes();
        match *change {
            Change::Set { field, value, keeps_time } => {
                let (field, value) = (name(field), value.to_string().into_bytes());
                match self.find(&field) {
                    Some(place) if keeps_time || self.0[place].2.is_none() => self.0[place].1 = value,
                    Some(place) => {
                        self.0.remove(place);
                        self.put(&field, value, None);
                    }
                    None => self.put(&field, value, None),
                }
            }
            Change::Remove { field } => {
                if let Some(place) = self.find(&name(field)) {
                    self.0.remove(place);
                }
            }
            Change::Time { field, time } => {
                if let Some(place) = self.find(&name(field)) {
                    let (field, value, _) = self.0.remove(place);
                    self.put(&field, value, time);
                }
            }
            Change::ExpireDue { now, most } => {
                let mut times: Vec<(i64, usize)> = self
                    .0
                    .iter()
                    .enumerate()
                    .filter_map(|(place, &(.., time))| Some((time?, place)))
                    .collect();
                times.retain(|&(time, _)| time <= now);
                times.sort();
                times.truncate(most);
                let mut place = 0;
                self.0.retain(|_| {
                    place += 1;
                    !times.iter().any(|&(_, due)| due == place - 1)
                });
            }
            Change::Unpack => {}
        }
    }
}

fn change(hash: &mut Hash, change: &Change) {
    let name = |field: u8| field.to_string().into_bytes();
    match *change {
        Change::Set { field, value, keeps_time } => {
            let (field, value) = (name(field), value.to_string().into_bytes());
            match keeps_time {
                true => hash.set_keeping_time(&field, &value, limits()),
                false => hash.set(&field, &value, limits()),
            };
        }
        Change::Remove { field } => _ = hash.remove(&name(field)),
        Change::Time { field, time } => {
            hash.make_expiring();
            if let Some(at) = hash.find(&name(field)) {
                hash.set_expiry(at, &name(field), time);
            }
        }
        Change::ExpireDue { now, most } => _ = hash.expire_due(now, most, |_| ()),
        Change::Unpack => hash.unpack(KeyedHash::default()),
    }
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all
}

fn fields(hash: &Hash) -> Vec<Field> {
    hash.iter_with_times().map(|(field, value, time)| (field.to_vec(), value.to_vec(), time)).collect()
}

quickcheck! {
    fn fields_that_expire_are_those_of_a_naive_model(changes: Vec<Change>) -> bool {
        let (mut hash, mut model) = (Hash::default(), Model::default());
        changes.iter().all(|step| {
            change(&mut hash, step);
            model.change(step);
            if let (Change::ExpireDue { .. }, false) = (step, hash.is_packed()) {
                // Of a dict's fields of one time, chance says which go first: it decides.
                let times = |fields: &[Field]| sorted(fields.iter().map(|&(.., time)| time).collect());
                let left = fields(&hash);
                assert_eq!(times(&left), times(&model.0));
                model.0 = left;
            }
            let is_same = match hash.is_packed() {
                true => fields(&hash) == model.0,
                false => sorted(fields(&hash)) == sorted(model.0.clone()),
            };
            let at = 8;
            let live: Vec<_> = model.0.iter().filter(|(.., time)| time.is_none_or(|time| time >= at)).collect();
            let mut scanned = 0;
            let mut cursor = 0;
            loop {
                cursor = hash.scan(cursor, at, |_, _, is_live| scanned += usize::from(is_live));
                if cursor == 0 {
                    break;
                }
            }
            is_same
                && hash.next_expiry() == model.0.iter().filter_map(|&(.., time)| time).min()
                && hash.live_len(at) == live.len()
                && hash.live(at).count() == live.len()
                && scanned >= live.len()
                && model.0.iter().all(|(field, value, time)| {
                    hash.find(field).is_some_and(|at| hash.value(at).to_vec() == *value && hash.expires(at) == *time)
                })
        })
    }

    fn the_book_of_a_database_is_that_of_its_fields(changes: Vec<(u8, Change)>) -> bool {
        let mut db = Database::new(KeyedHash::default());
        changes.iter().all(|(key, step)| {
            let key = [b'a' + key % 4];
            match step {
                Change::Remove { field: 0..3 } => {
                    db.find(&key).and_then(|place| db.remove_at(place));
                    // Eviction moves the last key to the place of this one.
                    db.shorten();
                }
                // COPY and SET: a hash with its times takes the place of another value.
                Change::Unpack => {
                    let copy = db.get(b"a").map(|item| item.value.clone());
                    if let (Some(copy), Some(place)) = (copy, db.find(&key)) {
                        db.replace(place, copy);
                    }
                }
                step => {
                    let place = match db.find(&key) {
                        Some(place) => place,
                        None => db.add(&key, Value::Hash(Hash::default()), LastUse::now(Clock::at(0))),
                    };
                    if let Some((_, hash)) = db.hash_mut(&key) {
                        change(hash, step);
                    }
                    db.fields_changed(place);
                }
            }
            let booked: Vec<(i64, Vec<u8>)> =
                db.field_expiry_times().map(|(at, key)| (at, key.to_vec())).collect();
            let is_in_order = booked.is_sorted_by_key(|&(at, _)| at);
            let next = |(key, item): (&[u8], &Item)| match &item.value {
                Value::Hash(hash) => Some((hash.next_expiry()?, key.to_vec())),
                _ => None,
            };
            let expected = sorted(db.iter().filter_map(next).collect());
            is_in_order
                && sorted(booked) == expected
                && db.expiring_hashes() == expected.len()
                && db.next_expiry() == expected.first().map(|&(at, _)| at)
        })
    }
}

#[test]
fn of_packed_fields_with_one_time_the_last_stands_first() {
    let mut hash = Hash::default();
    for field in ["never", "a", "b", "early"] {
        hash.set(field.as_bytes(), b"v", limits());
    }
    hash.make_expiring();
    for (field, time) in [("a", 5), ("b", 5), ("early", 3)] {
        let at = hash.find(field.as_bytes()).expect("it is there");
        hash.set_expiry(at, field.as_bytes(), Some(time));
    }
    let order = |hash: &Hash| hash.iter().map(|(field, _)| field.to_vec()).collect::<Vec<_>>().join(&b' ');
    assert_eq!(order(&hash), b"early b a never");
    hash.set(b"b", b"w", limits());
    assert_eq!(order(&hash), b"early a never b");
    hash.set_keeping_time(b"early", b"w", limits());
    assert_eq!(order(&hash), b"early a never b");
    assert_eq!(hash.encoding(), "listpackex");
}
