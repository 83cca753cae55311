//! A block of a stream as the listpack that Redis has of it.
//!
//! Redis: `src/t_stream.c`, `streamAppendItem`. [`super::save_stream`] draws it.

use crate::keyspace::listpack::{Entry, Listpack};
use crate::stream::block::Block;
use crate::stream::id::StreamId;

/// The entry was deleted. Redis: `STREAM_ITEM_FLAG_DELETED`.
pub const DELETED: i64 = 1;
/// The entry has the names of its block. Redis: `STREAM_ITEM_FLAG_SAMEFIELDS`.
pub const SAME_NAMES: i64 = 2;

/// A block as a listpack.
pub fn pack(first: StreamId, block: &Block) -> Listpack {
    let mut pack = Listpack::with_room(2 * block.len());
    let number = |pack: &mut Listpack, number: i64| pack.append_entry(Entry::Number(number));
    let text = |pack: &mut Listpack, text: &[u8]| pack.append_entry(Entry::new(text));
    number(&mut pack, block.live() as i64);
    number(&mut pack, block.deleted() as i64);
    let names: Vec<&[u8]> = block.field_names().collect();
    number(&mut pack, names.len() as i64);
    names.iter().for_each(|name| text(&mut pack, name));
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
                text(&mut pack, name);
            }
            text(&mut pack, value);
        }
        number(&mut pack, elements as i64);
    }
    pack
}
