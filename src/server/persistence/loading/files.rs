//! Which files are loaded: the names in the directory, the manifest, how long each file is; and what is removed.
//!
//! Redis: `src/aof.c` (`aofLoadManifestFromDisk`, `aofUpgradePrepare`, `getBaseAndIncrAppendOnlyFilesSize`, the beginning of
//! `loadAppendOnlyFiles`); the beginning of `rdbLoadWithEmptyFunc` in `src/rdb.c`.
//!
//! Each question to the disk is a step; its answer leads to the next, until [`Server::load_part`] has something to load.
//!
//! Different on purpose: the files that a server was writing when it was killed are removed at the start.

use super::{Flow, Purpose, Run};
use crate::persist::manifest::{File, Manifest};
use crate::server::Server;
use crate::server::persistence::aof::words;
use crate::server::persistence::disk::{Answer, Failure, Lane, Step};
use std::io::ErrorKind;

/// A manifest is no longer than this.
const LONGEST_MANIFEST: usize = 1 << 20;

/// What the disk was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// The names in the directory of the process.
    Names,
    /// The names in the directory of the append-only file. `old`: there is a file of the time before Redis 7 beside it.
    LogNames { old: bool },
    /// The manifest.
    Manifest { old: bool, moved: bool },
    /// To have the old file moved, and a manifest that names it.
    Move,
    /// How long the next of the files is.
    Length,
    /// To have the end of the last file cut off.
    Cut,
}

/// What is read of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Keys: the snapshot alone.
    Snapshot,
    /// Keys or commands: what an append-only file begins with.
    Base,
    /// Commands.
    Increment,
}

/// A file that is to be loaded.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) what: What,
    pub(super) length: u64,
}

impl Server {
    fn manifest_name(&self) -> String {
        format!("{}.manifest", self.config.appendfilename)
    }

    pub(super) fn ask(
        &mut self,
        run: &mut Run,
        question: Question,
        steps: Vec<Step>,
    ) -> Result<Flow, String> {
        run.asked = Some((self.disk.ask(Lane::Log, steps), question));
        Ok(Flow::GoesOn)
    }

    /// The first question.
    pub(super) fn ask_for_names(&mut self, run: &mut Run) -> Result<Flow, String> {
        self.ask(run, Question::Names, vec![Step::List(String::new())])
    }

    /// Goes on with what the disk has told. A failure that has no other meaning ends the load.
    pub(super) fn answered(
        &mut self,
        run: &mut Run,
        question: Question,
        result: Result<Answer, Failure>,
    ) -> Result<Flow, String> {
        let failed = |what: String| move |failure: Failure| format!("{what}: {}", words(&failure.error));
        match question {
            Question::Names => {
                let names = names(result.map_err(failed("Can't read the working directory".into()))?);
                self.names_told(run, &names)
            }
            Question::LogNames { old } => {
                let directory = &self.config.appenddirname;
                let names = names(result.map_err(failed(format!("Can't read append-only dir {directory}")))?);
                self.log_names_told(run, old, &names)
            }
            Question::Manifest { old, moved } => {
                let path = self.aof_path(&self.manifest_name());
                let what = format!("Fatal error: can't open the AOF manifest file {path} for reading");
                self.manifest_told(run, (old, moved), bytes(result.map_err(failed(what))?))
            }
            Question::Move => {
                let (name, directory) = (&self.config.appendfilename, &self.config.appenddirname);
                result.map_err(failed(format!(
                    "Error trying to move the old AOF file {name} into dir {directory}"
                )))?;
                tracing::info!(
                    "Successfully migrated an old-style AOF file ({name}) into the AOF directory ({directory})."
                );
                self.plan(run)
            }
            Question::Length => self.length_told(run, result),
            Question::Cut => self.was_cut(run, result),
        }
    }

    fn names_told(&mut self, run: &mut Run, names: &[String]) -> Result<Flow, String> {
        if matches!(run.purpose, Purpose::Start) {
            self.remove(names.iter().filter(|name| is_left_over(name)).cloned().collect());
        }
        if run.is_log {
            let old = names.contains(&self.config.appendfilename);
            let steps = vec![Step::List(self.config.appenddirname.clone())];
            return self.ask(run, Question::LogNames { old }, steps);
        }
        let name = self.config.dbfilename.clone();
        if !names.contains(&name) {
            return self.nothing_to_load(run);
        }
        run.files.push_back(Planned { path: name.clone(), name, what: What::Snapshot, length: 0 });
        self.ask_for_length(run)
    }

    fn log_names_told(&mut self, run: &mut Run, old: bool, names: &[String]) -> Result<Flow, String> {
        if matches!(run.purpose, Purpose::Start) {
            let prefix = format!("temp-{}.", self.config.appendfilename);
            let left_over = names.iter().filter(|name| {
                name.strip_prefix(&prefix).is_some_and(|rest| rest == "manifest" || rest == "incr")
            });
            self.remove(left_over.map(|name| self.aof_path(name)).collect());
        }
        let (manifest, moved) = (self.manifest_name(), names.contains(&self.config.appendfilename));
        if !names.contains(&manifest) {
            return self.move_old(run, old, moved);
        }
        let path = self.aof_path(&manifest);
        let read = Step::Read { path, from: 0, most: LONGEST_MANIFEST };
        self.ask(run, Question::Manifest { old, moved }, vec![read])
    }

    fn manifest_told(
        &mut self,
        run: &mut Run,
        (old, moved): (bool, bool),
        bytes: Vec<u8>,
    ) -> Result<Flow, String> {
        run.manifest = Manifest::parse(&bytes).map_err(|fault| {
            tracing::warn!("*** FATAL AOF MANIFEST FILE ERROR ***");
            if let Some(text) = fault.text {
                tracing::warn!("Reading the manifest file, at line {}", fault.line);
                tracing::warn!(">>> '{text}'");
            }
            String::from(fault.error)
        })?;
        self.move_old(run, old, moved)
    }

    /// Has a file of the time before Redis 7 moved to where it is the base, unless there are other files. Redis:
    /// `aofUpgradePrepare`.
    fn move_old(&mut self, run: &mut Run, old: bool, moved: bool) -> Result<Flow, String> {
        let name = self.config.appendfilename.clone();
        let Manifest { base, incrs, .. } = &run.manifest;
        let is_next = incrs.is_empty() && base.as_ref().is_none_or(|base| base.name == name && !moved);
        if !old || !is_next {
            return self.plan(run);
        }
        run.manifest.adopt_base(name.clone());
        let mut steps = vec![Step::MakeDirectory(self.config.appenddirname.clone())];
        steps.extend(self.manifest_steps(&run.manifest));
        steps.push(Step::Rename(name.clone(), self.aof_path(&name)));
        steps.push(Step::SyncDirectory(self.config.appenddirname.clone()));
        steps.push(Step::SyncDirectory(String::new()));
        self.ask(run, Question::Move, steps)
    }

    /// The manifest says what is to be loaded.
    fn plan(&mut self, run: &mut Run) -> Result<Flow, String> {
        let Manifest { base, incrs, .. } = &run.manifest;
        let base = base.iter().map(|file| (file, What::Base));
        let incrs = incrs.iter().map(|file| (file, What::Increment));
        let planned = |(file, what): (&File, What)| {
            let path = self.aof_path(&file.name);
            Planned { name: file.name.clone(), path, what, length: 0 }
        };
        run.files = base.chain(incrs).map(planned).collect();
        if run.files.is_empty() { self.nothing_to_load(run) } else { self.ask_for_length(run) }
    }

    fn ask_for_length(&mut self, run: &mut Run) -> Result<Flow, String> {
        let steps = run.files.front().map(|file| Step::Length(file.path.clone()));
        self.ask(run, Question::Length, steps.into_iter().collect())
    }

    /// The files are asked for their lengths one after the other: when each is at the back again, all have been.
    fn length_told(&mut self, run: &mut Run, result: Result<Answer, Failure>) -> Result<Flow, String> {
        let Some(mut file) = run.files.pop_front() else { return Ok(Flow::GoesOn) };
        file.length = match result {
            Ok(Answer::Length(length)) => length,
            Ok(_) => 0,
            Err(failure) if file.what == What::Snapshot => {
                return match failure.error.kind() {
                    ErrorKind::NotFound => self.nothing_to_load(run),
                    _ => {
                        let name = file.name;
                        tracing::warn!(
                            "Fatal error: can't open the RDB file {name} for reading: {}",
                            failure.error
                        );
                        Err(FATAL.into())
                    }
                };
            }
            Err(failure) => {
                let (name, error) = (file.name, words(&failure.error));
                return Err(format!("Unable to obtain the AOF file {name} length. stat: {error}"));
            }
        };
        self.persistence.loading.progress.total_bytes += file.length;
        run.all_bytes += file.length;
        run.files.push_back(file);
        run.measured += 1;
        if run.measured < run.files.len() { self.ask_for_length(run) } else { self.next_file(run) }
    }

    /// There is no file. Redis: `AOF_NOT_EXIST`, `RDB_NOT_EXIST`.
    fn nothing_to_load(&mut self, run: &mut Run) -> Result<Flow, String> {
        match run.purpose {
            Purpose::Start => self.go_on_behind(run),
            Purpose::Reload { .. } => Err(format!("There is no file {}", self.config.dbfilename)),
            Purpose::LoadLog { .. } => Err("There is no append only file".into()),
        }
    }

    /// What there is, is loaded. The append-only file goes on behind it, and the server starts when that is so. Redis:
    /// `aofOpenIfNeededOnServerStart`.
    pub(super) fn go_on_behind(&mut self, run: &mut Run) -> Result<Flow, String> {
        if !matches!(run.purpose, Purpose::Start) || !run.is_log {
            return Ok(Flow::Ended);
        }
        let last = run.manifest.incrs.last().map(|_| run.last_bytes);
        let manifest = std::mem::take(&mut run.manifest);
        self.open_append_only_file(manifest, run.all_bytes - last.unwrap_or(0), last);
        Ok(Flow::GoesOn)
    }

    /// The append-only file goes on, or cannot.
    pub(in crate::server::persistence) fn append_only_file_opened(&mut self, result: Result<(), String>) {
        if let Some(run) = self.persistence.loading.run.take() {
            self.work_at_load(run, |_, _| result.map(|()| Flow::Ended));
        }
    }

    /// Has files removed; nothing waits for it.
    fn remove(&mut self, paths: Vec<String>) {
        if !paths.is_empty() {
            self.disk.ask(Lane::Log, paths.into_iter().map(Step::Remove).collect());
        }
    }
}

/// The last line of the log when a snapshot cannot be loaded. Redis: the end of `loadDataFromDisk`.
pub(super) const FATAL: &str = "Fatal error loading the DB, check server logs. Exiting.";

/// Whether a name in the directory of the process is that of a file that a server was writing when it ended. Redis:
/// `rdbSave`, `rewriteAppendOnlyFile`, `rewriteAppendOnlyFileBackground`.
fn is_left_over(name: &str) -> bool {
    let forms = [("temp-", ".rdb"), ("temp-rewriteaof-", ".aof"), ("temp-rewriteaof-bg-", ".aof")];
    forms.iter().any(|(before, behind)| {
        let pid = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
        pid.is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn names(answer: Answer) -> Vec<String> {
    match answer {
        Answer::Names(names) => names,
        _ => Vec::new(),
    }
}

fn bytes(answer: Answer) -> Vec<u8> {
    match answer {
        Answer::Bytes(bytes) => bytes,
        _ => Vec::new(),
    }
}
