//! A file that is read ahead, in pieces: while one is loaded the disk reads the next.
//!
//! Redis: `rioInitWithFile` and the kernel's own reading ahead.

use crate::server::persistence::disk::{Disk, JobId, Lane, Step};
use std::collections::VecDeque;

/// How many bytes are read at once.
const PIECE: usize = 1 << 20;
/// How many pieces are asked for, or wait to be loaded.
const AHEAD: usize = 3;

/// A file from its beginning to its end.
pub(super) struct Source {
    path: String,
    /// Where the next piece that is asked for begins.
    next: u64,
    length: u64,
    asked: VecDeque<JobId>,
    pieces: VecDeque<Vec<u8>>,
}

/// What comes next of a file.
pub(super) enum Next {
    /// Bytes.
    Piece(Vec<u8>),
    /// The disk has still to read them.
    Later,
    /// Nothing: the file has ended.
    End,
}

impl Source {
    /// Begins to read the first `length` bytes of a file.
    pub(super) fn new(path: String, length: u64) -> Source {
        Source { path, next: 0, length, asked: VecDeque::new(), pieces: VecDeque::new() }
    }

    /// Asks the disk for what is not yet on its way.
    pub(super) fn read_ahead(&mut self, disk: &mut Disk) {
        while self.next < self.length && self.asked.len() + self.pieces.len() < AHEAD {
            let most = usize::try_from(self.length - self.next).unwrap_or(PIECE).min(PIECE);
            let step = Step::Read { path: self.path.clone(), from: self.next, most };
            self.asked.push_back(disk.ask(Lane::Log, vec![step]));
            self.next += most as u64;
        }
    }

    /// Whether this is the piece that was asked for first.
    pub(super) fn waits_for(&self, id: JobId) -> bool {
        self.asked.front() == Some(&id)
    }

    /// The piece that was asked for first is here.
    pub(super) fn arrived(&mut self, bytes: Vec<u8>) {
        self.asked.pop_front();
        if bytes.is_empty() {
            // The file has become shorter: what was to come is not there.
            self.length = self.next;
        } else {
            self.pieces.push_back(bytes);
        }
    }

    /// Whether [`Source::next`] returns something else than [`Next::Later`].
    pub(super) fn is_ready(&self) -> bool {
        !self.pieces.is_empty() || self.asked.is_empty()
    }

    /// The next piece.
    pub(super) fn next(&mut self, disk: &mut Disk) -> Next {
        let piece = self.pieces.pop_front();
        self.read_ahead(disk);
        match piece {
            Some(piece) => Next::Piece(piece),
            None if self.asked.is_empty() => Next::End,
            None => Next::Later,
        }
    }
}
