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
//! shutdown   what is done before the server ends
//! denied     commands that are refused while the disk fails
//! ```
//!
//! The bytes themselves are made and read by [`crate::persist`]; what is recorded of commands is [`super::propagate`]'s.

mod aof;
mod aof_files;
pub(crate) mod denied;
pub mod disk;
mod hold;
pub(crate) mod loading;
mod log;
pub mod memory_disk;
mod open;
mod rewrite;
pub mod save;
pub(crate) mod shutdown;
pub mod snapshot;
mod waitaof;

use save::Save;
use snapshot::Snapshot;
use snapshot::pace::Pace;

/// The state of persistence.
#[derive(Default)]
pub struct Persistence {
    /// The append-only file.
    pub(crate) aof: aof::Aof,
    /// What is read at the start, or again.
    pub(crate) loading: loading::Loading,
    /// The file of SAVE.
    pub save: Save,
    /// The snapshot that is being made.
    pub snapshot: Option<Snapshot>,
    /// How much of one is encoded in a turn.
    pub pace: Pace,
    /// How far the server is with its end.
    pub(crate) shutdown: shutdown::Shutdown,
    /// The number of the last snapshot.
    last_snapshot: u32,
}

impl Persistence {
    /// How many bytes are on their way to the disk: they are no data.
    pub fn held_bytes(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.held_bytes() as u64)
    }

    /// The number of a new snapshot: not 0, which no snapshot has.
    fn next_snapshot(&mut self) -> u32 {
        self.last_snapshot = self.last_snapshot.checked_add(1).unwrap_or(1);
        self.last_snapshot
    }
}
