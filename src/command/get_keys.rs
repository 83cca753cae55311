//! The keys of commands whose key specifications do not name all keys, or do not say what is done with them.
//!
//! Redis: `src/db.c`, `setGetKeys`, `xreadGetKeys`.

use crate::resp::request::Request;
use crate::server::dispatch::key_spec::Found;
use crate::text::c::is_word;

/// The key of SET; its options say whether the old value is read.
pub fn set(request: Request<'_>) -> Vec<Found> {
    let reads = request.from(3).any(|word| is_word(word, b"get"));
    vec![(1, if reads { &["RW", "access", "update"] } else { &["OW", "update"] })]
}

/// The keys of XREAD and XREADGROUP: the first half of the words after STREAMS, where that word is an option and not the
/// name of a group, of a consumer or of a stream.
pub fn xread(request: Request<'_>) -> Vec<Found> {
    let is = |at: usize, option: &str| request.get(at).is_some_and(|word| is_word(word, option.as_bytes()));
    let mut at = 1;
    while !is(at, "streams") {
        at += match at {
            at if is(at, "block") || is(at, "count") => 2,
            at if is(at, "group") => 3,
            at if is(at, "noack") => 1,
            _ => return Vec::new(),
        };
    }
    let words = request.len() - at - 1;
    match words.is_multiple_of(2) {
        true => (at + 1..=at + words / 2).map(|key| (key, &["RO", "access"] as _)).collect(),
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::owned::OwnedRequest;

    #[test]
    fn streams_is_also_the_name_of_a_group_or_of_a_stream() {
        let cases: &[(&str, &[usize])] = &[
            ("XREAD COUNT 2 STREAMS a b 0 0", &[4, 5]),
            ("XREAD streams streams 0", &[2]),
            ("XREAD COUNT streams STREAMS a 0", &[4]),
            ("XREADGROUP GROUP streams streams NOACK BLOCK 0 STREAMS a >", &[8]),
            ("XREAD STREAMS a b 0", &[]),
            ("XREAD nosuch STREAMS a 0", &[]),
            ("XREAD COUNT", &[]),
            ("XREAD GROUP", &[]),
            ("XREAD STREAMS", &[]),
            ("XREAD", &[]),
        ];
        for &(request, expected) in cases {
            let words = OwnedRequest::of(request.split(' ').map(str::as_bytes));
            let found: Vec<usize> = xread(words.request()).into_iter().map(|(at, _)| at).collect();
            assert_eq!(found, expected, "{request}");
        }
    }
}
