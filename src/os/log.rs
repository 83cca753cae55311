//! The log: to standard output, or to a file that may be moved away.
//!
//! Redis: `src/server.c`, `serverLogRaw`.
//!
//! Different on purpose: Redis opens the log file anew for each line. Here it stays open, and each line first compares
//! the file with what its path names, for less than half the cost: one `stat`. The effect is the same: after `mv` or
//! logrotate the next line begins a new file, and no signal is needed. If the new file cannot be opened (a disk that is
//! full, a directory that is gone), lines go on into the old one, where Redis drops them.

use crate::config::Config;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// The filter of the log, once it is started.
static LOG_LEVEL: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Starts the log. A relative `logfile` is in the working directory of this moment, whatever `dir` becomes later.
pub fn start(config: &Config) -> Result<(), String> {
    let (filter, handle) = reload::Layer::new(filter(config.loglevel));
    let _ = LOG_LEVEL.set(handle);
    // A line that cannot be written is lost, as in Redis. To report that on standard error would end the process where
    // standard error is a closed pipe.
    let log = tracing_subscriber::fmt::layer().with_target(false).log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(filter);
    if config.logfile.is_empty() {
        registry.with(log.with_ansi(io::stdout().is_terminal())).init();
    } else {
        let file = LogFile::open(Path::new(&config.logfile))
            .map_err(|error| format!("cannot open the log file {} (logfile): {error}", config.logfile))?;
        registry.with(log.with_ansi(false).with_writer(Mutex::new(file))).init();
    }
    Ok(())
}

/// CONFIG SET loglevel.
pub fn set_level(level: &str) {
    if let Some(handle) = LOG_LEVEL.get() {
        // It fails only when the log is gone, and then there is no place to report it.
        let _ = handle.reload(filter(level));
    }
}

/// `loglevel` as a filter; `RUST_LOG` adds to it.
fn filter(level: &str) -> EnvFilter {
    let level = match level {
        // Below these are only the steps, and they are for `RUST_LOG=cutaway::step=trace` to ask for.
        "debug" | "verbose" => LevelFilter::DEBUG,
        "notice" => LevelFilter::INFO,
        "warning" => LevelFilter::WARN,
        _ => LevelFilter::OFF,
    };
    // Both are directives of one filter: alone, `RUST_LOG=cutaway::step=trace` would silence all else.
    let added = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    EnvFilter::builder().parse_lossy(format!("{level},{added}"))
}

/// A file that is written to where its path points now.
struct LogFile {
    path: PathBuf,
    file: File,
    /// What `file` is, whatever it is called now.
    identity: Identity,
}

/// The device and the inode of a file.
type Identity = (u64, u64);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

impl LogFile {
    /// Opens a file for appending, and creates it if there is none.
    fn open(path: &Path) -> io::Result<LogFile> {
        let path = std::path::absolute(path)?;
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let identity = identity(&file.metadata()?);
        Ok(LogFile { path, file, identity })
    }

    /// Opens the file again if its path names another one by now, or none.
    fn follow(&mut self) {
        let named = self.path.metadata().ok().map(|metadata| identity(&metadata));
        if named != Some(self.identity)
            && let Ok(reopened) = LogFile::open(&self.path)
        {
            *self = reopened;
        }
    }
}

impl Write for LogFile {
    /// Writes a line; the log gives whole ones.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.follow();
        self.file.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// An empty directory for a test.
    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("cutaway-{}-log-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_line_after_the_file_was_moved_away_begins_a_new_file() {
        let directory = directory("moved");
        let (path, old) = (directory.join("log"), directory.join("log.1"));
        let mut log = LogFile::open(&path).unwrap();
        log.write_all(b"one\n").unwrap();
        fs::rename(&path, &old).unwrap();
        log.write_all(b"two\n").unwrap();
        log.write_all(b"three\n").unwrap();
        let texts = [&path, &old].map(|path| fs::read_to_string(path).unwrap());
        fs::remove_dir_all(directory).unwrap();
        assert_eq!(texts, ["two\nthree\n", "one\n"]);
    }

    #[test]
    fn lines_go_to_the_file_that_was_put_in_the_place_of_the_old_one() {
        let directory = directory("replaced");
        let path = directory.join("log");
        let mut log = LogFile::open(&path).unwrap();
        log.write_all(b"one\n").unwrap();
        fs::write(directory.join("new"), "made by logrotate\n").unwrap();
        fs::rename(directory.join("new"), &path).unwrap();
        log.write_all(b"two\n").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_dir_all(directory).unwrap();
        assert_eq!(text, "made by logrotate\ntwo\n");
    }

    #[test]
    fn a_file_that_is_emptied_in_place_goes_on_at_its_beginning() {
        let directory = directory("emptied");
        let path = directory.join("log");
        let mut log = LogFile::open(&path).unwrap();
        log.write_all(b"one\n").unwrap();
        fs::write(&path, "").unwrap();
        log.write_all(b"two\n").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_dir_all(directory).unwrap();
        assert_eq!(text, "two\n");
    }

    #[test]
    fn lines_go_on_into_the_moved_file_while_no_new_one_can_be_opened() {
        let directory = directory("gone");
        let (inner, path) = (directory.join("logs"), directory.join("logs/log"));
        fs::create_dir(&inner).unwrap();
        let mut log = LogFile::open(&path).unwrap();
        fs::rename(&inner, directory.join("old")).unwrap();
        log.write_all(b"one\n").unwrap();
        fs::create_dir(&inner).unwrap();
        log.write_all(b"two\n").unwrap();
        let texts = [directory.join("old/log"), path].map(|path| fs::read_to_string(path).unwrap());
        fs::remove_dir_all(directory).unwrap();
        assert_eq!(texts, ["one\n", "two\n"]);
    }
}
