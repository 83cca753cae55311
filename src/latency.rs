//! How long commands take: the histograms behind INFO latencystats.
//!
//! Redis: `src/server.c`, `updateCommandLatencyHistogram`, `fillPercentileDistributionLatencies`. They are counted in
//! nanoseconds, from one to a second, with two digits that count; a command that never ran has no histogram.

use hdrhistogram::Histogram as Hdr;

/// The longest duration told apart: a second.
const LONGEST: u64 = 1_000_000_000;
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

    /// The microseconds within which so many of a hundred runs ended.
    pub fn percentile(&self, percentile: f64) -> f64 {
        self.0.value_at_percentile(percentile) as f64 / 1000.0
    }
}

/// A percentile as `latency-tracking-info-percentiles` shows it, and INFO: six digits at most, no zeros at the end.
pub fn percentile_text(percentile: f64) -> String {
    let text = format!("{percentile:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
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
    fn a_percentile_is_shown_without_zeros_at_its_end() {
        let shown = [0.0, 50.0, 99.9, 99.0000001, 100.0].map(percentile_text);
        assert_eq!(shown, ["0", "50", "99.9", "99", "100"]);
    }
}
