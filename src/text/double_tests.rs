use super::*;

#[test]
fn numbers_are_as_short_as_they_can_be() {
    for (value, expected) in [
        (3.0, "3"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (-0.1, "-0.1"),
        (3.0000000000000004, "3.0000000000000004"),
        (1e15, "1000000000000000"),
        (1e18, "1000000000000000000"),
        (1e20, "1e+20"),
        (1e300, "1e+300"),
        (1e-7, "1e-7"),
        (0.00001, "0.00001"),
        (1.5e-10, "1.5e-10"),
        (-1.7976931348623157e308, "-1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (123456789012345680.0, "123456789012345680"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
    ] {
        assert_eq!(String::from_utf8_lossy(&text(value)), expected);
    }
}

/// What a real Redis printed: a digit more than needed, or the last one off by some.
#[test]
fn a_few_numbers_have_other_digits_than_the_fewest() {
    for (value, expected) in [
        (1664089047.7821681, "1.6640890477821682e+9"),
        (1792325237.3503458, "1.7923252373503459e+9"),
        (1673390590.598894, "1.6733905905988939e+9"),
    ] {
        assert_eq!(String::from_utf8_lossy(&text(value)), expected);
    }
}

#[test]
fn seventeen_digits_are_those_of_c() {
    for (value, expected) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (3.0, "3"),
        (0.1, "0.10000000000000001"),
        (-2.5, "-2.5"),
        (1e16, "10000000000000000"),
        (1e17, "1e+17"),
        (1e-4, "0.0001"),
        (1e-5, "1.0000000000000001e-05"),
        (1e300, "1.0000000000000001e+300"),
        (123456.789, "123456.789"),
        (99999999999999990.0, "99999999999999984"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        assert_eq!(with_17_digits(value), expected);
    }
}

#[test]
fn a_percentile_is_shown_without_zeros_at_its_end() {
    let shown = [0.0, 50.0, 99.9, 99.0000001, 100.0].map(percentile);
    assert_eq!(shown, ["0", "50", "99.9", "99", "100"]);
}

/// Each text was a real Redis's argument: `ZADD key text member`, and the score that it had then.
#[test]
fn texts_are_read_as_redis_reads_scores() {
    let inf = f64::INFINITY;
    for (text, expected) in [
        ("+5", Some(5.0)),
        ("5.", Some(5.0)),
        (".5", Some(0.5)),
        ("-.5", Some(-0.5)),
        ("1.e3", Some(1000.0)),
        ("00012", Some(12.0)),
        ("0e99999999999999999999", Some(0.0)),
        ("5e-324", Some(5e-324)),
        ("+inf", Some(inf)),
        ("-INFINITY", Some(-inf)),
        ("0x1A", Some(26.0)),
        ("-0X1a", Some(-26.0)),
        ("+0x1A", Some(26.0)),
        ("0x.8", Some(0.5)),
        ("0x1p3", Some(8.0)),
        ("0x1p-1074", Some(5e-324)),
        ("0x1.8p-1074", Some(1e-323)),
        ("0x20000000000001", Some(9007199254740992.0)),
        ("0x20000000000001.00000001", Some(9007199254740994.0)),
        ("0x1.fffffffffffffp1023", Some(f64::MAX)),
        ("0x0", Some(0.0)),
        ("0x1.fffffffffffff8p1023", None),
        ("0x1p5000", None),
        ("0x1p-1075", None),
        ("0x1p-5000", None),
        ("0x1p", None),
        ("0x", None),
        ("0x.", None),
        (".", None),
        (".e3", None),
        ("1e", None),
        ("infx", None),
        ("nan", None),
        ("nan(1)", None),
        ("1e400", None),
        ("-1e400", None),
        ("1e-400", None),
        ("1e-324", None),
        ("1.7976931348623159e308", None),
        ("", None),
        (" 1", None),
        ("1 ", None),
        ("1\0", None),
        ("+-5", None),
        ("--5", None),
    ] {
        assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
    }
}

quickcheck::quickcheck! {
    fn what_is_printed_reads_back_the_same(bits: u64) -> bool {
        let value = f64::from_bits(bits);
        !value.is_finite() || (parse(&text(value)) == Some(value) && parse(&shortest(value)) == Some(value))
    }

    fn hexadecimal_is_read_as_it_is_written(bits: u64) -> bool {
        let value = f64::from_bits(bits & !(1 << 63));
        if !value.is_finite() || value == 0.0 {
            return true;
        }
        let (exponent, fraction) = ((bits << 1 >> 53) as i32, bits & ((1 << 52) - 1));
        let text = match exponent {
            0 => format!("0x{fraction:x}p-1074"),
            _ => format!("0x1.{fraction:013x}p{}", exponent - 1023),
        };
        parse(text.as_bytes()) == Some(value)
    }
}
