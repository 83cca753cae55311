//! The dense form: six bits for each register, from the lowest bit of the first byte on, four registers in three bytes.
//!
//! Redis: `src/hyperloglog.c` (`HLL_DENSE_GET_REGISTER`, `HLL_DENSE_SET_REGISTER`, `hllDenseSet`, `hllMergeDense`,
//! `hllDenseCompress`).

use super::hash::Draw;
use super::header::{REGISTERS, Registers};

/// Bits of a register. Redis: `HLL_BITS`.
const BITS: usize = 6;
const MASK: u16 = (1 << BITS) - 1;
/// Bytes of all registers.
pub const BYTES: usize = REGISTERS * BITS / 8;

/// Where a register begins: its byte, and how many bits of that come before it.
fn place(index: usize) -> (usize, usize) {
    (index * BITS / 8, index * BITS % 8)
}

/// The two bytes in which a register stands; the last register is all in the first of them.
fn pair(dense: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([dense[at], dense.get(at + 1).copied().unwrap_or(0)])
}

/// A register.
pub fn get(dense: &[u8], index: usize) -> u8 {
    let (at, before) = place(index);
    (pair(dense, at) >> before & MASK) as u8
}

/// Sets a register.
fn set(dense: &mut [u8], index: usize, run: u8) {
    let (at, before) = place(index);
    let pair = pair(dense, at) & !(MASK << before) | u16::from(run) << before;
    dense[at..].iter_mut().zip(pair.to_le_bytes()).for_each(|(place, byte)| *place = byte);
}

/// Sets a register to a run, if it has seen none so long. Whether it had not. Redis: `hllDenseSet`.
pub fn raise(dense: &mut [u8], draw: Draw) -> bool {
    let is_longer = draw.run > get(dense, draw.index);
    if is_longer {
        set(dense, draw.index, draw.run);
    }
    is_longer
}

/// Four registers, a byte each, from the three bytes that they take. Fields are moved apart in halves: two of twelve bits, then
/// each of those.
#[inline(always)]
fn spread([low, middle, high]: [u8; 3]) -> [u8; 4] {
    let packed = u32::from_le_bytes([low, middle, high, 0]);
    let halves = packed & 0xfff | (packed & 0xff_f000) << 4;
    (halves & 0x003f_003f | (halves & 0x0fc0_0fc0) << 2).to_le_bytes()
}

/// Raises registers to these. Redis: `hllMergeDense`.
#[inline(always)]
pub fn merge(dense: &[u8], into: &mut Registers) {
    let (quarters, _) = into.as_chunks_mut::<4>();
    for (four, packed) in quarters.iter_mut().zip(dense.as_chunks::<3>().0) {
        let registers = spread(*packed);
        for (to, from) in four.iter_mut().zip(registers) {
            *to = (*to).max(from);
        }
    }
}

/// Adds all registers at the end, packed. Redis: `hllDenseCompress`.
pub fn pack(registers: &Registers, to: &mut Vec<u8>) {
    for four in registers.as_chunks::<4>().0 {
        let packed = four.iter().rev().fold(0, |packed, &run| packed << BITS | u32::from(run));
        to.extend_from_slice(&packed.to_le_bytes()[..3]);
    }
}
