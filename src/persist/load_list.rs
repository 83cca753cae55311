//! Reads lists.
//!
//! Redis: `src/rdb.c`, the lists of `rdbLoadObject`; `src/quicklist.c` (`quicklistAppendListpack`,
//! `quicklistAppendPlainNode`).

use super::read::{Corrupt, Reader};
use super::{Rules, kinds, packed, ziplist};
use crate::keyspace::list::{End, List};
use crate::keyspace::listpack::Listpack;
use std::collections::VecDeque;

/// A list of this kind, in blocks as they were saved.
pub fn list(reader: &mut Reader<'_>, kind: u8, rules: &Rules) -> Result<List, Corrupt> {
    let limit = rules.list;
    let mut list = List::in_blocks();
    match kind {
        kinds::LIST => {
            for _ in 0..reader.count()? {
                list.push(End::Right, &reader.string()?, limit);
            }
            list.pack(limit);
        }
        kinds::LIST_ZIPLIST => {
            let elements = ziplist::read(&reader.string()?)?;
            for (_, element) in elements.iter() {
                list.push(End::Right, element.bytes(&mut itoa::Buffer::new()), limit);
            }
        }
        _ => {
            let (blocks, is_packed) = blocks(reader, kind)?;
            let len = blocks.iter().map(Listpack::len).sum();
            list = List::Blocks(blocks, len);
            if is_packed {
                list.pack(limit);
            }
        }
    }
    if list.is_empty() { Err(Corrupt::EMPTY) } else { Ok(list) }
}

/// The blocks of a list, and whether all of them were packed.
fn blocks(reader: &mut Reader<'_>, kind: u8) -> Result<(VecDeque<Listpack>, bool), Corrupt> {
    let (mut blocks, mut container, mut is_packed) = (VecDeque::new(), kinds::PACKED, true);
    for _ in 0..reader.count()? {
        if kind == kinds::LIST_QUICKLIST_2 {
            container = reader.number()?;
        }
        let bytes = reader.string()?;
        let block = match (kind, container) {
            (kinds::LIST_QUICKLIST, _) => ziplist::read(&bytes)?,
            (_, kinds::PACKED) => packed::read(&bytes)?,
            (_, kinds::PLAIN) if !bytes.is_empty() => {
                let mut block = Listpack::default();
                block.push_back(&bytes);
                is_packed = false;
                block
            }
            _ => return Err(Corrupt("a block of a list that is none")),
        };
        if !block.is_empty() {
            blocks.push_back(block);
        }
    }
    Ok((blocks, is_packed))
}
