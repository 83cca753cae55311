//! A packed hash whose fields may expire: field, value, time, field, value, time …
//!
//! Redis: `listpackEx` in `src/t_hash.c` (`listpackExAddInternal`, `listpackExUpdateExpiry`, `listpackExExpire`).
//!
//! The fields stand in the order of their times, and those that do not expire behind them with the time 0. So the first
//! time is the next one, and what has expired is removed from the front. A field that is given a time goes before others of
//! the same time; one that is given none goes to the end. HGETALL shows this order, so it is Redis's.

use crate::keyspace::listpack::{Entry, Listpack, Position};

/// How many entries of the listpack are one field.
const GROUP: usize = 3;

/// A packed hash with times.
#[derive(Clone, Debug, Default)]
pub struct ExpiringPack {
    pack: Listpack,
    /// The time under which the database has the hash in its book: [`super::Hash::booked`].
    pub(super) booked: Option<i64>,
}

/// How a time is packed: 0 stands for none.
fn packed(time: Option<i64>) -> Entry<'static> {
    Entry::Number(time.unwrap_or(0))
}

/// The time that an entry stands for.
fn time_of(entry: Entry<'_>) -> Option<i64> {
    match entry {
        Entry::Number(time @ 1..) => Some(time),
        _ => None,
    }
}

impl ExpiringPack {
    /// The fields and values of a pack without times.
    pub fn from_pairs(pairs: &Listpack) -> ExpiringPack {
        // A time that is none takes two bytes.
        let mut pack = Listpack::with_room(pairs.size() + pairs.len());
        for (number, (_, entry)) in pairs.iter().enumerate() {
            pack.insert_entry(pack.size(), entry);
            if number % 2 == 1 {
                pack.insert_entry(pack.size(), packed(None));
            }
        }
        ExpiringPack { pack, booked: None }
    }

    /// Fields, values and times that are known to be in order.
    pub fn from_groups(pack: Listpack) -> ExpiringPack {
        ExpiringPack { pack, booked: None }
    }

    /// The fields, values and times as they are packed.
    pub fn as_listpack(&self) -> &Listpack {
        &self.pack
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.pack.len() / GROUP
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pack.is_empty()
    }

    /// Where a field is.
    pub fn find(&self, field: &[u8]) -> Option<Position> {
        self.pack.find(field, GROUP).map(|(_, position)| position)
    }

    /// The value of the field at a position.
    pub fn value(&self, position: Position) -> Entry<'_> {
        self.pack.at(self.pack.next(position))
    }

    /// Where the time of the field at a position is.
    fn time_position(&self, position: Position) -> Position {
        self.pack.next(self.pack.next(position))
    }

    /// When the field at a position expires.
    pub fn time(&self, position: Position) -> Option<i64> {
        time_of(self.pack.at(self.time_position(position)))
    }

    /// Where a field of that time belongs, if the one at `own` were not there.
    // ANCHOR: expiring-pack-slot
    fn slot(&self, time: Option<i64>, own: Option<Position>) -> Position {
        let Some(time) = time else { return self.pack.size() };
        let mut position = 0;
        while position < self.pack.size() {
            let time_position = self.time_position(position);
            let other = time_of(self.pack.at(time_position));
            if own != Some(position) && other.is_none_or(|other| other >= time) {
                return position;
            }
            position = self.pack.next(time_position);
        }
        position
    }
    // ANCHOR_END: expiring-pack-slot

    /// Adds a field that is not there.
    pub fn add(&mut self, field: &[u8], value: &[u8], time: Option<i64>) {
        let position = self.slot(time, None);
        self.pack.insert(position, field);
        let value_position = self.pack.next(position);
        self.pack.insert(value_position, value);
        self.pack.insert_entry(self.pack.next(value_position), packed(time));
    }

    /// Stores a value. Whether the field is new.
    pub fn set(&mut self, field: &[u8], value: &[u8], keeps_time: bool) -> bool {
        let Some(position) = self.find(field) else {
            self.add(field, value, None);
            return true;
        };
        if keeps_time || self.time(position).is_none() {
            self.pack.replace(self.pack.next(position), value);
        } else {
            self.remove(position);
            self.add(field, value, None);
        }
        false
    }

    /// When the field at a position is to expire.
    pub fn set_time(&mut self, position: Position, field: &[u8], time: Option<i64>) {
        let time_position = self.time_position(position);
        if self.slot(time, Some(position)) == self.pack.next(time_position) {
            return self.pack.replace_entry(time_position, packed(time));
        }
        let value = self.value(position).to_vec();
        self.remove(position);
        self.add(field, &value, time);
    }

    /// Removes the field at a position.
    pub fn remove(&mut self, position: Position) {
        self.pack.remove(position, GROUP);
    }

    /// When the next field expires.
    pub fn next_expiry(&self) -> Option<i64> {
        if self.is_empty() { None } else { self.time(0) }
    }

    /// How many fields have a time for which `is_due` holds; it must hold for all earlier times too.
    pub fn count(&self, is_due: impl Fn(i64) -> bool) -> usize {
        self.iter().take_while(|&(_, _, time)| time.is_some_and(&is_due)).count()
    }

    /// Removes fields whose time has come at `now`, at most so many. Returns how many.
    pub fn expire_due(&mut self, now: i64, most: usize, mut gone: impl FnMut(&[u8])) -> usize {
        let is_due = |&(_, _, time): &(_, _, Option<i64>)| time.is_some_and(|time| time <= now);
        let due = self.iter().take(most).take_while(is_due);
        let due = due.map(|(field, ..)| gone(field.bytes(&mut itoa::Buffer::new()))).count();
        if due > 0 {
            self.pack.remove(0, due * GROUP);
        }
        due
    }

    /// Every field with its value and its time.
    pub fn iter(&self) -> impl Iterator<Item = (Entry<'_>, Entry<'_>, Option<i64>)> {
        let mut entries = self.pack.iter().map(|(_, entry)| entry);
        std::iter::from_fn(move || {
            let (field, value, time) = (entries.next()?, entries.next()?, entries.next()?);
            Some((field, value, time_of(time)))
        })
    }
}
