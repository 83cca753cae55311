//! What the server knows of the process that it lives in: what it was given, for it asks the operating system nothing.
//!
//! Redis: the fields of `struct redisServer` that `initServer` and `updatePeakMemory` ask the operating system for.

use crate::base::random::Seed;

use crate::keyspace::Keyspace;

/// What the server is told about the process it lives in.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The process id.
    pub pid: u32,
    /// 40 hexadecimal digits, new at each start: clients flush their caches when it changes.
    pub run_id: String,
    /// Where all randomness of the server comes from. With the default, a server always does the same; one that strangers
    /// can reach needs a seed from the operating system.
    pub seed: Seed,
    /// The path of the executable.
    pub executable: String,
    /// The operating system, as `uname` has it.
    pub os: String,
    /// What supervises the process: `systemd`, `upstart` or `no`.
    pub supervised: &'static str,
    /// Asks the operating system what the process uses; None in tests, where it must not vary.
    pub usage: Option<fn() -> Usage>,
    /// The allocator of the program; None: it does not say what it has given out, and nothing is evicted.
    pub allocator: Option<Allocator>,
    /// Whether what is asked of the disk ([`super::turn::Sink::start`]) is done. Without one nothing is saved, and SAVE and its like
    /// answer as if it were.
    pub has_disk: bool,
    /// Changes what is logged: CONFIG SET loglevel.
    pub set_log_level: Option<fn(&str)>,
    /// Moves the process into a directory and returns its full path: CONFIG SET dir. None in tests, where only the setting
    /// changes.
    pub set_dir: Option<fn(&str) -> std::io::Result<String>>,
    /// Claims the directory of the process, so that no other server saves there: at the start, CONFIG SET dir, save and
    /// appendonly. None in tests, where nothing is saved.
    pub claim_dir: Option<fn() -> std::io::Result<()>>,
}

/// Memory and processor time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Resident memory in bytes.
    pub resident: u64,
    /// The most that was ever resident, in bytes.
    pub peak: u64,
    /// Seconds spent in the kernel.
    pub system: f64,
    /// Seconds spent in the program.
    pub user: f64,
    /// All memory of the machine in bytes.
    pub machine: u64,
}

/// An allocator that says what it has given out, and what it can be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Allocator {
    /// Its name: `mem_allocator` of INFO.
    pub name: &'static str,
    /// The bytes that it has given out and not got back. It is asked at each turn, before each command if there is a
    /// `maxmemory`, and after each key that is evicted. The program's looks at nothing but its own count; a test may compute
    /// a number from the keys, which is the same in each run.
    pub allocated: fn(&Keyspace) -> u64,
    /// What it has of the kernel.
    pub pages: fn() -> Pages,
    /// Its own report: MEMORY MALLOC-STATS.
    pub report: fn() -> Vec<u8>,
}

/// What an allocator has of the kernel, in bytes. Redis: `zmalloc_get_allocator_info`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// In pages of which something is given out.
    pub active: u64,
    /// In pages that are resident.
    pub resident: u64,
}
