//! Arguments of the commands about fields that expire: `FIELDS n field …`, and times.
//!
//! Redis: `src/t_hash.c`, `parseExpireTime` and the first lines of each of these commands.
//!
//! All of them look the key up before they read their arguments, and a key that holds something else is the first error. So
//! arguments are read to a result, which a command looks at when it has the hash.

use crate::keyspace::hash::times::LATEST;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::text::integer::parse_integer;

/// The latest time that a command can give: two bits are kept for uses to come. Redis: `HFE_MAX_ABS_TIME_MSEC`.
const LATEST_GIVEN: i64 = LATEST >> 2;

/// How a time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Milliseconds otherwise.
    pub in_seconds: bool,
    /// A time since 1970, not from now on.
    pub absolute: bool,
}

/// The words of the units in HGETEX and HSETEX.
pub const UNITS: [(&str, Unit); 4] = [
    ("ex", Unit { in_seconds: true, absolute: false }),
    ("px", Unit { in_seconds: false, absolute: false }),
    ("exat", Unit { in_seconds: true, absolute: true }),
    ("pxat", Unit { in_seconds: false, absolute: true }),
];

/// Why an argument is refused: the words behind `ERR `.
pub type Refusal = String;

/// The time that an argument tells to the command `name`, in milliseconds since 1970.
pub fn time(call: &Call<'_>, at: usize, unit: Unit, name: &str) -> Result<i64, Refusal> {
    let amount = parse_integer(&call.args[at]).ok_or(NOT_AN_INTEGER)?;
    if amount < 0 {
        return Err("invalid expire time, must be >= 0".into());
    }
    let base = if unit.absolute { 0 } else { call.server.unix_now() };
    let millis = amount.checked_mul(if unit.in_seconds { 1000 } else { 1 });
    let time =
        millis.filter(|&millis| millis <= LATEST_GIVEN.saturating_sub(base)).map(|millis| millis + base);
    time.ok_or_else(|| format!("invalid expire time in '{name}' command"))
}

/// Reads `FIELDS n field …` from the argument `at` on: where the first field is. `not_positive` is the error for a number that is
/// none or below 1.
pub fn first(call: &Call<'_>, at: usize, not_positive: &str) -> Result<usize, Refusal> {
    if !call.is(at, "fields") {
        return Err("Mandatory argument FIELDS is missing or not at the right position".into());
    }
    let count =
        call.args.get(at + 1).and_then(parse_integer).filter(|&count| count >= 1).ok_or(not_positive)?;
    if usize::try_from(count) != Ok(call.args.len() - at - 2) {
        return Err("The `numfields` parameter must match the number of arguments".into());
    }
    Ok(at + 2)
}

/// What most of these commands say of a number of fields that is none.
pub const NOT_POSITIVE: &str = "Number of fields must be a positive integer";
