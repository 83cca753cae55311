//! What everything may use: small containers, numbers that name things, a generator of random numbers.
//!
//! Redis: `src/adlist.c`, `src/sds.c`, by purpose.

pub mod ids;
pub mod linked_list;
pub mod partial_sort;
pub mod random;
pub mod small_bytes;

/// The version of Redis that clients are told: they turn features on by it. 7.2 has all that is built here
/// and none of what 7.4 promises (client-side caching above all). Our own version is `cutaway_version`.
pub const REDIS_VERSION: &str = "7.2.4";
