//! MULTI, EXEC, DISCARD, WATCH, UNWATCH.
//!
//! Redis: `src/multi.c` (`multiCommand`, `execCommand`, `discardCommand`, `watchCommand`, `unwatchCommand`).
//!
//! Between MULTI and EXEC [`crate::server::dispatch`] queues what comes. EXEC runs it in one go: nobody else is served in between,
//! and what it pushes to its own client comes after the whole array.

pub(crate) mod rows;

use crate::client::{Client, ReplyMode, State};
use crate::server::dispatch::Call;
use crate::steps::step;

/// `MULTI`
pub fn multi(call: &mut Call<'_>) {
    let transaction = call.client().transaction.get_or_insert_default();
    if transaction.queue.is_some() {
        return call.reply.error("ERR MULTI calls can not be nested");
    }
    transaction.queue = Some(Vec::new());
    step!(TransactionBegun { client: call.client });
    call.reply.ok();
}

/// `EXEC`: the replies of all that was queued; null if a watched key has changed.
// ANCHOR: exec
pub fn exec(call: &mut Call<'_>) {
    let client = call.client;
    if !call.server.clients[client].is_in_multi() {
        return call.reply.error("ERR EXEC without MULTI");
    }
    let expired = call.server.has_expired(client);
    let Some(transaction) = call.server.end_transaction(client) else { return };
    if transaction.refused {
        return call.reply.error("EXECABORT Transaction discarded because of previous errors.");
    }
    if transaction.touched || expired {
        return call.reply.null_array();
    }
    let queue = transaction.queue.unwrap_or_default();
    call.reply.array(queue.len());
    call.server.execution.deny_blocking += 1;
    for (command, request) in &queue {
        call.server.run(client, *command, request.request(), call.reply);
        // After CLIENT REPLY OFF, CLIENT KILL of oneself, or too long a reply, the rest runs and says nothing.
        let Client { reply_mode, state, .. } = &call.server.clients[client];
        let speaks = matches!(reply_mode, ReplyMode::On | ReplyMode::SkipNext) && *state == State::Open;
        call.reply.muted = !speaks || call.reply.overflowed;
    }
    call.server.execution.deny_blocking -= 1;
}
// ANCHOR_END: exec

/// `DISCARD`
pub fn discard(call: &mut Call<'_>) {
    if !call.client().is_in_multi() {
        return call.reply.error("ERR DISCARD without MULTI");
    }
    call.server.end_transaction(call.client);
    call.reply.ok();
}

/// `WATCH key [key …]`
pub fn watch(call: &mut Call<'_>) {
    if call.client().is_in_multi() {
        return call.reply.error("ERR WATCH inside MULTI is not allowed");
    }
    for key in call.args.from(1) {
        call.server.watch(call.client, key);
    }
    call.reply.ok();
}

/// `UNWATCH`
pub fn unwatch(call: &mut Call<'_>) {
    call.server.end_transaction(call.client);
    call.reply.ok();
}
