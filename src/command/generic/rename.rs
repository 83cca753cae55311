//! Keys that get another name or another database: RENAME, RENAMENX, COPY, MOVE, SWAPDB.
//!
//! Redis: `src/db.c` (`renameGenericCommand`, `copyCommand`, `moveCommand`, `swapdbCommand`, `dbSwapDatabases`).

use crate::keyspace::events::GENERIC;
use crate::server::dispatch::Call;

const SAME_OBJECT: &str = "ERR source and destination objects are the same";

/// `RENAME key newkey`
pub fn rename(call: &mut Call<'_>) {
    if rename_generic(call, false).is_some() {
        call.reply.ok();
    }
}

/// `RENAMENX key newkey`: 0 if there is a key of the new name.
pub fn renamenx(call: &mut Call<'_>) {
    if let Some(renamed) = rename_generic(call, true) {
        call.reply.integer(i64::from(renamed));
    }
}

/// Whether the key has the new name now. None: it is not there, and an error says so.
fn rename_generic(call: &mut Call<'_>, only_if_missing: bool) -> Option<bool> {
    let (db, args) = (call.db(), call.args);
    let (from, to) = (&args[1], &args[2]);
    if call.server.lookup_write(db, from).is_none() {
        call.reply.error("ERR no such key");
        return None;
    }
    if from == to {
        return Some(false);
    }
    if call.server.lookup_key(db, to).is_some() {
        if only_if_missing {
            return Some(false);
        }
        call.server.delete_key(db, to);
    }
    call.server.move_key((db, from), (db, to));
    call.server.signal_modified_key(db, from);
    call.server.signal_modified_key(db, to);
    call.server.notify(GENERIC, "rename_from", from, db);
    call.server.notify(GENERIC, "rename_to", to, db);
    call.server.stats.dirty += 1;
    Some(true)
}

/// `MOVE key db`
pub fn move_to(call: &mut Call<'_>) {
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    let Some(target) = call.database(2) else { return };
    if target == db {
        return call.reply.error(SAME_OBJECT);
    }
    if call.server.lookup_write(db, key).is_none() || call.server.lookup_key(target, key).is_some() {
        return call.reply.integer(0);
    }
    call.server.move_key((db, key), (target, key));
    call.server.signal_modified_key(db, key);
    call.server.signal_modified_key(target, key);
    call.server.notify(GENERIC, "move_from", key, db);
    call.server.notify(GENERIC, "move_to", key, target);
    call.server.stats.dirty += 1;
    call.reply.integer(1);
}

/// `COPY source destination [DB n] [REPLACE]`
pub fn copy(call: &mut Call<'_>) {
    let (db, args) = (call.db(), call.args);
    let (from, to) = (&args[1], &args[2]);
    let (mut target, mut replace) = (db, false);
    let mut at = 3;
    while at < call.args.len() {
        if call.is(at, "replace") {
            replace = true;
        } else if call.is(at, "db") && at + 1 < call.args.len() {
            at += 1;
            let Some(number) = call.database(at) else { return };
            target = number;
        } else {
            return call.syntax_error();
        }
        at += 1;
    }
    if target == db && from == to {
        return call.reply.error(SAME_OBJECT);
    }
    let Some(value) = call.server.lookup_read(db, from).cloned() else { return call.reply.integer(0) };
    let expires = call.server.lookup_no_stats(db, from).and_then(|item| item.expires());
    if call.server.lookup_key(target, to).is_some() {
        if !replace {
            return call.reply.integer(0);
        }
        call.server.delete_key(target, to);
    }
    let place = call.server.add_key(target, to, value);
    call.server.keyspace.db(target).set_expiry(place, expires);
    call.server.modified(target, to, GENERIC, "copy_to");
    call.reply.integer(1);
}

/// `SWAPDB index1 index2`: who has selected one of them sees the keys of the other.
pub fn swapdb(call: &mut Call<'_>) {
    let Some(one) = call.int(1, Some("invalid first DB index")) else { return };
    let Some(other) = call.int(2, Some("invalid second DB index")) else { return };
    let Some(one) = call.existing_database(one) else { return };
    let Some(other) = call.existing_database(other) else { return };
    call.server.swap_databases(one, other);
    call.server.stats.dirty += 1;
    call.reply.ok();
}
