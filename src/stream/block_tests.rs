//! Tests of blocks: entries that are appended are read from both sides.

use super::*;
use quickcheck::quickcheck;

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

fn slices(pairs: &Pairs) -> impl NewFields<'_> {
    pairs.iter().map(|(name, value)| (&name[..], &value[..]))
}

quickcheck! {
    fn entries_read_back_from_both_sides(entries: Vec<((u64, u32), Pairs)>) -> bool {
        let mut entries = entries;
        entries.sort();
        entries.dedup_by_key(|(id, _)| *id);
        let ids = |&(ms, seq): &(u64, u32)| StreamId { ms, seq: seq.into() };
        let Some((first, pairs)) = entries.first() else { return true };
        let first = ids(first);
        let mut block = Block::new(slices(pairs));
        for (id, pairs) in &entries {
            block.push(first, ids(id), slices(pairs));
        }
        let expected: Vec<_> = entries.iter().map(|(id, pairs)| (ids(id), pairs.clone())).collect();
        let read = |entry: Packed<'_>| {
            (entry.id, entry.fields().map(|(name, value)| (name.to_vec(), value.to_vec())).collect())
        };
        let forwards: Vec<(StreamId, Pairs)> = block.walk(first).map(read).collect();
        let mut backwards: Vec<(StreamId, Pairs)> = block.walk(first).rev().map(read).collect();
        backwards.reverse();
        forwards == expected && backwards == expected
    }

    fn values_are_appended_as_fields_are(ids: Vec<(u64, u32)>, pairs: Pairs) -> bool {
        let mut ids: Vec<StreamId> = ids.iter().map(|&(ms, seq)| StreamId { ms, seq: seq.into() }).collect();
        ids.sort();
        ids.dedup();
        let Some(&first) = ids.first() else { return true };
        let (mut values, mut listpack_bytes) = (Vec::new(), 0);
        for (_, value) in &pairs {
            varint::write_text(&mut values, value);
            listpack_bytes += listpack_size::text(value);
        }
        let (mut one, mut other) = (Block::new(slices(&pairs)), Block::new(slices(&pairs)));
        for id in ids {
            one.push(first, id, slices(&pairs));
            other.push_values(first, id, pairs.len(), &values, listpack_bytes);
        }
        one.bytes == other.bytes && one.live == other.live && one.listpack_bytes == other.listpack_bytes
    }

    fn what_is_deleted_is_marked_and_nothing_else(count: u8, deleted: u8) -> bool {
        let mut block = Block::new([].into_iter());
        let first = StreamId { ms: 1, seq: 0 };
        for seq in 0..u64::from(count) {
            block.push(first, StreamId { seq, ..first }, [(&b"n"[..], &b"v"[..])].into_iter());
        }
        let Some(place) = block.walk(first).nth(deleted.into()).map(|entry| entry.place) else { return true };
        let from_behind = block.walk(first).rev().nth((count - 1 - deleted).into()).unwrap().place;
        block.delete(place);
        let marked: Vec<u64> =
            block.walk(first).filter(|entry| entry.deleted).map(|entry| entry.id.seq).collect();
        place.0 == from_behind.0 && marked == [u64::from(deleted)] && block.live() == u64::from(count) - 1
    }
}
