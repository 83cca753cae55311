//! Chunks of encoded frames, each shared by all the clients that still have to be sent a part of it.
//!
//! Redis: none. Redis formats and copies a message into every subscriber's buffer (`addReplyPubsubMessage`);
//! a 1 MB message to 500 subscribers is 500 MB there, and 1 MB here.
//!
//! Two kinds of chunk:
//! - the *open* chunk of each protocol: frames of small messages are appended to it, one after another, so
//!   that a burst of messages to one client is one range and one slice of one `write`;
//! - a chunk of its own for each *large* message ([`LARGE`]): header lines go to the open chunk, the message
//!   is stored once for both protocols and for all patterns.
//!
//! A chunk counts its readers: the ranges of it that stand in some client's output, and whoever holds it
//! open. It goes when the last lets go. All this is indices and counters in a slab: no `Rc`, no `unsafe`.

use crate::resp::Protocol;
use slab::Slab;

/// Messages from this many bytes on are stored in a chunk of their own. Below it a copy into the open chunk
/// is cheaper than one more slice in every subscriber's `writev`.
pub const LARGE: usize = 16 * 1024;
/// The open chunk is closed, and another begun, when it has grown to this.
const OPEN_MAX: usize = 256 * 1024;
/// The buffer of a chunk that is gone is kept for the next open one, unless it has grown beyond this.
const SPARE_CAPACITY: usize = 64 * 1024;

/// The key of a chunk.
pub type ChunkKey = u32;

/// Some bytes of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkRange {
    /// Which chunk.
    pub chunk: ChunkKey,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl ChunkRange {
    /// The number of bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether there are no bytes.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

struct Chunk {
    bytes: Vec<u8>,
    readers: u32,
}

/// All chunks.
#[derive(Default)]
pub struct Chunks {
    chunks: Slab<Chunk>,
    /// The chunk that small frames are appended to, for each protocol.
    open: [Option<ChunkKey>; 2],
    /// Empty buffers for the next open chunks.
    spare: Vec<Vec<u8>>,
}

impl Chunks {
    /// Appends a frame to the open chunk of `protocol`: `write` adds its bytes. The range counts no reader
    /// until [`Chunks::retain`]: it is void after the next `append` unless it is retained.
    // ANCHOR: append-frame
    pub fn append(&mut self, protocol: Protocol, write: impl FnOnce(&mut Vec<u8>)) -> ChunkRange {
        let slot = protocol as usize;
        if let Some(key) = self.open[slot]
            && self.chunks[key as usize].bytes.len() >= OPEN_MAX
        {
            self.close(slot);
        }
        let key = *self.open[slot].get_or_insert_with(|| {
            // The open chunk's first reader is the slot itself: it stays while it is open.
            let bytes = self.spare.pop().unwrap_or_default();
            self.chunks.insert(Chunk { bytes, readers: 1 }) as ChunkKey
        });
        let bytes = &mut self.chunks[key as usize].bytes;
        let start = bytes.len() as u32;
        write(bytes);
        ChunkRange { chunk: key, start, end: bytes.len() as u32 }
    }
    // ANCHOR_END: append-frame

    /// Stores a large message in a chunk of its own, held by the caller: who must [`Chunks::release`] it.
    pub fn store(&mut self, message: &[u8]) -> ChunkRange {
        let mut bytes = Vec::with_capacity(message.len() + 2);
        bytes.extend_from_slice(message);
        bytes.extend_from_slice(b"\r\n");
        let end = bytes.len() as u32;
        ChunkRange { chunk: self.chunks.insert(Chunk { bytes, readers: 1 }) as ChunkKey, start: 0, end }
    }

    /// One more reader of a chunk.
    pub fn retain(&mut self, chunk: ChunkKey) {
        self.chunks[chunk as usize].readers += 1;
    }

    /// One reader less; the last one's leaving frees the chunk.
    pub fn release(&mut self, chunk: ChunkKey) {
        let entry = &mut self.chunks[chunk as usize];
        entry.readers -= 1;
        if entry.readers == 0 {
            let mut bytes = self.chunks.remove(chunk as usize).bytes;
            if bytes.capacity() <= SPARE_CAPACITY && self.spare.len() < self.open.len() {
                bytes.clear();
                self.spare.push(bytes);
            }
        }
    }

    /// The bytes of a range.
    pub fn bytes(&self, range: ChunkRange) -> &[u8] {
        &self.chunks[range.chunk as usize].bytes[range.start as usize..range.end as usize]
    }

    /// Whether frames are still appended to the chunk.
    pub fn is_open(&self, chunk: ChunkKey) -> bool {
        self.open.contains(&Some(chunk))
    }

    /// How many bytes the whole chunk pins in memory while any range of it is kept.
    pub fn pinned(&self, chunk: ChunkKey) -> usize {
        self.chunks[chunk as usize].bytes.len()
    }

    /// Nothing is executed any more in this turn of the loop: leaves the open chunks to their readers. Comes before
    /// the turn's writes, so that whoever cannot be written to knows how much a chunk will pin.
    pub fn seal(&mut self) {
        for slot in 0..self.open.len() {
            if self.open[slot].is_some_and(|key| self.chunks[key as usize].readers > 1) {
                self.close(slot);
            } else if let Some(key) = self.open[slot] {
                let bytes = &mut self.chunks[key as usize].bytes;
                bytes.clear();
                bytes.shrink_to(SPARE_CAPACITY);
            }
        }
    }

    /// Each chunk with its length in bytes.
    pub fn iter(&self) -> impl Iterator<Item = (ChunkKey, usize)> + '_ {
        self.chunks.iter().map(|(key, chunk)| (key as ChunkKey, chunk.bytes.len()))
    }

    /// The memory of all chunks in bytes.
    pub fn memory(&self) -> usize {
        self.chunks.iter().map(|(_, chunk)| chunk.bytes.capacity()).sum()
    }

    fn close(&mut self, slot: usize) {
        if let Some(key) = self.open[slot].take() {
            self.release(key);
        }
    }
}
