//! Sets: adding, removing, moving and asking for members (SADD, SREM, SMOVE, SCARD, SISMEMBER, SMISMEMBER, SMEMBERS).
//!
//! Redis: `src/t_set.c` (`saddCommand`, `sremCommand`, `smoveCommand`, `scardCommand`, `sismemberCommand`,
//! `smismemberCommand`, `smembersCommand`).

pub mod algebra;
pub mod random;
pub(crate) mod rows;
pub mod scan;

use crate::keyspace::events::{GENERIC, SET};
use crate::keyspace::set::Set;
use crate::keyspace::value::{Value, WrongType};
use crate::resp::reply::Reply;
use crate::server::Server;
use crate::server::dispatch::{Call, bulk_entry};
use crate::server::limits::of_sets as limits;

/// The set at the key of a command that reads it, if there is one. None: the key holds something else, and the error
/// is replied.
fn read<'a>(server: &'a mut Server, db: u32, key: &[u8], reply: &mut Reply) -> Option<Option<&'a Set>> {
    match server.read::<Set>(db, key) {
        Ok(set) => Some(set),
        Err(WrongType) => {
            reply.wrong_type();
            None
        }
    }
}

/// `SADD key member [member …]`: how many members are new.
pub fn sadd(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let (key, count) = (&call.args[1], call.args.len() - 2);
    let first = &call.args[2];
    let Ok(set) = call.server.write_or_create(db, key, || Set::new(first, count, limits)) else {
        return call.reply.wrong_type();
    };
    set.prepare(count, limits);
    let added = call.args.from(2).filter(|member| set.add(member, limits)).count();
    if added > 0 {
        call.server.modified(db, key, SET, "sadd");
        // Every member counts as a change: one is counted already.
        call.server.stats.dirty += added as u64 - 1;
    }
    call.reply.integer(added as i64);
}

/// `SREM key member [member …]`: how many members were removed.
pub fn srem(call: &mut Call<'_>) {
    let (db, key) = (call.db(), &call.args[1]);
    let set = match call.server.write::<Set>(db, key) {
        Ok(Some(set)) => set,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let mut members = call.args.from(2);
    let mut removed = 0;
    while !set.is_empty()
        && let Some(member) = members.next()
    {
        removed += usize::from(set.remove(member));
    }
    let is_empty = set.is_empty();
    if removed > 0 {
        call.server.modified(db, key, SET, "srem");
        call.server.stats.dirty += removed as u64 - 1;
        if is_empty {
            call.server.delete_emptied(db, key);
        }
    }
    call.reply.integer(removed as i64);
}

/// `SMOVE source destination member`: 1 if the member was in the source.
pub fn smove(call: &mut Call<'_>) {
    let (db, limits) = (call.db(), limits(call.server));
    let (source, target, member) = (&call.args[1], &call.args[2], &call.args[3]);
    let from = call.server.write::<Set>(db, source).map(|set| set.is_some());
    // Both keys are looked up first, and a source that is not there comes before a target of another type.
    let to = call.server.write::<Set>(db, target).map(|set| set.is_some());
    match (from, to) {
        (Ok(false), _) => return call.reply.integer(0),
        (Ok(true), Ok(_)) => {}
        _ => return call.reply.wrong_type(),
    }
    let Ok(Some(set)) = call.server.write::<Set>(db, source) else { return };
    if source == target {
        return call.reply.integer(i64::from(set.contains(member)));
    }
    if !set.remove(member) {
        return call.reply.integer(0);
    }
    let is_empty = set.is_empty();
    call.server.modified(db, source, SET, "srem");
    if is_empty {
        call.server.delete_emptied(db, source);
    }
    let Ok(set) = call.server.write_or_create(db, target, || Set::new(member, 1, limits)) else { return };
    if set.add(member, limits) {
        call.server.modified(db, target, SET, "sadd");
    }
    call.reply.integer(1);
}

/// `SCARD key`: how many members there are.
pub fn scard(call: &mut Call<'_>) {
    let db = call.db();
    let Some(set) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.integer(set.map_or(0, Set::len) as i64);
}

/// `SISMEMBER key member`
pub fn sismember(call: &mut Call<'_>) {
    let db = call.db();
    let Some(set) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.integer(i64::from(set.is_some_and(|set| set.contains(&call.args[2]))));
}

/// `SMISMEMBER key member [member …]`: 1 or 0 for each.
pub fn smismember(call: &mut Call<'_>) {
    let db = call.db();
    let Some(set) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.array(call.args.len() - 2);
    for member in call.args.from(2) {
        call.reply.integer(i64::from(set.is_some_and(|set| set.contains(member))));
    }
}

/// `SMEMBERS key`: a set in RESP3.
pub fn smembers(call: &mut Call<'_>) {
    let db = call.db();
    let Some(set) = read(call.server, db, &call.args[1], call.reply) else { return };
    call.reply.set(set.map_or(0, Set::len));
    set.into_iter().flat_map(Set::iter).for_each(|member| bulk_entry(call.reply, member));
}

/// Stores a set that a command has made, and replies how many members it has; an empty one removes the key. Redis: the ends of
/// `sinterGenericCommand` and `sunionDiffGenericCommand`.
fn store(call: &mut Call<'_>, set: Set, event: &str) {
    let (db, key, len) = (call.db(), &call.args[1], set.len());
    if len > 0 {
        call.server.set_key(db, key, Value::Set(set), false);
        call.server.notify(SET, event, key, db);
    } else if call.server.delete_key(db, key) {
        call.server.modified(db, key, GENERIC, "del");
    }
    call.reply.integer(len as i64);
}
