//! From registers to an estimate.
//!
//! Redis: `src/hyperloglog.c` (`hllCount`, `hllRawRegHisto`, `hllSigma`, `hllTau`), after Otmar Ertl, "New cardinality estimation
//! algorithms for HyperLogLog sketches", 2017. The operations and their order are Redis's, so that the numbers are.

use super::hash::RUN_BITS;
use super::header::{REGISTERS, Registers};

/// How many registers have seen each run. Runs above 51 are possible only in a string that a client has made.
pub type Histogram = [u32; 64];

/// 0.5 / ln 2. Redis: `HLL_ALPHA_INF`.
#[allow(clippy::excessive_precision)] // As Redis writes it.
const ALPHA: f64 = 0.721_347_520_444_481_703_680;

/// How many registers have seen each run. Redis: `hllRawRegHisto`.
pub fn histogram(registers: &Registers) -> Histogram {
    // Four counters for each run, in turn: registers next to each other are often equal, and the processor need not wait for one
    // to be written before it adds to the next.
    let mut counters = [[0u16; 64]; 4];
    for four in registers.as_chunks::<4>().0 {
        for (counters, &run) in counters.iter_mut().zip(four) {
            counters[usize::from(run & 63)] += 1;
        }
    }
    std::array::from_fn(|run| counters.iter().map(|counters| u32::from(counters[run])).sum())
}

/// The estimate. Redis: `hllCount`.
// ANCHOR: estimate
pub fn estimate(histogram: &Histogram) -> u64 {
    let all = REGISTERS as f64;
    let number = |run: u32| f64::from(histogram[run as usize]);
    let mut sum = all * tau((all - number(RUN_BITS + 1)) / all);
    for run in (1..=RUN_BITS).rev() {
        sum += number(run);
        sum *= 0.5;
    }
    sum += all * sigma(number(0) / all);
    rounded(ALPHA * all * all / sum)
}
// ANCHOR_END: estimate

/// What C makes of a double, on the processors that Redis is built for: half is rounded up, and a number that is too large, or
/// is none, becomes 2^63.
fn rounded(estimate: f64) -> u64 {
    let rounded = estimate.round();
    if rounded < 9_223_372_036_854_775_808.0 { rounded as u64 } else { 1 << 63 }
}

/// What registers that have seen nothing add. Redis: `hllSigma`.
fn sigma(mut share: f64) -> f64 {
    if share == 1.0 {
        return f64::INFINITY;
    }
    let (mut weight, mut sum) = (1.0, share);
    loop {
        share *= share;
        let before = sum;
        sum += share * weight;
        weight += weight;
        if before == sum {
            return sum;
        }
    }
}

/// What registers that have seen the longest run add. Redis: `hllTau`.
fn tau(mut share: f64) -> f64 {
    if share == 0.0 || share == 1.0 {
        return 0.0;
    }
    let (mut weight, mut sum) = (1.0, 1.0 - share);
    loop {
        share = share.sqrt();
        let before = sum;
        weight *= 0.5;
        sum -= (1.0 - share) * (1.0 - share) * weight;
        if before == sum {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_that_no_element_leaves_are_counted_as_in_c() {
        let only = |run: usize| {
            let mut histogram = [0; 64];
            histogram[run] = REGISTERS as u32;
            estimate(&histogram)
        };
        assert_eq!((only(0), only(51), only(63)), (0, 1 << 63, 1 << 63));
    }
}
