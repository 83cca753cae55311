//! Which members a command asks for: those with scores, or with names, between two bounds.
//!
//! Redis: `zrangespec`, `zlexrangespec` in `src/server.h`; `src/t_zset.c` (`zslParseRange`, `zslParseLexRange`,
//! `zslValueGteMin`, `zslLexValueGteMin` and their siblings).

use crate::text::c::until_nul;
use crate::text::double;

/// A bound of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreBound {
    /// The score.
    pub score: f64,
    /// Whether a member with exactly this score is out of the range.
    pub is_exclusive: bool,
}

/// A bound of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexBound<'a> {
    /// `-`: before all names.
    Lowest,
    /// `[name`: this name is in the range.
    Included(&'a [u8]),
    /// `(name`: this name is out of the range.
    Excluded(&'a [u8]),
    /// `+`: after all names.
    Highest,
}

/// A range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range<'a> {
    /// Of scores.
    Score {
        /// From here on.
        min: ScoreBound,
        /// Up to here.
        max: ScoreBound,
    },
    /// Of names; it means something if all scores are the same.
    Lex {
        /// From here on.
        min: LexBound<'a>,
        /// Up to here.
        max: LexBound<'a>,
    },
}

impl<'a> Range<'a> {
    /// The range of scores between two texts: `1.5`, `(1.5`, `-inf`. None: one of them is no number.
    pub fn scores(min: &[u8], max: &[u8]) -> Option<Range<'static>> {
        Some(Range::Score { min: ScoreBound::parse(min)?, max: ScoreBound::parse(max)? })
    }

    /// The range of names between two texts: `[name`, `(name`, `-`, `+`. None: one of them is no bound.
    pub fn names(min: &'a [u8], max: &'a [u8]) -> Option<Range<'a>> {
        Some(Range::Lex { min: LexBound::parse(min)?, max: LexBound::parse(max)? })
    }

    /// Whether no member can be in it.
    pub fn is_empty(&self) -> bool {
        match *self {
            Range::Score { min, max } => {
                min.score > max.score || (min.score == max.score && (min.is_exclusive || max.is_exclusive))
            }
            Range::Lex { min: LexBound::Lowest, max } => max == LexBound::Lowest,
            Range::Lex { min, max: LexBound::Highest } => min == LexBound::Highest,
            Range::Lex { min: LexBound::Highest, .. } | Range::Lex { max: LexBound::Lowest, .. } => true,
            Range::Lex { min: LexBound::Included(min), max: LexBound::Included(max) } => min > max,
            Range::Lex {
                min: LexBound::Included(min) | LexBound::Excluded(min),
                max: LexBound::Included(max) | LexBound::Excluded(max),
            } => min >= max,
        }
    }

    /// Whether a member is not below it.
    #[inline]
    pub fn reaches_min(&self, score: f64, member: &[u8]) -> bool {
        match *self {
            Range::Score { min, .. } => {
                if min.is_exclusive {
                    score > min.score
                } else {
                    score >= min.score
                }
            }
            Range::Lex { min, .. } => match min {
                LexBound::Lowest => true,
                LexBound::Included(min) => member >= min,
                LexBound::Excluded(min) => member > min,
                LexBound::Highest => false,
            },
        }
    }

    /// Whether a member is not above it.
    #[inline]
    pub fn is_within_max(&self, score: f64, member: &[u8]) -> bool {
        match *self {
            Range::Score { max, .. } => {
                if max.is_exclusive {
                    score < max.score
                } else {
                    score <= max.score
                }
            }
            Range::Lex { max, .. } => match max {
                LexBound::Lowest => false,
                LexBound::Included(max) => member <= max,
                LexBound::Excluded(max) => member < max,
                LexBound::Highest => true,
            },
        }
    }
}

impl ScoreBound {
    /// Reads `1.5` or `(1.5`. As in Redis, nothing at all is 0, and what is too large is infinite.
    fn parse(text: &[u8]) -> Option<ScoreBound> {
        let (is_exclusive, text) = match text {
            [b'(', text @ ..] => (true, text),
            text => (false, text),
        };
        let score = match until_nul(text) {
            b"" => 0.0,
            text => double::parse_saturating(text)?,
        };
        (!score.is_nan()).then_some(ScoreBound { score, is_exclusive })
    }
}

impl<'a> LexBound<'a> {
    fn parse(text: &'a [u8]) -> Option<LexBound<'a>> {
        match text {
            [b'-'] | [b'-', 0, ..] => Some(LexBound::Lowest),
            [b'+'] | [b'+', 0, ..] => Some(LexBound::Highest),
            [b'[', name @ ..] => Some(LexBound::Included(name)),
            [b'(', name @ ..] => Some(LexBound::Excluded(name)),
            _ => None,
        }
    }
}
