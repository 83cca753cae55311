//! `appendfsync always`: what clients are not sent yet, since it tells of writes that are not on the disk.
//!
//! Redis: nothing like it. There the loop stands still in `flushAppendOnlyFile` (`src/aof.c`) until `fsync` returns, and
//! writes to clients afterwards (`beforeSleep`). Here the loop goes on if the disk is slow, and what it produces meanwhile is held. On
//! a quick disk it waits, too, and all that is held goes in the same turn ([`Hold::release_all`]).
//!
//! ```text
//! turn 1   A: SET, reply held      ─► append, sync 1 begins        cut 1: the reply of A
//! turn 2   B: GET, reply held         sync 1 runs
//! turn 3   C: SET, reply held         sync 1 returns               A is sent its reply
//!                                  ─► append, sync 2 begins        cut 2: the replies of B and C
//! ```
//!
//! A held client may be sent the first `may_send` bytes of its queue; when the sync that runs returns, the first
//! `with_sync`. Whoever is to be written to while anything is held is held too, with all that it is owed: some of that may be
//! older, and could go, but nobody has kept where the old ends, and it goes with the next sync.
//!
//! Invariants, held by the simulation in `tests/it/power_cut.rs`:
//! - what a turn with writes has queued, or a later one, is sent only after a sync that began behind it has returned;
//! - `may_send <= with_sync <=` what the client is owed.

use crate::base::ids::ClientKey;
use std::collections::BTreeMap;

/// How much of a client's queue may be sent, in bytes from its front.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// Now.
    may_send: usize,
    /// When the sync that runs has returned.
    with_sync: usize,
}

/// What is held.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    /// Whether every client is held that is to be written to: writes are recorded that are not on the disk.
    active: bool,
    clients: BTreeMap<ClientKey, Held>,
    /// Clients that may be sent more than before: to be written to at the end of this turn.
    released: Vec<ClientKey>,
}

impl Hold {
    // ANCHOR: hold
    /// From now on nothing is sent but what a later sync lets go.
    pub fn begin(&mut self) {
        self.active = true;
    }

    /// Holds one client, with all that it is owed, and no other.
    #[cfg(feature = "lua")]
    pub fn hold_one(&mut self, client: ClientKey) {
        self.clients.entry(client).or_default();
    }

    /// Whether anything is held.
    pub fn is_active(&self) -> bool {
        self.active || !self.clients.is_empty()
    }

    /// How many bytes the client may be sent now.
    pub fn room(&mut self, client: ClientKey) -> usize {
        if self.active {
            return self.clients.entry(client).or_default().may_send;
        }
        self.clients.get(&client).map_or(usize::MAX, |held| held.may_send)
    }

    /// The client was sent so many bytes.
    pub fn sent(&mut self, client: ClientKey, count: usize) {
        if let Some(held) = self.clients.get_mut(&client) {
            held.may_send = held.may_send.saturating_sub(count);
            held.with_sync = held.with_sync.saturating_sub(count);
        }
    }

    /// A sync begins that covers all that was recorded: what the clients are owed now goes when it returns. One that is owed
    /// nothing is not held.
    pub fn cut(&mut self, owed: impl Fn(ClientKey) -> usize) {
        self.clients.retain(|&client, held| {
            held.with_sync = owed(client);
            held.with_sync > 0
        });
    }

    /// The sync has returned.
    pub fn release_cut(&mut self) {
        for (&client, held) in &mut self.clients {
            if held.with_sync > held.may_send {
                held.may_send = held.with_sync;
                self.released.push(client);
            }
        }
    }

    // ANCHOR_END: hold

    /// Nothing is held any longer.
    pub fn release_all(&mut self) {
        self.active = false;
        self.released.extend(std::mem::take(&mut self.clients).into_keys());
    }

    /// Takes the list of clients that may be sent more than before.
    pub fn take_released(&mut self) -> Vec<ClientKey> {
        std::mem::take(&mut self.released)
    }

    /// Whether clients may be sent more than before: the turn is due at once.
    pub fn has_released(&self) -> bool {
        !self.released.is_empty()
    }

    /// The client is no more.
    pub fn forget(&mut self, client: ClientKey) {
        self.clients.remove(&client);
    }
}
