//! The claim on a directory: while this process has it, no other server saves its files there.
//!
//! Redis: none; two of its servers on one directory write each other's files. It locks the file of a cluster's nodes alone
//! (`clusterLockConfig`).
//!
//! The directory itself is locked (`flock`), so that no file is left behind, and the kernel takes the lock away when the
//! process is gone. A file system that has no locks is warned of.

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, PoisonError};

/// The directory that is claimed, open.
static CLAIMED: Mutex<Option<File>> = Mutex::new(None);

/// Claims the directory that this process works in, and gives up the one that it had claimed.
pub fn claim_dir() -> io::Result<()> {
    let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
    let directory = File::open(".")?;
    let place = |directory: &File| directory.metadata().map(|about| (about.dev(), about.ino()));
    if let Some(old) = &*claimed
        && place(old)? == place(&directory)?
    {
        return Ok(());
    }
    match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            return Err(io::Error::other("another server saves its files in this directory"));
        }
        Err(error) => tracing::warn!(
            "the directory cannot be locked against other servers: {}",
            crate::config::file::reason(&error.into())
        ),
    }
    *claimed = Some(directory);
    Ok(())
}
