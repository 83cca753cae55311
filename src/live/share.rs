//! A socket that gives so many bytes at a time: however fast a page sends, the others have their turn.
//!
//! Redis: `PROTO_IOBUF_LEN` bounds a read in the same way.
//!
//! The library that reads frames goes on until it has a message, and a message may have any number of empty pieces.

use mio::net::TcpStream;
use std::io::{self, ErrorKind, Read, Write};

/// Bytes that a page is read in its turn.
const BYTES: usize = 512 * 1024;

/// The socket.
pub struct Share {
    stream: TcpStream,
    /// What is left of this turn's bytes.
    left: usize,
}

impl Share {
    /// A socket without anything taken from it.
    pub fn of(stream: TcpStream) -> Share {
        Share { stream, left: BYTES }
    }

    /// A turn begins.
    pub fn begin_turn(&mut self) {
        self.left = BYTES;
    }

    /// Whether the turn has taken all it may: there may be more, and no event will tell.
    pub fn is_used_up(&self) -> bool {
        self.left == 0
    }

    /// Takes the socket out.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }
}

impl Read for Share {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.left);
        if most == 0 && !buffer.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.stream.read(&mut buffer[..most])?;
        self.left -= count;
        Ok(count)
    }
}

impl Write for Share {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
