//! The pid file: the process id, for scripts that stop the server or watch it.
//!
//! Redis: `src/server.c`, `createPidFile`; `finishShutdown` removes it.
//!
//! Different on purpose: it is written after the sockets are open, so that a second server that finds its port taken
//! does not replace the first one's. And it is removed only while it holds the id of this process.

use std::path::{Path, PathBuf};

/// Where it is if the server runs in the background and `pidfile` is not set. Redis: `CONFIG_DEFAULT_PID_FILE`.
pub const DEFAULT: &str = "/var/run/redis.pid";

/// A pid file that was written; dropping it removes it.
pub struct PidFile {
    path: PathBuf,
    text: String,
}

impl PidFile {
    /// Writes the id of this process. None if that fails, which the log reports and which is no reason not to serve.
    pub fn write(path: &str) -> Option<PidFile> {
        let text = format!("{}\n", std::process::id());
        // CONFIG SET dir may change what a relative path means.
        let path = std::path::absolute(path).unwrap_or_else(|_| Path::new(path).into());
        match std::fs::write(&path, &text) {
            Ok(()) => Some(PidFile { path, text }),
            Err(error) => {
                tracing::warn!("Failed to write PID file {}: {error}", path.display());
                None
            }
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if std::fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            tracing::info!("Removing the pid file.");
            // If something else removed it in this moment, it meant the same.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("cutaway-{}-{name}.pid", std::process::id()))
    }

    #[test]
    fn it_holds_the_id_of_the_process_and_is_removed_at_the_end() {
        let path = path("plain");
        let file = PidFile::write(path.to_str().unwrap()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn one_that_another_server_has_written_since_is_left_alone() {
        let path = path("taken");
        let file = PidFile::write(path.to_str().unwrap()).unwrap();
        std::fs::write(&path, "1\n").unwrap();
        drop(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(text, "1\n");
    }

    #[test]
    fn one_that_cannot_be_written_is_none() {
        assert!(PidFile::write("/no/such/directory/cutaway.pid").is_none());
    }
}
