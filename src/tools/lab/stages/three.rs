//! Part three of the laboratory: keys, transactions, waiting, events.
//!
//! Redis has no counterpart.

use super::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[];
