//! What a client has sent and the server has not yet executed.
//!
//! Redis: `c->querybuf` and `c->qb_pos`.
//!
//! Different on purpose: bytes are parsed where the event loop read them. A client has a buffer of its own
//! only while something is left over: half a request, or requests that must wait (CLIENT PAUSE, DEBUG SLEEP).

use crate::resp::request::RequestParser;

/// The leftover of a client's requests.
#[derive(Debug, Default)]
pub struct Leftover {
    /// The bytes, beginning with the first of a request.
    pub bytes: Vec<u8>,
    /// How far the first request has been understood.
    pub parser: RequestParser,
}

impl Leftover {
    /// The memory held, in bytes.
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity() + self.parser.memory()
    }
}
