//! What everything may use: small containers, numbers that name things, a generator of random numbers.
//!
//! Redis: `src/adlist.c`, `src/sds.c`, by purpose.

pub mod ids;
pub mod linked_list;
pub mod random;
pub mod small_bytes;
