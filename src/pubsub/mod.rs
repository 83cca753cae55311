//! Pub/Sub: who listens to what.

pub mod pattern_index;
