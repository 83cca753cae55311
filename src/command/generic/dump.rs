//! A value as bytes that another Redis understands, and back: DUMP, RESTORE.
//!
//! Redis: `src/cluster.c` (`dumpCommand`, `restoreCommand`, `createDumpPayload`); `src/object.c`, `objectSetLRUOrLFU`.

use crate::keyspace::events::GENERIC;
use crate::keyspace::last_use::LastUse;
use crate::persist::aof_write::Word;
use crate::persist::{footer, load, save};
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::server::limits::rules;

/// `DUMP key`
pub fn dump(call: &mut Call<'_>) {
    let (db, args, rules) = (call.db(), call.args, rules(call.server));
    let Some(value) = call.server.lookup_read(db, &args[1]) else { return call.reply.null() };
    let mut payload = save::value(value, &rules);
    footer::seal(&mut payload);
    call.reply.bulk(payload);
}

/// What comes behind the value.
#[derive(Default)]
struct Options {
    replace: bool,
    absolute: bool,
    idle_seconds: Option<i64>,
    frequency: Option<u8>,
}

/// `RESTORE key ttl value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]`. Of the idle time
/// and the frequency the policy in force keeps the one that it asks for.
pub fn restore(call: &mut Call<'_>) {
    let (db, args) = (call.db(), call.args);
    let Some(options) = options(call) else { return };
    let key = &args[1];
    if !options.replace && call.server.lookup_write(db, key).is_some() {
        return call.reply.error("BUSYKEY Target key name already exists.");
    }
    let Some(ttl) = call.integer(2, NOT_AN_INTEGER) else { return };
    if ttl < 0 {
        return call.reply.error("ERR Invalid TTL value, must be >= 0");
    }
    if !footer::is_right(&args[3], !call.server.skip_checksum) {
        return call.reply.error("ERR DUMP payload version or checksum are wrong");
    }
    // A value that ends too early is read on into the footer, as in Redis.
    let value = match load::value(&args[3], &rules(call.server)) {
        Ok(value) => value,
        Err(corrupt) => {
            tracing::debug!("RESTORE: the payload is not a value: {}", corrupt.0);
            return call.reply.error("ERR Bad data format");
        }
    };
    let was_there = options.replace && call.server.delete_key(db, key);
    let after = if options.absolute { 0 } else { call.server.unix_now() };
    let expires = (ttl != 0).then(|| ttl.saturating_add(after));
    if expires.is_some_and(|at| at <= call.server.now()) {
        if was_there {
            call.server.rewrite_as_deletion(key, call.server.config.lazyfree_lazy_server_del);
            call.server.modified(db, key, GENERIC, "del");
        }
        return call.reply.ok();
    }
    let place = call.server.add_key(db, key, value);
    let (clock, counts_uses) = (call.server.key_clock(), call.server.eviction.counts_uses());
    let database = call.server.keyspace.db(db);
    database.set_expiry(place, expires);
    let last_use = &mut database.item_mut(place).last_use;
    match (counts_uses, options.frequency, options.idle_seconds) {
        (true, Some(frequency), _) => *last_use = LastUse::counted(clock, frequency),
        (false, _, Some(seconds)) => *last_use = LastUse::ago(clock, seconds),
        _ => {}
    }
    call.server.modified(db, key, GENERIC, "restore");
    if let Some(at) = expires
        && !options.absolute
    {
        let head = [(&args[0]).into(), key.into(), at.into()];
        let rest = args.from(3).map(Word::from).chain(["ABSTTL".into()]);
        call.server.rewrite_command(head.into_iter().chain(rest));
    }
    call.reply.ok();
}

/// The options; None: one of them is wrong, and an error says so.
fn options(call: &mut Call<'_>) -> Option<Options> {
    let mut options = Options::default();
    let mut at = 4;
    while at < call.args.len() {
        let has_more = at + 1 < call.args.len();
        if call.is(at, "replace") {
            options.replace = true;
        } else if call.is(at, "absttl") {
            options.absolute = true;
        } else if call.is(at, "idletime") && has_more && options.frequency.is_none() {
            at += 1;
            let idle = call.integer(at, NOT_AN_INTEGER)?;
            if idle < 0 {
                call.reply.error("ERR Invalid IDLETIME value, must be >= 0");
                return None;
            }
            options.idle_seconds = Some(idle);
        } else if call.is(at, "freq") && has_more && options.idle_seconds.is_none() {
            at += 1;
            let frequency = call.integer(at, NOT_AN_INTEGER)?;
            let Ok(frequency) = u8::try_from(frequency) else {
                call.reply.error("ERR Invalid FREQ value, must be >= 0 and <= 255");
                return None;
            };
            options.frequency = Some(frequency);
        } else {
            call.syntax_error();
            return None;
        }
        at += 1;
    }
    Some(options)
}
