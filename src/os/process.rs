//! This process and the operating system: what it uses, and how many files it may open. Only `main` hands this to
//! the server.
//!
//! Redis: `src/zmalloc.c`, `zmalloc_get_rss`; `getrusage` in `src/server.c`.

use crate::base::random::Seed;
use crate::config::Config;
use crate::server::{Process, Usage};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::hash::{BuildHasher, RandomState};

/// Files that are no client's: listeners, the poll, the log. Redis: `CONFIG_MIN_RESERVED_FDS`.
const OWN_FILES: i64 = 32;

/// Clock ticks a second in `/proc`: fixed for programs on Linux, whatever the kernel's own.
const TICKS: f64 = 100.0;

/// What this process has used so far; zeros where there is no `/proc`.
pub fn usage() -> Usage {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let kilobytes = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * 1024
    };
    // The fields after the name in brackets; the name itself may hold spaces.
    let stat = read("/proc/self/stat");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0) / TICKS;
    let status = read("/proc/self/status");
    Usage {
        resident: kilobytes(&status, "VmRSS:"),
        peak: kilobytes(&status, "VmHWM:"),
        user: ticks(11),
        system: ticks(12),
        machine: kilobytes(&read("/proc/meminfo"), "MemTotal:"),
    }
}

/// Raises the number of files this process may have open as far as it may itself, and lowers `maxclients` if
/// that is not enough. Shells commonly start programs with a limit of 1024, of which they may have many more.
///
/// Redis: `src/server.c`, `adjustOpenFilesLimit`, which raises it only as far as it is needed.
pub fn make_room_for_clients(config: &mut Config) {
    let limit = getrlimit(Resource::Nofile);
    // If it is refused, what there is must do.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).is_ok();
    let Some(files) = (if raised { limit.maximum } else { limit.current }) else { return };
    let clients = i64::try_from(files).unwrap_or(i64::MAX).saturating_sub(OWN_FILES).max(1);
    if clients < config.maxclients {
        tracing::warn!(files, maxclients = clients, "maxclients is lowered: no more files may be open");
        config.maxclients = clients;
    }
}

/// Warns if the kernel lets fewer connections wait than `tcp-backlog` says. Redis: `checkTcpBacklogSettings`.
pub fn check_tcp_backlog(config: &Config) {
    let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap_or_default();
    if let Ok(most) = most.trim().parse::<i64>()
        && most > 0
        && most < config.tcp_backlog
    {
        tracing::warn!("'tcp-backlog {}' means {most}: that is net.core.somaxconn", config.tcp_backlog);
    }
}

/// This process, with a new run id.
pub fn describe() -> Process {
    let os = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Process {
        has_disk: false,
        pid: std::process::id(),
        run_id: random_hex(),
        seed: Seed(random()),
        executable: std::env::current_exe().map(|path| path.display().to_string()).unwrap_or_default(),
        os: format!("{} {} {}", capitalized(std::env::consts::OS), os.trim(), std::env::consts::ARCH),
        supervised: "no",
        usage: Some(usage),
        allocator: None,
        set_log_level: None,
        set_dir: None,
        claim_dir: None,
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

/// 40 hexadecimal digits, new in each process.
fn random_hex() -> String {
    format!("{:016x}{:016x}{:08x}", random(), random(), random() as u32)
}

/// A number that nobody can guess, even who knows others that were drawn here: SipHash with the keys that the standard
/// library draws of the operating system for its hash tables.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
