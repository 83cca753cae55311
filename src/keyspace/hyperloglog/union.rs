//! The registers of several HyperLogLogs at once, each the longest run of any, to be counted and not stored.
//!
//! Redis: `src/hyperloglog.c` (`pfcountCommand`, `hllMergeDense`, `hllRawRegHisto`).
//!
//! Different on purpose: a maximum does not care for the order of the registers, and neither does a count. So dense registers are not
//! put in a row: each byte gives the one that lies in it, and the one that begins in it and ends in the next, if there is one. All
//! bytes are then treated alike, which a processor does with many at a time.

use super::estimate::{Histogram, estimate};
use super::header::{Corrupted, REGISTERS, Registers};
use super::{dense, dense_part, sparse, sparse_part};
use crate::base::vectors::with_widest;

/// Four registers take three bytes: the first byte has one whole and the low bits of the next, the second the high bits of that one
/// and the low bits of the third, the third byte the high bits of that one and one whole.
const GROUP: usize = 3;
/// Bytes that are treated in one step: a multiple of the group and of every width of a processor's registers.
const STEP: usize = 96;
/// Registers that are counted in a byte before they are added to the sum.
const BLOCK: usize = 192;

/// A mask for the first, the second or the third byte of each group.
const fn mask(place: usize, bits: u8) -> [u8; STEP] {
    let (mut masks, mut at) = ([0; STEP], place);
    while at < STEP {
        masks[at] = bits;
        at += GROUP;
    }
    masks
}

const FIRST: [u8; STEP] = mask(0, 0x3f);
const SECOND_LOW: [u8; STEP] = mask(0, 0x03);
const SECOND_HIGH: [u8; STEP] = mask(0, 0x3c);
const THIRD_LOW: [u8; STEP] = mask(1, 0x0f);
const THIRD_HIGH: [u8; STEP] = mask(1, 0x30);
const FOURTH: [u8; STEP] = mask(2, 0x3f);

/// The registers of all that were added.
pub struct Union {
    /// Of each group its first register, its third and its fourth.
    most: [u8; dense::BYTES],
    /// Of each group its second register, and nothing at the other two bytes.
    second: [u8; dense::BYTES],
    /// Those of sparse ones, in their order, if there is one.
    sparse: Option<Box<Registers>>,
}

impl Union {
    /// The union of none.
    pub fn empty() -> Union {
        Union { most: [0; dense::BYTES], second: [0; dense::BYTES], sparse: None }
    }

    /// Adds a string that has an [`super::encoding`].
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Corrupted> {
        match sparse_part(bytes) {
            Some(sparse) => {
                sparse::merge(sparse, self.sparse.get_or_insert_with(|| Box::new([0; REGISTERS])))
            }
            None => {
                with_widest(
                    #[inline(always)]
                    || self.add_dense(dense_part(bytes)),
                );
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn add_dense(&mut self, dense: &[u8]) {
        let (most, second) = (self.most.as_chunks_mut::<STEP>().0, self.second.as_chunks_mut::<STEP>().0);
        let mut last = [0; STEP + 1];
        last[..STEP].copy_from_slice(&dense[dense.len() - STEP..]);
        for (step, (most, second)) in most.iter_mut().zip(second).enumerate() {
            // The last step has no byte after it, and needs none.
            let bytes = dense[step * STEP..].first_chunk::<{ STEP + 1 }>().unwrap_or(&last);
            for at in 0..STEP {
                let (this, next) = (bytes[at], bytes[at + 1]);
                let third = this >> 4 & THIRD_LOW[at] | next << 4 & THIRD_HIGH[at];
                let one = this & FIRST[at] | third | this >> 2 & FOURTH[at];
                let split = this >> 6 & SECOND_LOW[at] | next << 2 & SECOND_HIGH[at];
                most[at] = most[at].max(one);
                second[at] = second[at].max(split);
            }
        }
    }

    /// The estimate of how many different elements all of them have together. Redis: `hllCount`.
    pub fn count(&mut self) -> u64 {
        let sparse = self.sparse.take();
        let registers = sparse.iter().flat_map(|registers| registers.iter()).enumerate();
        for (index, &run) in registers.filter(|&(_, &run)| run > 0) {
            let group = index / 4 * GROUP;
            let place = match index % 4 {
                0 => &mut self.most[group],
                1 => &mut self.second[group],
                other => &mut self.most[group + other - 1],
            };
            *place = run.max(*place);
        }
        estimate(&with_widest(
            #[inline(always)]
            || self.histogram(),
        ))
    }

    #[inline(always)]
    fn histogram(&self) -> Histogram {
        // A third of all bytes is one more than a multiple of the group. So the thirds, laid over each other, fill the gaps of one
        // another.
        let mut second = [0; dense::BYTES / GROUP];
        for third in self.second.as_chunks::<{ dense::BYTES / GROUP }>().0 {
            second.iter_mut().zip(third).for_each(|(to, from)| *to |= from);
        }
        let longest = longest(&self.most).max(longest(&second));
        let mut histogram = [0; 64];
        let mut others = 0;
        for run in 1..=longest {
            let number = count_equal(&self.most, run) + count_equal(&second, run);
            histogram[usize::from(run)] = number;
            others += number;
        }
        histogram[0] = REGISTERS as u32 - others;
        histogram
    }
}

#[inline(always)]
fn longest(registers: &[u8]) -> u8 {
    registers.iter().fold(0, |longest, &run| run.max(longest))
}

/// How many registers have seen this run.
#[inline(always)]
fn count_equal(registers: &[u8], run: u8) -> u32 {
    let count = |block: &[u8]| u32::from(block.iter().map(|&register| u8::from(register == run)).sum::<u8>());
    registers.chunks(BLOCK).map(count).sum()
}
