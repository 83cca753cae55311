//! Waiting for a list: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP.
//!
//! Redis: `src/t_list.c` (`blockingPopGenericCommand`, `blmoveGenericCommand`).
//!
//! Each does what its twin without the B does. If there is nothing to take, the client waits, by
//! [`crate::server::blocking`], and the command is executed again when there may be something.

use super::transfer::{Outcome, move_element, parse_end, pop_from_first};
use crate::command::waiting::{parse_mpop, parse_timeout, wait};
use crate::keyspace::list::End;
use crate::persist::aof_write::Word;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use std::iter;

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
        wait(call, 1..last, "list", until, Reply::null_array);
    }
}

/// `BLMPOP timeout numkeys key [key …] LEFT | RIGHT [COUNT count]`
pub fn blmpop(call: &mut Call<'_>) {
    let Some((keys, end, count)) = parse_mpop(call, 2, parse_end) else { return };
    let Some(until) = parse_timeout(call, 1) else { return };
    if pop_from_first(call, keys.clone(), end, Some(count)) == Outcome::Nothing {
        wait(call, keys, "list", until, Reply::null_array);
    }
}

/// `BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout`
pub fn blmove(call: &mut Call<'_>) {
    let Some(from) = parse_end(call, 3) else { return };
    let Some(to) = parse_end(call, 4) else { return };
    let Some(until) = parse_timeout(call, 5) else { return };
    if move_element(call, from, to) == Outcome::Nothing {
        return wait(call, 1..2, "list", until, Reply::null);
    }
    let words = call.args.from(1).take(4).map(Word::from);
    call.server.rewrite_command(iter::once("LMOVE".into()).chain(words));
}

/// `BRPOPLPUSH source destination timeout`
pub fn brpoplpush(call: &mut Call<'_>) {
    let Some(until) = parse_timeout(call, 3) else { return };
    if move_element(call, End::Right, End::Left) == Outcome::Nothing {
        return wait(call, 1..2, "list", until, Reply::null);
    }
    let words = call.args.from(1).take(2).map(Word::from);
    call.server.rewrite_command(iter::once("RPOPLPUSH".into()).chain(words));
}
