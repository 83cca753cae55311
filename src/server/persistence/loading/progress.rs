//! How far the loading is: what INFO says of it, and the lines of the log while it takes long.
//!
//! Redis: `startLoading`, `loadingAbsProgress` and `loadingIncrProgress` in `src/rdb.c`; the `loading_*` fields of
//! `genRedisInfoString` in `src/server.c`.
//!
//! Different on purpose: the log says every few seconds how far a long load is.

use crate::server::Time;

/// After how many milliseconds the log says again how far it is.
const REPORT_EVERY_MS: u64 = 5000;

/// The figures of the load that goes on, or of the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// The second since 1970 at which it began.
    start_second: u64,
    /// How many bytes the files have.
    pub(super) total_bytes: u64,
    /// How many of them are loaded.
    pub(super) loaded_bytes: u64,
    /// The memory that the server that has written a snapshot said it used.
    pub(super) used_memory: u64,
    /// How many keys of a snapshot had expired and were left out.
    pub(crate) keys_expired: u64,
    /// How many keys a snapshot had beside those.
    pub(crate) keys_loaded: u64,
    /// How many keys of a snapshot had no element and were left out.
    pub(super) empty_keys: u64,
    /// The server's millisecond of the next report.
    next_report_ms: u64,
}

impl Progress {
    /// Begins.
    pub(super) fn start(time: Time, total_bytes: u64) -> Progress {
        let (start_second, next_report_ms) = (time.unix_micros / 1_000_000, time.millis + REPORT_EVERY_MS);
        Progress { start_second, total_bytes, next_report_ms, ..Progress::default() }
    }

    /// What is loaded, of 100. Redis: `loading_loaded_perc`.
    fn percent(&self) -> f64 {
        match self.total_bytes {
            0 => 0.0,
            total => self.loaded_bytes as f64 / total as f64 * 100.0,
        }
    }

    /// How many seconds it will take, if it goes on as it did until the second `now`. Redis: `loading_eta_seconds`.
    fn seconds_left(&self, now: u64) -> u64 {
        match now.saturating_sub(self.start_second) {
            0 => 1,
            elapsed => {
                let left = self.total_bytes.saturating_sub(self.loaded_bytes);
                elapsed.saturating_mul(left) / (self.loaded_bytes + 1)
            }
        }
    }

    /// The fields of INFO while it goes on, each with its value.
    pub(crate) fn fields(&self, now: u64) -> [(&'static str, String); 6] {
        [
            ("loading_start_time", self.start_second.to_string()),
            ("loading_total_bytes", self.total_bytes.to_string()),
            ("loading_rdb_used_mem", self.used_memory.to_string()),
            ("loading_loaded_bytes", self.loaded_bytes.to_string()),
            ("loading_loaded_perc", format!("{:.2}", self.percent())),
            ("loading_eta_seconds", self.seconds_left(now).to_string()),
        ]
    }

    /// Has the log say how far it is, if that was not said lately.
    pub(super) fn report(&mut self, millis: u64, name: &str) {
        if millis < self.next_report_ms {
            return;
        }
        self.next_report_ms = millis + REPORT_EVERY_MS;
        let Progress { loaded_bytes, total_bytes, .. } = *self;
        tracing::info!("Loading {name}: {loaded_bytes} of {total_bytes} bytes ({:.1}%)", self.percent());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_follows_from_what_is_done() {
        let mut progress = Progress::start(Time { unix_micros: 100_999_999, millis: 0 }, 1000);
        assert_eq!((progress.percent(), progress.seconds_left(100)), (0.0, 1));
        progress.loaded_bytes = 249;
        assert_eq!(progress.seconds_left(104), 12);
        assert_eq!(Progress::start(Time::default(), 0).percent(), 0.0);
    }
}
