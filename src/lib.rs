//! cutaway: a Redis-compatible Pub/Sub server built to be read, watched and measured.

pub mod linked_list;
pub mod resp;
