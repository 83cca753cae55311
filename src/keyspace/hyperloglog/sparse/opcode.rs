//! The operation codes of the sparse form, a byte or two each.
//!
//! Redis: `src/hyperloglog.c`, the macros `HLL_SPARSE_…`.
//!
//! ```text
//! 00xxxxxx            ZERO   1 to 64 registers that have seen nothing
//! 01xxxxxx xxxxxxxx   XZERO  1 to 16,384 of them
//! 1vvvvvxx            VAL    1 to 4 registers that have seen a run of 1 to 32
//! ```

use crate::keyspace::hyperloglog::header::HEADER;

/// A run of registers that are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// `ZERO`: so many registers have seen nothing.
    Zero(usize),
    /// `XZERO`: the same, in two bytes.
    LongZero(usize),
    /// `VAL`: so many registers have seen this run.
    Value(u8, usize),
}

/// The longest run that VAL can say. Redis: `HLL_SPARSE_VAL_MAX_VALUE`.
pub const MAX_RUN: u8 = 32;
/// The most registers of a VAL. Redis: `HLL_SPARSE_VAL_MAX_LEN`.
pub const MAX_VALUES: usize = 4;
/// The most registers of a ZERO. Redis: `HLL_SPARSE_ZERO_MAX_LEN`.
const MAX_ZEROS: usize = 64;
/// The bits that tell the codes apart.
const KIND: u8 = 0xc0;

impl Opcode {
    /// Registers that have seen nothing, in the shorter code that can say so.
    pub fn zeros(registers: usize) -> Opcode {
        if registers > MAX_ZEROS { Opcode::LongZero(registers) } else { Opcode::Zero(registers) }
    }

    /// The first code of the bytes. Of an XZERO that is cut off, the second byte counts as zero, as in Redis, where one stands
    /// after each string.
    pub fn read(bytes: &[u8]) -> Option<Opcode> {
        let first = *bytes.first()?;
        Some(match first & KIND {
            0 => Opcode::Zero(usize::from(first) + 1),
            0x40 => {
                let second = bytes.get(1).copied().unwrap_or(0);
                Opcode::LongZero((usize::from(first & !KIND) << 8 | usize::from(second)) + 1)
            }
            _ => Opcode::Value((first >> 2 & 0x1f) + 1, usize::from(first & 3) + 1),
        })
    }

    /// Adds the code at the end.
    pub fn write(self, to: &mut impl Extend<u8>) {
        match self {
            Opcode::Zero(registers) => to.extend([(registers - 1) as u8]),
            Opcode::LongZero(registers) => {
                let [high, low] = (registers as u16 - 1).to_be_bytes();
                to.extend([0x40 | high, low]);
            }
            Opcode::Value(run, registers) => to.extend([0x80 | (run - 1) << 2 | (registers - 1) as u8]),
        }
    }

    /// How many bytes it takes.
    pub fn size(self) -> usize {
        if matches!(self, Opcode::LongZero(_)) { 2 } else { 1 }
    }

    /// How many registers it stands for.
    pub fn registers(self) -> usize {
        match self {
            Opcode::Zero(registers) | Opcode::LongZero(registers) | Opcode::Value(_, registers) => registers,
        }
    }
}

/// All codes of a string that has the sparse form.
pub fn opcodes(hyperloglog: &[u8]) -> impl Iterator<Item = Opcode> {
    codes(&hyperloglog[HEADER..])
}

/// All codes of the bytes after the header.
pub(super) fn codes(mut bytes: &[u8]) -> impl Iterator<Item = Opcode> {
    std::iter::from_fn(move || {
        let code = Opcode::read(bytes)?;
        bytes = bytes.get(code.size()..).unwrap_or_default();
        Some(code)
    })
}
