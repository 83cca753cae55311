//! The arithmetic of the benchmark: medians, percentiles, ratios, and numbers as people read them. Pure;
//! tested by `tests/it/benchmark.rs`.

/// The middle value, or the mean of the two in the middle. `NAN` of nothing.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The median of the ratios of each round. Rounds are measured side by side, so what slows the machine down for a
/// while slows both and leaves their ratio alone; the ratio of two medians would mix rounds.
pub fn paired_ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
    median(&ratios)
}

/// The smallest value that at least `percent` of the values do not exceed (the "nearest rank"). `sorted` ascends.
pub fn percentile(sorted: &[u32], percent: f64) -> Option<u32> {
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Half the distance between the quartiles, as a share of the median: half of all rounds were no further off. Lowest
/// and highest would tell of the worst disturbance instead.
pub fn spread(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartile = |numerator: usize| sorted.get(sorted.len() * numerator / 4).copied().unwrap_or(f64::NAN);
    (quartile(3) - quartile(1)) / 2.0 / median(values)
}

/// Nanoseconds with three figures and a unit: `412 ns`, `1.57 us`, `270 us`, `4.81 ms`.
pub fn time(nanoseconds: f64) -> String {
    scaled(nanoseconds, 1000.0, &["ns", "us", "ms", "s"])
}

/// Bytes with three figures and a binary unit: `48.0 B`, `1.94 GiB`.
pub fn bytes(count: f64) -> String {
    scaled(count, 1024.0, &["B", "KiB", "MiB", "GiB"])
}

/// A count a second with three figures: `950 k`, `1.32 M`.
pub fn rate(per_second: f64) -> String {
    scaled(per_second, 1000.0, &["", "k", "M", "G"]).trim_end().to_string()
}

/// A ratio with as many digits as it takes to see it: `2096x`, `13.1x`, `1.24x`, `0.0021x`.
pub fn times(ratio: f64) -> String {
    match ratio {
        r if r >= 99.95 => format!("{r:.0}x"),
        r if r >= 9.995 => format!("{r:.1}x"),
        r if r >= 0.0995 => format!("{r:.2}x"),
        r => format!("{r:.4}x"),
    }
}

fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut unit = 0;
    // 999.5 would print as "1000"; the next unit reads better.
    while value.abs() >= step - 0.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    let digits = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.digits$} {}", units[unit])
}
