//! How long the serialization of a value is: `serializedlength` of DEBUG OBJECT.
//!
//! Redis: `src/rdb.c` (`rdbSavedObjectLen`, `rdbSaveObject`, `rdbSaveRawString`, `rdbSaveLen`, `rdbSaveStreamConsumers`).
//!
//! Only the lengths are computed, with one exception: what may be compressed must be there as Redis would write it, so
//! blocks of lists, packed hashes and blocks of streams are put together as its listpacks.

use super::hash::Hash;
use super::list::{Limit, List};
use super::listpack::{Entry, Listpack};
use super::lzf;
use super::set::Set;
use super::set::intset::Intset;
use super::string::Str;
use super::value::Value;
use super::zset::Zset;
use crate::stream::Stream;
use crate::stream::block::Block;
use crate::stream::group::Group;
use crate::stream::id::StreamId;
use crate::text::integer::parse_integer;

/// An id, and a time in milliseconds.
const ID: usize = 16;
const TIME: usize = 8;
/// A score of a sorted set that is not packed.
const SCORE: usize = 8;

/// What the length depends on beside the value.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// `rdbcompression`
    pub compress: bool,
    /// `list-max-listpack-size`: a longer element has a block to itself, without the packing.
    pub list_limit: Limit,
}

impl Rules {
    /// The length of a value, in bytes.
    pub fn value(self, value: &Value) -> usize {
        match value {
            Value::String(Str::Int(number)) => of_integer(*number),
            Value::String(string) => self.string(&string.bytes()),
            Value::List(list) => self.list(list),
            Value::Hash(Hash::Packed(pack)) => self.string(&listpack(pack)),
            Value::Hash(Hash::Dict(dict)) => {
                let pairs = dict.iter().map(|(field, value)| self.string(field) + self.string(value));
                of_number(dict.len() as u64) + pairs.sum::<usize>()
            }
            Value::Set(Set::Numbers(numbers)) => self.string(&intset(numbers)),
            Value::Set(Set::Packed(pack)) => self.string(&listpack(pack)),
            Value::Set(Set::Dict(members)) => {
                let all = members.iter().map(|member| self.string(member));
                of_number(members.len() as u64) + all.sum::<usize>()
            }
            Value::Zset(Zset::Packed(pack)) => self.string(&listpack(pack)),
            Value::Zset(Zset::Sorted(sorted)) => {
                let pairs = sorted.members().iter().map(|(member, _)| self.string(member) + SCORE);
                of_number(sorted.members().len() as u64) + pairs.sum::<usize>()
            }
            Value::Stream(stream) => self.stream(stream),
        }
    }

    /// A string: a short one that is a number of up to 32 bits as that, a long one compressed, if that makes it shorter.
    fn string(self, bytes: &[u8]) -> usize {
        if bytes.len() <= 11
            && let Some(number) = parse_integer(bytes)
        {
            return of_integer(number);
        }
        let plain = of_number(bytes.len() as u64) + bytes.len();
        match lzf::compressed_len(bytes) {
            Some(len) if self.compress && bytes.len() > 20 => {
                1 + of_number(len as u64) + of_number(bytes.len() as u64) + len
            }
            _ => plain,
        }
    }

    fn list(self, list: &List) -> usize {
        let container = 1;
        match list {
            List::Packed(pack) => of_number(1) + container + self.string(&listpack(pack)),
            List::Blocks(blocks, _) => {
                let blocks_len = blocks.iter().map(|block| container + self.block(block)).sum::<usize>();
                of_number(blocks.len() as u64) + blocks_len
            }
        }
    }

    fn block(self, block: &Listpack) -> usize {
        match block.iter().next() {
            Some((_, Entry::Bytes(bytes))) if self.list_limit.is_too_long(bytes.len()) => self.string(bytes),
            _ => self.string(&listpack(block)),
        }
    }

    fn stream(self, stream: &Stream) -> usize {
        let log = &stream.log;
        let blocks =
            log.blocks().map(|(first, block)| of_number(ID as u64) + ID + self.stream_block(first, block));
        let ids = [log.last_id, log.first_id(), log.max_deleted_id];
        let groups = stream.groups.iter().map(|(name, group)| self.string(name) + self.group(group));
        of_number(log.index_size().0 as u64)
            + blocks.sum::<usize>()
            + of_number(log.len())
            + ids.map(of_id).iter().sum::<usize>()
            + of_number(log.entries_added)
            + of_number(stream.groups.len() as u64)
            + groups.sum::<usize>()
    }

    fn group(self, group: &Group) -> usize {
        let pending = group.pending().values().map(|nack| ID + TIME + of_number(nack.delivery_count));
        let consumers = group.consumers().map(|consumer| {
            let pending = consumer.pending.len();
            self.string(&consumer.name) + 2 * TIME + of_number(pending as u64) + pending * ID
        });
        of_id(group.last_id)
            + of_number(group.entries_read.unwrap_or(-1) as u64)
            + of_number(group.pending().len() as u64)
            + pending.sum::<usize>()
            + of_number(group.consumers().len() as u64)
            + consumers.sum::<usize>()
    }

    /// A block as `streamAppendItem` packs it.
    fn stream_block(self, first: StreamId, block: &Block) -> usize {
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
            number(&mut pack, i64::from(entry.deleted) + 2 * i64::from(same));
            number(&mut pack, (entry.id.ms - first.ms) as i64);
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
        self.string(&listpack(&pack))
    }
}

/// Entries as a listpack of Redis: with its header, which has the length and the number of entries, and its end.
fn listpack(pack: &Listpack) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(pack.size() + 7);
    bytes.extend(((pack.size() + 7) as u32).to_le_bytes());
    bytes.extend((pack.len().min(usize::from(u16::MAX)) as u16).to_le_bytes());
    bytes.extend(pack.as_bytes());
    bytes.push(0xff);
    bytes
}

/// Numbers as an intset of Redis: the width and the count before them.
fn intset(numbers: &Intset) -> Vec<u8> {
    let width = numbers.width();
    let mut bytes = Vec::with_capacity(8 + numbers.len() * width);
    bytes.extend((width as u32).to_le_bytes());
    bytes.extend((numbers.len() as u32).to_le_bytes());
    numbers.iter().for_each(|number| bytes.extend(&number.to_le_bytes()[..width]));
    bytes
}

/// A length, or another number that is not negative. Redis: `rdbSaveLen`.
fn of_number(number: u64) -> usize {
    match number {
        0..0x40 => 1,
        0x40..0x4000 => 2,
        0x4000..0x1_0000_0000 => 5,
        _ => 9,
    }
}

fn of_id(id: StreamId) -> usize {
    of_number(id.ms) + of_number(id.seq)
}

/// A string that is the decimal of a number. Redis: `rdbSaveLongLongAsStringObject`.
fn of_integer(number: i64) -> usize {
    match number {
        -0x80..=0x7f => 2,
        -0x8000..=0x7fff => 3,
        -0x8000_0000..=0x7fff_ffff => 5,
        _ => 1 + itoa::Buffer::new().format(number).len(),
    }
}
