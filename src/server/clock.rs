//! The time: the owner says what it is, commands move it on by what they took, and what is due is done.
//!
//! Redis: `serverCron` in `src/server.c`, `updateCachedTimeWithUs`, `call`'s timing.

use super::Server;

/// The time, as the owner of the server tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Microseconds since 1970, for what people read.
    pub unix_micros: u64,
    /// Milliseconds since any moment, never going back: for what is measured.
    pub millis: u64,
}

impl Time {
    /// The time so many milliseconds later.
    pub fn after(self, millis: u64) -> Time {
        Time { unix_micros: self.unix_micros + millis * 1000, millis: self.millis + millis }
    }
}

impl Server {
    /// It is `time` now. Does what is due: ends a pause, judges clients that owe too much for too long,
    /// closes idle ones. Costs nothing when nothing is due. Redis: `serverCron`.
    pub fn set_time(&mut self, time: Time) {
        // Not back behind what commands were told ([`Server::time_after`]): that is measured by another clock.
        self.time = Time { millis: time.millis.max(self.time.millis), ..time };
        let seconds = time.millis / 1000;
        self.clients.set_time(seconds);
        self.stats.sample(time.millis, self.clients.written_bytes);
        if let Some((_, until)) = self.pause
            && time.millis >= until
        {
            self.end_pause();
        }
        self.note_allocated();
        self.active_expire_cycle();
        self.go_on_evicting();
        self.save_if_due();
        if self.is_table_over_limit() {
            self.limit_tracking_table();
        }
        self.end_waits_that_are_over();
        if self.clients.soft_deadline().is_some_and(|deadline| seconds >= deadline) {
            self.clients.judge_over_soft();
        }
        if self.config.timeout_seconds > 0 && seconds >= self.next_idle_check_second {
            self.next_idle_check_second = seconds + 1;
            self.close_idle(seconds);
        }
    }

    /// The millisecond at which [`Server::set_time`] next has something to do; None: never.
    pub fn deadline(&self) -> Option<u64> {
        let pause = self.pause.map(|(_, until)| until);
        let soft = self.clients.soft_deadline().map(|second| second.saturating_mul(1000));
        let idle = (self.config.timeout_seconds > 0 && !self.clients.is_empty())
            .then_some(self.next_idle_check_second * 1000);
        let (expiry, wait) = (self.next_expiry(), self.blocking.next_deadline());
        let log = self.clients.log.deadline().map(|second| second.saturating_mul(1000));
        let table = self.next_table_check();
        let eviction = self.eviction.goes_on().then_some(self.time.millis);
        let disk = [self.snapshot_deadline(), self.save_deadline(), self.aof_deadline()];
        let others = [pause, soft, idle, expiry, wait, log, table, eviction];
        others.into_iter().chain(disk).flatten().min()
    }

    /// The seconds since the start of the server's own count of time.
    pub fn seconds(&self) -> u64 {
        self.time.millis / 1000
    }

    /// A command that began at `time` took so many microseconds. Unless that is next to nothing, it is later now for those
    /// after it in the same turn: what they let expire lives as long as they ask. Redis: `call`, `updateCachedTimeWithUs`.
    pub(crate) fn time_after(&mut self, time: Time, micros: u64) {
        if micros >= 1000 {
            self.time.unix_micros = self.time.unix_micros.max(time.unix_micros + micros);
            self.time.millis = self.time.millis.max(time.millis + micros / 1000);
        }
    }

    /// Reads the stopwatch: the end of one command is taken for the beginning of the next, so that the clock is read
    /// once for each, and nothing is lost to rounding in their sum.
    pub(crate) fn lap(&mut self) {
        self.execution.lap_us = (self.stopwatch)();
    }

    /// What the stopwatch showed when it was last read, in microseconds.
    pub(crate) fn lap_end(&self) -> u64 {
        self.execution.lap_us
    }

    /// Milliseconds since 1970.
    pub(crate) fn unix_millis(&self) -> u64 {
        self.time.unix_micros / 1000
    }
}
