//! Strings as a whole: GET and its siblings, MGET, MSET, APPEND, STRLEN. SET is in [`self::set`].
//!
//! Redis: `src/t_string.c` (`getGenericCommand`, `getdelCommand`, `mgetCommand`, `msetGenericCommand`, `appendCommand`).

pub mod lcs;
pub mod number;
pub mod range;
pub(crate) mod rows;
pub mod set;

use crate::keyspace::events::{GENERIC, STRING};
use crate::keyspace::string::Str;
use crate::keyspace::value::{Typed, WrongType};
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;

/// Replies with a string. Redis: `addReplyBulk`.
pub(super) fn reply_with(reply: &mut Reply, string: &Str) {
    match string {
        Str::Int(number) => reply.bulk_integer(*number),
        string => reply.bulk(string.bytes()),
    }
}

/// Replies with the string at a key, null if there is none. Whether it is not of another type. Redis: `getGenericCommand`.
pub(super) fn get_generic(call: &mut Call<'_>) -> bool {
    let found = call.server.read::<Str>(call.db(), &call.args[1]);
    match found {
        Ok(Some(string)) => reply_with(call.reply, string),
        Ok(None) => call.reply.null(),
        Err(WrongType) => call.reply.wrong_type(),
    }
    found.is_ok()
}

/// `GET key`
pub fn get(call: &mut Call<'_>) {
    get_generic(call);
}

/// `GETDEL key`
pub fn getdel(call: &mut Call<'_>) {
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    if get_generic(call) && call.server.delete_key(db, key) {
        call.server.rewrite_command(["DEL".into(), key.into()]);
        call.server.modified(db, key, GENERIC, "del");
    }
}

/// `GETSET key value`
pub fn getset(call: &mut Call<'_>) {
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    if get_generic(call) {
        call.server.set_key(db, key, Str::new(&args[2]).into_value(), false);
        call.server.notify(STRING, "set", key, db);
        call.server.rewrite_command(["SET".into(), key.into(), (&args[2]).into()]);
    }
}

/// `MGET key [key …]`: null also for a key of another type.
pub fn mget(call: &mut Call<'_>) {
    let db = call.db();
    call.reply.array(call.args.len() - 1);
    for key in call.args.from(1) {
        match call.server.read::<Str>(db, key) {
            Ok(Some(string)) => reply_with(call.reply, string),
            Ok(None) | Err(WrongType) => call.reply.null(),
        }
    }
}

/// `MSET key value [key value …]`
pub fn mset(call: &mut Call<'_>) {
    if store_pairs(call, "mset", false) {
        call.reply.ok();
    }
}

/// `MSETNX key value [key value …]`: 1, or 0 and nothing is stored because one of the keys is there.
pub fn msetnx(call: &mut Call<'_>) {
    if store_pairs(call, "msetnx", true) {
        call.reply.integer(1);
    }
}

/// Stores all pairs. False: it has replied why not.
fn store_pairs(call: &mut Call<'_>, name: &str, only_if_missing: bool) -> bool {
    let (db, args) = (call.db(), call.args);
    if args.len().is_multiple_of(2) {
        call.reply.error(format!("ERR wrong number of arguments for '{name}' command"));
        return false;
    }
    if only_if_missing && args.from(1).step_by(2).any(|key| call.server.lookup_key(db, key).is_some()) {
        call.reply.integer(0);
        return false;
    }
    for (key, value) in args.from(1).step_by(2).zip(args.from(2).step_by(2)) {
        call.server.set_key(db, key, Str::new(value).into_value(), false);
        call.server.notify(STRING, "set", key, db);
    }
    true
}

/// `APPEND key value`: how long the string is now.
pub fn append(call: &mut Call<'_>) {
    let (db, key, more) = (call.db(), &call.args[1], &call.args[2]);
    let limit = call.server.longest_string();
    let length = match call.server.write::<Str>(db, key) {
        Err(WrongType) => return call.reply.wrong_type(),
        Ok(Some(string)) => {
            if !fits(string.len(), more.len(), limit) {
                return call.reply.error(TOO_LONG);
            }
            string.append(more);
            string.len()
        }
        Ok(None) => {
            call.server.add_key(db, key, Str::new(more).into_value());
            more.len()
        }
    };
    call.server.modified(db, key, STRING, "append");
    call.reply.integer(length as i64);
}

/// The error for a string that would be longer than `proto-max-bulk-len`.
pub(super) const TOO_LONG: &str = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

/// Whether a string of `length` bytes with `more` of them is no longer than allowed. Redis: `checkStringLength`.
pub(super) fn fits(length: usize, more: usize, limit: usize) -> bool {
    length.checked_add(more).is_some_and(|length| length <= limit)
}

/// `STRLEN key`
pub fn strlen(call: &mut Call<'_>) {
    match call.server.read::<Str>(call.db(), &call.args[1]) {
        Ok(string) => call.reply.integer(string.map_or(0, |string| string.len()) as i64),
        Err(WrongType) => call.reply.wrong_type(),
    }
}
