//! LATENCY GRAPH and LATENCY DOCTOR: the samples of LATENCY HISTORY, drawn and discussed.
//!
//! Redis: `src/latency.c` (`latencyCommandGenSparkeline`, `createLatencyReport`, `analyzeLatencyForEvent`).
//!
//! Different on purpose: the doctor's advice is ours, and says what helps here.

use crate::diagnostics::latency_events::Event;
use crate::diagnostics::sparkline;
use crate::server::dispatch::Call;
use crate::text::c::until_nul;
use std::fmt::Write;

/// Columns of a graph. Redis: `LATENCY_GRAPH_COLS`.
const COLUMNS: usize = 80;
/// Rows of a graph.
const ROWS: usize = 4;

/// `LATENCY GRAPH event`
pub fn graph(call: &mut Call<'_>) {
    let name = &call.args[2];
    let Some(event) = call.server.latency_monitor.get(name) else {
        let error = [b"ERR No samples available for event '", until_nul(name), b"'"].concat();
        return call.reply.error(error);
    };
    let now = call.server.time.unix_micros / 1_000_000;
    let millis = || event.samples.iter().map(|&(_, millis)| millis);
    let (high, low) = (millis().max().unwrap_or(0), millis().min().unwrap_or(0));
    let label = |&(second, millis): &(u64, u64)| (millis, ago(now.saturating_sub(second)));
    let samples: Vec<(u64, String)> = event.samples.iter().map(label).collect();
    let text = format!(
        "{} - high {high} ms, low {low} ms (all time high {} ms)\n{}\n{}",
        String::from_utf8_lossy(name),
        event.max,
        "-".repeat(COLUMNS),
        sparkline::draw(&samples, COLUMNS, ROWS)
    );
    call.reply.verbatim(text.as_bytes());
}

/// Seconds in the largest unit of which there is one.
fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// `LATENCY DOCTOR`
pub fn doctor(call: &mut Call<'_>) {
    let (server, threshold) = (&*call.server, call.server.config.latency_threshold_ms);
    let monitor = &server.latency_monitor;
    if monitor.iter().len() == 0 {
        let text = if threshold == 0 { DISABLED } else { HEALTHY };
        return call.reply.verbatim(text.as_bytes());
    }
    let now = server.time.unix_micros / 1_000_000;
    let mut text = String::from(OBSERVED);
    for (number, (name, event)) in monitor.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}. {name}: {}", number + 1, figures(event, now));
    }
    text.push_str("\nI have a few advices for you:\n\n");
    let config = &server.config;
    let (slower_than, room) = (config.slowlog_slower_than_us, config.slowlog_max_len);
    for (name, _) in monitor.iter() {
        let advice = match name {
            "command" if slower_than < 0 || room == 0 => {
                format!(
                    "the slow log is off. CONFIG SET slowlog-log-slower-than {} turns it on.",
                    threshold * 1000
                )
            }
            "command" if slower_than / 1000 > threshold => format!(
                "the slow log notes slower commands only. CONFIG SET slowlog-log-slower-than {} has it note these, too.",
                threshold * 1000
            ),
            "command" => "SLOWLOG GET names the commands that took long, with their arguments.".into(),
            "fast-command" => {
                "commands that take little took long: the machine gave the server too little time. \
                               `redis-cli --intrinsic-latency 100` measures how often it does."
                    .into()
            }
            "expire-cycle" => {
                "many keys expired at once. Spread the times at which they are to expire.".into()
            }
            "aof-write" => "the time of every write to the append-only file, whatever went on beside it.".into(),
            "aof-write-active-child" => "the disk was busy with a snapshot. A disk of its own for the append-only file, or one that \
                                         writes faster, keeps them apart."
                .into(),
            "aof-write-alone" => "the operating system took long for a write. The disk is slow, or other programs keep it busy."
                .into(),
            "aof-fsync-always" => "replies wait for each fsync under appendfsync always. A disk that syncs faster helps, or \
                                   appendfsync everysec, which may lose a second in a power cut."
                .into(),
            _ => "many keys were removed for the sake of memory. A larger maxmemory leaves more of them."
                .into(),
        };
        let _ = writeln!(text, "- {name}: {advice}");
    }
    call.reply.verbatim(text.as_bytes());
}

const DISABLED: &str = "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \
                        \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a \
                        deep space mission I'd suggest to take a look at \
                        https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor.\n";
const HEALTHY: &str = "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest \
                       bit. I honestly think you ought to sit down calmly, take a stress pill, and think things over.\n";
const OBSERVED: &str = "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you \
                        Dave?\n\n";

/// What is known of an event, in Redis's words. Redis: `analyzeLatencyForEvent`.
fn figures(event: &Event, now: u64) -> String {
    let count = event.samples.len().max(1) as u64;
    let average = event.samples.iter().map(|&(_, millis)| millis).sum::<u64>() / count;
    let deviation = event.samples.iter().map(|&(_, millis)| millis.abs_diff(average)).sum::<u64>() / count;
    let oldest = event.samples.front().map_or(now, |&(second, _)| second);
    let period = now.saturating_sub(oldest).max(1) as f64 / count as f64;
    format!(
        "{count} latency spikes (average {average}ms, mean deviation {deviation}ms, period {period:.2} sec). Worst all time \
         event {}ms.",
        event.max
    )
}
