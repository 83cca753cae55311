//! Clients come and go: whether a client may stay, and what is left of a client when it goes.
//!
//! Redis: `src/networking.c` (`acceptCommonHandler`, `freeClient`), `src/timeout.c` (`clientsCronHandleTimeout`).

use super::Server;
use crate::base::ids::ClientKey;
use crate::client::memory;
use crate::client::reason::Reason;
use crate::client::{About, Client, State};
use crate::steps::step;

/// The reply to a client over `maxclients`.
const MAX_CLIENTS: &[u8] = b"-ERR max number of clients reached\r\n";
/// The reply to a client that protected mode refuses.
const DENIED: &[u8] = b"-DENIED Redis is running in protected mode because protected mode is enabled and no password is \
    set for the default user. Connect from this machine, set a password with requirepass, or turn protected-mode \
    off.\r\n";

impl Server {
    /// A client has connected. The key names the client until [`turn::Sink::closed`](super::turn::Sink::closed) names it. A client that may not
    /// stay (`maxclients`, protected mode) is sent the reason and closed.
    pub fn connect(&mut self, mut about: About) -> ClientKey {
        self.stats.connections_received += 1;
        about.connected_ms = self.time.millis;
        let refusal = self.refusal(&about);
        let id = self.next_client_id;
        self.next_client_id += 1;
        let authenticated = self.config.requirepass.is_empty();
        let key = self.clients.insert(Client::new(id, about, authenticated, self.seconds()));
        step!(Connected { client: key, id, addr: self.clients[key].about.addr.to_string() });
        if let Some(refusal) = refusal {
            self.stats.rejected_connections += 1;
            let words = match refusal {
                Reason::MaxClients { .. } => MAX_CLIENTS,
                _ => DENIED,
            };
            self.clients.push(key, words);
            self.clients.refuse(key, &refusal);
        }
        key
    }

    /// Why a new client may not stay; None if it may. Redis: `acceptCommonHandler`, `clientAcceptHandler`.
    fn refusal(&self, about: &About) -> Option<Reason> {
        let (clients, limit) = (self.clients.len(), self.config.maxclients as usize);
        if clients >= limit {
            return Some(Reason::MaxClients { clients, limit });
        }
        self.is_protected_from(about.is_local()).then_some(Reason::ProtectedMode)
    }

    /// Closes clients without subscriptions that have been silent for `timeout`. Redis: `clientsCronHandleTimeout`.
    pub(super) fn close_idle(&mut self, seconds: u64) {
        let timeout = self.config.timeout_seconds as u64;
        let idle: Vec<ClientKey> = self
            .clients
            .iter()
            .filter(|(_, c)| !c.is_subscriber() && !c.monitor && !c.must_wait())
            .filter(|(_, c)| c.state < State::CloseAsap && seconds.saturating_sub(c.last_active) > timeout)
            .map(|(key, _)| key)
            .collect();
        for key in idle {
            let seconds = seconds.saturating_sub(self.clients[key].last_active);
            self.clients.close_asap(key, &Reason::Idle { seconds, timeout });
        }
    }

    /// Closes the clients that take most while all together take more than `maxmemory-clients` allows. Redis:
    /// `evictClients`.
    // ANCHOR: evict-clients
    pub(crate) fn evict_clients(&mut self) {
        let Some(all) = self.clients.counted_memory() else { return };
        let Some(limit) = memory::limit(self.config.maxmemory_clients, self.config.maxmemory_bytes) else {
            return;
        };
        let mut all = all;
        while let Some((key, bytes)) = self.clients.to_evict(limit) {
            self.clients.close_asap(key, &Reason::Evicted { bytes, all, limit });
            self.stats.evicted_clients += 1;
            all = self.clients.counted_memory().unwrap_or(0);
        }
    }
    // ANCHOR_END: evict-clients

    /// Takes a client out of the structures at once and has its socket dropped at the end of the turn.
    pub(crate) fn kill(&mut self, key: ClientKey, reason: &Reason) {
        self.clients.close_asap(key, reason);
        self.forget(key);
        self.forget_reader(key);
        self.clients[key].state = State::Gone;
    }

    /// Takes a client's subscriptions, and whatever else refers to it, out of the structures.
    // ANCHOR: forget
    pub(crate) fn forget(&mut self, key: ClientKey) {
        let client = &mut self.clients[key];
        if std::mem::replace(&mut client.monitor, false) {
            self.monitors.retain(|&other| other != key);
        }
        if std::mem::replace(&mut client.postponed, false) {
            self.postponed.retain(|&other| other != key);
        }
        self.unblock(key);
        self.end_transaction(key);
        self.disable_tracking(key);
        if let Some(mut subscriptions) = self.clients[key].subscriptions.take() {
            self.pubsub.forget(&mut subscriptions);
        }
    }
    // ANCHOR_END: forget

    /// The peer closed the connection: the client is out of every structure at once. Its key stays taken until
    /// the turn ends, so that what is still said of it in this turn cannot be taken for another's.
    pub fn disconnect(&mut self, key: ClientKey) {
        self.kill(key, &Reason::PeerClosed);
    }

    /// The client's socket failed when the loop `tried` to read or write: as [`Server::disconnect`], but for the log.
    pub fn socket_failed(&mut self, key: ClientKey, tried: &'static str, error: &std::io::Error) {
        self.kill(key, &Reason::SocketFailed(tried, error.to_string()));
    }

    /// Removes the clients that were to be closed; returns their keys, so that their sockets are dropped.
    pub(super) fn free_closed(&mut self) -> Vec<ClientKey> {
        let mut closed = self.clients.take_to_close();
        if let Some(client) = self.script_of() {
            // Its script runs: it is closed after that.
            closed.retain(|&key| key != client || !self.clients.close_later(key));
        }
        for &key in &closed {
            self.forget(key);
            self.forget_reader(key);
            self.clients.remove(key);
        }
        closed
    }
}
