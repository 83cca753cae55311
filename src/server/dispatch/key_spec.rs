//! Where a command's keys are among its words, and what it does with them.
//!
//! Redis: the key specifications of `src/commands/*.json`, `keySpec` in `src/server.h`; `src/db.c`,
//! `getKeysUsingKeySpecs`; `src/server.c`, `populateCommandLegacyRangeSpec`.
//!
//! A specification has two steps: where to begin, and which words are keys from there on. A command has one to three
//! of them, and those of most commands add up to a range that COMMAND INFO shows beside them.

use crate::resp::request::Request;
use crate::text::c::is_word;
use crate::text::integer::parse_integer;

/// Where the search for keys begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At this word.
    Index(i32),
    /// After this keyword, in any case, which is looked for from that word on: XREAD's `STREAMS`.
    Keyword(&'static str, i32),
    /// Nowhere that a specification could say: the command's [`GetKeys`] knows, or nobody does. SORT's `BY` and `STORE`.
    Unknown,
}

/// Which words are keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Find {
    /// Up to the one that is `last` behind the beginning, or, if `last` is negative, that far from the end, by `step`.
    /// A `limit` of 2 has the range end in the middle, as if what comes after that were not there.
    Range {
        /// The last key.
        last: i32,
        /// From one key to the next.
        step: i32,
        /// How many parts of the words there are, the first of which holds keys; 0 and 1 are all.
        limit: i32,
    },
    /// The word where the search begins says how many keys come right after it: LMPOP, EVAL.
    Number,
    /// See [`Begin::Unknown`].
    Unknown,
}

/// A key: its place among the words of a request, and what is done with it, in the words of COMMAND INFO.
pub type Found = (usize, &'static [&'static str]);

/// Finds the keys of a request by a command's own rules: none if the words break them. Redis: `redisGetKeysProc`.
pub type GetKeys = fn(Request<'_>) -> Vec<Found>;

/// Some keys of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Where the search begins.
    pub begin: Begin,
    /// Which words are keys from there.
    pub find: Find,
    /// What the command does with them, in the words of COMMAND INFO.
    pub flags: &'static [&'static str],
}

impl Keys {
    /// The places of the keys among the words of a request; None if it does not have the words that it says.
    pub fn places(&self, request: Request<'_>) -> Option<std::iter::StepBy<std::ops::RangeInclusive<usize>>> {
        let words = request.len() as i64;
        let begin = match self.begin {
            Begin::Index(index) => i64::from(index),
            Begin::Keyword(word, start) => {
                let mut rest = request.from(start as usize);
                // The last word cannot be the keyword: no key would come after it.
                let at = rest.position(|given| is_word(given, word.as_bytes()))?;
                i64::from(start) + at as i64 + 1
            }
            Begin::Unknown => return None,
        };
        let (first, last, step) = match self.find {
            Find::Range { last, step, .. } if last >= 0 => (begin, begin + i64::from(last), step),
            Find::Range { last, step, limit: 0 | 1 } => (begin, words + i64::from(last), step),
            Find::Range { last, step, limit } => {
                (begin, begin + (words - begin) / i64::from(limit) + i64::from(last), step)
            }
            Find::Number => {
                let number = parse_integer(request.get(begin as usize)?).filter(|number| *number >= 0)?;
                (begin + 1, begin.checked_add(number)?, 1)
            }
            Find::Unknown => return None,
        };
        if last >= words || last < first || first >= words {
            return None;
        }
        Some((first as usize..=last as usize).step_by(step as usize))
    }

    /// Whether a request without such keys is wrong: there need not be a keyword. Redis: `invalid_spec` in
    /// `getKeysUsingKeySpecs`.
    pub fn must_fit(&self) -> bool {
        matches!(self.begin, Begin::Index(_)) && !matches!(self.find, Find::Unknown)
    }

    /// Whether the words are channels, found like keys: those of SPUBLISH and its siblings.
    pub fn are_channels(&self) -> bool {
        self.flags.contains(&"not_key")
    }

    /// First, last and step, if no search is needed: the last counted from the command's name, or from the end.
    fn range(&self) -> Option<(i32, i32, i32)> {
        match (self.begin, self.find) {
            (Begin::Index(first), Find::Range { last, step, .. }) => {
                Some((first, if last < 0 { last } else { first + last }, step))
            }
            _ => None,
        }
    }
}

/// First key, last key and step as COMMAND INFO shows them: all 0 if there is no such range, or no key.
pub fn legacy_range(specs: &[Keys]) -> (i32, i32, i32) {
    let mut ranges = specs.iter().filter_map(Keys::range);
    let Some(first) = ranges.next() else { return (0, 0, 0) };
    ranges.fold(first, |all, next| if next.0 == all.1 + 1 { (all.0, next.1, 1) } else { all })
}

/// Whether that range does not tell all keys: the flag `movablekeys`.
pub fn are_movable(specs: &[Keys]) -> bool {
    specs.iter().any(|keys| keys.range().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::owned::OwnedRequest;

    const fn keys(begin: Begin, find: Find) -> Keys {
        Keys { begin, find, flags: &[] }
    }

    const fn range(first: i32, last: i32, step: i32) -> Keys {
        keys(Begin::Index(first), Find::Range { last, step, limit: 0 })
    }

    const STREAMS: Keys = keys(Begin::Keyword("STREAMS", 1), Find::Range { last: -1, step: 1, limit: 2 });

    /// The keys found, or `-`.
    fn found(keys: Keys, request: &str) -> String {
        let request = OwnedRequest::of(request.split(' ').map(str::as_bytes));
        let request = request.request();
        keys.places(request).map_or("-".into(), |places| {
            let words: Vec<_> = places.map(|at| String::from_utf8_lossy(&request[at])).collect();
            words.join(" ")
        })
    }

    #[test]
    fn keys_are_found_where_the_specification_says() {
        let cases: &[(Keys, &str, &str)] = &[
            (range(1, 0, 1), "GET a", "a"),
            (range(1, -1, 1), "DEL a b c", "a b c"),
            (range(1, -2, 1), "BLPOP a b 0", "a b"),
            (range(1, -1, 2), "MSET a 1 b 2", "a b"),
            (range(1, -2, 1), "BLPOP a", "-"),
            (keys(Begin::Index(1), Find::Number), "LMPOP 2 a b LEFT", "a b"),
            (keys(Begin::Index(1), Find::Number), "LMPOP 0 a LEFT", "-"),
            (keys(Begin::Index(1), Find::Number), "LMPOP x a LEFT", "-"),
            (keys(Begin::Index(1), Find::Number), "LMPOP -1 a LEFT", "-"),
            (keys(Begin::Index(1), Find::Number), "LMPOP 3 a LEFT", "-"),
            (keys(Begin::Index(1), Find::Number), "LMPOP 9223372036854775807 a LEFT", "-"),
            (STREAMS, "XREAD COUNT 2 streams a b 0 0", "a b"),
            (STREAMS, "XREAD STREAMS a b 0", "a"),
            (STREAMS, "XREAD COUNT 2 STREAMS", "-"),
            (STREAMS, "XREAD COUNT 2 BLOCK", "-"),
        ];
        for &(keys, request, expected) in cases {
            assert_eq!(found(keys, request), expected, "{request}");
        }
    }

    #[test]
    fn ranges_that_follow_one_another_are_one() {
        let numbered = keys(Begin::Index(2), Find::Number);
        assert_eq!(legacy_range(&[range(1, -2, 1)]), (1, -2, 1));
        assert_eq!(legacy_range(&[range(1, 0, 1), range(2, 0, 1)]), (1, 2, 1));
        assert_eq!(legacy_range(&[range(1, 0, 1), numbered]), (1, 1, 1));
        assert_eq!(legacy_range(&[numbered]), (0, 0, 0));
        assert!(are_movable(&[range(1, 0, 1), numbered]));
        assert!(!are_movable(&[range(1, -2, 1)]));
    }
}
