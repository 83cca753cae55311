//! Part two of the laboratory: patterns, and the rest of Pub/Sub.
//!
//! Redis has no counterpart.

use super::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[Stage {
    name: "psubscribe",
    title: "PSUBSCRIBE: channels by pattern",
    commands: &["PSUBSCRIBE", "PUNSUBSCRIBE"],
    scenarios: &[
        "lab/psubscribe",
        "lab/psubscribe-literal",
        "lab/psubscribe-both",
        "lab/psubscribe-counts",
        "lab/punsubscribe-all",
        "lab/psubscribe-mode",
        "lab/psubscribe-disconnect",
    ],
    chapter: "06-psubscribe.md",
}];
