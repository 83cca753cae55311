//! The rows of the command table: lists.
//!
//! Redis: `src/commands/*.json`, group `list`.

use super::O1;
use crate::command::Handler;
use crate::command::spec::*;
use crate::command::{list, list_blocking, list_move, list_search};

const EACH: &str = "O(1) for each element";
const WALK: &str = "O(N) for N elements up to the place, from the nearer end";
const ALL: &str = "O(N) for N elements";
const REMOVED: &str = "O(N) for N elements removed";
const KEYS: &str = "O(N+M) for N keys and M elements taken";

/// A command of this group.
const fn row(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    Command::new(name, arity, flags, handler).categories(&["list"])
}

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("lpush", -3, WRITE | DENYOOM | FAST, list::lpush).keys(1, 1, 1, &["RW", "insert"])
        .docs("list", "1.0.0", EACH, "Adds elements at the left end."),
    row("rpush", -3, WRITE | DENYOOM | FAST, list::rpush).keys(1, 1, 1, &["RW", "insert"])
        .docs("list", "1.0.0", EACH, "Adds elements at the right end."),
    row("lpushx", -3, WRITE | DENYOOM | FAST, list::lpushx).keys(1, 1, 1, &["RW", "insert"])
        .docs("list", "2.2.0", EACH, "Adds elements at the left end of a list that is there."),
    row("rpushx", -3, WRITE | DENYOOM | FAST, list::rpushx).keys(1, 1, 1, &["RW", "insert"])
        .docs("list", "2.2.0", EACH, "Adds elements at the right end of a list that is there."),
    row("lpop", -2, WRITE | FAST, list::lpop).keys(1, 1, 1, &["RW", "access", "delete"])
        .docs("list", "1.0.0", EACH, "Takes elements from the left end."),
    row("rpop", -2, WRITE | FAST, list::rpop).keys(1, 1, 1, &["RW", "access", "delete"])
        .docs("list", "1.0.0", EACH, "Takes elements from the right end."),
    row("llen", 2, READONLY | FAST, list::llen).keys(1, 1, 1, &["RO"])
        .docs("list", "1.0.0", O1, "Counts the elements."),
    row("lindex", 3, READONLY, list::lindex).keys(1, 1, 1, &["RO", "access"])
        .docs("list", "1.0.0", WALK, "Returns an element."),
    row("linsert", 5, WRITE | DENYOOM, list::linsert).keys(1, 1, 1, &["RW", "insert"])
        .docs("list", "2.2.0", WALK, "Adds an element before or after another."),
    row("lset", 4, WRITE | DENYOOM, list::lset).keys(1, 1, 1, &["RW", "update"])
        .docs("list", "1.0.0", WALK, "Puts another element in the place of one."),
    row("lrange", 4, READONLY, list::lrange).keys(1, 1, 1, &["RO", "access"])
        .docs("list", "1.0.0", WALK, "Returns the elements of a range."),
    row("lrem", 4, WRITE, list::lrem).keys(1, 1, 1, &["RW", "delete"])
        .docs("list", "1.0.0", ALL, "Removes elements of a value."),
    row("ltrim", 4, WRITE, list::ltrim).keys(1, 1, 1, &["RW", "delete"])
        .docs("list", "1.0.0", REMOVED, "Removes elements outside of a range."),
    row("lpos", -3, READONLY, list_search::lpos).keys(1, 1, 1, &["RO", "access"])
        .docs("list", "6.0.6", ALL, "Tells where elements of a value are."),
    row("lmove", 5, WRITE | DENYOOM, list_move::lmove).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"])
        .docs("list", "6.2.0", O1, "Moves an element from one list to another."),
    row("rpoplpush", 3, WRITE | DENYOOM, list_move::rpoplpush).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"])
        .docs("list", "1.2.0", O1, "Moves the last element of a list to the front of another."),
    row("lmpop", -4, WRITE, list_move::lmpop).numbered_keys(1, &["RW", "access", "delete"])
        .docs("list", "7.0.0", KEYS, "Takes elements from the first list that has some."),
    row("blpop", -3, WRITE | BLOCKING, list_blocking::blpop).keys(1, -2, 1, &["RW", "access", "delete"])
        .docs("list", "2.0.0", KEYS, "Takes the first element of the first list that has one, or waits for it."),
    row("brpop", -3, WRITE | BLOCKING, list_blocking::brpop).keys(1, -2, 1, &["RW", "access", "delete"])
        .docs("list", "2.0.0", KEYS, "Takes the last element of the first list that has one, or waits for it."),
    row("blmove", 6, WRITE | DENYOOM | BLOCKING, list_blocking::blmove).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"])
        .docs("list", "6.2.0", O1, "Moves an element from one list to another, or waits for it."),
    row("brpoplpush", 4, WRITE | DENYOOM | BLOCKING, list_blocking::brpoplpush).keys(1, 1, 1, &["RW", "access", "delete"]).keys(2, 2, 1, &["RW", "insert"])
        .docs("list", "2.2.0", O1, "Moves the last element of a list to the front of another, or waits for it."),
    row("blmpop", -5, WRITE | BLOCKING, list_blocking::blmpop).numbered_keys(2, &["RW", "access", "delete"])
        .docs("list", "7.0.0", KEYS, "Takes elements from the first list that has some, or waits for one."),
];
