//! The section of INFO about persistence.
//!
//! Redis: `src/server.c`, `genRedisInfoString`. What Redis says of the memory that its child process has copied is here what a
//! snapshot has encoded and the disk has not written yet.

use super::info_append_only::{append_only, append_only_files};
use super::info_sections::line;
use crate::server::Server;

/// Seconds, and -1 for none.
fn seconds(seconds: Option<u64>) -> i64 {
    seconds.map_or(-1, |seconds| seconds as i64)
}

/// All fields.
pub fn persistence(server: &Server, out: &mut String) {
    let (now, persistence) = (server.time.unix_micros / 1_000_000, &server.persistence);
    let (save, snapshot) = (&persistence.save, persistence.snapshot.as_ref());
    let (saved, keys) = snapshot.map_or((0, 0), |snapshot| (snapshot.saved, snapshot.keys()));
    let percent = if keys == 0 { 0.0 } else { 100.0 * saved as f64 / keys as f64 };
    let progress = &persistence.loading.progress;
    line(out, "loading", u8::from(server.is_loading()));
    line(out, "async_loading", 0);
    line(out, "current_cow_peak", snapshot.map_or(0, |snapshot| snapshot.peak_bytes));
    line(out, "current_cow_size", persistence.held_bytes());
    line(out, "current_cow_size_age", 0);
    line(out, "current_fork_perc", format!("{percent:.2}"));
    line(out, "current_save_keys_processed", saved);
    line(out, "current_save_keys_total", keys);
    line(out, "rdb_changes_since_last_save", server.stats.dirty);
    line(out, "rdb_bgsave_in_progress", u8::from(save.is_running()));
    line(out, "rdb_last_save_time", save.last_save);
    line(out, "rdb_last_bgsave_status", save.status());
    line(out, "rdb_last_bgsave_time_sec", seconds(save.last_seconds));
    line(out, "rdb_current_bgsave_time_sec", seconds(save.began().map(|began| now.saturating_sub(began))));
    line(out, "rdb_saves", save.saves);
    line(out, "rdb_last_cow_size", save.last_held_bytes);
    line(out, "rdb_last_load_keys_expired", progress.keys_expired);
    line(out, "rdb_last_load_keys_loaded", progress.keys_loaded);
    append_only(server, out);
    append_only_files(server, out);
    if server.is_loading() {
        progress.fields(now).iter().for_each(|(name, value)| line(out, name, value));
    }
}
