//! Reads streams.
//!
//! Redis: `src/rdb.c`, the streams of `rdbLoadObject`; `src/t_stream.c`, `streamValidateListpackIntegrity`.
//! [`super::save_stream`] draws them.
//!
//! Different on purpose: counts and ids that follow from the entries are computed, not believed, and entries that are not
//! deleted must be in order. Redis would accept others, and answer wrongly from then on.

use super::read::{Corrupt, Reader, raw_id};
use super::stream_block::{DELETED, SAME_NAMES};
use super::{kinds, packed};
use crate::keyspace::listpack::Entry;
use crate::stream::Stream;
use crate::stream::block::Block;
use crate::stream::group::Group;
use crate::stream::id::StreamId;
use crate::stream::log::Log;
use crate::stream::pending::Nack;
use crate::stream::{listpack_size, varint};
use std::collections::BTreeMap;
use std::ops::Deref;

const UNORDERED: Corrupt = Corrupt("entries that are not in order");

/// A stream of this kind.
pub fn stream(reader: &mut Reader<'_>, kind: u8) -> Result<Stream, Corrupt> {
    let mut blocks = BTreeMap::new();
    for _ in 0..reader.number()? {
        let first = raw_id(reader.string()?.as_ref().try_into().map_err(|_| Corrupt("an id that is none"))?);
        let block = block(first, &reader.string()?)?;
        if blocks.insert(first, block).is_some() {
            return Err(Corrupt("two blocks with one id"));
        }
    }
    let (length, no_blocks) = (reader.number()?, blocks.is_empty());
    if length > 0 && no_blocks {
        return Err(Corrupt("a length without entries"));
    }
    let mut log = Log::of_blocks(blocks).ok_or(UNORDERED)?;
    log.last_id = reader.id()?.max(log.last_live_id());
    log.entries_added = length;
    if kind != kinds::STREAM {
        reader.id()?;
        log.max_deleted_id = reader.id()?;
        log.entries_added = reader.number()?;
    }
    let mut stream = Stream { log, groups: BTreeMap::new() };
    for _ in 0..reader.number()? {
        let name = reader.string()?;
        let group = group(reader, kind, &stream.log)?;
        if stream.groups.insert(name.as_ref().into(), group).is_some() {
            return Err(Corrupt("two groups of one name"));
        }
    }
    Ok(stream)
}

fn group(reader: &mut Reader<'_>, kind: u8, log: &Log) -> Result<Group, Corrupt> {
    let last_id = reader.id()?;
    let entries_read = match kind {
        kinds::STREAM => log.distance_from_first(last_id),
        _ => Some(reader.number()? as i64).filter(|&read| read != -1),
    };
    let mut group = Group::new(last_id, entries_read);
    let mut pending = BTreeMap::new();
    for _ in 0..reader.number()? {
        let delivered = (reader.raw_id()?, (reader.time()?, reader.number()?));
        if pending.insert(delivered.0, delivered.1).is_some() {
            return Err(Corrupt("an entry that is pending twice"));
        }
    }
    for _ in 0..reader.number()? {
        consumer(reader, kind, &mut group, &pending)?;
    }
    if group.pending().len() < pending.len() {
        return Err(Corrupt("an entry that is pending for no consumer"));
    }
    Ok(group)
}

/// Adds a consumer to a group; of what is `pending`, the time and the number of deliveries.
fn consumer(
    reader: &mut Reader<'_>,
    kind: u8,
    group: &mut Group,
    pending: &BTreeMap<StreamId, (i64, u64)>,
) -> Result<(), Corrupt> {
    let name = reader.string()?;
    if group.find_consumer(&name).is_some() {
        return Err(Corrupt("two consumers of one name"));
    }
    let seen_time = reader.time()?;
    let active_time = if kind == kinds::STREAM_3 { reader.time()? } else { seen_time };
    let consumer = group.add_consumer(&name, seen_time);
    group.consumer_mut(consumer).active_time = Some(active_time).filter(|&time| time != -1);
    for _ in 0..reader.number()? {
        let id = reader.raw_id()?;
        let &(delivery_time, delivery_count) =
            pending.get(&id).ok_or(Corrupt("a consumer's entry that is not pending"))?;
        if group.consumer(consumer).pending.contains(&id) {
            return Err(Corrupt("an entry that a consumer has twice"));
        }
        group.assign(id, Nack { consumer, delivery_time, delivery_count });
    }
    Ok(())
}

/// The parts of a block, one after another.
struct Parts<'a>(packed::Entries<'a>);

impl<'a> Parts<'a> {
    fn part(&mut self) -> Result<Entry<'a>, Corrupt> {
        self.0.next().unwrap_or(Err(Corrupt("a block that ends too early")))
    }

    /// A number, or the decimal of one. Redis: `lpGetIntegerIfValid`.
    fn number(&mut self) -> Result<i64, Corrupt> {
        match self.part()? {
            Entry::Number(number) => Ok(number),
            Entry::Bytes(bytes) => match Entry::new(bytes) {
                Entry::Number(number) => Ok(number),
                Entry::Bytes(_) => Err(Corrupt("a text where a number should be")),
            },
        }
    }

    fn count(&mut self) -> Result<usize, Corrupt> {
        usize::try_from(self.number()?).map_err(|_| Corrupt("a negative count"))
    }

    fn text(&mut self) -> Result<Text<'a>, Corrupt> {
        Ok(match self.part()? {
            Entry::Bytes(bytes) => Text::Bytes(bytes),
            Entry::Number(number) => Text::number(number),
        })
    }

    /// Appends a value, as a block of ours has it. Returns how many bytes it takes in a listpack.
    fn value(&mut self, values: &mut Vec<u8>) -> Result<usize, Corrupt> {
        Ok(match self.part()? {
            Entry::Bytes(bytes) => {
                varint::write_text(values, bytes);
                listpack_size::text(bytes)
            }
            Entry::Number(number) => {
                varint::write_text(values, itoa::Buffer::new().format(number).as_bytes());
                listpack_size::integer(number)
            }
        })
    }

    /// So many texts. They are not more than there are bytes.
    fn texts(&mut self, count: usize, texts: &mut Vec<Text<'a>>) -> Result<(), Corrupt> {
        texts.clear();
        for _ in 0..count {
            texts.push(self.text()?);
        }
        Ok(())
    }
}

/// What the next entry of a block uses again: room for the words of an entry.
#[derive(Default)]
struct Room<'a> {
    /// Values, one after another, as a block of ours has them.
    values: Vec<u8>,
    /// Names and values.
    texts: Vec<Text<'a>>,
    /// The last entry of the block that was not deleted.
    last_live: Option<StreamId>,
}

/// A name or a value, without an allocation.
enum Text<'a> {
    Bytes(&'a [u8]),
    /// A decimal: its bytes, and how many they are.
    Number([u8; LONGEST_DECIMAL], usize),
}

/// How many bytes the decimal of a number has at most.
const LONGEST_DECIMAL: usize = 20;

impl Text<'_> {
    fn number(number: i64) -> Self {
        let mut place = itoa::Buffer::new();
        let decimal = place.format(number).as_bytes();
        let mut bytes = [0; LONGEST_DECIMAL];
        bytes[..decimal.len()].copy_from_slice(decimal);
        Text::Number(bytes, decimal.len())
    }
}

impl Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Text::Bytes(bytes) => bytes,
            Text::Number(bytes, len) => &bytes[..*len],
        }
    }
}

/// The block of a listpack, under this id.
fn block(first: StreamId, bytes: &[u8]) -> Result<Block, Corrupt> {
    let mut parts = Parts(packed::Entries::new(bytes)?);
    let entries = parts.number()?.wrapping_add(parts.number()?);
    let (count, mut names, mut room) = (parts.count()?, Vec::new(), Room::default());
    parts.texts(count, &mut names)?;
    if parts.number()? != 0 {
        return Err(Corrupt("names without an end"));
    }
    let mut block = Block::new(names.iter().map(|name| (&**name, &b""[..])));
    block.reserve(bytes.len());
    let mut left = entries;
    while left != 0 {
        left = left.wrapping_sub(1);
        entry(&mut parts, first, &names, &mut room, &mut block)?;
    }
    match parts.0.next() {
        Some(_) => Err(Corrupt("a block with more entries than it says")),
        None => Ok(block),
    }
}

/// Reads an entry and appends it to its block.
fn entry<'a>(
    parts: &mut Parts<'a>,
    first: StreamId,
    names: &[Text<'a>],
    room: &mut Room<'a>,
    block: &mut Block,
) -> Result<(), Corrupt> {
    let flags = parts.number()?;
    let ms = first.ms.wrapping_add(parts.number()? as u64);
    let seq = first.seq.wrapping_add(parts.number()? as u64);
    let id = StreamId { ms, seq };
    if id < first {
        return Err(Corrupt("an entry before its block"));
    }
    if flags & DELETED == 0 && room.last_live.replace(id).is_some_and(|last| last >= id) {
        return Err(UNORDERED);
    }
    let elements = if flags & SAME_NAMES != 0 {
        room.values.clear();
        let mut listpack_bytes = 0;
        for _ in names {
            listpack_bytes += parts.value(&mut room.values)?;
        }
        block.push_values(first, id, names.len(), &room.values, listpack_bytes);
        names.len() + 3
    } else {
        let (fields, texts) = (parts.count()?, &mut room.texts);
        parts.texts(fields.checked_mul(2).ok_or(Corrupt("too many fields"))?, texts)?;
        block.push(first, id, texts.chunks_exact(2).map(|pair| (&*pair[0], &*pair[1])));
        2 * fields + 4
    };
    if parts.number()? != elements as i64 {
        return Err(Corrupt("an entry that says it is longer or shorter"));
    }
    if flags & DELETED != 0
        && let Some(last) = block.walk(first).next_back()
    {
        block.delete(last.place);
    }
    Ok(())
}
