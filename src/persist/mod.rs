//! Bytes to values and back: the format in which Redis saves a value, which DUMP and RESTORE exchange.
//!
//! Redis: `src/rdb.c` (`rdbSaveObject`, `rdbLoadObject`), the values of version 12.
//!
//! ```text
//! value ─► save ─► write ─► bytes        the words of the format: write, read
//! value ◄─ load ◄─ read  ◄─ bytes        a string that is longer than 20 bytes is compressed: lzf
//! ```
//!
//! The format of a value knows nothing of DUMP, which puts a version and a checksum behind it ([`footer`]).
//!
//! Reading trusts nothing: any bytes are a value that could have been made by commands, or [`read::Corrupt`]. A length
//! reserves nothing, so that what is read takes memory in proportion to what was sent, and to what that decompresses to.

pub mod aof_read;
pub mod aof_write;
pub mod budget;
mod distinct;
pub mod finish;
pub mod footer;
pub mod functions;
mod kinds;
pub mod load;
mod load_hash;
mod load_list;
mod load_set;
mod load_stream;
mod load_zset;
mod lzf;
pub mod manifest;
mod opcodes;
mod packed;
pub mod rdb_error;
pub mod rdb_load;
pub mod rdb_save;
pub mod read;
pub mod rewrite;
mod rewrite_stream;
pub mod save;
mod save_stream;
mod skip;
mod stream_block;
#[cfg(test)]
mod values;
pub mod write;
mod ziplist;
mod zipmap;

use crate::keyspace::{hash, list, set, zset};

/// What the settings say of values that are written and read.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// `rdbcompression`: long strings are compressed.
    pub compress: bool,
    /// `list-max-listpack-size`
    pub list: list::Limit,
    /// When a hash is packed.
    pub hash: hash::Limits,
    /// When a set is an intset, and when it is packed.
    pub set: set::Limits,
    /// When a sorted set is packed.
    pub zset: zset::Limits,
}
