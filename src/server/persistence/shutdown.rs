//! The end of the server: what SHUTDOWN or a signal asks for, and what is done before.
//!
//! Redis: `src/server.c` (`prepareForShutdown`, `finishShutdown`, `cancelShutdown`, the part of `serverCron` about
//! `shutdown_asap`); `shutdownCommand` in `src/db.c`.
//!
//! ```text
//! asked ─► a script ends ─► the append-only file is synced ─► a snapshot is saved ─► ended
//!                                     │ fails                        │ fails, and there was no FORCE
//!                                     ▼                              ▼
//!                                 cancelled: the server goes on, SHUTDOWN gets an error
//! ```
//!
//! *Invariant:* from the command that asks on, no other command is executed unless the shutdown is cancelled. So the snapshot
//! has all that clients were told.
//!
//! Different on purpose:
//!
//! - Redis does all of it in one go. Here the disk is waited for as always, and commands wait as they do in CLIENT PAUSE.
//! - An append-only file that cannot be written keeps the server from ending, as a snapshot does in both, unless it is told
//!   NOSAVE or FORCE; Redis logs it, and what it had not written is gone.
//! - A script that runs is ended first; half of what it does is not saved.

use super::aof::State;
use super::save::Asker;
use crate::base::ids::ClientKey;
use crate::client::blocked::Wait;
use crate::config::persistence::ShutdownWords;
use crate::resp::reply::Reply;
use crate::server::Server;

/// The reply to a SHUTDOWN that could not be done. Redis: `replyToClientsBlockedOnShutdown`.
const ERROR: &str = "ERR Errors trying to SHUTDOWN. Check logs.";

/// How far the server is with its end.
#[derive(Clone, Copy, Default)]
pub(crate) enum Shutdown {
    /// It goes on.
    #[default]
    No,
    /// The script that runs is ended first.
    Asked(Request),
    /// The append-only file is being brought to the disk.
    Syncing(Request),
    /// A snapshot is being saved.
    Saving(Request),
    /// Nothing is left to do.
    Ended,
}

/// A shutdown that was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    words: ShutdownWords,
    /// The client of SHUTDOWN, by key and id; None: a signal.
    asker: Option<(ClientKey, u64)>,
}

impl Server {
    /// Whether a shutdown was asked for, and is not cancelled.
    #[inline]
    pub fn is_shutting_down(&self) -> bool {
        !matches!(self.persistence.shutdown, Shutdown::No)
    }

    /// Whether everything is done that a shutdown has to do: the loop is to end.
    pub fn wants_shutdown(&self) -> bool {
        matches!(self.persistence.shutdown, Shutdown::Ended)
    }

    /// SIGINT or SIGTERM has come.
    pub fn shutdown_by_signal(&mut self, is_interrupt: bool) {
        let config = &self.config;
        let words = if is_interrupt { config.shutdown_on_sigint } else { config.shutdown_on_sigterm };
        self.ask_for_shutdown(words, None);
    }

    /// SHUTDOWN, or a signal. The client waits, and gets an error if the shutdown is cancelled.
    pub(crate) fn ask_for_shutdown(&mut self, mut words: ShutdownWords, client: Option<ClientKey>) {
        if self.is_shutting_down() {
            return;
        }
        let in_script = self.script_of().is_some();
        // Half of what a script does, or of what a load brings, must not take the place of a whole.
        if self.is_in_script_that_wrote() || self.is_loading() {
            words = ShutdownWords { save: false, nosave: true, ..words };
        }
        tracing::info!("User requested shutdown...");
        let asker = client.map(|client| (client, self.clients[client].id));
        self.persistence.shutdown = Shutdown::Asked(Request { words, asker });
        if in_script {
            return;
        }
        if asker.is_some() {
            let on_timeout = |reply: &mut Reply| reply.error(ERROR);
            let wait = Wait { keys: Vec::new(), type_name: "", on_missing: false, until: None, on_timeout };
            self.ask_to_block(wait, None);
        }
        // Without files the end is reached at once.
        if !self.process.has_disk {
            self.persistence.shutdown = Shutdown::Ended;
        }
    }

    /// The end of a turn: what was asked for is begun, or gone on with.
    #[inline]
    pub(in crate::server) fn go_on_with_shutdown(&mut self) {
        match self.persistence.shutdown {
            Shutdown::Asked(request) => self.begin_shutdown(request),
            Shutdown::Syncing(request) => self.sync_at_end(request),
            _ => {}
        }
    }

    fn begin_shutdown(&mut self, request: Request) {
        self.give_up_background_save();
        if self.persistence.aof.state == State::Waiting && !self.persistence.aof.rewrite.is_idle() {
            if !request.words.force {
                tracing::warn!("Writing initial AOF, can't exit.");
                return self.cancel_shutdown(request);
            }
            tracing::warn!("Writing initial AOF. Exit anyway.");
        }
        if !self.persistence.aof.rewrite.is_idle() {
            tracing::warn!("There is a child rewriting the AOF. Killing it!");
            self.cancel_rewrite();
        }
        if self.persistence.aof.is_on() {
            tracing::info!("Calling fsync() on the AOF file.");
        }
        self.persistence.shutdown = Shutdown::Syncing(request);
        self.sync_at_end(request);
    }

    /// Goes on when the append-only file is on the disk.
    fn sync_at_end(&mut self, request: Request) {
        match self.sync_before_the_end() {
            Ok(false) => return,
            Ok(true) => {}
            Err(why) => {
                tracing::warn!("Fail to fsync the AOF file: {why}.");
                if !request.words.force && !request.words.nosave {
                    return self.cancel_shutdown(request);
                }
            }
        }
        let words = request.words;
        if words.save || !words.nosave && !self.config.save.is_empty() {
            tracing::info!("Saving the final RDB snapshot before exiting.");
            self.persistence.shutdown = Shutdown::Saving(request);
            self.start_save(Asker::Shutdown);
        } else {
            self.persistence.shutdown = Shutdown::Ended;
        }
    }

    /// The snapshot is on the disk, or cannot be brought there.
    pub(super) fn saved_at_end(&mut self, is_saved: bool) {
        let Shutdown::Saving(request) = self.persistence.shutdown else { return };
        if !is_saved && !request.words.force {
            tracing::warn!("Error trying to save the DB, can't exit.");
            return self.cancel_shutdown(request);
        }
        if !is_saved {
            tracing::warn!("Error trying to save the DB. Exit anyway.");
        }
        self.persistence.shutdown = Shutdown::Ended;
    }

    /// The server goes on. Redis: `cancelShutdown`.
    fn cancel_shutdown(&mut self, request: Request) {
        tracing::warn!("Errors trying to shut down the server. Check the logs for more information.");
        self.persistence.shutdown = Shutdown::No;
        if let Some((client, id)) = request.asker
            && self.clients.get(client).is_some_and(|client| client.id == id)
        {
            self.end_wait(client, |wait, reply| (wait.on_timeout)(reply));
        }
        if self.paused().is_none() {
            self.end_pause();
        }
    }
}
