//! The rows of the command table: strings.
//!
//! Redis: `src/commands/*.json`, group `string`.

use super::{lcs, number, range, set};
use crate::command::{get_keys, string};
use crate::server::dispatch::Handler;
use crate::server::dispatch::spec::*;

const STRING: &[&str] = &["string"];
const ONE: (i32, i32, i32) = (1, 1, 1);

/// A command of this group.
const fn row(
    name: &'static str,
    arity: i32,
    flags: Flags,
    handler: Handler,
    keys: (i32, i32, i32),
    uses: &'static [&'static str],
) -> Command {
    Command::new(name, arity, flags, handler).categories(STRING).keys(keys.0, keys.1, keys.2, uses)
}

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("get", 2, READONLY | FAST, string::get, ONE, &["RO", "access"]),
    row("set", -3, WRITE | DENYOOM, set::set, ONE, &["RW", "access", "update", "variable_flags"]).get_keys(get_keys::set),
    row("getex", -2, WRITE | FAST, set::getex, ONE, &["RW", "access", "update"]),
    row("getdel", 2, WRITE | FAST, string::getdel, ONE, &["RW", "access", "delete"]),
    row("getset", 3, WRITE | DENYOOM | FAST, string::getset, ONE, &["RW", "access", "update"]),
    row("setnx", 3, WRITE | DENYOOM | FAST, set::setnx, ONE, &["OW", "insert"]),
    row("setex", 4, WRITE | DENYOOM, set::setex, ONE, &["OW", "update"]),
    row("psetex", 4, WRITE | DENYOOM, set::psetex, ONE, &["OW", "update"]),
    row("mget", -2, READONLY | FAST, string::mget, (1, -1, 1), &["RO", "access"]).tips(&["request_policy:multi_shard"]),
    row("mset", -3, WRITE | DENYOOM, string::mset, (1, -1, 2), &["OW", "update"]).tips(&["request_policy:multi_shard", "response_policy:all_succeeded"]),
    row("msetnx", -3, WRITE | DENYOOM, string::msetnx, (1, -1, 2), &["OW", "insert"]),
    row("append", 3, WRITE | DENYOOM | FAST, string::append, ONE, &["RW", "insert"]),
    row("strlen", 2, READONLY | FAST, string::strlen, ONE, &["RO"]),
    row("getrange", 4, READONLY, range::getrange, ONE, &["RO", "access"]),
    row("substr", 4, READONLY, range::getrange, ONE, &["RO", "access"]),
    row("setrange", 4, WRITE | DENYOOM, range::setrange, ONE, &["RW", "update"]),
    row("incr", 2, WRITE | DENYOOM | FAST, number::incr, ONE, &["RW", "access", "update"]),
    row("decr", 2, WRITE | DENYOOM | FAST, number::decr, ONE, &["RW", "access", "update"]),
    row("incrby", 3, WRITE | DENYOOM | FAST, number::incrby, ONE, &["RW", "access", "update"]),
    row("decrby", 3, WRITE | DENYOOM | FAST, number::decrby, ONE, &["RW", "access", "update"]),
    row("incrbyfloat", 3, WRITE | DENYOOM | FAST, number::incrbyfloat, ONE, &["RW", "access", "update"]),
    row("lcs", -3, READONLY, lcs::lcs, (1, 2, 1), &["RO", "access"]),
];
