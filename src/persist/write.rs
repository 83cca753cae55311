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

use super::lzf::Compressor;
use crate::stream::id::StreamId;
use crate::text::integer::parse_integer;

/// The longest string that is tried as a number.
const LONGEST_NUMBER: usize = 11;
/// The longest string that is never compressed.
const TOO_SHORT: usize = 20;

/// A value that is being written.
pub struct Writer {
    bytes: Vec<u8>,
    /// None: strings stay as they are.
    compressor: Option<Compressor>,
}

impl Writer {
    /// Begins to write; whether strings are compressed is the setting `rdbcompression`.
    pub fn new(compress: bool) -> Writer {
        Writer { bytes: Vec::new(), compressor: compress.then(Compressor::default) }
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// One byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// A number that is not negative, such as a length.
    pub fn number(&mut self, number: u64) {
        match number {
            0..0x40 => self.bytes.push(number as u8),
            0x40..0x4000 => self.bytes.extend([0x40 | (number >> 8) as u8, number as u8]),
            0x4000..0x1_0000_0000 => {
                self.bytes.push(0x80);
                self.bytes.extend((number as u32).to_be_bytes());
            }
            _ => {
                self.bytes.push(0x81);
                self.bytes.extend(number.to_be_bytes());
            }
        }
    }

    /// A string: a short one that is a number of up to 32 bits as that, a long one compressed, if that makes it shorter.
    pub fn string(&mut self, bytes: &[u8]) {
        if bytes.len() <= LONGEST_NUMBER
            && let Some(number) = parse_integer(bytes)
        {
            return self.decimal(number);
        }
        if let Some(mut compressor) = self.compressor.take_if(|_| bytes.len() > TOO_SHORT) {
            let shorter = compressor.compress(bytes);
            if let Some(shorter) = shorter {
                self.bytes.push(0xc3);
                self.number(shorter.len() as u64);
                self.number(bytes.len() as u64);
                self.bytes.extend_from_slice(shorter);
            }
            let is_written = shorter.is_some();
            self.compressor = Some(compressor);
            if is_written {
                return;
            }
        }
        self.plain(bytes);
    }

    fn plain(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// A string that is the decimal of a number.
    pub fn decimal(&mut self, number: i64) {
        let (mark, bytes) = match number {
            -0x80..=0x7f => (0xc0, 1),
            -0x8000..=0x7fff => (0xc1, 2),
            -0x8000_0000..=0x7fff_ffff => (0xc2, 4),
            _ => return self.plain(itoa::Buffer::new().format(number).as_bytes()),
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

/// The sixteen bytes that stand for an id, the high byte first.
pub fn raw_id(id: StreamId) -> [u8; 16] {
    (u128::from(id.ms) << 64 | u128::from(id.seq)).to_be_bytes()
}
