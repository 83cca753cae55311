//! Numbers as INCRBYFLOAT and HINCRBYFLOAT count: with 64 binary digits, as C's `long double` has on x86.
//!
//! Redis: `src/util.c`, `string2ld` and `ld2string` (`LD_STR_HUMAN`); C's `strtold`, `+` and `printf("%.17Lf")`.
//!
//! 3.0 + 0.1 is 3.1 there, and 3.1000000000000000888 with the 53 digits of a double: clients would see the difference. So a number
//! is reckoned exactly, with integers of any size, and then rounded once to 64 digits, to even if it lies halfway.
//!
//! Different on purpose: the same on every processor. Redis has 53 or 113 digits where the compiler's `long double` has.

use num_bigint::BigUint;

/// The lowest exponent: of the smallest number, 2 to the power of -16445.
const LOWEST: i64 = -16445;
/// The highest exponent of a number of 64 digits.
const HIGHEST: i64 = 16320;
/// A number has at most so many characters. Redis: `MAX_LONG_DOUBLE_CHARS`.
const LONGEST: usize = 5 * 1024;
/// Decimal exponents beyond this, on both sides, are of numbers that are too large or too small.
const DECIMAL: i64 = 5000;
/// The digits after the point that are printed.
const PLACES: u32 = 17;

/// `mantissa` times 2 to the power of `exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongDouble {
    negative: bool,
    mantissa: u64,
    exponent: i64,
}

/// What a text may be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A number.
    Finite(LongDouble),
    /// `inf` or `-inf`.
    Infinite,
}

impl LongDouble {
    /// Reads a number as `strtold` does, all of the text: decimal or hexadecimal. None: it is none, or is too large or
    /// too small.
    pub fn parse(text: &[u8]) -> Option<Parsed> {
        if text.len() >= LONGEST {
            return None;
        }
        let (negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            digits => (false, digits),
        };
        if digits.eq_ignore_ascii_case(b"inf") || digits.eq_ignore_ascii_case(b"infinity") {
            return Some(Parsed::Infinite);
        }
        let number = match digits {
            [b'0', b'x' | b'X', digits @ ..] => parse_hexadecimal(negative, digits),
            digits => parse_decimal(negative, digits),
        };
        number.map(Parsed::Finite)
    }

    /// The sum. None: it is too large.
    pub fn checked_add(self, other: LongDouble) -> Option<LongDouble> {
        let exponent = self.exponent.min(other.exponent);
        let integer =
            |number: LongDouble| BigUint::from(number.mantissa) << (number.exponent - exponent) as u64;
        let (one, two) = (integer(self), integer(other));
        let (negative, sum) = match self.negative == other.negative {
            true => (self.negative, one + two),
            false if one >= two => (self.negative, one - two),
            false => (other.negative, two - one),
        };
        rounded(negative, sum, BigUint::from(1u8), exponent)
    }

    /// A thousand times the number, which seconds are in milliseconds, up to the next whole one. None: it is too large.
    pub fn millis(self) -> Option<i64> {
        // The product is rounded like any other: a thousand times 0.001, which is a little more than a thousandth, is 1.
        let product = BigUint::from(self.mantissa) * 1000u32;
        let LongDouble { negative, mantissa, exponent } =
            rounded(self.negative, product, BigUint::from(1u8), self.exponent)?;
        let mantissa = u128::from(mantissa);
        let whole = match exponent {
            0.. => mantissa
                .checked_shl(u32::try_from(exponent).ok()?)
                .filter(|whole| whole >> exponent == mantissa)?,
            -127..=-1 if negative => mantissa >> -exponent,
            -127..=-1 => (mantissa + (1 << -exponent) - 1) >> -exponent,
            _ => u128::from(!negative && mantissa > 0),
        };
        let whole = i64::try_from(whole).ok()?;
        Some(if negative { -whole } else { whole })
    }

    /// The number with at most 17 digits after the point, and no more than it needs.
    pub fn human(self) -> String {
        let sign = if self.negative { "-" } else { "" };
        if self.exponent >= 0 {
            return format!("{sign}{}", BigUint::from(self.mantissa) << self.exponent as u64);
        }
        // Below 2 to the power of 121: it and half a unit have room.
        let unit = 10u128.pow(PLACES);
        let scaled = u128::from(self.mantissa) * unit;
        let shift = self.exponent.unsigned_abs();
        let places = if shift < 128 { half_to_even(scaled, shift as u32) } else { 0 };
        let text = format!("{sign}{}.{:0width$}", places / unit, places % unit, width = PLACES as usize);
        match text.trim_end_matches('0').trim_end_matches('.') {
            "-0" => "0".into(),
            text => text.into(),
        }
    }
}

/// `number` without its last `shift` binary digits, 1 to 127 of them.
fn half_to_even(number: u128, shift: u32) -> u128 {
    let (kept, rest, half) = (number >> shift, number & ((1 << shift) - 1), 1 << (shift - 1));
    kept + u128::from(rest > half || (rest == half && kept & 1 == 1))
}

/// The number nearest to `numerator / denominator`, times 2 to the power of `exponent`. None: it is too large.
fn rounded(negative: bool, numerator: BigUint, denominator: BigUint, exponent: i64) -> Option<LongDouble> {
    if numerator == BigUint::ZERO {
        return Some(LongDouble { negative: false, mantissa: 0, exponent: LOWEST });
    }
    // The quotient has 64 digits with this shift, or 65 and then 64 with the next.
    let digits = numerator.bits() as i64 - denominator.bits() as i64;
    for shift in [digits - 64, digits - 63] {
        let shift = shift.max(LOWEST - exponent);
        let (above, below) = match shift >= 0 {
            true => (numerator.clone(), &denominator << shift as u64),
            false => (&numerator << shift.unsigned_abs(), denominator.clone()),
        };
        let quotient = &above / &below;
        if quotient.bits() > 64 {
            continue;
        }
        let doubled_rest = (above - &quotient * &below) << 1u8;
        let mut mantissa = u64::try_from(&quotient).ok()?;
        let mut exponent = exponent + shift;
        if doubled_rest > below || (doubled_rest == below && mantissa & 1 == 1) {
            mantissa = mantissa.checked_add(1).unwrap_or_else(|| {
                exponent += 1;
                1 << 63
            });
        }
        return (exponent <= HIGHEST).then_some(LongDouble { negative, mantissa, exponent });
    }
    None
}

/// Digits with at most one point among them, and an exponent after `mark` if there is one.
struct Pieces<'a> {
    digits: Vec<u8>,
    /// How many of the digits stand after the point.
    places: i64,
    exponent: &'a [u8],
}

fn pieces<'a>(text: &'a [u8], mark: u8, is_digit: fn(&u8) -> bool) -> Option<(Pieces<'a>, i64)> {
    let end = text.iter().position(|byte| byte.eq_ignore_ascii_case(&mark)).unwrap_or(text.len());
    let (number, exponent) = text.split_at(end);
    let (whole, fraction) = match number.iter().position(|&byte| byte == b'.') {
        Some(point) => (&number[..point], &number[point + 1..]),
        None => (number, &b""[..]),
    };
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.iter().all(is_digit) {
        return None;
    }
    let pieces = Pieces { digits, places: fraction.len() as i64, exponent };
    let exponent = match pieces.exponent {
        [] => 0,
        [_, b'-', digits @ ..] => -decimal_exponent(digits)?,
        [_, b'+', digits @ ..] | [_, digits @ ..] => decimal_exponent(digits)?,
    };
    Some((pieces, exponent))
}

/// An exponent's digits; more than any number has use for is as good as a million.
fn decimal_exponent(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |value: i64, &digit: &u8| (value * 10 + i64::from(digit - b'0')).min(1_000_000);
    Some(digits.iter().fold(0, add))
}

fn parse_decimal(negative: bool, text: &[u8]) -> Option<LongDouble> {
    let (pieces, exponent) = pieces(text, b'e', u8::is_ascii_digit)?;
    let integer = BigUint::parse_bytes(&pieces.digits, 10)?;
    let exponent = exponent - pieces.places;
    if integer == BigUint::ZERO {
        return rounded(negative, integer, BigUint::from(1u8), 0);
    }
    // What is beyond this is refused anyway, and must not cost as much as it is long.
    let size = exponent + pieces.digits.len() as i64;
    if exponent > DECIMAL || !(-DECIMAL..=DECIMAL + LONGEST as i64).contains(&size) {
        return None;
    }
    let power = BigUint::from(10u8).pow(exponent.unsigned_abs() as u32);
    let number = match exponent >= 0 {
        true => rounded(negative, integer * power, BigUint::from(1u8), 0),
        false => rounded(negative, integer, power, 0),
    };
    number.filter(|number| number.mantissa != 0)
}

fn parse_hexadecimal(negative: bool, text: &[u8]) -> Option<LongDouble> {
    let (pieces, exponent) = pieces(text, b'p', u8::is_ascii_hexdigit)?;
    let integer = BigUint::parse_bytes(&pieces.digits, 16)?;
    if integer == BigUint::ZERO {
        return rounded(negative, integer, BigUint::from(1u8), 0);
    }
    let exponent = exponent - 4 * pieces.places;
    let size = exponent + integer.bits() as i64;
    if !(LOWEST - 1..=HIGHEST + 64).contains(&size) {
        return None;
    }
    rounded(negative, integer, BigUint::from(1u8), exponent).filter(|number| number.mantissa != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    fn sum(one: &str, other: &str) -> Option<String> {
        let read = |text: &str| match LongDouble::parse(text.as_bytes())? {
            Parsed::Finite(number) => Some(number),
            Parsed::Infinite => None,
        };
        read(one)?.checked_add(read(other)?).map(LongDouble::human)
    }

    /// Each line was asked of a real Redis: SET k one, INCRBYFLOAT k other.
    #[test]
    fn sums_are_those_of_redis() {
        for (one, other, expected) in [
            ("3.0", "0.1", Some("3.1")),
            ("10.50", "0.1", Some("10.6")),
            ("5.0e3", "2.0e2", Some("5200")),
            ("0", "-0.0000000000000000000001", Some("0")),
            ("1.5", "-1.5", Some("0")),
            ("0x10", "0x.8p1", Some("17")),
            (".5", "5.", Some("5.5")),
            ("1e17", "0.123456789", Some("100000000000000000.125")),
            ("1e400", "-1e400", Some("0")),
            ("9223372036854775807", "1", Some("9223372036854775808")),
            ("1e5000", "1", None),
            ("1e-5000", "1", None),
            ("inf", "1", None),
            ("123456789.123456789", "0.000000000000000005", Some("123456789.12345678899873747")),
            ("1", "1e-4940", Some("1")),
            ("0X1P3", "0", Some("8")),
            ("1e", "1", None),
            ("0x", "1", None),
            (" 1", "1", None),
            ("1 ", "1", None),
            ("", "1", None),
            ("1..2", "1", None),
            ("1e4932", "1e4932", None),
        ] {
            assert_eq!(sum(one, other).as_deref(), expected, "{one} + {other}");
        }
    }

    #[test]
    fn the_longest_number_takes_no_time() {
        let text = ["9".repeat(LONGEST - 10).as_str(), "e-999999"].concat();
        assert_eq!(LongDouble::parse(text.as_bytes()), None);
        assert_eq!(LongDouble::parse(&[b'0'; LONGEST]), None);
        let zero = LongDouble { negative: false, mantissa: 0, exponent: LOWEST };
        assert_eq!(LongDouble::parse(b"-0e999999999999999999999"), Some(Parsed::Finite(zero)));
    }

    quickcheck! {
        fn integers_are_exact(one: i64, other: i64) -> bool {
            let expected = i128::from(one) + i128::from(other);
            sum(&one.to_string(), &other.to_string()) == Some(expected.to_string())
        }

        fn any_text_is_read_or_refused(text: Vec<u8>, other: u64) -> bool {
            let text: Vec<u8> = text.iter().map(|byte| b"0123456789.eE+-xpab"[usize::from(*byte) % 19]).collect();
            let one = LongDouble { negative: false, mantissa: other | 1 << 63, exponent: -70 };
            match LongDouble::parse(&text) {
                Some(Parsed::Finite(number)) => number.checked_add(one).is_none_or(|sum| !sum.human().is_empty()),
                _ => true,
            }
        }

        fn doubles_are_read_as_the_standard_library_reads_them(value: f64) -> bool {
            // The text is rounded twice, to 64 binary digits and to 53: the result may be the next double, as in C. Its places after the
            // seventeenth are not printed.
            let text = format!("{value:e}");
            match LongDouble::parse(text.as_bytes()) {
                Some(Parsed::Finite(number)) => {
                    number.human().parse::<f64>().is_ok_and(|back| (back - value).abs() <= 1e-17 + value.abs() * f64::EPSILON)
                }
                Some(Parsed::Infinite) => value.is_infinite(),
                None => value.is_nan(),
            }
        }
    }

    #[test]
    fn milliseconds_are_rounded_up_once() {
        let millis = |text: &str| match LongDouble::parse(text.as_bytes()) {
            Some(Parsed::Finite(number)) => number.millis(),
            _ => None,
        };
        let cases = [
            ("0", Some(0)),
            ("0.001", Some(1)),
            ("0.0011", Some(2)),
            ("1.1", Some(1100)),
            ("1e-4000", Some(1)),
            ("-1e-4000", Some(0)),
            ("-0.0001", Some(0)),
            ("-1", Some(-1000)),
            ("9223372036854775", Some(9_223_372_036_854_775_000)),
            ("9223372036854776", None),
            ("1e4000", None),
            ("0x1p4", Some(16_000)),
        ];
        for (text, expected) in cases {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
