//! The id of an entry: milliseconds and a number that tells apart what came in the same millisecond.
//!
//! Redis: `src/t_stream.c`, `streamGenericParseIDOrReply`, `streamParseStrictIDOrReply`,
//! `streamParseIntervalIDOrReply`, `streamIncrID`, `streamDecrID`, `addReplyStreamID`.
//!
//! Numbers in ids are read as leniently as in Redis, whose `string2ull` falls back to `strtoull`: leading zeros,
//! spaces and a plus are fine, and a zero byte ends the text.

use crate::text::c::until_nul;
use crate::text::integer::parse_unsigned;
use std::fmt;

/// What Redis says of an id that is none.
pub const INVALID_ID: &str = "ERR Invalid stream ID specified as stream command argument";

/// Redis copies ids to a buffer of 128 bytes before it reads them.
const LONGEST: usize = 127;

/// The id of an entry. Ids are ordered by time, then by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// Milliseconds since 1970, when the server chose it.
    pub ms: u64,
    /// Counts within the millisecond.
    pub seq: u64,
}

/// An id as XADD takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewId {
    /// `*`: the server chooses.
    Auto,
    /// `ms-*`: the server chooses the second half.
    AutoSeq(u64),
    /// `ms-seq` or `ms`.
    Given(StreamId),
}

/// Why an end of an interval is no id. Redis has a text of its own for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalError {
    /// It is not an id.
    Invalid,
    /// It is the greatest id, excluded from the start, or the smallest, excluded from the end.
    Empty,
}

impl StreamId {
    /// `0-0`, also written `-`: smaller than any entry's.
    pub const MIN: StreamId = StreamId { ms: 0, seq: 0 };
    /// Also written `+`.
    pub const MAX: StreamId = StreamId { ms: u64::MAX, seq: u64::MAX };

    /// The next id. None: this is the last.
    pub fn next(self) -> Option<StreamId> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => Some(StreamId { ms: self.ms.checked_add(1)?, seq: 0 }),
        }
    }

    /// The id before. None: this is `0-0`.
    pub fn previous(self) -> Option<StreamId> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => Some(StreamId { ms: self.ms.checked_sub(1)?, seq: u64::MAX }),
        }
    }

    /// Reads `ms-seq` or `ms`, which stands for `ms-missing_seq`; not `-` or `+`.
    pub fn parse_strict(text: &[u8], missing_seq: u64) -> Option<StreamId> {
        match parse(text, missing_seq)? {
            (NewId::Given(id), false) => Some(id),
            _ => None,
        }
    }

    /// The same, and `-` for the smallest id, `+` for the greatest.
    pub fn parse(text: &[u8], missing_seq: u64) -> Option<StreamId> {
        match parse(text, missing_seq)? {
            (NewId::Given(id), _) => Some(id),
            _ => None,
        }
    }

    /// The start of an interval: `(id` leaves the id itself out.
    pub fn parse_start(text: &[u8]) -> Result<StreamId, IntervalError> {
        match text {
            [b'(', id @ ..] if !id.is_empty() => {
                let id = StreamId::parse_strict(id, 0).ok_or(IntervalError::Invalid)?;
                id.next().ok_or(IntervalError::Empty)
            }
            id => StreamId::parse(id, 0).ok_or(IntervalError::Invalid),
        }
    }

    /// The end of an interval: `ms` stands for the whole millisecond, `(id` leaves the id itself out.
    pub fn parse_end(text: &[u8]) -> Result<StreamId, IntervalError> {
        match text {
            [b'(', id @ ..] if !id.is_empty() => {
                let id = StreamId::parse_strict(id, u64::MAX).ok_or(IntervalError::Invalid)?;
                id.previous().ok_or(IntervalError::Empty)
            }
            id => StreamId::parse(id, u64::MAX).ok_or(IntervalError::Invalid),
        }
    }

    /// `ms-seq`, without an allocation.
    pub fn text(self) -> IdText {
        let mut text = IdText { bytes: [0; 41], start: 41 };
        text.prepend(self.seq);
        text.start -= 1;
        text.bytes[text.start] = b'-';
        text.prepend(self.ms);
        text
    }
}

impl NewId {
    /// Reads what XADD takes: `*`, `ms-*`, `ms-seq` or `ms`.
    pub fn parse(text: &[u8]) -> Option<NewId> {
        match text {
            b"*" => Some(NewId::Auto),
            _ => match parse(text, 0)? {
                (_, true) => None,
                (id, false) => Some(id),
            },
        }
    }
}

/// Reads any form of an id but `*`; true: it is `-` or `+`.
fn parse(text: &[u8], missing_seq: u64) -> Option<(NewId, bool)> {
    if text.len() > LONGEST {
        return None;
    }
    let text = until_nul(text);
    match text {
        b"-" => return Some((NewId::Given(StreamId::MIN), true)),
        b"+" => return Some((NewId::Given(StreamId::MAX), true)),
        _ => {}
    }
    let Some(dash) = text.iter().position(|&byte| byte == b'-') else {
        return Some((NewId::Given(StreamId { ms: parse_unsigned(text)?, seq: missing_seq }), false));
    };
    let ms = parse_unsigned(&text[..dash])?;
    match &text[dash + 1..] {
        b"*" => Some((NewId::AutoSeq(ms), false)),
        seq => Some((NewId::Given(StreamId { ms, seq: parse_unsigned(seq)? }), false)),
    }
}

/// An id as text. Made by [`StreamId::text`].
#[derive(Clone, Copy)]
pub struct IdText {
    bytes: [u8; 41],
    start: usize,
}

impl IdText {
    fn prepend(&mut self, mut number: u64) {
        loop {
            self.start -= 1;
            self.bytes[self.start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return;
            }
        }
    }
}

impl AsRef<[u8]> for IdText {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    fn id(ms: u64, seq: u64) -> StreamId {
        StreamId { ms, seq }
    }

    macro_rules! ids {
        ($($name:ident: $read:expr => $expected:expr;)*) => {$(
            #[test]
            fn $name() {
                assert_eq!($read, $expected);
            }
        )*};
    }

    ids! {
        both_halves: StreamId::parse(b"15-3", 9) => Some(id(15, 3));
        the_first_half_alone: StreamId::parse(b"15", 9) => Some(id(15, 9));
        the_smallest: StreamId::parse(b"-", 9) => Some(StreamId::MIN);
        the_greatest: StreamId::parse(b"+", 9) => Some(StreamId::MAX);
        strictly_there_is_no_smallest: StreamId::parse_strict(b"-", 0) => None;
        strictly_there_is_no_greatest: StreamId::parse_strict(b"+", 0) => None;
        the_largest_numbers: StreamId::parse(b"18446744073709551615-18446744073709551615", 0) => Some(StreamId::MAX);
        numbers_that_are_too_large: StreamId::parse(b"18446744073709551616-0", 0) => None;
        a_second_half_that_is_missing: StreamId::parse(b"15-", 0) => None;
        a_first_half_that_is_missing: StreamId::parse(b"-15", 0) => None;
        nothing: StreamId::parse(b"", 0) => None;
        a_word: StreamId::parse(b"abc", 0) => None;
        leading_zeros_as_strtoull_takes_them: StreamId::parse(b"015- +03", 0) => Some(id(15, 3));
        a_negative_second_half: StreamId::parse(b"1--1", 0) => None;
        a_zero_byte_ends_the_text: StreamId::parse(b"15-3\0x", 0) => Some(id(15, 3));
        longer_than_the_buffer_of_redis: StreamId::parse(&[b'0'; 128], 0) => None;
        as_long_as_the_buffer_of_redis: StreamId::parse(&[b'0'; 127], 0) => Some(StreamId::MIN);
        a_star_is_no_id: StreamId::parse(b"15-*", 0) => None;
        a_new_id: NewId::parse(b"*") => Some(NewId::Auto);
        a_new_second_half: NewId::parse(b"15-*") => Some(NewId::AutoSeq(15));
        a_given_one: NewId::parse(b"15") => Some(NewId::Given(id(15, 0)));
        the_smallest_is_not_new: NewId::parse(b"-") => None;
        two_stars: NewId::parse(b"*-*") => None;
        a_start: StreamId::parse_start(b"15") => Ok(id(15, 0));
        an_excluded_start: StreamId::parse_start(b"(15") => Ok(id(15, 1));
        an_excluded_start_at_the_end: StreamId::parse_start(b"(18446744073709551615-18446744073709551615")
            => Err(IntervalError::Empty);
        an_end: StreamId::parse_end(b"15") => Ok(id(15, u64::MAX));
        an_excluded_end: StreamId::parse_end(b"(15-0") => Ok(id(14, u64::MAX));
        an_excluded_end_at_the_start: StreamId::parse_end(b"(0-0") => Err(IntervalError::Empty);
        an_excluded_smallest: StreamId::parse_start(b"(-") => Err(IntervalError::Invalid);
        a_bracket_alone: StreamId::parse_start(b"(") => Err(IntervalError::Invalid);
        after_the_last: StreamId::MAX.next() => None;
        before_the_first: StreamId::MIN.previous() => None;
    }

    quickcheck! {
        fn text_reads_back(ms: u64, seq: u64) -> bool {
            let id = id(ms, seq);
            StreamId::parse(id.text().as_ref(), 0) == Some(id) && id.text().as_ref() == id.to_string().as_bytes()
        }

        fn next_and_previous_are_inverse(ms: u64, seq: u64) -> bool {
            let id = id(ms, seq);
            id.next().is_none_or(|next| next > id && next.previous() == Some(id))
        }

        fn no_text_breaks_it(text: Vec<u8>) -> bool {
            let _ = (StreamId::parse_start(&text), StreamId::parse_end(&text), NewId::parse(&text));
            true
        }
    }
}
