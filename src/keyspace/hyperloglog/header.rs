//! The first 16 bytes of a HyperLogLog: what it is, the form of its registers, and the last count.
//!
//! Redis: `src/hyperloglog.c` (`struct hllhdr`, `isHLLObjectOrReply`, `HLL_VALID_CACHE`, `HLL_INVALIDATE_CACHE`).
//!
//! ```text
//! H Y L L   encoding   3 bytes unused   8 bytes: the last count, little-endian; the highest bit set: out of date
//! ```

/// How many registers there are. Redis: `HLL_REGISTERS`.
pub const REGISTERS: usize = 1 << super::hash::INDEX_BITS;
/// All registers, a byte each.
pub type Registers = [u8; REGISTERS];

/// Bytes before the registers. Redis: `HLL_HDR_SIZE`.
pub(super) const HEADER: usize = 16;
/// The place of the encoding.
pub(super) const ENCODING: usize = 4;
/// The header of one that is sparse and empty.
pub(super) const SPARSE: [u8; HEADER] = *b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0";
/// Bytes of the dense form. Redis: `HLL_DENSE_SIZE`.
pub(super) const DENSE: usize = HEADER + REGISTERS * 6 / 8;
/// The place of the cached count.
const COUNT: usize = 8;
/// The bit of the last byte of the cached count that says that it is out of date.
const STALE: u8 = 0x80;

/// The registers of a sparse string do not add up to 16,384.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupted;

/// The form of the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Six bits each.
    Dense,
    /// Runs of registers that are equal.
    Sparse,
}

/// The form of a string's registers; None if it is no HyperLogLog. Redis: `isHLLObjectOrReply`.
pub fn encoding(bytes: &[u8]) -> Option<Encoding> {
    match bytes.get(ENCODING)? {
        _ if bytes.len() < HEADER || !bytes.starts_with(b"HYLL") => None,
        0 => (bytes.len() == DENSE).then_some(Encoding::Dense),
        1 => Some(Encoding::Sparse),
        _ => None,
    }
}

/// The count that stands in the header, if it is not out of date. Redis: `HLL_VALID_CACHE`.
pub fn cached(bytes: &[u8]) -> Option<u64> {
    let count = bytes[COUNT..HEADER].try_into().map_or(0, u64::from_le_bytes);
    (bytes[HEADER - 1] & STALE == 0).then_some(count)
}

/// Puts a count into the header.
pub fn cache(bytes: &mut [u8], count: u64) {
    bytes[COUNT..HEADER].copy_from_slice(&count.to_le_bytes());
}

/// From now on the count in the header is out of date. Redis: `HLL_INVALIDATE_CACHE`.
pub fn make_stale(bytes: &mut [u8]) {
    bytes[HEADER - 1] |= STALE;
}
