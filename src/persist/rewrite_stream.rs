//! A stream as the commands that make it.
//!
//! Redis: `src/aof.c` (`rewriteStreamObject`, `rioWriteStreamPendingEntry`, `rioWriteStreamEmptyConsumer`).
//!
//! Entries are added one by one; XSETID sets what is remembered of those that went. Each pending entry is a claim, and only a
//! consumer that has none is created by name.

use super::aof_write::{Word, command, head, word};
use super::budget::Budget;
use crate::stream::Stream;
use crate::stream::group::{Consumer, Group};
use crate::stream::id::StreamId;
use crate::stream::pending::Nack;
use std::ops::Bound;

/// A stream that is being written.
#[derive(Debug, Default)]
pub struct Rewrite {
    stage: Stage,
    /// The last entry that was written, of the stream or of the consumer.
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
    Entries,
    Group,
    Consumer,
    /// The pending entries of the consumer.
    Pending,
}

/// What comes behind `last`, in order.
fn after<T>(last: Option<T>) -> (Bound<T>, Bound<T>) {
    (last.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

impl Rewrite {
    /// Appends the next commands, until the budget is spent, or all is written. Whether it is.
    pub fn write(&mut self, out: &mut Vec<u8>, key: &[u8], stream: &Stream, budget: &mut Budget) -> bool {
        loop {
            self.stage = match self.stage {
                Stage::Entries => {
                    if !self.entries(out, key, stream, budget) {
                        return false;
                    }
                    Stage::Group
                }
                Stage::Group if budget.is_spent() => return false,
                Stage::Group => {
                    let Some((name, group)) =
                        stream.groups.range::<[u8], _>(after(self.group.as_deref())).next()
                    else {
                        return true;
                    };
                    budget.append(out, |out| create_group(out, key, name, group));
                    (self.group, self.consumer) = (Some(name.clone()), None);
                    Stage::Consumer
                }
                Stage::Consumer | Stage::Pending => {
                    // The stream does not change meanwhile.
                    let name = self.group.clone().unwrap_or_default();
                    let Some(group) = stream.groups.get(&name) else { return true };
                    match self.consumers(out, (key, &name), group, budget) {
                        true => Stage::Group,
                        false => return false,
                    }
                }
            }
        }
    }

    /// Appends the entries, and what is remembered of those that went. Whether that is all.
    fn entries(&mut self, out: &mut Vec<u8>, key: &[u8], stream: &Stream, budget: &mut Budget) -> bool {
        let log = &stream.log;
        let next = match self.id {
            None => Some(StreamId::MIN),
            Some(last) => last.next(),
        };
        for entry in next.into_iter().flat_map(|next| log.range(next, StreamId::MAX)) {
            if budget.is_spent() {
                return false;
            }
            budget.append(out, |out| {
                let fields = entry.fields();
                head(out, 3 + 2 * fields.len());
                [Word::from("XADD"), key.into(), entry.id.into()].into_iter().for_each(|one| word(out, one));
                for (name, value) in fields {
                    word(out, name.into());
                    word(out, value.into());
                }
            });
            self.id = Some(entry.id);
        }
        if log.is_empty() {
            // An entry that is trimmed at once leaves a stream without any.
            let id = StreamId { ms: 0, seq: 1 };
            let trim = ["MAXLEN".into(), "0".into(), Word::from(id), "x".into(), "y".into()];
            command(out, &[&["XADD".into(), key.into()], &trim[..]].concat());
        }
        let added = ["ENTRIESADDED".into(), Word::from(log.entries_added as i64)];
        let deleted = ["MAXDELETEDID".into(), Word::from(log.max_deleted_id)];
        let set = ["XSETID".into(), key.into(), log.last_id.into()];
        command(out, &[&set[..], &added, &deleted].concat());
        true
    }

    /// Appends the consumers of a group that were not written yet. Whether that is all of them.
    fn consumers(
        &mut self,
        out: &mut Vec<u8>,
        (key, name): (&[u8], &[u8]),
        group: &Group,
        budget: &mut Budget,
    ) -> bool {
        loop {
            if let Stage::Pending = self.stage {
                let consumer = self.consumer.as_deref().and_then(|name| group.find_consumer(name));
                if let Some(consumer) = consumer.map(|found| group.consumer(found)) {
                    for id in consumer.pending.range(after(self.id)) {
                        if budget.is_spent() {
                            return false;
                        }
                        let Some(nack) = group.pending().get(id) else { continue };
                        budget.append(out, |out| claim(out, (key, name), consumer, *id, nack));
                        self.id = Some(*id);
                    }
                }
                self.stage = Stage::Consumer;
            }
            if budget.is_spent() {
                return false;
            }
            let Some(consumer) = group.consumers_after(self.consumer.as_deref()).next() else { return true };
            if consumer.pending.is_empty() {
                budget.append(out, |out| {
                    let create = ["XGROUP".into(), "CREATECONSUMER".into(), key.into()];
                    command(out, &[&create[..], &[name.into(), (&*consumer.name).into()]].concat());
                });
            }
            (self.consumer, self.id) = (Some(consumer.name.clone()), None);
            self.stage = Stage::Pending;
        }
    }
}

fn create_group(out: &mut Vec<u8>, key: &[u8], name: &[u8], group: &Group) {
    let read = ["ENTRIESREAD".into(), Word::from(group.entries_read.unwrap_or(-1))];
    let create = ["XGROUP".into(), "CREATE".into(), key.into(), name.into(), Word::from(group.last_id)];
    command(out, &[&create[..], &read].concat());
}

fn claim(out: &mut Vec<u8>, (key, name): (&[u8], &[u8]), consumer: &Consumer, id: StreamId, nack: &Nack) {
    let what = ["XCLAIM".into(), key.into(), name.into(), (&*consumer.name).into(), "0".into(), id.into()];
    let time = ["TIME".into(), nack.delivery_time.into()];
    let count = ["RETRYCOUNT".into(), Word::from(nack.delivery_count as i64)];
    command(out, &[&what[..], &time, &count, &["JUSTID".into(), "FORCE".into()]].concat());
}
