//! Whole numbers as Redis and C read them.
//!
//! Redis: `src/util.c`, `string2ll`, `string2ull` and `memtoull`; C's `strtoull`.

/// A decimal integer as Redis accepts it: no `+`, no leading zeros, no spaces, no `-0`, within i64. Redis: `string2ll`.
pub fn parse_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() <= 19 => {}
        _ => return None,
    }
    let mut value: u64 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    if negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
}

/// A number without a sign, as [`parse_integer`] reads it or, failing that, as `strtoull` does, all of the text: with white
/// space before it, a sign, leading zeros. Redis: `string2ull`.
pub fn parse_unsigned(text: &[u8]) -> Option<u64> {
    if let Some(value) = parse_integer(text) {
        return u64::try_from(value).ok();
    }
    let text = &text[text.iter().position(|byte| !matches!(byte, b' ' | b'\t'..=b'\r'))?..];
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if !digits.first()?.is_ascii_digit() {
        return None;
    }
    // `strtoull` takes a minus for the number's complement.
    let value: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(if negative { value.wrapping_neg() } else { value })
}

/// A number of bytes: `100`, `1k`, `1kb`, `2mb`, `1G`; without digits 0. As in Redis, what is more than fits becomes the
/// most that fits, and then only its low 64 bits count in bytes.
pub fn parse_memory(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    let number = match number {
        "" => 0,
        digits if digits.len() >= 128 => return None,
        digits => digits.parse().unwrap_or(u64::MAX),
    };
    Some(number.wrapping_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! integers {
        ($($name:ident: $text:expr => $value:expr;)*) => {$(
            #[test]
            fn $name() { assert_eq!(parse_integer($text), $value); }
        )*};
    }

    integers! {
        zero: b"0" => Some(0);
        minus_one: b"-1" => Some(-1);
        the_largest: b"9223372036854775807" => Some(i64::MAX);
        one_too_large: b"9223372036854775808" => None;
        the_smallest: b"-9223372036854775808" => Some(i64::MIN);
        one_too_small: b"-9223372036854775809" => None;
        twenty_digits: b"10000000000000000000" => None;
        nothing: b"" => None;
        only_a_sign: b"-" => None;
        minus_zero: b"-0" => None;
        a_plus: b"+1" => None;
        a_leading_zero: b"01" => None;
        a_space: b" 1" => None;
        a_letter: b"1a" => None;
    }

    macro_rules! memory {
        ($($name:ident: $text:literal => $bytes:expr;)*) => {$(
            #[test]
            fn $name() { assert_eq!(parse_memory($text), $bytes); }
        )*};
    }

    memory! {
        plain_bytes: "100" => Some(100);
        with_a_b: "100b" => Some(100);
        thousands: "1k" => Some(1000);
        kibibytes: "1kb" => Some(1024);
        megabytes: "32mb" => Some(33_554_432);
        in_capitals: "1GB" => Some(1 << 30);
        nothing_is_no_bytes: "" => Some(0);
        only_a_unit: "mb" => Some(0);
        an_unknown_unit: "10xb" => None;
        a_negative_number: "-1" => None;
        more_than_fits: "99999999999999999999" => Some(u64::MAX);
        more_bytes_than_fit: "17179869185gb" => Some(1 << 30);
    }
}
