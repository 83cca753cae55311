//! TIME, DBSIZE, FLUSHALL, FLUSHDB, SHUTDOWN, ROLE.
//!
//! Redis: `src/server.c`, `src/db.c`, `src/replication.c`.

pub mod about;
pub mod config;
pub mod debug;
pub mod debug_digest;
pub mod docs;
pub mod info;
pub mod info_append_only;
mod info_persistence;
pub mod info_sections;
pub mod introspect;
pub mod latency;
pub mod latency_report;
pub mod memory;
pub mod memory_figures;
pub mod monitor;
mod populate;
pub(crate) mod rows;
pub mod save;
pub mod slowlog;

use crate::config::persistence::ShutdownWords;
use crate::server::dispatch::Call;
use crate::text::c::is_word;
use crate::text::integer::parse_integer;

/// `TIME`: seconds and microseconds since 1970. It stands still for a script that is not too long.
pub fn time(call: &mut Call<'_>) {
    let running = call.server.script_clock_offset_us();
    let micros = call.server.time.unix_micros + running.max(call.server.execution.clock_offset_us);
    call.reply.array(2);
    call.reply.bulk((micros / 1_000_000).to_string());
    call.reply.bulk((micros % 1_000_000).to_string());
}

/// `DBSIZE`
pub fn dbsize(call: &mut Call<'_>) {
    let db = call.client().db;
    let keys = call.server.keyspace.db(db).len();
    call.reply.integer(keys as i64);
}

/// `FLUSHALL [ASYNC | SYNC]`: both free at once, there is no other thread to do it.
pub fn flushall(call: &mut Call<'_>) {
    if flush_options(call) {
        let numbers: Vec<u32> = call.server.databases().map(|(number, _)| number).collect();
        for db in numbers {
            call.server.flush_db(db);
        }
        call.server.save_after_flush();
        call.server.signal_flush();
        call.server.force_propagation();
        call.reply.ok();
    }
}

/// `FLUSHDB [ASYNC | SYNC]`
pub fn flushdb(call: &mut Call<'_>) {
    if flush_options(call) {
        let db = call.client().db;
        call.server.flush_db(db);
        call.server.signal_flush();
        call.server.force_propagation();
        call.reply.ok();
    }
}

fn flush_options(call: &mut Call<'_>) -> bool {
    let fine = match call.args.len() {
        1 => true,
        2 => call.is(1, "async") || call.is(1, "sync"),
        _ => false,
    };
    if !fine {
        call.syntax_error();
    }
    fine
}

/// `SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]`: no reply if the server ends. There are no replicas to wait for, so NOW
/// changes nothing, and there is never a shutdown to abort: once one has begun, commands wait for its end.
pub fn shutdown(call: &mut Call<'_>) {
    let known = ["nosave", "save", "now", "force", "abort"];
    let valid = (1..call.args.len()).all(|at| known.iter().any(|word| call.is(at, word)));
    let has = |word| (1..call.args.len()).any(|at| call.is(at, word));
    let words =
        ShutdownWords { save: has("save"), nosave: has("nosave"), now: has("now"), force: has("force") };
    if !valid || (words.save && words.nosave) || (has("abort") && words != ShutdownWords::default()) {
        return call.syntax_error();
    }
    if has("abort") {
        return call.reply.error("ERR No shutdown in progress.");
    }
    if let Some(busy) = call.server.busy_error().filter(|_| !words.nosave) {
        return call.reply.error(busy);
    }
    call.server.ask_for_shutdown(words, Some(call.client));
}

/// `ROLE`: a master without replicas.
pub fn role(call: &mut Call<'_>) {
    call.reply.array(3);
    call.reply.bulk("master");
    call.reply.integer(0);
    call.reply.array(0);
}

/// `REPLICAOF NO ONE`: a master it is and stays. Another master is an error, where Redis would begin to copy its keys.
///
/// Redis: `src/replication.c`, `replicaofCommand`.
pub fn replicaof(call: &mut Call<'_>) {
    let (host, port) = (&call.args[1], &call.args[2]);
    if is_word(host, b"no") && is_word(port, b"one") {
        return call.reply.ok();
    }
    match parse_integer(port) {
        Some(0..=65535) => call.reply.error("ERR there is no replication: only REPLICAOF NO ONE is accepted"),
        _ => call.reply.error("ERR Invalid master port"),
    }
}
