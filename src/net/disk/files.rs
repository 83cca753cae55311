//! What the steps of a job do: files below one directory.
//!
//! Redis: the system calls of `src/aof.c` and `src/rdb.c` (`open`, `write`, `fsync`, `rename`, `unlink`, `ftruncate`) and
//! `fsyncFileDir` in `src/util.c`.
//!
//! Different on purpose:
//!
//! - Names are looked up from an open directory, so that CONFIG SET dir moves no file that is in use. As in Redis the
//!   append-only file stays where it was until it is opened anew.
//! - A file is created anew, for its owner only: what has its name is removed first. In a directory that others can write
//!   to, such as /tmp, a link that somebody has put there is not followed, and no bytes go into a file that somebody holds
//!   open. Redis follows links and keeps the permissions of a file that is there.

use crate::server::persistence::disk::{Answer, Failure, Step};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// How often a name may be taken again between its removal and the new file.
const TRIES: usize = 5;

const OWNER_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// The directory, and the files in it that are open.
pub(super) struct Files {
    /// The path of the directory: `.`, or that of a test.
    root: PathBuf,
    /// The directory that the path meant when the first of the files to write to was opened. While there is no such file,
    /// each job opens it anew.
    directory: Option<File>,
    /// Files to write to, by path.
    written: BTreeMap<String, File>,
    /// Whether a file is closed when it is synced: snapshots are done then, and the other lane renames some.
    closes_synced: bool,
    /// The file that is being read, from its beginning to its end.
    read: Option<(String, File)>,
}

impl Files {
    pub(super) fn new(root: PathBuf, closes_synced: bool) -> Files {
        Files { root, directory: None, written: BTreeMap::new(), closes_synced, read: None }
    }

    /// Does the steps of a job until one fails.
    pub(super) fn run(&mut self, steps: Vec<Step>) -> Result<Answer, Failure> {
        if self.written.is_empty() {
            self.directory = None;
        }
        let mut answer = Answer::Done;
        for (at, step) in steps.into_iter().enumerate() {
            answer = self.step(step).map_err(|error| Failure { step: at, error })?;
        }
        Ok(answer)
    }

    fn step(&mut self, step: Step) -> io::Result<Answer> {
        match step {
            Step::MakeDirectory(path) => self.make_directory(&path)?,
            Step::Create(path) => self.create(path)?,
            Step::Append(path, bytes) => self.writer(&path)?.write_all(&bytes)?,
            Step::AppendEncoded { path, pieces, mut finisher } => {
                for piece in pieces {
                    let bytes = finisher.finish(&piece);
                    self.writer(&path)?.write_all(&bytes)?;
                }
                return Ok(Answer::Finished(finisher));
            }
            Step::Truncate(path, length) => self.writer(&path)?.set_len(length)?,
            Step::Sync(path) => {
                self.writer(&path)?.sync_data()?;
                if self.closes_synced {
                    self.forget(&path);
                }
            }
            Step::SyncDirectory(path) => self.open_directory(&path)?.sync_all()?,
            Step::Rename(from, to) => self.rename(&from, &to)?,
            Step::Remove(path) => self.remove(&path)?,
            Step::Read { path, from, most } => return self.read(&path, from, most).map(Answer::Bytes),
            Step::Length(path) => return Ok(Answer::Length(self.length(&path)?)),
            Step::List(path) => return self.list(&path).map(Answer::Names),
        }
        Ok(Answer::Done)
    }

    /// The directory that paths begin at.
    fn directory(&mut self) -> io::Result<&File> {
        let directory = match self.directory.take() {
            Some(directory) => directory,
            None => open(CWD, &self.root, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?,
        };
        Ok(self.directory.insert(directory))
    }

    /// A directory below it; the empty path is the directory itself.
    fn open_directory(&mut self, path: &str) -> io::Result<File> {
        let path = if path.is_empty() { "." } else { path };
        open(self.directory()?, path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
    }

    fn make_directory(&mut self, path: &str) -> io::Result<()> {
        let made = rustix::fs::mkdirat(self.directory()?, path, Mode::RWXU);
        match made {
            // It may be a file: then this is the error.
            Err(Errno::EXIST) => self.open_directory(path).map(drop),
            other => Ok(other?),
        }
    }

    fn create(&mut self, path: String) -> io::Result<()> {
        self.forget(&path);
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        for _ in 0..TRIES {
            self.remove(&path)?;
            match open(self.directory()?, &path, flags, OWNER_FILE) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                other => {
                    self.written.insert(path, other?);
                    return Ok(());
                }
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// The file, open to be written to at its end.
    fn writer(&mut self, path: &str) -> io::Result<&mut File> {
        if !self.written.contains_key(path) {
            let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::NONBLOCK;
            let file = regular(open(self.directory()?, path, flags, Mode::empty())?)?;
            self.written.insert(path.into(), file);
        }
        self.written.get_mut(path).ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// The file, open to be read. A link is followed, as in Redis.
    fn reader(&mut self, path: &str) -> io::Result<File> {
        regular(open(self.directory()?, path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty())?)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.forget(from);
        self.forget(to);
        let directory = self.directory()?;
        Ok(rustix::fs::renameat(directory, from, directory, to)?)
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        self.forget(path);
        match rustix::fs::unlinkat(self.directory()?, path, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Closes a file whose name is to mean another.
    fn forget(&mut self, path: &str) {
        self.written.remove(path);
        self.read.take_if(|(read, _)| read == path);
    }

    fn read(&mut self, path: &str, from: u64, most: usize) -> io::Result<Vec<u8>> {
        let file = match self.read.take() {
            // Another file may have the name since the last time it was read.
            Some((read, file)) if read == path && from > 0 => file,
            _ => self.reader(path)?,
        };
        // A caller may ask for more than there is, but memory is taken for what there is.
        let left = file.metadata()?.len().saturating_sub(from);
        let mut bytes = vec![0; most.min(usize::try_from(left).unwrap_or(usize::MAX))];
        let mut filled = 0;
        while filled < bytes.len() {
            match file.read_at(&mut bytes[filled..], from + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        if filled == most {
            self.read = Some((path.into(), file));
        }
        Ok(bytes)
    }

    fn length(&mut self, path: &str) -> io::Result<u64> {
        match self.written.get(path) {
            Some(file) => Ok(file.metadata()?.len()),
            None => Ok(self.reader(path)?.metadata()?.len()),
        }
    }

    fn list(&mut self, path: &str) -> io::Result<Vec<String>> {
        let directory = match self.open_directory(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut names = Vec::new();
        for entry in Dir::read_from(directory)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        Ok(names)
    }
}

/// Opens a file from a directory on. No program that is started later has it open too.
fn open(
    directory: impl rustix::fd::AsFd,
    path: impl AsRef<Path>,
    flags: OFlags,
    mode: Mode,
) -> io::Result<File> {
    let file =
        retry_on_intr(|| rustix::fs::openat(&directory, path.as_ref(), flags | OFlags::CLOEXEC, mode))?;
    Ok(File::from(file))
}

/// The file, if it is one: a pipe or a device would hold up the thread.
fn regular(file: File) -> io::Result<File> {
    match FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) {
        FileType::RegularFile => Ok(file),
        FileType::Directory => Err(ErrorKind::IsADirectory.into()),
        _ => Err(io::Error::new(ErrorKind::InvalidInput, "Not a regular file")),
    }
}
