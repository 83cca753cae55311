//! What the commands that take from the first of several keys, or wait for one of them, have in common.
//!
//! Redis: `src/timeout.c`, `getTimeoutFromObjectOrReply`; `src/blocked.c`, `blockForKeys`.

use crate::client::blocked::Wait;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use crate::text::integer::parse_integer;
use crate::text::long_double::{LongDouble, Parsed};
use std::ops;

/// Waits for a value of a type at one of the keys; where nobody may wait, `nothing` is the reply at once.
pub(crate) fn wait(
    call: &mut Call<'_>,
    keys: ops::Range<usize>,
    type_name: &'static str,
    until: Option<u64>,
    nothing: fn(&mut Reply),
) {
    if !call.may_block() {
        return nothing(call.reply);
    }
    let keys = keys.map(|at| call.args[at].into()).collect();
    let wait = Wait { keys, type_name, on_missing: false, until, on_timeout: Reply::null_array };
    call.block(wait, None);
}

/// The argument at `at` as seconds to wait: until which of the server's milliseconds; Some(None): forever. None: it is no
/// such number, and the error is replied. Redis: `getTimeoutFromObjectOrReply`.
pub(crate) fn parse_timeout(call: &mut Call<'_>, at: usize) -> Option<Option<u64>> {
    const OUT_OF_RANGE: &str = "ERR timeout is out of range";
    let latest = i64::MAX - call.server.unix_now();
    let error = match LongDouble::parse(&call.args[at]) {
        None => "ERR timeout is not a float or out of range",
        Some(Parsed::Infinite) if call.args[at].starts_with(b"-") => "ERR timeout is negative",
        Some(Parsed::Infinite) => OUT_OF_RANGE,
        Some(Parsed::Finite(seconds)) => match seconds.millis() {
            Some(millis) if millis < 0 => "ERR timeout is negative",
            Some(millis) if millis > latest => OUT_OF_RANGE,
            Some(0) => return Some(None),
            Some(millis) => return Some(Some(call.server.time.millis.saturating_add(millis as u64))),
            None => OUT_OF_RANGE,
        },
    };
    call.reply.error(error);
    None
}

/// The argument at `index` as milliseconds to wait. Redis: `getTimeoutFromObjectOrReply`.
pub(crate) fn parse_milliseconds(call: &mut Call<'_>, index: usize) -> Option<i64> {
    let millis = call.integer(index, "timeout is not an integer or out of range")?;
    if millis < 0 {
        call.reply.error("ERR timeout is negative");
        return None;
    }
    if millis > i64::MAX - call.server.unix_now() {
        call.reply.error("ERR timeout is out of range");
        return None;
    }
    Some(millis)
}

/// The arguments of LMPOP and ZMPOP, from `numkeys` at `at` on: the places of the keys, the end that `parse_end` reads, the
/// count. None: they are wrong, and the error is replied. Redis: `lmpopGenericCommand`, `zmpopGenericCommand`.
pub(crate) fn parse_mpop<End>(
    call: &mut Call<'_>,
    at: usize,
    parse_end: fn(&mut Call<'_>, usize) -> Option<End>,
) -> Option<(ops::Range<usize>, End, usize)> {
    let number = call.args.get(at).and_then(parse_integer);
    let Some(number) = number.filter(|number| *number > 0) else {
        call.reply.error("ERR numkeys should be greater than 0");
        return None;
    };
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let keys = at + 1..(at + 1).saturating_add(number);
    if keys.end >= call.args.len() {
        call.syntax_error();
        return None;
    }
    let end = parse_end(call, keys.end)?;
    let mut count = None;
    let mut at = keys.end + 1;
    while at < call.args.len() {
        if count.is_some() || !call.is(at, "count") || at + 1 == call.args.len() {
            call.syntax_error();
            return None;
        }
        let value = parse_integer(&call.args[at + 1]);
        let Some(value) = value.filter(|value| *value > 0) else {
            call.reply.error("ERR count should be greater than 0");
            return None;
        };
        count = Some(usize::try_from(value).unwrap_or(usize::MAX));
        at += 2;
    }
    Some((keys, end, count.unwrap_or(1)))
}
