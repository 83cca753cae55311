//! The keys of a snapshot, and what else it holds, as the server takes them in.
//!
//! Redis: `src/rdb.c`, the body of the loop of `rdbLoadRioWithLoadingCtx`; `src/db.c`, `dbAddRDBLoad`; `src/object.c`,
//! `objectSetLRUOrLFU`.
//!
//! A key whose time has passed is left out, unless commands follow that were executed while it was there.
//!
//! No event goes out, and nobody is served or told: these keys have been there.

use super::file::Found;
use super::progress::Progress;
use crate::base::ids::ClientKey;
use crate::keyspace::last_use::LastUse;
use crate::persist::rdb_load::{Event, FileReader, Key, Options, Seal, Size};
use crate::persist::rdb_save::Usage;
use crate::server::{Server, limits};

/// So many keys without elements are named in the log. Redis: the same, in `rdbLoadRioWithLoadingCtx`.
const EMPTY_KEYS_NAMED: u64 = 10;

/// How many bytes a key takes at least: its kind, and the lengths of its name and of its value.
const LEAST_BYTES: u64 = 3;

/// How a snapshot is taken in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intake {
    /// The server's own client, for which the text of a library runs.
    #[cfg_attr(not(feature = "lua"), expect(dead_code))]
    pub(super) client: ClientKey,
    /// Commands follow: the keys are those of the moment when they began. Redis: `RDBFLAGS_AOF_PREAMBLE`.
    pub(super) is_base: bool,
    /// What is there already gives way. Redis: `RDBFLAGS_ALLOW_DUP`.
    pub(super) merges: bool,
}

/// A snapshot that is read.
pub(super) struct KeyFile {
    reader: FileReader,
    intake: Intake,
    /// Milliseconds since 1970: what was to expire before has expired.
    began: i64,
}

impl KeyFile {
    /// Begins with a snapshot.
    pub(super) fn new(server: &Server, intake: Intake) -> KeyFile {
        let options = Options {
            rules: limits::rules(server),
            databases: u32::try_from(server.config.databases).unwrap_or(u32::MAX),
            checksum: server.config.rdbchecksum && !server.skip_checksum,
        };
        KeyFile { reader: FileReader::new(options), intake, began: server.unix_now() }
    }

    /// These bytes come next.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.reader.feed(bytes);
    }

    /// No more bytes will come.
    pub(super) fn feed_end(&mut self) {
        self.reader.feed_end();
    }

    /// The bytes that follow the snapshot.
    pub(super) fn rest(&self) -> &[u8] {
        self.reader.rest()
    }

    /// How many bytes were loaded.
    pub(super) fn offset(&self) -> u64 {
        self.reader.offset()
    }
}

impl Server {
    /// Takes in what comes next of a snapshot. The error is a line for the log.
    pub(super) fn take_in(&mut self, file: &mut KeyFile) -> Result<Found, String> {
        let Some(event) = file.reader.next().map_err(|error| error.to_string())? else {
            return Ok(Found::Nothing);
        };
        match event {
            Event::Key(key) => self.take_in_key(file.intake, file.began, key)?,
            Event::EmptyKey(key) => {
                let progress = &mut self.persistence.loading.progress;
                if progress.empty_keys < EMPTY_KEYS_NAMED {
                    tracing::info!("rdbLoadObject skipping empty key: {}", String::from_utf8_lossy(&key));
                }
                progress.empty_keys += 1;
            }
            Event::Library(code) => self.take_in_library(file.intake, &code)?,
            Event::Aux(name, text) => self.note_about(&name, &text),
            Event::Resize(size) => self.make_room_for_keys(size),
            Event::End(seal) => {
                if seal == Seal::None {
                    tracing::info!("RDB file was saved with checksum disabled: no check performed.");
                }
                self.report_keys();
                return Ok(Found::End);
            }
        }
        Ok(Found::One)
    }

    /// Makes room for the keys of a database. A file that is damaged may announce any number: there are not more than it has bytes
    /// for.
    fn make_room_for_keys(&mut self, Size { database, keys, .. }: Size) {
        let most = self.persistence.loading.progress.total_bytes / LEAST_BYTES;
        self.keyspace.db(database).expand(usize::try_from(keys.min(most)).unwrap_or(0));
    }

    fn take_in_key(
        &mut self,
        intake: Intake,
        began: i64,
        Key { database: db, name, info, value }: Key<'_>,
    ) -> Result<(), String> {
        let progress = &mut self.persistence.loading.progress;
        // Redis has -1 for none.
        let expires = info.expires.filter(|&at| at != -1);
        if !intake.is_base && expires.is_some_and(|at| at < began) {
            progress.keys_expired += 1;
            return Ok(());
        }
        progress.keys_loaded += 1;
        let last_use = self.last_use_of(info.usage);
        if self.keyspace.has(db, &name) {
            if !intake.merges {
                return Err(format!(
                    "RDB has duplicated key '{}' in DB {db}",
                    String::from_utf8_lossy(&name)
                ));
            }
            self.remove_key(db, &name);
        }
        let database = self.keyspace.db(db);
        let place = database.add(&name, value, last_use);
        if expires.is_some() {
            database.set_expiry(place, expires);
        }
        self.note_new_key(db, place);
        Ok(())
    }

    /// What a snapshot notes of the use of a key, under the policy of eviction in force. Redis: `objectSetLRUOrLFU`.
    fn last_use_of(&self, usage: Option<Usage>) -> LastUse {
        let clock = self.key_clock();
        match (usage, self.eviction.counts_uses()) {
            (Some(Usage::Frequency(frequency)), true) => LastUse::counted(clock, frequency),
            (Some(Usage::Idle(seconds)), false) => {
                LastUse::ago(clock, i64::try_from(seconds).unwrap_or(i64::MAX))
            }
            _ => self.first_use(),
        }
    }

    #[cfg(feature = "lua")]
    fn take_in_library(&mut self, intake: Intake, code: &[u8]) -> Result<(), String> {
        let loaded = self.load_library(intake.client, code, intake.merges);
        loaded
            .map(|_| ())
            .map_err(|error| format!("Failed loading library, {}", String::from_utf8_lossy(&error)))
    }

    #[cfg(not(feature = "lua"))]
    fn take_in_library(&mut self, _: Intake, _: &[u8]) -> Result<(), String> {
        Err("Failed loading library, this server is built without Lua".into())
    }

    /// Has the log say how many keys a snapshot had.
    fn report_keys(&self) {
        let Progress { keys_loaded, keys_expired, empty_keys, .. } = self.persistence.loading.progress;
        let skipped = match empty_keys {
            0 => String::new(),
            count => format!(", empty keys skipped: {count}"),
        };
        tracing::info!(
            "Done loading RDB, keys loaded: {keys_loaded}, keys expired: {keys_expired}{skipped}."
        );
    }

    /// Something that a snapshot says about itself.
    fn note_about(&mut self, name: &[u8], text: &[u8]) {
        let shown = String::from_utf8_lossy(text);
        // Redis: `strtoll`.
        let number = shown.parse::<i64>().unwrap_or(0);
        match name {
            [b'%', ..] => tracing::info!("RDB '{}': {shown}", String::from_utf8_lossy(name)),
            b"redis-ver" => tracing::info!("Loading RDB produced by version {shown}"),
            b"ctime" => {
                let age = self.unix_now() / 1000 - number;
                tracing::info!("RDB age {} seconds", age.max(0));
            }
            b"used-mem" => {
                tracing::info!("RDB memory usage when created {:.2} Mb", number as f64 / f64::from(1 << 20));
                self.persistence.loading.progress.used_memory = u64::try_from(number).unwrap_or(0);
            }
            b"aof-preamble" if number != 0 => tracing::info!("RDB has an AOF tail"),
            b"aof-base" if number != 0 => tracing::info!("RDB is base AOF"),
            _ => tracing::debug!("RDB '{}': {shown}", String::from_utf8_lossy(name)),
        }
    }
}
