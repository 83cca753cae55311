//! Values of each type and form, for the properties of this room.

use super::Rules;
use crate::base::random::KeyedHash;
use crate::keyspace::hash::Hash;
use crate::keyspace::list::{self, End, List};
use crate::keyspace::set::Set;
use crate::keyspace::string::Str;
use crate::keyspace::value::Value;
use crate::keyspace::zset::Zset;
use crate::keyspace::{hash, set, zset};
use crate::stream::Stream;
use crate::stream::block::Limits;
use crate::stream::group::Group;
use crate::stream::id::{NewId, StreamId};
use crate::stream::pending::Nack;
use quickcheck::{Arbitrary, Gen};

/// Small limits, so that a few elements already have the forms of large values.
pub fn rules(compress: bool) -> Rules {
    let hasher = KeyedHash::default();
    Rules {
        compress,
        list: list::Limit::new(4),
        hash: hash::Limits { entries: 4, value: 64, hasher },
        set: set::Limits { intset: 4, entries: 4, value: 64, hasher },
        zset: zset::Limits { entries: 4, value: 64, hasher },
    }
}

/// A value.
#[derive(Clone, Debug)]
pub struct AnyValue(pub Value);

/// A text: a number, a few bytes, or many that repeat themselves.
fn word(g: &mut Gen) -> Vec<u8> {
    match u8::arbitrary(g) % 8 {
        0 | 1 => i64::from(i16::arbitrary(g)).to_string().into_bytes(),
        2 => i64::arbitrary(g).to_string().into_bytes(),
        3 | 4 => format!("word:{}", u8::arbitrary(g)).into_bytes(),
        5 => Vec::arbitrary(g),
        6 => format!("{:>50}", u8::arbitrary(g)).into_bytes(),
        _ => vec![u8::arbitrary(g) % 4; usize::from(u16::arbitrary(g) % 10_000)],
    }
}

/// One to sixteen texts.
fn words(g: &mut Gen) -> Vec<Vec<u8>> {
    (0..=u8::arbitrary(g) % 16).map(|_| word(g)).collect()
}

fn a_hash(g: &mut Gen, rules: &Rules) -> Hash {
    let mut hash = Hash::default();
    words(g).iter().for_each(|field| _ = hash.set(field, &word(g), rules.hash));
    if bool::arbitrary(g) {
        hash.make_expiring();
        for field in words(g) {
            hash.set(&field, b"1", rules.hash);
            let time = bool::arbitrary(g).then_some(1_800_000_000_000 + i64::from(u8::arbitrary(g)));
            hash.find(&field).into_iter().for_each(|at| hash.set_expiry(at, &field, time));
        }
    }
    hash
}

fn a_stream(g: &mut Gen) -> Stream {
    let (mut stream, mut id) = (Stream::default(), StreamId { ms: 1, seq: 0 });
    let limits = Limits { max_bytes: 4096, max_entries: 4 };
    for _ in 0..u8::arbitrary(g) % 32 {
        id = StreamId { ms: id.ms + u64::from(u8::arbitrary(g) % 3), seq: id.seq + 1 };
        let fields =
            if bool::arbitrary(g) { vec![(b"n".to_vec(), word(g))] } else { vec![(word(g), word(g)); 2] };
        let fields = fields.iter().map(|(name, value)| (&name[..], &value[..]));
        stream.log.append(NewId::Given(id), fields, 0, limits).unwrap();
        if u8::arbitrary(g) % 8 == 0 {
            stream.log.delete(id);
        }
    }
    for name in 0..u8::arbitrary(g) % 4 {
        let mut group = Group::new(id, bool::arbitrary(g).then_some(3));
        for consumer in 0..u8::arbitrary(g) % 4 {
            let consumer = group.add_consumer(&[consumer], 5);
            group.consumer_mut(consumer).active_time = bool::arbitrary(g).then_some(7);
            for seq in 0..u8::arbitrary(g) % 16 {
                let nack = Nack { consumer, delivery_time: 9, delivery_count: u64::from(seq) };
                group.assign(StreamId { ms: 1, seq: seq.into() }, nack);
            }
        }
        stream.groups.insert([name].into(), group);
    }
    stream
}

impl Arbitrary for AnyValue {
    fn arbitrary(g: &mut Gen) -> AnyValue {
        let rules = rules(false);
        AnyValue(match u8::arbitrary(g) % 6 {
            0 => Value::String(Str::new(&word(g))),
            1 => {
                let mut list = if bool::arbitrary(g) { List::in_blocks() } else { List::default() };
                for element in words(g) {
                    list.prepare(element.len(), 1, rules.list);
                    list.push(End::Right, &element, rules.list);
                }
                Value::List(Box::new(list))
            }
            2 => Value::Hash(a_hash(g, &rules)),
            3 => {
                let mut set = Set::default();
                words(g).iter().for_each(|member| _ = set.add(member, rules.set));
                Value::Set(set)
            }
            4 => {
                let mut zset = Zset::default();
                words(g)
                    .iter()
                    .for_each(|member| _ = zset.add(member, f64::from(i16::arbitrary(g)), rules.zset));
                Value::Zset(zset)
            }
            _ => Value::Stream(Box::new(a_stream(g))),
        })
    }
}
