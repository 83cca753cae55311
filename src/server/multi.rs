//! Transactions: what a client has queued, and which keys it watches.
//!
//! Redis: `src/multi.c` (`queueMultiCommand`, `watchForKey`, `touchWatchedKey`, `touchAllWatchedKeysInDb`); the commands are
//! in [`crate::command::multi`].
//!
//! A watched key that changes marks each client that watches it, then and there: EXEC looks at the mark, not at the keys.

use super::Server;
use crate::command::CommandId;
use crate::pubsub::ClientKey;
use crate::resp::owned::OwnedRequest;
use crate::resp::request::Request;
use crate::steps::{readable, step};
use std::collections::HashMap;

/// A client's transaction, or what it prepares for one. Redis: `c->mstate`, `c->watched_keys`.
#[derive(Default)]
pub struct Transaction {
    /// What was queued since MULTI; None: there was no MULTI.
    pub queue: Option<Vec<(CommandId, OwnedRequest)>>,
    /// A queued command was refused: EXEC will be. Redis: `CLIENT_DIRTY_EXEC`.
    pub refused: bool,
    /// A watched key has changed: EXEC will do nothing. Redis: `CLIENT_DIRTY_CAS`.
    pub touched: bool,
    /// The keys watched, by database, and whether each had expired already. Not a list as in Redis: a client may name
    /// a million of them.
    watched: HashMap<u32, HashMap<Box<[u8]>, bool>>,
    /// The bytes of the words queued.
    pub queued_bytes: usize,
}

impl Transaction {
    /// The memory it takes.
    pub fn memory(&self) -> usize {
        let queue = self.queue.iter().flatten().map(|(_, request)| request.memory()).sum::<usize>();
        let watched = self.watched().map(|(_, key, _)| key.len() + 32).sum::<usize>();
        size_of::<Self>() + queue + watched
    }

    /// How many keys it watches.
    pub fn watches(&self) -> usize {
        self.watched.values().map(HashMap::len).sum()
    }

    /// The keys watched: in which database, and whether each had expired already.
    pub fn watched(&self) -> impl Iterator<Item = (u32, &[u8], bool)> {
        self.watched
            .iter()
            .flat_map(|(&db, keys)| keys.iter().map(move |(key, &expired)| (db, &**key, expired)))
    }
}

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

/// Who watches which key, by database. Redis: `db->watched_keys`.
#[derive(Default)]
pub struct Watchers(HashMap<u32, HashMap<Box<[u8]>, Vec<ClientKey>>>);

impl Watchers {
    /// Each key that is watched, with those who watch it.
    pub fn watched(&self) -> impl Iterator<Item = (u32, &[u8], &[ClientKey])> {
        self.0.iter().flat_map(|(&db, of_db)| of_db.iter().map(move |(key, all)| (db, &**key, &**all)))
    }

    /// How many keys are watched: `total_watched_keys`.
    pub fn keys(&self) -> usize {
        self.0.values().map(HashMap::len).sum()
    }
}

impl Server {
    /// Whether a client is between MULTI and EXEC.
    pub(crate) fn is_in_multi(&self, client: ClientKey) -> bool {
        self.clients[client].transaction.as_ref().is_some_and(|transaction| transaction.queue.is_some())
    }

    /// Keeps a request for EXEC. Redis: `queueMultiCommand`.
    // ANCHOR: queue-command
    pub(crate) fn queue_command(&mut self, client: ClientKey, command: CommandId, request: Request<'_>) {
        let Some(transaction) = self.clients[client].transaction.as_mut() else { return };
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
        let watched = transaction.watched.entry(db).or_default();
        if watched.contains_key(key) {
            return;
        }
        let database = self.keyspace.db(db);
        let expired = database.find(key).is_some_and(|place| database.item(place).is_expired(now));
        watched.insert(key.into(), expired);
        step!(Watches { client, key: readable(key) });
        self.watchers.0.entry(db).or_default().entry(key.into()).or_default().push(client);
    }
    // ANCHOR_END: watch

    /// Ends the transaction, if there is one, and all watching. Redis: `discardTransaction`, `unwatchAllKeys`.
    pub(crate) fn end_transaction(&mut self, client: ClientKey) -> Option<Box<Transaction>> {
        let transaction = self.clients[client].transaction.take()?;
        let commands = transaction.queue.as_ref().map_or(0, Vec::len);
        step!(TransactionEnded { client, commands, watched: transaction.watches() });
        for (db, key, _) in transaction.watched() {
            let Some(of_db) = self.watchers.0.get_mut(&db) else { continue };
            if let Some(clients) = of_db.get_mut(key) {
                clients.retain(|&other| other != client);
                if clients.is_empty() {
                    of_db.remove(key);
                }
            }
            if of_db.is_empty() {
                self.watchers.0.remove(&db);
            }
        }
        Some(transaction)
    }

    /// A key has changed: transactions that watch it will not run. Redis: `touchWatchedKey`.
    // ANCHOR: touch
    pub(crate) fn touch_watchers(&mut self, db: u32, key: &[u8]) {
        if !self.watchers.0.get(&db).is_some_and(|of_db| of_db.contains_key(key)) {
            return;
        }
        let after = if self.keyspace.has(db, key) { After::There } else { After::Gone };
        self.touch(db, key, true, after);
    }

    /// A key is changed. `existed`: it was there before, its time passed or not.
    fn touch(&mut self, db: u32, key: &[u8], existed: bool, after: After) {
        let Some(clients) = self.watchers.0.get(&db).and_then(|of_db| of_db.get(key)) else { return };
        for &client in clients {
            let Some(transaction) = self.clients[client].transaction.as_mut() else { continue };
            let watched = transaction.watched.get_mut(&db).and_then(|keys| keys.get_mut(key));
            let Some(expired) = watched else { continue };
            match (*expired, after) {
                // A key that had expired when it was watched, and is now removed for that, has not changed,
                (true, After::Gone) => *expired = false,
                // nor has one that expired and gave its place to one that did too,
                (true, After::Expired) => {}
                // nor one that was not there, and is not there to those who look.
                (false, After::Expired) if !existed => *expired = true,
                _ => transaction.touched = true,
            }
        }
    }
    // ANCHOR_END: touch

    /// Every key of a database changes: it is emptied, or its place is taken by `other`. Redis:
    /// `touchAllWatchedKeysInDb`.
    pub(crate) fn touch_watchers_of(&mut self, db: u32, other: Option<u32>) {
        let Some(of_db) = self.watchers.0.get(&db) else { return };
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

    /// Whether a watched key has expired since it was watched. Redis: `isWatchedKeyExpired`.
    pub(crate) fn has_expired(&mut self, transaction: &Transaction) -> bool {
        let now = self.now();
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
