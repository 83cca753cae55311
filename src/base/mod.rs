//! What everything may use: small containers that know nothing of Redis.
//!
//! Redis: `src/adlist.c`, `src/sds.c`, by purpose.

pub mod linked_list;
pub mod small_bytes;
