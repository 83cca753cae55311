//! Commands: one folder for each group, its rows and its handlers side by side.
//!
//! Redis: the command table of `src/commands.def`, and the files that its functions are in.
//!
//! How a request comes here is in [`crate::server::dispatch`]; the rows of all groups are in [`all`].

pub mod all;
pub mod bitmap;
pub mod client;
pub mod cluster;
pub mod connection;
pub mod generic;
pub mod geo;
pub mod get_keys;
pub mod hash;
pub mod help;
pub mod hyperloglog;
pub mod list;
pub mod pubsub;
pub mod scripting;
pub mod server;
pub mod set;
pub mod sorted_set;
pub mod stream;
pub mod string;
pub mod transactions;
pub(crate) mod waiting;

pub use all::{ALL, table};

#[cfg(test)]
mod waiting_tests;
