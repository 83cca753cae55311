//! All keys of a server as text: two servers can be compared, and what differs can be read.
//!
//! They are read where they lie. Commands would remove what has expired, and their replies would wait for the disk.
//!
//! Not compared, as Redis does not record it: consumers that have nothing pending, and when one was last seen.

use cutaway::keyspace::value::Value;
use cutaway::keyspace::{Item, Keyspace};
use cutaway::stream::Stream;
use cutaway::stream::id::StreamId;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;

/// A value, and when its key expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    text: Rc<str>,
    expires: Option<i64>,
}

/// Each key by its database and name.
pub type Keys = BTreeMap<(u32, String), Described>;

/// Those that do not expire until then, in milliseconds since 1970.
pub fn unexpired(keys: &Keys, now: i64) -> Keys {
    let is_left = |described: &Described| described.expires.is_none_or(|time| time >= now);
    keys.iter()
        .filter(|(_, described)| is_left(described))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// All keys.
pub fn keys(keyspace: &Keyspace) -> Keys {
    let mut keys = Keys::new();
    for (number, database) in keyspace.in_use() {
        keys.extend(database.iter().map(|(key, item)| ((number, text(key)), describe(item))));
    }
    keys
}

/// What two servers have not in common, a key a line.
pub fn difference(one: &Keys, other: &Keys) -> String {
    let mut lines = String::new();
    let names: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
    for name in names {
        let (a, b) = (one.get(name), other.get(name));
        if a != b {
            let show =
                |value: Option<&Described>| value.map_or("nothing".into(), |value| value.text.to_string());
            let _ = writeln!(lines, "    {} in db {}: {} | {}", name.1, name.0, show(a), show(b));
        }
    }
    lines
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// Values in the order of their names, where they have none of their own.
fn sorted(values: impl Iterator<Item = String>) -> String {
    let mut values: Vec<String> = values.collect();
    values.sort();
    values.join(" ")
}

fn describe(item: &Item) -> Described {
    let value = match &item.value {
        Value::String(string) => text(&string.bytes()),
        Value::List(list) => list.iter().map(|entry| text(&entry.to_vec())).collect::<Vec<_>>().join(" "),
        Value::Set(set) => sorted(set.iter().map(|member| text(&member.to_vec()))),
        Value::Zset(zset) => {
            sorted(zset.iter().map(|(member, score)| format!("{}={score}", text(&member.to_vec()))))
        }
        Value::Hash(hash) => sorted(hash.iter_with_times().map(|(field, value, time)| {
            let time = time.map_or(String::new(), |time| format!("@{time}"));
            format!("{}={}{time}", text(&field.to_vec()), text(&value.to_vec()))
        })),
        Value::Stream(stream) => describe_stream(stream),
    };
    let expires = item.expires();
    let time = expires.map_or(String::new(), |time| format!(" @{time}"));
    Described { text: format!("{} {value}{time}", item.value.type_name()).into(), expires }
}

fn describe_stream(stream: &Stream) -> String {
    let log = &stream.log;
    let id = |id: StreamId| format!("{}-{}", id.ms, id.seq);
    let mut all =
        format!("last {} deleted {} added {}", id(log.last_id), id(log.max_deleted_id), log.entries_added);
    for entry in log.range(StreamId::MIN, StreamId::MAX) {
        let fields: Vec<String> =
            entry.fields().map(|(field, value)| format!("{}={}", text(field), text(value))).collect();
        let _ = write!(all, " [{}: {}]", id(entry.id), fields.join(" "));
    }
    for (name, group) in &stream.groups {
        let _ = write!(all, " group {} last {} read {:?}", text(name), id(group.last_id), group.entries_read);
        for (entry, nack) in group.pending() {
            let name = text(&group.consumer(nack.consumer).name);
            let _ = write!(all, " ({} {name} {}x{})", id(*entry), nack.delivery_time, nack.delivery_count);
        }
    }
    all
}
