//! DEBUG: what test suites lean on.
//!
//! Redis: `src/debug.c`, `debugCommand`. Off unless `enable-debug-command` says otherwise.

use super::debug_digest::{digest, digest_value};
use super::populate::populate;
use crate::config::rewrite::Which;
use crate::persist::save;
use crate::resp::Protocol;
use crate::server::dispatch::Call;
use crate::server::limits::rules;
use crate::server::persistence::loading::reload::Reload;
use crate::text::c::until_nul;
use crate::text::quote::escaped;

/// `DEBUG subcommand …`
pub fn debug(call: &mut Call<'_>) {
    let word = String::from_utf8_lossy(until_nul(&call.args[1])).to_ascii_lowercase();
    match (word.as_str(), call.args.len()) {
        ("sleep", 3) => sleep(call),
        ("error", 3) => call.reply.error(&call.args[2]),
        ("protocol", 3) => protocol(call),
        ("object", 3) => object(call),
        ("digest", 2) => digest(call),
        ("digest-value", 2..) => digest_value(call),
        ("log", 3) => {
            tracing::warn!("DEBUG LOG: {}", escaped(&call.text(2)));
            call.reply.ok();
        }
        ("config-rewrite-force-all", 2) => match call.server.config.rewrite(Which::All) {
            Ok(()) => call.reply.ok(),
            Err(error) => call.reply.error(format!("ERR {error}")),
        },
        ("set-active-expire", 3) => {
            call.server.expiry_paused = call.text(2) == "0";
            call.reply.ok();
        }
        ("set-skip-checksum-validation", 3) => {
            call.server.skip_checksum = call.text(2) != "0";
            call.reply.ok();
        }
        ("set-disable-deny-scripts", 3) => {
            let more = call.text(2) != "0";
            call.server.let_scripts_call_more(more);
            call.reply.ok();
        }
        ("populate", 3..=5) => populate(call),
        ("reload", 2..) => reload(call),
        ("loadaof", 2) => call.load_log(),
        // Switches of machinery that is not here: harnesses flip them and go on.
        ("jmap" | "change-repl-id", 2) => call.reply.ok(),
        (
            "pause-cron"
            | "dict-resizing"
            | "client-enforce-reply-list"
            | "replybuffer"
            | "quicklist-packed-threshold"
            | "replicate",
            3..,
        ) => call.reply.ok(),
        ("help", 2) => help(call),
        _ => {
            let word = call.args[1].to_vec();
            call.wrong_subcommand("DEBUG", &word);
        }
    }
}

/// `DEBUG RELOAD [MERGE] [NOFLUSH] [NOSAVE]`
fn reload(call: &mut Call<'_>) {
    let mut reload = Reload { saves: true, flushes: true, merges: false };
    for at in 2..call.args.len() {
        if call.is(at, "merge") {
            reload.merges = true;
        } else if call.is(at, "noflush") {
            reload.flushes = false;
        } else if call.is(at, "nosave") {
            reload.saves = false;
        } else {
            let error = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.";
            return call.reply.error(error);
        }
    }
    call.reload(reload);
}

/// `DEBUG SLEEP seconds`: the whole server does nothing for so long. At most a day: a test that wants more is
/// mistaken.
fn sleep(call: &mut Call<'_>) {
    let seconds: f64 = call.text(2).parse().unwrap_or(0.0);
    if seconds > 0.0 {
        call.server.request_sleep((seconds.min(86_400.0) * 1000.0) as u64);
    }
    call.reply.ok();
}

/// `DEBUG OBJECT key`: OBJECT's answers in one line, also of a key that has expired and is still there, and how long the
/// value would be in a snapshot of Redis.
fn object(call: &mut Call<'_>) {
    let (clock, db, args) = (call.server.key_clock(), call.db(), call.args);
    let rules = rules(call.server);
    match call.server.keyspace.db(db).get(&args[2]) {
        None => call.reply.error("ERR no such key"),
        Some(item) => call.reply.simple(&format!(
            "Value at:0x0 refcount:{} encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
            item.value.refcount(),
            item.value.encoding(),
            save::len(&item.value, &rules),
            item.last_use.bits(),
            item.last_use.idle_seconds(clock),
        )),
    }
}

/// What `DEBUG PROTOCOL double` replies.
#[expect(clippy::approx_constant, reason = "the number is Redis's, and not meant to be pi")]
const PROTOCOL_DOUBLE: f64 = 3.141;

/// `DEBUG PROTOCOL type`: a reply of each type, for those who write a client.
fn protocol(call: &mut Call<'_>) {
    let reply = &mut *call.reply;
    let resp3 = reply.protocol == Protocol::Resp3;
    match String::from_utf8_lossy(until_nul(&call.args[2])).to_ascii_lowercase().as_str() {
        "string" => reply.bulk("Hello World"),
        "integer" => reply.integer(12345),
        "double" => reply.double(PROTOCOL_DOUBLE),
        "null" => reply.null(),
        "array" => {
            reply.array(3);
            (0..3).for_each(|n| reply.integer(n));
        }
        "set" => {
            reply.set(3);
            (0..3).for_each(|n| reply.integer(n));
        }
        "map" => {
            reply.map(3);
            for n in 0..3 {
                reply.integer(n);
                reply.boolean(n == 1);
            }
        }
        "attrib" => {
            if resp3 {
                reply.raw(b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n");
            }
            reply.bulk("Some real reply following the attribute");
        }
        "push" if resp3 => reply.raw(b">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n"),
        "push" => reply.error("ERR RESP2 is not supported by this command"),
        "bignum" if resp3 => reply.raw(b"(1234567999999999999999999999999999999\r\n"),
        "bignum" => reply.bulk("1234567999999999999999999999999999999"),
        "true" => reply.boolean(true),
        "false" => reply.boolean(false),
        "verbatim" => reply.verbatim(b"This is a verbatim\nstring"),
        _ => reply.error(
            "ERR Wrong protocol type name. Please use one of the following: \
             string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
        ),
    }
}

fn help(call: &mut Call<'_>) {
    call.help("DEBUG");
}
