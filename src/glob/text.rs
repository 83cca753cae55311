//! Long patterns: kept as text, and matched by reading that text, as long as this is the cheaper way.
//!
//! Redis: `src/util.c`, `stringmatchlen_impl`, which does so with every pattern.
//!
//! Tables of bits ([`super::bit_parallel`]) take up to 32 bytes for each byte of a pattern, and some time for each
//! byte of the string even where the first bytes decide. A pattern whose tables would be large has none. Reading the
//! text is quadratic for hostile pairs, though. So [`Text::matches`] counts its steps, and gives up when they are as many as
//! building the tables and using them would cost: the caller then does that, for this one string. Together this is at
//! most twice the cost of the better of the two ways, whatever the pattern and the string are.
//!
//! Different from [`super::plain`]: a string that is too short for what the pattern still needs fails at once.

use super::WORDS_PER_STEP;
use super::plain::one_byte;
use std::ops::Range;

/// Where the part of a pattern between its literal ends is. The pattern's text itself is kept by the caller, once.
#[derive(Debug)]
pub struct Text {
    /// Where it is in the whole text.
    pub place: Range<usize>,
    /// How many bytes a matching string has at least: the elements other than stars.
    pub elements: usize,
    /// The elements of the longest stretch with classes; 0 if all are literals.
    pub longest: usize,
    /// Whether letters match in either case.
    pub nocase: bool,
}

/// Steps that it takes to enter one byte of the pattern into the tables.
const STEPS_PER_BYTE: usize = 8;

impl Text {
    /// The part in question of `pattern`, the whole text.
    pub fn of<'a>(&self, pattern: &'a [u8]) -> &'a [u8] {
        &pattern[self.place.clone()]
    }

    /// Does this part of `pattern` match the whole of `string`? None: tables would be cheaper.
    pub fn matches(&self, pattern: &[u8], string: &[u8]) -> Option<bool> {
        if string.len() < self.elements {
            return Some(false);
        }
        let steps_per_byte = self.longest.div_ceil(64 * WORDS_PER_STEP).max(1);
        let mut steps = self.cost_to_build() + string.len() * steps_per_byte;
        self.read(self.of(pattern), string, &mut steps)
    }

    /// What building the tables costs, in steps.
    pub fn cost_to_build(&self) -> usize {
        self.place.len() * STEPS_PER_BYTE
    }

    /// Reads the pattern along the string, from the latest star again where it fails. A step is a byte of the pattern
    /// read.
    fn read(&self, pattern: &[u8], string: &[u8], steps: &mut usize) -> Option<bool> {
        // `needed`: how many elements are at `p` or behind it.
        let (mut p, mut s, mut needed) = (0, 0, self.elements);
        let mut retry = None;
        loop {
            if pattern[p..].starts_with(b"*") {
                let stars = pattern[p..].iter().take_while(|&&byte| byte == b'*').count();
                *steps = steps.checked_sub(stars)?;
                p += stars;
                if p == pattern.len() {
                    return Some(true);
                }
                retry = Some((p, needed, s));
                continue;
            }
            if s == string.len() {
                return Some(p == pattern.len());
            }
            let (accepts, length) = one_byte(&pattern[p..], string[s], self.nocase);
            *steps = steps.checked_sub(length.max(1))?;
            if accepts {
                p += length;
                s += 1;
                needed -= 1;
                continue;
            }
            match &mut retry {
                Some((after_star, needed_there, tried)) if string.len() - *tried > *needed_there => {
                    *tried += 1;
                    (p, needed, s) = (*after_star, *needed_there, *tried);
                }
                _ => return Some(false),
            }
        }
    }
}
