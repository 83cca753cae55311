//! From bytes to executed requests: bounded work for each client and turn.
//!
//! Redis: `src/networking.c`, `readQueryFromClient`, `processInputBuffer` and `processPendingCommandAndInputBuffer`.
//!
//! What arrives is parsed where the loop has read it. What cannot run now is kept as the client's pending input:
//! half a request, what goes beyond a turn's share, what waits for the end of CLIENT PAUSE or DEBUG SLEEP. A client
//! whose pending input can go on without more bytes is *ready*: the loop runs it in its next turn, after the others.

use super::Server;
use super::dispatch::Outcome;
use super::redact;
use crate::base::ids::ClientKey;
use crate::client::input::PendingInput;
use crate::client::reason::Reason;
use crate::config::table::LONGEST_WORD;
use crate::resp::request::{Limits, RequestParser};
use crate::steps;
use crate::steps::step;

/// How many commands of one client run in a turn, at most: the rest waits for the next turn, so that a deep
/// pipeline does not starve the others.
const COMMANDS_PER_TURN: usize = 1000;
/// Replies are handed on, and judged by the output-buffer limits, when they have grown to this: a thousand long
/// ones must not pass for one.
const LONG_REPLY: usize = 64 * 1024;
/// A client that has not authenticated may leave this much unfinished, and be owed this much.
const UNAUTHENTICATED_INPUT: usize = 1 << 20;
/// How every TLS connection begins: a record of the type handshake, and the first byte of its version (RFC 8446, 5.1).
const TLS_HANDSHAKE: [u8; 2] = [22, 3];

impl Server {
    /// Bytes have come from a client: executes every request that is complete, a bounded number of them.
    pub fn feed(&mut self, key: ClientKey, bytes: &[u8]) {
        let seconds = self.seconds();
        self.stats.net_input_bytes += bytes.len() as u64;
        self.stats.reads += 1;
        step!(Arrived { client: key, bytes: bytes.len() });
        let client = &mut self.clients[key];
        if !client.is_open() {
            return;
        }
        client.last_active = seconds;
        self.check_input_limit(key, bytes.len());
        if !self.clients[key].is_open() {
            return;
        }
        match self.clients[key].pending_input.take() {
            None if self.clients[key].must_wait() => {
                self.clients[key].pending_input =
                    Some(Box::new(PendingInput::new(bytes, RequestParser::default())));
            }
            None => {
                let mut parser = std::mem::take(&mut self.parser);
                let consumed = self.execute(key, bytes, &mut parser);
                if consumed < bytes.len() && self.clients[key].is_open() {
                    self.clients[key].pending_input =
                        Some(Box::new(PendingInput::new(&bytes[consumed..], parser)));
                } else {
                    parser.reset();
                    self.parser = parser;
                }
            }
            Some(mut pending_input) => {
                pending_input.extend(bytes);
                self.resume(key, pending_input);
            }
        }
        self.check_unauthenticated_output(key);
        self.clients.note_memory(key);
    }

    /// Whether the client is in the middle of a long word, so that much may be read from it at once.
    pub fn wants_long_read(&self, key: ClientKey) -> bool {
        let client = self.clients.get(key);
        client
            .and_then(|client| client.pending_input.as_ref())
            .is_some_and(|pending_input| pending_input.is_in_long_word())
    }

    /// Executes what can be executed of a client's pending input and keeps the rest.
    fn resume(&mut self, key: ClientKey, mut pending_input: Box<PendingInput>) {
        if !self.clients[key].must_wait() {
            let mut parser = std::mem::take(&mut pending_input.parser);
            let consumed = self.execute(key, pending_input.bytes(), &mut parser);
            pending_input.parser = parser;
            pending_input.consume(consumed);
        }
        if !pending_input.is_empty() && self.clients[key].is_open() {
            self.clients[key].pending_input = Some(pending_input);
        }
        self.clients.note_memory(key);
    }

    /// Executes the requests in `bytes`. Returns how many bytes are done with.
    fn execute(&mut self, key: ClientKey, bytes: &[u8], parser: &mut RequestParser) -> usize {
        let mut reply = std::mem::take(&mut self.reply);
        reply.protocol = self.clients[key].protocol;
        if bytes.starts_with(&TLS_HANDSHAKE) {
            self.clients.log_tls(key);
        }
        self.lap();
        self.execution.serving = Some((key, bytes.len()));
        let mut consumed = 0;
        // ANCHOR: execute
        for executed in 0.. {
            let rest = &bytes[consumed..];
            if rest.is_empty() {
                break;
            }
            if executed == COMMANDS_PER_TURN || self.sleep_ms.is_some() {
                self.make_ready(key);
                break;
            }
            let max_bulk = self.longest_word();
            match parser.parse(rest, Limits { max_bulk, unauthenticated: self.must_authenticate(key) }) {
                Ok(false) => break,
                Ok(true) => {
                    let request = parser.request(rest);
                    step!(Parsed {
                        client: key,
                        words: request.len(),
                        request: steps::request(request, redact::may_hold_secret(request))
                    });
                    let outcome = match request.is_empty() {
                        true => Outcome::Done,
                        false => self.process(key, request, &mut reply),
                    };
                    if outcome == Outcome::Postponed {
                        parser.reset();
                        self.postpone(key);
                        break;
                    }
                    consumed += parser.consumed();
                    parser.reset();
                    if outcome == Outcome::Blocked {
                        break;
                    }
                    if reply.bytes.len() >= LONG_REPLY {
                        self.clients.reply(key, &mut reply.bytes);
                    }
                    if !self.clients[key].is_open() {
                        break;
                    }
                }
                Err(error) => {
                    reply.muted = false;
                    reply.error(format!("ERR Protocol error: {}", error.0));
                    self.clients.reply(key, &mut reply.bytes);
                    self.clients.close_after_reply(key, &Reason::Protocol(error.0));
                    break;
                }
            }
        }
        // ANCHOR_END: execute
        self.clients.reply(key, &mut reply.bytes);
        self.clients.close_if_done(key);
        self.clients.spare_reply(&mut reply.bytes);
        self.reply = reply;
        self.execution.serving = None;
        consumed
    }

    /// How long a word may be: `proto-max-bulk-len`.
    pub(crate) fn longest_word(&self) -> usize {
        self.config.max_bulk_bytes.min(LONGEST_WORD) as usize
    }

    /// How long a string may become; what a file holds may be longer, if the setting was another when it was written. Redis:
    /// `mustObeyClient` in `checkStringLength`.
    pub(crate) fn longest_string(&self) -> usize {
        if self.is_loading() { LONGEST_WORD as usize } else { self.longest_word() }
    }

    /// A client that has sent too much that is not executed yet, `new` bytes just now, is closed: also if they
    /// would complete a request. Redis: `readQueryFromClient`.
    fn check_input_limit(&mut self, key: ClientKey, new: usize) {
        let client = &self.clients[key];
        let queued = client.transaction.as_ref().map_or(0, |transaction| transaction.queued_bytes);
        let input =
            client.pending_input.as_ref().map_or(0, |pending_input| pending_input.len()) + new + queued;
        let limit = self.config.query_buffer_limit_bytes as u64;
        let reason = if input as u64 > limit {
            Reason::Input { bytes: input, limit }
        } else if self.must_authenticate(key) && input > UNAUTHENTICATED_INPUT {
            Reason::UnauthenticatedInput { bytes: input, limit: UNAUTHENTICATED_INPUT }
        } else {
            return;
        };
        self.stats.query_buffer_disconnections += 1;
        self.clients.close_asap(key, &reason);
    }

    /// A client that has not authenticated and is owed much without reading it is closed.
    fn check_unauthenticated_output(&mut self, key: ClientKey) {
        let queued = self.clients[key].output.owed();
        if self.must_authenticate(key) && queued > UNAUTHENTICATED_INPUT {
            self.clients.limit_disconnections += 1;
            let limit = UNAUTHENTICATED_INPUT;
            self.clients.close_asap(key, &Reason::UnauthenticatedOutput { queued, limit });
        }
    }

    /// [`Server::run_ready`] is to go on with this client.
    pub(super) fn make_ready(&mut self, key: ClientKey) {
        // Once: one that stood there twice would get the turns of two.
        if !std::mem::replace(&mut self.clients[key].ready, true) {
            self.ready.push(key);
        }
    }

    /// Whether [`Server::run_ready`] goes on with this client before more of its bytes are wanted.
    pub fn is_ready(&self, key: ClientKey) -> bool {
        self.clients.get(key).is_some_and(|client| client.ready)
    }

    /// Whether the end of a turn has work though nothing comes: clients to go on with, something to ask of the
    /// disk or to load.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
            || self.has_ready_keys()
            || self.disk.has_jobs()
            || self.persistence.aof.hold.has_released()
            || self.can_load_on()
    }

    /// Goes on with clients whose requests had to wait: for their next turn, the end of a pause or of a sleep; and with
    /// those who wait for what a command made ready that slept.
    pub(super) fn run_ready(&mut self) {
        self.serve_blocked();
        for key in std::mem::take(&mut self.ready) {
            let Some(client) = self.clients.get_mut(key) else { continue };
            client.ready = false;
            if client.is_open()
                && let Some(pending_input) = client.pending_input.take()
            {
                self.resume(key, pending_input);
            }
        }
    }
}
