//! Closing clients: at once, when their output is written, or later; each with its reason in the log.
//!
//! Redis: `src/networking.c`, `freeClientAsync`, `freeClientsInAsyncFreeQueue`; `CLIENT_CLOSE_AFTER_REPLY`.

use super::State;
use super::clients::Clients;
use super::reason::Reason;
use crate::base::ids::ClientKey;
use crate::steps::step;

impl Clients {
    /// Closes a client at the end of the turn, whatever it is owed, and logs the reason. Redis: `freeClientAsync`.
    pub fn close_asap(&mut self, key: ClientKey, reason: &Reason) {
        let client = &mut self.slab[key.place()];
        if client.state < State::CloseAsap {
            step!(Closed { client: key, why: reason.in_walk() });
            self.log.closing(client, reason);
            client.state = State::CloseAsap;
            client.output.clear(&mut self.chunks);
            self.to_close.push(key);
            self.note_memory(key);
        }
    }

    /// Closes a client when all it is owed is written; the reason is logged now.
    pub fn close_after_reply(&mut self, key: ClientKey, reason: &Reason) {
        let client = &mut self.slab[key.place()];
        if client.state == State::Open {
            self.log.closing(client, reason);
            client.state = State::CloseAfterReply;
            self.queue(key);
        }
    }

    /// The same for a client that is not let in: nothing follows the error that it was sent.
    pub fn refuse(&mut self, key: ClientKey, reason: &Reason) {
        self.log.refusing(&self.slab[key.place()], reason);
        self.close_after_reply(key, &Reason::Replied);
    }

    /// Logs that a client gave a wrong user name or password.
    pub fn log_wrong_password(&mut self, key: ClientKey, command: &str, user: &[u8]) {
        self.log.wrong_password(&self.slab[key.place()], command, user);
    }

    /// A request begins as TLS does: if it is the client's first, the log says so, once.
    #[cold]
    pub fn log_tls(&mut self, key: ClientKey) {
        let client = &mut self.slab[key.place()];
        if client.last_command.is_none() && !client.about.began_with_tls {
            client.about.began_with_tls = true;
            self.log.began_with_tls(client);
        }
    }

    /// Closes a client that was to be closed after its reply, if there is none: CLIENT REPLY OFF, then QUIT.
    /// No write would find out that nothing is left to be written. Redis keeps such a client.
    pub fn close_if_done(&mut self, key: ClientKey) {
        let client = &self.slab[key.place()];
        if client.state == State::CloseAfterReply && client.output.is_empty() {
            self.close_asap(key, &Reason::Replied);
        }
    }

    /// A client that [`Clients::take_to_close`] returned cannot be closed yet. True, for a `retain`.
    pub fn close_later(&mut self, key: ClientKey) -> bool {
        self.to_close.push(key);
        true
    }

    /// Takes the list of those to be closed now.
    pub fn take_to_close(&mut self) -> Vec<ClientKey> {
        self.end_burst();
        std::mem::take(&mut self.to_close)
    }
}
