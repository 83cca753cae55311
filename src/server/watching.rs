//! Transactions: requests queued until EXEC, and the index of who watches which key.
//!
//! Redis: `src/multi.c` (`queueMultiCommand`, `watchForKey`, `touchWatchedKey`, `touchAllWatchedKeysInDb`); the commands are
//! in [`crate::command::transactions`].
//!
//! A watched key that changes marks each client that watches it, then and there: EXEC looks at the mark, not at the keys. A
//! client that is marked watches nothing further, so that later changes do not visit it again.

use super::Server;
use crate::base::ids::{ClientKey, CommandId};
use crate::base::linked_list::{Iter, List, Nodes};
use crate::client::transaction::{Transaction, WATCH_OVERHEAD, Watch};
use crate::resp::owned::OwnedRequest;
use crate::resp::request::Request;
use crate::steps::{readable, step};
use std::collections::BTreeMap;

/// What a change makes of a key that is watched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// It is not there.
    Gone,
    /// Another key took its place, whose time has passed.
    Expired,
    /// It is there.
    There,
}

/// Which clients watch which key. Redis: `db->watched_keys`.
#[derive(Default)]
pub struct Watchers {
    /// By database and key, in the order in which they came.
    lists: BTreeMap<u32, BTreeMap<Box<[u8]>, List>>,
    /// The nodes of all lists.
    nodes: Nodes<ClientKey>,
}

impl Watchers {
    /// Each key that is watched, with the clients that watch it.
    pub fn watched(&self) -> impl Iterator<Item = (u32, &[u8], Iter<'_, ClientKey>)> {
        let lists = self.lists.iter().flat_map(|(&db, of_db)| of_db.iter().map(move |list| (db, list)));
        lists.map(|(db, (key, list))| (db, &**key, list.iter(&self.nodes)))
    }

    /// How many keys are watched: `total_watched_keys`.
    pub fn keys(&self) -> usize {
        self.lists.values().map(BTreeMap::len).sum()
    }

    /// The clients that watch a key.
    fn of(&self, db: u32, key: &[u8]) -> Vec<ClientKey> {
        let list = self.lists.get(&db).and_then(|of_db| of_db.get(key));
        list.map_or_else(Vec::new, |list| list.iter(&self.nodes).collect())
    }

    /// Takes a client off the list of each key that it watches, O(1) each. Redis: `unwatchAllKeys`.
    fn leave(&mut self, watched: BTreeMap<u32, BTreeMap<Box<[u8]>, Watch>>) {
        for (db, keys) in watched {
            let Some(of_db) = self.lists.get_mut(&db) else { continue };
            for (key, watch) in keys {
                let Some(list) = of_db.get_mut(&key) else { continue };
                list.unlink(&mut self.nodes, watch.node);
                if list.is_empty() {
                    of_db.remove(&key);
                }
            }
            if of_db.is_empty() {
                self.lists.remove(&db);
            }
        }
        self.nodes.shrink_if_empty();
    }
}

impl Server {
    /// Keeps a request for EXEC. Redis: `queueMultiCommand`.
    // ANCHOR: queue-command
    pub(crate) fn queue_command(
        &mut self,
        client: ClientKey,
        command: CommandId,
        request: Request<'_>,
        denies_oom: bool,
    ) {
        let Some(transaction) = self.clients[client].transaction.as_mut() else { return };
        transaction.denies_oom |= denies_oom;
        // Nothing of a transaction that will not run is kept.
        if let Some(queue) = &mut transaction.queue
            && !transaction.refused
            && !transaction.touched
        {
            let request = OwnedRequest::new(request);
            transaction.queued_bytes += request.memory();
            queue.push((command, request));
        }
    }
    // ANCHOR_END: queue-command

    /// A request was refused: if it was meant for a transaction, that will be too. Redis: `flagTransaction`.
    pub(crate) fn flag_transaction(&mut self, client: ClientKey) {
        if let Some(transaction) = self.clients[client].transaction.as_mut()
            && transaction.queue.is_some()
        {
            transaction.refused = true;
        }
    }

    /// Watches a key for a client. Redis: `watchForKey`.
    // ANCHOR: watch
    pub(crate) fn watch(&mut self, client: ClientKey, key: &[u8]) {
        let (db, now) = (self.clients[client].db, self.now());
        let transaction = self.clients[client].transaction.get_or_insert_default();
        // EXEC will do nothing already: there is nothing to watch for.
        if transaction.touched {
            return;
        }
        let watched = transaction.watched.entry(db).or_default();
        if watched.contains_key(key) {
            return;
        }
        let database = self.keyspace.db(db);
        let expired = database.find(key).is_some_and(|place| database.item(place).is_expired(now));
        let Watchers { lists, nodes } = &mut self.watchers;
        let list = lists.entry(db).or_default().entry(key.into()).or_default();
        let node = list.push_back(nodes, client);
        watched.insert(key.into(), Watch { expired, node });
        transaction.watched_bytes += key.len() + WATCH_OVERHEAD;
        step!(Watches { client, key: readable(key) });
    }
    // ANCHOR_END: watch

    /// Ends the transaction, if there is one, and all watching. Redis: `discardTransaction`, `unwatchAllKeys`.
    pub(crate) fn end_transaction(&mut self, client: ClientKey) -> Option<Box<Transaction>> {
        let mut transaction = self.clients[client].transaction.take()?;
        let commands = transaction.queue.as_ref().map_or(0, Vec::len);
        step!(TransactionEnded { client, commands, watched: transaction.watches() });
        self.watchers.leave(std::mem::take(&mut transaction.watched));
        Some(transaction)
    }

    /// A key has changed: transactions that watch it will not run. Redis: `touchWatchedKey`.
    // ANCHOR: touch
    pub(super) fn touch_watched_key(&mut self, db: u32, key: &[u8]) {
        if !self.watchers.lists.get(&db).is_some_and(|of_db| of_db.contains_key(key)) {
            return;
        }
        let after = if self.keyspace.has(db, key) { After::There } else { After::Gone };
        self.touch(db, key, true, after);
    }

    /// A key is changed. `existed`: it was there before, its time passed or not.
    fn touch(&mut self, db: u32, key: &[u8], existed: bool, after: After) {
        for client in self.watchers.of(db, key) {
            let Some(transaction) = self.clients[client].transaction.as_mut() else { continue };
            let watched = transaction.watched.get_mut(&db).and_then(|keys| keys.get_mut(key));
            let Some(Watch { expired, .. }) = watched else { continue };
            match (*expired, after) {
                // A key that had expired when it was watched, and is now removed for that, has not changed,
                (true, After::Gone) => *expired = false,
                // nor has one that expired and gave its place to one that did too,
                (true, After::Expired) => {}
                // nor one that was not there, and is not there to those who look.
                (false, After::Expired) if !existed => *expired = true,
                _ => {
                    transaction.touched = true;
                    transaction.watched_bytes = 0;
                    self.watchers.leave(std::mem::take(&mut transaction.watched));
                }
            }
        }
    }
    // ANCHOR_END: touch

    /// Every key of a database changes: it is emptied, or its place is taken by `other`. Redis:
    /// `touchAllWatchedKeysInDb`.
    pub(crate) fn touch_watchers_of(&mut self, db: u32, other: Option<u32>) {
        let Some(of_db) = self.watchers.lists.get(&db) else { return };
        let (names, now): (Vec<Box<[u8]>>, i64) = (of_db.keys().cloned().collect(), self.now());
        for key in names {
            let existed = self.keyspace.has(db, &key);
            let after = match other {
                Some(other) if self.keyspace.has(other, &key) => {
                    let is_live = self.keyspace.db(other).peek(&key, now).is_some();
                    if is_live { After::There } else { After::Expired }
                }
                _ => After::Gone,
            };
            if existed || after != After::Gone {
                self.touch(db, &key, existed, after);
            }
        }
    }

    /// Whether a key that a client watches has expired since it was watched. Redis: `isWatchedKeyExpired`.
    pub(crate) fn has_expired(&mut self, client: ClientKey) -> bool {
        let now = self.now();
        let Some(transaction) = self.clients[client].transaction.as_deref() else { return false };
        transaction.watched().any(|(db, key, expired)| {
            let database = self.keyspace.db(db);
            !expired && database.find(key).is_some_and(|place| database.item(place).is_expired(now))
        })
    }

    /// How many clients watch keys: `watching_clients`.
    pub(crate) fn watching_clients(&self) -> usize {
        let watches = |transaction: &Transaction| !transaction.watched.is_empty();
        self.clients.iter().filter(|(_, client)| client.transaction.as_deref().is_some_and(watches)).count()
    }
}
