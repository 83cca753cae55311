//! Client-side caching is Pub/Sub by another name: a key is a channel, to read it is to subscribe, and to change it is to
//! publish one message, after which no client is subscribed.
//!
//! Redis: `src/tracking.c`; what it sends is in [`crate::server`].
//!
//! ```text
//! tracking_table      dict: "price" ─► [A] ⇄ [D]      the clients that have read the key and may hold its value
//! tracking_prefixes   "user:" ─► A, B                 the clients that asked for every key that begins so
//! ```

pub mod prefixes;
pub mod table;

pub use prefixes::Prefixes;
pub use table::{ReaderId, Readers};

use crate::base::ids::ClientKey;
use crate::base::random::Seed;
use std::collections::BTreeMap;

/// The server's side of client-side caching.
pub struct Tracking {
    /// Which clients may hold which key.
    pub table: Readers,
    /// Which clients asked for which prefixes.
    pub prefixes: Prefixes,
    /// The clients that have tracking on, by id, which is the order in which they connected.
    pub clients: BTreeMap<u64, ClientKey>,
    /// How often in a row the table was found over its limit, and stayed so.
    pub(crate) times_over_limit: u32,
}

impl Tracking {
    /// No client tracks anything.
    pub fn new(seed: Seed) -> Tracking {
        Tracking {
            table: Readers::new(seed.keyed_hash()),
            prefixes: Prefixes::default(),
            clients: BTreeMap::new(),
            times_over_limit: 0,
        }
    }

    /// Whether a change of a key concerns no client.
    pub fn is_idle(&self) -> bool {
        self.table.is_empty() && self.prefixes.is_empty()
    }
}
