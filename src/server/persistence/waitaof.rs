//! WAITAOF: clients that wait until what they have written is on the disk.
//!
//! Redis: `src/replication.c`, `waitaofCommand`, `processClientsWaitingReplicas`; `blockForAofFsync` in `src/blocked.c`.
//!
//! Redis compares offsets of the replication stream. Without replicas the bytes of the append-only file serve as well: a client
//! waits until so many bytes are synced as were recorded when its last command was.

use crate::base::ids::ClientKey;
use crate::server::Server;

impl Server {
    /// How many bytes must be on the disk for all that the client has written.
    fn recorded_of(&self, client: ClientKey) -> u64 {
        match self.clients[client].has_written {
            // Of this turn, and not taken yet.
            true => self.persistence.aof.log.recorded + self.propagation.len() as u64,
            false => self.persistence.aof.recorded.get(&client).copied().unwrap_or(0),
        }
    }

    /// Whether all that the client has written is on the disk.
    pub(crate) fn is_durable(&self, client: ClientKey) -> bool {
        self.recorded_of(client) <= self.persistence.aof.log.durable
    }

    /// The client waits until [`Server::is_durable`].
    pub(crate) fn wait_for_sync(&mut self, client: ClientKey) {
        let (recorded, id) = (self.recorded_of(client), self.clients[client].id);
        self.persistence.aof.waiting.push((recorded, client, id));
    }

    /// So many bytes are on the disk: the commands of clients that have waited for that are executed again.
    pub(super) fn serve_waitaof(&mut self, durable: u64) {
        let due: Vec<_> =
            self.persistence.aof.waiting.extract_if(.., |(recorded, ..)| *recorded <= durable).collect();
        for (_, client, id) in due {
            if self.clients.get(client).is_some_and(|client| client.id == id && client.blocked.is_some()) {
                self.execute_again(client);
            }
        }
    }
}
