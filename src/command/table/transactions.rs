//! The rows of the command table: transactions.
//!
//! Redis: `src/commands/*.json`, group `transactions`.

use super::{O1, SERVED};
use crate::command::multi;
use crate::command::spec::*;

const TRANSACTION: &[&str] = &["transaction"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("multi", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, multi::multi).categories(TRANSACTION)
        .docs("transactions", "1.2.0", O1, "Begins a transaction: what comes is queued until EXEC."),
    Command::new("exec", 1, NOSCRIPT | SERVED | SKIP_SLOWLOG | IN_MULTI, multi::exec).categories(TRANSACTION)
        .docs("transactions", "1.2.0", "Depends on commands in the transaction", "Runs what was queued."),
    Command::new("discard", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, multi::discard).categories(TRANSACTION)
        .docs("transactions", "2.0.0", "O(N) for N commands queued", "Forgets what was queued."),
    Command::new("watch", -2, NOSCRIPT | SERVED | FAST | ALLOW_BUSY | IN_MULTI, multi::watch).categories(TRANSACTION).keys(1, -1, 1, &["RO"])
        .docs("transactions", "2.2.0", "O(1) for each key", "Has EXEC do nothing if one of the keys changes before it."),
    Command::new("unwatch", 1, NOSCRIPT | SERVED | FAST | ALLOW_BUSY, multi::unwatch).categories(TRANSACTION)
        .docs("transactions", "2.2.0", O1, "Forgets which keys are watched."),
];
