//! OBJECT: how a value is kept, and when it was last used.
//!
//! Redis: `src/object.c`, `objectCommand`.

use crate::keyspace::Item;
use crate::server::dispatch::Call;

/// `OBJECT ENCODING key`
pub fn encoding(call: &mut Call<'_>) {
    if let Some(item) = look(call) {
        let encoding = item.value.encoding();
        call.reply.bulk(encoding);
    }
}

/// `OBJECT REFCOUNT key`
pub fn refcount(call: &mut Call<'_>) {
    if let Some(item) = look(call) {
        let count = item.value.refcount();
        call.reply.integer(i64::from(count));
    }
}

/// `OBJECT IDLETIME key`: the seconds since it was last used.
pub fn idletime(call: &mut Call<'_>) {
    let now = call.server.seconds() as u32;
    if let Some(item) = look(call) {
        let idle = now.wrapping_sub(item.accessed);
        call.reply.integer(i64::from(idle));
    }
}

/// `OBJECT FREQ key`: nothing is evicted here, so that nothing is counted.
pub fn freq(call: &mut Call<'_>) {
    if look(call).is_some() {
        call.reply.error(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when \
             switching between policies at runtime LRU and LFU data will take some time to adjust.",
        );
    }
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
