//! The journal of a check: what the next one needs to know if this one is killed.
//!
//! It is a file for each server's address in the user's state directory (`$XDG_STATE_HOME/cutaway`, else
//! `~/.local/state/cutaway`, else one in the temporary directory). A line of JSON says what the server was before the first
//! scenario, and a line before each scenario says what that may leave; so the last whole line is the scenario that was
//! played when the check was killed. A check that ends removes the file. While it plays it holds a lock on the file, so
//! that two checks never play to one server, and so that a journal without a lock is known to be a dead check's.
//!
//! Redis has no counterpart.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde_json::{Value, json};

use super::settings::Values;
use crate::tools::scenario::words::{escape, split};

/// The journal of the check that plays now.
pub struct Journal {
    file: File,
    path: PathBuf,
}

/// What a check that was killed has written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The server's `run_id`, if it has one.
    pub run_id: Option<String>,
    /// All settings before the first scenario.
    pub settings: Values,
    /// What was played when it was killed.
    pub risk: Risk,
}

/// What a scenario may leave behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// The scenario's name.
    pub scenario: String,
    /// The keys that it may write.
    pub keys: BTreeSet<Vec<u8>>,
    /// The passwords that it may set.
    pub passwords: Vec<String>,
    /// The requests that take away the rest, each in words.
    pub remedies: Vec<String>,
}

impl Journal {
    /// Opens the journal of this server and locks it; reads what a killed check has left in it. The error says that another
    /// check plays to the server.
    pub fn open(server: SocketAddr) -> Result<Journal, String> {
        let mut refusal = String::new();
        let opened = directories().into_iter().find_map(|directory| {
            let opened = Journal::open_in(&directory, server);
            opened.map_err(|error| refusal = format!("{}: {error}", directory.display())).ok()
        });
        let journal = opened.ok_or_else(|| format!("cannot keep a journal: {refusal}"))?;
        match flock(&journal.file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => Err(format!("another `cutaway check` is playing to {server}")),
            // A file system without locks.
            _ => Ok(journal),
        }
    }

    fn open_in(directory: &Path, server: SocketAddr) -> io::Result<Journal> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let about = fs::symlink_metadata(directory)?;
        if !about.is_dir() || about.uid() != rustix::process::getuid().as_raw() {
            return Err(io::Error::other("not this user's directory"));
        }
        let path = directory.join(file_name(server));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        Ok(Journal { file: options.open(&path)?, path })
    }

    /// What a killed check has left; None if there was none, or it had played nothing.
    pub fn left(&mut self) -> Option<Left> {
        let mut text = String::new();
        self.file.read_to_string(&mut text).ok()?;
        read(&text)
    }

    /// Where it is, for people.
    pub fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// Begins anew: what the server is before the first scenario.
    pub fn begin(&mut self, run_id: Option<&str>, settings: &Values) -> io::Result<()> {
        let settings: serde_json::Map<String, Value> =
            settings.iter().map(|(name, value)| (escape(name), escape(value).into())).collect();
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.write(&json!({ "run_id": run_id, "settings": settings }))
    }

    /// The scenario that is played from now on.
    pub fn plays(&mut self, risk: &Risk) -> io::Result<()> {
        let Risk { scenario, keys, passwords, remedies } = risk;
        let keys: Vec<String> = keys.iter().map(|key| escape(key)).collect();
        self.write(
            &json!({ "scenario": scenario, "keys": keys, "passwords": passwords, "remedies": remedies }),
        )
    }

    /// One write for a line: it is there, or the scenario has not begun.
    fn write(&mut self, value: &Value) -> io::Result<()> {
        self.file.write_all(format!("{value}\n").as_bytes())
    }

    /// The server is as it was, so nothing needs to be known of it.
    pub fn remove(self) {
        // If it stays, the next check finds nothing wrong and removes it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Reads a journal. Half a line at its end had not been written before its scenario began.
fn read(text: &str) -> Option<Left> {
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut lines = whole.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let (first, last) = (lines.next()?, lines.next_back()?);
    let texts = |name: &str| -> Vec<String> {
        let items = last[name].as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().map(String::from)).collect()
    };
    let settings = first["settings"].as_object().into_iter().flatten();
    Some(Left {
        run_id: first["run_id"].as_str().map(String::from),
        settings: settings
            .filter_map(|(name, value)| Some((unescape(name)?, unescape(value.as_str()?)?)))
            .collect(),
        risk: Risk {
            scenario: last["scenario"].as_str()?.into(),
            keys: texts("keys").iter().filter_map(|key| unescape(key)).collect(),
            passwords: texts("passwords"),
            remedies: texts("remedies"),
        },
    })
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    split(&format!("\"{text}\"")).ok()?.into_iter().next()
}

fn file_name(server: SocketAddr) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    format!("check-{}.journal", server.to_string().chars().map(plain).collect::<String>())
}

/// Where journals may be, the best place first. Only this user can read them: settings may hold passwords.
fn directories() -> Vec<PathBuf> {
    let given = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = given("XDG_STATE_HOME").or_else(|| Some(given("HOME")?.join(".local/state")));
    let temporary = env::temp_dir().join(format!("cutaway-{}", rustix::process::getuid().as_raw()));
    state.map(|state| state.join("cutaway")).into_iter().chain([temporary]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        Journal { file, path }
    }

    fn risk(scenario: &str) -> Risk {
        Risk {
            scenario: scenario.into(),
            keys: [b"k".to_vec(), b"bin\x00\xff\"".to_vec()].into(),
            passwords: vec!["secret".into()],
            remedies: vec!["FUNCTION FLUSH".into()],
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_the_last_scenario_counts() {
        let mut journal = journal();
        let settings = Values::from([(b"save".to_vec(), b"a \"b\"\n\xff".to_vec())]);
        journal.begin(Some("abc"), &settings).unwrap();
        journal.plays(&risk("one")).unwrap();
        journal.plays(&risk("two")).unwrap();
        journal.file.rewind().unwrap();
        assert_eq!(journal.left(), Some(Left { run_id: Some("abc".into()), settings, risk: risk("two") }));
    }

    #[test]
    fn half_a_line_had_not_begun() {
        let first = "{\"run_id\":null,\"settings\":{}}\n";
        let one = "{\"scenario\":\"one\",\"keys\":[],\"passwords\":[],\"remedies\":[]}\n";
        let scenario = |text: &str| read(text).map(|left| left.risk.scenario);
        assert_eq!(scenario(&format!("{first}{one}{{\"scenario\":\"tw")).as_deref(), Some("one"));
        assert_eq!(scenario(first), None);
        assert_eq!(scenario("nonsense\n"), None);
        assert_eq!(scenario(""), None);
    }

    #[test]
    fn each_server_has_its_file() {
        assert_eq!(file_name(([127, 0, 0, 1], 7000).into()), "check-127.0.0.1-7000.journal");
        assert_eq!(file_name("[::1]:7000".parse().unwrap()), "check----1--7000.journal");
    }
}
