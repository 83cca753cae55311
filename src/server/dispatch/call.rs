//! What a command's handler works with.
//!
//! Redis: the `client *c` that each command of Redis is handed: its words `c->argv`, and `addReply`.

use crate::base::ids::ClientKey;
use crate::client::Client;
use crate::client::blocked::Wait;
use crate::keyspace::listpack::Entry;
use crate::resp::owned::OwnedRequest;
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::server::Server;
use crate::text::c;

/// What a command's handler works with.
pub struct Call<'a> {
    /// All state.
    pub server: &'a mut Server,
    /// Who sent the command.
    pub client: ClientKey,
    /// Its words; `args[0]` is the command's name.
    pub args: Request<'a>,
    /// Where the reply goes: exactly one for every command but those that say otherwise.
    pub reply: &'a mut Reply,
}

/// Replies with an entry of a list or a hash.
pub fn bulk_entry(reply: &mut Reply, entry: Entry<'_>) {
    match entry {
        Entry::Bytes(bytes) => reply.bulk(bytes),
        Entry::Number(number) => reply.bulk_integer(number),
    }
}

/// Runs a command. Arity has been checked.
pub type Handler = fn(&mut Call<'_>);

impl Call<'_> {
    /// The client that sent the command.
    pub fn client(&mut self) -> &mut Client {
        &mut self.server.clients[self.client]
    }

    /// The database that the client has selected.
    pub fn db(&self) -> u32 {
        self.server.clients[self.client].db
    }

    /// Whether the command may wait for a key: not in a transaction or a script, where nobody could give it one.
    /// Redis: `CLIENT_DENY_BLOCKING`.
    pub fn may_block(&self) -> bool {
        self.server.execution.deny_blocking == 0
    }

    /// Has the client wait, and this command executed again, when one of the keys may hold what it needs; no reply is
    /// written now. A command that waited already goes on with what is left of its time. `request` takes the place of
    /// the command's words, if they would mean something else later: the `$` of XREAD. Redis: `blockForKeys`.
    pub fn block(&mut self, mut wait: Wait, request: Option<OwnedRequest>) {
        if let Some(until) = self.server.execution.retry {
            wait.until = until;
        }
        self.server.ask_to_block(wait, request);
    }

    /// The argument at `index` as text, for names and options; bytes that are not UTF-8 are replaced.
    pub fn text(&self, index: usize) -> String {
        String::from_utf8_lossy(&self.args[index]).into_owned()
    }

    /// Whether the argument at `index` is the word `word`, in any case, up to a NUL as in C. False if there is no such
    /// argument.
    pub fn is(&self, index: usize, word: &str) -> bool {
        self.args.get(index).is_some_and(|arg| c::is_word(arg, word.as_bytes()))
    }

    /// Replies with Redis's error for arguments that do not fit together.
    pub fn syntax_error(&mut self) {
        self.reply.error("ERR syntax error");
    }
}
