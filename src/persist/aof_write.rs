//! The append-only file: how a command, a SELECT and the time stand in it.
//!
//! Redis: `src/aof.c` (`catAppendOnlyGenericCommand`, `feedAppendOnlyFile`, `genAofTimestampAnnotationIfNeeded`).
//!
//! A command is a request as a client would send it. The file is read by the parser that reads requests.

use crate::stream::id::StreamId;

/// A word of a command, written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word<'a> {
    /// Bytes, as they are.
    Bytes(&'a [u8]),
    /// A number: a time, a count.
    Number(i64),
    /// The ID of an entry of a stream.
    Id(StreamId),
}

impl<'a> From<&'a [u8]> for Word<'a> {
    fn from(bytes: &'a [u8]) -> Word<'a> {
        Word::Bytes(bytes)
    }
}

impl<'a> From<&'a str> for Word<'a> {
    fn from(text: &'a str) -> Word<'a> {
        Word::Bytes(text.as_bytes())
    }
}

impl From<i64> for Word<'_> {
    fn from(number: i64) -> Self {
        Word::Number(number)
    }
}

impl From<StreamId> for Word<'_> {
    fn from(id: StreamId) -> Self {
        Word::Id(id)
    }
}

/// Begins a command of so many words.
pub fn head(out: &mut Vec<u8>, words: usize) {
    length(out, b'*', words);
}

/// Appends a word.
pub fn word(out: &mut Vec<u8>, word: Word<'_>) {
    match word {
        Word::Bytes(bytes) => bulk(out, bytes),
        Word::Number(number) => bulk(out, itoa::Buffer::new().format(number).as_bytes()),
        Word::Id(id) => bulk(out, id.text().as_ref()),
    }
}

/// Appends a command.
pub fn command(out: &mut Vec<u8>, words: &[Word<'_>]) {
    head(out, words.len());
    words.iter().for_each(|&one| word(out, one));
}

/// Appends the command that selects a database.
pub fn select(out: &mut Vec<u8>, db: u32) {
    head(out, 2);
    bulk(out, b"SELECT");
    word(out, Word::Number(i64::from(db)));
}

/// Appends the second since 1970, as a comment.
pub fn timestamp(out: &mut Vec<u8>, second: u64) {
    out.extend_from_slice(b"#TS:");
    out.extend_from_slice(itoa::Buffer::new().format(second).as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, b'$', bytes.len());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

fn length(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_request_and_the_time_a_comment() {
        let mut out = Vec::new();
        timestamp(&mut out, 1_732_000_000);
        select(&mut out, 12);
        head(&mut out, 4);
        for one in ["XADD".into(), "".into(), Word::Number(-7), Word::Id(StreamId { ms: 5, seq: 1 })] {
            word(&mut out, one);
        }
        assert_eq!(
            String::from_utf8_lossy(&out),
            "#TS:1732000000\r\n*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n\
             *4\r\n$4\r\nXADD\r\n$0\r\n\r\n$2\r\n-7\r\n$3\r\n5-1\r\n"
        );
    }
}
