//! Commands that took long: the slow log, and the events of LATENCY.
//!
//! Redis: `src/slowlog.c` (`slowlogPushEntryIfNeeded`), `src/latency.h` (`latencyAddSampleIfNeeded`).

use super::spec;
use super::spec::Command;
use crate::base::ids::ClientKey;
use crate::diagnostics::slowlog::{Entry, shorten};
use crate::resp::request::Request;
use crate::server::{Server, redact};

impl Server {
    /// Notes when a command took as long as `latency-monitor-threshold` says. Redis: `latencyAddSampleIfNeeded`.
    pub(super) fn monitor_latency(&mut self, command: &Command, micros: u64) {
        let event = if command.flags & spec::FAST != 0 { "fast-command" } else { "command" };
        self.sample_latency(event, micros);
    }

    /// The same of anything else that holds up the loop.
    pub(crate) fn sample_latency(&mut self, event: &'static str, micros: u64) {
        let (millis, threshold) = (micros / 1000, self.config.latency_threshold_ms as u64);
        if threshold != 0 && millis >= threshold {
            let second = self.time.unix_micros / 1_000_000;
            self.latency_monitor.add(event, second, millis);
        }
    }

    /// Adds a command to the slow log if it took as long as `slowlog-log-slower-than` says. Redis:
    /// `slowlogPushEntryIfNeeded`.
    pub(super) fn log_slow(&mut self, key: ClientKey, command: &Command, request: Request<'_>, micros: u64) {
        let least = self.config.slowlog_slower_than_us;
        // With no room at all, no id is used up either.
        let room = self.config.slowlog_max_len as usize;
        if least < 0 || (micros as i64) < least || command.flags & spec::SKIP_SLOWLOG != 0 || room == 0 {
            return;
        }
        let about = &self.clients[key].about;
        let entry = Entry {
            id: 0,
            unix_seconds: self.time.unix_micros / 1_000_000,
            microseconds: micros,
            words: shorten(redact::shown(command.name, request).into_iter()),
            addr: about.addr.clone(),
            name: about.name.clone(),
        };
        self.slowlog.add(entry, room);
    }
}
