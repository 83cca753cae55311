//! The append-only file when the server starts: what was loaded is gone on with, what is missing is made.
//!
//! Redis: `src/aof.c`, `aofOpenIfNeededOnServerStart`, `aofLoadManifestFromDisk`.
//!
//! Different on purpose: the last file is synced before anything is promised. A server that was killed may have left in it
//! what the kernel had not written yet, and clients are about to read that.

use super::aof::{State, words};
use super::disk::{Answer, Failure, JobId, Lane, Step};
use crate::persist::manifest::Manifest;
use crate::server::Server;
use std::sync::Arc;

/// The files that are being made.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(super) job: JobId,
    /// The file that is to be appended to, and its bytes.
    incr: String,
    bytes: u64,
}

impl Server {
    /// What the manifest names was loaded: `older_bytes` of all files but the last, and the bytes of that one, if there is one.
    /// Makes what is missing: the directory, a base without keys, a first file. [`Server::append_only_file_opened`] is called when
    /// the disk has it.
    pub(super) fn open_append_only_file(
        &mut self,
        mut manifest: Manifest,
        mut older_bytes: u64,
        last_incr_bytes: Option<u64>,
    ) {
        let mut steps = Vec::new();
        let before = manifest.clone();
        if manifest.is_empty() {
            steps.push(Step::MakeDirectory(self.config.appenddirname.clone()));
            let is_rdb = self.config.aof_use_rdb_preamble;
            let file = manifest.next_base(&self.config.appendfilename, is_rdb);
            let path = self.aof_path(&file.name);
            let base = if is_rdb { self.empty_base() } else { self.beginning_of_commands() };
            manifest.rebase(file, true);
            older_bytes = base.len() as u64;
            steps.push(Step::Create(path.clone()));
            steps.push(Step::Append(path.clone(), Arc::new(base)));
            steps.push(Step::Sync(path));
        }
        let incr = match manifest.incrs.last() {
            Some(last) => {
                let path = self.aof_path(&last.name);
                steps.push(Step::Sync(path.clone()));
                path
            }
            None => {
                let file = manifest.next_incr(&self.config.appendfilename);
                let path = self.aof_path(&file.name);
                manifest.incrs.push(file);
                steps.extend(self.new_file_steps(&path));
                steps.push(Step::SyncDirectory(self.config.appenddirname.clone()));
                path
            }
        };
        if manifest != before {
            steps.extend(self.manifest_steps(&manifest));
            // The directory's own name.
            steps.push(Step::SyncDirectory(String::new()));
        }
        let job = self.disk.ask(Lane::Log, steps);
        let aof = &mut self.persistence.aof;
        (aof.manifest, aof.older_bytes) = (manifest, older_bytes);
        aof.opening = Some(Opening { job, incr, bytes: last_incr_bytes.unwrap_or(0) });
    }

    /// What became of that job.
    pub(super) fn opened(&mut self, opening: Opening, result: Result<Answer, Failure>) {
        if let Err(failure) = result {
            let why = format!("Can't open or create the append-only file: {}", words(&failure.error));
            return self.append_only_file_opened(Err(why));
        }
        let aof = &mut self.persistence.aof;
        aof.log.open(opening.incr, opening.bytes);
        aof.base_bytes = aof.current_bytes();
        aof.state = State::On;
        self.propagation.set(true);
        self.remove_history();
        self.append_only_file_opened(Ok(()));
    }
}
