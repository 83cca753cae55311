//! Numbers and their texts, as C's library has them.
//!
//! Redis: `printf("%.14g")` and `strtod`, which Lua and cjson call.

use crate::text::grisu::{Digits, digits};

/// Powers of ten.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Appends `%.{precision}g`; what has few digits, as most numbers have, takes a shorter way.
pub fn append_g(out: &mut Vec<u8>, number: f64, precision: usize) {
    let size = number.abs();
    if size >= POWERS[precision.min(15)] || (size < 1e-4 && size != 0.0) || number.is_nan() {
        return out.extend(format_g(number, precision).as_bytes());
    }
    if number.is_sign_negative() {
        out.push(b'-');
    }
    if size.fract() == 0.0 {
        return out.extend(itoa::Buffer::new().format(size as u64).as_bytes());
    }
    let Digits { digits, len, last } = digits(size);
    // A number of so few digits that reads as this one is the nearest: rounding finds the same.
    if len > precision || last >= 0 {
        return out.extend(format_g(size, precision).as_bytes());
    }
    let (digits, decimals) = (&digits[..len], last.unsigned_abs() as usize);
    let (whole, fraction) = digits.split_at(len.saturating_sub(decimals));
    out.extend(if whole.is_empty() { b"0" } else { whole });
    out.push(b'.');
    out.resize(out.len() + decimals.saturating_sub(len), b'0');
    out.extend(fraction);
}

/// `%.{precision}g`: so many significant digits, without zeros at the end; with an exponent if that is shorter.
pub fn format_g(number: f64, precision: usize) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-nan" } else { "nan" }.into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.into();
    }
    let precision = precision.max(1);
    // The exponent after rounding to that many digits decides.
    let scientific = format!("{number:.*e}", precision - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= precision as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
    }
    let decimals = (precision as i32 - 1 - exponent).max(0) as usize;
    without_zeros(&format!("{number:.decimals$}")).into()
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The number at the beginning of `text`, and how many bytes it takes; 0 bytes if there is none. `strtod`: decimal or
/// hexadecimal, `inf`, `infinity`, `nan`.
pub fn parse_prefix(text: &[u8]) -> (f64, usize) {
    if let Some(simple) = parse_simple(text) {
        return simple;
    }
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let negative = text.first() == Some(&b'-');
    let rest = &text[sign..];
    let starts = |word: &[u8]| rest.len() >= word.len() && rest[..word.len()].eq_ignore_ascii_case(word);
    let signed = |value: f64, len: usize| (if negative { -value } else { value }, sign + len);
    if starts(b"infinity") {
        return signed(f64::INFINITY, 8);
    }
    if starts(b"inf") {
        return signed(f64::INFINITY, 3);
    }
    if starts(b"nan") {
        return signed(f64::NAN, 3);
    }
    if starts(b"0x") && rest.get(2).is_some_and(u8::is_ascii_hexdigit) {
        let digits = rest[2..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let value = rest[2..2 + digits]
            .iter()
            .fold(0.0, |value, &b| value * 16.0 + f64::from((b as char).to_digit(16).unwrap_or(0)));
        return signed(value, 2 + digits);
    }
    let digits_from =
        |at: usize| rest[at.min(rest.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits_from(0);
    let mut len = whole;
    let mut fraction = 0;
    if rest.get(len) == Some(&b'.') {
        fraction = digits_from(len + 1);
        len += if whole + fraction > 0 { 1 + fraction } else { 0 };
    }
    if whole + fraction == 0 {
        return (0.0, 0);
    }
    if matches!(rest.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(len + 1), Some(b'+' | b'-')));
        let digits = digits_from(len + 1 + sign);
        if digits > 0 {
            len += 1 + sign + digits;
        }
    }
    let value = std::str::from_utf8(&rest[..len]).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0);
    signed(value, len)
}

/// The same for a number of up to 15 digits without an exponent: what 53 bits and a power of ten hold exactly, so that
/// dividing the one by the other rounds right.
fn parse_simple(text: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let (mut value, mut digits, mut decimals) = (0u64, 0, 0);
    let mut point = false;
    let mut len = sign;
    loop {
        match text.get(len) {
            Some(digit @ b'0'..=b'9') => {
                value = value * 10 + u64::from(digit - b'0');
                (digits, decimals) = (digits + 1, decimals + usize::from(point));
            }
            Some(b'.') if !point && digits > 0 => point = true,
            Some(b'.' | b'e' | b'E' | b'x' | b'X') => return None,
            _ => break,
        }
        len += 1;
        if digits > 15 {
            return None;
        }
    }
    let size = value as f64 / POWERS[decimals];
    (digits > 0).then_some((if sign > 0 { -size } else { size }, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_c_prints_them() {
        for (number, precision, text) in [
            (1e15, 14, "1e+15"),
            (123456789012345.0, 14, "1.2345678901234e+14"),
            (1.0 / 3.0, 14, "0.33333333333333"),
            (0.0001, 14, "0.0001"),
            (0.00001, 14, "1e-05"),
            (100.0, 14, "100"),
            (-0.0, 14, "-0"),
            (123.0, 1, "1e+02"),
            (0.1, 17, "0.10000000000000001"),
            (9.5, 1, "1e+01"),
            (f64::NEG_INFINITY, 14, "-inf"),
        ] {
            assert_eq!(format_g(number, precision), text);
        }
    }

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (text, number, len) in [
            ("12", 12.0, 2),
            ("-1.5e3x", -1500.0, 6),
            ("1.", 1.0, 2),
            (".5", 0.5, 2),
            (".", 0.0, 0),
            ("1e", 1.0, 1),
            ("1e+", 1.0, 1),
            ("0x1Fg", 31.0, 4),
            ("0x", 0.0, 1),
            ("Infinity", f64::INFINITY, 8),
            ("-infx", f64::NEG_INFINITY, 4),
            ("", 0.0, 0),
            ("-", 0.0, 0),
            ("1e400", f64::INFINITY, 5),
        ] {
            assert_eq!(parse_prefix(text.as_bytes()), (number, len), "{text}");
        }
    }

    #[test]
    fn the_short_ways_find_the_same() {
        fn same(digits: u64, exponent: u8) -> bool {
            let text = format!("{digits}e-{}", exponent % 30);
            let decimals = usize::from(exponent % 16);
            let plain = format!("{:.decimals$}", text.parse::<f64>().unwrap());
            let number: f64 = plain.parse().unwrap();
            let mut out = Vec::new();
            append_g(&mut out, -number, 14);
            parse_prefix(plain.as_bytes()) == (number, plain.len()) && out == format_g(-number, 14).as_bytes()
        }
        quickcheck::quickcheck(same as fn(u64, u8) -> bool);
        let few = |digits: u32, exponent: u8| same(digits.into(), exponent);
        quickcheck::quickcheck(few as fn(u32, u8) -> bool);
        for number in
            [0.0, -0.0, 1e14, 1e14 - 1.0, 99999999999999.9, 0.0001, 0.00009999999999999999, 0.5, f64::NAN]
        {
            let mut out = Vec::new();
            append_g(&mut out, number, 14);
            assert_eq!(out, format_g(number, 14).as_bytes(), "{number}");
        }
    }
}
