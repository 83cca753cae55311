//! Reads sets.
//!
//! Redis: `src/rdb.c`, the sets of `rdbLoadObject`; `src/intset.c`, `intsetValidateIntegrity`.

use super::distinct::Distinct;
use super::read::{Corrupt, Reader};
use super::{kinds, packed};
use crate::keyspace::set::{Limits, Set};

/// A set of this kind.
pub fn set(reader: &mut Reader<'_>, kind: u8, limits: Limits) -> Result<Set, Corrupt> {
    match kind {
        kinds::SET => {
            let count = reader.count()?;
            let mut set = if count > limits.intset as u64 { Set::dict(limits) } else { Set::default() };
            if let Set::Dict(members) = &mut set {
                members.expand(reader.at_most(count));
            }
            for _ in 0..count {
                if !set.add(&reader.string()?, limits) {
                    return Err(Corrupt("a member twice"));
                }
            }
            Ok(set)
        }
        kinds::SET_INTSET => numbers(&reader.string()?, limits),
        _ => {
            let pack = packed::read(&reader.string()?)?;
            Distinct::check(&pack, 1, limits.hasher)?;
            let mut set = Set::Packed(Box::new(pack));
            set.prepare(set.len(), limits);
            Ok(set)
        }
    }
}

/// A set of numbers in ascending order: how many bytes each has, how many there are, themselves. All have the low byte first.
fn numbers(bytes: &[u8], limits: Limits) -> Result<Set, Corrupt> {
    const BROKEN: Corrupt = Corrupt("a broken intset");
    let (width, rest) = bytes.split_first_chunk().ok_or(BROKEN)?;
    let (count, rest) = rest.split_first_chunk().ok_or(BROKEN)?;
    let (width, count) = (u32::from_le_bytes(*width) as usize, u32::from_le_bytes(*count) as usize);
    if ![2, 4, 8].contains(&width) || count == 0 || count.checked_mul(width) != Some(rest.len()) {
        return Err(BROKEN);
    }
    let mut set = if count > limits.intset { Set::dict(limits) } else { Set::default() };
    let mut before = None;
    for number in rest.chunks_exact(width) {
        let mut full = [if number[width - 1] & 0x80 != 0 { 0xff } else { 0 }; 8];
        full[..width].copy_from_slice(number);
        let number = i64::from_le_bytes(full);
        if before.is_some_and(|before| before >= number) {
            return Err(BROKEN);
        }
        before = Some(number);
        set.add(itoa::Buffer::new().format(number).as_bytes(), limits);
    }
    Ok(set)
}
