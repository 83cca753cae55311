//! The rows of the command table: transactions.
//!
//! Redis: `src/commands/*.json`, group `transactions`.

use crate::command::transactions;
use crate::server::dispatch::spec::*;
use crate::server::dispatch::table::SERVED;

const TRANSACTION: &[&str] = &["transaction"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("multi", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, transactions::multi).categories(TRANSACTION),
    Command::new("exec", 1, NOSCRIPT | SERVED | SKIP_SLOWLOG | IN_MULTI, transactions::exec).categories(TRANSACTION),
    Command::new("discard", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, transactions::discard).categories(TRANSACTION),
    Command::new("watch", -2, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, transactions::watch).categories(TRANSACTION).keys(1, -1, 1, &["RO"]),
    Command::new("unwatch", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY, transactions::unwatch).categories(TRANSACTION),
];
