//! The files of cases: `tests/commands/*.cases`, requests with the replies of a real Redis below them.
//!
//! ```text
//! # A comment; it stays.
//! SET k v NX GET             a request, in redis-cli's quoting; a case ends with an empty line
//!     $-1                    its reply in both protocols, as scenarios print frames
//!   3 _                      its reply in RESP3, where that is another
//! B: SET k other             the same from a second connection; others are A's
//!     +OK
//! @sorted KEYS *             what is masked of the reply: see mask.rs
//!     *1 "k"
//! ! wait 20ms                the clock moves on
//! ```
//!
//! Every case begins on an empty server with new connections. Who adds a case writes its requests only;
//! `CUTAWAY_BLESS=1 cargo test --test it commands::` asks Redis and writes the replies.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cutaway::tools::scenario::words::{Request, split};

use super::mask::Mask;

/// A file of cases.
pub struct File {
    pub path: PathBuf,
    /// Its lines without the replies.
    lines: Vec<String>,
    pub cases: Vec<Case>,
}

/// Requests that belong together: they begin on an empty server.
pub struct Case {
    pub steps: Vec<Step>,
}

/// One line of a case.
pub struct Step {
    /// Its place in [`File::lines`], and in the file as a person counts.
    line: usize,
    pub number: usize,
    pub text: String,
    pub action: Action,
    /// The recorded replies in RESP2 and RESP3.
    pub recorded: [Option<String>; 2],
}

pub enum Action {
    Ask { client: char, masks: Vec<Mask>, request: Request },
    Wait(Duration),
}

impl Case {
    /// The requests, whoever sends them.
    pub fn requests(&self) -> impl Iterator<Item = (&Step, &Request)> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::Ask { request, .. } => Some((step, request)),
            Action::Wait(_) => None,
        })
    }
}

impl Step {
    /// Whether the reply on record is an error.
    pub fn fails(&self) -> bool {
        self.recorded[0].as_ref().is_some_and(|reply| reply.starts_with('-') && !reply.ends_with("-1"))
    }
}

/// Every file, or those whose names contain `CUTAWAY_CASES`.
pub fn files() -> Vec<File> {
    let only = std::env::var("CUTAWAY_CASES").unwrap_or_default();
    let mut paths: Vec<PathBuf> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cases"))
        .filter(|path| path.file_stem().unwrap().to_string_lossy().contains(&only))
        .collect();
    paths.sort();
    paths.into_iter().map(File::read).collect()
}

/// Where they are.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands")
}

impl File {
    fn read(path: PathBuf) -> File {
        let text = fs::read_to_string(&path).unwrap();
        let mut file = File { path, lines: Vec::new(), cases: Vec::new() };
        let mut case = Case { steps: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            let place = format!("{}:{}", file.path.display(), index + 1);
            if let Some(more) = line.strip_prefix("      ") {
                let step = case.steps.last_mut().unwrap_or_else(|| panic!("{place}: no request above"));
                let last = step.recorded.iter_mut().flatten();
                last.for_each(|reply| reply.push_str(&format!("\n{more}")));
            } else if let Some(reply) = line.strip_prefix("    ") {
                let step = case.steps.last_mut().unwrap_or_else(|| panic!("{place}: no request above"));
                step.recorded = [Some(reply.into()), Some(reply.into())];
            } else if let Some(reply) = line.strip_prefix("  3 ") {
                let step = case.steps.last_mut().unwrap_or_else(|| panic!("{place}: no request above"));
                step.recorded[1] = Some(reply.into());
            } else {
                file.lines.push(line.into());
                if line.is_empty() {
                    file.end(&mut case);
                } else if !line.starts_with('#') {
                    let action = action(line).unwrap_or_else(|trouble| panic!("{place}: {trouble}"));
                    case.steps.push(Step {
                        line: file.lines.len() - 1,
                        number: index + 1,
                        text: line.into(),
                        action,
                        recorded: [None, None],
                    });
                }
            }
        }
        file.end(&mut case);
        file
    }

    fn end(&mut self, case: &mut Case) {
        if !case.steps.is_empty() {
            self.cases.push(Case { steps: std::mem::take(&mut case.steps) });
        }
    }

    /// The name without `.cases`.
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap().to_string_lossy().into_owned()
    }

    /// Writes the file with other replies: for each case those of its steps, in RESP2 and in RESP3.
    pub fn bless(&self, replies: &[[Vec<Option<String>>; 2]]) {
        let mut below: Vec<String> = vec![String::new(); self.lines.len()];
        for (case, [two, three]) in self.cases.iter().zip(replies) {
            for (step, (two, three)) in case.steps.iter().zip(two.iter().zip(three)) {
                let (Some(two), Some(three)) = (two, three) else { continue };
                below[step.line].push_str(&format!("    {two}\n"));
                if three != two {
                    below[step.line].push_str(&format!("  3 {three}\n"));
                }
            }
        }
        let text: String =
            self.lines.iter().zip(below).map(|(line, below)| format!("{line}\n{below}")).collect();
        fs::write(&self.path, text).unwrap();
    }
}

fn action(line: &str) -> Result<Action, String> {
    if let Some(time) = line.strip_prefix("! wait ") {
        let millis = time.strip_suffix("ms").and_then(|number| number.parse().ok());
        return Ok(Action::Wait(Duration::from_millis(millis.ok_or("! wait wants a number and ms")?)));
    }
    let mut rest = line;
    let mut masks = Vec::new();
    while let Some(mask) = rest.strip_prefix('@') {
        let (name, after) = mask.split_once(' ').ok_or("a request must follow the mask")?;
        masks.push(Mask::parse(name)?);
        rest = after;
    }
    let client = if rest.starts_with("B: ") { 'B' } else { 'A' };
    let request = split(rest.strip_prefix("B: ").unwrap_or(rest))?;
    Ok(Action::Ask { client, masks, request })
}
