//! What Linux knows of a server's process: the CPU time of all its threads and its memory.

use std::path::Path;
use std::{fs, thread, time::Duration};

use crate::Result;

/// Whether this kernel tells what a thread has spent (`CONFIG_SCHED_INFO`; every distribution's does).
pub fn supported() -> bool {
    Path::new("/proc/self/schedstat").exists()
}

/// Nanoseconds on a CPU, in user and in kernel mode, of all threads of a process, once it has come to rest. The
/// kernel adds a running thread's time only at the next tick or switch, so we read until two readings a millisecond
/// apart agree.
pub fn cpu_at_rest(pid: u32) -> Result<u64> {
    let mut last = cpu(pid)?;
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(1));
        let now = cpu(pid)?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}

fn cpu(pid: u32) -> Result<u64> {
    let mut total = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between the listing and the reading.
        if let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) {
            total += text.split_whitespace().next().ok_or("schedstat is empty")?.parse::<u64>()?;
        }
    }
    Ok(total)
}

/// The most memory the process has had resident since it started, in bytes.
pub fn peak_memory(pid: u32) -> Result<u64> {
    kilobytes(&format!("/proc/{pid}/status"), "VmHWM:")
}

/// The memory resident now, in bytes. `smaps_rollup` counts pages; `VmRSS` sums per-CPU counters that may be some
/// hundred kilobytes behind, so it is only the fallback.
pub fn resident_memory(pid: u32) -> Result<u64> {
    kilobytes(&format!("/proc/{pid}/smaps_rollup"), "Rss:")
        .or_else(|_| kilobytes(&format!("/proc/{pid}/status"), "VmRSS:"))
}

fn kilobytes(path: &str, key: &str) -> Result<u64> {
    let text = fs::read_to_string(path)?;
    let line =
        text.lines().find_map(|line| line.strip_prefix(key)).ok_or_else(|| format!("{path} has no {key}"))?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
