//! Streams against naive models: the entries against a vector, a consumer group against a list of who has what.

use cutaway::stream::block::Limits;
use cutaway::stream::group::Group;
use cutaway::stream::id::{NewId, StreamId};
use cutaway::stream::log::Log;
use cutaway::stream::pending::Nack;
use cutaway::stream::trim::{Keep, Trim};
use quickcheck::{Arbitrary, Gen, quickcheck};

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

#[derive(Clone, Debug)]
enum Change {
    /// The distance of the new id from the last one; its fields.
    Append(u8, u8, Pairs),
    /// The entry at that place, counted round.
    Delete(u8),
    /// XSETID goes back to the last entry there is.
    Rewind,
    Trim {
        by_id: bool,
        place: u8,
        approximately: bool,
        limit: u8,
    },
}

impl Arbitrary for Change {
    fn arbitrary(g: &mut Gen) -> Change {
        let names: [&[u8]; 3] = [b"type", b"data", b""];
        let pairs = |g: &mut Gen| {
            let count = *g.choose(&[1, 2, 2, 2, 3]).unwrap();
            (0..count)
                .map(|at| (g.choose(&[names[at], names[0]]).unwrap().to_vec(), Vec::arbitrary(g)))
                .collect()
        };
        match u8::arbitrary(g) % 11 {
            10 => Change::Rewind,
            0..=6 => Change::Append(u8::arbitrary(g) % 2, u8::arbitrary(g), pairs(g)),
            7 | 8 => Change::Delete(u8::arbitrary(g)),
            _ => Change::Trim {
                by_id: bool::arbitrary(g),
                place: u8::arbitrary(g),
                approximately: bool::arbitrary(g),
                limit: u8::arbitrary(g) % 8,
            },
        }
    }
}

fn owned<'a>(fields: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Pairs {
    fields.map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

fn slices(pairs: &Pairs) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
    pairs.iter().map(|(name, value)| (&name[..], &value[..]))
}

/// A log and what should be in it.
#[derive(Default)]
struct Checked {
    log: Log,
    model: Vec<(StreamId, Pairs)>,
    added: u64,
    rewound: bool,
}

impl Checked {
    fn apply(&mut self, change: &Change, limits: Limits) -> Result<(), String> {
        match change {
            Change::Append(ms, seq, pairs) => {
                let last = self.log.last_id;
                let id = match ms {
                    0 => StreamId { seq: last.seq + 1 + u64::from(*seq), ..last },
                    _ => StreamId { ms: last.ms + 1, seq: (*seq).into() },
                };
                let added = self.log.append(NewId::Given(id), slices(pairs), 0, limits);
                if added != Ok(id) {
                    return Err(format!("{id} was not added: {added:?}"));
                }
                self.model.push((id, pairs.clone()));
                self.added += 1;
            }
            Change::Delete(place) if !self.model.is_empty() => {
                let (id, _) = self.model.remove(usize::from(*place) % self.model.len());
                if !self.log.delete(id) || self.log.delete(id) {
                    return Err(format!("{id} was not deleted once"));
                }
            }
            Change::Delete(_) => {}
            Change::Rewind => {
                self.log.last_id = self.log.last_live_id();
                self.rewound = true;
            }
            Change::Trim { by_id, place, approximately, limit } => {
                let place = usize::from(*place) % (self.model.len() + 1);
                let keep = match by_id {
                    true => Keep::Since(self.model.get(place).map_or(StreamId::MAX, |(id, _)| *id)),
                    false => Keep::Newest((self.model.len() - place) as u64),
                };
                let limit = if *approximately { u64::from(*limit) } else { 0 };
                // A deleted entry between smaller ids ends the search of MINID.
                let rough = *approximately || (*by_id && self.rewound);
                let removed = self.log.trim(Trim { keep, approximately: *approximately, limit });
                let too_many = removed as usize > place || (limit > 0 && removed > limit);
                if rough && too_many {
                    return Err(format!("{removed} removed of at most {place}"));
                }
                if !rough && removed as usize != place {
                    return Err(format!("{removed} removed instead of {place}"));
                }
                self.model.drain(..removed as usize);
            }
        }
        self.check()
    }

    fn check(&self) -> Result<(), String> {
        let everything = self.log.range(StreamId::MIN, StreamId::MAX);
        let entries: Vec<_> = everything.map(|entry| (entry.id, owned(entry.fields()))).collect();
        let first = self.model.first().map_or(StreamId::MIN, |(id, _)| *id);
        let last = self.model.last().map_or(StreamId::MIN, |(id, _)| *id);
        let fine = entries == self.model
            && self.log.len() == self.model.len() as u64
            && (self.log.first_id(), self.log.last_live_id()) == (first, last)
            && self.log.entries_added == self.added;
        if fine { Ok(()) } else { Err(format!("{entries:?} is not {:?}", self.model)) }
    }
}

quickcheck! {
    fn a_log_is_a_vector_of_entries(changes: Vec<Change>, max_bytes: u8, max_entries: u8) -> Result<(), String> {
        let limits = Limits { max_bytes: max_bytes.into(), max_entries: (max_entries % 8).into() };
        let mut checked = Checked::default();
        changes.iter().try_for_each(|change| checked.apply(change, limits))
    }

    fn any_range_from_any_side_is_that_of_the_vector(changes: Vec<Change>, ranges: Vec<(u8, u8, Vec<bool>)>) -> bool {
        let mut checked = Checked::default();
        for change in &changes {
            checked.apply(change, Limits { max_bytes: 0, max_entries: 5 }).unwrap();
        }
        ranges.into_iter().all(|(start, end, sides)| {
            let id = |place: u8| checked.model.get(usize::from(place) % (checked.model.len() + 1)).map(|(id, _)| *id);
            let start = id(start).unwrap_or(StreamId::MIN);
            let end = id(end).unwrap_or(StreamId { ms: 3, seq: 0 });
            let mut entries = checked.log.range(start, end);
            let mut expected: std::collections::VecDeque<StreamId> =
                checked.model.iter().map(|(id, _)| *id).filter(|&id| start <= id && id <= end).collect();
            // From the sides that were drawn, then from the front, past the end.
            let sides = sides.into_iter().chain(std::iter::repeat_n(true, expected.len() + 2));
            sides.into_iter().all(|front| match front {
                true => entries.next().map(|entry| entry.id) == expected.pop_front(),
                false => entries.next_back().map(|entry| entry.id) == expected.pop_back(),
            })
        })
    }
}

const LIMITS: Limits = Limits { max_bytes: 4096, max_entries: 100 };

#[test]
fn ids_are_made_as_in_redis() {
    let mut log = Log::default();
    let mut add = |id, millis| log.append(id, [(&b"f"[..], &b"v"[..])].into_iter(), millis, LIMITS).ok();
    let id = |ms, seq| Some(StreamId { ms, seq });
    assert_eq!(add(NewId::Auto, 5), id(5, 0));
    assert_eq!(add(NewId::Auto, 5), id(5, 1));
    assert_eq!(add(NewId::Auto, 4), id(5, 2), "the clock went back");
    assert_eq!(add(NewId::AutoSeq(5), 0), id(5, 3));
    assert_eq!(add(NewId::AutoSeq(4), 0), None);
    assert_eq!(add(NewId::AutoSeq(6), 0), id(6, 0));
    assert_eq!(add(NewId::Given(StreamId { ms: 6, seq: 0 }), 0), None);
    assert_eq!(add(NewId::Given(StreamId { ms: 6, seq: u64::MAX }), 0), id(6, u64::MAX));
    assert_eq!(add(NewId::AutoSeq(6), 0), None);
    assert_eq!(add(NewId::Auto, 0), id(7, 0));
    assert_eq!(add(NewId::Given(StreamId::MAX), 0), Some(StreamId::MAX));
    assert_eq!(add(NewId::Auto, 0), None);
}

/// XSETID with MAXDELETEDID goes back to before entries whose block is still there: adding one subtracted with overflow.
#[test]
fn an_id_may_be_smaller_than_those_of_deleted_entries() {
    let mut log = Log::default();
    let id = |ms| StreamId { ms, seq: 1 };
    let add = |log: &mut Log, ms| log.append(NewId::Given(id(ms)), [].into_iter(), 0, LIMITS);
    for ms in [5, 9] {
        assert_eq!(add(&mut log, ms), Ok(id(ms)));
    }
    assert!(log.delete(id(9)));
    assert_eq!(log.trim(Trim { keep: Keep::Since(id(6)), approximately: false, limit: 0 }), 1);
    assert_eq!((log.len(), log.index_size().0), (0, 1));
    log.last_id = id(1);
    assert_eq!(add(&mut log, 2), Ok(id(2)));
    assert_eq!(log.range(StreamId::MIN, StreamId::MAX).map(|entry| entry.id).collect::<Vec<_>>(), [id(2)]);
    assert!(log.delete(id(2)));
}

#[derive(Clone, Debug)]
enum Act {
    Read(u8, u8),
    Acknowledge(u8),
    Claim(u8, u8),
    Rewind(u8),
    Leave(u8),
}

impl Arbitrary for Act {
    fn arbitrary(g: &mut Gen) -> Act {
        let (who, what) = (u8::arbitrary(g) % 3, u8::arbitrary(g) % 20);
        match u8::arbitrary(g) % 12 {
            0..=4 => Act::Read(who, what % 4),
            5 | 6 => Act::Acknowledge(what),
            7 | 8 => Act::Claim(who, what),
            9 | 10 => Act::Rewind(what),
            _ => Act::Leave(who),
        }
    }
}

quickcheck! {
    /// Each entry goes to one consumer, is pending until it is acknowledged, and claims move it.
    fn a_group_is_a_list_of_who_has_what(acts: Vec<Act>) -> bool {
        let entry = |what: u8| StreamId { ms: 0, seq: u64::from(what) + 1 };
        let mut log = Log::default();
        for what in 0..20 {
            log.append(NewId::Given(entry(what)), [(&b"f"[..], &b"v"[..])].into_iter(), 0, LIMITS).unwrap();
        }
        let mut group = Group::new(StreamId::MIN, None);
        // Who has which entry, and how often it was delivered.
        let mut model: Vec<(StreamId, u8, u64)> = Vec::new();
        let mut read_to = StreamId::MIN;
        acts.into_iter().zip(1..).all(|(act, now)| {
            let consumer = |group: &mut Group, who: u8| {
                group.find_consumer(&[who]).unwrap_or_else(|| group.add_consumer(&[who], now))
            };
            match act {
                Act::Read(who, count) => {
                    let key = consumer(&mut group, who);
                    for entry in log.range(group.last_id.next().unwrap(), StreamId::MAX).take(count.into()) {
                        group.advance(&log, entry.id);
                        group.assign(entry.id, Nack { consumer: key, delivery_time: now, delivery_count: 1 });
                        read_to = entry.id;
                        model.retain(|&(id, ..)| id != entry.id);
                        model.push((entry.id, who, 1));
                    }
                }
                Act::Acknowledge(what) => {
                    let before = model.len();
                    model.retain(|&(id, ..)| id != entry(what));
                    if group.acknowledge(entry(what)) != (model.len() < before) {
                        return false;
                    }
                }
                Act::Claim(who, what) => {
                    let key = consumer(&mut group, who);
                    let nack = Nack { consumer: key, delivery_time: now, delivery_count: 9 };
                    if group.pending().contains_key(&entry(what)) {
                        group.assign(entry(what), nack);
                    }
                    if let Some(had) = model.iter_mut().find(|(id, ..)| *id == entry(what)) {
                        *had = (had.0, who, 9);
                    }
                }
                Act::Rewind(what) => {
                    group.last_id = entry(what);
                    read_to = entry(what);
                }
                Act::Leave(who) => {
                    let had = model.iter().filter(|&&(_, owner, _)| owner == who).count();
                    model.retain(|&(_, owner, _)| owner != who);
                    if group.delete_consumer(&[who]).unwrap_or(0) != had {
                        return false;
                    }
                }
            }
            model.sort();
            let pending: Vec<_> = group.pending().iter()
                .map(|(&id, nack)| (id, group.consumer(nack.consumer).name[0], nack.delivery_count)).collect();
            let mut owned: Vec<_> = group.consumers()
                .flat_map(|consumer| consumer.pending.iter().map(|&id| (id, consumer.name[0]))).collect();
            owned.sort();
            pending == model && group.last_id == read_to
                && owned.iter().eq(pending.iter().map(|(id, who, _)| (*id, *who)).collect::<Vec<_>>().iter())
        })
    }
}
