//! The files of the append-only file: their paths, and the steps that make and remove them.
//!
//! Redis: `src/aof.c` (`makePath`, `writeAofManifestFile`, `aofDelHistoryFiles`).

use super::aof::State;
use super::disk::{Lane, Step};
use crate::persist::aof_write;
use crate::persist::manifest::Manifest;
use crate::server::Server;
use std::sync::Arc;

impl Server {
    /// The path of a file of the append-only file.
    pub(super) fn aof_path(&self, name: &str) -> String {
        format!("{}/{name}", self.config.appenddirname)
    }

    /// The steps that put a manifest into its place.
    pub(super) fn manifest_steps(&self, manifest: &Manifest) -> [Step; 5] {
        let name = format!("{}.manifest", self.config.appendfilename);
        let (path, temporary) = (self.aof_path(&name), self.aof_path(&format!("temp-{name}")));
        [
            Step::Create(temporary.clone()),
            Step::Append(temporary.clone(), Arc::new(manifest.to_string().into_bytes())),
            Step::Sync(temporary.clone()),
            Step::Rename(temporary, path),
            Step::SyncDirectory(self.config.appenddirname.clone()),
        ]
    }

    /// The steps that make an empty file. One of that name may have been left by a server that has died: without the sync its bytes
    /// could be there again after a power cut.
    pub(super) fn new_file_steps(&self, path: &str) -> [Step; 2] {
        [Step::Create(path.into()), Step::Sync(path.into())]
    }

    /// What a base of commands begins with: with `aof-timestamp-enabled` the second of which it is the picture. Redis: the
    /// beginning of `rewriteAppendOnlyFileRio`.
    pub(super) fn beginning_of_commands(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.config.aof_timestamp_enabled {
            aof_write::timestamp(&mut bytes, self.unix_millis() / 1000);
        }
        bytes
    }

    /// Removes the files that a new base has taken the place of, unless `aof-disable-auto-gc` keeps them: then the manifest goes on
    /// naming them. Redis: `aofDelHistoryFiles`.
    pub(super) fn remove_history(&mut self) {
        // Until the file is open, or while a rewrite runs, the manifest on the disk is about to be another.
        if self.config.aof_disable_auto_gc
            || self.persistence.aof.opening.is_some()
            || self.persistence.aof.rewrite.runs()
        {
            return;
        }
        let names = self.persistence.aof.manifest.take_history();
        if names.is_empty() {
            return;
        }
        let mut steps: Vec<Step> = names.iter().map(|name| Step::Remove(self.aof_path(name))).collect();
        steps.extend(self.manifest_steps(&self.persistence.aof.manifest));
        self.disk.ask(Lane::Log, steps);
    }
    /// CONFIG SET: `aof-disable-auto-gc` may let the history go now. Only if the manifest on the disk has it as history: it may
    /// still name the file of a rewrite that was given up, which goes with the history of the next one.
    pub(crate) fn remove_history_if_allowed(&mut self) {
        let aof = &self.persistence.aof;
        if aof.state == State::On && aof.lost.is_none() {
            self.remove_history();
        }
    }
}
