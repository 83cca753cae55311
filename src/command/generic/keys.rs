//! Commands on keys of any type: DEL, UNLINK, EXISTS, TYPE, TOUCH, KEYS, RANDOMKEY.
//!
//! Redis: `src/db.c`. Those that give a key another name or place are in [`super::rename`].

use crate::glob::Pattern;
use crate::keyspace::events::GENERIC;
use crate::server::dispatch::Call;

/// `DEL key [key …]`, `UNLINK key [key …]`: how many were removed. Redis frees the values of UNLINK in
/// another thread; here there is none.
pub fn del(call: &mut Call<'_>) {
    let db = call.db();
    let mut removed = 0;
    for key in call.args.from(1) {
        if call.server.lookup_key(db, key).is_some() && call.server.delete_key(db, key) {
            call.server.modified(db, key, GENERIC, "del");
            removed += 1;
        }
    }
    call.reply.integer(removed);
}

/// `EXISTS key [key …]`: how many are there; one named twice counts twice.
pub fn exists(call: &mut Call<'_>) {
    let db = call.db();
    let found = call.args.from(1).filter(|key| call.server.lookup_no_touch(db, key).is_some()).count();
    call.reply.integer(found as i64);
}

/// `TYPE key`: `string`, `list` … or `none`.
pub fn type_of(call: &mut Call<'_>) {
    let db = call.db();
    let item = call.server.lookup_no_touch(db, &call.args[1]);
    call.reply.simple(item.map_or("none", |item| item.value.type_name()));
}

/// `TOUCH key [key …]`: how many are there. They are used by that, also under CLIENT NO-TOUCH.
pub fn touch(call: &mut Call<'_>) {
    let db = call.db();
    let no_touch = std::mem::replace(&mut call.server.execution.no_touch, false);
    let found = call.args.from(1).filter(|key| call.server.lookup_read(db, key).is_some()).count();
    call.server.execution.no_touch = no_touch;
    call.reply.integer(found as i64);
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

/// In a CLIENT PAUSE, which removes nothing, so many that have expired are tried before one of them is returned after all.
const TRIES: usize = 100;

/// `RANDOMKEY`: any key of the database, null if there is none. Redis: `dbRandomKey`.
pub fn randomkey(call: &mut Call<'_>) {
    let number = call.db();
    for tried in 1.. {
        let random = [call.server.random(), call.server.random()];
        let mut random = random.into_iter();
        let db = call.server.keyspace.db(number);
        let Some(place) = db.random(|| random.next().unwrap_or_default()) else { break };
        let key = db.key(place).to_vec();
        // One that has expired is removed by being looked for, so that this ends.
        if call.server.lookup_key(number, &key).is_some()
            || (tried >= TRIES && call.server.paused().is_some())
        {
            return call.reply.bulk(key);
        }
    }
    call.reply.null();
}
