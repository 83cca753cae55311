//! The program's allocator: jemalloc, as in Redis.
//!
//! Redis: `src/zmalloc.c` (`zmalloc_used_memory`, `set_jemalloc_bg_thread`).
//!
//! The C library's heap gives memory back to the system from its end only: a list of which every block was thinned, or the
//! queue of a client that has gone, leaves holes that stay resident. jemalloc gives pages back wherever they are, some
//! seconds after they were last used. Its own thread does so, since this server sleeps when there is nothing to do.
//!
//! This belongs to the program, not to the library: a program that embeds the server has an allocator of its own. Without
//! the feature `jemalloc` it is the system's.

use cutaway::os::process;
use cutaway::server::Usage;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Starts the thread that gives memory back. Call it in the process that stays: a thread does not survive a fork.
pub fn start_thread() {
    #[cfg(feature = "jemalloc")]
    if let Err(error) = tikv_jemalloc_ctl::background_thread::write(true) {
        // Not on every system; then memory is given back while there is work.
        tracing::debug!("the allocator has no thread of its own: {error}");
    }
}

/// What the process uses, and how much of it the allocator has given out.
pub fn usage() -> Usage {
    Usage { allocated: allocated(), ..process::usage() }
}

#[cfg(feature = "jemalloc")]
fn allocated() -> Option<u64> {
    // The statistics are those of the last epoch.
    tikv_jemalloc_ctl::epoch::advance().ok()?;
    tikv_jemalloc_ctl::stats::allocated::read().ok().map(|bytes| bytes as u64)
}

#[cfg(not(feature = "jemalloc"))]
fn allocated() -> Option<u64> {
    None
}
