//! A client's transaction: what it has queued, and which keys it watches.
//!
//! Redis: `multiState` and `watchedKey` in `src/server.h` and `src/multi.c`; the lists of clients at the keys are the
//! server's.

use crate::base::ids::CommandId;
use crate::base::linked_list::NodeKey;
use crate::resp::owned::OwnedRequest;
use std::collections::BTreeMap;

/// A client's transaction, or what it prepares for one. Redis: `c->mstate`, `c->watched_keys`.
#[derive(Default)]
pub struct Transaction {
    /// What was queued since MULTI; None: there was no MULTI.
    pub queue: Option<Vec<(CommandId, OwnedRequest)>>,
    /// A queued command was refused: EXEC will be. Redis: `CLIENT_DIRTY_EXEC`.
    pub refused: bool,
    /// A queued command may need more memory: EXEC is refused if there is none.
    pub denies_oom: bool,
    /// A watched key has changed: EXEC will do nothing. Redis: `CLIENT_DIRTY_CAS`.
    pub touched: bool,
    /// The keys watched, by database. Not a list as in Redis: a client may name a million of them.
    pub(crate) watched: BTreeMap<u32, BTreeMap<Box<[u8]>, Watch>>,
    /// The bytes of the words queued.
    pub queued_bytes: usize,
    /// The bytes that the names of the keys watched take.
    pub(crate) watched_bytes: usize,
}

/// A key that a client watches. Redis: `watchedKey`.
#[derive(Clone, Copy)]
pub(crate) struct Watch {
    /// Whether the key had expired already when it was watched.
    pub(crate) expired: bool,
    /// The client's node in the key's list of clients.
    pub(crate) node: NodeKey,
}

/// What a watched key takes beside its name.
pub(crate) const WATCH_OVERHEAD: usize = size_of::<(Box<[u8]>, Watch)>();

impl Transaction {
    /// The memory it takes, in bytes.
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.queued_bytes + self.watched_bytes
    }

    /// How many keys it watches.
    pub fn watches(&self) -> usize {
        self.watched.values().map(BTreeMap::len).sum()
    }

    /// The keys watched: in which database, and whether each had expired already.
    pub fn watched(&self) -> impl Iterator<Item = (u32, &[u8], bool)> {
        self.watched
            .iter()
            .flat_map(|(&db, keys)| keys.iter().map(move |(key, watch)| (db, &**key, watch.expired)))
    }
}
