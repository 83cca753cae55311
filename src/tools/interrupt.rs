//! Ctrl-C while a tool plays to somebody's server: the tool tidies up before it ends.
//!
//! Redis: none. The first SIGINT, SIGTERM or SIGHUP is noted, and what plays looks at [`came`] between two lines.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::low_level::signal_name;

/// The exit status of a process that the signal ended, as shells say it; 0: no signal came.
static CAME: AtomicUsize = AtomicUsize::new(0);

/// What a shell adds to a signal's number.
const STATUS: i32 = 128;

/// What the second signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// It ends the process at once.
    Ends,
    /// Nothing: a program that was started must be ended first.
    Waits,
}

/// Begins to watch the signals.
pub fn watch(second: Second) -> io::Result<()> {
    let insists = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // The order counts: a signal ends the process if another has come before, and only then counts as one that has come.
        if second == Second::Ends {
            flag::register_conditional_shutdown(signal, STATUS + signal, insists.clone())?;
            flag::register(signal, insists.clone())?;
        }
        flag::register_usize(signal, &CAME, (STATUS + signal) as usize)?;
    }
    Ok(())
}

/// The exit status for the signal that has come: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP. None: no signal came.
pub fn came() -> Option<u8> {
    u8::try_from(CAME.load(Ordering::SeqCst)).ok().filter(|&status| status > 0)
}

/// The name of the signal that a process has ended by, by its exit status.
pub fn name(status: u8) -> &'static str {
    signal_name(i32::from(status) - STATUS).unwrap_or("a signal")
}
