//! What a client is still owed: bytes of its own, and ranges of shared frames, in order.
//!
//! Redis: `src/networking.c`, `c->buf`, `c->reply`, `_addReplyToBuffer`, `_writeToClient`.
//!
//! ```text
//! own     +OK\r\n:1\r\n        $3\r\nbye\r\n        copied for this client alone
//! ranges           ▲ at 9: chunk 4, bytes 0..620    read by many clients, stored once
//! sent as +OK\r\n:1\r\n [chunk 4, 0..620] $3\r\nbye\r\n
//! ```
//!
//! Invariants (held against a naive queue of bytes by the property test in `queue_tests.rs`):
//! - the stream is `own`, with each range put in after the first `at` of its bytes; `at` never decreases;
//! - each range counts as one reader of its chunk, from the moment it is queued until it is sent or dropped.

use super::chunks::{ChunkRange, Chunks};
use smallvec::SmallVec;
use std::io::IoSlice;

/// A range that does not continue the last one is copied if it is not longer than this: a slice more in a
/// `writev` costs more than a copy of so few bytes.
const COPY_MAX: usize = 1024;
/// A client that cannot be written to keeps a range only if that is at least this part of its chunk, and the
/// chunk grows no more; else the bytes are copied. So no client pins more than four times the memory that it
/// owes.
const PINNED_SHARE: usize = 4;
/// A buffer of more than this grows by a quarter, not to twice its size: half of it would be room that is not used, and
/// counted as the client's memory.
const DOUBLED: usize = 64 * 1024;

/// So many bytes of a queue never count against a limit. Redis: the buffer that each client has (`c->buf`,
/// `PROTO_REPLY_CHUNK_BYTES`), which is filled first and is no part of `getClientOutputBufferMemoryUsage`.
pub const FIRST_BUFFER: usize = 16 * 1024;

/// A shared range and its place in the stream: after `at` bytes of `own`.
#[derive(Clone, Copy, Debug)]
struct Placed {
    at: usize,
    range: ChunkRange,
}

/// A part of what a client is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// So many bytes that were written for this client alone.
    Own(usize),
    /// A part of a chunk.
    Shared(ChunkRange),
}

/// The queue. Empty it owns no memory but itself.
#[derive(Debug, Default)]
// ANCHOR: output
pub struct Output {
    own: Vec<u8>,
    /// How many bytes of `own` are sent.
    sent: usize,
    ranges: SmallVec<[Placed; 1]>,
    /// The length of all ranges.
    shared: usize,
    /// The last write found the socket full; nothing is written until the loop hears that it is writable.
    blocked: bool,
    /// How many bytes were sent since the queue was last empty; not counted beyond [`FIRST_BUFFER`].
    sent_since_empty: u32,
}
// ANCHOR_END: output

impl Output {
    /// How many bytes the client is owed.
    pub fn owed(&self) -> usize {
        self.own.len() - self.sent + self.shared
    }

    /// How many of the bytes owed do not count against the limits: what is unsent of the queue's first
    /// [`FIRST_BUFFER`] bytes, those queued since it was last empty. A client that reads so slowly that its queue is
    /// never empty has sent these long ago; then all counts, as in Redis, which does not fill the first buffer again
    /// before the list behind it is empty.
    pub fn uncounted(&self) -> usize {
        FIRST_BUFFER - self.sent_since_empty as usize
    }

    /// How many of the bytes owed count against the limits.
    pub fn counted(&self) -> usize {
        self.owed().saturating_sub(self.uncounted())
    }

    /// Whether nothing is owed.
    pub fn is_empty(&self) -> bool {
        self.owed() == 0
    }

    /// Whether the socket is known to be full.
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Whether some of the queue was sent since it was last empty: the stream may stand in the middle of a frame.
    pub fn is_begun(&self) -> bool {
        self.sent_since_empty > 0
    }

    /// How many pieces the queue has: `oll` in CLIENT LIST, where Redis counts reply blocks.
    pub fn pieces(&self) -> usize {
        self.ranges.len()
    }

    /// The memory allocated for this client alone, in bytes.
    pub fn memory(&self) -> usize {
        self.own.capacity()
            + if self.ranges.spilled() { self.ranges.capacity() * size_of::<Placed>() } else { 0 }
    }

    /// How many of the bytes owed are in frames that others may read as well.
    pub fn shared(&self) -> usize {
        self.shared
    }

    /// Appends bytes of the client's own.
    pub fn push(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.own.extend_from_slice(bytes);
    }

    /// The buffer of the client's own bytes, to append `bytes` to: for an encoder.
    pub fn own(&mut self, bytes: usize) -> &mut Vec<u8> {
        self.reserve(bytes);
        &mut self.own
    }

    fn reserve(&mut self, more: usize) {
        let length = self.own.len();
        if length > DOUBLED && self.own.capacity() - length < more {
            self.own.reserve_exact(more.max(length / 4));
        }
    }

    /// Takes an empty buffer to append to, so that it need not be allocated.
    pub fn lend_buffer(&mut self, buffer: Vec<u8>) {
        debug_assert!(buffer.is_empty() && self.own.is_empty());
        if self.own.capacity() == 0 {
            self.own = buffer;
        }
    }

    /// Gives back the buffer if nothing is owed: an idle client keeps none.
    pub fn return_buffer(&mut self) -> Option<Vec<u8>> {
        if !self.is_empty() || self.own.capacity() == 0 {
            return None;
        }
        self.sent = 0;
        let mut buffer = std::mem::take(&mut self.own);
        buffer.clear();
        Some(buffer)
    }

    /// Whether the client has a buffer of its own.
    pub fn has_buffer(&self) -> bool {
        self.own.capacity() > 0
    }

    /// Appends a range of a shared chunk: as part of the last range if it continues that, as a copy if it is
    /// small and would stand alone among other pieces, or if the client is blocked and must not pin what the
    /// chunk will grow to, else as a range.
    // ANCHOR: push-shared
    pub fn push_shared(&mut self, range: ChunkRange, chunks: &mut Chunks) {
        if !self.blocked
            && let Some(last) = self.ranges.last_mut()
            && last.at == self.own.len()
            && (last.range.chunk, last.range.end) == (range.chunk, range.start)
        {
            last.range.end = range.end;
            self.shared += range.len();
            return;
        }
        let first = self.is_empty();
        let copied = if self.blocked {
            chunks.is_open(range.chunk) || is_small(range, chunks)
        } else {
            range.len() <= COPY_MAX && !first
        };
        if copied {
            self.push(chunks.bytes(range));
            return;
        }
        if first {
            self.own.clear();
            self.sent = 0;
        }
        chunks.retain(range.chunk);
        self.ranges.push(Placed { at: self.own.len(), range });
        self.shared += range.len();
    }
    // ANCHOR_END: push-shared

    /// The first pieces of the queue, in order, as many as `slices` has room for, of at most `most` bytes. Returns how many.
    pub fn slices<'a>(&'a self, chunks: &'a Chunks, mut most: usize, slices: &mut [IoSlice<'a>]) -> usize {
        let mut filled = 0;
        let mut put = |bytes: &'a [u8]| {
            let bytes = &bytes[..bytes.len().min(most)];
            most -= bytes.len();
            if !bytes.is_empty() && filled < slices.len() {
                slices[filled] = IoSlice::new(bytes);
                filled += 1;
            }
            filled < slices.len() && most > 0
        };
        let mut own_at = self.sent;
        for placed in &self.ranges {
            if !put(&self.own[own_at..placed.at]) || !put(chunks.bytes(placed.range)) {
                return filled;
            }
            own_at = placed.at;
        }
        put(&self.own[own_at..]);
        filled
    }

    /// What is owed, piece by piece, in order.
    pub fn each_piece(&self) -> impl Iterator<Item = Piece> + '_ {
        let ends = self.ranges.iter().map(|placed| (placed.at, Some(placed.range)));
        let mut at = self.sent;
        ends.chain([(self.own.len(), None)]).flat_map(move |(end, range)| {
            let own = end - std::mem::replace(&mut at, end);
            let own = (own > 0).then_some(Piece::Own(own));
            own.into_iter().chain(range.map(Piece::Shared))
        })
    }

    /// The first `count` bytes of the queue are sent.
    pub fn consume(&mut self, mut count: usize, chunks: &mut Chunks) {
        self.sent_since_empty =
            (self.sent_since_empty as usize).saturating_add(count).min(FIRST_BUFFER) as u32;
        let mut finished = 0;
        for placed in &mut self.ranges {
            let own = (placed.at - self.sent).min(count);
            self.sent += own;
            count -= own;
            let part = placed.range.len().min(count);
            if self.sent < placed.at || part < placed.range.len() {
                placed.range.start += part as u32;
                self.shared -= part;
                count -= part;
                break;
            }
            self.shared -= part;
            count -= part;
            chunks.release(placed.range.chunk);
            finished += 1;
        }
        self.ranges.drain(..finished);
        self.sent += count;
        debug_assert!(self.sent <= self.own.len());
        if self.is_empty() {
            self.own.clear();
            (self.sent, self.sent_since_empty) = (0, 0);
        } else if self.sent > self.own.len() / 2 && self.sent > 4096 {
            self.compact();
        }
    }

    /// Forgets the sent part of `own`; each byte is moved at most once for each byte that was sent.
    fn compact(&mut self) {
        let sent = std::mem::take(&mut self.sent);
        self.own.drain(..sent);
        for placed in &mut self.ranges {
            placed.at -= sent;
        }
    }

    /// The socket is full. What small parts of chunks the client still holds are copied now, so that it pins
    /// little more than it owes; until [`Output::unblock`], small parts are copied as they come.
    pub fn block(&mut self, chunks: &mut Chunks) {
        self.blocked = true;
        if !self.ranges.iter().any(|placed| is_small(placed.range, chunks)) {
            return;
        }
        let mut own = Vec::with_capacity(self.own.len() - self.sent + self.shared);
        let mut kept = SmallVec::new();
        let mut own_at = self.sent;
        for placed in std::mem::take(&mut self.ranges) {
            own.extend_from_slice(&self.own[own_at..placed.at]);
            own_at = placed.at;
            if is_small(placed.range, chunks) {
                own.extend_from_slice(chunks.bytes(placed.range));
                self.shared -= placed.range.len();
                chunks.release(placed.range.chunk);
            } else {
                kept.push(Placed { at: own.len(), range: placed.range });
            }
        }
        own.extend_from_slice(&self.own[own_at..]);
        (self.own, self.sent, self.ranges) = (own, 0, kept);
    }

    /// The socket can take bytes again.
    pub fn unblock(&mut self) {
        self.blocked = false;
    }

    /// Drops all that is owed: the client is closed.
    pub fn clear(&mut self, chunks: &mut Chunks) {
        for placed in self.ranges.drain(..) {
            chunks.release(placed.range.chunk);
        }
        *self = Output::default();
    }
}

/// Whether a blocked client should copy a range rather than keep its chunk: a small part of it, or of one that
/// still grows.
fn is_small(range: ChunkRange, chunks: &Chunks) -> bool {
    chunks.is_open(range.chunk) || range.len() < chunks.pinned(range.chunk) / PINNED_SHARE
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
