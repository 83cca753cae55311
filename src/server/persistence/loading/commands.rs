//! Executes the commands of an append-only file, by a client of the server's own.
//!
//! Redis: `src/aof.c` (`createAOFClient`, the middle of `loadSingleAppendOnlyFile`); `src/multi.c`, the part of `execCommand`
//! that is about `CLIENT_ID_AOF`; the end of `afterErrorReply` in `src/networking.c`.
//!
//! A command runs as it would for a client, but for what belongs to a client's request: it is not counted, timed, shown to
//! MONITOR or refused for lack of memory, and nothing waits, expires or is recorded again. What it replies is dropped; an
//! error is logged.
//!
//! What stands between MULTI and EXEC runs when the EXEC is read, so that a transaction that is torn does nothing.
//!
//! Different on purpose: a command that no server writes to such a file, as SHUTDOWN, SUBSCRIBE or DEBUG, makes the file one of
//! a bad format, as does one with too few words. Redis executes it, whatever it does.

use super::file::Found;
use crate::base::ids::{ClientKey, CommandId};
use crate::client::{About, Client, State};
use crate::config::table::LONGEST_WORD;
use crate::persist::aof_read::{AofError, CommandReader, Entry};
use crate::resp::owned::{OwnedRequest, Words};
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::server::Server;
use crate::server::dispatch::Call;
use crate::server::dispatch::spec::{ADMIN, Command, DEBUG, PUBSUB, WRITE};
use crate::text::c::until_nul;

/// The client's id. Redis: `CLIENT_ID_AOF`.
const CLIENT_ID: u64 = u64::MAX;

/// A file of commands that is read.
pub(super) struct CommandFile {
    reader: CommandReader,
    /// How many bytes of the file came before the commands.
    begin: u64,
    words: Words,
    /// What was queued since MULTI; None: there was none.
    queue: Option<Vec<(CommandId, OwnedRequest)>>,
    /// Where the transaction begins.
    multi_at: u64,
    reply: Reply,
}

impl CommandFile {
    /// Begins with the commands behind so many bytes of a file.
    pub(super) fn new(begin: u64) -> CommandFile {
        CommandFile {
            reader: CommandReader::new(LONGEST_WORD as usize),
            begin,
            words: Words::default(),
            queue: None,
            multi_at: 0,
            reply: Reply::default(),
        }
    }

    /// These bytes come next.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.reader.feed(bytes);
    }

    /// No more bytes will come.
    pub(super) fn feed_end(&mut self) {
        self.reader.feed_end();
    }

    /// Where the last command ends that was read.
    pub(super) fn offset(&self) -> u64 {
        self.begin + self.reader.offset()
    }

    /// Where the transaction begins that has no end.
    pub(super) fn open_transaction(&self) -> Option<u64> {
        self.queue.as_ref().map(|_| self.begin + self.multi_at)
    }
}

/// Whether a command may stand in an append-only file: SELECT, what writes (as PFDEBUG does), and what concerns nothing but keys
/// and functions.
fn has_a_place(command: &Command) -> bool {
    let concerns_others = command.categories.iter().any(|it| ["connection", "transaction"].contains(it));
    command.name == "select"
        || command.flags & WRITE != 0
        || !concerns_others && command.flags & (ADMIN | DEBUG | PUBSUB) == 0
}

impl Server {
    /// A client that no list has, and that is sent nothing: it is gone already. Redis: `createAOFClient`.
    pub(super) fn add_own_client(&mut self) -> ClientKey {
        let about = About { no_evict: true, ..About::default() };
        let client = Client { state: State::Gone, ..Client::new(CLIENT_ID, about, true, self.seconds()) };
        self.clients.insert(client)
    }

    /// The client is not needed any longer.
    pub(super) fn remove_own_client(&mut self, client: ClientKey) {
        self.forget(client);
        self.clients.remove(client);
    }

    /// Executes what comes next of a file of commands, or queues it for the EXEC that is to come. `name` is the file's; the error
    /// is a line for the log.
    pub(super) fn load_command(
        &mut self,
        client: ClientKey,
        file: &mut CommandFile,
        name: &str,
    ) -> Result<Found, String> {
        let bad_format = || AofError::Format.message(name);
        let (before, CommandFile { reader, words, queue, multi_at, reply, .. }) =
            (file.reader.offset(), file);
        match reader.next() {
            Ok(None) => return Ok(Found::Nothing),
            Ok(Some(Entry::Comment(_))) => return Ok(Found::One),
            Ok(Some(Entry::Command(command))) => {
                words.clear();
                command.iter().for_each(|word| words.push(word));
            }
            Err(AofError::Short) => return Ok(Found::Torn),
            Err(AofError::Format) => return Err(bad_format()),
        }
        let request = words.request();
        let found = self.table.find(request).filter(|(_, command)| command.handler.is_some());
        let Some((id, command)) = found else {
            let command = String::from_utf8_lossy(until_nul(&request[0]));
            return Err(format!("Unknown command '{command}' reading the append only file {name}"));
        };
        if !command.accepts(request.len()) {
            return Err(bad_format());
        }
        match (command.name, queue.take()) {
            ("multi", None) => {
                *multi_at = before;
                *queue = Some(Vec::new());
            }
            ("exec", Some(queued)) => {
                for (id, request) in &queued {
                    self.execute_loaded(client, *id, request.request(), reply);
                }
            }
            _ if !has_a_place(command) => return Err(bad_format()),
            (_, Some(mut queued)) => {
                queued.push((id, OwnedRequest::new(request)));
                *queue = Some(queued);
            }
            (_, None) => self.execute_loaded(client, id, request, reply),
        }
        Ok(Found::One)
    }

    /// Runs a command for nobody.
    fn execute_loaded(&mut self, client: ClientKey, id: CommandId, request: Request<'_>, reply: &mut Reply) {
        let command = self.table.command(id);
        let Some(handler) = command.handler else { return };
        (reply.muted, reply.failure) = (true, None);
        // No reply, and no wait for a key.
        self.execution.deny_blocking += 1;
        handler(&mut Call { server: self, client, args: request, reply });
        self.execution.deny_blocking -= 1;
        self.execution.error_counted = false;
        reply.bytes.clear();
        if let Some(error) = reply.failure.take() {
            tracing::warn!(
                "== CRITICAL == This server is sending an error to its AOF-loading-client: '-{}' after processing the \
                 command '{}'",
                String::from_utf8_lossy(&error),
                command.name
            );
        }
    }
}
