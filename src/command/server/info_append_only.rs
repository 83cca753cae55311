//! INFO persistence: what it says of the append-only file.
//!
//! Redis: `src/server.c`, `genRedisInfoString`.

use super::info_sections::line;
use crate::server::Server;

/// The lines that are always there.
pub(super) fn append_only(server: &Server, out: &mut String) {
    let (aof, now) = (&server.persistence.aof, server.unix_millis() / 1000);
    let seconds = |seconds: Option<u64>| seconds.map_or(-1, |seconds| seconds as i64);
    let status = |has_failed| if has_failed { "err" } else { "ok" };
    let rewrite = &aof.rewrite;
    line(out, "aof_enabled", u8::from(aof.is_on()));
    line(out, "aof_rewrite_in_progress", u8::from(rewrite.runs()));
    line(out, "aof_rewrite_scheduled", u8::from(rewrite.wanted));
    line(out, "aof_last_rewrite_time_sec", seconds(rewrite.last_seconds));
    line(out, "aof_current_rewrite_time_sec", seconds(rewrite.current_seconds(now)));
    line(out, "aof_last_bgrewrite_status", status(rewrite.has_failed));
    line(out, "aof_rewrites", rewrite.begun);
    line(out, "aof_rewrites_consecutive_failures", rewrite.failures);
    line(out, "aof_last_write_status", status(aof.error().is_some()));
    // Nothing is copied on write here.
    line(out, "aof_last_cow_size", 0);
    line(out, "module_fork_in_progress", 0);
    line(out, "module_fork_last_cow_size", 0);
}

/// The lines that are there while commands are appended.
pub(super) fn append_only_files(server: &Server, out: &mut String) {
    let aof = &server.persistence.aof;
    if !aof.is_on() {
        return;
    }
    line(out, "aof_current_size", aof.current_bytes());
    line(out, "aof_base_size", aof.base_bytes);
    line(out, "aof_pending_rewrite", u8::from(aof.rewrite.wanted));
    line(out, "aof_buffer_length", aof.log.buffer.len());
    line(out, "aof_pending_bio_fsync", u8::from(aof.log.is_syncing()));
    line(out, "aof_delayed_fsync", aof.log.delayed_syncs);
}
