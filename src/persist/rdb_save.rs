//! Writes snapshots: the RDB file.
//!
//! Redis: `src/rdb.c` (`rdbSaveRio`, `rdbSaveInfoAuxFields`, `rdbSaveFunctions`, `rdbSaveDb`, `rdbSaveKeyValuePair`).
//!
//! ```text
//! REDIS0011 | aux … | library … | database … | ff | checksum: 8 bytes
//! database = fe number, fb keys expiring, key …
//! key      = [fc time] [f8 idle | f9 frequency] type, key, value
//! ```
//!
//! What is written here is not finished: [`super::finish`] makes the bytes of the file of it, on another thread.
//!
//! Different on purpose: version 12 is written only where a hash has fields that expire, and 11 otherwise, which Redis 7.2 and
//! Valkey 8 read too. A database may be selected more than once, as keys that are about to change are written ahead of their
//! turn.

use super::budget::Budget;
use super::save::Slices;
use super::write::{Unfinished, Writer};
use super::{kinds, opcodes};
use crate::keyspace::list::Limit;
use crate::keyspace::value::Value;

/// The version of a file without fields that expire.
const VERSION: u16 = 11;

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Whether a hash has fields that expire: [`crate::keyspace::Database::expiring_hashes`]. It decides the version, which is the
    /// beginning of the file.
    pub fields_expire: bool,
    /// `rdbcompression`: long strings are compressed.
    pub compress: bool,
    /// `list-max-listpack-size`
    pub list: Limit,
}

impl Form {
    fn version(self) -> u16 {
        if self.fields_expire { kinds::EXPIRING_SINCE } else { VERSION }
    }
}

/// What a file says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The version of Redis that this server says it is.
    pub redis_version: &'a str,
    /// When the file is written, in seconds since 1970.
    pub time: i64,
    /// The memory in use, in bytes.
    pub memory: u64,
    /// Whether it is the beginning of an append-only file.
    pub is_aof_base: bool,
}

/// What a policy of eviction knows of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// For how many seconds it was not used.
    Idle(u64),
    /// How often it was used, on the scale of OBJECT FREQ.
    Frequency(u8),
}

/// What stands before a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyInfo {
    /// When it expires, in milliseconds since 1970.
    pub expires: Option<i64>,
    /// Written under a policy of eviction that asks for it.
    pub usage: Option<Usage>,
}

/// Pieces of a file, in order.
pub struct FileWriter {
    out: Writer,
    form: Form,
    database: Option<u32>,
}

impl FileWriter {
    /// Begins to write keys. What it writes stands behind what another one wrote, for which [`FileWriter::begin`] was called.
    pub fn new(form: Form) -> FileWriter {
        FileWriter { out: Writer::unfinished(form.compress), form, database: None }
    }

    /// The beginning of the file.
    pub fn begin(&mut self, about: &About<'_>) {
        let magic = format!("REDIS{:04}", self.form.version());
        self.out.raw(magic.as_bytes());
        self.aux("redis-ver", about.redis_version.as_bytes());
        let mut number = |name, number: i64| self.aux(name, itoa::Buffer::new().format(number).as_bytes());
        number("redis-bits", 64);
        number("ctime", about.time);
        number("used-mem", about.memory as i64);
        number("aof-base", about.is_aof_base.into());
    }

    fn aux(&mut self, name: &str, text: &[u8]) {
        self.out.byte(opcodes::AUX);
        self.out.string(name.as_bytes());
        self.out.string(text);
    }

    /// The text of a library of functions.
    pub fn library(&mut self, code: &[u8]) {
        self.out.byte(opcodes::FUNCTION);
        self.out.string(code);
    }

    /// The next keys are in this database.
    pub fn select(&mut self, database: u32) {
        if self.database.replace(database) != Some(database) {
            self.out.byte(opcodes::SELECT);
            self.out.number(database.into());
        }
    }

    /// How many keys the database has, and how many of them expire: a hint, so that a reader can make room.
    pub fn resize(&mut self, keys: u64, expiring: u64) {
        self.out.byte(opcodes::RESIZE);
        self.out.number(keys);
        self.out.number(expiring);
    }

    /// Begins with a key of the selected database. Its value is for [`FileWriter::value`] to write before anything else is.
    pub fn key(&mut self, key: &[u8], info: KeyInfo, value: &Value) -> Slices {
        if let Some(time) = info.expires {
            self.out.byte(opcodes::EXPIRES_MS);
            self.out.time(time);
        }
        match info.usage {
            Some(Usage::Idle(seconds)) => {
                self.out.byte(opcodes::IDLE);
                self.out.number(seconds);
            }
            Some(Usage::Frequency(frequency)) => {
                self.out.byte(opcodes::FREQUENCY);
                self.out.byte(frequency);
            }
            None => {}
        }
        let slices = Slices::new(value, self.form.version());
        self.out.byte(slices.kind());
        self.out.string(key);
        slices
    }

    /// Writes the next slice of a value, until the budget is spent. Whether the value ends. It must not change in between: before
    /// a command changes it, the rest is written with [`Budget::UNLIMITED`].
    pub fn value(&mut self, slices: &mut Slices, value: &Value, budget: &mut Budget) -> bool {
        slices.write(&mut self.out, value, self.form.list, budget)
    }

    /// The end of the file; [`super::finish::Finisher::end`] has the checksum that follows.
    pub fn end(&mut self) {
        self.out.byte(opcodes::END);
    }

    /// How many bytes were written since the last [`FileWriter::take`].
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// How many of them were copied: see [`Unfinished::copied`].
    pub fn copied(&self) -> usize {
        self.out.copied()
    }

    /// Whether nothing was written since.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Takes what was written since the last call, to be finished in this order.
    pub fn take(&mut self) -> Unfinished {
        self.out.take()
    }
}

#[cfg(test)]
#[path = "rdb_save_tests.rs"]
mod tests;
