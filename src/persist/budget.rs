//! How much of a value is written at a time.
//!
//! Redis: none; there a child process, which nobody waits for, writes whole values.

/// How much may be written before something else has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many bytes, about.
    pub bytes: usize,
    /// How many elements: fields, members, pending entries, blocks of them.
    pub elements: usize,
}

impl Budget {
    /// As much as there is.
    pub const UNLIMITED: Budget = Budget { bytes: usize::MAX, elements: usize::MAX };

    /// So much was written. The last element may have been longer than there was room.
    pub fn spend(&mut self, bytes: usize, elements: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.elements = self.elements.saturating_sub(elements);
    }

    /// Appends an element, and takes it off.
    pub fn append(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        let before = out.len();
        write(out);
        self.spend(out.len() - before, 1);
    }

    /// Whether no more may be written.
    pub fn is_spent(&self) -> bool {
        self.bytes == 0 || self.elements == 0
    }
}
