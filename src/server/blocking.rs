//! Clients that wait for a key: one mechanism for lists and streams.
//!
//! Redis: `src/blocked.c` (`blockForKeys`, `signalKeyAsReady`, `handleClientsBlockedOnKeys`, `unblockClientOnKey`,
//! `handleBlockedClientsTimeout`), as since 7.2.
//!
//! 1. A command finds nothing and calls [`Call::block`]. The client is blocked: its request is kept, its name stands
//!    behind those that wait for the same keys, and what it sends further is left over.
//! 2. A command adds or changes a key that somebody waits for: the key is noted as ready, no more.
//! 3. When that command has ended (a transaction, a script: as a whole), [`Server::serve_blocked`] goes through the
//!    ready keys in order, and through those who wait for each, the longest waiting first. Each one's request is
//!    executed again, as if it had come now; it may find nothing again, and is blocked again, at the end.
//! 4. When its time is over, the client gets the reply for having got nothing.
//!
//! [`Call::block`]: super::dispatch::Call::block

use super::Server;
use crate::base::ids::{ClientKey, CommandId};
use crate::base::linked_list::{List, NodeKey, Nodes};
use crate::client::blocked::{Blocked, NAME_OVERHEAD, Wait};
use crate::resp::owned::OwnedRequest;
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::steps::{readable, step};
use std::collections::{BTreeMap, BTreeSet};

/// The clients that wait for one key.
#[derive(Default)]
struct Line {
    /// The longest waiting first.
    clients: List,
    /// How many of them wait with [`Wait::on_missing`].
    on_missing: usize,
}

/// Who waits for what.
#[derive(Default)]
pub struct Blocking {
    /// By database and key. Redis: `db->blocking_keys`.
    lines: BTreeMap<u32, BTreeMap<Box<[u8]>, Line>>,
    /// The nodes of all lines.
    nodes: Nodes<ClientKey>,
    /// How many lines have a client that waits with [`Wait::on_missing`]. Redis: `db->blocking_keys_unblock_on_nokey`.
    lines_on_missing: usize,
    /// When each that does not wait forever has waited enough, the next one first.
    deadlines: BTreeSet<(u64, ClientKey)>,
    /// Keys to be served, in the order in which they became ready, each once. Redis: `server.ready_keys`.
    ready: Vec<(u32, Box<[u8]>)>,
    /// The same keys, to find one that is noted already.
    ready_set: BTreeSet<(u32, Box<[u8]>)>,
    /// How many clients wait.
    clients: usize,
}

impl Blocking {
    /// How many clients wait: `blocked_clients` in INFO, beside those that CLIENT PAUSE holds back.
    pub fn clients(&self) -> usize {
        self.clients
    }

    /// How many of them not forever: `clients_in_timeout_table`.
    pub fn with_deadline(&self) -> usize {
        self.deadlines.len()
    }

    /// How many keys are waited for: `total_blocking_keys`.
    pub fn keys(&self) -> usize {
        self.lines.values().map(BTreeMap::len).sum()
    }

    /// How many keys are waited for by a client that is served also when the key is gone: `total_blocking_keys_on_nokey`.
    pub fn keys_on_missing(&self) -> usize {
        self.lines_on_missing
    }

    /// Each key that is waited for, with the clients that wait, the longest first.
    pub fn waiting(&self) -> impl Iterator<Item = (u32, &[u8], impl Iterator<Item = ClientKey>)> {
        let lines = self.lines.iter().flat_map(|(&db, of_db)| of_db.iter().map(move |line| (db, line)));
        lines.map(|(db, (key, line))| (db, &**key, line.clients.iter(&self.nodes)))
    }

    /// Puts a client at the end of the line of each key of `wait`, and leaves each key in it once. Returns the nodes.
    /// Redis: `blockForKeys`.
    fn join(&mut self, client: ClientKey, db: u32, wait: &mut Wait) -> Box<[NodeKey]> {
        let of_db = self.lines.entry(db).or_default();
        let mut joined = Vec::with_capacity(1);
        wait.keys.retain(|name| {
            if !of_db.contains_key(name) {
                of_db.insert(name.clone(), Line::default());
            }
            let Some(line) = of_db.get_mut(name) else { return false };
            // The client is in this line already exactly if it came last.
            if line.clients.last(&self.nodes) == Some(client) {
                return false;
            }
            joined.push(line.clients.push_back(&mut self.nodes, client));
            line.on_missing += usize::from(wait.on_missing);
            self.lines_on_missing += usize::from(wait.on_missing && line.on_missing == 1);
            true
        });
        joined.into()
    }

    /// Takes a client out of the lines that it waits in, O(1) each.
    fn leave(&mut self, blocked: &Blocked) {
        let Some(of_db) = self.lines.get_mut(&blocked.db) else { return };
        for (name, &node) in blocked.wait.keys.iter().zip(&blocked.nodes) {
            let Some(line) = of_db.get_mut(name) else { continue };
            line.clients.unlink(&mut self.nodes, node);
            line.on_missing -= usize::from(blocked.wait.on_missing);
            self.lines_on_missing -= usize::from(blocked.wait.on_missing && line.on_missing == 0);
            if line.clients.is_empty() {
                of_db.remove(name);
            }
        }
        if of_db.is_empty() {
            self.lines.remove(&blocked.db);
        }
        self.nodes.shrink_if_empty();
    }

    /// When the next one has waited enough.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|&(until, _)| until)
    }
}

impl Server {
    /// The command that runs now will wait; see [`super::dispatch::Call::block`].
    pub(crate) fn ask_to_block(&mut self, wait: Wait, request: Option<OwnedRequest>) {
        self.execution.wait = Some((wait, request));
    }

    /// Blocks the client whose command has just ended, if that is what it asked for. Redis: `blockForKeys`.
    // ANCHOR: block
    pub(crate) fn block_if_asked(&mut self, key: ClientKey, command: CommandId, request: Request<'_>) {
        let Some((mut wait, rewritten)) = self.execution.wait.take() else { return };
        let request = rewritten.unwrap_or_else(|| OwnedRequest::new(request));
        let db = self.clients[key].db;
        let nodes = self.blocking.join(key, db, &mut wait);
        step!(Waits {
            client: key,
            keys: wait.keys.iter().map(|name| readable(name)).collect::<Vec<_>>().join(" ")
        });
        if let Some(until) = wait.until {
            self.blocking.deadlines.insert((until, key));
        }
        self.blocking.clients += 1;
        let names: usize = wait.keys.iter().map(|name| name.len() + NAME_OVERHEAD).sum();
        let memory = request.memory() + names;
        self.clients[key].blocked = Some(Box::new(Blocked { wait, nodes, db, command, request, memory }));
    }
    // ANCHOR_END: block

    /// Takes a client off everything it waits for.
    pub(super) fn unblock(&mut self, key: ClientKey) -> Option<Box<Blocked>> {
        let blocked = self.clients[key].blocked.take()?;
        self.blocking.leave(&blocked);
        if let Some(until) = blocked.wait.until {
            self.blocking.deadlines.remove(&(until, key));
        }
        self.blocking.clients -= 1;
        Some(blocked)
    }

    /// Somebody who waits for this key may find something there now. Redis: `signalKeyAsReady`.
    // ANCHOR: signal-ready
    pub(crate) fn signal_key_as_ready(&mut self, db: u32, key: &[u8]) {
        let Blocking { lines, ready_set, ready, .. } = &mut self.blocking;
        if lines.get(&db).is_some_and(|of_db| of_db.contains_key(key)) && ready_set.insert((db, key.into())) {
            ready.push((db, key.into()));
        }
    }
    // ANCHOR_END: signal-ready

    /// The keys of a database that somebody waits for, and that `is_changed`: in order of their names.
    pub(crate) fn waited_for(&self, db: u32, is_changed: impl Fn(&[u8]) -> bool) -> Vec<Box<[u8]>> {
        let of_db = self.blocking.lines.get(&db);
        let names = of_db.into_iter().flatten().map(|(name, _)| name);
        let mut names: Vec<Box<[u8]>> = names.filter(|name| is_changed(name)).cloned().collect();
        names.sort_unstable();
        names
    }

    /// Whether keys became ready for which nobody was served yet. What a transaction with CLIENT PAUSE in it has made
    /// ready waits for the end of the pause, and what is loaded for its own end.
    pub(super) fn has_ready_keys(&self) -> bool {
        !self.blocking.ready.is_empty() && self.paused().is_none() && !self.is_loading()
    }

    /// Serves those who wait for keys that are ready. Redis: `handleClientsBlockedOnKeys`.
    // ANCHOR: serve-blocked
    pub(crate) fn serve_blocked(&mut self) {
        // A command with DEBUG SLEEP in it takes that long, and what it made ready may have expired then.
        // Nobody is served in the middle of a command: not of CLIENT UNPAUSE, and not of a script, even if it takes so long that
        // others are answered.
        if !self.has_ready_keys() || self.requested_sleep().is_some() || self.propagation.is_in_command() {
            return;
        }
        if std::mem::replace(&mut self.execution.serves_blocked, true) {
            return;
        }
        // What is executed again may make more keys ready: BLMOVE.
        while !self.blocking.ready.is_empty() {
            for (db, name) in std::mem::take(&mut self.blocking.ready) {
                self.blocking.ready_set.remove(&(db, name.clone()));
                let line = self.blocking.lines.get(&db).and_then(|of_db| of_db.get(&name));
                let waiting: Vec<ClientKey> =
                    line.map_or_else(Vec::new, |line| line.clients.iter(&self.blocking.nodes).collect());
                let mut found = self.type_at(db, &name);
                // Who is blocked again comes last and is not served again for this key.
                for client in waiting {
                    if self.waits_for(client, found) {
                        step!(Woken { client, key: readable(&name) });
                        self.execute_again(client);
                        found = self.type_at(db, &name);
                    }
                }
            }
        }
        self.execution.serves_blocked = false;
    }
    // ANCHOR_END: serve-blocked

    /// The type of the value at a key.
    fn type_at(&mut self, db: u32, key: &[u8]) -> Option<&'static str> {
        let now = self.now();
        self.keyspace.db(db).peek(key, now).map(|item| item.value.type_name())
    }

    /// Whether a client waits for a value of the type that was found.
    fn waits_for(&self, client: ClientKey, found: Option<&str>) -> bool {
        let blocked = self.clients.get(client).and_then(|client| client.blocked.as_deref());
        blocked.is_some_and(|blocked| found == Some(blocked.wait.type_name) || blocked.wait.on_missing)
    }

    /// Executes a blocked client's command again. Redis: `unblockClientOnKey`.
    pub(super) fn execute_again(&mut self, client: ClientKey) {
        let Some(blocked) = self.unblock(client) else { return };
        let Blocked { wait, command, request, .. } = *blocked;
        // The time it has waited counts: BLPOP's own parsing would begin it anew.
        self.execution.retry = Some(wait.until);
        let mut reply = self.reply_to(client);
        self.begin_unit();
        if !self.is_refused_again(client, command, request.request(), &mut reply) {
            self.call(client, command, request.request(), &mut reply);
        }
        self.end_unit(true);
        self.execution.retry = None;
        self.clients.reply(client, &mut reply.bytes);
        if self.clients[client].blocked.is_none() {
            self.end_caching(client, Some(command));
        }
        self.resume_pipeline(client);
    }

    /// A client's wait is over and it got `reply`. Redis: `unblockClient`, `updateStatsOnUnblock`.
    pub(super) fn end_wait(&mut self, client: ClientKey, answer: impl FnOnce(&Wait, &mut Reply)) {
        let Some(blocked) = self.unblock(client) else { return };
        step!(WaitEnded { client });
        let mut reply = self.reply_to(client);
        answer(&blocked.wait, &mut reply);
        if let Some(error) = reply.failure.take() {
            self.table.stats_mut(blocked.command).failed += 1;
            self.stats.count_error(&error);
        }
        self.table.stats_mut(blocked.command).calls += 1;
        self.clients.reply(client, &mut reply.bytes);
        self.settle_reply_mode(client);
        self.resume_pipeline(client);
    }

    /// An empty reply for a client.
    fn reply_to(&self, client: ClientKey) -> Reply {
        let client = &self.clients[client];
        let muted = client.reply_mode != crate::client::ReplyMode::On;
        Reply { protocol: client.protocol, muted, ..Reply::default() }
    }

    /// A client waits no longer: the rest of its pipeline is executed in this turn.
    fn resume_pipeline(&mut self, client: ClientKey) {
        let state = &self.clients[client];
        if state.blocked.is_none() && state.pending_input.is_some() {
            self.make_ready(client);
        }
    }

    /// Those who have waited enough get the reply for that. Redis: `handleBlockedClientsTimeout`.
    pub(super) fn end_waits_that_are_over(&mut self) {
        while let Some(&(until, client)) = self.blocking.deadlines.first()
            && until <= self.time.millis
        {
            self.end_wait(client, |wait, reply| (wait.on_timeout)(reply));
        }
    }

    /// CLIENT UNBLOCK: ends a client's wait, with an error if `with_error`. Whether it waited.
    pub(crate) fn unblock_client(&mut self, client: ClientKey, with_error: bool) -> bool {
        let waits = self.clients[client].blocked.is_some();
        self.end_wait(client, |wait, reply| match with_error {
            true => reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK"),
            false => (wait.on_timeout)(reply),
        });
        waits
    }
}
