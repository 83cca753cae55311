//! OBJECT: how a value is kept, and when or how often it was used.
//!
//! Redis: `src/object.c`, `objectCommand`.

use crate::keyspace::Item;
use crate::server::dispatch::Call;
use crate::server::evict::rates;

/// `OBJECT ENCODING key`
pub fn encoding(call: &mut Call<'_>) {
    if let Some(item) = look(call) {
        let encoding = item.value.encoding();
        call.reply.bulk(encoding);
    }
}

/// `OBJECT REFCOUNT key`: nothing is shared here; it says what Redis says, where small numbers are shared unless the last use
/// of each key must be known.
pub fn refcount(call: &mut Call<'_>) {
    let is_known = call.server.eviction.knows_uses();
    if let Some(item) = look(call) {
        let count = if is_known { 1 } else { item.value.refcount() };
        call.reply.integer(i64::from(count));
    }
}

/// What the error says of a policy that was changed.
const WHEN_SWITCHING: &str = "Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";

/// `OBJECT IDLETIME key`: the seconds since it was last used.
pub fn idletime(call: &mut Call<'_>) {
    let (clock, counts_uses) = (call.server.key_clock(), call.server.eviction.counts_uses());
    let Some(last_use) = look(call).map(|item| item.last_use) else { return };
    if counts_uses {
        let why = "ERR An LFU maxmemory policy is selected, idle time not tracked.";
        return call.reply.error(format!("{why} {WHEN_SWITCHING}"));
    }
    call.reply.integer(i64::from(last_use.idle_seconds(clock)));
}

/// `OBJECT FREQ key`: how often it was used, as a counter that grows ever more slowly.
pub fn freq(call: &mut Call<'_>) {
    let (clock, rates) = (call.server.key_clock(), rates(&call.server.config));
    let counts_uses = call.server.eviction.counts_uses();
    let Some(last_use) = look(call).map(|item| item.last_use) else { return };
    if !counts_uses {
        let why = "ERR An LFU maxmemory policy is not selected, access frequency not tracked.";
        return call.reply.error(format!("{why} {WHEN_SWITCHING}"));
    }
    call.reply.integer(i64::from(last_use.frequency(clock, rates)));
}

/// The item that a subcommand asks about; None: it has replied that there is none. No event tells of the miss. Redis:
/// `objectCommandLookupOrReply`.
fn look<'a>(call: &'a mut Call<'_>) -> Option<&'a Item> {
    let (db, args) = (call.db(), call.args);
    let Call { server, reply, .. } = call;
    let found = server.lookup_no_notify(db, &args[2]);
    if found.is_none() {
        reply.null();
    }
    found.map(|place| server.keyspace.db(db).item(place))
}

/// `OBJECT HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("OBJECT");
}
