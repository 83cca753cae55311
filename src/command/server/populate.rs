//! DEBUG POPULATE: many keys at once, for those who measure.
//!
//! Redis: `src/debug.c`, the branch `populate` of `debugCommand`. Different on purpose: a value longer than a string may be,
//! and more keys than a database can have, are refused by name, where Redis would ask for the memory.

use crate::keyspace::string::Str;
use crate::keyspace::value::Typed;
use crate::server::dispatch::{Call, LOADING};
use crate::text::c::until_nul;

/// More keys than these are not tried.
const MOST_KEYS: usize = 1 << 31;
/// The longest key that is made, in bytes: what is longer is cut, as by Redis's buffer.
const LONGEST_KEY: usize = 127;

/// `DEBUG POPULATE count [prefix] [size]`: keys `prefix:0` and so on, each with a string of `size` bytes that begins with
/// `value:` and the number; 0 bytes are as many as that takes. What is there already stays. No event is told, and nothing of it
/// goes into the append-only file.
pub fn populate(call: &mut Call<'_>) {
    let Some(count) = call.positive(2) else { return };
    if call.server.is_loading() {
        return call.reply.error(LOADING);
    }
    if count > MOST_KEYS {
        return call.reply.error("ERR OOM in dictTryExpand");
    }
    let size = match call.args.len() {
        5 => call.positive(4),
        _ => Some(0),
    };
    let Some(size) = size else { return };
    if size > call.server.longest_string() {
        return call.reply.error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    }
    let prefix = call.args.get(3).map_or(&b"key"[..], |prefix| until_nul(prefix)).to_vec();
    let db = call.db();
    for number in 0..count {
        let mut key = [&prefix[..], b":", number.to_string().as_bytes()].concat();
        key.truncate(LONGEST_KEY);
        if call.server.lookup_key(db, &key).is_some() {
            continue;
        }
        let mut value = format!("value:{number}").into_bytes();
        if size > 0 {
            value.resize(size, 0);
        }
        call.server.add_key(db, &key, Str::text(&value).into_value());
        call.server.signal_modified_key(db, &key);
    }
    call.reply.ok();
}
