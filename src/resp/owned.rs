//! A request that outlives the buffer it came in: one that MULTI queued, or whose client is blocked.
//!
//! Redis: `c->argv`, kept in `c->mstate.commands` (`src/multi.c`) or in a client that waits (`CLIENT_PENDING_COMMAND`).

use super::request::{Request, Span};

/// The words of a request, copied.
#[derive(Clone, Debug)]
pub struct OwnedRequest {
    bytes: Box<[u8]>,
    spans: Box<[Span]>,
}

impl OwnedRequest {
    /// Copies the words of a request.
    pub fn new(request: Request<'_>) -> OwnedRequest {
        OwnedRequest::of(request.from(0))
    }

    /// A request of these words: at least one, the command's name.
    pub fn of<'a>(words: impl Iterator<Item = &'a [u8]>) -> OwnedRequest {
        let (mut bytes, mut spans) = (Vec::new(), Vec::new());
        for word in words {
            let start = bytes.len();
            bytes.extend_from_slice(word);
            spans.push(Span { start, end: bytes.len() });
        }
        OwnedRequest { bytes: bytes.into(), spans: spans.into() }
    }

    /// The request again.
    pub fn request(&self) -> Request<'_> {
        Request { bytes: &self.bytes, spans: &self.spans }
    }

    /// How many bytes its words have.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether they have none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The memory it takes.
    pub fn memory(&self) -> usize {
        self.bytes.len() + self.spans.len() * size_of::<Span>()
    }
}

/// A request that is put together word by word, again and again in the same memory: a script's.
#[derive(Debug, Default)]
pub struct Words {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

impl Words {
    /// Adds a word.
    pub fn push(&mut self, word: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(word);
        self.spans.push(Span { start, end: self.bytes.len() });
    }

    /// How many bytes the words have.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether they have none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets all words, and memory that most requests do not need.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
        self.bytes.shrink_to(1 << 16);
        self.spans.shrink_to(1 << 10);
    }

    /// The request of these words: at least one, the command's name.
    pub fn request(&self) -> Request<'_> {
        Request { bytes: &self.bytes, spans: &self.spans }
    }
}
