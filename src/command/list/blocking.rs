//! Waiting for a list: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP.
//!
//! Redis: `src/t_list.c` (`blockingPopGenericCommand`, `blmoveGenericCommand`); `src/timeout.c`,
//! `getTimeoutFromObjectOrReply`.
//!
//! Each does what its twin without the B does. If there is nothing to take, the client waits, by
//! [`crate::server::blocking`], and the command is executed again when there may be something.

use super::transfer::{Outcome, move_element, parse_end, parse_mpop, pop_from_first};
use crate::client::blocked::Wait;
use crate::keyspace::list::End;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use crate::text::long_double::{LongDouble, Parsed};

/// `BLPOP key [key …] timeout`: the first element of the first list that has one, and its key.
pub fn blpop(call: &mut Call<'_>) {
    pop(call, End::Left);
}

/// `BRPOP key [key …] timeout`
pub fn brpop(call: &mut Call<'_>) {
    pop(call, End::Right);
}

fn pop(call: &mut Call<'_>, end: End) {
    let last = call.args.len() - 1;
    let Some(until) = parse_timeout(call, last) else { return };
    if pop_from_first(call, 1..last, end, None) == Outcome::Nothing {
        wait(call, 1..last, until, Reply::null_array);
    }
}

/// `BLMPOP timeout numkeys key [key …] LEFT | RIGHT [COUNT count]`
pub fn blmpop(call: &mut Call<'_>) {
    let Some((keys, end, count)) = parse_mpop(call, 2) else { return };
    let Some(until) = parse_timeout(call, 1) else { return };
    if pop_from_first(call, keys.clone(), end, Some(count)) == Outcome::Nothing {
        wait(call, keys, until, Reply::null_array);
    }
}

/// `BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout`
pub fn blmove(call: &mut Call<'_>) {
    let Some(from) = parse_end(call, 3) else { return };
    let Some(to) = parse_end(call, 4) else { return };
    let Some(until) = parse_timeout(call, 5) else { return };
    if move_element(call, from, to) == Outcome::Nothing {
        wait(call, 1..2, until, Reply::null);
    }
}

/// `BRPOPLPUSH source destination timeout`
pub fn brpoplpush(call: &mut Call<'_>) {
    let Some(until) = parse_timeout(call, 3) else { return };
    if move_element(call, End::Right, End::Left) == Outcome::Nothing {
        wait(call, 1..2, until, Reply::null);
    }
}

/// Waits for one of the keys; where nobody may wait, `nothing` is the reply at once.
fn wait(call: &mut Call<'_>, keys: std::ops::Range<usize>, until: Option<u64>, nothing: fn(&mut Reply)) {
    if !call.may_block() {
        return nothing(call.reply);
    }
    let keys = keys.map(|at| call.args[at].into()).collect();
    let wait = Wait { keys, type_name: "list", on_missing: false, until, on_timeout: Reply::null_array };
    call.block(wait, None);
}

/// The argument at `at` as seconds to wait: until which of the server's milliseconds; Some(None): forever. None: it is no
/// such number, and the error is replied. Redis: `getTimeoutFromObjectOrReply`.
fn parse_timeout(call: &mut Call<'_>, at: usize) -> Option<Option<u64>> {
    const OUT_OF_RANGE: &str = "ERR timeout is out of range";
    let latest = i64::MAX - call.server.now();
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
