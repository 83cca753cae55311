//! Commands on keys of any type: DEL, UNLINK, EXISTS, TYPE, KEYS.
//!
//! Redis: `src/db.c`.

use super::Call;
use crate::glob::Pattern;

/// `DEL key [key …]`, `UNLINK key [key …]`: how many were removed. Redis frees the values of UNLINK in
/// another thread; here there is none.
pub fn del(call: &mut Call<'_>) {
    let now = call.server.unix_millis();
    let number = call.client().db;
    let db = call.server.keyspace.db(number);
    let removed = call.args.from(1).filter(|key| db.remove(key, now)).count();
    call.reply.integer(removed as i64);
}

/// `EXISTS key [key …]`: how many are there; one named twice counts twice.
pub fn exists(call: &mut Call<'_>) {
    let now = call.server.unix_millis();
    let number = call.client().db;
    let db = call.server.keyspace.db(number);
    let found = call.args.from(1).filter(|key| db.get(key, now).is_some()).count();
    call.server.stats.keyspace_hits += found as u64;
    call.server.stats.keyspace_misses += (call.args.len() - 1 - found) as u64;
    call.reply.integer(found as i64);
}

/// `TYPE key`: `string` or `none`.
pub fn type_of(call: &mut Call<'_>) {
    let now = call.server.unix_millis();
    let number = call.client().db;
    let found = call.server.keyspace.db(number).get(&call.args[1], now).is_some();
    call.reply.simple(if found { "string" } else { "none" });
}

/// `KEYS pattern`
pub fn keys(call: &mut Call<'_>) {
    let now = call.server.unix_millis();
    let number = call.client().db;
    let everything = &call.args[1] == b"*";
    let pattern = match Pattern::new(&call.args[1]) {
        Ok(pattern) => pattern,
        Err(too_big) => return call.reply.error(format!("ERR {too_big}")),
    };
    let db = call.server.keyspace.db(number);
    // As in Redis, `*` alone finds even the empty key, which the pattern does not match.
    let found: Vec<&[u8]> = db.keys(now).filter(|key| everything || pattern.matches(key)).collect();
    call.reply.array(found.len());
    for key in found {
        call.reply.bulk(key);
    }
}
