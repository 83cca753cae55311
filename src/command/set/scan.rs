//! SSCAN: some of a set's members at a time.
//!
//! Redis: `src/t_set.c`, `sscanCommand`; `src/db.c`, `scanGenericCommand`.

use super::read;
use crate::command::generic::scan::{Options, Scanned, parse_cursor};
use crate::keyspace::value::Value;
use crate::server::dispatch::{Call, bulk_entry};

/// `SSCAN key cursor [MATCH pattern] [COUNT n]`
pub fn sscan(call: &mut Call<'_>) {
    let Some(mut cursor) = parse_cursor(&call.args[2]) else { return call.reply.error("ERR invalid cursor") };
    let db = call.db();
    // A key that is not there has nothing to scan, whatever the options are.
    match read(call.server, db, &call.args[1], call.reply) {
        None => return,
        Some(None) => {
            call.reply.array(2);
            call.reply.bulk("0");
            return call.reply.array(0);
        }
        Some(Some(_)) => {}
    }
    let Some(options) = Options::parse(call, 3, Scanned::Members) else { return };
    let now = call.server.now();
    let item = call.server.keyspace.db(db).peek(&call.args[1], now);
    let Some(Value::Set(set)) = item.map(|item| &item.value) else { return };
    let (mut found, mut seen, mut buckets) = (Vec::new(), 0, 0);
    loop {
        cursor = set.scan(cursor, |member| {
            seen += 1;
            if options.matches(member.bytes(&mut itoa::Buffer::new())) {
                found.push(member);
            }
        });
        buckets += 1;
        if cursor == 0 || buckets > options.buckets() || seen >= options.count {
            break;
        }
    }
    call.reply.array(2);
    call.reply.bulk(cursor.to_string());
    call.reply.array(found.len());
    found.into_iter().for_each(|member| bulk_entry(call.reply, member));
}
