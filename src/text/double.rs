//! Floating point numbers as text.
//!
//! Redis: `src/util.c`, `d2string` and `fpconv_dtoa`: the fewest digits that read back the same, without an exponent
//! unless it saves much.

/// Half of the range of 64 bits: Redis prints no larger number as a whole one.
const WHOLE: f64 = 4611686018427387904.0;

/// The text of a number.
pub fn text(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.into();
    }
    // Whole numbers are printed as such, far beyond the rest's limit. Redis: `double2ll`.
    if value.fract() == 0.0 && value.abs() <= WHOLE && !(value == 0.0 && value.is_sign_negative()) {
        return (value as i64).to_string();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count() as i32;
    // The place of the last digit.
    let last = exponent + 1 - digits;
    let plain = if last >= 0 { exponent < digits + 7 } else { last > -7 || exponent.abs() < 4 };
    if plain {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{}", exponent.abs())
}

/// A percentile as `latency-tracking-info-percentiles` shows it, and INFO: six digits at most, no zeros at the end.
pub fn percentile(percentile: f64) -> String {
    let text = format!("{percentile:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (value, text) in [
            (3.0, "3"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (3.0000000000000004, "3.0000000000000004"),
            (1e15, "1000000000000000"),
            (1e18, "1000000000000000000"),
            (1e20, "1e+20"),
            (1e300, "1e+300"),
            (1e-7, "1e-7"),
            (0.00001, "0.00001"),
            (1.5e-10, "1.5e-10"),
            (123456789012345680.0, "123456789012345680"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(super::text(value), text);
        }
    }

    #[test]
    fn a_percentile_is_shown_without_zeros_at_its_end() {
        let shown = [0.0, 50.0, 99.9, 99.0000001, 100.0].map(super::percentile);
        assert_eq!(shown, ["0", "50", "99.9", "99", "100"]);
    }
}
