//! What a client has sent and the server has not yet executed.
//!
//! Redis: `c->querybuf` and `c->qb_pos`.
//!
//! Different on purpose: bytes are parsed where the event loop read them. A client has a buffer of its own
//! only while something is left over: half a request, or requests that must wait (CLIENT PAUSE, DEBUG SLEEP).

use crate::resp::request::RequestParser;

/// What a buffer that was larger may keep allocated.
const KEEP: usize = 64 * 1024;

/// Bytes of a client's requests that are not executed yet.
#[derive(Debug, Default)]
pub struct PendingInput {
    buffer: Vec<u8>,
    /// What is before this has been executed.
    done: usize,
    /// How far the first request has been understood.
    pub parser: RequestParser,
}

impl PendingInput {
    /// Pending input that begins with the first byte of the request that `parser` is midway through.
    pub fn new(bytes: &[u8], parser: RequestParser) -> Self {
        // If the length of a long word is known, room for it is made at once, but not on a mere promise.
        let mut buffer = Vec::with_capacity((bytes.len() + parser.wanted(bytes.len())).min(64 * 1024));
        buffer.extend_from_slice(bytes);
        PendingInput { buffer, done: 0, parser }
    }

    /// Appends what has come. The buffer doubles when it is full, but not beyond the end of a long word whose length is known:
    /// room that is never used would count as the client's, for `maxmemory-clients`.
    pub fn extend(&mut self, bytes: &[u8]) {
        let (free, missing) = (self.buffer.capacity() - self.buffer.len(), self.parser.wanted(self.len()));
        if (free + 1..=missing).contains(&bytes.len()) {
            self.buffer.reserve_exact(missing.min(self.buffer.len().max(bytes.len())));
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The bytes not yet executed.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.done..]
    }

    /// The first `count` of them are done with. They are forgotten when they are most of the buffer, so that
    /// each byte is moved at most once.
    pub fn consume(&mut self, count: usize) {
        self.done += count;
        if self.done > self.buffer.len() / 2 {
            self.buffer.drain(..self.done);
            self.done = 0;
            // After a long word the beginning of the next request must not keep the long word's memory.
            if self.buffer.capacity() > KEEP && self.buffer.len() < self.buffer.capacity() / 8 {
                self.buffer.shrink_to(KEEP);
            }
        }
    }

    /// How many bytes are left.
    pub fn len(&self) -> usize {
        self.buffer.len() - self.done
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether more than a usual read is awaited for one word.
    pub fn is_in_long_word(&self) -> bool {
        self.parser.wanted(self.len()) > 16 * 1024
    }

    /// The memory held, in bytes.
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.buffer.capacity() + self.parser.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::request::Limits;

    const LIMITS: Limits = Limits { max_bulk: 1 << 29, unauthenticated: false };

    #[test]
    fn a_long_word_takes_no_more_than_its_length() {
        let word = 1 << 20;
        let mut request = format!("*2\r\n$4\r\nECHO\r\n${word}\r\n").into_bytes();
        request.resize(request.len() + word + 2, b'x');
        let mut parser = RequestParser::default();
        assert_eq!(parser.parse(&request[..100], LIMITS), Ok(false));
        let mut input = PendingInput::new(&request[..100], parser);
        for bytes in request[100..].chunks(16 * 1024) {
            input.extend(bytes);
            let whole = input.len() == request.len();
            let mut parser = std::mem::take(&mut input.parser);
            assert_eq!(parser.parse(input.bytes(), LIMITS), Ok(whole));
            input.parser = parser;
            assert!(input.buffer.capacity() <= (2 * input.len()).max(KEEP), "{}", input.buffer.capacity());
        }
        assert_eq!(input.buffer.capacity(), request.len());
    }
}
