//! The keys of commands whose key specifications do not name all keys, or do not say what is done with them.
//!
//! Redis: `src/db.c`, `setGetKeys`, `bitfieldGetKeys`, `xreadGetKeys`, `sortGetKeys`,
//! `sortROGetKeys`, `georadiusGetKeys`.

use crate::resp::request::Request;
use crate::server::dispatch::key_spec::Found;
use crate::text::c::is_word;

/// The key of SET; its options say whether the old value is read.
pub fn set(request: Request<'_>) -> Vec<Found> {
    let reads = request.from(3).any(|word| is_word(word, b"get"));
    vec![(1, if reads { &["RW", "access", "update"] } else { &["OW", "update"] })]
}

/// The key of BITFIELD; whether it is written is said by the operations, and words that are none may write.
pub fn bitfield(request: Request<'_>) -> Vec<Found> {
    let is = |at: usize, option: &str, more: usize| {
        is_word(&request[at], option.as_bytes()) && at + more < request.len()
    };
    let mut at = 2;
    while at < request.len() {
        at += match at {
            at if is(at, "get", 2) => 3,
            at if is(at, "overflow", 1) => 2,
            _ => return vec![(1, &["RW", "access", "update"])],
        };
    }
    vec![(1, &["RO", "access"])]
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

/// The keys of SORT: the one that is sorted, and the word after the last STORE. The words that belong to an option are passed
/// over: a pattern of BY may be `store`.
pub fn sort(request: Request<'_>) -> Vec<Found> {
    let is = |at: usize, option: &str| request.get(at).is_some_and(|word| is_word(word, option.as_bytes()));
    let (mut at, mut target) = (2, None);
    while at < request.len() {
        at += match at {
            at if is(at, "limit") => 3,
            at if is(at, "get") || is(at, "by") => 2,
            at if is(at, "store") && at + 1 < request.len() => {
                target = Some(at + 1);
                2
            }
            _ => 1,
        };
    }
    let target = target.map(|at| (at, &["OW", "update"] as _));
    std::iter::once((1, &["RO", "access"] as _)).chain(target).collect()
}

/// The key of SORT_RO: those that its patterns name depend on what is sorted.
pub fn sort_ro(_: Request<'_>) -> Vec<Found> {
    vec![(1, &["RO", "access"])]
}

/// The keys of GEORADIUS, whose options begin at word 6.
pub fn georadius(request: Request<'_>) -> Vec<Found> {
    georadius_generic(request, 6)
}

/// The keys of GEORADIUSBYMEMBER, whose options begin at word 5.
pub fn georadiusbymember(request: Request<'_>) -> Vec<Found> {
    georadius_generic(request, 5)
}

/// The key that is searched, and the word after the last STORE or STOREDIST.
fn georadius_generic(request: Request<'_>, options: usize) -> Vec<Found> {
    let last = request.len() - 1;
    let (mut at, mut target) = (options, None);
    while at < last {
        if [&b"store"[..], b"storedist"].iter().any(|option| is_word(&request[at], option)) {
            at += 1;
            target = Some(at);
        }
        at += 1;
    }
    let target = target.map(|at| (at, &["OW", "update"] as _));
    std::iter::once((1, &["RO", "access"] as _)).chain(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::owned::OwnedRequest;

    #[test]
    fn store_is_also_a_pattern_of_sort() {
        let cases: &[(&str, &[usize])] = &[
            ("SORT l", &[1]),
            ("SORT l BY store", &[1]),
            ("SORT l BY store STORE d", &[1, 5]),
            ("SORT l STORE d STORE e", &[1, 5]),
            ("SORT l LIMIT 0 store GET store", &[1]),
            ("SORT l STORE", &[1]),
            ("SORT l STORE store", &[1, 3]),
            ("SORT l STORE limit STORE d", &[1, 5]),
            ("SORT l STORE store d", &[1, 3]),
        ];
        for &(request, expected) in cases {
            let words = OwnedRequest::of(request.split(' ').map(str::as_bytes));
            let found: Vec<usize> = sort(words.request()).into_iter().map(|(at, _)| at).collect();
            assert_eq!(found, expected, "{request}");
        }
    }

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
