//! Where the memory is: the numbers that INFO memory, MEMORY STATS and MEMORY DOCTOR have in common.
//!
//! Redis: `src/object.c`, `getMemoryOverheadData`; `src/server.c`, `cronUpdateMemoryStats`.
//!
//! Different on purpose: they are taken when they are asked for; Redis takes some of them ten times a second. What an
//! allocator does not say is 0.

use crate::server::{Pages, Server};

/// The numbers; in bytes unless they say otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// What the allocator has given out; what is resident, if it does not say.
    pub used: u64,
    /// The most it was ever seen to have given out.
    pub peak: u64,
    /// What it had given out when the server began.
    pub startup: u64,
    /// What is resident.
    pub resident: u64,
    /// What the allocator has of the kernel.
    pub pages: Pages,
    /// What clients take.
    pub clients: u64,
    /// What the texts of scripts take.
    pub scripts: u64,
    /// What the texts of libraries take.
    pub functions: u64,
    /// What Lua takes.
    pub lua: u64,
    /// For each database in use: its number, its table of keys, and its times.
    pub databases: Vec<(u32, u64, u64)>,
    /// The buckets of all tables.
    pub buckets: u64,
    /// Those of tables that are being moved away from, and how many tables that are.
    pub moving: (u64, u64),
    /// How many keys there are.
    pub keys: u64,
}

/// A part as a share of a whole; 0 of nothing.
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Figures {
    /// The numbers now.
    pub fn of(server: &Server) -> Figures {
        let (usage, scripts) = (server.usage(), server.script_figures());
        let mut figures = Figures {
            used: server.allocated().unwrap_or(usage.resident),
            peak: server.peak_memory().max(if server.allocated().is_none() { usage.peak } else { 0 }),
            startup: server.startup_memory(),
            resident: usage.resident,
            pages: server.process.allocator.map_or(Pages::default(), |allocator| (allocator.pages)()),
            clients: server.clients.iter().map(|(_, client)| client.memory() as u64).sum(),
            scripts: scripts.kept_bytes as u64,
            functions: scripts.functions_bytes as u64,
            lua: (scripts.lua_bytes + scripts.functions_lua_bytes) as u64,
            ..Figures::default()
        };
        for (number, database) in server.keyspace.in_use() {
            let (keys, times) = database.overhead();
            figures.databases.push((number, keys as u64, times as u64));
            let (buckets, moving, moves) = database.buckets();
            figures.buckets += buckets as u64;
            figures.moving.0 += moving as u64;
            figures.moving.1 += u64::from(moves);
            figures.keys += database.len() as u64;
        }
        figures
    }

    /// What is no data: all that is counted here.
    pub fn overhead(&self) -> u64 {
        let tables: u64 = self.databases.iter().map(|(_, keys, times)| keys + times).sum();
        self.startup + self.clients + self.scripts + self.functions + self.lua + tables
    }

    /// What is data: the rest.
    pub fn dataset(&self) -> u64 {
        self.used.saturating_sub(self.overhead())
    }

    /// The data, in percent of what was not there at the start.
    pub fn dataset_percent(&self) -> f64 {
        100.0 * ratio(self.dataset(), self.used.saturating_sub(self.startup).max(1))
    }

    /// What is in use, in percent of the peak.
    pub fn peak_percent(&self) -> f64 {
        100.0 * ratio(self.used, self.peak)
    }

    /// The data of a key.
    pub fn bytes_per_key(&self) -> u64 {
        self.dataset().checked_div(self.keys).unwrap_or(0)
    }

    /// How much larger what the allocator keeps in pages is than what it has given out, and by how many bytes.
    pub fn fragmentation(&self) -> (f64, i64) {
        spread(self.pages.active, self.used)
    }

    /// The same of resident pages and pages in use.
    pub fn allocator_resident(&self) -> (f64, i64) {
        spread(self.pages.resident, self.pages.active)
    }

    /// The same of the process and the allocator.
    pub fn process_resident(&self) -> (f64, i64) {
        spread(self.resident, self.pages.resident)
    }

    /// The same of the process and what is in use.
    pub fn total(&self) -> (f64, i64) {
        spread(self.resident, self.used)
    }
}

/// The ratio of two numbers and their difference.
fn spread(larger: u64, smaller: u64) -> (f64, i64) {
    (ratio(larger, smaller), larger as i64 - smaller as i64)
}
