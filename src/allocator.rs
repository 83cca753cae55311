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

use cutaway::server::Allocator;

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

/// What the server can ask the allocator; None: this one does not say what it has given out.
pub fn allocator() -> Option<Allocator> {
    #[cfg(feature = "jemalloc")]
    return Some(Allocator {
        name: "jemalloc",
        allocated: jemalloc::allocated,
        pages: jemalloc::pages,
        report: jemalloc::report,
    });
    #[cfg(not(feature = "jemalloc"))]
    None
}

#[cfg(feature = "jemalloc")]
mod jemalloc {
    use cutaway::keyspace::Keyspace;
    use cutaway::server::Pages;
    use tikv_jemalloc_ctl::thread::{ThreadLocal, allocatedp, deallocatedp};
    use tikv_jemalloc_ctl::{epoch, stats, stats_print};

    thread_local! {
        /// Where jemalloc counts what this thread has been given, and what it has given back. Exact, and read without a call.
        /// The statistics of all threads would have to be brought up to date first, which takes microseconds; but the server
        /// has one thread, and jemalloc's own asks for nothing.
        static COUNTERS: Option<(ThreadLocal<u64>, ThreadLocal<u64>)> =
            allocatedp::read().ok().zip(deallocatedp::read().ok());
    }

    pub fn allocated(_: &Keyspace) -> u64 {
        COUNTERS.with(|counters| counters.map_or(0, |(given, back)| given.get().wrapping_sub(back.get())))
    }

    pub fn pages() -> Pages {
        // The statistics are those of the last epoch.
        let _ = epoch::advance();
        let bytes = |count: Result<usize, _>| count.map_or(0, |bytes: usize| bytes as u64);
        Pages { active: bytes(stats::active::read()), resident: bytes(stats::resident::read()) }
    }

    pub fn report() -> Vec<u8> {
        let mut report = Vec::new();
        let _ = stats_print::stats_print(&mut report, stats_print::Options::default());
        report
    }
}
