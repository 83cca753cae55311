//! What was delivered and not yet acknowledged: the pending entries list (PEL).
//!
//! Redis: `src/stream.h`, `streamNACK`; the rax `pel` of `streamCG` and of `streamConsumer`.
//!
//! Different on purpose: Redis shares one NACK between the group's list and the consumer's. Here the group holds it,
//! and a consumer holds ids.

use super::id::StreamId;
use std::collections::BTreeMap;

/// A consumer's place in its group, for as long as the consumer exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerKey(pub(super) u32);

/// An entry that waits for its acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nack {
    /// Who has it.
    pub consumer: ConsumerKey,
    /// When it was last delivered, in milliseconds since 1970. XCLAIM may set any.
    pub delivery_time: i64,
    /// How often it was delivered.
    pub delivery_count: u64,
}

impl Nack {
    /// How long ago it was delivered, in milliseconds; 0 if that is still to come.
    pub fn idle(&self, now: i64) -> i64 {
        now.saturating_sub(self.delivery_time).max(0)
    }
}

/// Every pending entry of a group, in the order of ids.
pub type Pending = BTreeMap<StreamId, Nack>;
