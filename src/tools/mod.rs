//! Programs that are not the server: they play scenarios to it, draw it, walk through it, and ask how it is.
//!
//! Redis: none, but for `redis-cli ping`.

pub mod check;
pub mod draw;
pub mod ping;
pub mod scenario;
pub mod walk;
