//! Commands on keys of any type: DEL, UNLINK, EXISTS, TYPE, KEYS.
//!
//! Redis: `src/db.c`.

use super::Call;
use crate::glob::Pattern;
use crate::server::notify::GENERIC;

/// `DEL key [key …]`, `UNLINK key [key …]`: how many were removed. Redis frees the values of UNLINK in
/// another thread; here there is none.
pub fn del(call: &mut Call<'_>) {
    let db = call.db();
    let mut removed = 0;
    for key in call.args.from(1) {
        if call.server.find(db, key).is_some() && call.server.delete_key(db, key) {
            call.server.modified(db, key, GENERIC, "del");
            removed += 1;
        }
    }
    call.reply.integer(removed);
}

/// `EXISTS key [key …]`: how many are there; one named twice counts twice.
pub fn exists(call: &mut Call<'_>) {
    let db = call.db();
    let found = call.args.from(1).filter(|key| call.server.lookup_read(db, key).is_some()).count();
    call.reply.integer(found as i64);
}

/// `TYPE key`: `string` or `none`.
pub fn type_of(call: &mut Call<'_>) {
    let db = call.db();
    let item = call.server.peek(db, &call.args[1]);
    call.reply.simple(item.map_or("none", |item| item.value.type_name()));
}

/// `KEYS pattern`
pub fn keys(call: &mut Call<'_>) {
    let (now, db) = (call.server.now(), call.db());
    let everything = &call.args[1] == b"*";
    let pattern = match Pattern::new(&call.args[1]) {
        Ok(pattern) => pattern,
        Err(too_big) => return call.reply.error(format!("ERR {too_big}")),
    };
    let db = call.server.keyspace.db(db);
    // As in Redis, `*` alone finds even the empty key, which the pattern does not match.
    let found: Vec<&[u8]> = db.keys(now).filter(|key| everything || pattern.matches(key)).collect();
    call.reply.array(found.len());
    for key in found {
        call.reply.bulk(key);
    }
}
