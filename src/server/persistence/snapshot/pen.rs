//! How a snapshot is written: as an RDB file, or as the commands that make the keys (`aof-use-rdb-preamble no`).
//!
//! Redis: `rdbSaveRio` in `src/rdb.c`, `rewriteAppendOnlyFileRio` in `src/aof.c`.

use super::Purpose;
use crate::keyspace::Item;
use crate::persist::aof_write;
use crate::persist::budget::Budget;
use crate::persist::finish::Finisher;
use crate::persist::rdb_save::{About, FileWriter, Form, KeyInfo, Usage};
use crate::persist::rewrite::{self, Rewrite};
use crate::persist::save::Slices;
use crate::persist::write::Unfinished;
use crate::server::Server;
use crate::server::limits;

/// What keys are written with, in pieces.
pub(super) enum Pen {
    /// An RDB file.
    File(FileWriter),
    /// Commands, and the database that the last of them was for.
    Commands(Vec<u8>, Option<u32>),
}

/// A key that is being written.
pub(super) enum Partial {
    /// Its value in an RDB file.
    Value(Slices),
    /// Commands for it.
    Commands(Rewrite),
}

impl Pen {
    /// Another one of this kind, to write what stands behind what this one has written.
    pub fn another(&self, form: Form) -> Pen {
        match self {
            Pen::File(_) => Pen::File(FileWriter::new(form)),
            Pen::Commands(..) => Pen::Commands(Vec::new(), None),
        }
    }

    pub fn library(&mut self, code: &[u8]) {
        match self {
            Pen::File(file) => file.library(code),
            Pen::Commands(out, _) => rewrite::library(out, code),
        }
    }

    /// What stands before the keys of a database.
    pub fn database(&mut self, number: u32, (keys, expiring): (u64, u64)) {
        if let Pen::File(file) = self {
            file.select(number);
            file.resize(keys, expiring);
        }
    }

    /// Begins a key.
    pub fn key(&mut self, number: u32, key: &[u8], item: &Item, usage: Option<Usage>) -> Partial {
        match self {
            Pen::File(file) => {
                file.select(number);
                Partial::Value(file.key(key, KeyInfo { expires: item.expires(), usage }, &item.value))
            }
            Pen::Commands(out, selected) => {
                if selected.replace(number) != Some(number) {
                    aof_write::select(out, number);
                }
                Partial::Commands(Rewrite::default())
            }
        }
    }

    /// Goes on with a key until the budget is spent, or all is written. Whether it is.
    pub fn value(&mut self, partial: &mut Partial, key: &[u8], item: &Item, budget: &mut Budget) -> bool {
        match (self, partial) {
            (Pen::File(file), Partial::Value(slices)) => file.value(slices, &item.value, budget),
            (Pen::Commands(out, _), Partial::Commands(rewrite)) => {
                rewrite.write(out, key, &item.value, item.expires(), budget)
            }
            // Both are of the kind that the snapshot is.
            _ => true,
        }
    }

    /// The end of the file, but for its checksum.
    pub fn end(&mut self) {
        if let Pen::File(file) = self {
            file.end();
        }
    }

    /// How many bytes were copied and not taken.
    pub fn copied(&self) -> usize {
        match self {
            Pen::File(file) => file.copied(),
            Pen::Commands(out, _) => out.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Pen::File(file) => file.is_empty(),
            Pen::Commands(out, _) => out.is_empty(),
        }
    }

    /// Takes what was written.
    pub fn take(&mut self) -> Unfinished {
        match self {
            Pen::File(file) => file.take(),
            Pen::Commands(out, _) => Unfinished::raw(std::mem::take(out)),
        }
    }
}

impl Server {
    /// How the settings say that files are written.
    pub(super) fn snapshot_form(&self) -> Form {
        Form {
            fields_expire: self.keyspace.in_use().any(|(_, database)| database.expiring_hashes() > 0),
            compress: self.config.rdbcompression,
            list: limits::of_lists(self),
        }
    }

    /// What an RDB file begins with.
    pub(super) fn beginning_of_file(&self, form: Form, purpose: Purpose) -> FileWriter {
        let mut file = FileWriter::new(form);
        file.begin(&About {
            redis_version: crate::base::REDIS_VERSION,
            time: (self.unix_millis() / 1000) as i64,
            memory: self.allocated().unwrap_or(0),
            is_aof_base: purpose == Purpose::Rewrite,
        });
        file
    }

    /// The bytes of a base for the append-only file without keys.
    pub(in crate::server::persistence) fn empty_base(&self) -> Vec<u8> {
        let form = self.snapshot_form();
        let mut file = self.beginning_of_file(form, Purpose::Rewrite);
        file.end();
        let mut finisher = Finisher::new(form.compress, self.config.rdbchecksum);
        let mut bytes = finisher.finish(&file.take());
        bytes.extend(finisher.end());
        bytes
    }
}
