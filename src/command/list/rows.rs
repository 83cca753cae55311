//! The rows of the command table: lists.
//!
//! Redis: `src/commands/*.json`, group `list`.

use super::{blocking, search, transfer};
use crate::command::list;
use crate::server::dispatch::Handler;
use crate::server::dispatch::spec::*;

/// A command of this group.
const fn row(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    Command::new(name, arity, flags, handler).categories(&["list"])
}

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("lpush", -3, WRITE | DENYOOM | FAST, list::lpush).keys(1, 1, 1, &["RW", "insert"]),
    row("rpush", -3, WRITE | DENYOOM | FAST, list::rpush).keys(1, 1, 1, &["RW", "insert"]),
    row("lpushx", -3, WRITE | DENYOOM | FAST, list::lpushx).keys(1, 1, 1, &["RW", "insert"]),
    row("rpushx", -3, WRITE | DENYOOM | FAST, list::rpushx).keys(1, 1, 1, &["RW", "insert"]),
    row("lpop", -2, WRITE | FAST, list::lpop).keys(1, 1, 1, &["RW", "access", "delete"]),
    row("rpop", -2, WRITE | FAST, list::rpop).keys(1, 1, 1, &["RW", "access", "delete"]),
    row("llen", 2, READONLY | FAST, list::llen).keys(1, 1, 1, &["RO"]),
    row("lindex", 3, READONLY, list::lindex).keys(1, 1, 1, &["RO", "access"]),
    row("linsert", 5, WRITE | DENYOOM, list::linsert).keys(1, 1, 1, &["RW", "insert"]),
    row("lset", 4, WRITE | DENYOOM, list::lset).keys(1, 1, 1, &["RW", "update"]),
    row("lrange", 4, READONLY, list::lrange).keys(1, 1, 1, &["RO", "access"]),
    row("lrem", 4, WRITE, list::lrem).keys(1, 1, 1, &["RW", "delete"]),
    row("ltrim", 4, WRITE, list::ltrim).keys(1, 1, 1, &["RW", "delete"]),
    row("lpos", -3, READONLY, search::lpos).keys(1, 1, 1, &["RO", "access"]),
    row("lmove", 5, WRITE | DENYOOM, transfer::lmove).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"]),
    row("rpoplpush", 3, WRITE | DENYOOM, transfer::rpoplpush).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"]),
    row("lmpop", -4, WRITE, transfer::lmpop).numbered_keys(1, &["RW", "access", "delete"]),
    row("blpop", -3, WRITE | BLOCKING, blocking::blpop).keys(1, -2, 1, &["RW", "access", "delete"]),
    row("brpop", -3, WRITE | BLOCKING, blocking::brpop).keys(1, -2, 1, &["RW", "access", "delete"]),
    row("blmove", 6, WRITE | DENYOOM | BLOCKING, blocking::blmove).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"]),
    row("brpoplpush", 4, WRITE | DENYOOM | BLOCKING, blocking::brpoplpush).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"]),
    row("blmpop", -5, WRITE | BLOCKING, blocking::blmpop).numbered_keys(2, &["RW", "access", "delete"]),
];
