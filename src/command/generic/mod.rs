//! Commands on keys of any type.
//!
//! Redis: `src/db.c`, `src/expire.c`, `src/object.c`, `src/sort.c`, and what `src/cluster.c` has of them.

pub mod dump;
pub mod expire;
pub mod keys;
pub mod object;
pub mod rename;
pub(crate) mod replicas;
pub(crate) mod rows;
pub mod scan;
pub mod sort;
