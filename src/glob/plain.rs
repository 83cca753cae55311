//! The plain matcher: the rules of [`super`] as one short loop.
//!
//! Redis: `src/util.c`, `stringmatchlen_impl`
//!
//! It is the specification, and the oracle the compiled [`super::Pattern`] is tested against.
//!
//! Different on purpose: Redis tries what follows a star by calling itself. Here one retry point is enough:
//! when anything after the latest star fails, only that star needs to take one more byte. An earlier star
//! never has to take more, for whatever it could give away, the latest star can take too.
//!
//! Naive: the pattern is read again for each string, and again at each retry. Hostile pairs take time
//! proportional to length × length, as they do in Redis. The compiled pattern does not.

use super::{MAX_STARS, count_steps};

/// Does `pattern` match the whole of `string`? With `nocase`, ASCII letters match in either case (rule 9).
// ANCHOR: plain-matcher
pub fn matches(pattern: &[u8], string: &[u8], nocase: bool) -> bool {
    if string.is_empty() {
        return pattern.is_empty(); // Rule 1: `*` does not match the empty string.
    }
    let (mut p, mut s) = (0, 0);
    let mut stars = 0;
    let mut retry = None; // (what follows the latest star, the place in the string where it was tried last)
    loop {
        if pattern[p..].starts_with(b"*") {
            p += pattern[p..].iter().take_while(|&&byte| byte == b'*').count(); // Rule 2: a run is one star.
            if p == pattern.len() {
                return true;
            }
            stars += 1;
            if stars > MAX_STARS {
                return false; // Rule 8.
            }
            retry = Some((p, s));
        } else if s == string.len() {
            return p == pattern.len(); // Rule 7; a retry would have even fewer bytes left, so it fails too.
        } else {
            let (accepts, length) = one_byte(&pattern[p..], string[s], nocase);
            if accepts {
                p += length;
                s += 1;
            } else if let Some((after_star, tried)) = retry {
                retry = Some((after_star, tried + 1));
                (p, s) = (after_star, tried + 1);
            } else {
                return false;
            }
        }
    }
}
// ANCHOR_END: plain-matcher

/// Whether the first element of `pattern` (no star) accepts `byte`, and how long that element is. A pattern
/// that is used up accepts nothing.
pub(super) fn one_byte(pattern: &[u8], byte: u8, nocase: bool) -> (bool, usize) {
    let (accepts, length) = match pattern {
        [] => (false, 0),
        [b'?', ..] => (true, 1), // Rule 2.
        [b'[', ..] => class(pattern, byte, nocase),
        [b'\\', literal, ..] => (same(*literal, byte, nocase), 2), // Rule 3.
        [literal, ..] => (same(*literal, byte, nocase), 1),
    };
    count_steps(length);
    (accepts, length)
}

/// The same for a class. `pattern` starts with its `[`.
fn class(pattern: &[u8], byte: u8, nocase: bool) -> (bool, usize) {
    let (negated, mut rest) = match pattern {
        [b'[', b'^', rest @ ..] => (true, rest), // Rule 4.
        _ => (false, &pattern[1..]),
    };
    let mut member = false;
    // Rule 5: the order of these arms is the rule.
    loop {
        match rest {
            [b'\\', escaped, tail @ ..] => {
                member |= *escaped == byte; // Rule 9: an escaped member is not folded.
                rest = tail;
            }
            [b']', tail @ ..] => {
                rest = tail;
                break;
            }
            [] => break,
            [low, b'-', high, tail @ ..] => {
                member |= in_range(*low, *high, byte, nocase);
                rest = tail;
            }
            [plain, tail @ ..] => {
                member |= same(*plain, byte, nocase);
                rest = tail;
            }
        }
    }
    (member != negated, pattern.len() - rest.len())
}

fn same(a: u8, b: u8, nocase: bool) -> bool {
    a == b || (nocase && a.eq_ignore_ascii_case(&b))
}

/// Rule 6: signed, swapped when reversed. Rule 9: folded after that.
fn in_range(low: u8, high: u8, byte: u8, nocase: bool) -> bool {
    let [low, high, byte] = [low, high, byte].map(|byte| i32::from(byte as i8));
    let (low, high) = (low.min(high), low.max(high));
    if nocase { (fold(low)..=fold(high)).contains(&fold(byte)) } else { (low..=high).contains(&byte) }
}

/// What glibc's `tolower` makes of a signed `char`: letters become small; -128 to -2 come back as 128 to 254;
/// -1 is `EOF` and stays. Nobody should depend on the latter, but Redis's answers do.
fn fold(signed: i32) -> i32 {
    match signed {
        -128..=-2 => signed + 256,
        0x41..=0x5a => signed + 0x20,
        _ => signed,
    }
}
