//! What clients are owed: shared chunks of frames, and each client's queue of them.
//!
//! Redis: `c->buf` and `c->reply`, and the reply blocks that Redis does not share.

pub mod chunks;
pub mod queue;
