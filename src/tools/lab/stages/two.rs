//! Part two of the laboratory: patterns, and the rest of Pub/Sub.
//!
//! Redis has no counterpart.

use super::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[];
