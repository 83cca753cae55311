//! The rows of the command table: transactions.
//!
//! Redis: `src/commands/*.json`, group `transactions`.

use super::SERVED;
use crate::command::multi;
use crate::command::spec::*;

const TRANSACTION: &[&str] = &["transaction"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("multi", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, multi::multi).categories(TRANSACTION),
    Command::new("exec", 1, NOSCRIPT | SERVED | SKIP_SLOWLOG | IN_MULTI, multi::exec).categories(TRANSACTION),
    Command::new("discard", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, multi::discard).categories(TRANSACTION),
    Command::new("watch", -2, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, multi::watch).categories(TRANSACTION).keys(1, -1, 1, &["RO"]),
    Command::new("unwatch", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY, multi::unwatch).categories(TRANSACTION),
];
