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

use super::packed;
use super::write::{Writer, raw_id};
use crate::keyspace::listpack::Listpack;
use crate::stream::Stream;
use crate::stream::block::Block;
use crate::stream::group::Group;
use crate::stream::id::StreamId;

/// The entry was deleted. Redis: `STREAM_ITEM_FLAG_DELETED`.
pub const DELETED: i64 = 1;
/// The entry has the names of its block. Redis: `STREAM_ITEM_FLAG_SAMEFIELDS`.
pub const SAME_NAMES: i64 = 2;

pub fn stream(out: &mut Writer, stream: &Stream) {
    let log = &stream.log;
    out.number(log.index_size().0 as u64);
    for (first, block) in log.blocks() {
        out.string(&raw_id(first));
        out.string(&packed::write(&pack(first, block)));
    }
    out.number(log.len());
    [log.last_id, log.first_id(), log.max_deleted_id].into_iter().for_each(|id| out.id(id));
    out.number(log.entries_added);
    out.number(stream.groups.len() as u64);
    for (name, group) in &stream.groups {
        out.string(name);
        self::group(out, group);
    }
}

fn group(out: &mut Writer, group: &Group) {
    out.id(group.last_id);
    out.number(group.entries_read.unwrap_or(-1) as u64);
    out.number(group.pending().len() as u64);
    for (&id, nack) in group.pending() {
        out.raw_id(id);
        out.time(nack.delivery_time);
        out.number(nack.delivery_count);
    }
    out.number(group.consumers().len() as u64);
    for consumer in group.consumers() {
        out.string(&consumer.name);
        out.time(consumer.seen_time);
        out.time(consumer.active_time.unwrap_or(-1));
        out.number(consumer.pending.len() as u64);
        consumer.pending.iter().for_each(|&id| out.raw_id(id));
    }
}

/// A block as a listpack.
fn pack(first: StreamId, block: &Block) -> Listpack {
    let mut pack = Listpack::default();
    let number = |pack: &mut Listpack, number: i64| {
        pack.push_back(itoa::Buffer::new().format(number).as_bytes());
    };
    number(&mut pack, block.live() as i64);
    number(&mut pack, block.walk(first).filter(|entry| entry.deleted).count() as i64);
    let names: Vec<&[u8]> = block.field_names().collect();
    number(&mut pack, names.len() as i64);
    names.iter().for_each(|name| pack.push_back(name));
    number(&mut pack, 0);
    for entry in block.walk(first) {
        let (same, fields) = (entry.has_names_of_block(), entry.fields());
        let flags = if entry.deleted { DELETED } else { 0 } | if same { SAME_NAMES } else { 0 };
        number(&mut pack, flags);
        number(&mut pack, entry.id.ms.wrapping_sub(first.ms) as i64);
        number(&mut pack, entry.id.seq.wrapping_sub(first.seq) as i64);
        let elements = if same { fields.len() + 3 } else { 2 * fields.len() + 4 };
        if !same {
            number(&mut pack, fields.len() as i64);
        }
        for (name, value) in fields {
            if !same {
                pack.push_back(name);
            }
            pack.push_back(value);
        }
        number(&mut pack, elements as i64);
    }
    pack
}
