//! LZF: makes a string shorter where bytes that came before come again, and back.
//!
//! Redis: `src/lzf_c.c`, `lzf_compress`; `src/lzf_d.c`, `lzf_decompress`.
//!
//! ```text
//! 000lllll + bytes              a run of l + 1 literal bytes, at most 32
//! lllooooo + 1 byte             l + 2 bytes again, from o + 1 before on (o has 13 bits)
//! 111ooooo + 2 bytes            the first of them more than 9 bytes again, from o + 1 before on
//! ```
//!
//! Which earlier place is found decides what is written, so the table of places and its hash must be those of Redis.
//!
//! Different on purpose: the table is empty at first. Redis's holds what was in that memory, and may find a place by chance.
//! The table is cleared without being written: places of an earlier string are smaller than all of this one.

const TABLE_BITS: u32 = 16;
/// A reference reaches this far back.
const FAR: usize = 1 << 13;
/// A reference stands for at most this many bytes.
const LONGEST: usize = (1 << 8) + (1 << 3);
/// A run has at most so many literal bytes.
const RUN: usize = 1 << 5;

/// Compresses one string after another.
#[derive(Default)]
pub struct Compressor {
    /// For each hash of three bytes, `before` + 1 + where they were last.
    table: Vec<u32>,
    /// The bytes of all strings before this one.
    before: u32,
    output: Output,
}

/// What is written so far. The length of the run that is open has its place already.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    /// The literal bytes of the open run.
    literals: usize,
    room: usize,
}

impl Output {
    fn begin(&mut self, room: usize) {
        self.bytes.clear();
        self.bytes.push(0);
        self.literals = 0;
        self.room = room;
    }

    fn literal(&mut self, byte: u8) {
        self.bytes.push(byte);
        self.literals += 1;
        if self.literals == RUN {
            self.end_run();
            self.bytes.push(0);
        }
    }

    /// Ends the run; one without bytes is taken back.
    fn end_run(&mut self) {
        match self.literals {
            0 => _ = self.bytes.pop(),
            literals => {
                let at = self.bytes.len() - literals - 1;
                self.bytes[at] = literals as u8 - 1;
            }
        }
        self.literals = 0;
    }

    /// A reference to `count` bytes, `back` + 1 before here. False: there is no room.
    fn reference(&mut self, count: usize, back: usize) -> bool {
        if self.bytes.len() - usize::from(self.literals == 0) + 4 >= self.room {
            return false;
        }
        self.end_run();
        let high = (back >> 8) as u8;
        match count - 2 {
            short @ 1..7 => self.bytes.push((short as u8) << 5 | high),
            long => self.bytes.extend([7 << 5 | high, (long - 7) as u8]),
        }
        self.bytes.extend([back as u8, 0]);
        true
    }
}

impl Compressor {
    /// The compressed string; None if that saves fewer than four bytes.
    pub fn compress(&mut self, input: &[u8]) -> Option<&[u8]> {
        let end = input.len();
        let room = end.checked_sub(4).filter(|&room| room > 0)?;
        let len = u32::try_from(end).ok().filter(|&len| len < u32::MAX)?;
        if self.table.is_empty() || self.before.checked_add(len).is_none_or(|sum| sum == u32::MAX) {
            self.table.clear();
            self.table.resize(1 << TABLE_BITS, 0);
            self.before = 0;
        }
        let base = self.before;
        self.before += len;
        self.output.begin(room);
        let mut at = 0;
        while at + 2 < end {
            let place = &mut self.table[slot(input, at)];
            let found = std::mem::replace(place, base + 1 + at as u32);
            // The first place of all is none in Redis either.
            let earlier = found.checked_sub(base + 1).map(|earlier| earlier as usize).filter(|&earlier| {
                earlier > 0 && at - earlier <= FAR && input[earlier..earlier + 3] == input[at..at + 3]
            });
            let Some(earlier) = earlier else {
                if self.output.bytes.len() >= room {
                    return None;
                }
                self.output.literal(input[at]);
                at += 1;
                continue;
            };
            let count = match_len(input, earlier, at, (end - at - 2).min(LONGEST));
            if !self.output.reference(count, at - earlier - 1) {
                return None;
            }
            at += count;
            if at + 2 >= end {
                break;
            }
            // Of the bytes that the reference stands for, the last two places are entered.
            for place in [at - 2, at - 1] {
                self.table[slot(input, place)] = base + 1 + place as u32;
            }
        }
        if self.output.bytes.len() + 3 > room {
            return None;
        }
        input[at..].iter().for_each(|&byte| self.output.literal(byte));
        self.output.end_run();
        Some(&self.output.bytes)
    }
}

/// The slot of the three bytes at `at`.
fn slot(input: &[u8], at: usize) -> usize {
    let three = u32::from(input[at]) << 16 | u32::from(input[at + 1]) << 8 | u32::from(input[at + 2]);
    ((three >> (24 - TABLE_BITS)).wrapping_sub(three.wrapping_mul(5)) & ((1 << TABLE_BITS) - 1)) as usize
}

/// How many bytes at two places are equal: three at least, `most` at most. Where that is over sixteen, the first nineteen are
/// compared whatever it is.
fn match_len(input: &[u8], earlier: usize, at: usize, most: usize) -> usize {
    let most = if most > 16 { most.max(19) } else { most };
    let mut count = 3;
    while count < most && input[earlier + count] == input[at + count] {
        count += 1;
    }
    count
}

/// The string of `len` bytes that was compressed to `input`. None: it is not one of that length.
///
/// A length that so few bytes cannot stand for is refused before anything is allocated.
pub fn decompress(mut input: &[u8], len: usize) -> Option<Vec<u8>> {
    // In three bytes there is a reference to the longest match.
    if len > (input.len() / 3 + 1).saturating_mul(LONGEST) {
        return None;
    }
    if len == 0 {
        // As in Redis, where nothing that would be written fits, and so nothing is.
        return Some(Vec::new());
    }
    let mut output: Vec<u8> = Vec::with_capacity(len);
    while let Some((&control, rest)) = input.split_first() {
        let control = usize::from(control);
        input = rest;
        if control < RUN {
            let run = input.split_at_checked(control + 1).filter(|_| output.len() + control < len);
            let (literals, rest) = run?;
            output.extend_from_slice(literals);
            input = rest;
            continue;
        }
        let mut count = (control >> 5) + 2;
        if control >> 5 == 7 {
            let (&more, rest) = input.split_first()?;
            count += usize::from(more);
            input = rest;
        }
        let (&low, rest) = input.split_first()?;
        input = rest;
        let start = output.len().checked_sub(((control & 0x1f) << 8 | usize::from(low)) + 1)?;
        if output.len() + count > len {
            return None;
        }
        if start + count <= output.len() {
            output.extend_from_within(start..start + count);
        } else {
            // What is written now is read again.
            (start..start + count).for_each(|at| output.push(output[at]));
        }
    }
    (output.len() == len).then_some(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    fn compressed(input: &[u8]) -> Option<Vec<u8>> {
        Compressor::default().compress(input).map(<[u8]>::to_vec)
    }

    #[test]
    fn what_does_not_repeat_is_not_shortened() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(compressed(&all), None);
        assert_eq!(compressed(b"abcd"), None);
        assert_eq!(compressed(b""), None);
    }

    #[test]
    fn one_byte_repeated_is_two_literals_and_references() {
        // A run of two, 96 bytes by reference, and the last two bytes, which are always literal.
        assert_eq!(compressed(&[b'a'; 100]).unwrap(), b"\x01aa\xe0\x57\x00\x01aa");
    }

    #[test]
    fn a_length_that_the_bytes_cannot_stand_for_is_refused() {
        assert_eq!(decompress(b"\x00a\xe0\xff\x00", 1 << 29), None);
        assert_eq!(decompress(b"\x00a\xe0\xff\x00", 265).map(|bytes| bytes.len()), Some(265));
        assert_eq!(decompress(b"\x00a\x20\x01", 4), None, "a reference to before the beginning");
    }

    quickcheck! {
        /// Few different bytes, so that much repeats; `twice` longer than a reference reaches.
        fn what_is_compressed_comes_back(strings: Vec<Vec<u8>>, twice: u8) -> bool {
            let mut compressor = Compressor::default();
            strings.into_iter().all(|string| {
                let few: Vec<u8> = string.iter().map(|byte| byte & 3).collect();
                let input = few.repeat(usize::from(twice));
                let alone = compressed(&input);
                let after_others = compressor.compress(&input).map(<[u8]>::to_vec);
                alone == after_others
                    && alone.is_none_or(|short| {
                        short.len() + 4 <= input.len() && decompress(&short, input.len()) == Some(input)
                    })
            })
        }

        fn any_bytes_decompress_to_that_length_or_not_at_all(input: Vec<u8>, len: u16) -> bool {
            decompress(&input, len.into()).is_none_or(|output| output.len() == usize::from(len))
        }
    }
}
