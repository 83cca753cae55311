//! `cutaway walk FILE|-`: plays a scenario inside the process and prints every step the server takes.
//!
//! ```text
//! scenario ─► Player ─► the server inside the process ─► steps, structures, bytes ─► text, json, svg or html
//! ```
//!
//! What a line brings as values ([`session`]), as JSON and as a page needs no terminal; the command line ([`tool`]) does.
//! Without a file, on a terminal, the lines are typed: `A: SUBSCRIBE x`. Redis has no counterpart.

pub mod html;
pub mod json;
#[cfg(feature = "net")]
mod options;
pub mod session;
pub(super) mod short;
#[cfg(feature = "net")]
mod text;
#[cfg(feature = "net")]
pub mod tool;
mod tree;
#[cfg(feature = "net")]
mod typed;
