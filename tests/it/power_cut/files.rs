//! The files of a disk and their names: as programs see them, and as a power cut leaves them.

use super::data::{Data, Rest};
use super::random::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::io::ErrorKind;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    File(usize),
    Directory,
}

/// A change to the names of a directory.
#[derive(Clone, Debug)]
enum Change {
    Added(String, Node),
    Removed(String),
    /// From, to, what.
    Renamed(String, String, Node),
}

type Names = BTreeMap<String, Node>;

/// Files and directories by path, with `/` between the parts of a path. The empty path is a directory that is always there.
#[derive(Clone, Debug, Default)]
pub struct Files {
    data: Vec<Data>,
    seen: Names,
    durable: Names,
    unsynced: Vec<Change>,
    /// What the last append to a file was to write, and did not.
    unwritten: BTreeMap<String, Vec<u8>>,
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

impl Files {
    /// Makes a directory, which may be there.
    pub fn make_directory(&mut self, path: &str) -> io::Result<()> {
        if !self.is_directory(path) {
            self.add(path, Node::Directory)?;
        }
        Ok(())
    }

    /// Makes an empty file, or empties the one that is there.
    pub fn create(&mut self, path: &str) -> io::Result<()> {
        if let Some(&Node::File(_)) = self.seen.get(path) {
            self.file(path)?.set_length(0);
            return Ok(());
        }
        self.add(path, Node::File(self.data.len()))?;
        self.data.push(Data::default());
        Ok(())
    }

    fn add(&mut self, path: &str, node: Node) -> io::Result<()> {
        if !self.is_directory(directory(path)) {
            return Err(ErrorKind::NotFound.into());
        }
        self.change(Change::Added(path.into(), node));
        Ok(())
    }

    /// The bytes of a file.
    pub fn file(&mut self, path: &str) -> io::Result<&mut Data> {
        match self.seen.get(path) {
            Some(&Node::File(at)) => Ok(&mut self.data[at]),
            Some(Node::Directory) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    /// Gives a file another name.
    pub fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let Some(&node) = self.seen.get(from) else { return Err(ErrorKind::NotFound.into()) };
        if !self.is_directory(directory(to)) {
            return Err(ErrorKind::NotFound.into());
        }
        self.change(Change::Renamed(from.into(), to.into(), node));
        Ok(())
    }

    /// Removes a file, which may be missing.
    pub fn remove(&mut self, path: &str) {
        if self.seen.contains_key(path) {
            self.change(Change::Removed(path.into()));
        }
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.seen, &change);
        self.unsynced.push(change);
    }

    /// The names in a directory are on the disk, and what was renamed into it.
    pub fn sync_directory(&mut self, path: &str) -> io::Result<()> {
        if !self.is_directory(path) {
            return Err(ErrorKind::NotFound.into());
        }
        let is_here = |change: &mut Change| match change {
            Change::Added(name, _) | Change::Removed(name) | Change::Renamed(_, name, _) => {
                directory(name) == path
            }
        };
        for change in self.unsynced.extract_if(.., is_here) {
            apply(&mut self.durable, &change);
        }
        Ok(())
    }

    fn is_directory(&self, path: &str) -> bool {
        path.is_empty() || self.seen.get(path) == Some(&Node::Directory)
    }

    /// The names in a directory.
    pub fn list(&self, path: &str) -> Vec<String> {
        let names = self.seen.keys().filter(|name| directory(name) == path);
        names.map(|name| name.rsplit('/').next().unwrap_or_default().into()).collect()
    }

    /// What is there when the machine, or only the process, starts again.
    pub fn after_cut(&self, rest: Rest, random: &mut Random) -> Files {
        let mut names = self.durable.clone();
        for change in &self.unsynced {
            let is_kept = match rest {
                Rest::All => true,
                Rest::Nothing => false,
                Rest::Prefix | Rest::Blocks => random.one_in(2),
            };
            if is_kept {
                apply(&mut names, change);
            }
        }
        let directories: BTreeSet<String> = names
            .iter()
            .filter(|(_, node)| **node == Node::Directory)
            .map(|(name, _)| name.clone())
            .collect();
        // What lies in a directory whose name is lost is lost as well.
        names.retain(|name, _| directory(name).is_empty() || directories.contains(directory(name)));
        let mut files = Files::default();
        for (name, node) in names {
            let node = match node {
                Node::Directory => node,
                Node::File(at) => {
                    files.data.push(Data::durable(self.data[at].rest(rest, random)));
                    Node::File(files.data.len() - 1)
                }
            };
            files.durable.insert(name, node);
        }
        files.seen = files.durable.clone();
        files
    }

    /// What programs read in a file.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        match self.seen.get(path)? {
            Node::File(at) => Some(self.data[*at].bytes()),
            Node::Directory => None,
        }
    }

    /// What a power cut cannot take of a file.
    pub fn durable_bytes(&self, path: &str) -> Option<&[u8]> {
        match self.durable.get(path)? {
            Node::File(at) => Some(self.data[*at].durable_bytes()),
            Node::Directory => None,
        }
    }

    /// Whether the files whose names end so have no bytes that a power cut may take.
    pub fn is_synced(&self, end: &str) -> bool {
        let mut files = self.seen.iter().filter(|(name, _)| name.ends_with(end));
        files.all(|(_, node)| match node {
            Node::File(at) => self.data[*at].is_synced(),
            Node::Directory => true,
        })
    }

    /// Appends the first `part` of these bytes: all of them, or the append is one that fails.
    pub fn append_part(&mut self, path: &str, bytes: &[u8], part: usize) -> io::Result<()> {
        self.file(path)?.append(&bytes[..part]);
        self.unwritten.insert(path.into(), bytes[part..].to_vec());
        Ok(())
    }

    /// What the file would have if its last append had not failed.
    pub fn intended(&self, path: &str) -> Option<Vec<u8>> {
        let unwritten = self.unwritten.get(path).map_or(&[][..], |bytes| bytes);
        Some([self.bytes(path)?, unwritten].concat())
    }
}

fn apply(names: &mut Names, change: &Change) {
    match change {
        Change::Added(name, node) => {
            names.insert(name.clone(), *node);
        }
        Change::Removed(name) => {
            names.remove(name);
        }
        Change::Renamed(from, to, node) => {
            // Another file may have the old name by now.
            if names.get(from) == Some(node) {
                names.remove(from);
            }
            names.insert(to.clone(), *node);
        }
    }
}
