//! The rows of the command table: HyperLogLog.
//!
//! Redis: `src/commands/*.json`, group `hyperloglog`.

use super::debug;
use crate::command::hyperloglog;
use crate::server::dispatch::Handler;
use crate::server::dispatch::spec::*;

/// A command of this group.
const fn row(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    Command::new(name, arity, flags, handler).categories(&["hyperloglog"])
}

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("pfadd", -2, WRITE | DENYOOM | FAST, hyperloglog::pfadd).keys(1, 1, 1, &["RW", "insert"]),
    row("pfcount", -2, READONLY | MAY_REPLICATE, hyperloglog::pfcount).keys(1, -1, 1, &["RW", "access"]),
    row("pfmerge", -2, WRITE | DENYOOM, hyperloglog::pfmerge).keys(1, 1, 1, &["RW", "access", "insert"]).keys(2, -1, 1, &["RO", "access"]),
    row("pfdebug", 3, WRITE | DENYOOM | ADMIN, debug::pfdebug).keys(2, 2, 1, &["RW", "access"]),
    row("pfselftest", 1, ADMIN, debug::pfselftest),
];
