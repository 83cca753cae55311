//! How much memory a key takes with its value: MEMORY USAGE.
//!
//! Redis: `src/object.c`, `objectComputeSize`. Ours counts what ours takes: tables by their capacity, what is in them by a
//! few samples, the allocator's own overhead not at all.

use super::Item;
use super::dict::Dict;
use super::hash::Hash;
use super::hash::expiring_dict::ExpiringDict;
use super::hash::expiring_pack::ExpiringPack;
use super::list::List;
use super::listpack::Listpack;
use super::set::Set;
use super::set::intset::Intset;
use super::set::members::Members;
use super::string::Str;
use super::value::Value;
use super::zset::Zset;
use super::zset::sorted::Sorted;
use crate::base::small_bytes::SmallBytes;
use crate::stream::Stream;
use crate::stream::block::Block;
use crate::stream::group::Group;
use crate::stream::id::StreamId;
use crate::stream::pending::Nack;
use std::sync::Arc;

/// The bytes that a key takes, its value included. `samples`: how many elements of a large value are looked at; 0 is all.
pub fn of_key(key: &[u8], item: &Item, samples: usize) -> usize {
    Dict::<Item>::per_entry() + of_bytes(key) + of_value(&item.value, samples)
}

/// What a value takes beside its [`Value`].
fn of_value(value: &Value, samples: usize) -> usize {
    match value {
        Value::String(Str::Int(_)) => 0,
        Value::String(Str::Fixed(bytes)) => of_bytes(bytes),
        Value::String(Str::Growing(bytes)) => size_of::<Vec<u8>>() + bytes.capacity(),
        Value::List(list) => size_of::<List>() + of_list(list, samples),
        Value::Hash(Hash::Packed(pack)) => size_of::<Listpack>() + pack.memory(),
        Value::Hash(Hash::Dict(dict)) => {
            let entries = dict.iter().map(|(field, value)| of_bytes(field) + of_bytes(value));
            size_of::<Dict<SmallBytes>>() + dict.memory() + total(entries, dict.len(), samples)
        }
        Value::Hash(Hash::ExpiringPack(pack)) => size_of::<ExpiringPack>() + pack.as_listpack().memory(),
        Value::Hash(Hash::ExpiringDict(hash)) => {
            let dict = hash.dict();
            let entries = dict.iter().map(|(field, value)| of_bytes(field) + of_bytes(value));
            let times = size_of::<ExpiringDict>() + hash.memory();
            times + dict.memory() + total(entries, dict.len(), samples)
        }
        Value::Set(Set::Numbers(numbers)) => size_of::<Intset>() + numbers.memory(),
        Value::Set(Set::Packed(pack)) => size_of::<Listpack>() + pack.memory(),
        Value::Set(Set::Dict(members)) => size_of::<Members>() + members.memory(),
        Value::Zset(Zset::Packed(pack)) => size_of::<Listpack>() + pack.memory(),
        Value::Zset(Zset::Sorted(sorted)) => {
            let members = sorted.members().iter().map(|(member, _)| of_bytes(member));
            size_of::<Sorted>() + sorted.memory() + total(members, sorted.members().len(), samples)
        }
        Value::Stream(stream) => size_of::<Stream>() + of_stream(stream, samples),
    }
}

/// What bytes take that are not [`SmallBytes::Short`].
fn of_bytes(bytes: &[u8]) -> usize {
    match SmallBytes::is_short(bytes.len()) {
        true => 0,
        false => bytes.len(),
    }
}

fn of_list(list: &List, samples: usize) -> usize {
    match list {
        List::Packed(pack) => pack.memory(),
        List::Blocks(blocks, _) => {
            blocks.capacity() * size_of::<Listpack>()
                + total(blocks.iter().map(Listpack::memory), blocks.len(), samples)
        }
    }
}

fn of_stream(stream: &Stream, samples: usize) -> usize {
    let count = stream.log.index_size().0;
    let blocks =
        stream.log.blocks().map(|(_, block)| 2 * size_of::<usize>() + size_of::<Block>() + block.memory());
    let groups = stream.groups.iter().map(|(name, group)| {
        // Each id that is pending stands in the group's list and in its consumer's.
        let pending = of_tree(group.pending().len(), size_of::<(StreamId, Nack)>());
        let consumers = group.consumers().map(|consumer| {
            let ids = of_tree(consumer.pending.len(), size_of::<StreamId>());
            size_of_val(consumer) + 2 * consumer.name.len() + ids
        });
        let names = of_tree(group.consumers().len(), size_of::<Box<[u8]>>() + size_of::<u32>());
        name.len() + pending + names + total(consumers, group.consumers().len(), samples)
    });
    of_tree(count, size_of::<(StreamId, Arc<Block>)>())
        + total(blocks, count, samples)
        + of_tree(stream.groups.len(), size_of::<(Box<[u8]>, Group)>())
        + total(groups, stream.groups.len(), samples)
}

/// The nodes of a B-tree with so many entries, an estimate: a node has room for eleven entries, and where they come in order
/// all but the last are left with six.
fn of_tree(entries: usize, entry: usize) -> usize {
    entries.div_ceil(6) * (11 * entry + 2 * size_of::<usize>())
}

/// The sum of the sizes of `count` things, by the first `samples` of them.
fn total(sizes: impl Iterator<Item = usize>, count: usize, samples: usize) -> usize {
    if samples == 0 || samples >= count {
        return sizes.sum();
    }
    let sum: usize = sizes.take(samples).sum();
    (sum as f64 / samples as f64 * count as f64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::KeyedHash;
    use crate::keyspace::Database;
    use crate::keyspace::hash::Limits;
    use crate::keyspace::last_use::{Clock, LastUse};
    use crate::keyspace::list::{End, Limit};

    fn usage(value: Value, samples: usize) -> usize {
        let mut db = Database::new(KeyedHash::default());
        let place = db.add(b"k", value, LastUse::now(Clock::at(0)));
        of_key(b"k", db.item(place), samples)
    }

    #[test]
    fn a_short_string_takes_its_entry_alone() {
        let entry = Dict::<Item>::per_entry();
        assert_eq!(usage(Value::String(Str::new(b"12345")), 5), entry);
        assert_eq!(usage(Value::String(Str::new(&[b'x'; 22])), 5), entry);
        assert_eq!(usage(Value::String(Str::new(&[b'x'; 1000])), 5), entry + 1000);
    }

    #[test]
    fn samples_stand_for_all_elements_of_a_list() {
        let mut list = List::default();
        (0..100_000).for_each(|_| list.push(End::Right, &[b'x'; 100], Limit::new(-2)));
        let (few, all) =
            (usage(Value::List(Box::new(list.clone())), 5), usage(Value::List(Box::new(list)), 0));
        assert!((10_000_000..12_000_000).contains(&all), "{all}");
        assert!(few.abs_diff(all) < all / 10, "{few} {all}");
    }

    #[test]
    fn samples_stand_for_all_fields_of_a_hash() {
        let mut hash = Hash::default();
        let limits = Limits { entries: 10, value: 64, hasher: KeyedHash::default() };
        for number in 0..1000 {
            hash.set(format!("field{number}").as_bytes(), &[b'x'; 100], limits);
        }
        let (few, all) = (usage(Value::Hash(hash.clone()), 5), usage(Value::Hash(hash), 0));
        assert!((150_000..250_000).contains(&all), "{all}");
        assert!(few.abs_diff(all) < all / 10, "{few} {all}");
    }
}
