//! DEBUG RELOAD and DEBUG LOADAOF: what is in memory is replaced by what files hold.
//!
//! Redis: `src/debug.c`, the subcommands `reload` and `loadaof` of `debugCommand`; `src/db.c`, `emptyData`.
//!
//! RELOAD encodes all keys at once, loads them from these bytes, and hands the same bytes to the disk: the reply waits for
//! that. With NOSAVE, and for LOADAOF, the file is read as at the start, and other clients are refused with LOADING meanwhile.
//!
//! Different on purpose: a file that cannot be loaded is an error for the client, where Redis ends, and what was loaded until
//! then stays. In a transaction a RELOAD does not wait for the disk, and what has to read it is refused.

use super::Purpose;
use super::file::Found;
use super::keys::{Intake, KeyFile};
use crate::base::REDIS_VERSION;
use crate::base::ids::ClientKey;
use crate::client::blocked::Wait;
use crate::persist::budget::Budget;
use crate::persist::finish::Finisher;
use crate::persist::rdb_save::{About, FileWriter, Form, KeyInfo};
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use crate::server::persistence::aof::words;
use crate::server::persistence::disk::{Answer, Failure, JobId, Lane, Step};
use crate::server::{Server, limits};
use std::sync::Arc;

/// Why a RELOAD fails.
const NOT_LOADED: &str = "ERR Error trying to load the RDB dump, check server logs.";
/// Why a LOADAOF fails.
const LOG_NOT_LOADED: &str = "ERR Error trying to load the AOF files, check server logs.";

/// What a RELOAD leaves out, and adds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reload {
    /// What is in memory is saved, and loaded from what was saved.
    pub(crate) saves: bool,
    /// What is in memory goes first.
    pub(crate) flushes: bool,
    /// A key that is loaded takes the place of one of the same name.
    pub(crate) merges: bool,
}

/// A client that waits for the end. Its key may be another's by then, its id not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiter {
    key: ClientKey,
    id: u64,
}

impl Call<'_> {
    /// `DEBUG RELOAD`
    pub(crate) fn reload(&mut self, reload: Reload) {
        // Neither is a change that is to be recorded or saved.
        let changes = self.server.stats.dirty;
        match reload.saves {
            true => self.save_and_load(reload),
            false => {
                self.load_again("RELOAD NOSAVE", reload.flushes, |client| Purpose::Reload {
                    client,
                    merges: reload.merges,
                });
            }
        }
        self.server.stats.dirty = changes;
    }

    /// `DEBUG LOADAOF`
    pub(crate) fn load_log(&mut self) {
        let changes = self.server.stats.dirty;
        self.load_again("LOADAOF", true, |client| Purpose::LoadLog { client });
        self.server.stats.dirty = changes;
    }

    fn save_and_load(&mut self, reload: Reload) {
        let bytes = self.server.encode_all();
        if reload.flushes {
            self.server.empty();
        }
        if let Err(reason) = self.server.load_bytes(&bytes, reload.merges) {
            tracing::warn!("{reason}");
            return self.reply.error(NOT_LOADED);
        }
        if !self.server.process.has_disk {
            return self.reply.ok();
        }
        let (name, temporary) =
            (self.server.config.dbfilename.clone(), format!("temp-reload-{}.rdb", self.server.process.pid));
        let steps = vec![
            Step::Create(temporary.clone()),
            Step::Append(temporary.clone(), Arc::new(bytes)),
            Step::Sync(temporary.clone()),
            Step::Rename(temporary, name),
            Step::SyncDirectory(String::new()),
        ];
        let job = self.server.disk.ask(Lane::Snapshot, steps);
        match self.wait() {
            Some(client) => self.server.persistence.loading.saving.push((job, client)),
            None => self.reply.ok(),
        }
    }

    fn load_again(&mut self, name: &str, flushes: bool, purpose: impl FnOnce(Waiter) -> Purpose) {
        if !self.server.process.has_disk {
            return self.reply.ok();
        }
        let Some(client) = self.wait() else {
            return self
                .reply
                .error(format!("ERR DEBUG {name} reads files, for which a transaction cannot wait"));
        };
        if flushes {
            self.server.empty();
        }
        let purpose = purpose(client);
        self.server.begin_loading(purpose, matches!(purpose, Purpose::LoadLog { .. }));
    }

    /// Has the client wait. None: in a transaction nothing waits.
    fn wait(&mut self) -> Option<Waiter> {
        if !self.may_block() {
            return None;
        }
        let waiter = Waiter { key: self.client, id: self.client().id };
        let wait =
            Wait { keys: Vec::new(), type_name: "", on_missing: false, until: None, on_timeout: not_loaded };
        self.block(wait, None);
        Some(waiter)
    }
}

/// What a client that waits is told by CLIENT UNBLOCK, and by a load that has failed.
fn not_loaded(reply: &mut Reply) {
    reply.error(NOT_LOADED);
}

impl Server {
    /// The file of a RELOAD is written, or is not.
    pub(in crate::server::persistence) fn reload_saved(
        &mut self,
        id: JobId,
        result: Result<Answer, Failure>,
    ) {
        let saving = &mut self.persistence.loading.saving;
        let Some(at) = saving.iter().position(|(job, _)| *job == id) else { return };
        let (_, client) = saving.remove(at);
        if let Err(Failure { error, .. }) = &result {
            tracing::warn!("Write error saving DB on disk: {}", words(error));
        }
        self.answer(client, |reply| if result.is_ok() { reply.ok() } else { reply.error("ERR") });
    }

    /// The files of a RELOAD NOSAVE or LOADAOF are loaded, or could not be.
    pub(super) fn reload_ended(&mut self, purpose: Purpose, is_loaded: bool) {
        let (client, error, log) = match purpose {
            Purpose::Start => return,
            Purpose::Reload { client, .. } => (client, NOT_LOADED, "DB reloaded by DEBUG RELOAD"),
            Purpose::LoadLog { client } => {
                // What was loaded is in the file.
                self.stats.dirty = 0;
                (client, LOG_NOT_LOADED, "Append Only File loaded by DEBUG LOADAOF")
            }
        };
        if is_loaded {
            tracing::info!("{log}");
        }
        self.answer(client, |reply| if is_loaded { reply.ok() } else { reply.error(error) });
    }

    /// Whether the append-only file has all that was recorded, or never will.
    pub(super) fn has_appended(&self) -> bool {
        let aof = &self.persistence.aof;
        aof.log.buffer.is_empty() || aof.error().is_some()
    }

    /// Replies to a client that has waited, if it still does.
    fn answer(&mut self, waiter: Waiter, write: impl FnOnce(&mut Reply)) {
        let client = self.clients.get(waiter.key).filter(|client| client.id == waiter.id);
        let blocked = client.and_then(|client| client.blocked.as_ref());
        if blocked.is_some_and(|blocked| self.table.command(blocked.command).name == "debug") {
            self.end_wait(waiter.key, |_, reply| write(reply));
        }
    }

    /// Removes all keys and functions. Redis: `emptyData`.
    fn empty(&mut self) {
        let numbers: Vec<u32> = self.databases().map(|(number, _)| number).collect();
        for db in numbers {
            self.flush_db(db);
        }
        self.signal_flush();
        #[cfg(feature = "lua")]
        self.flush_functions();
    }

    /// The file of a snapshot of this moment.
    fn encode_all(&self) -> Vec<u8> {
        let (compress, checksum) = (self.config.rdbcompression, self.config.rdbchecksum);
        let form = Form {
            fields_expire: self.databases().any(|(_, database)| database.expiring_hashes() > 0),
            compress,
            list: limits::of_lists(self),
        };
        let mut file = FileWriter::new(form);
        file.begin(&About {
            redis_version: REDIS_VERSION,
            time: self.unix_now() / 1000,
            memory: self.allocated().unwrap_or(0),
            is_aof_base: false,
        });
        #[cfg(feature = "lua")]
        self.functions.libraries.iter().for_each(|(_, library)| file.library(&library.code));
        let mut budget = Budget::UNLIMITED;
        for (number, database) in self.databases() {
            file.select(number);
            file.resize(database.len() as u64, database.expiring() as u64);
            for (key, item) in database.iter() {
                let info = KeyInfo { expires: item.expires(), usage: None };
                let mut slices = file.key(key, info, &item.value);
                file.value(&mut slices, &item.value, &mut budget);
            }
        }
        file.end();
        let mut finisher = Finisher::new(compress, checksum);
        let mut bytes = finisher.finish(&file.take());
        bytes.extend(finisher.end());
        bytes
    }

    /// Loads a snapshot that is in memory.
    fn load_bytes(&mut self, bytes: &[u8], merges: bool) -> Result<(), String> {
        let client = self.add_own_client();
        let mut file = KeyFile::new(self, Intake { client, is_base: false, merges });
        file.feed(bytes);
        file.feed_end();
        let loaded = loop {
            match self.take_in(&mut file) {
                Ok(Found::End) => break Ok(()),
                Ok(_) => {}
                Err(reason) => break Err(reason),
            }
        };
        self.remove_own_client(client);
        loaded
    }
}
