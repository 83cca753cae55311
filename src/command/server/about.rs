//! MODULE LIST and LOLWUT: questions about the server that have short answers here.
//!
//! Redis: `moduleCommand` in `src/module.c`, `lolwutUnstableCommand` in `src/lolwut.c`.
//!
//! Different on purpose: there are no modules, and those that Redis 8 names, such as its set of vectors, are not here. LOLWUT
//! draws nothing.

use crate::base::REDIS_VERSION;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;

/// `MODULE LIST`
pub fn modules(call: &mut Call<'_>) {
    call.reply.array(0);
}

/// `MODULE HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("MODULE");
}

/// `LOLWUT [VERSION version]`
pub fn lolwut(call: &mut Call<'_>) {
    if call.args.len() > 2 && call.is(1, "version") && call.integer(2, NOT_AN_INTEGER).is_none() {
        return;
    }
    call.reply.verbatim(format!("Redis ver. {REDIS_VERSION}\n").as_bytes());
}
