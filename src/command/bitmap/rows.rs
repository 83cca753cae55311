//! The rows of the command table: bitmaps.
//!
//! Redis: `src/commands/*.json`, group `bitmap`.

use super::{field, operation, range};
use crate::command::{bitmap, get_keys};
use crate::server::dispatch::Handler;
use crate::server::dispatch::spec::*;

/// A command of this group.
const fn row(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    Command::new(name, arity, flags, handler).categories(&["bitmap"])
}

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("setbit", 4, WRITE | DENYOOM, bitmap::setbit).keys(1, 1, 1, &["RW", "access", "update"]),
    row("getbit", 3, READONLY | FAST, bitmap::getbit).keys(1, 1, 1, &["RO", "access"]),
    row("bitcount", -2, READONLY, range::bitcount).keys(1, 1, 1, &["RO", "access"]),
    row("bitpos", -3, READONLY, range::bitpos).keys(1, 1, 1, &["RO", "access"]),
    row("bitop", -4, WRITE | DENYOOM, operation::bitop).keys(2, 2, 1, &["OW", "update"]).keys(3, -1, 1, &["RO", "access"]),
    row("bitfield", -2, WRITE | DENYOOM, field::bitfield).keys(1, 1, 1, &["RW", "access", "update", "variable_flags"]).get_keys(get_keys::bitfield),
    row("bitfield_ro", -2, READONLY | FAST, field::bitfield_ro).keys(1, 1, 1, &["RO", "access"]),
];
