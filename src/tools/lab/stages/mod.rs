//! The course of the laboratory: its stages, in order.
//!
//! Redis has no counterpart. `docs/lab/` has a page for each; a test holds pages, tables and scenarios together.

mod four;
mod one;
mod three;
mod two;

use super::stage::Stage;

/// The four parts of the course, and their stages.
pub const PARTS: [(&str, &[Stage]); 4] = [
    ("A server that publishes", one::STAGES),
    ("All of Pub/Sub", two::STAGES),
    ("Keys", three::STAGES),
    ("Streams, and what survives", four::STAGES),
];

/// Every stage with its number, from 1.
pub fn all() -> impl Iterator<Item = (usize, &'static Stage)> {
    PARTS.iter().flat_map(|(_, stages)| stages.iter()).enumerate().map(|(at, stage)| (at + 1, stage))
}
