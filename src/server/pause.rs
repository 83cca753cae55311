//! CLIENT PAUSE and DEBUG SLEEP: commands that wait.
//!
//! Redis: `src/networking.c`, `pauseActions`, `unpauseActions`; `src/blocked.c`, `blockPostponeClient`.

use super::Server;
use crate::pubsub::ClientKey;

/// What CLIENT PAUSE holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Commands that change something, PUBLISH among them.
    Write,
    /// All commands.
    All,
}

impl Server {
    pub(super) fn postpone(&mut self, key: ClientKey) {
        if !std::mem::replace(&mut self.clients[key].postponed, true) {
            self.postponed.push(key);
        }
    }

    /// Begins, prolongs or strengthens a pause, until the server's millisecond `until`. Redis: `pauseActions`.
    pub(crate) fn begin_pause(&mut self, pause: Pause, until: u64) {
        self.pause = Some(match self.pause {
            None => (pause, until),
            Some((Pause::All, old)) => (Pause::All, old.max(until)),
            Some((Pause::Write, old)) => (pause, old.max(until)),
        });
    }

    /// Ends the pause; those who waited go on in this turn.
    pub(crate) fn end_pause(&mut self) {
        self.pause = None;
        for key in std::mem::take(&mut self.postponed) {
            if let Some(client) = self.clients.get_mut(key).filter(|client| client.postponed) {
                client.postponed = false;
                self.make_ready(key);
            }
        }
        self.serve_blocked();
    }

    /// What is held back now.
    pub(crate) fn paused(&self) -> Option<Pause> {
        self.pause.map(|(pause, _)| pause)
    }

    /// How many clients wait for the end of a pause: `blocked_clients` in INFO.
    pub fn postponed(&self) -> usize {
        self.postponed.len()
    }

    /// DEBUG SLEEP was called: the loop is to do nothing for so many milliseconds, then
    /// [`Server::run_ready`].
    pub fn take_sleep(&mut self) -> Option<u64> {
        self.sleep_millis.take()
    }

    /// The sleep that DEBUG SLEEP asked for and the loop has not yet begun, in milliseconds.
    pub(crate) fn requested_sleep(&self) -> Option<u64> {
        self.sleep_millis
    }

    pub(crate) fn request_sleep(&mut self, millis: u64) {
        self.sleep_millis = Some(millis);
    }
}
