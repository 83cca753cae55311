//! When keys go: EXPIRE and its family, TTL and its family, PERSIST.
//!
//! Redis: `src/expire.c` (`expireGenericCommand`, `parseExtendedExpireArgumentsOrReply`, `ttlGenericCommand`).

use crate::keyspace::events::GENERIC;
use crate::persist::aof_write::Word;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::text::c::until_nul;

/// `EXPIRE key seconds [NX | XX] [GT | LT]`
pub fn expire(call: &mut Call<'_>) {
    let now = call.server.unix_now();
    expire_generic(call, "expire", 1000, now);
}

/// `PEXPIRE key milliseconds [NX | XX] [GT | LT]`
pub fn pexpire(call: &mut Call<'_>) {
    let now = call.server.unix_now();
    expire_generic(call, "pexpire", 1, now);
}

/// `EXPIREAT key unix-time-seconds [NX | XX] [GT | LT]`
pub fn expireat(call: &mut Call<'_>) {
    expire_generic(call, "expireat", 1000, 0);
}

/// `PEXPIREAT key unix-time-milliseconds [NX | XX] [GT | LT]`
pub fn pexpireat(call: &mut Call<'_>) {
    expire_generic(call, "pexpireat", 1, 0);
}

/// On which conditions the time is changed.
#[derive(Default)]
struct Conditions {
    only_if_none: bool,
    only_if_some: bool,
    only_if_later: bool,
    only_if_sooner: bool,
}

impl Conditions {
    /// Reads the options; the error, if they are unknown or do not go together.
    fn parse(call: &Call<'_>) -> Result<Conditions, Vec<u8>> {
        let mut found = Conditions::default();
        for (at, option) in (3..).zip(call.args.from(3)) {
            if call.is(at, "nx") {
                found.only_if_none = true;
            } else if call.is(at, "xx") {
                found.only_if_some = true;
            } else if call.is(at, "gt") {
                found.only_if_later = true;
            } else if call.is(at, "lt") {
                found.only_if_sooner = true;
            } else {
                return Err([b"ERR Unsupported option ", until_nul(option)].concat());
            }
        }
        if found.only_if_none && (found.only_if_some || found.only_if_later || found.only_if_sooner) {
            return Err(b"ERR NX and XX, GT or LT options at the same time are not compatible".into());
        }
        if found.only_if_later && found.only_if_sooner {
            return Err(b"ERR GT and LT options at the same time are not compatible".into());
        }
        Ok(found)
    }

    /// Whether a key that expires at `old` may expire at `new` instead. One that does not expire is the latest.
    fn allow(&self, old: Option<i64>, new: i64) -> bool {
        !(self.only_if_none && old.is_some()
            || self.only_if_some && old.is_none()
            || self.only_if_later && old.is_none_or(|old| new <= old)
            || self.only_if_sooner && old.is_some_and(|old| new >= old))
    }
}

/// The time is `scale` milliseconds times the argument, after `base`. A time that has passed removes the key.
fn expire_generic(call: &mut Call<'_>, name: &str, scale: i64, base: i64) {
    let conditions = match Conditions::parse(call) {
        Ok(conditions) => conditions,
        Err(error) => return call.reply.error(error),
    };
    let Some(amount) = call.integer(2, NOT_AN_INTEGER) else { return };
    let Some(time) = amount.checked_mul(scale).and_then(|millis| millis.checked_add(base)) else {
        return call.reply.error(format!("ERR invalid expire time in '{name}' command"));
    };
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    if call.server.lookup_write(db, key).is_none() {
        return call.reply.integer(0);
    }
    let old = call.server.lookup_no_stats(db, key).and_then(|item| item.expires());
    if !conditions.allow(old, time) {
        return call.reply.integer(0);
    }
    if time <= call.server.now() {
        call.server.delete_key(db, key);
        call.server.rewrite_as_deletion(key, call.server.config.lazyfree_lazy_expire);
        call.server.modified(db, key, GENERIC, "del");
    } else {
        call.server.set_expiry(db, key, Some(time));
        if name != "pexpireat" {
            let options = args.from(3).map(Word::from);
            call.server
                .rewrite_command(["PEXPIREAT".into(), key.into(), time.into()].into_iter().chain(options));
        }
        call.server.modified(db, key, GENERIC, "expire");
    }
    call.reply.integer(1);
}

/// `TTL key`: the seconds that are left, rounded.
pub fn ttl(call: &mut Call<'_>) {
    let now = call.server.unix_now();
    reply_time(call, |at| rounded_to_seconds(at.saturating_sub(now).max(0)));
}

/// `PTTL key`: the milliseconds that are left.
pub fn pttl(call: &mut Call<'_>) {
    let now = call.server.unix_now();
    reply_time(call, |at| at.saturating_sub(now).max(0));
}

/// `EXPIRETIME key`: the second since 1970, rounded.
pub fn expiretime(call: &mut Call<'_>) {
    reply_time(call, rounded_to_seconds);
}

/// `PEXPIRETIME key`: the millisecond since 1970.
pub fn pexpiretime(call: &mut Call<'_>) {
    reply_time(call, |at| at);
}

fn rounded_to_seconds(millis: i64) -> i64 {
    millis / 1000 + i64::from(millis % 1000 >= 500)
}

/// Replies with what `show` makes of the time; -1: the key does not expire, -2: it is not there.
fn reply_time(call: &mut Call<'_>, show: impl Fn(i64) -> i64) {
    let db = call.db();
    let shown = call.server.lookup_no_touch(db, &call.args[1]).map(|item| item.expires().map_or(-1, show));
    call.reply.integer(shown.unwrap_or(-2));
}

/// `PERSIST key`: 1 if it was to expire.
pub fn persist(call: &mut Call<'_>) {
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    let changed = call.server.lookup_write(db, key).is_some() && call.server.persist(db, key);
    if changed {
        call.server.modified(db, key, GENERIC, "persist");
    }
    call.reply.integer(i64::from(changed));
}
