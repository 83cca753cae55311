//! Passes over a value: how long it is, without making it.
//!
//! Redis: none; its reader waits for the next byte in the midst of a value.
//!
//! A file is read in pieces. When a value does not end in the piece that it began in, it is made once all of it is there.

use super::kinds;
use super::read::{Corrupt, Reader};

/// Passes over the value that comes next, of this kind. [`Corrupt::SHORT`]: it is not all there.
pub fn value(reader: &mut Reader<'_>, kind: u8) -> Result<(), Corrupt> {
    match kind {
        kinds::STRING
        | kinds::HASH_ZIPMAP
        | kinds::LIST_ZIPLIST
        | kinds::SET_INTSET
        | kinds::ZSET_ZIPLIST
        | kinds::HASH_ZIPLIST
        | kinds::HASH_LISTPACK
        | kinds::ZSET_LISTPACK
        | kinds::SET_LISTPACK
        | kinds::HASH_EXPIRING_LISTPACK_OLD => reader.skip_string(),
        kinds::HASH_EXPIRING_LISTPACK => {
            reader.time()?;
            reader.skip_string()
        }
        kinds::LIST | kinds::SET | kinds::LIST_QUICKLIST => each(reader, Reader::skip_string),
        kinds::HASH => each(reader, pair),
        kinds::ZSET => each(reader, |reader| {
            reader.skip_string()?;
            reader.skip_double_text()
        }),
        kinds::ZSET_2 => each(reader, |reader| {
            reader.skip_string()?;
            reader.skip(8)
        }),
        kinds::LIST_QUICKLIST_2 => each(reader, |reader| {
            reader.number()?;
            reader.skip_string()
        }),
        kinds::HASH_EXPIRING | kinds::HASH_EXPIRING_OLD => {
            if kind == kinds::HASH_EXPIRING {
                reader.time()?;
            }
            each(reader, |reader| {
                reader.number()?;
                pair(reader)
            })
        }
        kinds::STREAM | kinds::STREAM_2 | kinds::STREAM_3 => stream(reader, kind),
        _ => Err(Corrupt("unknown type")),
    }
}

/// Passes over as many as a number says. Each has a byte at least.
fn each<'a>(
    reader: &mut Reader<'a>,
    mut skip: impl FnMut(&mut Reader<'a>) -> Result<(), Corrupt>,
) -> Result<(), Corrupt> {
    (0..reader.number()?).try_for_each(|_| skip(reader))
}

fn pair(reader: &mut Reader<'_>) -> Result<(), Corrupt> {
    reader.skip_string()?;
    reader.skip_string()
}

fn numbers(reader: &mut Reader<'_>, count: usize) -> Result<(), Corrupt> {
    (0..count).try_for_each(|_| reader.number().map(|_| ()))
}

/// [`super::save_stream`] draws it.
fn stream(reader: &mut Reader<'_>, kind: u8) -> Result<(), Corrupt> {
    let is_old = kind == kinds::STREAM;
    each(reader, pair)?;
    numbers(reader, if is_old { 3 } else { 8 })?;
    each(reader, |reader| {
        reader.skip_string()?;
        numbers(reader, if is_old { 2 } else { 3 })?;
        each(reader, |reader| {
            reader.skip(16 + 8)?;
            numbers(reader, 1)
        })?;
        each(reader, |reader| {
            reader.skip_string()?;
            reader.skip(if kind == kinds::STREAM_3 { 16 } else { 8 })?;
            each(reader, |reader| reader.skip(16))
        })
    })
}
