//! How much memory each client takes, kept up to date while `maxmemory-clients` is set, and which clients take most.
//!
//! Redis: `src/server.c` (`updateClientMemUsageAndBucket`, `getMemUsageBucket`, `clientEvictionAllowed`);
//! `src/networking.c`, `evictClients`, `getClientEvictionLimit`.
//!
//! Clients stand in buckets by the power of two that their memory comes to. Those of the last bucket are evicted first, the
//! one that came into it first before the others: next to no work for a change of a client's memory, since most stay in their
//! bucket, and none of the clients evicted took less than half of what another takes.
//!
//! While the setting is 0 nothing is counted.

use super::clients::Clients;
use super::{Client, State};
use crate::base::ids::ClientKey;
use std::collections::BTreeSet;

/// Clients of less than 2^15 bytes are in the first bucket, those of 2^32 and more in the last. Redis:
/// `CLIENT_MEM_USAGE_BUCKET_MIN_LOG`, `CLIENT_MEM_USAGE_BUCKET_MAX_LOG`.
const BITS: (u32, u32) = (15, 33);

/// No setting lets all clients together have less than this. Redis: `getClientEvictionLimit`.
const LEAST: u64 = 128 << 10;

/// The limit that `maxmemory-clients` means; None: there is none.
pub fn limit(maxmemory_clients: i64, maxmemory: u64) -> Option<u64> {
    let bytes = match maxmemory_clients {
        0 => return None,
        1.. => maxmemory_clients.unsigned_abs(),
        _ if maxmemory == 0 => return None,
        _ => (maxmemory as f64 * maxmemory_clients.unsigned_abs() as f64 / 100.0) as u64,
    };
    Some(bytes.max(LEAST))
}

/// A client's place in a bucket: the bucket, and when it came into it.
type Stand = (u32, u64);

/// What all clients take.
#[derive(Default)]
pub struct Ledger {
    /// Whether it is kept.
    is_kept: bool,
    /// The sum.
    total: u64,
    /// By the client's place: what it was last seen to take, and where it stands; None: it may not be evicted.
    clients: Vec<(u64, Option<Stand>)>,
    /// Those that may be evicted, by bucket and by when they came into it.
    buckets: BTreeSet<(Stand, ClientKey)>,
    /// How many times a client came into a bucket.
    arrivals: u64,
}

impl Ledger {
    /// What all clients take, as far as it is counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// A client takes so many bytes now. `may_go`: it may be evicted.
    fn note(&mut self, key: ClientKey, bytes: u64, may_go: bool) {
        let at = key.place();
        if self.clients.len() <= at {
            self.clients.resize(at + 1, (0, None));
        }
        let (noted, stand) = &mut self.clients[at];
        self.total = self.total - *noted + bytes;
        *noted = bytes;
        let bucket = may_go.then(|| (u64::BITS - bytes.leading_zeros()).clamp(BITS.0, BITS.1));
        if stand.map(|(bucket, _)| bucket) == bucket {
            return;
        }
        if let Some(old) = stand.take() {
            self.buckets.remove(&(old, key));
        }
        if let Some(bucket) = bucket {
            self.arrivals += 1;
            *stand = Some((bucket, self.arrivals));
            self.buckets.insert(((bucket, self.arrivals), key));
        }
    }

    /// The client that goes first.
    fn first(&self) -> Option<ClientKey> {
        let &((last, _), _) = self.buckets.last()?;
        self.buckets.range(((last, 0), ClientKey::at(0))..).next().map(|&(_, key)| key)
    }
}

impl Clients {
    /// Begins to count, or ends. Redis: `applyClientMaxMemoryUsage`.
    pub(crate) fn keep_ledger(&mut self, is_kept: bool) {
        if self.ledger.is_kept == is_kept {
            return;
        }
        self.ledger = Ledger { is_kept, ..Ledger::default() };
        let keys: Vec<ClientKey> = self.iter().map(|(key, _)| key).collect();
        keys.into_iter().for_each(|key| self.note_memory(key));
    }

    /// What all clients take, if it is counted.
    pub fn counted_memory(&self) -> Option<u64> {
        self.ledger.is_kept.then(|| self.ledger.total())
    }

    /// A client's memory may have changed.
    #[inline]
    pub(crate) fn note_memory(&mut self, key: ClientKey) {
        if self.ledger.is_kept {
            self.note_memory_now(key);
        }
    }

    #[cold]
    fn note_memory_now(&mut self, key: ClientKey) {
        let deferred = if self.executing == Some(key) { self.deferred.len() } else { 0 };
        let (bytes, may_go) = match self.slab.get(key.place()) {
            Some(client) if client.state < State::CloseAsap => (client.memory() + deferred, may_go(client)),
            _ => (0, false),
        };
        self.ledger.note(key, bytes as u64, may_go);
    }

    /// What a client takes, if all together take as much as the limit, and that client has to go. Redis: `evictClients`.
    pub(crate) fn to_evict(&self, limit: u64) -> Option<(ClientKey, u64)> {
        if !self.ledger.is_kept || self.ledger.total < limit {
            return None;
        }
        let key = self.ledger.first()?;
        Some((key, self.ledger.clients.get(key.place()).map_or(0, |&(bytes, _)| bytes)))
    }
}

/// Redis: `clientEvictionAllowed`.
fn may_go(client: &Client) -> bool {
    !client.about.no_evict
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;
    use std::collections::BTreeMap;

    quickcheck! {
        fn the_sum_is_right_and_the_first_to_go_is_of_the_last_bucket(changes: Vec<(u8, u32, bool)>) -> bool {
            let (mut ledger, mut model) = (Ledger::default(), BTreeMap::new());
            for (client, bytes, may_go) in changes {
                let (key, bytes) = (ClientKey::at(usize::from(client % 20)), u64::from(bytes) << (client % 8));
                ledger.note(key, bytes, may_go);
                model.insert(key, (bytes, may_go));
            }
            let bucket = |bytes: u64| (64 - bytes.leading_zeros()).clamp(15, 33);
            let last = model.values().filter(|(_, may_go)| *may_go).map(|&(bytes, _)| bucket(bytes)).max();
            ledger.total() == model.values().map(|&(bytes, _)| bytes).sum::<u64>()
                && ledger.first().map(|key| bucket(model[&key].0)) == last
                && ledger.first().is_none_or(|key| model[&key].1)
        }
    }

    #[test]
    fn of_a_bucket_the_first_that_came_into_it_goes_first() {
        let mut ledger = Ledger::default();
        let key = ClientKey::at;
        for (client, bytes) in [(1, 1 << 20), (2, 1 << 16), (3, (1 << 21) - 1), (1, 3 << 19)] {
            ledger.note(key(client), bytes, true);
        }
        assert_eq!(ledger.first(), Some(key(1)), "2 is smaller, 3 came later, and 1 stayed in its bucket");
        ledger.note(key(1), 1 << 16, true);
        assert_eq!(ledger.first(), Some(key(3)));
        ledger.note(key(3), 0, false);
        assert_eq!(ledger.first(), Some(key(2)), "it came into the bucket before 1 came back");
    }

    #[test]
    fn a_limit_is_bytes_or_a_share_of_maxmemory_and_not_too_small() {
        assert_eq!(limit(0, 1 << 30), None);
        assert_eq!(limit(1, 0), Some(128 << 10));
        assert_eq!(limit(1 << 20, 0), Some(1 << 20));
        assert_eq!(limit(-10, 0), None);
        assert_eq!(limit(-10, 1 << 30), Some(107_374_182));
    }
}
