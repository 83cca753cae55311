//! The bytes of one file: what programs read, what a power cut cannot take, and the changes between.

use super::random::Random;

/// What the disk writes at once.
const BLOCK: usize = 512;

/// What is left of changes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// All of them: the process was killed, not the machine.
    All,
    /// None.
    Nothing,
    /// Of each file the first so many changes, the next one torn at any byte.
    Prefix,
    /// Of each file any blocks, in any version that they have had; zeros if they were never written.
    Blocks,
}

/// A change to a file.
#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => {
                let end = at + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                file[*at..end].copy_from_slice(bytes);
            }
            Change::Length(length) => file.resize(*length, 0),
        }
    }

    /// The first bytes of what it writes.
    fn torn(&self, random: &mut Random) -> Option<Change> {
        let Change::Write { at, bytes } = self else { return None };
        Some(Change::Write { at: *at, bytes: bytes[..random.below(bytes.len() + 1)].to_vec() })
    }
}

/// The bytes of a file.
#[derive(Clone, Debug, Default)]
pub struct Data {
    seen: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

impl Data {
    /// A file that is on the disk.
    pub fn durable(bytes: Vec<u8>) -> Data {
        Data { seen: bytes.clone(), durable: bytes, unsynced: Vec::new() }
    }

    /// What programs read.
    pub fn bytes(&self) -> &[u8] {
        &self.seen
    }

    /// What a power cut cannot take.
    pub fn durable_bytes(&self) -> &[u8] {
        &self.durable
    }

    /// Whether that is the same.
    pub fn is_synced(&self) -> bool {
        self.unsynced.is_empty()
    }

    /// Writes behind the end.
    pub fn append(&mut self, bytes: &[u8]) {
        self.change(Change::Write { at: self.seen.len(), bytes: bytes.to_vec() });
    }

    /// Cuts to a length, or adds zeros.
    pub fn set_length(&mut self, length: usize) {
        self.change(Change::Length(length));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsynced.push(change);
    }

    /// Everything written is on the disk. What an earlier sync has lost is not among it.
    pub fn sync(&mut self) {
        self.durable = self.after(self.unsynced.len());
        self.unsynced.clear();
    }

    /// A sync that fails: the kernel takes the pages for written, whatever became of them.
    pub fn fail_to_sync(&mut self, rest: Rest, random: &mut Random) {
        self.durable = self.rest(rest, random);
        self.unsynced.clear();
    }

    /// What a power cut leaves.
    pub fn rest(&self, rest: Rest, random: &mut Random) -> Vec<u8> {
        let count = self.unsynced.len();
        match rest {
            Rest::All => self.after(count),
            Rest::Nothing => self.durable.clone(),
            Rest::Prefix => {
                let kept = random.below(count + 1);
                let mut file = self.after(kept);
                if let Some(torn) = self.unsynced.get(kept).and_then(|next| next.torn(random)) {
                    torn.apply(&mut file);
                }
                file
            }
            Rest::Blocks => {
                let versions: Vec<Vec<u8>> = (0..=count).map(|count| self.after(count)).collect();
                mix(&versions, random)
            }
        }
    }

    /// The file after so many of the changes.
    fn after(&self, count: usize) -> Vec<u8> {
        let mut file = self.durable.clone();
        self.unsynced[..count].iter().for_each(|change| change.apply(&mut file));
        file
    }
}

/// A file of blocks from any of its versions, each torn in two.
fn mix(versions: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let length = random.choose(versions).len();
    let mut file = Vec::with_capacity(length);
    while file.len() < length {
        let block_end = (file.len() + BLOCK).min(length);
        let torn = random.between(file.len(), block_end);
        for end in [torn, block_end] {
            let version = random.choose(versions);
            let part = file.len()..end;
            file.extend(part.map(|at| version.get(at).copied().unwrap_or(0)));
        }
    }
    file
}
