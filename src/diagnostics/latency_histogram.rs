//! How long commands take: the histograms behind INFO latencystats.
//!
//! Redis: `src/server.c`, `updateCommandLatencyHistogram`, `fillPercentileDistributionLatencies`. They are counted in
//! nanoseconds, from one to a second, with two digits that count; a command that never ran has no histogram.

use hdrhistogram::Histogram as Hdr;

/// The longest duration told apart: a second.
const LONGEST: u64 = 1_000_000_000;
/// The first step of a histogram ends at 1,024 nanoseconds.
const FIRST_STEP: u32 = 10;
/// The last step that there is; a second is in it.
const LAST_STEP: u64 = 1 << 30;
/// Significant digits.
const DIGITS: u8 = 2;

/// How often a command took how long. Some 25 KB: as many counters as there are durations to tell apart.
pub struct Histogram(Hdr<u64>);

impl Histogram {
    /// None: there is no memory for one.
    pub fn new() -> Option<Histogram> {
        Hdr::new_with_bounds(1, LONGEST, DIGITS).ok().map(Histogram)
    }

    /// Counts a run.
    pub fn record(&mut self, micros: u64) {
        self.0.saturating_record(micros.saturating_mul(1000).clamp(1, LONGEST));
    }

    /// How many runs were counted.
    pub fn calls(&self) -> u64 {
        self.0.len()
    }

    /// Microseconds, each about twice those before, and how many runs ended within them; only where there were more.
    /// Redis: `fillCommandCDF`.
    pub fn steps(&self) -> Vec<(u64, u64)> {
        let (mut steps, mut before) = (Vec::new(), 0);
        for power in FIRST_STEP.. {
            let nanos = 1 << power;
            let count = self.0.count_between(0, nanos);
            if count > before {
                // Behind the last there is no other that could be told apart from it.
                let end = self.0.highest_equivalent(nanos).min(nanos.max(LAST_STEP) - 1);
                steps.push((end / 1000, count));
            }
            before = count;
            if count == self.0.len() || nanos > LONGEST {
                break;
            }
        }
        steps
    }

    /// The microseconds within which so many of a hundred runs ended.
    pub fn percentile(&self, percentile: f64) -> f64 {
        self.0.value_at_percentile(percentile) as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_end_of_the_durations_that_are_told_apart() {
        let mut histogram = Histogram::new().unwrap();
        (1..=100).for_each(|micros| histogram.record(micros));
        let at = |histogram: &Histogram, percentile| format!("{:.3}", histogram.percentile(percentile));
        // What Redis's library says of the same hundred.
        let hundred = [0.0, 50.0, 99.0, 100.0].map(|percentile| at(&histogram, percentile));
        assert_eq!(hundred, ["1.000", "50.175", "99.327", "100.351"]);
        let mut extremes = Histogram::new().unwrap();
        extremes.record(0);
        extremes.record(u64::MAX);
        assert_eq!([50.0, 100.0].map(|percentile| at(&extremes, percentile)), ["0.001", "1002438.655"]);
    }

    #[test]
    fn steps_are_those_of_rediss_library() {
        let mut histogram = Histogram::new().unwrap();
        (1..=100).chain([0, 50_000, u64::MAX]).for_each(|micros| histogram.record(micros));
        assert_eq!(histogram.calls(), 103);
        assert_eq!(
            histogram.steps(),
            [
                (1, 2),
                (2, 3),
                (4, 5),
                (8, 9),
                (16, 17),
                (33, 34),
                (66, 67),
                (132, 101),
                (67633, 102),
                (1073741, 103)
            ]
        );
        assert_eq!(Histogram::new().unwrap().steps(), []);
    }
}
