//! Part one of the laboratory: from a socket to a server that publishes.
//!
//! Redis has no counterpart.

use super::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[Stage {
    name: "ping",
    title: "A socket that answers PING",
    commands: &["PING"],
    scenarios: &["lab/ping"],
    chapter: "02-event-loop.md",
}];
