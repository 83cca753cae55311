//! Makes the bytes of a file of what was written in haste: compresses strings, packs blocks of streams, and keeps the checksum.
//!
//! Redis: `src/rio.c`, `rioGenericUpdateChecksum`; the end of `rdbSaveRio` in `src/rdb.c`.
//!
//! This is the work of a snapshot that takes time and needs no state of the server, so that another thread can do it.

use super::footer::Checksum;
use super::write::{Later, Unfinished, Writer};

/// A file that is being finished.
pub struct Finisher {
    out: Writer,
    checksum: Option<Checksum>,
    /// How many bytes it has made.
    made: u64,
    /// How many more bytes belong to the string that has begun.
    missing: usize,
    /// What is there of the string.
    string: Vec<u8>,
}

impl std::fmt::Debug for Finisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Finisher").field("missing", &self.missing).finish_non_exhaustive()
    }
}

impl Finisher {
    /// Begins a file. `compress` is the setting `rdbcompression`, as it was for the writer; `checksum` is `rdbchecksum`.
    pub fn new(compress: bool, checksum: bool) -> Finisher {
        Finisher {
            out: Writer::new(compress),
            checksum: checksum.then(Checksum::default),
            made: 0,
            missing: 0,
            string: Vec::new(),
        }
    }

    /// The bytes of the file for the next of what was written.
    pub fn finish(&mut self, written: &Unfinished) -> Vec<u8> {
        let mut at = self.string(&written.bytes);
        for mark in &written.marks {
            self.out.raw(&written.bytes[at..mark.at]);
            at = mark.at;
            match &mark.what {
                Later::Block(first, block) => self.out.block(*first, block),
                Later::String(len) => {
                    self.missing = *len;
                    at += self.string(&written.bytes[at..]);
                }
            }
        }
        self.out.raw(&written.bytes[at..]);
        let bytes = self.out.take_bytes();
        self.made += bytes.len() as u64;
        if let Some(checksum) = &mut self.checksum {
            checksum.update(&bytes);
        }
        bytes
    }

    /// What these bytes begin with belongs to the string that has begun: returns how many of them.
    fn string(&mut self, bytes: &[u8]) -> usize {
        if self.missing == 0 {
            return 0;
        }
        let bytes = &bytes[..self.missing.min(bytes.len())];
        self.missing -= bytes.len();
        if self.missing == 0 && self.string.is_empty() {
            self.out.string(bytes);
        } else {
            self.string.extend_from_slice(bytes);
            if self.missing == 0 {
                self.out.string(&std::mem::take(&mut self.string));
            }
        }
        bytes.len()
    }

    /// How many bytes the file has so far.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// The end of the file, behind [`Finisher::finish`] of all that was written: the checksum, 0 if there is none.
    pub fn end(self) -> [u8; 8] {
        self.checksum.map_or(0, Checksum::end).to_le_bytes()
    }
}
