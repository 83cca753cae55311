//! The rows of the command table: strings.
//!
//! Redis: `src/commands/*.json`, group `string`.

use super::O1;
use crate::command::Handler;
use crate::command::spec::*;
use crate::command::{string, string_lcs, string_number, string_range, string_set};

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
    row("get", 2, READONLY | FAST, string::get, ONE, &["RO", "access"])
        .docs("string", "1.0.0", O1, "Returns the string at a key."),
    row("set", -3, WRITE | DENYOOM, string_set::set, ONE, &["RW", "access", "update", "variable_flags"])
        .docs("string", "1.0.0", O1, "Stores a string at a key."),
    row("getex", -2, WRITE | FAST, string_set::getex, ONE, &["RW", "access", "update"])
        .docs("string", "6.2.0", O1, "Returns the string at a key and changes when it expires."),
    row("getdel", 2, WRITE | FAST, string::getdel, ONE, &["RW", "access", "delete"])
        .docs("string", "6.2.0", O1, "Returns the string at a key and removes it."),
    row("getset", 3, WRITE | DENYOOM | FAST, string::getset, ONE, &["RW", "access", "update"])
        .docs("string", "1.0.0", O1, "Returns the string at a key and stores another."),
    row("setnx", 3, WRITE | DENYOOM | FAST, string_set::setnx, ONE, &["OW", "insert"])
        .docs("string", "1.0.0", O1, "Stores a string if the key is not there."),
    row("setex", 4, WRITE | DENYOOM, string_set::setex, ONE, &["OW", "update"])
        .docs("string", "2.0.0", O1, "Stores a string that expires after some seconds."),
    row("psetex", 4, WRITE | DENYOOM, string_set::psetex, ONE, &["OW", "update"])
        .docs("string", "2.6.0", O1, "Stores a string that expires after some milliseconds."),
    row("mget", -2, READONLY | FAST, string::mget, (1, -1, 1), &["RO", "access"]).tips(&["request_policy:multi_shard"])
        .docs("string", "1.0.0", "O(N) for N keys", "Returns the strings at several keys."),
    row("mset", -3, WRITE | DENYOOM, string::mset, (1, -1, 2), &["OW", "update"]).tips(&["request_policy:multi_shard", "response_policy:all_succeeded"])
        .docs("string", "1.0.1", "O(N) for N keys", "Stores strings at several keys."),
    row("msetnx", -3, WRITE | DENYOOM, string::msetnx, (1, -1, 2), &["OW", "insert"])
        .docs("string", "1.0.1", "O(N) for N keys", "Stores strings at several keys if none of them is there."),
    row("append", 3, WRITE | DENYOOM | FAST, string::append, ONE, &["RW", "insert"])
        .docs("string", "2.0.0", O1, "Adds to the end of a string."),
    row("strlen", 2, READONLY | FAST, string::strlen, ONE, &["RO"])
        .docs("string", "2.2.0", O1, "Tells how long a string is."),
    row("getrange", 4, READONLY, string_range::getrange, ONE, &["RO", "access"])
        .docs("string", "2.4.0", "O(N) for N bytes returned", "Returns a part of a string."),
    row("substr", 4, READONLY, string_range::getrange, ONE, &["RO", "access"])
        .docs("string", "1.0.0", "O(N) for N bytes returned", "Returns a part of a string: the old name of GETRANGE."),
    row("setrange", 4, WRITE | DENYOOM, string_range::setrange, ONE, &["RW", "update"])
        .docs("string", "2.2.0", "O(N) for N bytes of the value", "Overwrites a part of a string."),
    row("incr", 2, WRITE | DENYOOM | FAST, string_number::incr, ONE, &["RW", "access", "update"])
        .docs("string", "1.0.0", O1, "Adds one to a number."),
    row("decr", 2, WRITE | DENYOOM | FAST, string_number::decr, ONE, &["RW", "access", "update"])
        .docs("string", "1.0.0", O1, "Subtracts one from a number."),
    row("incrby", 3, WRITE | DENYOOM | FAST, string_number::incrby, ONE, &["RW", "access", "update"])
        .docs("string", "1.0.0", O1, "Adds to a number."),
    row("decrby", 3, WRITE | DENYOOM | FAST, string_number::decrby, ONE, &["RW", "access", "update"])
        .docs("string", "1.0.0", O1, "Subtracts from a number."),
    row("incrbyfloat", 3, WRITE | DENYOOM | FAST, string_number::incrbyfloat, ONE, &["RW", "access", "update"])
        .docs("string", "2.6.0", O1, "Adds to a number that need not be whole."),
    row("lcs", -3, READONLY, string_lcs::lcs, (1, 2, 1), &["RO", "access"])
        .docs("string", "7.0.0", "O(N*M) for strings of N and M bytes", "Finds what two strings have in common."),
];
