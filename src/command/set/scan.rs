//! SSCAN: some of a set's members at a time.
//!
//! Redis: `src/t_set.c`, `sscanCommand`; `src/db.c`, `scanGenericCommand`.

use crate::command::generic::scan::{Scanned, cursor_and_options, scan_from};
use crate::keyspace::set::Set;
use crate::keyspace::value::Value;
use crate::server::dispatch::{Call, bulk_entry};

/// `SSCAN key cursor [MATCH pattern] [COUNT n]`
pub fn sscan(call: &mut Call<'_>) {
    let Some((cursor, options)) = cursor_and_options::<Set>(call, Scanned::Members) else { return };
    let (db, now) = (call.db(), call.server.now());
    let item = call.server.keyspace.db(db).peek(&call.args[1], now);
    let Some(Value::Set(set)) = item.map(|item| &item.value) else { return };
    let mut found = Vec::new();
    let cursor = scan_from(cursor, &options, |cursor, seen| {
        set.scan(cursor, |member| {
            *seen += 1;
            if options.matches(member.bytes(&mut itoa::Buffer::new())) {
                found.push(member);
            }
        })
    });
    call.reply.array(2);
    call.reply.bulk(cursor.to_string());
    call.reply.array(found.len());
    found.into_iter().for_each(|member| bulk_entry(call.reply, member));
}
