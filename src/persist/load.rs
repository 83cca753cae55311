//! Reads values.
//!
//! Redis: `src/rdb.c` (`rdbLoadObjectType`, `rdbLoadObject`).
//!
//! All forms that Redis 8.0 reads are read, those of its early versions included. What it checks only if
//! `sanitize-dump-payload` says so is always checked.
//!
//! Different on purpose: the values of modules are not read.

use super::read::{Corrupt, Reader};
use super::{Rules, kinds, load_hash, load_list, load_set, load_stream, load_zset};
use crate::keyspace::string::Str;
use crate::keyspace::value::Value;

/// The value behind its type. What follows it is not read.
pub fn value(bytes: &[u8], rules: &Rules) -> Result<Value, Corrupt> {
    let mut reader = Reader::new(bytes);
    let kind = reader.byte()?;
    of_kind(&mut reader, kind, rules)
}

/// The value that comes next, of this kind.
pub fn of_kind(reader: &mut Reader<'_>, kind: u8, rules: &Rules) -> Result<Value, Corrupt> {
    match kind {
        kinds::STRING => reader.string().map(|bytes| Value::String(Str::new(&bytes))),
        kinds::LIST | kinds::LIST_ZIPLIST | kinds::LIST_QUICKLIST | kinds::LIST_QUICKLIST_2 => {
            load_list::list(reader, kind, rules).map(|list| Value::List(Box::new(list)))
        }
        kinds::HASH
        | kinds::HASH_ZIPMAP
        | kinds::HASH_ZIPLIST
        | kinds::HASH_LISTPACK
        | kinds::HASH_EXPIRING
        | kinds::HASH_EXPIRING_OLD
        | kinds::HASH_EXPIRING_LISTPACK
        | kinds::HASH_EXPIRING_LISTPACK_OLD => load_hash::hash(reader, kind, rules.hash).map(Value::Hash),
        kinds::SET | kinds::SET_INTSET | kinds::SET_LISTPACK => {
            load_set::set(reader, kind, rules.set).map(Value::Set)
        }
        kinds::ZSET | kinds::ZSET_2 | kinds::ZSET_ZIPLIST | kinds::ZSET_LISTPACK => {
            load_zset::zset(reader, kind, rules.zset).map(Value::Zset)
        }
        kinds::STREAM | kinds::STREAM_2 | kinds::STREAM_3 => {
            load_stream::stream(reader, kind).map(|stream| Value::Stream(Box::new(stream)))
        }
        _ => Err(Corrupt("unknown type")),
    }
}
