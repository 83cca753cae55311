//! The glob matchers: by cases, by vectors taken from a real Redis 8.0, and against each other.

#[allow(dead_code)]
mod edge_page;
mod vectors;

use crate::bodies;
use crate::bodies::glob_match_crate::in_common;
use crate::bodies::reference;
use cutaway::glob::{Compiled, MAX_LENGTH, Pattern, TooBig, plain};
use quickcheck::{Arbitrary, Gen, QuickCheck};

/// What all matchers say; it fails when they differ.
fn verdict(pattern: &[u8], string: &[u8], nocase: bool) -> bool {
    let compiled = if nocase { Pattern::new_nocase(pattern) } else { Pattern::new(pattern) };
    let verdicts = [
        plain::matches(pattern, string, nocase),
        compiled.expect("short enough").matches(string),
        Pattern::with_tables(pattern, nocase, 0).expect("short enough").matches(string),
        reference::matches(pattern, string, nocase),
    ];
    assert!(
        verdicts.iter().all(|&verdict| verdict == verdicts[0]),
        "[plain, compiled, kept as text, reference] = {verdicts:?} for {:?} and {:?}",
        pattern.escape_ascii().to_string(),
        string.escape_ascii().to_string(),
    );
    verdicts[0]
}

/// Checks one line of a table: the pattern, strings it matches, strings it does not match.
#[track_caller]
fn case(pattern: &[u8], yes: &[&[u8]], no: &[&[u8]]) {
    for string in yes {
        assert!(verdict(pattern, string, false), "should match {:?}", string.escape_ascii().to_string());
    }
    for string in no {
        assert!(!verdict(pattern, string, false), "should not match {:?}", string.escape_ascii().to_string());
    }
}

#[track_caller]
fn nocase(pattern: &[u8], yes: &[&[u8]], no: &[&[u8]]) {
    for string in yes {
        assert!(verdict(pattern, string, true), "should match {:?}", string.escape_ascii().to_string());
    }
    for string in no {
        assert!(!verdict(pattern, string, true), "should not match {:?}", string.escape_ascii().to_string());
    }
}

#[test]
fn rule_1_the_whole_string_as_bytes() {
    case(b"", &[b""], &[b"a", b"\0"]);
    case(b"*", &[b"a", b"\0", b"a/b"], &[b""]);
    case(b"**", &[b"a"], &[b""]);
    case(b"hello", &[b"hello"], &[b"hell", b"hellos", b"Hello", b""]);
    case(b"a\0b", &[b"a\0b"], &[b"a\0c", b"a"]);
    case(b"{a,b}", &[b"{a,b}"], &[b"a", b"b"]);
    case(b"!a", &[b"!a"], &[b"b"]);
}

#[test]
fn rule_2_star_and_question_mark() {
    case(b"a*", &[b"a", b"ab", b"a/\n"], &[b"ba", b""]);
    case(b"*a", &[b"a", b"ba", b"aa"], &[b"ab", b""]);
    case(b"a***b", &[b"ab", b"axxb"], &[b"a", b"b", b"abx"]);
    case(b"a*a", &[b"aa", b"aba"], &[b"a"]);
    case(b"*ab*ab*", &[b"abab", b"xabxabx"], &[b"ab", b"abxb"]);
    case(b"*aba*aba*", &[b"abaaba"], &[b"ababa"]);
    case(b"?", &[b"a", b"\0", b"\xff", b"*"], &[b"", b"ab"]);
    case(b"??", &["é".as_bytes()], &[b"e"]);
    case(b"*?*?*", &[b"ab", b"abc"], &[b"a"]);
    case(b"h?llo", &[b"hello", b"h/llo"], &[b"hllo", b"heello"]);
}

#[test]
fn rule_3_backslash() {
    case(b"\\*", &[b"*"], &[b"a", b"\\*"]);
    case(b"\\a", &[b"a"], &[b"\\a"]);
    case(b"\\n", &[b"n"], &[b"\n"]);
    case(b"a\\", &[b"a\\"], &[b"a"]);
    case(b"*\\", &[b"\\", b"a\\"], &[b"a"]);
    case(b"\\[a]", &[b"[a]"], &[b"a"]);
}

#[test]
fn rule_4_class() {
    case(b"h[ae]llo", &[b"hello", b"hallo"], &[b"hillo", b"hllo"]);
    case(b"h[^e]llo", &[b"hallo", b"h/llo"], &[b"hello", b"hllo"]);
    case(b"[!a]", &[b"!", b"a"], &[b"b"]);
    case(b"[a^]", &[b"a", b"^"], &[b"b"]);
    case(b"[^^]", &[b"a"], &[b"^"]);
}

#[test]
fn rule_5_members_in_order() {
    case(b"[]", &[], &[b"]", b"[]", b"a"]);
    case(b"[]a]", &[], &[b"]", b"a", b"a]"]);
    case(b"[^]", &[b"]", b"a"], &[b"", b"ab"]);
    case(b"[^]]", &[b"a]"], &[b"a"]);
    case(b"[", &[], &[b"[", b"a"]);
    case(b"[^", &[b"^", b"a"], &[b"[^"]);
    case(b"[abc", &[b"a", b"c"], &[b"[abc", b"d"]);
    case(b"[a*", &[b"a", b"*"], &[b"ab"]);
    case(b"[a-c]", &[b"a", b"b", b"c"], &[b"d", b"-"]);
    case(b"[a-]", &[b"]", b"^", b"a"], &[b"-", b"b"]);
    case(b"[a-]b]", &[b"]", b"a", b"b"], &[b"ab]", b"c"]);
    case(b"[a-", &[b"a", b"-"], &[b"b"]);
    case(b"[--]", &[b"-", b"]", b"A"], &[b"a"]);
    case(b"[-a]", &[b"-", b"a"], &[b"5"]);
    case(b"[a-\\c]", &[b"\\", b"]", b"a", b"c"], &[b"b"]);
    case(b"[\\]]", &[b"]"], &[b"\\"]);
    case(b"[\\a-c]", &[b"a", b"-", b"c"], &[b"b", b"\\"]);
    case(b"[\\", &[b"\\"], &[b"["]);
    case(b"[a-c-e]", &[b"b", b"-", b"e"], &[b"d"]);
}

#[test]
fn rule_6_ranges_are_signed_and_swapped() {
    case(b"[c-a]", &[b"a", b"b", b"c"], &[b"-", b"d"]);
    case(b"[a-\xff]", &[b"\xff", b"\0", b"A", b"a"], &[b"\xfe", b"b"]);
    case(b"[\0-\xff]", &[b"\0", b"\xff"], &[b"a", b"\xfe"]);
    case(b"[\x7f-\x80]", &[b"\0", b"a", b"\xff"], &[]);
    case(b"[^\x7f-\x80]", &[], &[b"\0", b"a", b"\xff"]);
    case(b"[\x80-\xff]", &[b"\x80", b"\xc0", b"\xff"], &[b"a", b"\0"]);
}

#[test]
fn rule_7_stars_at_the_end_of_the_string() {
    case(b"ab**", &[b"ab"], &[b"a"]);
    case(b"ab*?", &[b"abc"], &[b"ab"]);
    case(b"ab*[^", &[b"abc"], &[b"ab"]);
    case(b"ab*\\*", &[b"ab*"], &[b"ab"]);
}

#[test]
fn rule_8_a_thousand_stars() {
    let (stars_1000, stars_1001) = (b"*a".repeat(1000), b"*a".repeat(1001));
    let (a_1000, a_1001) = (b"a".repeat(1000), b"a".repeat(1001));
    case(&stars_1000, &[&a_1000, &a_1001], &[b"a"]);
    case(&stars_1001, &[], &[&a_1001, b"a"]);
    case(&[&stars_1000[..], b"**"].concat(), &[&a_1000, &a_1001], &[b"a"]);
    case(&[&stars_1000[..], b"*b"].concat(), &[], &[&[&a_1000[..], b"b"].concat()]);
    case(&b"**a".repeat(1000), &[&a_1000], &[b"a"]);
    case(&b"\\*".repeat(1500), &[&b"*".repeat(1500)], &[b"*"]);
    case(&b"[*]".repeat(1500), &[&b"*".repeat(1500)], &[b"*"]);
}

#[test]
fn rule_9_ignoring_case() {
    nocase(b"maxmem*", &[b"maxmemory", b"MAXMEM", b"MaxMemory"], &[b"minmem"]);
    nocase(b"[a-c]\\D", &[b"Bd", b"cD"], &[b"dd"]);
    nocase(b"[\\a]", &[b"a"], &[b"A"]);
    nocase(b"[Z-a]", &[], &[b"z", b"a", b"_", b"m"]);
    nocase(b"[@-Z]", &[b"m", b"_", b"z"], &[b"{"]);
    nocase(b"@", &[b"@"], &[b"`"]);
    nocase(b"\xc9", &[b"\xc9"], &[b"\xe9"]);
    nocase(b"[\x80-a]", &[], &[b"A", b"\x80"]);
    nocase(b"[\xff-a]", &[b"A", b"\xff"], &[b"\x80"]);
}

/// The boundary between one machine word and several.
#[test]
fn long_stretches_with_classes() {
    for length in [1, 2, 63, 64, 65, 66, 127, 128, 129, 300] {
        let stretch = [b"[ab]".repeat(length - 1), b"c".to_vec()].concat();
        let string = [b"a".repeat(length - 1), b"c".to_vec()].concat();
        let near_miss = [b"a".repeat(length), b"d".to_vec()].concat();
        let floating = [b"*", &stretch[..], b"*"].concat();
        case(&stretch, &[&string], &[&near_miss]);
        case(&floating, &[&string, &[b"aab", &string[..], b"xyz"].concat()], &[&near_miss]);
    }
}

/// Channels start and end with these.
#[test]
fn literal_ends_are_found() {
    let ends = |pattern: &[u8]| {
        let pattern = Pattern::new(pattern).unwrap();
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        (text(pattern.literal_prefix()), text(pattern.literal_suffix()))
    };
    let case = |pattern: &[u8], prefix: &str, suffix: &str| {
        assert_eq!(ends(pattern), (prefix.into(), suffix.into()));
    };
    case(b"news.*", "news.", "");
    case(b"*.sport", "", ".sport");
    case(b"news.*.uk.*.sport", "news.", ".sport");
    case(b"news", "news", "");
    case(b"h?llo", "h", "llo");
    case(b"user:[0-9]*:events", "user:", ":events");
    case(b"\\*[*]a*\\?", "**a", "?");
    case(b"*x*", "", "");
    case(b"", "", "");
}

#[test]
fn a_pattern_of_the_greatest_length_is_accepted() {
    let pattern = [b"a".repeat(MAX_LENGTH - 1), b"*".to_vec()].concat();
    assert!(Pattern::new(&pattern).unwrap().matches(&b"a".repeat(MAX_LENGTH)));
}

#[test]
fn a_longer_pattern_is_refused_with_a_clear_text() {
    let error = Pattern::new(&b"a".repeat(65_537)).unwrap_err();
    assert_eq!(error, TooBig { length: 65_537 });
    assert_eq!(error.to_string(), "pattern is too long: 65537 bytes, at most 65536 are allowed");
}

#[test]
fn a_longer_pattern_with_too_many_stars_is_accepted_and_matches_nothing() {
    let pattern = Pattern::new(&b"*?".repeat(50_000)).unwrap();
    assert!(!pattern.matches(&b"a".repeat(60_000)));
    let in_classes = [b"[*a]".repeat(20_000), b"*".to_vec()].concat();
    assert_eq!(Pattern::new(&in_classes).unwrap_err(), TooBig { length: 80_001 });
}

#[test]
fn a_plain_prefix_pattern_is_small() {
    assert!(size_of::<Compiled>() <= 48, "{}", size_of::<Compiled>());
}

#[test]
fn vectors_chosen_by_hand_hold() {
    check_vectors("edge.tsv", 456);
}

#[test]
fn random_vectors_hold() {
    check_vectors("random.tsv", 20_000);
}

#[test]
fn vectors_with_many_stars_hold() {
    check_vectors("hard.tsv", 2_000);
}

fn check_vectors(file: &str, rows: usize) {
    let vectors = vectors::read(file);
    assert_eq!(vectors.len(), rows);
    for vector in vectors {
        let got = verdict(&vector.pattern, &vector.string, vector.nocase);
        assert_eq!(got, vector.matches, "{file}: {vector:?}");
    }
}

/// The page in docs/ is the snapshot: pattern, string, verdict and reason for each vector chosen by hand.
#[test]
fn the_edge_cases_are_a_page_of_the_docs() {
    let page = edge_page::render(&vectors::read("edge.tsv"), verdict);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../docs");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_binary_snapshot!("glob-edge-cases.md", page.into_bytes()));
}

/// Where the `glob-match` crate means something else, Redis's answer first. Each line is a reason why the
/// common subset ends there.
#[test]
fn glob_match_differs_where_we_say() {
    let differs = |pattern: &str, string: &str, redis: bool| {
        assert_eq!(verdict(pattern.as_bytes(), string.as_bytes(), false), redis, "{pattern} {string}");
        assert_ne!(glob_match::glob_match(pattern, string), redis, "{pattern} {string}");
        assert!(!in_common(pattern.as_bytes(), string.as_bytes()), "{pattern} {string}");
    };
    differs("*", "a/b", true);
    differs("*", "", false);
    differs("!a", "b", false);
    differs("{a,b}", "a", false);
    differs("a\\", "a\\", true);
    differs("\\n", "n", true);
    differs("**/a", "a", false);
    differs("[!a]", "b", false);
    differs("[]a]", "a", false);
    differs("[abc", "b", true);
    differs("[\\a-c]", "b", false);
    differs("[a-]", "^", true);
    differs("[a-\\c]", "]", true);
    differs("[c-a]", "b", true);
    differs(&"*a".repeat(1001), &"a".repeat(1001), false);
}

/// A pattern, or a string that has a chance with one.
#[derive(Clone, Debug)]
struct Glob(Vec<u8>);

impl Arbitrary for Glob {
    fn arbitrary(g: &mut Gen) -> Glob {
        const PARTS: &[&[u8]] = &[
            b"a",
            b"b",
            b"ab",
            b"aab",
            b"*",
            b"*",
            b"?",
            b"[ab]",
            b"[^a]",
            b"[a-c]",
            b"[",
            b"[^",
            b"]",
            b"-",
            b"\\",
            b"^",
            b"!",
            b"[\0-\xff]",
            b"\xff",
            b"\0",
            b"B",
            b"[Z-a]",
            b".",
            b"news.",
            b"[a-]",
            b"[\\a]",
        ];
        let length = usize::arbitrary(g) % 24;
        let repeat = if bool::arbitrary(g) { 1 } else { 1 + usize::arbitrary(g) % 40 }; // Past 64 elements.
        let parts: Vec<&[u8]> = (0..length).map(|_| *g.choose(PARTS).unwrap()).collect();
        Glob(parts.concat().repeat(repeat))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Glob>> {
        Box::new(self.0.shrink().map(Glob))
    }
}

/// A string of few different bytes.
#[derive(Clone, Debug)]
struct Name(Vec<u8>);

impl Arbitrary for Name {
    fn arbitrary(g: &mut Gen) -> Name {
        let length = usize::arbitrary(g) % 200;
        Name((0..length).map(|_| *g.choose(b"aaaaabbbAB.]-^\\*\0\xff\x80").unwrap()).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Name>> {
        Box::new(self.0.shrink().map(Name))
    }
}

/// A string made from the pattern: each element replaced by something it could stand for, so that many pairs
/// match.
fn fill(pattern: &[u8], filling: &[u8]) -> Vec<u8> {
    let mut filling = filling.iter().copied().cycle();
    let mut string = Vec::new();
    for &byte in pattern {
        match byte {
            b'*' => {
                let length = filling.next().map_or(0, |byte| byte % 4);
                string.extend(filling.by_ref().take(length.into()));
            }
            b'?' => string.extend(filling.next()),
            _ => string.push(byte),
        }
    }
    string
}

#[test]
fn three_matchers_agree_on_random_pairs() {
    fn agree(pattern: Glob, name: Name, nocase: bool) -> bool {
        verdict(&pattern.0, &name.0, nocase);
        verdict(&pattern.0, &fill(&pattern.0, &name.0), nocase);
        verdict(
            &[b"*", &pattern.0[..], b"*"].concat(),
            &[&name.0, &fill(&pattern.0, &name.0)[..], &name.0].concat(),
            nocase,
        );
        true
    }
    QuickCheck::new().tests(300).quickcheck(agree as fn(Glob, Name, bool) -> bool);
}

#[test]
fn the_glob_match_crate_agrees_on_the_common_subset() {
    fn agree(pattern: Glob, name: Name) {
        for string in [fill(&pattern.0, &name.0), name.0] {
            bodies::glob_match_crate::run(&[&pattern.0, &b"\n"[..], &string].concat());
        }
    }
    QuickCheck::new().tests(1_000).quickcheck(agree as fn(Glob, Name));
}

#[test]
fn vectors_agree_with_the_glob_match_crate_on_the_common_subset() {
    let mut compared = 0;
    for vector in vectors::read("random.tsv").into_iter().filter(|vector| !vector.nocase) {
        let (Ok(pattern), Ok(string)) = (str::from_utf8(&vector.pattern), str::from_utf8(&vector.string))
        else {
            continue;
        };
        if in_common(&vector.pattern, &vector.string) {
            assert_eq!(glob_match::glob_match(pattern, string), vector.matches, "{pattern} {string}");
            compared += 1;
        }
    }
    assert!(compared > 1_000, "only {compared} vectors are in the common subset");
}

/// A script as `fuzz/src/pattern_index.rs` reads it.
#[test]
fn the_index_finds_what_the_walk_finds() {
    #[derive(Clone, Debug)]
    enum Step {
        Insert(Glob),
        Remove(u8),
        Publish(Name),
    }
    impl Arbitrary for Step {
        fn arbitrary(g: &mut Gen) -> Step {
            match u8::arbitrary(g) % 8 {
                0..4 => {
                    let Glob(mut pattern) = Glob::arbitrary(g);
                    pattern.truncate(usize::arbitrary(g) % 12);
                    Step::Insert(Glob(pattern))
                }
                4 => Step::Remove(u8::arbitrary(g)),
                _ => Step::Publish(Name::arbitrary(g)),
            }
        }
    }
    fn same(steps: Vec<Step>) {
        let script: Vec<Vec<u8>> = steps
            .iter()
            .map(|step| match step {
                Step::Insert(Glob(pattern)) => [b"+", &pattern[..]].concat(),
                Step::Remove(number) => format!("-{number}").into_bytes(),
                Step::Publish(Name(channel)) => channel.clone(),
            })
            .collect();
        bodies::pattern_index::run(&script.join(&b'\n'));
    }
    QuickCheck::new().tests(1_000).quickcheck(same as fn(Vec<Step>));
}
