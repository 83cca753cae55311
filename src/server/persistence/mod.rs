//! Persistence: what the server has written to files, and reads from them when it starts.
//!
//! Redis: the files `src/aof.c` and `src/rdb.c`, as far as they are about files, and `src/bio.c`.
//!
//! ```text
//! disk       what is asked of the disk, and how the answer comes back; memory_disk is one
//! aof        the append-only file: what the turn has recorded is appended and synced
//! hold       appendfsync always: what clients are not yet sent
//! rewrite    a new base for the append-only file
//! snapshot   the walk through all keys, a few in each turn
//! save       dump.rdb: SAVE, BGSAVE, save points
//! loading    what is read at the start
//! ```
//!
//! The bytes themselves are made and read by [`crate::persist`]; what is recorded of commands is [`super::propagate`]'s.

pub mod disk;
pub mod memory_disk;
