//! CLIENT PAUSE and DEBUG SLEEP: commands that wait.
//!
//! Redis: `src/networking.c`, `pauseActions`, `unpauseActions`; `src/blocked.c`, `blockPostponeClient`; `src/server.c`,
//! `getCommandFlags`.

use super::Server;
use super::dispatch::spec;
use super::dispatch::spec::Command;
use crate::base::ids::ClientKey;
use crate::resp::request::Request;

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

    /// What is held back now: by CLIENT PAUSE, or by a shutdown.
    #[inline]
    pub(crate) fn paused(&self) -> Option<Pause> {
        if self.is_shutting_down() {
            return Some(Pause::All);
        }
        self.pause.map(|(pause, _)| pause)
    }

    /// Whether CLIENT PAUSE holds back this command. A command that changes something waits before it is queued for a
    /// transaction, an EXEC if anything that was queued does. Redis: `processCommand`.
    pub(crate) fn is_paused_for(&self, client: ClientKey, command: &Command, request: Request<'_>) -> bool {
        match self.paused() {
            None => false,
            // Even CLIENT UNPAUSE waits, as in Redis: only time ends this one.
            Some(Pause::All) => true,
            Some(Pause::Write) if command.name == "exec" => {
                let transaction = self.clients[client].transaction.as_deref();
                let mut queue = transaction.and_then(|t| t.queue.as_ref()).into_iter().flatten();
                queue.any(|(id, request)| self.may_change(self.table.command(*id), request.request()))
            }
            Some(Pause::Write) => self.may_change(command, request),
        }
    }

    /// Whether a command may change something, or be told to replicas; a script that says what it does is believed.
    fn may_change(&self, command: &Command, request: Request<'_>) -> bool {
        self.script_writes(command, request)
            .unwrap_or(command.flags & (spec::WRITE | spec::MAY_REPLICATE) != 0)
    }

    /// How many clients wait for the end of a pause: `blocked_clients` in INFO.
    pub fn postponed(&self) -> usize {
        self.postponed.len()
    }

    /// DEBUG SLEEP was called: the loop is to do nothing for so many milliseconds, then
    /// [`Server::run_ready`].
    pub fn take_sleep(&mut self) -> Option<u64> {
        self.sleep_ms.take()
    }

    /// The sleep that DEBUG SLEEP asked for and the loop has not yet begun, in milliseconds.
    pub(crate) fn requested_sleep(&self) -> Option<u64> {
        self.sleep_ms
    }

    pub(crate) fn request_sleep(&mut self, millis: u64) {
        self.sleep_ms = Some(millis);
    }
}
