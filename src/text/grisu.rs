//! The digits of a floating point number, by Grisu2: the fewest that read back the same, for all but one number in a thousand,
//! and there a digit too many or the last one off by some.
//!
//! Redis: `deps/fpconv/fpconv_dtoa.c`, after Florian Loitsch's "Printing Floating-Point Numbers Quickly and Accurately with
//! Integers" (2010). The standard library has the fewest digits always: with it, those one in a thousand would differ from
//! Redis's.
//!
//! The number and the bounds of what reads back the same are multiplied by a power of ten, so that what is before the binary
//! point has one to ten decimal digits. Then digits are taken, from the first, until what is left is less than what the
//! bounds allow.

/// The power of ten that the table begins with, and by how much they grow.
const FIRST_POWER: i32 = -348;
const STEP: i32 = 8;

/// Where the binary point is to be: so many digits after it, from here to there.
const POINT: std::ops::RangeInclusive<i32> = -60..=-32;

/// 10^-348, 10^-340 … 10^340: the first 64 binary digits, rounded to the nearest.
#[rustfmt::skip]
const POWERS: [u64; 87] = [
    0xfa8fd5a0081c0288, 0xbaaee17fa23ebf76, 0x8b16fb203055ac76, 0xcf42894a5dce35ea,
    0x9a6bb0aa55653b2d, 0xe61acf033d1a45df, 0xab70fe17c79ac6ca, 0xff77b1fcbebcdc4f,
    0xbe5691ef416bd60c, 0x8dd01fad907ffc3c, 0xd3515c2831559a83, 0x9d71ac8fada6c9b5,
    0xea9c227723ee8bcb, 0xaecc49914078536d, 0x823c12795db6ce57, 0xc21094364dfb5637,
    0x9096ea6f3848984f, 0xd77485cb25823ac7, 0xa086cfcd97bf97f4, 0xef340a98172aace5,
    0xb23867fb2a35b28e, 0x84c8d4dfd2c63f3b, 0xc5dd44271ad3cdba, 0x936b9fcebb25c996,
    0xdbac6c247d62a584, 0xa3ab66580d5fdaf6, 0xf3e2f893dec3f126, 0xb5b5ada8aaff80b8,
    0x87625f056c7c4a8b, 0xc9bcff6034c13053, 0x964e858c91ba2655, 0xdff9772470297ebd,
    0xa6dfbd9fb8e5b88f, 0xf8a95fcf88747d94, 0xb94470938fa89bcf, 0x8a08f0f8bf0f156b,
    0xcdb02555653131b6, 0x993fe2c6d07b7fac, 0xe45c10c42a2b3b06, 0xaa242499697392d3,
    0xfd87b5f28300ca0e, 0xbce5086492111aeb, 0x8cbccc096f5088cc, 0xd1b71758e219652c,
    0x9c40000000000000, 0xe8d4a51000000000, 0xad78ebc5ac620000, 0x813f3978f8940984,
    0xc097ce7bc90715b3, 0x8f7e32ce7bea5c70, 0xd5d238a4abe98068, 0x9f4f2726179a2245,
    0xed63a231d4c4fb27, 0xb0de65388cc8ada8, 0x83c7088e1aab65db, 0xc45d1df942711d9a,
    0x924d692ca61be758, 0xda01ee641a708dea, 0xa26da3999aef774a, 0xf209787bb47d6b85,
    0xb454e4a179dd1877, 0x865b86925b9bc5c2, 0xc83553c5c8965d3d, 0x952ab45cfa97a0b3,
    0xde469fbd99a05fe3, 0xa59bc234db398c25, 0xf6c69a72a3989f5c, 0xb7dcbf5354e9bece,
    0x88fcf317f22241e2, 0xcc20ce9bd35c78a5, 0x98165af37b2153df, 0xe2a0b5dc971f303a,
    0xa8d9d1535ce3b396, 0xfb9b7cd9a4a7443c, 0xbb764c4ca7a44410, 0x8bab8eefb6409c1a,
    0xd01fef10a657842c, 0x9b10a4e5e9913129, 0xe7109bfba19c0c9d, 0xac2820d9623bf429,
    0x80444b5e7aa7cf85, 0xbf21e44003acdd2d, 0x8e679c2f5e44ff8f, 0xd433179d9c8cb841,
    0x9e19db92b4e31ba9, 0xeb96bf6ebadf77d9, 0xaf87023b9bf0ee6b,
];

/// Decimal digits, and the power of ten of the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits {
    /// The digits, as text.
    pub digits: [u8; MOST],
    /// How many they are.
    pub len: usize,
    /// The last one counts ten to the power of this.
    pub last: i32,
}

/// No number has more digits.
pub const MOST: usize = 18;

/// `fraction` times two to the power of `exponent`.
#[derive(Clone, Copy)]
struct Float {
    fraction: u64,
    exponent: i32,
}

impl Float {
    /// With the highest bit set.
    fn normalized(self) -> Float {
        let spare = self.fraction.leading_zeros();
        Float { fraction: self.fraction << spare, exponent: self.exponent - spare as i32 }
    }

    /// The first 64 digits of the product, rounded.
    fn times(self, other: Float) -> Float {
        let product = u128::from(self.fraction) * u128::from(other.fraction);
        let fraction = (product >> 64) as u64 + (product as u64 >> 63);
        Float { fraction, exponent: self.exponent + other.exponent + 64 }
    }
}

/// The digits of a number that is greater than 0 and finite.
pub fn digits(value: f64) -> Digits {
    let bits = value.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    let number = match exponent {
        0 => Float { fraction, exponent: -1074 },
        _ => Float { fraction: fraction | 1 << 52, exponent: exponent - 1075 },
    };
    // Halfway to the next number on each side; below a power of two the next one is nearer.
    let upper = Float { fraction: 2 * number.fraction + 1, exponent: number.exponent - 1 }.normalized();
    let shift = if number.fraction == 1 << 52 { 2 } else { 1 };
    let lower = Float { fraction: (number.fraction << shift) - 1, exponent: number.exponent - shift };
    let lower =
        Float { fraction: lower.fraction << (lower.exponent - upper.exponent), exponent: upper.exponent };
    let (power, scale) = power_for(upper.exponent);
    let number = number.normalized().times(scale);
    // A product may be off by one: the bounds become narrower by that.
    let upper = upper.times(scale);
    let upper = Float { fraction: upper.fraction - 1, ..upper };
    let lower = lower.times(scale).fraction + 1;
    take_digits(number.fraction, lower, upper, -power)
}

/// The power of ten that brings a number with this exponent to where digits are taken.
fn power_for(exponent: i32) -> (i32, Float) {
    let about = (f64::from(-(exponent + POWERS.len() as i32)) * std::f64::consts::LOG10_2) as i32;
    let mut index = (about - FIRST_POWER) / STEP;
    loop {
        let power = FIRST_POWER + index * STEP;
        // The exponent of the table's entry: that of the highest bit of the power of ten, less 63.
        let scale = Float { fraction: POWERS[index as usize], exponent: ((power * 217_706) >> 16) - 63 };
        let point = exponent + scale.exponent + 64;
        match () {
            _ if point < *POINT.start() => index += 1,
            _ if point > *POINT.end() => index -= 1,
            _ => return (power, scale),
        }
    }
}

/// Takes digits of `upper` until the rest is within the bounds, then makes the last one smaller as long as that is nearer to
/// the number. Redis: `generate_digits`, `round_digit`.
fn take_digits(number: u64, lower: u64, upper: Float, power: i32) -> Digits {
    let point = -upper.exponent;
    let one = 1u64 << point;
    let (mut whole, mut rest) = (upper.fraction >> point, upper.fraction & (one - 1));
    let (mut allowed, mut off) = (upper.fraction - lower, upper.fraction - number);
    let mut found = Digits { digits: [0; MOST], len: 0, last: power };
    let take = |found: &mut Digits, digit: u64| {
        if digit > 0 || found.len > 0 {
            found.digits[found.len] = b'0' + digit as u8;
            found.len += 1;
        }
    };
    for place in (0..10).rev() {
        let unit = 10u64.pow(place);
        take(&mut found, whole / unit);
        whole %= unit;
        let left = (whole << point) + rest;
        if left <= allowed {
            found.last += place as i32;
            round_last(&mut found, left, allowed, unit << point, off);
            return found;
        }
    }
    loop {
        rest *= 10;
        allowed *= 10;
        off = off.wrapping_mul(10);
        found.last -= 1;
        take(&mut found, rest >> point);
        rest &= one - 1;
        if rest < allowed {
            round_last(&mut found, rest, allowed, one, off);
            return found;
        }
    }
}

/// `left` is how far the digits are below the upper bound, `off` how far the number is, `unit` what the last digit counts.
fn round_last(found: &mut Digits, mut left: u64, allowed: u64, unit: u64, off: u64) {
    while left < off && allowed - left >= unit && (left + unit < off || off - left > left + unit - off) {
        found.digits[found.len - 1] -= 1;
        left += unit;
    }
}
