//! DEBUG DIGEST and DEBUG DIGEST-VALUE: whether two servers hold the same, in forty digits.
//!
//! Redis: `src/debug.c`, `computeDatasetDigest`, `xorObjectDigest`. The digits are Redis's, so that a Redis can be one
//! of the two. What has an order (a key and its value, elements of a list, entries of a stream) is mixed one after another; what
//! has none (keys, fields of a hash, members of a set or a sorted set) is combined by an exclusive or.

use crate::keyspace::Item;
use crate::keyspace::value::Value;
use crate::server::dispatch::Call;
use crate::stream::id::StreamId;
use crate::text::double;
use sha1_smol::Sha1;

/// `DEBUG DIGEST`: of all keys of all databases, those that expired and were not touched since included.
pub fn digest(call: &mut Call<'_>) {
    let mut all = Digest::default();
    for (number, db) in call.server.keyspace.in_use() {
        all.mix(&number.to_be_bytes());
        for (key, item) in db.iter() {
            let mut one = Digest::default();
            one.mix(key);
            one.value(item);
            all.combine(&one.0);
        }
    }
    call.reply.simple(&all.hex());
}

/// `DEBUG DIGEST-VALUE key …`: of each value, also of a key that has expired and is still there; zeros if there
/// is none.
pub fn digest_value(call: &mut Call<'_>) {
    let (db, args) = (call.db(), call.args);
    call.reply.array(args.len() - 2);
    for index in 2..args.len() {
        let mut one = Digest::default();
        if let Some(item) = call.server.keyspace.db(db).get(&args[index]) {
            one.value(item);
        }
        call.reply.simple(&one.hex());
    }
}

#[derive(Default)]
struct Digest([u8; 20]);

impl Digest {
    /// Combines it with that of some bytes; the order of combining does not matter. Redis: `xorDigest`.
    fn combine(&mut self, bytes: &[u8]) {
        for (byte, other) in self.0.iter_mut().zip(Sha1::from(bytes).digest().bytes()) {
            *byte ^= other;
        }
    }

    /// The same, but the order matters. Redis: `mixDigest`.
    fn mix(&mut self, bytes: &[u8]) {
        self.combine(bytes);
        self.0 = Sha1::from(self.0).digest().bytes();
    }

    /// Redis: `xorObjectDigest`.
    fn value(&mut self, item: &Item) {
        self.mix(&type_number(&item.value).to_be_bytes());
        match &item.value {
            Value::String(string) => self.mix(&string.bytes()),
            Value::List(list) => list.iter().for_each(|entry| self.mix(&entry.to_vec())),
            Value::Hash(hash) => {
                for (field, value, time) in hash.iter_with_times() {
                    let mut one = Digest::default();
                    one.mix(&field.to_vec());
                    one.mix(&value.to_vec());
                    if time.is_some() {
                        one.combine(b"!!hexpire!!");
                    }
                    self.combine(&one.0);
                }
            }
            Value::Set(set) => set.iter().for_each(|member| self.combine(&member.to_vec())),
            Value::Zset(zset) => {
                for (member, score) in zset.iter() {
                    let mut one = Digest::default();
                    one.mix(&member.to_vec());
                    one.mix(&double::shortest(score));
                    self.combine(&one.0);
                }
            }
            Value::Stream(stream) => {
                for entry in stream.log.range(StreamId::MIN, StreamId::MAX) {
                    self.mix(format!("{}.{}", entry.id.ms, entry.id.seq).as_bytes());
                    for (field, value) in entry.fields() {
                        self.mix(field);
                        self.mix(value);
                    }
                }
            }
        }
        if item.expires().is_some() {
            self.combine(b"!!expire!!");
        }
    }

    fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Redis: `OBJ_STRING` and the others in `src/server.h`.
fn type_number(value: &Value) -> u32 {
    match value {
        Value::String(_) => 0,
        Value::List(_) => 1,
        Value::Set(_) => 2,
        Value::Zset(_) => 3,
        Value::Hash(_) => 4,
        Value::Stream(_) => 6,
    }
}
