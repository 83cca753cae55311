//! How far a group is: how many entries it has read and how many are still to come, where that can be told.
//!
//! Redis: `src/t_stream.c`, `streamEstimateDistanceFromFirstEverEntry`, `streamRangeHasTombstones`,
//! `streamReplyWithCGLag`.
//!
//! Nothing is counted entry by entry: the answer follows from a few numbers that a stream keeps, or it is not known.

use super::group::Group;
use super::id::StreamId;
use super::log::Log;

impl Log {
    /// How many entries were ever added up to and including `id`. None: it cannot be told.
    pub fn distance_from_first(&self, id: StreamId) -> Option<i64> {
        let added = self.entries_added as i64;
        if added == 0 {
            return Some(0);
        }
        if self.is_empty() && id <= self.last_id {
            return Some(added);
        }
        if id != StreamId::MIN && id < self.max_deleted_id || id > self.last_id {
            return None;
        }
        if id == self.last_id {
            return Some(added);
        }
        // Holes lie before the first entry, if anywhere: what is left is what was added last.
        if self.max_deleted_id == StreamId::MIN || self.max_deleted_id < self.first_id() {
            let before_first = added.wrapping_sub(self.len() as i64);
            if id < self.first_id() {
                return Some(before_first);
            }
            if id == self.first_id() {
                return Some(before_first.wrapping_add(1));
            }
        }
        None
    }

    /// Whether an entry was deleted from between `start` and the end.
    pub fn has_holes_since(&self, start: StreamId) -> bool {
        !self.is_empty()
            && self.max_deleted_id != StreamId::MIN
            && self.first_id() <= self.max_deleted_id
            && start <= self.max_deleted_id
    }

    /// How many entries a group has still to read. None: it cannot be told.
    // ANCHOR: lag
    pub fn lag(&self, group: &Group) -> Option<i64> {
        let added = self.entries_added as i64;
        if added == 0 || self.is_empty() {
            return Some(0);
        }
        if group.last_id < self.first_id() && self.max_deleted_id < self.first_id() {
            return Some(self.len() as i64);
        }
        match group.entries_read {
            Some(read) if !self.has_holes_since(group.last_id) => Some(added.wrapping_sub(read)),
            _ => Some(added.wrapping_sub(self.distance_from_first(group.last_id)?)),
        }
    }
    // ANCHOR_END: lag
}
