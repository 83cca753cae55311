//! Signals, as events of the loop.
//!
//! Redis: `src/server.c`, `setupSignalHandlers` and `sigShutdownHandler`.
//!
//! Different on purpose: SIGUSR1 and SIGUSR2 end a Redis. Here they do nothing, as SIGHUP does in both: scripts that
//! rotate logs send one of the three, and the log needs none ([`crate::os::log`]). A second SIGINT ends the process at
//! once with status 1, as in Redis, but without a line in the log.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::flag;
use signal_hook::low_level::signal_name;
use signal_hook_mio::v1_0::Signals;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Begins to watch the signals that would end the process.
pub fn watch() -> io::Result<Signals> {
    // The order counts: a signal ends the process if another has come before, and only then counts as one that has come.
    let asked_to_end = Arc::new(AtomicBool::new(false));
    flag::register_conditional_shutdown(SIGINT, 1, asked_to_end.clone())?;
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, asked_to_end.clone())?;
    }
    Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2])
}

/// Logs a signal that has come. Returns whether the server is to end.
pub fn ends(signal: i32) -> bool {
    let name = signal_name(signal).unwrap_or("a signal");
    let ends = signal == SIGINT || signal == SIGTERM;
    if ends {
        tracing::warn!("Received {name} scheduling shutdown...");
    } else {
        tracing::info!(
            "Received {name}: ignored; a log file that was moved away is reopened without a signal"
        );
    }
    ends
}
