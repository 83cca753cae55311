//! The work of a match, in steps: long patterns, and pairs chosen to take long.

use super::*;
use quickcheck::quickcheck;

/// What a match says, and its steps.
fn steps(matches: impl FnOnce() -> bool) -> (bool, usize) {
    let before = STEPS.get();
    let verdict = matches();
    (verdict, STEPS.get() - before)
}

/// So many bytes without a meaning in patterns, as a generator makes them.
fn literals(count: usize, mut seed: u64) -> Vec<u8> {
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    std::iter::from_fn(|| Some(next())).filter(|byte| !b"*?[\\".contains(byte)).take(count).collect()
}

#[test]
fn the_text_of_a_long_pattern_is_kept_once() {
    let (long, escaped) = (literals(65_000, 1), literals(30_000, 1));
    let escaped: Vec<u8> = escaped.iter().flat_map(|&byte| [b'\\', byte]).collect();
    for pattern in [
        [b"*?", &*long, b"?*"].concat(),
        [b"*", &*long, b"*"].concat(),
        [&*long, b"*"].concat(),
        [b"*", &*long].concat(),
        [b"*", &*escaped, b"[ab]*"].concat(),
        escaped,
        long,
    ] {
        let compiled = Compiled::new(&pattern, false, MAX_TABLES).unwrap();
        assert!(compiled.memory() < 2 * MAX_END + 150, "{} bytes", compiled.memory());
        assert!(!compiled.matches(&pattern, &[b'a'; 70_000]));
    }
}

#[test]
fn long_literals_match() {
    let text = literals(3 * MAX_END, 1);
    for length in [MAX_END - 1, MAX_END, MAX_END + 1, 2 * MAX_END, 2 * MAX_END + 1, 3 * MAX_END] {
        let text = &text[..length];
        for (pattern, string) in [
            (text.to_vec(), text.to_vec()),
            ([text, b"*"].concat(), [text, b"x"].concat()),
            ([b"*", text].concat(), [b"x", text].concat()),
            ([text, b"*", text].concat(), [text, text].concat()),
            ([text, b"?", text].concat(), [text, b"x", text].concat()),
            ([b"*", text, b"*"].concat(), [b"x", text, b"y"].concat()),
        ] {
            for most in [0, MAX_TABLES] {
                let compiled = Pattern::with_tables(&pattern, false, most).unwrap();
                assert!(compiled.matches(&string));
                assert!(!compiled.matches(&string[..string.len() - 2]));
                assert!(!compiled.matches(&string[2..]));
                for at in [0, length / 2, string.len() - 1] {
                    let mut other = string.clone();
                    other[at] = b'*';
                    assert_eq!(compiled.matches(&other), plain::matches(&pattern, &other, false));
                }
            }
        }
    }
}

#[test]
fn many_small_pieces_take_no_more_memory_than_tables_may() {
    for piece in ["*?a", "*?", "*[a-f]b", "*a"] {
        let compiled = Pattern::new(piece.repeat(1000).as_bytes()).unwrap();
        assert!(compiled.tables() <= MAX_TABLES, "{piece}: {}", compiled.tables());
        assert!(compiled.memory() <= MAX_TABLES + 100, "{piece}: {}", compiled.memory());
    }
}

#[test]
fn a_usual_pattern_has_its_tables() {
    for pattern in ["h?llo", "h[ae]llo*", "user:[0-9]*up*:events", "*?*?*?*?*", "a*b*c*d*e*f"] {
        assert!(Pattern::new(pattern.as_bytes()).unwrap().tables() > 0, "{pattern}");
    }
}

#[test]
fn a_long_pattern_takes_no_more_steps_than_the_plain_matcher() {
    let pattern = [b"*?", &*literals(65_000, 1), b"?*"].concat();
    let compiled = Pattern::new(&pattern).unwrap();
    for length in [10, 3000, 64_999, 100_000] {
        let channel = literals(length, 2);
        let (verdict, ours) = steps(|| compiled.matches(&channel));
        let (expected, plain) = steps(|| plain::matches(&pattern, &channel, false));
        assert_eq!(verdict, expected);
        assert!(ours <= plain, "{length}: {ours} steps, plain {plain}");
    }
}

#[test]
fn a_pair_made_to_take_long_ends_when_tables_would_have_been_cheaper() {
    // The plain matcher needs 24 million steps: it reads six thousand bytes at each of four thousand places.
    let others: Vec<u8> = (b'b'..=b'z').collect();
    let pattern = [b"*?", &*vec![b'a'; 6000], &others, b"?*"].concat();
    let channel = vec![b'a'; 10_000];
    let (verdict, ours) = steps(|| Pattern::new(&pattern).unwrap().matches(&channel));
    let tables = 8 * pattern.len() + channel.len() * (pattern.len() / 512 + 1);
    assert!(!verdict);
    assert!((tables..=2 * tables).contains(&ours), "{ours} steps, {tables} with tables from the start");
}

quickcheck! {
    /// Small alphabets, so that there are near misses.
    fn text_and_tables_agree_and_text_takes_at_most_twice_the_steps(pattern: Vec<u8>, string: Vec<u8>) -> bool {
        let pattern: Vec<u8> = pattern.iter().map(|&byte| b"ab*?[^-]\\ab"[usize::from(byte) % 11]).collect();
        let string: Vec<u8> = string.iter().map(|&byte| b"abc"[usize::from(byte) % 3]).collect();
        let [text, tables] = [0, MAX_TABLES].map(|most| Pattern::with_tables(&pattern, false, most).unwrap());
        let (verdict, ours) = steps(|| text.matches(&string));
        let (expected, plain) = steps(|| plain::matches(&pattern, &string, false));
        verdict == expected && tables.matches(&string) == expected && ours <= 2 * plain
    }
}
