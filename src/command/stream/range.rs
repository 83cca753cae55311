//! XRANGE, XREVRANGE.
//!
//! Redis: `src/t_stream.c`, `xrangeGenericCommand`.

use crate::keyspace::value::WrongType;
use crate::server::dispatch::Call;
use crate::stream::Stream;

/// `XRANGE key start end [COUNT count]`
pub fn xrange(call: &mut Call<'_>) {
    range(call, 2, 3, false);
}

/// `XREVRANGE key end start [COUNT count]`
pub fn xrevrange(call: &mut Call<'_>) {
    range(call, 3, 2, true);
}

/// The entries between the ids at `start` and `end`.
fn range(call: &mut Call<'_>, start: usize, end: usize, backwards: bool) {
    let Some(start) = call.interval_start(start) else { return };
    let Some(end) = call.interval_end(end) else { return };
    let mut count = usize::MAX;
    for at in (4..call.args.len()).step_by(2) {
        if !call.is(at, "count") || at + 1 == call.args.len() {
            return call.syntax_error();
        }
        let Some(given) = call.count(at + 1) else { return };
        count = usize::try_from(given).unwrap_or(0);
    }
    let log = match call.server.read::<Stream>(call.db(), &call.args[1]) {
        Ok(Some(stream)) => &stream.log,
        Ok(None) => return call.reply.array(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let entries = log.range(start, end);
    match (count, backwards) {
        (0, _) => call.reply.null_array(),
        (_, false) => call.reply.stream_entries(entries.take(count)),
        (_, true) => call.reply.stream_entries(entries.rev().take(count)),
    }
}
