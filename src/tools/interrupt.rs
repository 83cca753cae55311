//! Ctrl-C while a tool plays to somebody's server: the tool tidies up before it ends.
//!
//! Redis: none. The first SIGINT or SIGTERM is noted, and whoever plays looks at [`came`] between two lines; a second one
//! ends the process at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The exit status of a process that the signal ended, as shells say it; 0: no signal came.
static CAME: AtomicUsize = AtomicUsize::new(0);

/// What a shell adds to a signal's number.
const STATUS: i32 = 128;

/// Begins to watch both signals.
pub fn watch() -> io::Result<()> {
    let insists = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The order counts: a signal ends the process if another has come before, and only then counts as one that has come.
        flag::register_conditional_shutdown(signal, STATUS + signal, insists.clone())?;
        flag::register(signal, insists.clone())?;
        flag::register_usize(signal, &CAME, (STATUS + signal) as usize)?;
    }
    Ok(())
}

/// The exit status for the signal that has come: 130 for SIGINT, 143 for SIGTERM. None: no signal came.
pub fn came() -> Option<u8> {
    u8::try_from(CAME.load(Ordering::SeqCst)).ok().filter(|&status| status > 0)
}
