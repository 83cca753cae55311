//! Propagation: what a command becomes in the append-only file.
//!
//! Redis: `src/server.c` (`call`, `alsoPropagate`, `propagatePendingCommands`, `forceCommandPropagation`,
//! `preventCommandPropagation`), `src/networking.c` (`rewriteClientCommandVector`), `src/db.c` (`propagateDeletion`).
//!
//! The file holds the effects of commands, so that to execute it again, at another time and with other random numbers, makes
//! the same keys:
//!
//! 1. A command that has changed something is recorded as it was sent, unless its handler says otherwise: EXPIRE is
//!    recorded as PEXPIREAT ([`Server::rewrite_command`]), SPOP as SREM, XREADGROUP as what it has done to the group
//!    ([`Server::also_propagate`] and [`Server::prevent_propagation`]).
//! 2. What is changed by no command is recorded as one: the DEL of a key that has expired or was evicted, the HDEL of a field.
//! 3. The operations of an *execution unit* belong together: what one request of a client has done, the commands of an EXEC or
//!    a script included. More than one stand between MULTI and EXEC. Outside of any unit, a key that expires or is evicted is
//!    one by itself.
//!
//! The handlers count what they change in `stats.dirty`, and that tells whether a command is recorded; whether it is marked as
//! a command that writes does not matter: PFCOUNT is not, and changes the number that it has kept.
//!
//! The record is a row of bytes, encoded as they stand in the file: nothing is copied twice. The record is kept only while
//! somebody wants it; otherwise the cost is one comparison for each command.
//!
//! As in Redis, what a command changes without counting it is not recorded: the room that a BITFIELD has made in a string
//! when all its numbers have failed, a consumer that XREADGROUP has made and given nothing.
//!
//! Different on purpose: HINCRBYFLOAT of a field that expires is recorded as HSETEX with KEEPTTL, since HSET, which Redis
//! records, would have it never expire. The second of `aof-timestamp-enabled` is that of a unit's first operation, not of its end. A key that
//! has expired in a CLIENT PAUSE and is written to in the transaction that began the pause is recorded as removed: Redis ends
//! there.

use super::Server;
use crate::base::ids::ClientKey;
use crate::client::State;
use crate::persist::aof_read::{CommandReader, Entry};
use crate::persist::aof_write::{self, Word};
use crate::resp::request::Request;
use crate::server::dispatch::spec::Command;
use crate::steps::{readable, step};

/// What is recorded of the command that runs, if it has changed something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Own {
    /// Its words as they were sent.
    #[default]
    Sent,
    /// So many others, encoded in [`Propagation::rewritten`].
    Rewritten(usize),
    /// Nothing: its handler has recorded what it has done.
    Prevented,
}

/// The record of what has changed.
#[derive(Default)]
pub struct Propagation {
    on: bool,
    /// What was recorded since it was last taken.
    out: Vec<u8>,
    /// Where the open unit begins in `out`, and how many operations it has.
    unit_start: usize,
    operations: usize,
    /// How many commands run, one inside the other. Redis: `server.execution_nesting`.
    depth: u32,
    /// The database that the last operation was for; None: the next one selects its own. Redis: `server.aof_selected_db`.
    db: Option<u32>,
    /// The last second that was written: `aof-timestamp-enabled`. Redis: `server.aof_cur_timestamp`.
    last_second: u64,
    /// What is recorded of the command that runs.
    own: Own,
    /// Whether nothing is recorded of the unit that is open.
    discards: bool,
    /// Whether it is recorded even if it has changed nothing. Redis: `CLIENT_FORCE_AOF`.
    forced: bool,
    rewritten: Vec<u8>,
    /// The clients whose commands were recorded: those with [`crate::client::Client::has_written`].
    writers: Vec<ClientKey>,
}

impl Propagation {
    /// Begins or ends the recording.
    pub fn set(&mut self, on: bool) {
        self.on = on;
    }

    /// Whether changes are recorded.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// How many bytes were recorded since they were last taken.
    pub fn len(&self) -> usize {
        if self.operations > 0 { self.unit_start } else { self.out.len() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the unit that is open has recorded something.
    pub fn is_in_unit(&self) -> bool {
        self.operations > 0
    }

    /// Nothing is recorded of the unit that is open: a script in it is ended before its end.
    #[cfg(feature = "lua")]
    pub fn discard_unit(&mut self) {
        self.discards = true;
    }

    /// Takes the bytes that were recorded. A unit that is open stays: of a script that is busy nothing is taken before its end.
    pub fn take(&mut self) -> Vec<u8> {
        let open = self.out.split_off(self.len());
        self.unit_start = 0;
        std::mem::replace(&mut self.out, open)
    }

    /// The next operation selects its database: it is the first of a new file.
    pub fn forget_db(&mut self) {
        self.db = None;
    }

    /// Whether a command runs.
    pub(super) fn is_in_command(&self) -> bool {
        self.depth > 0
    }

    /// Begins an operation of a unit, in a database. `second`: the time, if it is to be written.
    fn begin_operation(&mut self, db: u32, second: Option<u64>) {
        if self.operations == 0 {
            if let Some(second) = second
                && second > self.last_second
            {
                aof_write::timestamp(&mut self.out, second);
                self.last_second = second;
            }
            self.unit_start = self.out.len();
        }
        self.operations += 1;
        if self.db != Some(db) {
            aof_write::select(&mut self.out, db);
            self.db = Some(db);
        }
    }

    /// Ends the open unit. Redis: `propagatePendingCommands`.
    fn end_unit(&mut self, is_transaction: bool) {
        if self.operations > 1 && is_transaction {
            let mut multi = Vec::with_capacity(16);
            aof_write::head(&mut multi, 1);
            aof_write::word(&mut multi, "MULTI".into());
            self.out.splice(self.unit_start..self.unit_start, multi);
            aof_write::head(&mut self.out, 1);
            aof_write::word(&mut self.out, "EXEC".into());
        }
        self.operations = 0;
        step!(Propagated { commands: shown(&self.out[self.unit_start..]) });
    }
}

/// Recorded commands as a step shows them.
fn shown(recorded: &[u8]) -> String {
    let mut reader = CommandReader::new(recorded.len());
    reader.feed(recorded);
    let mut commands = Vec::new();
    while let Ok(Some(Entry::Command(words))) = reader.next() {
        commands.push(words.iter().map(readable).collect::<Vec<_>>().join(" "));
    }
    commands.join("; ")
}

/// What handlers say.
impl Server {
    /// The command that runs is recorded in these words instead of its own, if it has changed something. They are looked at
    /// only if anything is recorded. Redis: `rewriteClientCommandVector`.
    pub(crate) fn rewrite_command<'w>(&mut self, words: impl IntoIterator<Item = Word<'w>>) {
        if !self.propagation.on {
            return;
        }
        let Propagation { rewritten, own, .. } = &mut self.propagation;
        *own = Own::Rewritten(encode(rewritten, words));
    }

    /// The command that runs is recorded as a deletion of the key, since that is what it has come to. See
    /// [`Server::propagate_deletion`].
    pub(crate) fn rewrite_as_deletion(&mut self, key: &[u8], lazily: bool) {
        self.rewrite_command([deletion(lazily).into(), key.into()]);
    }

    /// The command that runs is not recorded, whatever it has changed. Redis: `preventCommandPropagation`.
    pub(crate) fn prevent_propagation(&mut self) {
        self.propagation.own = Own::Prevented;
    }

    /// The command that runs is recorded even if it has changed nothing. Redis: `forceCommandPropagation`.
    pub(crate) fn force_propagation(&mut self) {
        self.propagation.forced = true;
    }

    /// Records an operation before the command that runs, or outside of any. Its words are looked at only if anything is
    /// recorded. Redis: `alsoPropagate`.
    pub(crate) fn also_propagate<'w>(&mut self, db: u32, words: impl IntoIterator<Item = Word<'w>>) {
        if !self.propagation.on {
            return;
        }
        let second = self.second_to_record();
        let propagation = &mut self.propagation;
        propagation.begin_operation(db, second);
        let mut body = Vec::new();
        let count = encode(&mut body, words);
        aof_write::head(&mut propagation.out, count);
        propagation.out.append(&mut body);
        if propagation.depth == 0 {
            propagation.end_unit(false);
        }
    }
}

/// What the rest of the server says.
impl Server {
    /// A key was removed because it has expired or was evicted. `lazily`: Redis would free its value in another thread, and
    /// records another word. Redis: `propagateDeletion`.
    pub(super) fn propagate_deletion(&mut self, db: u32, key: &[u8], lazily: bool) {
        self.also_propagate(db, [deletion(lazily).into(), key.into()]);
    }

    /// A field of a hash was removed because it has expired. Redis: `propagateHashFieldDeletion`.
    pub(crate) fn propagate_field(&mut self, db: u32, key: &[u8], field: &[u8]) {
        self.also_propagate(db, ["HDEL".into(), key.into(), field.into()]);
    }

    /// A command begins, or what belongs together as if it were one. Redis: `enterExecutionUnit`.
    #[inline]
    pub(super) fn begin_unit(&mut self) {
        let propagation = &mut self.propagation;
        propagation.depth += 1;
        (propagation.own, propagation.forced) = (Own::Sent, false);
    }

    /// It has ended: the outermost closes the unit. Redis: `exitExecutionUnit`, `postExecutionUnitOperations`.
    #[inline]
    pub(super) fn end_unit(&mut self, is_transaction: bool) {
        let propagation = &mut self.propagation;
        propagation.depth -= 1;
        if propagation.depth == 0 && std::mem::take(&mut propagation.discards) && propagation.operations > 0 {
            propagation.out.truncate(propagation.unit_start);
            (propagation.operations, propagation.db) = (0, None);
        }
        if propagation.depth == 0 && propagation.operations > 0 {
            propagation.end_unit(is_transaction);
        }
    }

    /// Records the command that has run; `changed`: something. Redis: the middle of `call`.
    pub(super) fn record_command(
        &mut self,
        client: ClientKey,
        command: &Command,
        request: Request<'_>,
        changed: bool,
    ) {
        let Propagation { own, forced, .. } = self.propagation;
        // EXEC is recorded as the end of its unit.
        if !(changed || forced) || command.name == "exec" {
            return;
        }
        if !std::mem::replace(&mut self.clients[client].has_written, true) {
            self.propagation.writers.push(client);
        }
        if own == Own::Prevented || self.script_is_silent() {
            return;
        }
        let (db, second) = (self.clients[client].db, self.second_to_record());
        let propagation = &mut self.propagation;
        propagation.begin_operation(db, second);
        match own {
            Own::Rewritten(count) => {
                aof_write::head(&mut propagation.out, count);
                propagation.out.append(&mut propagation.rewritten);
            }
            _ => {
                aof_write::head(&mut propagation.out, request.len());
                request.from(0).for_each(|word| aof_write::word(&mut propagation.out, word.into()));
            }
        }
    }

    fn second_to_record(&self) -> Option<u64> {
        self.config.aof_timestamp_enabled.then_some(self.time.unix_micros / 1_000_000)
    }

    /// The clients whose commands were recorded since this was last asked.
    pub fn take_writers(&mut self) -> Vec<ClientKey> {
        let mut writers = std::mem::take(&mut self.propagation.writers);
        // Not those that have gone, whose place another client may have.
        writers.retain(|&client| {
            let client = self.clients.get_mut(client).filter(|client| client.state != State::Gone);
            client.is_some_and(|client| std::mem::take(&mut client.has_written))
        });
        writers
    }
}

/// The word for the removal of a key.
fn deletion(lazily: bool) -> &'static str {
    if lazily { "UNLINK" } else { "DEL" }
}

/// Encodes words in the place of what `out` holds. Returns how many there are.
fn encode<'w>(out: &mut Vec<u8>, words: impl IntoIterator<Item = Word<'w>>) -> usize {
    out.clear();
    words.into_iter().map(|word| aof_write::word(out, word)).count()
}
