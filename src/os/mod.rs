//! The process and its surroundings: the background, the pid file, the service manager, signals, the log. Only `main` and
//! the event loop use these; the server knows none of them.
//!
//! Redis: `src/server.c`, `main` and what it calls before and after `aeMain`.

pub mod claim;
pub mod log;
pub mod pid_file;
pub mod process;
pub mod supervised;

use std::io;

/// Goes on as a background process with a session of its own, without a terminal, its standard input and output
/// `/dev/null`; the process that was started exits with 0. To be called before any thread is started: a fork has only
/// the thread that calls it. The working directory stays, as `dir` has set it.
///
/// The parent does not wait for the child, as in Redis: it exits with 0 even if the child then finds its port taken,
/// and the log says so.
///
/// Redis: `daemonize`, which forks once where this forks twice, so that the server can never get a terminal again.
pub fn daemonize() -> io::Result<()> {
    fork::daemon(true, false).map(|_| ())
}

/// Works in another directory from now on, and returns its full path. Redis: `setConfigDirOption`.
pub fn set_dir(dir: &str) -> io::Result<String> {
    std::env::set_current_dir(dir)?;
    Ok(std::env::current_dir()?.to_string_lossy().into_owned())
}
