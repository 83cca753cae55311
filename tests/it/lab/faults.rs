//! Twelve servers with one fault each.
