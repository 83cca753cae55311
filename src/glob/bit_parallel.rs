//! A search that follows all attempts at once, one bit each: for the stretches of a pattern that hold classes
//! or `?`.
//!
//! Redis: none; `stringmatchlen_impl` tries each place of the string by itself, which is quadratic.
//!
//! The method is Shift-And (Baeza-Yates and Gonnet, "A new approach to text searching", 1992). Number the
//! elements of the stretch from 0. While the string is read, bit `j` of a long word `alive` says: "the
//! elements 0 to `j` accept the bytes just read". A byte arrives: each attempt moves on by one element, a new
//! one starts at element 0, and those whose element does not accept the byte die:
//!
//! ```text
//! alive = (alive << 1 | 1) & row[byte]        row[byte]: bit j set when element j accepts the byte
//! ```
//!
//! The stretch ends wherever the last bit is set. The cost for each byte of the string is one step per 64
//! elements.

use super::class::ByteSet;
use super::{WORDS_PER_STEP, count_steps};
use hashbrown::HashMap;

/// A stretch of elements, each a set of bytes, as a table of bits.
///
/// Most of the 256 rows are equal (bytes that no element tells apart), so each distinct row is kept once, and
/// bytes point to theirs. In `a?b` there are three rows: for `a`, for `b`, and for all the rest.
#[derive(Debug)]
pub struct BitParallel {
    row_of: [u8; 256],
    rows: Box<[u64]>,
    length: usize,
}

impl BitParallel {
    pub fn new(elements: &[ByteSet]) -> BitParallel {
        let words = elements.len().div_ceil(64);
        let mut all_rows = vec![0; 256 * words];
        for (word, elements) in elements.chunks(64).enumerate() {
            // Big sets, `?` above all, are entered as what they leave out; `inverted` remembers which.
            let (mut column, mut inverted) = ([0u64; 256], 0);
            for (bit, &set) in elements.iter().enumerate() {
                let big = set.len() > 128;
                inverted |= u64::from(big) << bit;
                for byte in if big { set.complement() } else { set }.bytes() {
                    column[usize::from(byte)] |= 1 << bit;
                }
            }
            for (byte, bits) in column.into_iter().enumerate() {
                all_rows[byte * words + word] = bits ^ inverted;
            }
        }

        let mut row_of = [0; 256];
        let mut rows = Vec::new();
        let mut seen = HashMap::new();
        for (byte, row) in all_rows.chunks(words).enumerate() {
            let next = seen.len() as u8; // At most 255 rows were seen before this one.
            row_of[byte] = *seen.entry(row).or_insert_with(|| {
                rows.extend_from_slice(row);
                next
            });
        }
        BitParallel { row_of, rows: rows.into(), length: elements.len() }
    }

    /// The number of bytes the stretch takes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// The memory it takes, in bytes.
    pub fn memory(&self) -> usize {
        size_of::<BitParallel>() + size_of_val(&*self.rows)
    }

    /// Do the elements accept these bytes, one each? `string` must be as long as the stretch.
    pub fn matches(&self, string: &[u8]) -> bool {
        string.iter().enumerate().all(|(j, &byte)| self.row(byte)[j / 64] >> (j % 64) & 1 == 1)
    }

    /// Where the first occurrence in `haystack` ends.
    pub fn find_end(&self, haystack: &[u8]) -> Option<usize> {
        if self.length <= 64 { self.find_end_short(haystack) } else { self.find_end_long(haystack) }
    }

    /// At most 64 elements: `alive` is one machine word.
    // ANCHOR: shift-and
    fn find_end_short(&self, haystack: &[u8]) -> Option<usize> {
        let last_bit = 1 << (self.length - 1);
        let mut alive = 0u64;
        let last = haystack.iter().position(|&byte| {
            alive = (alive << 1 | 1) & self.row(byte)[0];
            alive & last_bit != 0
        });
        last.map(|at| at + 1)
    }
    // ANCHOR_END: shift-and

    /// More: `alive` is a row of words, and the bit shifted out of one is shifted into the next.
    ///
    /// Only a band of them can matter: no attempt is further than the bytes read so far, and one that started
    /// too late to fit need not be followed. The band halves the work where it hurts most, at half the length
    /// of the haystack.
    fn find_end_long(&self, haystack: &[u8]) -> Option<usize> {
        let last_start = haystack.len().checked_sub(self.length)?;
        let words = self.length.div_ceil(64);
        let (mut alive, mut next) = (vec![0u64; words], vec![0u64; words]);
        let last_bit = 1 << ((self.length - 1) % 64);
        for (at, &byte) in haystack.iter().enumerate() {
            let band = at.saturating_sub(last_start) / 64..at.min(self.length - 1) / 64 + 1;
            let mut carry = if band.start == 0 { 1 } else { alive[band.start - 1] >> 63 };
            count_steps(band.len().div_ceil(WORDS_PER_STEP));
            let row = &self.row(byte)[band.clone()];
            for ((next, &alive), &row) in next[band.clone()].iter_mut().zip(&alive[band]).zip(row) {
                *next = (alive << 1 | carry) & row;
                carry = alive >> 63;
            }
            std::mem::swap(&mut alive, &mut next);
            if at + 1 >= self.length && alive[words - 1] & last_bit != 0 {
                return Some(at + 1);
            }
        }
        None
    }

    fn row(&self, byte: u8) -> &[u64] {
        let words = self.length.div_ceil(64);
        let start = usize::from(self.row_of[usize::from(byte)]) * words;
        &self.rows[start..start + words]
    }
}
