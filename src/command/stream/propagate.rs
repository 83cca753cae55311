//! What a consumer group has gone through, as the append-only file is to have it: XREADGROUP, XCLAIM and XAUTOCLAIM are
//! recorded by what they have done.
//!
//! Redis: `src/t_stream.c` (`streamPropagateXCLAIM`, `streamPropagateGroupID`, `streamPropagateConsumerCreation`).
//!
//! ```text
//! an entry is pending, or no longer     XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n FORCE JUSTID LASTID id
//! the group has read up to an entry     XGROUP SETID key group id ENTRIESREAD n
//! a consumer that acknowledges nothing  XGROUP CREATECONSUMER key group consumer
//! ```
//!
//! An XCLAIM of an entry that is gone removes it from what is pending, so one form is enough for both. As in Redis, a consumer
//! that was made by a command that found nothing for it is not recorded.

use super::steps::Names;
use crate::persist::aof_write::Word;
use crate::server::Server;
use crate::stream::group::Group;
use crate::stream::id::StreamId;
use crate::stream::pending::Nack;

/// What has changed, noted while the stream is borrowed from the server.
pub struct Changes<'a> {
    names: Names<'a>,
    is_wanted: bool,
    list: Vec<Change<'a>>,
}

enum Change<'a> {
    Pending { id: Word<'a>, consumer: Box<[u8]>, time: i64, count: i64, last_id: StreamId },
    HasRead { id: StreamId, entries: i64 },
    NewConsumer(&'a [u8]),
}

impl<'a> Changes<'a> {
    /// None yet, of the group of these names.
    pub fn new(server: &Server, names: Names<'a>) -> Changes<'a> {
        Changes { names, is_wanted: server.propagation.is_on(), list: Vec::new() }
    }

    /// An entry is pending as `nack` says, or was until now. `id` is written as it stands.
    pub fn pending(&mut self, group: &Group, id: impl Into<Word<'a>>, nack: Nack) {
        if self.is_wanted {
            self.list.push(Change::Pending {
                id: id.into(),
                consumer: group.consumer(nack.consumer).name.clone(),
                time: nack.delivery_time,
                count: nack.delivery_count.cast_signed(),
                last_id: group.last_id,
            });
        }
    }

    /// The group has read up to its `last_id`.
    pub fn has_read(&mut self, group: &Group) {
        if self.is_wanted {
            self.list.push(Change::HasRead { id: group.last_id, entries: group.entries_read.unwrap_or(-1) });
        }
    }

    /// There is a consumer of this name now.
    pub fn new_consumer(&mut self, name: &'a [u8]) {
        if self.is_wanted {
            self.list.push(Change::NewConsumer(name));
        }
    }

    /// Records them.
    pub fn record(self, server: &mut Server, db: u32) {
        let (key, group) = (Word::Bytes(self.names.key), Word::Bytes(self.names.group));
        for change in self.list {
            match change {
                Change::Pending { id, consumer, time, count, last_id } => {
                    let whose = ["XCLAIM".into(), key, group, Word::Bytes(&consumer), 0.into(), id];
                    let what =
                        ["TIME".into(), time.into(), "RETRYCOUNT".into(), count.into(), "FORCE".into()];
                    let rest = ["JUSTID".into(), "LASTID".into(), last_id.into()];
                    server.also_propagate(db, whose.into_iter().chain(what).chain(rest));
                }
                Change::HasRead { id, entries } => {
                    let head = ["XGROUP".into(), "SETID".into(), key, group];
                    let rest = [id.into(), "ENTRIESREAD".into(), entries.into()];
                    server.also_propagate(db, head.into_iter().chain(rest));
                }
                Change::NewConsumer(name) => {
                    let words = ["XGROUP".into(), "CREATECONSUMER".into(), key, group, name.into()];
                    server.also_propagate(db, words);
                }
            }
        }
    }
}
