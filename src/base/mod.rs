//! What everything may use: small containers, numbers that name things, a generator of random numbers.
//!
//! Redis: `src/adlist.c`, `src/sds.c`, by purpose.

pub mod ids;
pub mod linked_list;
pub mod partial_sort;
pub mod random;
pub mod small_bytes;
pub mod vectors;

/// The version of Redis that clients are told: they turn features on by it. It is that of the Redis whose replies are on
/// record, as no client is known to turn on by it what is not here. Our own version is `cutaway_version`.
pub const REDIS_VERSION: &str = "8.0.2";
