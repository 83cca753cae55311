//! What is measured: counters, what took long, how long commands take.
//!
//! Redis: the `stat_*` fields of `src/server.h`, `src/slowlog.c`, `src/latency.c`.

pub mod latency_events;
pub mod latency_histogram;
pub mod slowlog;
pub mod sparkline;
pub mod stats;
