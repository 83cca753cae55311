//! Lua's patterns, with bounds that Lua 5.1's own matcher lacks: there, a pattern of many `a?` ends the process, and
//! one of many `.-` never comes back.
//!
//! Redis: `deps/lua/src/lstrlib.c`, `match` and what it calls.
//!
//! Different on purpose: a pattern that needs more than [`DEEPEST`] calls inside each other is refused, as Lua 5.2 does;
//! and long searches look at the clock ([`Steps`]), so that SCRIPT KILL reaches them.

use crate::script::fault::{Fault, Outcome};
use crate::script::host::Steps;

/// Captures of a pattern, at most. Lua: `LUA_MAXCAPTURES`.
const CAPTURES: usize = 32;
/// Calls inside each other.
const DEEPEST: usize = 200;

/// A part of the subject that a pattern has captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// From here, so many bytes.
    Text(usize, usize),
    /// `()`: this place.
    Position(usize),
    /// Its `)` has not been reached.
    Unfinished(usize),
}

/// A pattern at work.
pub struct Matcher<'a> {
    subject: &'a [u8],
    pattern: &'a [u8],
    captures: [Capture; CAPTURES],
    level: usize,
    depth: usize,
    steps: Steps,
}

type Place = Option<usize>;

impl<'a> Matcher<'a> {
    /// `pattern` is without its `^`.
    pub fn new(subject: &'a [u8], pattern: &'a [u8]) -> Matcher<'a> {
        Matcher {
            subject,
            pattern,
            captures: [Capture::Position(0); CAPTURES],
            level: 0,
            depth: 0,
            steps: Steps::default(),
        }
    }

    /// The end of what matches from `start` on.
    pub fn at(&mut self, start: usize) -> Outcome<Place> {
        self.level = 0;
        self.depth = 0;
        self.matches(start, 0)
    }

    /// The first match from `start` on: where it begins and ends. `anchored`: only at `start`.
    pub fn find(&mut self, mut start: usize, anchored: bool) -> Outcome<Option<(usize, usize)>> {
        loop {
            if let Some(end) = self.at(start)? {
                return Ok(Some((start, end)));
            }
            if anchored || start >= self.subject.len() {
                return Ok(None);
            }
            start += 1;
        }
    }

    /// How many captures there are.
    pub fn captured(&self) -> usize {
        self.level
    }

    /// A capture, counted from 0. Without captures the whole match, from `start` to `end`, is the first.
    pub fn capture(&self, index: usize, start: usize, end: usize) -> Outcome<Capture> {
        if index >= self.level {
            return match index {
                0 => Ok(Capture::Text(start, end - start)),
                _ => Err(Fault::Message("invalid capture index".into())),
            };
        }
        match self.captures[index] {
            Capture::Unfinished(_) => Err(Fault::Message("unfinished capture".into())),
            done => Ok(done),
        }
    }

    fn matches(&mut self, subject: usize, pattern: usize) -> Outcome<Place> {
        if self.depth == DEEPEST {
            return Err(Fault::Message("pattern too complex".into()));
        }
        self.depth += 1;
        let result = self.matches_here(subject, pattern);
        self.depth -= 1;
        result
    }

    fn matches_here(&mut self, mut s: usize, mut p: usize) -> Outcome<Place> {
        loop {
            self.steps.take(1)?;
            let Some(&first) = self.pattern.get(p) else { return Ok(Some(s)) };
            match first {
                b'(' if self.pattern.get(p + 1) == Some(&b')') => {
                    return self.start_capture(s, p + 2, Capture::Position(s));
                }
                b'(' => return self.start_capture(s, p + 1, Capture::Unfinished(s)),
                b')' => return self.end_capture(s, p + 1),
                b'%' if self.pattern.get(p + 1) == Some(&b'b') => match self.balance(s, p + 2)? {
                    Some(end) => (s, p) = (end, p + 4),
                    None => return Ok(None),
                },
                b'%' if self.pattern.get(p + 1) == Some(&b'f') => {
                    p += 2;
                    if self.pattern.get(p) != Some(&b'[') {
                        return Err(Fault::Message("missing '[' after '%f' in pattern".into()));
                    }
                    let end = self.class_end(p)?;
                    self.steps.take(end - p)?;
                    let before = if s == 0 { 0 } else { self.subject[s - 1] };
                    let here = self.subject.get(s).copied().unwrap_or(0);
                    if self.in_set(before, p, end - 1) || !self.in_set(here, p, end - 1) {
                        return Ok(None);
                    }
                    p = end;
                }
                b'%' if self.pattern.get(p + 1).is_some_and(u8::is_ascii_digit) => {
                    match self.again(s, self.pattern[p + 1])? {
                        Some(end) => (s, p) = (end, p + 2),
                        None => return Ok(None),
                    }
                }
                b'$' if p + 1 == self.pattern.len() => {
                    return Ok((s == self.subject.len()).then_some(s));
                }
                _ => {
                    let end = self.class_end(p)?;
                    // A set may be as long as the subject.
                    self.steps.take(end - p)?;
                    let one = self.single(s, p, end);
                    match self.pattern.get(end) {
                        Some(b'?') => {
                            if one && let Some(end) = self.matches(s + 1, end + 1)? {
                                return Ok(Some(end));
                            }
                            p = end + 1;
                        }
                        Some(b'*') => return self.most(s, p, end),
                        Some(b'+') => return if one { self.most(s + 1, p, end) } else { Ok(None) },
                        Some(b'-') => return self.fewest(s, p, end),
                        _ if one => (s, p) = (s + 1, end),
                        _ => return Ok(None),
                    }
                }
            }
        }
    }

    /// As often as possible, then less and less.
    fn most(&mut self, s: usize, p: usize, end: usize) -> Outcome<Place> {
        let mut times = 0;
        while self.single(s + times, p, end) {
            times += 1;
            self.steps.take(end - p)?;
        }
        loop {
            if let Some(end) = self.matches(s + times, end + 1)? {
                return Ok(Some(end));
            }
            if times == 0 {
                return Ok(None);
            }
            times -= 1;
        }
    }

    /// As rarely as possible, then more and more.
    fn fewest(&mut self, mut s: usize, p: usize, end: usize) -> Outcome<Place> {
        loop {
            if let Some(end) = self.matches(s, end + 1)? {
                return Ok(Some(end));
            }
            self.steps.take(end - p)?;
            if !self.single(s, p, end) {
                return Ok(None);
            }
            s += 1;
        }
    }

    fn start_capture(&mut self, s: usize, p: usize, what: Capture) -> Outcome<Place> {
        if self.level >= CAPTURES {
            return Err(Fault::Message("too many captures".into()));
        }
        self.captures[self.level] = what;
        self.level += 1;
        let end = self.matches(s, p)?;
        if end.is_none() {
            self.level -= 1;
        }
        Ok(end)
    }

    fn end_capture(&mut self, s: usize, p: usize) -> Outcome<Place> {
        let open = self.captures[..self.level].iter().rposition(|c| matches!(c, Capture::Unfinished(_)));
        let Some(index) = open else { return Err(Fault::Message("invalid pattern capture".into())) };
        let Capture::Unfinished(start) = self.captures[index] else { return Ok(None) };
        self.captures[index] = Capture::Text(start, s - start);
        let end = self.matches(s, p)?;
        if end.is_none() {
            self.captures[index] = Capture::Unfinished(start);
        }
        Ok(end)
    }

    /// `%1` and its like: the same text again.
    fn again(&mut self, s: usize, digit: u8) -> Outcome<Place> {
        let index = usize::from(digit).wrapping_sub(usize::from(b'1'));
        if index >= self.level || matches!(self.captures[index], Capture::Unfinished(_)) {
            return Err(Fault::Message("invalid capture index".into()));
        }
        // What a position has captured is no text that could come again.
        let Capture::Text(start, len) = self.captures[index] else { return Ok(None) };
        let same = self.subject.get(s..s + len) == Some(&self.subject[start..start + len]);
        Ok(same.then_some(s + len))
    }

    /// `%bxy`
    fn balance(&mut self, s: usize, p: usize) -> Outcome<Place> {
        let [Some(&open), Some(&close)] = [self.pattern.get(p), self.pattern.get(p + 1)] else {
            return Err(Fault::Message("unbalanced pattern".into()));
        };
        if self.subject.get(s) != Some(&open) {
            return Ok(None);
        }
        let mut level = 1;
        for at in s + 1..self.subject.len() {
            self.steps.take(1)?;
            let byte = self.subject[at];
            if byte == close {
                level -= 1;
                if level == 0 {
                    return Ok(Some(at + 1));
                }
            } else if byte == open {
                level += 1;
            }
        }
        Ok(None)
    }

    /// Where the class that begins at `p` ends.
    fn class_end(&self, p: usize) -> Outcome<usize> {
        match self.pattern[p] {
            b'%' if p + 1 == self.pattern.len() => {
                Err(Fault::Message("malformed pattern (ends with '%')".into()))
            }
            b'%' => Ok(p + 2),
            b'[' => {
                let mut at = p + 1 + usize::from(self.pattern.get(p + 1) == Some(&b'^'));
                // A `]` that comes first is one of the set.
                loop {
                    let byte = self.pattern.get(at);
                    at += if byte == Some(&b'%') { 2 } else { 1 };
                    if byte.is_none() || at >= self.pattern.len() {
                        return Err(Fault::Message("malformed pattern (missing ']')".into()));
                    }
                    if self.pattern[at] == b']' {
                        return Ok(at + 1);
                    }
                }
            }
            _ => Ok(p + 1),
        }
    }

    /// Whether the byte at `s` is of the class from `p` to `end`.
    fn single(&self, s: usize, p: usize, end: usize) -> bool {
        let Some(&byte) = self.subject.get(s) else { return false };
        match self.pattern[p] {
            b'.' => true,
            b'%' => is_class(byte, self.pattern[p + 1]),
            b'[' => self.in_set(byte, p, end - 1),
            literal => literal == byte,
        }
    }

    /// Whether a byte is of the set whose `[` and `]` stand at `p` and `last`.
    fn in_set(&self, byte: u8, p: usize, last: usize) -> bool {
        let negated = self.pattern.get(p + 1) == Some(&b'^');
        let mut at = p + 1 + usize::from(negated);
        while at < last {
            let first = self.pattern[at];
            let found = if first == b'%' {
                at += 2;
                is_class(byte, self.pattern[at - 1])
            } else if self.pattern[at + 1] == b'-' && at + 2 < last {
                at += 3;
                (first..=self.pattern[at - 1]).contains(&byte)
            } else {
                at += 1;
                first == byte
            };
            if found {
                return !negated;
            }
        }
        negated
    }
}

/// `%a` and its like; a capital means all others.
fn is_class(byte: u8, class: u8) -> bool {
    let is = match class.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => byte.is_ascii_whitespace() || byte == 11,
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return class == byte,
    };
    is != class.is_ascii_uppercase()
}
