//! Which clients track what: CLIENT TRACKING on and off, the keys of commands that read, the limit of the table.
//!
//! Redis: `src/tracking.c` (`enableTracking`, `disableTracking`, `trackingRememberKeys`, `trackingLimitUsedSlots`), the end of
//! `call` in `src/server.c`, `resetClient` in `src/networking.c`. What is sent when a key changes: [`super::invalidation`].
//!
//! Different on purpose: a client that has gone is out of the table soon, and `tracking_total_items` no longer counts it
//! ([`crate::pubsub::tracking::table`]). A table over its limit loses keys with equal chances; Redis walks a radix tree at
//! random.

use super::Server;
use super::dispatch::spec::Command;
use crate::base::ids::{ClientKey, CommandId};
use crate::client::tracker::{Mode, Tracker};
use crate::resp::request::Request;

/// How many keys go when the table is found over its limit; twice as many the next time in a row, and so on.
const EVICTED: u32 = 100;
/// How soon a table that is still over its limit is looked at again, if no command comes. Redis: `hz`.
const LOOK_AGAIN_MS: u64 = 100;
/// How many nodes of clients that have gone are taken out at the end of a turn.
const SWEPT_PER_TURN: usize = 1000;

impl Server {
    /// CLIENT TRACKING ON, with options that fit together. Redis: `enableTracking`.
    pub(crate) fn enable_tracking(
        &mut self,
        client: ClientKey,
        mode: Mode,
        redirect: Option<(u64, ClientKey)>,
        prefixes: &[&[u8]],
    ) {
        let id = self.clients[client].id;
        let table = &mut self.tracking.table;
        let tracker =
            self.clients[client].tracker.get_or_insert_with(|| Box::new(Tracker::new(table.join(client))));
        tracker.mode = Mode { on: true, caching: tracker.mode.caching, ..mode };
        tracker.redirect = redirect;
        if mode.broadcast {
            let all: &[&[u8]] = &[b""];
            for &prefix in if prefixes.is_empty() { all } else { prefixes } {
                tracker.prefixes.insert(prefix.into(), ());
                self.tracking.prefixes.join(client, prefix);
            }
        }
        self.tracking.clients.insert(id, client);
    }

    /// CLIENT TRACKING OFF. What the client has read is not forgotten: if it begins to track again, it is still
    /// notified.
    /// Redis: `disableTracking`.
    pub(crate) fn disable_tracking(&mut self, client: ClientKey) {
        let id = self.clients[client].id;
        let Some(tracker) = self.clients[client].tracker.as_mut() else { return };
        tracker.mode = Mode::default();
        for prefix in std::mem::take(&mut tracker.prefixes).keys() {
            self.tracking.prefixes.leave(client, prefix);
        }
        self.tracking.clients.remove(&id);
    }

    /// A client that has gone is taken out of the table, by and by.
    pub(super) fn forget_reader(&mut self, client: ClientKey) {
        if let Some(tracker) = self.clients[client].tracker.take() {
            self.tracking.table.leave(tracker.reader);
        }
    }

    /// A client's command has run: if it reads keys and the client tracks, it may hold their values from now on. Of a script
    /// that only reads, what it calls counts, and not the keys that it was given. Redis: the end of `call`.
    // ANCHOR: remember-keys
    pub(super) fn remember_keys(&mut self, client: ClientKey, command: &Command, request: Request<'_>) {
        let Some(tracker) = self.clients[client].tracker.as_deref() else { return };
        if command.reads_its_keys() && tracker.mode.remembers() {
            for (at, _) in command.find_keys(request) {
                if let Some(key) = request.get(at) {
                    self.tracking.table.remember(tracker.reader, key);
                }
            }
        }
    }
    // ANCHOR_END: remember-keys

    /// A request has been dealt with: CLIENT CACHING was for it, or for the transaction that it ended. Redis: `resetClient`.
    pub(super) fn end_caching(&mut self, client: ClientKey, command: Option<CommandId>) {
        let state = &mut self.clients[client];
        if !state.tracking().caching || state.is_in_multi() {
            return;
        }
        if let Some(tracker) = state.tracker.as_mut() {
            tracker.mode.caching =
                command.is_some_and(|id| self.table.command(id).name.starts_with("client|"));
        }
    }

    /// Whether the table has more keys than `tracking-table-max-keys`.
    pub(super) fn is_table_over_limit(&self) -> bool {
        let most = self.config.tracking_table_max_keys;
        !self.tracking.clients.is_empty() && most != 0 && self.tracking.table.len() as u64 > most as u64
    }

    /// When the table is to be looked at again.
    pub(super) fn next_table_check(&self) -> Option<u64> {
        self.is_table_over_limit().then_some(self.time.millis + LOOK_AGAIN_MS)
    }

    /// Forgets keys of a table that has too many, as if they had changed: the more of them, the longer it has had too many.
    /// Redis: `trackingLimitUsedSlots`.
    pub(super) fn limit_tracking_table(&mut self) {
        for _ in 0..EVICTED.saturating_mul(self.tracking.times_over_limit + 1) {
            if !self.is_table_over_limit() {
                self.tracking.times_over_limit = 0;
                return;
            }
            let number = self.random();
            let key = self.tracking.table.any(number).map(<[u8]>::to_vec).unwrap_or_default();
            self.invalidate(&key);
        }
        self.tracking.times_over_limit = self.tracking.times_over_limit.saturating_add(1);
    }

    /// The end of a turn: clients are notified of the prefixes they asked for, and some of what clients left behind goes.
    pub(super) fn end_turn_of_tracking(&mut self) {
        self.announce_prefixes();
        self.tracking.table.sweep(SWEPT_PER_TURN);
    }
}
