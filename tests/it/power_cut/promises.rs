//! What is promised, and from when on: read off the calls of the disk, not off the server.
//!
//! | what has happened | what a start must find from then on |
//! |---|---|
//! | the Sync of a file that the manifest on the disk names has returned | what was appended to it before: `everysec`, and `always` too |
//! | a manifest that names a synced file has its name on the disk | the same |
//! | something has left for a client under `always` | the state at the end of the turn that has made it |
//! | dump.rdb has its name on the disk, and there is no append-only file | the state at which the snapshot began |
//!
//! Nothing that leaves is promised under another policy, while there is no append-only file, or while it is given up: from the first
//! call of the log that has failed until a new base has its name. What is held when that begins may leave, and is promised to nobody.

use super::disk::{Call, Disk, Kind};
use super::history::{At, History};
use cutaway::config::Config;
use cutaway::config::persistence::AppendFsync;
use cutaway::server::persistence::disk::JobId;
use std::collections::{BTreeMap, BTreeSet};

/// The manifest of the append-only file.
pub const MANIFEST: &str = "appendonlydir/appendonly.aof.manifest";

/// What is known of the files that promises hang on.
#[derive(Default)]
pub struct Promises {
    /// The states that the server was in before and behind the turn in which it asked for a job.
    asked_at: BTreeMap<JobId, (At, At)>,
    /// The state that a file has with all that was appended to it, and with all that was synced.
    appended: BTreeMap<String, At>,
    synced: BTreeMap<String, At>,
    /// The files that the manifest on the disk names, or has named.
    named: BTreeSet<String>,
    /// Files of which a Sync has failed: what a later one says is nothing.
    broken: BTreeSet<String>,
    /// Jobs that give a base its name.
    rebasing: BTreeSet<JobId>,
    /// The job that has last made such a file as has to do with none before.
    void: Option<JobId>,
    /// Whether the append-only file is whole, as far as the server was told.
    is_whole: bool,
    /// Whether a start looks for an append-only file.
    has_log: bool,
    /// When the first bytes were appended that no Sync has followed, in milliseconds.
    unsynced_since: Option<u64>,
    /// The state at which the snapshot for dump.rdb began, and whether it has its name.
    snapshot: Option<(At, bool)>,
}

impl Promises {
    /// The server has loaded its files, or made them.
    pub fn begin(&mut self, has_log: bool) {
        (self.is_whole, self.has_log) = (has_log, has_log);
    }

    /// The append-only file was switched off.
    pub fn switched_off(&mut self) {
        self.is_whole = false;
    }

    /// The server makes a file that has to do with none before: it was switched off and on, or has lost the other. What was asked
    /// for earlier restores no promise.
    pub fn begins_anew(&mut self, job: JobId) {
        (self.is_whole, self.void) = (false, Some(job));
    }

    /// The server has asked for a job: at the start of the turn its state was the first of these, and the second when it asked.
    pub fn asked(&mut self, job: JobId, turn: (At, At)) {
        self.asked_at.insert(job, turn);
    }

    /// The state that is promised with what clients are sent of this turn.
    pub fn of_turn(&mut self, config: &Config, now: At) -> Option<At> {
        self.is_whole &= config.appendonly;
        (self.is_whole && config.appendfsync == AppendFsync::Always).then_some(now)
    }

    /// The server is told what became of a job.
    pub fn told(&mut self, job: JobId, is_done: bool, is_log: bool, disk: &Disk) {
        let manifest = disk.files.durable_bytes(MANIFEST).unwrap_or_default();
        let appends = String::from_utf8_lossy(manifest).contains("type i");
        if !is_done {
            self.is_whole &= !is_log;
            return;
        }
        // A rewrite while there is no file to append to makes a base alone.
        if self.rebasing.remove(&job) && appends && self.void < Some(job) {
            if !self.is_whole {
                self.unsynced_since = None;
            }
            self.is_whole = true;
        }
    }

    /// The disk was called.
    pub fn called(&mut self, call: &Call, disk: &Disk, history: &mut History, now_ms: u64) {
        let path = &call.path;
        let (before, at) = self.asked_at.get(&call.job).copied().unwrap_or((0, 0));
        match (call.kind, &call.error) {
            (Kind::Sync, Some(_)) => {
                self.broken.insert(path.clone());
            }
            (_, Some(_)) => {}
            (Kind::Append, None) => {
                self.appended.insert(path.clone(), at);
                if path.ends_with(".incr.aof") {
                    self.unsynced_since.get_or_insert(now_ms);
                }
            }
            (Kind::Sync, None) if !self.broken.contains(path) => {
                if path.ends_with(".incr.aof") {
                    self.unsynced_since = None;
                }
                if let Some(&at) = self.appended.get(path) {
                    self.synced.insert(path.clone(), at);
                }
                self.require_synced(history);
            }
            (Kind::Create, None) => {
                // Another file, which may have the name of an older one.
                [&mut self.named, &mut self.broken].into_iter().for_each(|paths| _ = paths.remove(path));
                [&mut self.appended, &mut self.synced].into_iter().for_each(|states| _ = states.remove(path));
            }
            (Kind::Rename, None) if path.contains(".base.") => {
                self.rebasing.insert(call.job);
            }
            (Kind::SyncDirectory, None) => {
                let manifest = disk.files.durable_bytes(MANIFEST).unwrap_or_default();
                let words = String::from_utf8_lossy(manifest);
                let names = words.split_whitespace().filter(|word| word.ends_with(".aof"));
                self.named.extend(names.map(|name| format!("appendonlydir/{name}")));
                self.require_synced(history);
            }
            _ => {}
        }
        self.snapshot_called(call, before, history);
    }

    fn require_synced(&self, history: &mut History) {
        for (path, &at) in self.synced.iter().filter(|(path, _)| self.named.contains(*path)) {
            history.require(at, || format!("{path} was synced"));
        }
    }

    /// A call for dump.rdb, while that is all there is.
    fn snapshot_called(&mut self, call: &Call, at: At, history: &mut History) {
        if self.has_log || call.error.is_some() {
            return;
        }
        match call.kind {
            Kind::Create if call.path == "temp-7.rdb" => self.snapshot = Some((at, false)),
            Kind::Rename if call.path == "dump.rdb" => {
                self.snapshot = self.snapshot.map(|(at, _)| (at, true));
            }
            Kind::SyncDirectory if call.path.is_empty() => {
                if let Some((at, true)) = self.snapshot {
                    history.require(at, || "dump.rdb was saved".into());
                }
            }
            _ => {}
        }
    }

    /// For how long bytes have been waiting for a sync that should have begun, in milliseconds.
    pub fn sync_overdue_ms(&mut self, config: &Config, disk: &Disk, now_ms: u64) -> u64 {
        let is_due = self.is_whole && config.appendfsync == AppendFsync::Everysec && disk.log_is_idle();
        if !is_due {
            return 0;
        }
        self.unsynced_since.map_or(0, |since| (now_ms - since).saturating_sub(1000))
    }
}
