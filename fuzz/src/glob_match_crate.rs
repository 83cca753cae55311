//! The `glob-match` crate agrees, where it means the same: it knows nothing of Redis, so it shares none of
//! our mistakes.
//!
//! It is made for paths: `*` stops at `/`, `{a,b}` is a choice, a `!` in front negates, classes have other
//! rules. What is left when all that is excluded is the common subset.

use super::pattern_and_string;
use cutaway::glob::{Pattern, plain};

pub fn run(data: &[u8]) {
    let (pattern, string) = pattern_and_string(data);
    let (Ok(pattern_text), Ok(string_text)) = (str::from_utf8(pattern), str::from_utf8(string)) else {
        return;
    };
    if !in_common(pattern, string) {
        return;
    }
    let expected = glob_match::glob_match(pattern_text, string_text);
    assert_eq!(plain::matches(pattern, string, false), expected, "plain");
    if let Ok(compiled) = Pattern::new(pattern) {
        assert_eq!(compiled.matches(string), expected, "compiled");
    }
}

/// Do both mean the same by `pattern`, for this string?
pub fn in_common(pattern: &[u8], string: &[u8]) -> bool {
    let all_stars = pattern.iter().all(|&byte| byte == b'*');
    let only_stars_left = all_stars && !pattern.is_empty() && string.is_empty();
    !string.contains(&b'/') && !only_stars_left && pattern_in_common(pattern)
}

fn pattern_in_common(pattern: &[u8]) -> bool {
    if pattern.starts_with(b"!") || pattern.windows(3).any(|three| three == b"**/") {
        return false;
    }
    let mut stars = 0;
    let mut at = 0;
    while at < pattern.len() {
        match pattern[at] {
            b'{' => return false,
            b'\\' => match pattern.get(at + 1) {
                None | Some(b'b' | b'n' | b'r' | b't') => return false,
                Some(_) => at += 2,
            },
            b'[' => match class_in_common(&pattern[at + 1..]) {
                Some(length) => at += 1 + length,
                None => return false,
            },
            b'*' => {
                stars += 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
    stars <= 1000
}

/// The length of a class both read alike, from after its `[`.
fn class_in_common(class: &[u8]) -> Option<usize> {
    let negated = usize::from(class.first() == Some(&b'^'));
    let mut at = negated;
    if class.first() == Some(&b'!') || class.get(at) == Some(&b']') {
        return None;
    }
    loop {
        match class[at..] {
            [b']', ..] => return Some(at + 1),
            [b'\\', b'b' | b'n' | b'r' | b't', ..] | [b'\\', _, b'-', ..] => return None,
            [b'\\', _, ..] => at += 2,
            [_, b'-', b']' | b'\\', ..] => return None,
            [low, b'-', high, ..] if low > high || (low < 0x80) != (high < 0x80) => return None,
            [_, b'-', _, ..] => at += 3,
            [b'\\'] | [] => return None,
            _ => at += 1,
        }
    }
}
