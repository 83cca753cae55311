//! A set of bytes as 256 bits: what one place of a pattern accepts.
//!
//! Redis: `src/util.c`, the `case '['` of `stringmatchlen_impl`, which reads the class again for each byte it
//! tests.
//!
//! Every element of a pattern but the star is such a set: a literal is a set of one byte, `?` is the full
//! set, and a letter, when case is ignored, is a set of two.

/// Bit `b % 64` of word `b / 64` says whether byte `b` is in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    const EMPTY: ByteSet = ByteSet([0; 4]);
    const FULL: ByteSet = ByteSet([u64::MAX; 4]);

    /// What the first element of `pattern` accepts, and how long that element is. The pattern must be neither
    /// empty nor start with a star.
    pub fn element(pattern: &[u8], nocase: bool) -> (ByteSet, usize) {
        match pattern {
            [b'?', ..] => (ByteSet::FULL, 1),
            [b'[', ..] => ByteSet::class(pattern, nocase),
            [b'\\', escaped, ..] => (ByteSet::literal(*escaped, nocase), 2),
            _ => (ByteSet::literal(pattern[0], nocase), 1),
        }
    }

    /// A literal: one byte, or a letter in both cases.
    fn literal(byte: u8, nocase: bool) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        set.insert(byte);
        if nocase {
            set.insert(byte.to_ascii_lowercase());
            set.insert(byte.to_ascii_uppercase());
        }
        set
    }

    /// Reads a class. `pattern` starts with its `[`. Returns the set, and the length of the class in the
    /// pattern.
    ///
    /// The rules are numbered in [`super`]; [`super::plain`] has them as a test of one byte.
    fn class(pattern: &[u8], nocase: bool) -> (ByteSet, usize) {
        let negated = pattern.get(1) == Some(&b'^');
        let mut at = if negated { 2 } else { 1 };
        let mut set = ByteSet::EMPTY;
        while let Some(&byte) = pattern.get(at) {
            let left = pattern.len() - at;
            if byte == b'\\' && left >= 2 {
                set.insert(pattern[at + 1]);
                at += 2;
            } else if byte == b']' {
                at += 1;
                break;
            } else if left >= 3 && pattern[at + 1] == b'-' {
                set.insert_range(byte, pattern[at + 2], nocase);
                at += 3;
            } else {
                set.unite(ByteSet::literal(byte, nocase));
                at += 1;
            }
        }
        (if negated { set.complement() } else { set }, at)
    }

    /// The only byte of a set of one.
    pub fn single(self) -> Option<u8> {
        if self.len() == 1 { self.bytes().next() } else { None }
    }

    /// How many bytes are in the set.
    pub fn len(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The bytes in the set, from the least to the greatest.
    pub fn bytes(self) -> impl Iterator<Item = u8> {
        self.0.into_iter().zip([0u8, 64, 128, 192]).flat_map(|(mut word, first)| {
            std::iter::from_fn(move || {
                let byte = (word != 0).then(|| first + word.trailing_zeros() as u8);
                word &= word.wrapping_sub(1); // Clears the lowest bit.
                byte
            })
        })
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte / 64)] |= 1 << (byte % 64);
    }

    /// The bytes from `one` to `other` as signed bytes, in whichever order they come.
    fn insert_range(&mut self, one: u8, other: u8, nocase: bool) {
        let (low, high) = ((one as i8).min(other as i8), (one as i8).max(other as i8));
        if nocase {
            // The ends are folded after they were put in order, so that the range may turn out empty.
            let range = lower(low)..=lower(high);
            (0..=255u8).filter(|&byte| range.contains(&lower(byte as i8))).for_each(|byte| self.insert(byte));
            return;
        }
        // As signed bytes, words 2 and 3 (0x80 to 0xff) come before words 0 and 1.
        for (word, first) in [(2, -128), (3, -64), (0, 0), (1, 64)] {
            let from = (i16::from(low) - first).max(0);
            let to = (i16::from(high) - first).min(63);
            if from <= to {
                self.0[word] |= u64::MAX << from & u64::MAX >> (63 - to);
            }
        }
    }

    fn unite(&mut self, other: ByteSet) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    /// The bytes that are not in the set.
    pub fn complement(self) -> ByteSet {
        ByteSet(self.0.map(|word| !word))
    }
}

/// glibc's `tolower` of a signed `char`: a negative one other than -1 (`EOF`) comes back as the unsigned
/// byte.
fn lower(byte: i8) -> i16 {
    if byte == -1 { -1 } else { i16::from((byte as u8).to_ascii_lowercase()) }
}
