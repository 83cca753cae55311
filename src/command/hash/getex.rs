//! HGETEX and HGETDEL: fields that are read, and given another time or removed in the same command.
//!
//! Redis: `src/t_hash.c` (`hgetexCommand`, `hgetdelCommand`).

use super::fields::{NOT_POSITIVE, Refusal, UNITS, first, time};
use crate::keyspace::events::{Events, HASH};
use crate::keyspace::hash::{At, Hash};
use crate::keyspace::value::WrongType;
use crate::persist::aof_write::Word;
use crate::server::dispatch::{Call, bulk_entry};
use crate::steps::{readable, step};

/// What HGETEX does with the time of a field that it has read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Nothing,
    Persist,
    Expire(i64),
}

/// How many fields a command has removed because their time had passed, removed for another reason, and given another time; and
/// whether none is left.
#[derive(Default)]
struct Counts<'a> {
    expired: u64,
    removed: u64,
    changed: u64,
    is_empty: bool,
    /// Those that were removed because their time had passed, the old one or the new one.
    gone: Vec<&'a [u8]>,
}

/// What follows the reading, and where the first field is.
fn arguments(call: &Call<'_>) -> Result<(Then, usize), Refusal> {
    if call.is(2, "persist") {
        return Ok((Then::Persist, first(call, 3, NOT_POSITIVE)?));
    }
    match UNITS.iter().find(|(word, _)| call.is(2, word)) {
        None => Ok((Then::Nothing, first(call, 2, NOT_POSITIVE)?)),
        Some(&(_, unit)) => {
            let time = time(call, 3, unit, "hgetex")?;
            if call.args.len() == 5 {
                return Err("wrong number of arguments for 'hgetex' command".into());
            }
            Ok((Then::Expire(time), first(call, 4, NOT_POSITIVE)?))
        }
    }
}

/// `HGETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] FIELDS n field …`
pub fn hgetex(call: &mut Call<'_>) {
    let (arguments, now) = (arguments(call), call.server.now());
    let then = arguments.as_ref().map_or(Then::Nothing, |&(then, _)| then);
    let counts = each_field(
        call,
        arguments.map(|(_, first)| first),
        |hash| {
            if then != Then::Nothing {
                hash.make_expiring();
            }
        },
        |hash, at, field, counts| match then {
            Then::Nothing => {}
            Then::Persist => {
                if hash.expires(at).is_some() {
                    hash.set_expiry(at, field, None);
                    counts.changed += 1;
                }
            }
            Then::Expire(time) if time <= now => {
                hash.remove_at(at);
                counts.removed += 1;
                counts.gone.push(field);
            }
            Then::Expire(time) => {
                hash.set_expiry(at, field, Some(time));
                counts.changed += 1;
            }
        },
    );
    let Some(counts) = counts else { return };
    // A field that is removed because its new time has passed has expired.
    call.server.stats.expired_subkeys += counts.removed;
    let event = match (counts.changed, counts.removed) {
        (0, 0) => None,
        (0, _) => Some("hdel"),
        _ if then == Then::Persist => Some("hpersist"),
        _ => Some("hexpire"),
    };
    tell(call, &counts, event);
    let args = call.args;
    match then {
        // Each field that is gone is recorded already.
        _ if counts.changed == 0 => call.server.prevent_propagation(),
        Then::Expire(time) => {
            let head = ["HPEXPIREAT".into(), (&args[1]).into(), time.into()];
            call.server.rewrite_command(head.into_iter().chain(args.from(4).map(Word::from)));
        }
        _ => {
            let head = ["HPERSIST".into(), (&args[1]).into()];
            call.server.rewrite_command(head.into_iter().chain(args.from(3).map(Word::from)));
        }
    }
}

/// `HGETDEL key FIELDS n field …`
pub fn hgetdel(call: &mut Call<'_>) {
    let first = first(call, 2, NOT_POSITIVE);
    let remove = |hash: &mut Hash, at: At, _: &[u8], counts: &mut Counts<'_>| {
        hash.remove_at(at);
        counts.removed += 1;
    };
    let Some(counts) = each_field(call, first, |_| {}, remove) else { return };
    let event = (counts.removed > 0).then_some("hdel");
    tell(call, &counts, event);
    let args = call.args;
    let head = ["HDEL".into(), (&args[1]).into()];
    call.server.rewrite_command(head.into_iter().chain(args.from(4).map(Word::from)));
}

/// Replies with the value of each field from the argument `first` on, and calls `then` for each that is there; `begin` is called
/// with the hash before. None: the reply is an error, there is no such hash, or nothing has changed.
fn each_field<'a>(
    call: &mut Call<'a>,
    first: Result<usize, Refusal>,
    begin: impl FnOnce(&mut Hash),
    mut then: impl FnMut(&mut Hash, At, &'a [u8], &mut Counts<'a>),
) -> Option<Counts<'a>> {
    let (db, args, now) = (call.db(), call.args, call.server.now());
    let is_paused = call.server.paused().is_some();
    let found = match call.server.write_at::<Hash>(db, &args[1]) {
        Err(WrongType) => {
            call.reply.wrong_type();
            return None;
        }
        Ok(found) => found,
    };
    let first = match first {
        Ok(first) => first,
        Err(refusal) => {
            call.reply.error(format!("ERR {refusal}"));
            return None;
        }
    };
    call.reply.array(args.len() - first);
    let Some((place, hash)) = found else {
        args.from(first).for_each(|_| call.reply.null());
        return None;
    };
    begin(hash);
    let (mut counts, mut gone) = (Counts::default(), 0_usize);
    for field in args.from(first) {
        match hash.find(field) {
            None => call.reply.null(),
            Some(at) if hash.is_expired(at, now) => {
                call.reply.null();
                counts.expired += 1;
                // In a CLIENT PAUSE nothing is removed; the event goes out all the same, as in Redis.
                if !is_paused {
                    hash.remove_at(at);
                    gone += 1;
                    counts.gone.push(field);
                }
            }
            Some(at) => {
                bulk_entry(call.reply, hash.value(at));
                then(hash, at, field, &mut counts);
            }
        }
    }
    counts.is_empty = hash.is_empty();
    if hash.is_expiring() {
        call.server.keyspace.db(db).fields_changed(place);
    }
    if gone > 0 {
        step!(FieldsExpired { db, key: readable(&args[1]), fields: gone });
    }
    call.server.stats.expired_subkeys += gone as u64;
    (counts.expired + counts.removed + counts.changed > 0).then_some(counts)
}

/// Tells what was done, and removes a key that has no field left.
fn tell(call: &mut Call<'_>, counts: &Counts<'_>, event: Option<&str>) {
    let (db, key, server) = (call.db(), &call.args[1], &mut *call.server);
    server.signal_modified_key(db, key);
    server.stats.dirty += counts.removed + counts.changed;
    let mut notify = |class: Events, event: &str| server.notify(class, event, key, db);
    if counts.expired > 0 {
        notify(HASH, "hexpired");
    }
    if let Some(event) = event {
        notify(HASH, event);
    }
    if counts.is_empty {
        server.delete_emptied(db, key);
    }
    counts.gone.iter().for_each(|field| server.propagate_field(db, key, field));
}
