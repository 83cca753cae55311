//! HyperLogLog: how many different elements were added, in a string of at most 12 KB.
//!
//! Redis: `src/hyperloglog.c` (`createHLLObject`, `hllAdd`, `hllCount`, `hllMerge`).
//!
//! An element's hash names one of 16,384 registers and a run of zeros; a register keeps the longest run that it has seen. The
//! string is a [`header`] and the registers, in one of two forms: [`sparse`] or [`dense`].
//!
//! The string is a client's: SET and SETRANGE may put anything there. What does not add up is [`Corrupted`].

pub mod dense;
mod estimate;
mod hash;
pub mod header;
pub mod sparse;
pub mod union;

pub use hash::{Draw, draw};
pub use header::{Corrupted, Encoding, REGISTERS, Registers, cache, cached, encoding, make_stale};
pub use sparse::opcode::{Opcode, opcodes};

use crate::base::vectors::with_widest;
use header::{ENCODING, HEADER};

/// A HyperLogLog to which nothing was added. Redis: `createHLLObject`.
pub fn empty() -> Vec<u8> {
    let mut bytes = header::SPARSE.to_vec();
    Opcode::zeros(REGISTERS).write(&mut bytes);
    bytes
}

/// The registers in the sparse form, None if they are dense. All functions below take a string that has an [`encoding`].
fn sparse_part(bytes: &[u8]) -> Option<&[u8]> {
    (bytes[ENCODING] == 1).then(|| &bytes[HEADER..])
}

/// The dense registers of a string that is dense.
fn dense_part(bytes: &[u8]) -> &[u8] {
    &bytes[HEADER..]
}

/// Adds an element. Whether a register has changed. A sparse string that would have more than `limit` bytes becomes dense.
/// Redis: `hllAdd`.
pub fn add(bytes: &mut Vec<u8>, element: &[u8], limit: usize) -> Result<bool, Corrupted> {
    raise(bytes, draw(element), limit)
}

/// Sets a register to a run, if it has seen none so long. Whether it had not. Redis: `hllDenseSet`, `hllSparseSet`.
pub fn raise(bytes: &mut Vec<u8>, draw: Draw, limit: usize) -> Result<bool, Corrupted> {
    if sparse_part(bytes).is_some() {
        let raised = sparse::raise(bytes, draw, limit)?;
        if raised == sparse::Raised::TooLong {
            to_dense(bytes)?;
            dense::raise(&mut bytes[HEADER..], draw);
        }
        return Ok(raised != sparse::Raised::No);
    }
    Ok(dense::raise(&mut bytes[HEADER..], draw))
}

/// The length of the run that a register has seen. Redis: `HLL_DENSE_GET_REGISTER`.
pub fn register(bytes: &[u8], index: usize) -> u8 {
    match sparse_part(bytes) {
        Some(sparse) => sparse::register(sparse, index),
        None => dense::get(dense_part(bytes), index),
    }
}

/// Gives a string the dense form; the header stays. Whether it did not have it. Redis: `hllSparseToDense`.
pub fn to_dense(bytes: &mut Vec<u8>) -> Result<bool, Corrupted> {
    let Some(sparse) = sparse_part(bytes) else { return Ok(false) };
    let mut registers = [0; REGISTERS];
    sparse::merge(sparse, &mut registers)?;
    set_dense(bytes, &registers);
    Ok(true)
}

/// Gives a string the dense form with these registers; the header stays. Redis: `hllDenseCompress`.
pub fn set_dense(bytes: &mut Vec<u8>, registers: &Registers) {
    bytes.truncate(HEADER);
    bytes[ENCODING] = 0;
    bytes.reserve_exact(dense::BYTES);
    dense::pack(registers, bytes);
}

/// Raises registers to those of a string. Redis: `hllMerge`.
pub fn merge(bytes: &[u8], into: &mut Registers) -> Result<(), Corrupted> {
    match sparse_part(bytes) {
        Some(sparse) => sparse::merge(sparse, into),
        None => {
            with_widest(
                #[inline(always)]
                || dense::merge(dense_part(bytes), into),
            );
            Ok(())
        }
    }
}

/// The estimate of how many different elements were added. Redis: `hllCount`.
pub fn count(bytes: &[u8]) -> Result<u64, Corrupted> {
    let histogram = match sparse_part(bytes) {
        Some(sparse) => sparse::histogram(sparse)?,
        None => {
            let mut registers = [0; REGISTERS];
            merge(bytes, &mut registers)?;
            estimate::histogram(&registers)
        }
    };
    Ok(estimate::estimate(&histogram))
}

#[cfg(test)]
mod tests;
