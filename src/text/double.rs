//! Floating point numbers as text, and texts as floating point numbers.
//!
//! Redis: `src/util.c` (`d2string`, `double2ll`, `string2d`); `deps/fpconv/fpconv_dtoa.c`, `emit_digits`;
//! `deps/fast_float`; C's `strtod`.

use super::c::until_nul;
use super::grisu::{Digits, digits};
use super::integer::parse_integer;

/// Half of the range of 64 bits: Redis prints no larger number as a whole one.
const WHOLE: f64 = 4611686018427387904.0;

/// The most bytes that [`Text`] has.
const LONGEST: usize = 32;

/// The text of a number.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Text {
    fn new() -> Text {
        Text { bytes: [0; LONGEST], len: 0 }
    }

    fn push(mut self, bytes: &[u8]) -> Text {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
        self
    }

    fn push_zeros(self, count: usize) -> Text {
        self.push(&[b'0'; LONGEST][..count])
    }
}

impl std::ops::Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The whole number that it is, if it is one that Redis prints as such; -0 is 0. Redis: `double2ll`.
pub fn whole(value: f64) -> Option<i64> {
    (value.abs() <= WHOLE && value.fract() == 0.0).then_some(value as i64)
}

/// The text of a number, as replies have it. Redis: `d2string`.
pub fn text(value: f64) -> Text {
    match whole(value) {
        Some(0) if value.is_sign_negative() => Text::new().push(b"-0"),
        Some(number) => Text::new().push(itoa::Buffer::new().format(number).as_bytes()),
        None => shortest(value),
    }
}

/// Its shortest text, without an exponent unless that saves much. Redis: `fpconv_dtoa`, `emit_digits`.
pub fn shortest(value: f64) -> Text {
    let text = if value.is_sign_negative() && !value.is_nan() { Text::new().push(b"-") } else { Text::new() };
    match value {
        _ if value.is_nan() => return text.push(b"nan"),
        _ if value.is_infinite() => return text.push(b"inf"),
        _ if value == 0.0 => return text.push(b"0"),
        _ => {}
    }
    // The number is the digits times ten to the power of `last`.
    let Digits { digits, len, last } = digits(value.abs());
    let digits = &digits[..len];
    let exponent = last + len as i32 - 1;
    if last >= 0 && exponent < len as i32 + 7 {
        return text.push(digits).push_zeros(last as usize);
    }
    if last < 0 && (last > -7 || exponent.abs() < 4) {
        return match usize::try_from(len as i32 + last) {
            Ok(whole) if whole > 0 => text.push(&digits[..whole]).push(b".").push(&digits[whole..]),
            _ => text.push(b"0.").push_zeros((-last) as usize - len).push(digits),
        };
    }
    let text = text.push(&digits[..1]);
    let text = if len > 1 { text.push(b".").push(&digits[1..]) } else { text };
    let text = text.push(if exponent < 0 { b"e-" } else { b"e+" });
    text.push(itoa::Buffer::new().format(exponent.abs()).as_bytes())
}

/// The text of a number with 17 digits at most. Redis: `ld2string` with `LD_STR_AUTO`; C's `printf("%.17g")`.
pub fn with_17_digits(value: f64) -> String {
    let scientific = format!("{value:.16e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return if value.is_nan() { "nan".into() } else { scientific };
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (text, end) = match exponent {
        -4..17 => (format!("{value:.*}", (16 - exponent) as usize), String::new()),
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            (mantissa.to_string(), format!("e{sign}{:02}", exponent.abs()))
        }
    };
    let shortened = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    [shortened, &end].concat()
}

/// Reads a number, all of the text: decimal, `inf`, or hexadecimal as C has it. None: it is none, or is too large or too small.
/// Redis: `string2d`.
pub fn parse(text: &[u8]) -> Option<f64> {
    // Most scores are whole numbers, and read faster as such.
    if let Some(whole) = parse_integer(text) {
        return Some(whole as f64);
    }
    let unsigned = match text {
        [b'-' | b'+', unsigned @ ..] => unsigned,
        unsigned => unsigned,
    };
    if let [b'0', b'x' | b'X', digits @ ..] = unsigned {
        return parse_hexadecimal(digits).map(|value| if text[0] == b'-' { -value } else { value });
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let is_wrong = match value {
        // `inf` is infinite, digits are too many.
        _ if value.is_infinite() => unsigned.iter().any(u8::is_ascii_digit),
        0.0 => {
            let mut mantissa = unsigned.iter().take_while(|byte| !byte.is_ascii_alphabetic());
            mantissa.any(|byte| matches!(byte, b'1'..=b'9'))
        }
        _ => value.is_nan(),
    };
    (!is_wrong).then_some(value)
}

/// Reads a decimal number or `inf` up to a NUL; what is too large is infinite, what is too small 0. None: it is none. Redis:
/// `fast_float_strtod`.
pub fn parse_saturating(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(until_nul(text)).ok()?.parse().ok()
}

/// Reads what comes after `0x`: digits, perhaps with a point among them, and perhaps `p` and an exponent of two. It is
/// rounded once, to even if it lies halfway.
fn parse_hexadecimal(text: &[u8]) -> Option<f64> {
    let end = text.iter().position(|byte| matches!(byte, b'p' | b'P')).unwrap_or(text.len());
    let (number, exponent) = text.split_at(end);
    let exponent: i64 = match exponent {
        [] => 0,
        [_, sign @ (b'-' | b'+'), digits @ ..] => {
            let exponent = decimal(digits)?;
            if *sign == b'-' { -exponent } else { exponent }
        }
        [_, digits @ ..] => decimal(digits)?,
    };
    // At most 64 binary digits; the lowest says also whether more follow.
    let (mut mantissa, mut shift, mut has_digits, mut has_point) = (0u64, exponent, false, false);
    for &byte in number {
        if byte == b'.' && !has_point {
            has_point = true;
            continue;
        }
        let digit = u64::from((byte as char).to_digit(16)?);
        has_digits = true;
        shift -= if has_point { 4 } else { 0 };
        if mantissa < 1 << 60 {
            mantissa = mantissa << 4 | digit;
        } else {
            mantissa |= u64::from(digit != 0);
            shift += 4;
        }
    }
    match mantissa {
        _ if !has_digits => None,
        0 => Some(0.0),
        _ => scaled(mantissa, shift),
    }
}

/// An exponent's digits; more than any number has use for is as good as a billion.
fn decimal(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |value: i64, digit| (value * 10 + i64::from(digit - b'0')).min(1_000_000_000)))
}

/// `mantissa`, which is not 0, times two to the power of `exponent`. None: it is too large or too small.
fn scaled(mantissa: u64, exponent: i64) -> Option<f64> {
    let spare = mantissa.leading_zeros();
    let (mantissa, exponent) = (mantissa << spare, exponent - i64::from(spare));
    // The lowest digit that a double has room for: 53 of them, but none below the smallest.
    let lowest = (exponent + 11).max(-1074);
    let drop = lowest - exponent;
    if drop > 64 || lowest > 971 {
        return None;
    }
    let wide = u128::from(mantissa);
    let (kept, rest, half) = ((wide >> drop) as u64, wide & ((1 << drop) - 1), 1u128 << (drop - 1));
    let kept = kept + u64::from(rest > half || (rest == half && kept & 1 == 1));
    let power = match u64::try_from(lowest + 1022) {
        Ok(above) => f64::from_bits((above + 1) << 52),
        Err(_) => f64::from_bits(1 << (lowest + 1074)),
    };
    let value = kept as f64 * power;
    (value != 0.0 && value.is_finite()).then_some(value)
}

/// A percentile as `latency-tracking-info-percentiles` shows it, and INFO: six digits at most, no zeros at the end.
pub fn percentile(percentile: f64) -> String {
    let text = format!("{percentile:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
#[path = "double_tests.rs"]
mod tests;
