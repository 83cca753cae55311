//! The slow log: the last commands that took longer than `slowlog-log-slower-than`.
//!
//! Redis: `src/slowlog.c`.

use std::collections::VecDeque;
use std::sync::Arc;

/// Words kept of a command; the last tells how many more there were. Redis: `SLOWLOG_ENTRY_MAX_ARGC`.
const MAX_WORDS: usize = 32;
/// Bytes kept of a word. Redis: `SLOWLOG_ENTRY_MAX_STRING`.
const MAX_BYTES: usize = 128;

/// A command that took long.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Counts up from 0, never reset.
    pub id: u64,
    /// When it ran, in seconds since 1970.
    pub unix_seconds: u64,
    /// How long, in microseconds.
    pub microseconds: u64,
    /// Its words, shortened.
    pub words: Vec<Vec<u8>>,
    /// The client's address.
    pub addr: Box<str>,
    /// The client's name: shared, since a client chooses its length.
    pub name: Arc<str>,
}

/// The entries, newest first.
#[derive(Debug, Default)]
pub struct Slowlog {
    entries: VecDeque<Entry>,
    next_id: u64,
}

impl Slowlog {
    /// Adds an entry (its id is set here) and drops the oldest beyond `max`.
    pub fn add(&mut self, mut entry: Entry, max: usize) {
        entry.id = self.next_id;
        self.next_id += 1;
        self.entries.push_front(entry);
        self.trim(max);
    }

    /// Drops the oldest entries beyond `max`.
    pub fn trim(&mut self, max: usize) {
        self.entries.truncate(max);
    }

    /// The entries, newest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> + Clone {
        self.entries.iter()
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// The words of a command as the slow log keeps them. Redis: `slowlogCreateEntry`.
pub fn shorten<'a>(words: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let count = words.len();
    let kept = if count > MAX_WORDS { MAX_WORDS - 1 } else { count };
    let mut short: Vec<Vec<u8>> = words
        .take(kept)
        .map(|word| match word.len().checked_sub(MAX_BYTES) {
            Some(more @ 1..) => [&word[..MAX_BYTES], format!("... ({more} more bytes)").as_bytes()].concat(),
            _ => word.to_vec(),
        })
        .collect();
    if kept < count {
        short.push(format!("... ({} more arguments)", count - kept).into_bytes());
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(words: &[Vec<u8>]) -> Vec<Vec<u8>> {
        shorten(words.iter().map(Vec::as_slice))
    }

    #[test]
    fn short_commands_are_kept_whole() {
        let words = [vec![b'a'; 128], b"b".to_vec()];
        assert_eq!(short(&words), words);
        assert_eq!(short(&vec![b"x".to_vec(); 32]).len(), 32);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(short(&[vec![b'a'; 130]]), [[&[b'a'; 128][..], b"... (2 more bytes)"].concat()]);
    }

    #[test]
    fn many_words_are_cut() {
        let kept = short(&vec![b"x".to_vec(); 40]);
        assert_eq!((kept.len(), kept[31].as_slice()), (32, &b"... (9 more arguments)"[..]));
    }
}
