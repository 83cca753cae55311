//! Streams: a log of entries, and groups of consumers that share the reading.
//!
//! Redis: `src/stream.h`, `src/t_stream.c`.
//!
//! Nothing here knows of clients, commands or clocks: the time comes as an argument.
//!
//! ```text
//! Stream
//!   log      id ─► block of entries, id ─► block of entries …        [`log`], [`block`], [`entries`], [`trim`]
//!   groups   name ─► group: last_id, pending entries, consumers      [`group`], [`pending`], [`lag`]
//! ```

pub mod block;
pub mod entries;
pub mod group;
pub mod id;
pub mod index;
pub mod lag;
pub mod listpack_size;
pub mod log;
pub mod pending;
mod saved;
pub mod trim;
pub mod varint;

use group::Group;
use log::Log;
use std::collections::BTreeMap;

/// A stream.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// Its entries.
    pub log: Log,
    /// Its consumer groups, in the order of names.
    pub groups: BTreeMap<Box<[u8]>, Group>,
}
