//! MONITOR: a client that is shown every command.
//!
//! Redis: `src/server.c`, `monitorCommand`. What it is shown is in `src/server/monitor.rs`.

use crate::server::dispatch::Call;

/// `MONITOR`
pub fn monitor(call: &mut Call<'_>) {
    if !std::mem::replace(&mut call.client().monitor, true) {
        call.server.monitors.push(call.client);
    }
    call.reply.ok();
}
