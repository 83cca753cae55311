//! A key has changed: transactions that watch it will not run, and clients that may hold its value are
//! notified, so that they drop it.
//!
//! Redis: `signalModifiedKey` and `signalFlushedDb` in `src/db.c`; `src/tracking.c` (`trackingInvalidateKey`,
//! `sendTrackingMessage`, `trackingInvalidateKeysOnFlush`, `trackingHandlePendingKeyInvalidations`,
//! `trackingBroadcastInvalidationMessages`).
//!
//! The client whose command runs is notified after its reply, and after all that the command pushed to it. The clients of a
//! prefix are notified at the end of the turn.
//!
//! Different on purpose: what is the same for many clients is encoded once. A script that changes more keys in one go than
//! [`MOST_NOTED`] bytes of names has them announced before the turn ends, so that they do not fill the memory.

use super::Server;
use crate::base::ids::ClientKey;
use crate::client::State;
use crate::resp::Protocol;
use crate::resp::reply::{write_bulk, write_number};
use crate::steps::{Registry, readable, step};

/// The bytes of names that are noted for prefixes, at most, before they are announced.
const MOST_NOTED: usize = 64 << 20;

/// What the client whose command runs is to drop when it has its reply.
pub(crate) enum Invalid {
    /// This key.
    Key(Box<[u8]>),
    /// Everything.
    All,
}

impl Server {
    /// The command that runs has changed a key. Redis: `signalModifiedKey`.
    // ANCHOR: signal-modified-key
    pub(crate) fn signal_modified_key(&mut self, db: u32, key: &[u8]) {
        self.touch_watched_key(db, key);
        if !self.tracking.is_idle() {
            // A change by a script counts as no client's own, as in Redis.
            let writer = self.clients.executing().filter(|_| self.script_of().is_none());
            self.note_for_prefixes(key, writer);
            self.invalidate(key);
        }
    }
    // ANCHOR_END: signal-modified-key

    /// A key has changed, but not by a command: it has expired, or it was evicted. Redis: `signalModifiedKey` without a client.
    pub(crate) fn signal_removed_key(&mut self, db: u32, key: &[u8]) {
        self.touch_watched_key(db, key);
        if !self.tracking.is_idle() {
            self.note_for_prefixes(key, None);
            self.invalidate(key);
        }
    }

    /// One or all databases were emptied. Keys are tracked by name alone, so clients drop what they hold of any database.
    /// Redis: `trackingInvalidateKeysOnFlush`.
    pub(crate) fn signal_flush(&mut self) {
        if self.tracking.clients.is_empty() && self.tracking.is_idle() {
            return;
        }
        let executing = self.clients.executing();
        let clients: Vec<ClientKey> = self.tracking.clients.values().copied().collect();
        for client in clients {
            if executing == Some(client) {
                self.execution.invalid.push(Invalid::All);
            } else {
                self.send_everything(client);
            }
        }
        self.tracking.table.clear(self.process.seed.keyed_hash());
    }

    /// Notifies each client that may hold a key, and forgets that it did. Redis: `trackingInvalidateKey`.
    // ANCHOR: invalidate
    pub(super) fn invalidate(&mut self, key: &[u8]) {
        let (clients, executing) = (&self.clients, self.clients.executing());
        let mut readers = Vec::new();
        let mut is_own = false;
        self.tracking.table.take(key, |client| {
            let mode = clients[client].tracking();
            if !mode.on || mode.broadcast {
                // It has stopped tracking since it read the key, or now asks for prefixes.
            } else if executing != Some(client) {
                readers.push(client);
            } else {
                is_own = !mode.no_loop;
            }
        });
        if is_own {
            self.execution.invalid.push(Invalid::Key(key.into()));
        }
        self.send_names(&readers, &[key]);
    }
    // ANCHOR_END: invalidate

    /// The command has ended: its client is notified of what it may hold and has changed itself. Redis:
    /// `trackingHandlePendingKeyInvalidations`.
    pub(super) fn send_own_invalidations(&mut self, client: ClientKey) {
        for invalid in std::mem::take(&mut self.execution.invalid) {
            match invalid {
                Invalid::Key(key) => self.send_names(&[client], &[&key]),
                Invalid::All => self.send_everything(client),
            }
        }
    }

    fn note_for_prefixes(&mut self, key: &[u8], writer: Option<ClientKey>) {
        if !self.tracking.prefixes.is_empty() {
            self.tracking.prefixes.note(key, writer);
            if self.tracking.prefixes.changed_bytes() > MOST_NOTED {
                self.announce_prefixes();
            }
        }
    }

    /// Notifies the clients of each prefix of the keys that have changed. Redis: `trackingBroadcastInvalidationMessages`.
    pub(super) fn announce_prefixes(&mut self) {
        if !self.tracking.prefixes.has_changed() {
            return;
        }
        for (prefix, changed) in self.tracking.prefixes.take_changed() {
            step!(Announced { prefix: readable(&prefix), keys: changed.len() });
            let mut alike = Vec::new();
            let mut no_loop = Vec::new();
            for client in self.tracking.prefixes.clients(&prefix) {
                step!(Visited { dict: Registry::TrackingPrefixes, name: readable(&prefix), client });
                let mode = self.clients[client].tracking();
                if mode.no_loop { &mut no_loop } else { &mut alike }.push(client);
            }
            let names: Vec<&[u8]> = changed.keys().map(|key| &**key).collect();
            self.send_names(&alike, &names);
            for client in no_loop {
                let others = changed.iter().filter(|(_, writer)| **writer != Some(client));
                let names: Vec<&[u8]> = others.map(|(key, _)| &**key).collect();
                if !names.is_empty() {
                    self.send_names(&[client], &names);
                }
            }
        }
    }

    /// Sends tracking clients, or those that they redirect to, the names of keys. Redis: `sendTrackingMessage`.
    fn send_names(&mut self, clients: &[ClientKey], names: &[&[u8]]) {
        let mut targets = Vec::with_capacity(clients.len());
        targets.extend(clients.iter().filter_map(|&client| self.target_of(client)));
        self.clients.push_to_all(&targets, "invalidate", |protocol, out| {
            write_head(protocol, out);
            write_number(out, b'*', names.len() as i64);
            names.iter().for_each(|name| write_bulk(out, name));
        });
    }

    /// The same for all keys: null, as the client that tracks would have it, whatever its target speaks. Redis does so too.
    fn send_everything(&mut self, client: ClientKey) {
        let null: &[u8] = match self.clients[client].protocol {
            Protocol::Resp2 => b"$-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        };
        if let Some(target) = self.target_of(client) {
            self.clients.push_to_all(&[target], "invalidate", |protocol, out| {
                write_head(protocol, out);
                out.extend_from_slice(null);
            });
        }
    }

    /// The client that is sent the messages for a tracking client: itself, or the one that it redirects to. None if that
    /// one has gone, or if no message can be sent to it: RESP2 has pushes only for a client in subscribed mode.
    // ANCHOR: target-of
    fn target_of(&mut self, client: ClientKey) -> Option<ClientKey> {
        let tracker = self.clients[client].tracker.as_mut()?;
        let Some((id, target)) = tracker.redirect else {
            return (self.clients[client].protocol == Protocol::Resp3).then_some(client);
        };
        let there = self.clients.get(target).filter(|target| target.id == id && target.state != State::Gone);
        if let Some(there) = there {
            return (there.protocol == Protocol::Resp3 || there.is_subscriber()).then_some(target);
        }
        if let Some(tracker) = self.clients[client].tracker.as_mut() {
            tracker.mode.broken = true;
        }
        if self.clients[client].protocol == Protocol::Resp3 {
            let mut push = b">2\r\n$21\r\ntracking-redir-broken\r\n".to_vec();
            write_number(&mut push, b':', id as i64);
            self.clients.push(client, &push);
        }
        None
    }
    // ANCHOR_END: target-of
}

/// What comes before the names: a push, or a message of a channel that the client need not have subscribed to.
fn write_head(protocol: Protocol, out: &mut Vec<u8>) {
    out.extend_from_slice(match protocol {
        Protocol::Resp2 => b"*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n",
        Protocol::Resp3 => b">2\r\n$10\r\ninvalidate\r\n",
    });
}
