//! A disk in memory that does what it says: for tests, and for a server without files.
//!
//! Redis: nothing of its own; its tests start a process in a directory of its own.
//!
//! What is written is there at once, and stays. The disk that loses what was not synced, or fails, is another.

use super::disk::{Answer, Failure, Job, JobId, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::io::ErrorKind;

/// Files by their paths, with `/` between the parts of a path.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    /// The bytes of each file.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The directories that were made. The empty path is always there.
    pub directories: BTreeSet<String>,
}

impl MemoryDisk {
    /// Does a job to its end, or until a step fails. Returns what [`crate::server::Server::disk_done`] is to be told.
    pub fn run(&mut self, job: Job) -> (JobId, Result<Answer, Failure>) {
        let mut answer = Answer::Done;
        for (at, step) in job.steps.into_iter().enumerate() {
            match self.step(step) {
                Ok(next) => answer = next,
                Err(error) => return (job.id, Err(Failure { step: at, error })),
            }
        }
        (job.id, Ok(answer))
    }

    fn step(&mut self, step: Step) -> io::Result<Answer> {
        match step {
            Step::MakeDirectory(path) => {
                self.directories.insert(path);
            }
            Step::Create(path) => {
                self.check_directory(&path)?;
                self.files.insert(path, Vec::new());
            }
            Step::Append(path, bytes) => self.file(&path)?.extend_from_slice(&bytes),
            Step::AppendEncoded { path, pieces, mut finisher } => {
                let file = self.file(&path)?;
                pieces.iter().for_each(|piece| file.extend(finisher.finish(piece)));
                return Ok(Answer::Finished(finisher));
            }
            Step::Truncate(path, length) => {
                let length = usize::try_from(length).map_err(|_| ErrorKind::InvalidInput)?;
                self.file(&path)?.resize(length, 0);
            }
            Step::Sync(path) => {
                self.file(&path)?;
            }
            Step::SyncDirectory(path) if self.has_directory(&path) => {}
            Step::SyncDirectory(_) => return Err(ErrorKind::NotFound.into()),
            Step::Rename(from, to) => {
                self.check_directory(&to)?;
                let bytes = self.files.remove(&from).ok_or(ErrorKind::NotFound)?;
                self.files.insert(to, bytes);
            }
            Step::Remove(path) => {
                self.files.remove(&path);
            }
            Step::Read { path, from, most } => {
                let bytes = self.file(&path)?;
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
                let end = from.saturating_add(most).min(bytes.len());
                return Ok(Answer::Bytes(bytes[from..end].to_vec()));
            }
            Step::Length(path) => return Ok(Answer::Length(self.file(&path)?.len() as u64)),
            Step::List(path) => return Ok(Answer::Names(self.names(&path))),
        }
        Ok(Answer::Done)
    }

    fn file(&mut self, path: &str) -> io::Result<&mut Vec<u8>> {
        self.files.get_mut(path).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn has_directory(&self, path: &str) -> bool {
        path.is_empty() || self.directories.contains(path)
    }

    /// A file needs a directory to be in.
    fn check_directory(&self, path: &str) -> io::Result<()> {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        if self.has_directory(directory) { Ok(()) } else { Err(ErrorKind::NotFound.into()) }
    }

    /// The names of what is in a directory.
    fn names(&self, directory: &str) -> Vec<String> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let paths = self.files.keys().chain(&self.directories);
        let names = paths.filter_map(|path| path.strip_prefix(&prefix));
        names.filter(|name| !name.is_empty() && !name.contains('/')).map(String::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::disk::Lane;
    use super::*;
    use std::sync::Arc;

    fn run(disk: &mut MemoryDisk, steps: Vec<Step>) -> Result<Answer, (usize, ErrorKind)> {
        let (_, result) = disk.run(Job { id: JobId(0), lane: Lane::Log, steps, is_short: false });
        result.map_err(|failure| (failure.step, failure.error.kind()))
    }

    #[test]
    fn what_is_written_is_read() {
        let mut disk = MemoryDisk::default();
        let path = || String::from("aof/one");
        let steps = vec![
            Step::MakeDirectory("aof".into()),
            Step::Create(path()),
            Step::Append(path(), Arc::new(b"hello".to_vec())),
        ];
        assert_eq!(run(&mut disk, steps), Ok(Answer::Done));
        let read = |from, most| vec![Step::Read { path: path(), from, most }];
        assert_eq!(run(&mut disk, read(1, 3)), Ok(Answer::Bytes(b"ell".into())));
        assert_eq!(run(&mut disk, read(3, 30)), Ok(Answer::Bytes(b"lo".into())));
        assert_eq!(run(&mut disk, read(30, 3)), Ok(Answer::Bytes(Vec::new())));
        let steps = vec![Step::Truncate(path(), 2), Step::Sync(path()), Step::Length(path())];
        assert_eq!(run(&mut disk, steps), Ok(Answer::Length(2)));
        let steps = vec![Step::Rename(path(), "aof/two".into()), Step::List("aof".into())];
        assert_eq!(run(&mut disk, steps), Ok(Answer::Names(vec!["two".into()])));
        assert_eq!(run(&mut disk, vec![Step::List(String::new())]), Ok(Answer::Names(vec!["aof".into()])));
    }

    #[test]
    fn a_job_ends_at_the_first_step_that_fails() {
        let mut disk = MemoryDisk::default();
        let steps = vec![Step::Create("a".into()), Step::Sync("b".into()), Step::Remove("a".into())];
        assert_eq!(run(&mut disk, steps), Err((1, ErrorKind::NotFound)));
        assert!(disk.files.contains_key("a"));
        assert_eq!(run(&mut disk, vec![Step::Create("no/a".into())]), Err((0, ErrorKind::NotFound)));
        let steps = vec![Step::Remove("b".into()), Step::List("no".into())];
        assert_eq!(run(&mut disk, steps), Ok(Answer::Names(Vec::new())));
    }
}
