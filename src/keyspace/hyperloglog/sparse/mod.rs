//! The sparse form: runs of registers that are equal, while few have seen anything.
//!
//! Redis: `src/hyperloglog.c` (`hllSparseSet`, `hllSparseRegHisto`, the second half of `hllMerge`).
//!
//! Different on purpose: Redis 8.0.2 counts registers in an int, which the codes of a very long string make go round, and writes
//! outside the registers (CVE-2025-32023). Here a code that stands for more registers than are left is an error at once, as it
//! is in Redis since 8.0.3, and in the 8.0.2 of Debian.

pub mod opcode;

use super::estimate::Histogram;
use super::hash::Draw;
use super::header::{Corrupted, HEADER, REGISTERS, Registers, make_stale};
use opcode::{MAX_RUN, MAX_VALUES, Opcode, codes};
use smallvec::SmallVec;

/// How many codes are looked at for two that can be one, after a change.
const MERGED: usize = 5;

/// What [`raise`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// Nothing: the register has seen a run as long.
    No,
    /// The register is set.
    Yes,
    /// Nothing: the form cannot say the run, or would take more than the limit.
    TooLong,
}

/// A code of the string, and what it stands for.
struct Found {
    /// Its place.
    at: usize,
    /// The code before it.
    before: Option<usize>,
    /// The first register that it stands for.
    first: usize,
    code: Opcode,
}

/// How many registers each byte stands for if it is a code of one byte; 0: it is the first of two.
static SPANS: [u8; 256] = {
    let mut spans = [0; 256];
    let mut byte = 0;
    while byte < spans.len() {
        spans[byte] = match byte >> 6 {
            0 => byte as u8 + 1,
            1 => 0,
            _ => (byte & 3) as u8 + 1,
        };
        byte += 1;
    }
    spans
};

/// Finds the code that a register belongs to.
// ANCHOR: find
fn find(bytes: &[u8], register: usize) -> Option<Found> {
    let (mut at, mut before, mut first) = (HEADER, None, 0);
    loop {
        // The most frequent step by far: one load from the table, and no branch that the processor could guess wrongly.
        let mut registers = usize::from(SPANS[usize::from(*bytes.get(at)?)]);
        let mut size = 1;
        if registers == 0 {
            let code = Opcode::read(&bytes[at..])?;
            (registers, size) = (code.registers(), code.size());
        }
        if register < first + registers {
            return Some(Found { at, before, first, code: Opcode::read(&bytes[at..])? });
        }
        (before, at, first) = (Some(at), at + size, first + registers);
    }
}
// ANCHOR_END: find

/// Sets a register to a run, if it has seen none so long. The code that it belongs to is cut into up to three, and codes that are
/// equal then become one. Redis: `hllSparseSet`.
pub fn raise(bytes: &mut Vec<u8>, draw: Draw, limit: usize) -> Result<Raised, Corrupted> {
    if draw.run > MAX_RUN {
        return Ok(Raised::TooLong);
    }
    let Found { at, before, first, code } = find(bytes, draw.index).ok_or(Corrupted)?;
    if matches!(code, Opcode::Value(run, _) if run >= draw.run) {
        return Ok(Raised::No);
    }
    let mut new: SmallVec<[u8; 5]> = SmallVec::new();
    let part = |registers: usize| match code {
        Opcode::Value(run, _) => Opcode::Value(run, registers),
        Opcode::Zero(_) | Opcode::LongZero(_) => Opcode::zeros(registers),
    };
    let (left, right) = (draw.index - first, first + code.registers() - 1 - draw.index);
    if left > 0 {
        part(left).write(&mut new);
    }
    Opcode::Value(draw.run, 1).write(&mut new);
    if right > 0 {
        part(right).write(&mut new);
    }
    if new.len() > code.size() && bytes.len() + new.len() - code.size() > limit {
        return Ok(Raised::TooLong);
    }
    // Of an XZERO that is cut off one byte is missing, and then of what takes its place.
    let end = (at + code.size()).min(bytes.len());
    new.truncate(new.len() + end - at - code.size());
    replace(bytes, at, end, &new);
    unite(bytes, before.unwrap_or(HEADER));
    make_stale(bytes);
    Ok(Raised::Yes)
}

/// Puts `new` where the bytes from `at` to `end` are.
fn replace(bytes: &mut Vec<u8>, at: usize, end: usize, new: &[u8]) {
    let (length, after) = (bytes.len(), at + new.len());
    if after > end {
        bytes.resize(length + after - end, 0);
        bytes.copy_within(end..length, after);
    } else {
        bytes.copy_within(end..length, after);
        bytes.truncate(length + after - end);
    }
    bytes[at..after].copy_from_slice(new);
}

/// Makes one code of two that stand side by side and say the same run, from `at` on.
fn unite(bytes: &mut Vec<u8>, mut at: usize) {
    for _ in 0..MERGED {
        let Some(code) = bytes.get(at..).and_then(Opcode::read) else { return };
        if let Opcode::Value(run, registers) = code
            && let Some(Opcode::Value(next, more)) = Opcode::read(&bytes[at + 1..])
            && run == next
            && registers + more <= MAX_VALUES
        {
            let mut one: SmallVec<[u8; 1]> = SmallVec::new();
            Opcode::Value(run, registers + more).write(&mut one);
            // It may be one with the next code too: the place stays.
            replace(bytes, at, at + 2, &one);
        } else {
            at += code.size();
        }
    }
}

/// What a register has seen; nothing if no code stands for it.
pub fn register(bytes: &[u8], index: usize) -> u8 {
    let mut first = 0;
    for code in codes(bytes) {
        first += code.registers();
        if index < first {
            return if let Opcode::Value(run, _) = code { run } else { 0 };
        }
    }
    0
}

/// Raises registers to these. Redis: `hllMerge`, `hllSparseToDense`.
pub fn merge(bytes: &[u8], into: &mut Registers) -> Result<(), Corrupted> {
    let mut first = 0;
    for code in codes(bytes) {
        let end = first + code.registers();
        let registers = into.get_mut(first..end).ok_or(Corrupted)?;
        if let Opcode::Value(run, _) = code {
            registers.iter_mut().for_each(|register| *register = run.max(*register));
        }
        first = end;
    }
    if first == REGISTERS { Ok(()) } else { Err(Corrupted) }
}

/// How many registers have seen each run. Redis: `hllSparseRegHisto`.
pub fn histogram(bytes: &[u8]) -> Result<Histogram, Corrupted> {
    let (mut histogram, mut all) = ([0; 64], 0);
    for code in codes(bytes) {
        let run = if let Opcode::Value(run, _) = code { run } else { 0 };
        histogram[usize::from(run)] += code.registers() as u32;
        all += code.registers();
        if all > REGISTERS {
            return Err(Corrupted);
        }
    }
    if all == REGISTERS { Ok(histogram) } else { Err(Corrupted) }
}
