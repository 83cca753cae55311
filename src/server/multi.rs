//! Transactions: what a client has queued, and which keys it watches.
//!
//! Redis: `src/multi.c` (`queueMultiCommand`, `watchForKey`, `touchWatchedKey`, `touchAllWatchedKeysInDb`); the commands are
//! in [`crate::command::multi`].
//!
//! A watched key that changes marks each client that watches it, then and there: EXEC looks at the mark, not at the keys.

use super::Server;
use crate::command::CommandId;
use crate::keyspace::Database;
use crate::pubsub::ClientKey;
use crate::resp::owned::OwnedRequest;
use crate::resp::request::Request;
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
    /// The keys watched, by database, and whether each had expired already.
    pub watched: Vec<(u32, Box<[u8]>, bool)>,
    /// The bytes of the words queued.
    pub queued_bytes: usize,
}

impl Transaction {
    /// The memory it takes.
    pub fn memory(&self) -> usize {
        let queue = self.queue.iter().flatten().map(|(_, request)| request.memory()).sum::<usize>();
        let watched = self.watched.iter().map(|(_, key, _)| key.len() + 32).sum::<usize>();
        size_of::<Self>() + queue + watched
    }
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
        if transaction.watched.iter().any(|(in_db, known, _)| *in_db == db && **known == *key) {
            return;
        }
        let database = self.keyspace.db(db);
        let expired = database.find(key).is_some_and(|place| database.item(place).is_expired(now));
        transaction.watched.push((db, key.into(), expired));
        self.watchers.0.entry(db).or_default().entry(key.into()).or_default().push(client);
    }
    // ANCHOR_END: watch

    /// Ends the transaction, if there is one, and all watching. Redis: `discardTransaction`, `unwatchAllKeys`.
    pub(crate) fn end_transaction(&mut self, client: ClientKey) -> Option<Box<Transaction>> {
        let transaction = self.clients[client].transaction.take()?;
        for (db, key, _) in &transaction.watched {
            let Some(of_db) = self.watchers.0.get_mut(db) else { continue };
            if let Some(clients) = of_db.get_mut(key) {
                clients.retain(|&other| other != client);
                if clients.is_empty() {
                    of_db.remove(key);
                }
            }
            if of_db.is_empty() {
                self.watchers.0.remove(db);
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
        let exists = self.keyspace.db(db).find(key).is_some();
        self.touch(db, key, exists);
    }

    /// A key is changed; `exists`: it is there afterwards.
    fn touch(&mut self, db: u32, key: &[u8], exists: bool) {
        let Some(clients) = self.watchers.0.get(&db).and_then(|of_db| of_db.get(key)) else { return };
        for &client in clients {
            let Some(transaction) = self.clients[client].transaction.as_mut() else { continue };
            // A key that had expired when it was watched, and is now removed for that, has not changed.
            let watched =
                transaction.watched.iter_mut().find(|(in_db, known, _)| *in_db == db && **known == *key);
            if let Some((_, _, expired)) = watched
                && *expired
            {
                if exists {
                    *expired = false;
                } else {
                    continue;
                }
            }
            transaction.touched = true;
        }
    }
    // ANCHOR_END: touch

    /// Every key of a database changes: it is emptied, or its place is taken by `other`. Redis:
    /// `touchAllWatchedKeysInDb`.
    pub(crate) fn touch_watchers_of(&mut self, db: u32, other: Option<u32>) {
        let Some(of_db) = self.watchers.0.get(&db) else { return };
        let exists = |database: &Database, key: &[u8]| database.find(key).is_some();
        let mut names: Vec<Box<[u8]>> = of_db.keys().cloned().collect();
        names.retain(|key| {
            exists(self.keyspace.db(db), key)
                || other.is_some_and(|other| exists(self.keyspace.db(other), key))
        });
        for key in names {
            let replaced = other.is_some_and(|other| exists(self.keyspace.db(other), &key));
            self.touch(db, &key, replaced);
        }
    }

    /// Whether a watched key has expired since it was watched. Redis: `isWatchedKeyExpired`.
    pub(crate) fn has_expired(&mut self, transaction: &Transaction) -> bool {
        let now = self.now();
        transaction.watched.iter().any(|(db, key, expired)| {
            let database = self.keyspace.db(*db);
            !expired && database.find(key).is_some_and(|place| database.item(place).is_expired(now))
        })
    }

    /// How many clients watch keys: `watching_clients`.
    pub(crate) fn watching_clients(&self) -> usize {
        let watches = |transaction: &Transaction| !transaction.watched.is_empty();
        self.clients.iter().filter(|(_, client)| client.transaction.as_deref().is_some_and(watches)).count()
    }
}
