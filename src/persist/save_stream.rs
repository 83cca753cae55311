//! Writes streams.
//!
//! Redis: `src/rdb.c` (`rdbSaveObject`, `rdbSaveStreamPEL`, `rdbSaveStreamConsumers`); a block as `streamAppendItem` of
//! `src/t_stream.c` packs it.
//!
//! ```text
//! stream   = count, block …, entries, last id, first id, greatest deleted id, ever added, count, group …
//! block    = first id, listpack: live  deleted  names  name …  0  entry …
//! entry    = flags  ms  seq  value …  elements                  if its names are the block's
//!            flags  ms  seq  fields  name value …  elements     if not
//! group    = name, last id, entries read, count, (id, delivery time, deliveries) …, count, consumer …
//! consumer = name, seen time, active time, count, id …
//! ```
//!
//! Numbers in an entry are distances to the first id of the block.

use super::budget::Budget;
use super::write::{Writer, raw_id};
use crate::stream::Stream;
use crate::stream::group::{Consumer, Group};
use crate::stream::id::StreamId;
use std::ops::Bound;

/// A stream that is being written.
#[derive(Debug, Default)]
pub struct Slices {
    stage: Stage,
    /// The last block or entry that was written.
    id: Option<StreamId>,
    /// The group that is being written, or was last.
    group: Option<Box<[u8]>>,
    /// The consumer that is being written, or was last.
    consumer: Option<Box<[u8]>>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    #[default]
    Count,
    Blocks,
    Group,
    /// The pending entries of the group.
    Pending,
    Consumer,
    /// The ids of the consumer's pending entries.
    PendingIds,
}

/// What comes behind `last`, in order.
fn after<T>(last: Option<T>) -> (Bound<T>, Bound<T>) {
    (last.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

impl Slices {
    /// Writes the next slice: until the budget is spent, or the stream ends. Whether it does.
    pub fn write(&mut self, out: &mut Writer, stream: &Stream, budget: &mut Budget) -> bool {
        loop {
            self.stage = match self.stage {
                Stage::Count => {
                    out.number(stream.log.index_size().0 as u64);
                    Stage::Blocks
                }
                Stage::Blocks => {
                    for (first, block) in stream.log.blocks_after(self.id) {
                        if budget.is_spent() {
                            return false;
                        }
                        out.spend(budget, |out| {
                            out.string(&raw_id(first));
                            out.block(first, block);
                        });
                        self.id = Some(first);
                    }
                    log(out, stream);
                    Stage::Group
                }
                Stage::Group if budget.is_spent() => return false,
                Stage::Group => {
                    let groups = &stream.groups;
                    let Some((name, group)) = groups.range::<[u8], _>(after(self.group.as_deref())).next()
                    else {
                        return true;
                    };
                    out.spend(budget, |out| self::group(out, name, group));
                    (self.group, self.consumer, self.id) = (Some(name.clone()), None, None);
                    Stage::Pending
                }
                _ => {
                    // The stream does not change meanwhile.
                    let Some(group) = self.group.as_deref().and_then(|name| stream.groups.get(name)) else {
                        return true;
                    };
                    let Some(stage) = self.write_group(out, group, budget) else { return false };
                    stage
                }
            }
        }
    }

    /// Writes what comes next of a group; what comes then. None: the budget is spent.
    fn write_group(&mut self, out: &mut Writer, group: &Group, budget: &mut Budget) -> Option<Stage> {
        match self.stage {
            Stage::Pending => {
                for (&id, nack) in group.pending().range(after(self.id)) {
                    self.spend(out, budget, id, |out| {
                        out.raw_id(id);
                        out.time(nack.delivery_time);
                        out.number(nack.delivery_count);
                    })?;
                }
                out.number(group.consumers().len() as u64);
                Some(Stage::Consumer)
            }
            Stage::PendingIds => {
                let name = self.consumer.as_deref().unwrap_or_default();
                if let Some(key) = group.find_consumer(name) {
                    for &id in group.consumer(key).pending.range(after(self.id)) {
                        self.spend(out, budget, id, |out| out.raw_id(id))?;
                    }
                }
                Some(Stage::Consumer)
            }
            _ if budget.is_spent() => None,
            _ => {
                let Some(consumer) = group.consumers_after(self.consumer.as_deref()).next() else {
                    return Some(Stage::Group);
                };
                out.spend(budget, |out| self::consumer(out, consumer));
                (self.consumer, self.id) = (Some(consumer.name.clone()), None);
                Some(Stage::PendingIds)
            }
        }
    }

    /// Writes an entry. None: the budget is spent.
    fn spend(
        &mut self,
        out: &mut Writer,
        budget: &mut Budget,
        id: StreamId,
        write: impl FnOnce(&mut Writer),
    ) -> Option<()> {
        if budget.is_spent() {
            return None;
        }
        out.spend(budget, write);
        self.id = Some(id);
        Some(())
    }
}

/// What stands between the blocks and the groups.
fn log(out: &mut Writer, stream: &Stream) {
    let log = &stream.log;
    out.number(log.len());
    [log.last_id, log.first_id(), log.max_deleted_id].into_iter().for_each(|id| out.id(id));
    out.number(log.entries_added);
    out.number(stream.groups.len() as u64);
}

/// What stands before the pending entries of a group.
fn group(out: &mut Writer, name: &[u8], group: &Group) {
    out.string(name);
    out.id(group.last_id);
    out.number(group.entries_read.unwrap_or(-1) as u64);
    out.number(group.pending().len() as u64);
}

/// What stands before the ids of a consumer.
fn consumer(out: &mut Writer, consumer: &Consumer) {
    out.string(&consumer.name);
    out.time(consumer.seen_time);
    out.time(consumer.active_time.unwrap_or(-1));
    out.number(consumer.pending.len() as u64);
}
