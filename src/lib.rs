//! cutaway: a Redis-compatible Pub/Sub server built to be read, watched and measured.
//!
//! Where to begin: [`server`] holds all state and touches no socket; `net::event_loop` moves the bytes; [`pubsub`] holds the
//! two structures and the walk that a PUBLISH makes through them.
//!
//! ```text
//! socket ─► net::event_loop ─► server::input ─► server::dispatch ─► command::pubsub ─► pubsub::publish ─► client::deliver
//! socket ◄─ net::event_loop ◄─ server::turn ◄─ output::queue ◄──────────────────────────────────────────────────┘
//! ```

#![warn(missing_docs)]
// No input may end the server.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::exit))]

pub mod base;
#[cfg(feature = "net")]
pub mod cli;
pub mod client;
pub mod command;
pub mod config;
pub mod diagnostics;
pub mod glob;
pub mod keyspace;
#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "net")]
pub mod net;
#[cfg(feature = "net")]
pub mod os;
pub mod output;
pub mod persist;
pub mod pubsub;
pub mod resp;
#[cfg(feature = "lua")]
pub mod script;
pub mod server;
pub mod steps;
pub mod stream;
pub mod text;
#[cfg(feature = "tools")]
pub mod tools;
