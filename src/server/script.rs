//! A script that runs for too long: others are answered meanwhile, and may end it.
//!
//! Redis: `scriptInterrupt` in `src/script.c`, `processEventsWhileBlocked` in `src/networking.c`.
//!
//! Lua looks here once in a while ([`crate::script::host`]). Past `busy-reply-threshold` the server has its owner serve
//! the others ([`Server::while_busy`]); all they can do is SCRIPT KILL, SHUTDOWN NOSAVE, and what says `allow_busy`. The
//! script's own client is not to be fed until it has its reply.
//!
//! TIME goes on from then, so that a script that waits for a moment comes to its end. For whatever expires the time stands
//! still until the script has ended, and the transaction that it is in, as in Redis (`commandTimeSnapshot`).

use super::Server;
use crate::base::ids::ClientKey;
use crate::script::host;

/// Others are served once in so many microseconds, however often the script is asked.
const SERVED_EVERY: u64 = 1000;

/// Serves clients while a script runs: the loop's, or a test's.
pub type WhileBusy = Box<dyn FnMut(&mut Server)>;

impl Server {
    /// Gives the function that serves others while a script runs for too long. None: they wait for its end.
    pub fn set_while_busy(&mut self, serve: WhileBusy) {
        self.while_busy = Some(serve);
    }

    /// The client whose script runs now: nothing may be read from it.
    pub fn script_of(&self) -> Option<ClientKey> {
        self.scripts.running.as_ref().map(|running| running.client)
    }

    /// The script that runs asks whether it may go on. `place`: where it is.
    // ANCHOR: script-interrupt
    pub(crate) fn script_interrupt(&mut self, place: impl FnOnce() -> Option<(String, usize)>) -> bool {
        let (now, threshold) = ((self.stopwatch)(), self.config.busy_reply_threshold);
        let memory = self.scripts.lua_memory();
        let Some(running) = &mut self.scripts.running else { return true };
        let micros = now.saturating_sub(running.started);
        running.instructions = host::fewer(running.instructions, now.saturating_sub(running.looked), memory);
        if !running.killed && threshold > 0 && micros >= (threshold as u64).saturating_mul(1000) {
            if !std::mem::replace(&mut running.busy, true) {
                tracing::warn!(
                    millis = micros / 1000,
                    "a script runs for long; SCRIPT KILL and SHUTDOWN NOSAVE can end it"
                );
            }
            if now.saturating_sub(running.served) >= SERVED_EVERY {
                running.served = now;
                self.serve_while_busy();
            }
        }
        let (shutdown, now) = (self.shutdown, (self.stopwatch)());
        let Some(running) = &mut self.scripts.running else { return true };
        running.looked = now;
        running.killed |= shutdown;
        if running.killed && running.killed_at.is_none() {
            running.killed_at = place();
        }
        !running.killed
    }
    // ANCHOR_END: script-interrupt

    /// Has others served while the command that runs is put aside.
    fn serve_while_busy(&mut self) {
        let now = (self.stopwatch)();
        if let Some(running) = &mut self.scripts.running {
            running.told = self.execution.clock_offset_us + now.saturating_sub(running.started);
        }
        let Some(mut serve) = self.while_busy.take() else { return };
        self.aside(&mut serve);
        self.while_busy = Some(serve);
    }
}
