//! What matching costs: `cargo bench --bench glob`. Numbers are for the release build; compare columns, not
//! machines.
//!
//! * `ordinary`: nanoseconds for one match, by the plain matcher, the compiled one, and the `glob-match`
//!   crate.
//! * `worst`: the shapes that make matchers quadratic, at three sizes. Linear time grows 4-fold from line to
//!   line.
//! * `publish`: one channel against N patterns, by the plain walk, the walk of compiled patterns, and the
//!   index.
//! * `subscribe`: inserting into and removing from an index that holds 100,000 patterns.
//! * `compile`: making a pattern ready.

use cutaway::glob::{Pattern, plain};
use cutaway::pubsub::pattern_index::PatternIndex;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

mod ordinary {
    use super::*;

    const PAIRS: &[(&str, &str)] = &[
        ("live_room:*", "live_room:8841:chat"),
        ("news.*.sport", "news.europe.uk.sport"),
        ("h?llo", "hello"),
        ("__keyspace@0__:*", "__keyspace@0__:session:77aa01"),
        ("user:[0-9]*:events", "user:31415:events"),
        ("*error*", "logs.web-3.error.disk"),
    ];

    fn pair(pattern: &str) -> (&str, &'static str) {
        let &(pattern, string) = PAIRS.iter().find(|pair| pair.0 == pattern).unwrap();
        (pattern, string)
    }

    #[divan::bench(args = PAIRS.iter().map(|pair| pair.0))]
    fn plain(bencher: Bencher, pattern: &str) {
        let (pattern, string) = pair(pattern);
        assert!(plain::matches(pattern.as_bytes(), string.as_bytes(), false));
        bencher.bench(|| plain::matches(black_box(pattern.as_bytes()), black_box(string.as_bytes()), false));
    }

    #[divan::bench(args = PAIRS.iter().map(|pair| pair.0))]
    fn compiled(bencher: Bencher, pattern: &str) {
        let (pattern, string) = pair(pattern);
        let pattern = Pattern::new(pattern.as_bytes()).unwrap();
        bencher.bench(|| black_box(&pattern).matches(black_box(string.as_bytes())));
    }

    #[divan::bench(args = PAIRS.iter().map(|pair| pair.0))]
    fn glob_match_crate(bencher: Bencher, pattern: &str) {
        let (pattern, string) = pair(pattern);
        bencher.bench(|| glob_match::glob_match(black_box(pattern), black_box(string)));
    }
}

/// A pattern and a string of about `size` bytes each.
#[derive(Clone, Copy)]
enum Shape {
    /// `*[ccc…]*` against `aaa…`
    LongClass,
    /// `*aaa…b*` against `aaa…`; the pattern half as long, which is worst
    Literal,
    /// `*a?a?…b*` against `aaa…`, half as long
    AnyAndLiteral,
    /// `*a*a*a…b*` against `aaa…`, with about as many stars as are allowed
    ManyStars,
    /// `*[ab][ab]…c*` against `aaa…`, half as many classes as bytes fit in a pattern
    ManyClasses,
    /// `*[^\x01][^\x02]…b*`: each class another, so that the table is as big as it gets
    DistinctClasses,
}

impl Shape {
    fn make(self, size: usize) -> (Vec<u8>, Vec<u8>) {
        let pattern = match self {
            Shape::LongClass => format!("*[{}]*", "c".repeat(size - 4)).into_bytes(),
            Shape::Literal => format!("*{}b*", "a".repeat(size / 2)).into_bytes(),
            Shape::AnyAndLiteral => format!("*{}b*", "a?".repeat(size / 4)).into_bytes(),
            Shape::ManyStars => format!("{}b*", "*a".repeat((size / 2 - 1).min(999))).into_bytes(),
            Shape::ManyClasses => format!("*{}c*", "[ab]".repeat(size / 4 - 1)).into_bytes(),
            Shape::DistinctClasses => {
                let classes = (0..size / 4 - 1).flat_map(|n| [b'[', b'^', (n % 256) as u8, b']']);
                let safe = classes.map(|byte| if byte == b'a' { b'0' } else { byte });
                [b"*".to_vec(), safe.collect(), b"b*".to_vec()].concat()
            }
        };
        (pattern, b"a".repeat(size))
    }
}

mod worst {
    use super::*;

    const SIZES: &[usize] = &[4 * 1024, 16 * 1024, 64 * 1024];

    macro_rules! shapes {
        ($($name:ident: $shape:ident,)*) => {$(
            #[divan::bench(args = SIZES)]
            fn $name(bencher: Bencher, size: usize) {
                let (pattern, string) = Shape::$shape.make(size);
                let pattern = Pattern::new(&pattern).unwrap();
                assert!(!pattern.matches(&string));
                bencher.bench(|| pattern.matches(black_box(&string)));
            }
        )*};
    }

    shapes! {
        long_class: LongClass,
        literal: Literal,
        any_and_literal: AnyAndLiteral,
        many_stars: ManyStars,
        many_classes: ManyClasses,
        distinct_classes: DistinctClasses,
    }

    /// For comparison: what one of the shapes costs the plain matcher.
    #[divan::bench(args = SIZES, sample_count = 1, sample_size = 1)]
    fn plain_long_class(bencher: Bencher, size: usize) {
        let (pattern, string) = Shape::LongClass.make(size);
        bencher.bench(|| plain::matches(black_box(&pattern), black_box(&string), false));
    }
}

/// Patterns as applications use them: mostly `prefix:*`, one in ten `*suffix`, one in fifty with a class.
fn realistic(count: usize) -> Vec<String> {
    const ROOMS: &[&str] =
        &["live_room", "news", "chat:team", "__keyspace@0__:session", "orders.eu-west", "device/telemetry"];
    (0..count)
        .map(|n| match n % 50 {
            7 => format!("user:[0-9]*:{n}:events"),
            n10 if n10 % 10 == 3 => format!("*.feed{n}"),
            _ => format!("{}:{n}:*", ROOMS[n % ROOMS.len()]),
        })
        .collect()
}

const COUNTS: &[usize] = &[10, 1_000, 10_000, 100_000];

/// Channels that match one pattern of many, in turn.
fn channels(count: usize) -> Vec<Vec<u8>> {
    realistic(count)
        .iter()
        .step_by(1 + count / 97)
        .map(|pattern| pattern.replace('*', "abc").into_bytes())
        .collect()
}

fn index_of(patterns: &[Pattern]) -> PatternIndex {
    let mut index = PatternIndex::new(0x9e37_79b9_7f4a_7c15);
    patterns.iter().zip(0..).for_each(|(pattern, id)| index.insert(id, pattern));
    index
}

fn compiled(texts: &[String]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text.as_bytes()).unwrap()).collect()
}

mod publish {
    use super::*;

    #[divan::bench(args = COUNTS)]
    fn walk_plain(bencher: Bencher, count: usize) {
        let (patterns, channels) = (realistic(count), channels(count));
        let mut next = channels.iter().cycle();
        bencher.bench_local(|| {
            let channel = next.next().unwrap();
            patterns.iter().filter(|pattern| plain::matches(pattern.as_bytes(), channel, false)).count()
        });
    }

    #[divan::bench(args = COUNTS)]
    fn walk_compiled(bencher: Bencher, count: usize) {
        let (patterns, channels) = (compiled(&realistic(count)), channels(count));
        let mut next = channels.iter().cycle();
        bencher.bench_local(|| {
            let channel = next.next().unwrap();
            patterns.iter().filter(|pattern| pattern.matches(channel)).count()
        });
    }

    #[divan::bench(args = COUNTS)]
    fn index(bencher: Bencher, count: usize) {
        run(bencher, &compiled(&realistic(count)), &channels(count));
    }

    /// Hostile: `aaa…*` with 1 to 1,000 letters; the channel is all `a`.
    #[divan::bench(args = ["walk", "index"])]
    fn nested_prefixes(bencher: Bencher, by: &str) {
        let texts: Vec<String> = (1..=1_000).map(|length| "a".repeat(length) + "*").collect();
        hostile(bencher, by, &texts, &b"a".repeat(1_000));
    }

    /// Hostile: the same, but the channel matches none of them. A tree would stop at once; we hash the
    /// channel.
    #[divan::bench(args = ["walk", "index"])]
    fn nested_prefixes_missed(bencher: Bencher, by: &str) {
        let texts: Vec<String> = (1..=1_000).map(|length| "a".repeat(length) + "*").collect();
        hostile(bencher, by, &texts, &b"b".repeat(1_000));
    }

    /// Hostile: 100,000 patterns without a literal end.
    #[divan::bench(args = ["walk", "index"])]
    fn no_literal_ends(bencher: Bencher, by: &str) {
        let texts: Vec<String> = (0..100_000).map(|n| format!("*{n}*")).collect();
        hostile(bencher, by, &texts, b"some:channel:7");
    }

    fn hostile(bencher: Bencher, by: &str, texts: &[String], channel: &[u8]) {
        let patterns = compiled(texts);
        match by {
            "walk" => bencher
                .bench(|| patterns.iter().filter(|pattern| pattern.matches(black_box(channel))).count()),
            _ => run(bencher, &patterns, &[channel.to_vec()]),
        }
    }

    fn run(bencher: Bencher, patterns: &[Pattern], channels: &[Vec<u8>]) {
        let index = index_of(patterns);
        let mut next = channels.iter().cycle();
        let mut found = Vec::new();
        bencher.bench_local(|| {
            let channel = next.next().unwrap();
            found.clear();
            index.candidates(channel, &mut found);
            found.retain(|&id| patterns[id as usize].matches(channel));
            found.len()
        });
    }
}

mod subscribe {
    use super::*;

    /// One pattern goes and comes back, a different one each time.
    #[divan::bench]
    fn remove_and_insert_at_100_000(bencher: Bencher) {
        churn(bencher, &compiled(&realistic(100_000)));
    }

    /// Hostile: all under one prefix.
    #[divan::bench]
    fn remove_and_insert_at_100_000_same_prefix(bencher: Bencher) {
        let texts: Vec<String> = (0..100_000).map(|n| format!("room:*{n}*")).collect();
        churn(bencher, &compiled(&texts));
    }

    fn churn(bencher: Bencher, patterns: &[Pattern]) {
        let mut index = index_of(patterns);
        let mut id = 0;
        bencher.bench_local(|| {
            id = (id + 61_803) % patterns.len();
            index.remove(id as u32, &patterns[id]);
            index.insert(id as u32, &patterns[id]);
        });
    }
}

mod compile {
    use super::*;

    #[divan::bench(args = ["live_room:*", "news.*.sport", "h?llo", "user:[0-9]*:events"])]
    fn ordinary(bencher: Bencher, pattern: &str) {
        bencher.bench(|| Pattern::new(black_box(pattern.as_bytes())));
    }

    /// 64 KB of question marks.
    #[divan::bench]
    fn worst_any(bencher: Bencher) {
        let pattern = b"?".repeat(64 * 1024);
        bencher.bench(|| Pattern::new(black_box(&pattern)));
    }

    /// 64 KB of the widest ranges.
    #[divan::bench]
    fn worst_ranges(bencher: Bencher) {
        let pattern = [b"[".to_vec(), b"\x80-\x7f".repeat(21_844)].concat();
        bencher.bench(|| Pattern::new(black_box(&pattern)));
    }

    /// 64 KB of different classes.
    #[divan::bench]
    fn worst_classes(bencher: Bencher) {
        let (pattern, _) = Shape::DistinctClasses.make(64 * 1024);
        bencher.bench(|| Pattern::new(black_box(&pattern)));
    }
}
