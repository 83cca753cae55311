//! cutaway: a Redis-compatible Pub/Sub server built to be read, watched and measured.

pub mod scenario;
