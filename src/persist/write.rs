//! The words of the value format, as they are written: numbers, strings, times, ids.
//!
//! Redis: `src/rdb.c` (`rdbSaveLen`, `rdbEncodeInteger`, `rdbSaveRawString`, `rdbSaveLzfStringObject`,
//! `rdbSaveLongLongAsStringObject`, `rdbSaveMillisecondTime`). [`super::read`] reads them.
//!
//! ```text
//! 00nnnnnn                      a number below 64
//! 01nnnnnn + 1 byte             a number of 14 bits, the high byte first, as in the next two
//! 80 + 4 bytes, 81 + 8 bytes    a number of 32 or 64 bits
//! number + bytes                a string of so many bytes
//! c0 + 1, c1 + 2, c2 + 4 bytes  a string that is the decimal of this number, the low byte first
//! c3 + number + number + bytes  a string that is compressed: so many bytes, of so many
//! ```
//!
//! What takes time (compressing a string, packing a block of a stream) is done at once for DUMP. For a file it is left to
//! [`super::finish`], on another thread: the writer copies the bytes and notes what is to become of them.

use super::budget::Budget;
use super::lzf::Compressor;
use super::packed;
use super::stream_block;
use crate::keyspace::listpack::Listpack;
use crate::stream::block::Block;
use crate::stream::id::StreamId;
use crate::text::integer::parse_integer;
use std::borrow::Cow;
use std::sync::Arc;

/// The longest string that is tried as a number.
pub const LONGEST_NUMBER: usize = 11;
/// The longest string that is never compressed.
const TOO_SHORT: usize = 20;

/// Values that are being written.
pub struct Writer {
    bytes: Vec<u8>,
    /// Whether long strings are compressed.
    compress: bool,
    work: Work,
    /// The memory of the blocks that were put off.
    block_bytes: usize,
}

/// When the work is done.
enum Work {
    Now(Compressor),
    /// What is still to be done, in the order of the bytes.
    Later(Vec<Mark>),
}

/// Work that was put off: what is to happen before the byte `at`.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) at: usize,
    pub(super) what: Later,
}

/// Work that was put off.
#[derive(Debug)]
pub(super) enum Later {
    /// As many bytes as this, here and at the beginning of what is written next, are a string that is to be compressed.
    String(usize),
    /// A block of a stream is to stand here, as a string.
    Block(StreamId, Arc<Block>),
}

/// Bytes that are not finished. [`super::finish::Finisher`] makes those of a file of them.
#[derive(Debug, Default)]
pub struct Unfinished {
    pub(super) bytes: Vec<u8>,
    pub(super) marks: Vec<Mark>,
    block_bytes: usize,
}

impl Unfinished {
    /// Bytes that need no finishing.
    pub fn raw(bytes: Vec<u8>) -> Unfinished {
        Unfinished { bytes, ..Unfinished::default() }
    }

    /// How many bytes it holds, about as many as the file will have if nothing is compressed.
    pub fn len(&self) -> usize {
        self.bytes.len() + self.block_bytes
    }

    /// How many of them were copied: the blocks of streams are shared until they change.
    pub fn copied(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Writer {
    /// Begins to write what is finished at once; whether strings are compressed is the setting `rdbcompression`.
    pub fn new(compress: bool) -> Writer {
        Writer { bytes: Vec::new(), compress, work: Work::Now(Compressor::default()), block_bytes: 0 }
    }

    /// Begins to write what is finished later.
    pub fn unfinished(compress: bool) -> Writer {
        Writer { work: Work::Later(Vec::new()), ..Writer::new(compress) }
    }

    /// What was written and is finished.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Takes the bytes that are finished.
    pub(super) fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Takes what was written since the last call, to be finished.
    pub fn take(&mut self) -> Unfinished {
        let marks = if let Work::Later(marks) = &mut self.work { std::mem::take(marks) } else { Vec::new() };
        let block_bytes = std::mem::take(&mut self.block_bytes);
        Unfinished { bytes: self.take_bytes(), marks, block_bytes }
    }

    /// How many bytes were written since the last [`Writer::take`].
    pub fn len(&self) -> usize {
        self.bytes.len() + self.block_bytes
    }

    /// How many of them were copied: see [`Unfinished::copied`].
    pub fn copied(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes an element, and takes it off a budget.
    pub fn spend<T>(&mut self, budget: &mut Budget, write: impl FnOnce(&mut Writer) -> T) -> T {
        let before = self.len();
        let result = write(self);
        budget.spend(self.len() - before, 1);
        result
    }

    /// One byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Bytes that are written as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A number that is not negative, such as a length.
    pub fn number(&mut self, number: u64) {
        put_number(&mut self.bytes, number);
    }

    /// A string: a short one that is a number of up to 32 bits as that, a long one compressed, if that makes it shorter.
    pub fn string(&mut self, bytes: &[u8]) {
        if bytes.len() <= LONGEST_NUMBER
            && let Some(number) = parse_integer(bytes)
        {
            return self.decimal(number);
        }
        self.text(&[bytes], 0, usize::MAX);
    }

    /// A listpack as a string.
    pub fn listpack(&mut self, pack: &Listpack) {
        self.part_of_listpack(pack, 0, usize::MAX);
    }

    /// Part of a listpack as a string: see [`Writer::text`].
    pub fn part_of_listpack(&mut self, pack: &Listpack, done: usize, most: usize) -> Option<usize> {
        self.text(&[&packed::header(pack), pack.as_bytes(), &[packed::END]], done, most)
    }

    /// A string, given in pieces, that is not tried as a number, or a part of it: `most` bytes, of which the first `done` were
    /// written before. Returns how many are written now; None: all. What is compressed at once is written as a whole.
    pub fn text(&mut self, pieces: &[&[u8]], done: usize, most: usize) -> Option<usize> {
        let len = pieces.iter().map(|piece| piece.len()).sum();
        let is_compressed = self.compress && len > TOO_SHORT;
        match &mut self.work {
            Work::Now(compressor) if is_compressed => {
                let whole = match pieces {
                    [whole] => Cow::Borrowed(*whole),
                    _ => Cow::Owned(pieces.concat()),
                };
                let shorter = compressor.compress(&whole);
                if let Some(shorter) = shorter {
                    self.bytes.push(0xc3);
                    put_number(&mut self.bytes, shorter.len() as u64);
                }
                put_number(&mut self.bytes, len as u64);
                self.bytes.extend_from_slice(shorter.unwrap_or(&whole));
                return None;
            }
            Work::Later(marks) if is_compressed && done == 0 => {
                marks.push(Mark { at: self.bytes.len(), what: Later::String(len) });
            }
            _ if done == 0 => self.number(len as u64),
            _ => {}
        }
        let (mut skip, mut left) = (done, most);
        for piece in pieces {
            let rest = &piece[skip.min(piece.len())..];
            let part = &rest[..left.min(rest.len())];
            self.bytes.extend_from_slice(part);
            skip = skip.saturating_sub(piece.len());
            left -= part.len();
        }
        let written = done + (most - left);
        (written < len).then_some(written)
    }

    /// A block of a stream, as a string. What is put off is not copied.
    pub fn block(&mut self, first: StreamId, block: &Arc<Block>) {
        match &mut self.work {
            Work::Now(_) => self.listpack(&stream_block::pack(first, block)),
            Work::Later(marks) => {
                let what = Later::Block(first, Arc::clone(block));
                marks.push(Mark { at: self.bytes.len(), what });
                self.block_bytes += block.len();
            }
        }
    }

    /// A string that is the decimal of a number.
    pub fn decimal(&mut self, number: i64) {
        let (mark, bytes) = match number {
            -0x80..=0x7f => (0xc0, 1),
            -0x8000..=0x7fff => (0xc1, 2),
            -0x8000_0000..=0x7fff_ffff => (0xc2, 4),
            _ => {
                let mut place = itoa::Buffer::new();
                self.text(&[place.format(number).as_bytes()], 0, usize::MAX);
                return;
            }
        };
        self.bytes.push(mark);
        self.bytes.extend(&number.to_le_bytes()[..bytes]);
    }

    /// A score.
    pub fn double(&mut self, score: f64) {
        self.bytes.extend(score.to_le_bytes());
    }

    /// Milliseconds.
    pub fn time(&mut self, ms: i64) {
        self.bytes.extend(ms.to_le_bytes());
    }

    /// An id of a stream, as two numbers.
    pub fn id(&mut self, id: StreamId) {
        self.number(id.ms);
        self.number(id.seq);
    }

    /// An id of a stream, as sixteen bytes in the order of ids.
    pub fn raw_id(&mut self, id: StreamId) {
        self.bytes.extend(raw_id(id));
    }
}

fn put_number(bytes: &mut Vec<u8>, number: u64) {
    match number {
        0..0x40 => bytes.push(number as u8),
        0x40..0x4000 => bytes.extend([0x40 | (number >> 8) as u8, number as u8]),
        0x4000..0x1_0000_0000 => {
            bytes.push(0x80);
            bytes.extend((number as u32).to_be_bytes());
        }
        _ => {
            bytes.push(0x81);
            bytes.extend(number.to_be_bytes());
        }
    }
}

/// The sixteen bytes that stand for an id, the high byte first.
pub fn raw_id(id: StreamId) -> [u8; 16] {
    (u128::from(id.ms) << 64 | u128::from(id.seq)).to_be_bytes()
}
