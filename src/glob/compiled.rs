//! A pattern read once and made ready: at `PSUBSCRIBE`, and for each `KEYS` or `SCAN` that walks many names.
//!
//! Redis: none; `src/pubsub.c`, `pubsubPublishMessageInternal` matches the text of each pattern again at each
//! message.
//!
//! A pattern is cut in three steps:
//!
//! ```text
//! user:[0-9]*up*:events
//! └─┬─┘└────┬───┘└─┬──┘
//! prefix    │   suffix     literal ends: compared first, and most strings fail here
//!           ▼
//!   [0-9] │ up │ (nothing) pieces, cut at the stars: the first and last stay at their end of what is left,
//!                          the others are searched from left to right, each after the one before
//! ```
//!
//! Taking the leftmost place for each piece is enough: what follows then has the most bytes to choose from. A
//! piece of literals is found by `memchr`'s `memmem`, one with classes by [`BitParallel`]. The searches do
//! not overlap, so the whole takes time linear in the string; for the longest piece with classes, one step
//! per 64 elements and byte.
//!
//! Ends and pieces that would take much memory are not made: what is between the ends stays text, and [`Text`] matches
//! it. So a compiled pattern takes little memory however long its text is, and the text is kept once: by [`Pattern`], or,
//! for a pattern that a client subscribed to, as the pattern's name.

use super::bit_parallel::BitParallel;
use super::class::ByteSet;
use super::text::Text;
use super::{MAX_STARS, count_steps};
use memchr::memmem;
use std::fmt;
use std::ops::Range;

/// The greatest length of a pattern, in bytes. It bounds the time to match: per byte of the string, and to build the
/// tables of a pattern that is kept as text.
pub const MAX_LENGTH: usize = 64 * 1024;

/// The most memory that the pieces of one pattern take, in bytes. A pattern with `?` or a class or two takes about 300.
pub const MAX_TABLES: usize = 4096;

/// The greatest length of a literal end, in bytes. What is longer counts as a piece.
pub const MAX_END: usize = 256;

/// A longer piece with classes is not made: with more words to shift than that, reading the text is often faster.
const MAX_ELEMENTS: usize = 512;

/// A compiled pattern with its text.
#[derive(Debug)]
pub struct Pattern {
    text: Box<[u8]>,
    compiled: Compiled,
}

/// A compiled pattern whose text is kept elsewhere. A plain `prefix:*` takes 48 bytes.
#[derive(Debug)]
pub struct Compiled {
    /// The literal prefix, then the literal suffix, without their escapes.
    ends: Box<[u8]>,
    prefix_length: u32,
    between: Between,
}

/// What a string must have between the literal ends.
#[derive(Debug)]
enum Between {
    Nothing,
    /// One star.
    Anything,
    /// Too many stars (rule 8).
    Never,
    /// At least one; a star between each two.
    Pieces(Box<[Piece]>),
    /// The same as text.
    Text(Box<Text>),
}

/// A stretch without stars.
#[derive(Debug)]
enum Piece {
    Literal(Box<[u8]>),
    Classes(Box<BitParallel>),
}

/// The pattern is longer than [`MAX_LENGTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooBig {
    /// The pattern's length in bytes.
    pub length: usize,
}

impl fmt::Display for TooBig {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "pattern is too long: {} bytes, at most {MAX_LENGTH} are allowed", self.length)
    }
}

impl std::error::Error for TooBig {}

impl Pattern {
    /// Compiles `pattern`.
    pub fn new(pattern: &[u8]) -> Result<Pattern, TooBig> {
        Pattern::with_tables(pattern, false, MAX_TABLES)
    }

    /// The same, for ASCII letters in either case (rule 9).
    pub fn new_nocase(pattern: &[u8]) -> Result<Pattern, TooBig> {
        Pattern::with_tables(pattern, true, MAX_TABLES)
    }

    /// The same, in either case with `nocase`; with pieces only if they take no more than `most` bytes.
    pub fn with_tables(pattern: &[u8], nocase: bool, most: usize) -> Result<Pattern, TooBig> {
        Ok(Pattern { text: pattern.into(), compiled: Compiled::new(pattern, nocase, most)? })
    }

    /// Does the pattern match the whole of `string`?
    pub fn matches(&self, string: &[u8]) -> bool {
        self.compiled.matches(&self.text, string)
    }
}

impl std::ops::Deref for Pattern {
    type Target = Compiled;

    fn deref(&self) -> &Compiled {
        &self.compiled
    }
}

impl Compiled {
    /// Compiles `pattern`, in either case with `nocase`; with pieces only if they take no more than `most` bytes.
    pub fn new(pattern: &[u8], nocase: bool, most: usize) -> Result<Compiled, TooBig> {
        Compiled::compile(pattern, nocase, most.min(MAX_TABLES))
    }

    fn compile(pattern: &[u8], nocase: bool, most: usize) -> Result<Compiled, TooBig> {
        if pattern.len() > MAX_LENGTH {
            return match has_too_many_stars(pattern) {
                true => Ok(Compiled { ends: [].into(), prefix_length: 0, between: Between::Never }),
                false => Err(TooBig { length: pattern.len() }),
            };
        }
        let mut pieces = cut_at_stars(pattern, nocase);

        let prefix: Vec<u8> = pieces[0].iter().map_while(|set| set.single()).take(MAX_END).collect();
        pieces[0].drain(..prefix.len());
        let last = pieces.len() - 1;
        let mut suffix: Vec<u8> =
            pieces[last].iter().rev().map_while(|set| set.single()).take(MAX_END).collect();
        suffix.reverse();
        let end = pieces[last].len() - suffix.len();
        pieces[last].truncate(end);

        // Rule 8 counts the stars that have something after them: a star at the very end does not count.
        let ends_with_star = pieces[last].is_empty() && suffix.is_empty();
        let counted_stars = if ends_with_star { last.saturating_sub(1) } else { last };
        let between = match pieces.as_slice() {
            _ if counted_stars > MAX_STARS => Between::Never,
            [only] if only.is_empty() => Between::Nothing,
            [first, last] if first.is_empty() && last.is_empty() => Between::Anything,
            _ => match make_pieces(&pieces, most) {
                Some(pieces) => Between::Pieces(pieces),
                None => {
                    let elements = pieces.iter().map(Vec::len).sum();
                    let place = without_ends(pattern, prefix.len(), elements);
                    let classes = pieces.iter().filter(|piece| !is_literal(piece));
                    let longest = classes.map(Vec::len).max().unwrap_or(0);
                    Between::Text(Box::new(Text { place, elements, longest, nocase }))
                }
            },
        };
        Ok(Compiled {
            ends: [prefix.as_slice(), &suffix].concat().into(),
            prefix_length: prefix.len() as u32,
            between,
        })
    }

    /// Does the pattern match the whole of `string`? `pattern` must be the text that was compiled.
    pub fn matches(&self, pattern: &[u8], string: &[u8]) -> bool {
        let (prefix, suffix) = (self.literal_prefix(), self.literal_suffix());
        if string.len() < self.ends.len() {
            return false;
        }
        let (start, rest) = string.split_at(prefix.len());
        let (middle, end) = rest.split_at(rest.len() - suffix.len());
        if !same(prefix, start) || !same(suffix, end) {
            return false;
        }
        match &self.between {
            Between::Nothing => middle.is_empty(),
            Between::Anything => !string.is_empty(), // Rule 1: `*` does not match the empty string.
            Between::Never => false,
            Between::Pieces(pieces) => match_pieces(pieces, middle),
            Between::Text(text) => {
                text.matches(pattern, middle).unwrap_or_else(|| match_with_tables(text, pattern, middle))
            }
        }
    }

    /// The memory that its pieces take, in bytes.
    pub fn tables(&self) -> usize {
        match &self.between {
            Between::Pieces(pieces) => pieces.iter().map(Piece::memory).sum(),
            _ => 0,
        }
    }

    /// The memory it takes without its text, in bytes.
    pub fn memory(&self) -> usize {
        let text = if let Between::Text(_) = self.between { size_of::<Text>() } else { 0 };
        size_of::<Compiled>() + self.ends.len() + self.tables() + text
    }

    /// Bytes every matching string starts with, at most [`MAX_END`]; they do not overlap the suffix.
    pub fn literal_prefix(&self) -> &[u8] {
        &self.ends[..self.prefix_length as usize]
    }

    /// Bytes every matching string ends with, at most [`MAX_END`]. Empty for a pattern that is all literal if its prefix
    /// says it all.
    pub fn literal_suffix(&self) -> &[u8] {
        &self.ends[self.prefix_length as usize..]
    }
}

/// The elements of `pattern` as sets of bytes, cut at each run of stars. At least one piece; pieces may be
/// empty.
fn cut_at_stars(pattern: &[u8], nocase: bool) -> Vec<Vec<ByteSet>> {
    let (mut pieces, mut piece) = (Vec::new(), Vec::new());
    let mut rest = pattern;
    while !rest.is_empty() {
        let stars = rest.iter().take_while(|&&byte| byte == b'*').count();
        if stars > 0 {
            pieces.push(std::mem::take(&mut piece));
            rest = &rest[stars..];
        } else {
            let (set, length) = ByteSet::element(rest, nocase);
            piece.push(set);
            rest = &rest[length..];
        }
    }
    pieces.push(piece);
    pieces
}

/// Where in `pattern` the part is that comes after so many elements of its prefix and has so many elements other than
/// stars: what is between its literal ends.
fn without_ends(pattern: &[u8], prefix: usize, elements: usize) -> Range<usize> {
    let (mut start, mut at, mut seen) = (0, 0, 0);
    while at < pattern.len() {
        if pattern[at] == b'*' {
            at += 1;
            continue;
        }
        if seen == prefix + elements {
            break; // Here the suffix begins.
        }
        at += ByteSet::element(&pattern[at..], false).1;
        seen += 1;
        if seen == prefix {
            start = at;
        }
    }
    start..at
}

/// Does each of these elements accept one byte only?
fn is_literal(piece: &[ByteSet]) -> bool {
    piece.iter().all(|set| set.single().is_some())
}

/// The pieces ready to match; None if they would take more than `most` bytes.
fn make_pieces(pieces: &[Vec<ByteSet>], most: usize) -> Option<Box<[Piece]>> {
    let mut left = most;
    let make = |elements: &Vec<ByteSet>| {
        if !is_literal(elements) && elements.len() > MAX_ELEMENTS {
            return None;
        }
        let piece = Piece::new(elements);
        left = left.checked_sub(piece.memory())?;
        Some(piece)
    };
    pieces.iter().map(make).collect()
}

/// Does the part of `pattern` that stayed text match the whole of `string`? Its tables are built for this one match.
#[cold]
fn match_with_tables(text: &Text, pattern: &[u8], string: &[u8]) -> bool {
    count_steps(text.cost_to_build());
    let pieces: Vec<Piece> =
        cut_at_stars(text.of(pattern), text.nocase).iter().map(|piece| Piece::new(piece)).collect();
    match_pieces(&pieces, string)
}

/// Rule 8, without taking the pattern apart: are there more than [`MAX_STARS`] runs of stars that have something
/// after them?
fn has_too_many_stars(pattern: &[u8]) -> bool {
    let mut runs = 0;
    let mut rest = pattern;
    while !rest.is_empty() && runs <= MAX_STARS {
        let stars = rest.iter().take_while(|&&byte| byte == b'*').count();
        if stars > 0 {
            rest = &rest[stars..];
            runs += usize::from(!rest.is_empty());
        } else {
            rest = &rest[ByteSet::element(rest, false).1..];
        }
    }
    runs > MAX_STARS
}

/// Are two slices of one length equal? The empty slice gets an answer of its own because its address is
/// nowhere: glibc's vectorised `memcmp` loads from there with all lanes masked out, and that fault, though
/// suppressed, takes 75 ns.
fn same(ours: &[u8], theirs: &[u8]) -> bool {
    ours.is_empty() || ours == theirs
}

/// Do the pieces, in order and without overlap, fit into `string`, the first at its start and the last at its
/// end?
fn match_pieces(pieces: &[Piece], string: &[u8]) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.iter().all(|only| only.len() == string.len() && only.matches(string)); // No star.
    };
    if string.len() < first.len() + last.len() {
        return false;
    }
    let (start, rest) = string.split_at(first.len());
    let (mut rest, end) = rest.split_at(rest.len() - last.len());
    first.matches(start)
        && last.matches(end)
        && middle.iter().all(|piece| match piece.find_end(rest) {
            Some(end) => {
                rest = &rest[end..];
                true
            }
            None => false,
        })
}

impl Piece {
    fn new(elements: &[ByteSet]) -> Piece {
        match elements.iter().map(|set| set.single()).collect() {
            Some(bytes) => Piece::Literal(bytes),
            None => Piece::Classes(Box::new(BitParallel::new(elements))),
        }
    }

    fn len(&self) -> usize {
        match self {
            Piece::Literal(bytes) => bytes.len(),
            Piece::Classes(classes) => classes.len(),
        }
    }

    /// The memory it takes, in bytes.
    fn memory(&self) -> usize {
        size_of::<Piece>()
            + match self {
                Piece::Literal(bytes) => bytes.len(),
                Piece::Classes(classes) => classes.memory(),
            }
    }

    /// `string` must be as long as the piece.
    fn matches(&self, string: &[u8]) -> bool {
        match self {
            Piece::Literal(bytes) => same(bytes, string),
            Piece::Classes(classes) => classes.matches(string),
        }
    }

    /// Where the first occurrence in `haystack` ends.
    fn find_end(&self, haystack: &[u8]) -> Option<usize> {
        match self {
            Piece::Literal(bytes) => memmem::find(haystack, bytes).map(|start| start + bytes.len()),
            Piece::Classes(classes) => classes.find_end(haystack),
        }
    }
}
