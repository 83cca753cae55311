//! WAIT and WAITAOF: how many replicas, and whether the disk, have what the client has written.
//!
//! Redis: `src/replication.c` (`waitCommand`, `waitaofCommand`), `blockForReplication` in `src/blocked.c`.
//!
//! A server alone has no replica: a client that asks for none is answered at once, one that asks for any waits until the time is
//! over, and is told that there are 0.

use crate::client::blocked::Wait;
use crate::command::waiting::parse_milliseconds;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;

/// `WAIT numreplicas timeout`
pub fn wait(call: &mut Call<'_>) {
    let Some(replicas) = call.integer(1, NOT_AN_INTEGER) else { return };
    let Some(millis) = parse_milliseconds(call, 2) else { return };
    wait_for(call, replicas > 0, millis, |reply| reply.integer(0));
}

/// `WAITAOF numlocal numreplicas timeout`
pub fn waitaof(call: &mut Call<'_>) {
    let Some(local) = call.integer(1, NOT_AN_INTEGER) else { return };
    if !(0..=1).contains(&local) {
        return call.reply.error("ERR value is out of range, value must between 0 and 1");
    }
    let Some(replicas) = call.positive(2) else { return };
    let Some(millis) = parse_milliseconds(call, 3) else { return };
    if local == 1 && !call.server.config.appendonly {
        let error = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
        return call.reply.error(error);
    }
    let is_durable = call.server.config.appendonly && call.server.is_durable(call.client);
    let reply =
        if is_durable { |reply: &mut Reply| synced(reply, 1) } else { |reply: &mut Reply| synced(reply, 0) };
    let waits_for_disk = local == 1 && !is_durable;
    if waits_for_disk && call.may_block() {
        call.server.wait_for_sync(call.client);
    }
    wait_for(call, replicas > 0 || waits_for_disk, millis, reply);
}

/// How many servers have synced: this one, and replicas.
fn synced(reply: &mut Reply, local: i64) {
    reply.array(2);
    reply.integer(local);
    reply.integer(0);
}

/// Replies now, or, if the client asks for what there is not, when the time is over; 0 milliseconds are forever.
fn wait_for(call: &mut Call<'_>, in_vain: bool, millis: i64, nothing: fn(&mut Reply)) {
    if !in_vain || !call.may_block() {
        return nothing(call.reply);
    }
    let until = (millis > 0).then(|| call.server.time.millis.saturating_add(millis as u64));
    call.block(Wait { keys: Vec::new(), type_name: "", on_missing: false, until, on_timeout: nothing }, None);
}
