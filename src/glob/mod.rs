//! Redis's glob patterns.

pub mod plain;
pub use plain::matches;

/// More runs of stars than this, with something after them, match nothing.
pub const MAX_STARS: usize = 1000;
