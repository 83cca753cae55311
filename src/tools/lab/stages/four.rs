//! Part four of the laboratory: Streams, groups, an event store, the append-only file.
//!
//! Redis has no counterpart.

use super::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[];
