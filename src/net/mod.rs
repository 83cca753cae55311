//! Sockets, signals and the loop that moves bytes between them and the server.
//!
//! Redis: `src/ae.c`, `src/anet.c`, `src/connection.c`.

pub(crate) mod accept;
mod disk;
pub mod event_loop;
pub mod onlooker;
pub mod signals;
pub mod socket;
