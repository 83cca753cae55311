use super::super::values::{AnyValue, rules};
use super::*;
use crate::keyspace::list::{End, List};
use crate::keyspace::string::Str;
use crate::keyspace::zset::Zset;
use crate::stream::Stream;
use crate::stream::block::Limits;
use crate::stream::group::Group;
use crate::stream::id::{NewId, StreamId};
use quickcheck::quickcheck;

/// The commands for a key, a line each, words in quotes.
fn commands(value: &Value, expires: Option<i64>) -> Vec<String> {
    let mut out = Vec::new();
    assert!(Rewrite::default().write(&mut out, b"k", value, expires, &mut Budget::UNLIMITED.clone()));
    let mut reader = crate::persist::aof_read::CommandReader::new(usize::MAX);
    reader.feed(&out);
    let mut lines = Vec::new();
    while let Some(crate::persist::aof_read::Entry::Command(words)) = reader.next().unwrap() {
        let words: Vec<_> = words.iter().map(|word| word.escape_ascii().to_string()).collect();
        lines.push(words.join(" "));
    }
    assert_eq!(reader.offset(), out.len() as u64);
    lines
}

#[test]
fn a_string_is_set_and_its_time_follows() {
    let value = Value::String(Str::new(b"10"));
    assert_eq!(commands(&value, Some(1_800_000_000_000)), ["SET k 10", "PEXPIREAT k 1800000000000"]);
}

#[test]
fn a_command_has_64_elements_at_most() {
    let mut list = List::default();
    (0..130).for_each(|number| list.push(End::Right, format!("{number}").as_bytes(), rules(false).list));
    let lines = commands(&Value::List(Box::new(list)), None);
    let words: Vec<usize> = lines.iter().map(|line| line.split(' ').count()).collect();
    assert_eq!(words, [66, 66, 4]);
    assert!(lines[2].starts_with("RPUSH k 128 129"));
}

#[test]
fn members_have_their_scores_and_fields_their_times() {
    let mut zset = Zset::default();
    zset.add(b"a", 1.5, rules(false).zset);
    zset.add(b"b", f64::INFINITY, rules(false).zset);
    zset.add(b"7", -3.0, rules(false).zset);
    assert_eq!(commands(&Value::Zset(zset), None), ["ZADD k -3 7 1.5 a inf b"]);
    let mut hash = Hash::default();
    hash.set(b"f", b"1", rules(false).hash);
    hash.set(b"g", b"v", rules(false).hash);
    assert_eq!(commands(&Value::Hash(hash.clone()), None), ["HMSET k f 1 g v"]);
    hash.make_expiring();
    let at = hash.find(b"g").unwrap();
    hash.set_expiry(at, b"g", Some(5));
    let expected = ["HMSET k g v", "HPEXPIREAT k 5 FIELDS 1 g", "HMSET k f 1"];
    assert_eq!(commands(&Value::Hash(hash), None), expected);
}

#[test]
fn a_stream_has_its_groups_and_what_is_pending() {
    let mut stream = Stream::default();
    let empty = commands(&Value::Stream(Box::new(stream.clone())), None);
    assert_eq!(empty, ["XADD k MAXLEN 0 0-1 x y", "XSETID k 0-0 ENTRIESADDED 0 MAXDELETEDID 0-0"]);
    let limits = Limits { max_bytes: 4096, max_entries: 100 };
    for seq in 1..=3 {
        let id = NewId::Given(StreamId { ms: 5, seq });
        stream.log.append(id, [(&b"n"[..], &b"v"[..])].into_iter(), 0, limits).unwrap();
    }
    stream.log.delete(StreamId { ms: 5, seq: 2 });
    let mut group = Group::new(StreamId { ms: 5, seq: 1 }, None);
    let consumer = group.add_consumer(b"has", 9);
    group.add_consumer(b"idle", 9);
    let nack = crate::stream::pending::Nack { consumer, delivery_time: 7, delivery_count: 2 };
    group.assign(StreamId { ms: 5, seq: 1 }, nack);
    stream.groups.insert(b"g"[..].into(), group);
    let expected = [
        "XADD k 5-1 n v",
        "XADD k 5-3 n v",
        "XSETID k 5-3 ENTRIESADDED 3 MAXDELETEDID 5-2",
        "XGROUP CREATE k g 5-1 ENTRIESREAD -1",
        "XCLAIM k g has 0 5-1 TIME 7 RETRYCOUNT 2 JUSTID FORCE",
        "XGROUP CREATECONSUMER k g idle",
    ];
    assert_eq!(commands(&Value::Stream(Box::new(stream)), None), expected);
}

quickcheck! {
    fn in_slices_or_at_once_the_commands_are_the_same(value: AnyValue, budgets: Vec<(u16, u8)>) -> bool {
        let AnyValue(value) = value;
        let mut whole = Vec::new();
        Rewrite::default().write(&mut whole, b"k", &value, Some(1), &mut Budget::UNLIMITED.clone());
        let (mut out, mut rewrite) = (Vec::new(), Rewrite::default());
        let mut budgets = budgets.into_iter().map(|(bytes, elements)| Budget { bytes: bytes.into(), elements: elements.into() });
        while !rewrite.write(&mut out, b"k", &value, Some(1), &mut budgets.next().unwrap_or(Budget::UNLIMITED)) {}
        out == whole
    }
}
