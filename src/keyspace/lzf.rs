//! How short LZF would make some bytes: the length that a snapshot of Redis gives a string.
//!
//! Redis: `src/lzf_c.c`, `lzf_compress`; `src/rdb.c`, `rdbSaveLzfStringObject`.
//!
//! LZF writes a run of up to 32 literal bytes behind its length, or a reference to 3 or more bytes that have come already, at
//! most 8,192 back: two bytes for a short one, three for one of 9 bytes and more. Which earlier place is found decides
//! the length, so the table of places and its hash must be those of Redis. Nothing is written here.
//!
//! Different: the table is empty at first. Redis's holds what was in that memory, and may find a place by chance.

const TABLE_BITS: u32 = 16;
/// A reference reaches this far back.
const FAR: usize = 1 << 13;
/// A reference stands for at most this many bytes.
const LONGEST: usize = (1 << 8) + (1 << 3);
/// A run has at most so many literal bytes.
const RUN: usize = 1 << 5;

/// The slot of the three bytes at `at`.
fn slot(input: &[u8], at: usize) -> usize {
    let three = u32::from(input[at]) << 16 | u32::from(input[at + 1]) << 8 | u32::from(input[at + 2]);
    ((three >> (24 - TABLE_BITS)).wrapping_sub(three.wrapping_mul(5)) & ((1 << TABLE_BITS) - 1)) as usize
}

/// What is written so far: its length, and the literal bytes of the run that is open, whose length has its place already.
struct Output {
    len: usize,
    literals: usize,
    room: usize,
}

impl Output {
    /// A literal byte. False: there is no room.
    fn literal(&mut self, is_bounded: bool) -> bool {
        if is_bounded && self.len >= self.room {
            return false;
        }
        self.len += 1;
        self.literals += 1;
        if self.literals == RUN {
            self.literals = 0;
            self.len += 1;
        }
        true
    }

    /// Ends the run; one without bytes is taken back.
    fn end_run(&mut self) {
        self.len -= usize::from(self.literals == 0);
        self.literals = 0;
    }

    /// A reference to `count` bytes. False: there is no room.
    fn reference(&mut self, count: usize) -> bool {
        if self.len - usize::from(self.literals == 0) + 4 >= self.room {
            return false;
        }
        self.end_run();
        self.len += if count < 9 { 2 } else { 3 } + 1;
        true
    }
}

/// The length after compression; None if that saves fewer than four bytes.
pub fn compressed_len(input: &[u8]) -> Option<usize> {
    let end = input.len();
    let room = end.checked_sub(4).filter(|&room| room > 0)?;
    // Places are kept plus one; 0 is none. The first place is none in Redis either.
    let mut table = vec![0u32; 1 << TABLE_BITS];
    let mut output = Output { len: 1, literals: 0, room };
    let mut at = 0;
    while at + 2 < end {
        let place = &mut table[slot(input, at)];
        let found = std::mem::replace(place, at as u32 + 1) as usize;
        let is_reference =
            found > 1 && at - (found - 1) <= FAR && input[found - 1..found + 2] == input[at..at + 3];
        if !is_reference {
            if !output.literal(true) {
                return None;
            }
            at += 1;
            continue;
        }
        let most = (end - at - 2).min(LONGEST);
        let count = match_len(input, found - 1, at, most);
        if !output.reference(count) {
            return None;
        }
        at += count;
        if at + 2 >= end {
            break;
        }
        // Of the bytes that the reference stands for, the last two places are entered.
        for place in [at - 2, at - 1] {
            table[slot(input, place)] = place as u32 + 1;
        }
    }
    if output.len + 3 > room {
        return None;
    }
    while at < end {
        output.literal(false);
        at += 1;
    }
    output.end_run();
    Some(output.len)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_repeat_is_not_shortened() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(compressed_len(&all), None);
        assert_eq!(compressed_len(b"abcd"), None);
        assert_eq!(compressed_len(b""), None);
    }

    #[test]
    fn one_byte_repeated_is_two_literals_and_references() {
        // A run of two, 264 bytes by reference, and the rest, of which the last two bytes are always literal.
        assert_eq!(compressed_len(&[b'a'; 100]), Some(9));
    }
}
