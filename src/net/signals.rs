//! Signals, as events of the loop.
//!
//! Redis: `src/server.c`, `setupSignalHandlers` and `sigShutdownHandler`.
//!
//! Different on purpose: SIGUSR1 and SIGUSR2 end a Redis. Here they do nothing, as SIGHUP does in both: scripts that
//! rotate logs send one of the three, and the log needs none ([`crate::os::log`]). A second SIGINT ends the process at
//! once with status 1, as in Redis, but without a line in the log. SIGXFSZ, a file that has become too large, ends a Redis:
//! here it is an error of the write, as a full disk is.

use crate::server::Server;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXFSZ};
use signal_hook::flag;
use signal_hook::low_level::signal_name;
use signal_hook_mio::v1_0::Signals;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The signals that are watched, and what has come.
pub struct Watch {
    pub(super) signals: Signals,
    /// Whether the next SIGINT ends the process at once.
    insists: Arc<AtomicBool>,
    /// Whether a signal has asked the server to end.
    has_asked: bool,
}

impl Watch {
    /// Begins to watch the signals that would end the process.
    pub fn start() -> io::Result<Watch> {
        // The order counts: a signal ends the process if another has come before, and only then counts as one that has come.
        let insists = Arc::new(AtomicBool::new(false));
        flag::register_conditional_shutdown(SIGINT, 1, insists.clone())?;
        for signal in [SIGINT, SIGTERM] {
            flag::register(signal, insists.clone())?;
        }
        // Nobody reads this flag. A signal that has a handler does not end the process.
        flag::register(SIGXFSZ, Arc::default())?;
        let signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2])?;
        Ok(Watch { signals, insists, has_asked: false })
    }

    /// Does what the signals ask for that have come.
    pub(super) fn dispatch(&mut self, server: &mut Server) {
        for signal in self.signals.pending() {
            let name = signal_name(signal).unwrap_or("a signal");
            if signal != SIGINT && signal != SIGTERM {
                tracing::info!(
                    "Received {name}: ignored; a log file that was moved away is reopened without a signal"
                );
                continue;
            }
            if server.is_loading() {
                tracing::warn!("Received shutdown signal during loading, scheduling shutdown.");
            } else {
                tracing::warn!("Received {name} scheduling shutdown...");
            }
            self.has_asked = true;
            server.shutdown_by_signal(signal == SIGINT);
        }
    }

    /// To be called after each turn: once a shutdown is cancelled, the next SIGINT only asks. Redis: `cancelShutdown`.
    pub(super) fn end_turn(&mut self, server: &Server) {
        if self.has_asked && !server.is_shutting_down() {
            self.has_asked = false;
            self.insists.store(false, Ordering::Relaxed);
        }
    }
}
