//! A sorted set against a vector that is sorted anew.

use super::range::{LexBound, ScoreBound};
use super::*;
use quickcheck::quickcheck;

type Model = Vec<(f64, Vec<u8>)>;

fn limits(entries: usize) -> Limits {
    Limits { entries, value: 10, hasher: KeyedHash::default() }
}

fn check(zset: &Zset) {
    if let Zset::Sorted(sorted) = zset {
        skiplist::tests::check(sorted);
    }
}

fn set(model: &mut Model, member: &[u8], score: f64) -> Change {
    let old = model.iter().position(|(_, name)| name == member).map(|at| model.remove(at).0);
    model.push((score, member.to_vec()));
    model.sort_by(|a, b| a.partial_cmp(b).unwrap());
    match old {
        None => Change::Added,
        Some(old) if old == score => Change::None,
        Some(_) => Change::Updated,
    }
}

fn contents<'a>(pairs: impl Iterator<Item = (Entry<'a>, f64)>) -> Model {
    pairs.map(|(member, score)| (score, member.to_vec())).collect()
}

/// Where a range of the model begins and ends.
fn model_ranks(model: &Model, is_inside: impl Fn(f64, &[u8]) -> bool) -> std::ops::Range<usize> {
    let inside: Vec<usize> = (0..model.len()).filter(|&at| is_inside(model[at].0, &model[at].1)).collect();
    match inside[..] {
        [] => 0..0,
        [first, ..] => first..inside[inside.len() - 1] + 1,
    }
}

quickcheck! {
    fn a_sorted_set_is_a_sorted_vector(steps: Vec<(u8, u8, i8)>, low: i8, high: i8, ends: u8) -> bool {
        let (mut zset, mut model, mut most) = (Zset::default(), Model::new(), 0);
        for (action, member, score) in steps {
            // Some names are numbers, which are packed otherwise.
            let member = if member % 3 == 0 { format!("{}", member % 40) } else { format!("m{}", member % 40) };
            let (member, score) = (member.as_bytes(), f64::from(score / 4) / 2.0);
            let same = match action % 4 {
                0 => {
                    let at = model.iter().position(|(_, name)| name == member);
                    zset.remove(member) == at.map(|at| model.remove(at)).is_some()
                }
                1 => {
                    let start = usize::from(action) % (model.len() + 1);
                    let ranks = start..(start + 2).min(model.len());
                    model.drain(ranks.clone());
                    zset.remove_ranks(ranks);
                    true
                }
                _ => zset.add(member, score, limits(8)) == set(&mut model, member, score),
            };
            most = most.max(model.len());
            check(&zset);
            let rank = model.iter().position(|(_, name)| name == member);
            let found = rank.map(|rank| (rank, model[rank].0));
            if !same || zset.rank(member, &mut ()) != found || zset.score(member) != found.map(|found| found.1) {
                return false;
            }
        }
        let (low, high) = (f64::from(low / 4) / 2.0, f64::from(high / 4) / 2.0);
        let (low_out, high_out) = (ends & 1 == 1, ends & 2 == 2);
        let range = Range::Score {
            min: ScoreBound { score: low, is_exclusive: low_out },
            max: ScoreBound { score: high, is_exclusive: high_out },
        };
        let expected = model_ranks(&model, |score, _| {
            (score > low || (score == low && !low_out)) && (score < high || (score == high && !high_out))
        });
        let ranks = zset.ranks(&range, false);
        let start = usize::from(ends) % (model.len() + 1);
        let mut scanned = Model::new();
        let mut cursor = 0;
        loop {
            cursor = zset.scan(cursor, |member, score| scanned.push((score, member.to_vec())));
            if cursor == 0 {
                break;
            }
        }
        scanned.sort_by(|a, b| a.partial_cmp(b).unwrap());
        scanned.dedup();
        let random = zset.random(|| u64::from(ends)).map(|(member, score)| (score, member.to_vec()));
        let mut backward = contents(zset.range(start..model.len(), true));
        backward.reverse();
        zset.len() == model.len()
            && zset.encoding() == if most > 8 { "skiplist" } else { "listpack" }
            && contents(zset.iter()) == model
            && contents(zset.range(start..model.len(), false)) == model[start..]
            && backward == model[start..]
            && ranks.len() == expected.len() && (ranks.is_empty() || ranks == expected)
            && zset.ranks(&range, true).len() == expected.len()
            && scanned == model
            && random.is_none() == model.is_empty() && random.is_none_or(|pair| model.contains(&pair))
    }

    fn names_of_one_score_are_in_order(names: Vec<u8>, low: u8, high: u8, ends: u8, entries: u8) -> bool {
        let (mut zset, mut model) = (Zset::default(), Model::new());
        let name = |number: u8| format!("{}", number % 50).into_bytes();
        for number in names {
            zset.add(&name(number), 0.0, limits(usize::from(entries % 2) * 1000));
            set(&mut model, &name(number), 0.0);
        }
        let (low, high) = (name(low), name(high));
        let min = [LexBound::Included(&low), LexBound::Excluded(&low), LexBound::Lowest, LexBound::Highest]
            [usize::from(ends % 4)];
        let max = [LexBound::Included(&high), LexBound::Excluded(&high), LexBound::Highest, LexBound::Lowest]
            [usize::from(ends / 4 % 4)];
        let expected = model_ranks(&model, |_, name| {
            let above = match min {
                LexBound::Lowest => true,
                LexBound::Highest => false,
                LexBound::Included(min) => name >= min,
                LexBound::Excluded(min) => name > min,
            };
            above && match max {
                LexBound::Lowest => false,
                LexBound::Highest => true,
                LexBound::Included(max) => name <= max,
                LexBound::Excluded(max) => name < max,
            }
        });
        check(&zset);
        [false, true].into_iter().all(|from_end| {
            let ranks = zset.ranks(&Range::Lex { min, max }, from_end);
            ranks.len() == expected.len() && (ranks.is_empty() || ranks == expected)
        })
    }

    fn what_is_unpacked_and_packed_again_is_the_same(scores: Vec<(u8, f64)>) -> bool {
        let (mut packed, mut sorted) = (Zset::default(), Zset::new(100, 0, limits(8)));
        for (member, score) in scores.into_iter().filter(|(_, score)| !score.is_nan()) {
            packed.add(&[member], score, limits(1000));
            sorted.add(&[member], score, limits(8));
        }
        let (one, other) = (contents(packed.iter()), contents(sorted.iter()));
        sorted.pack(limits(1000));
        let packed_again = contents(sorted.iter());
        packed.prepare(1001, limits(1000));
        let unpacked = contents(packed.iter());
        check(&packed);
        one == other && packed_again == other && unpacked == other
            && (packed.encoding(), sorted.encoding()) == ("skiplist", "listpack")
    }
}

#[test]
fn a_long_name_unpacks_a_sorted_set_for_good() {
    let mut zset = Zset::default();
    zset.add(b"exactly_10", 1.0, limits(8));
    assert_eq!(zset.encoding(), "listpack");
    zset.add(b"exactly__11", 1.0, limits(8));
    assert_eq!(zset.encoding(), "skiplist");
    zset.remove(b"exactly__11");
    assert_eq!(zset.encoding(), "skiplist");
}

#[test]
fn an_update_that_is_decided_against_changes_nothing() {
    let mut zset = Zset::default();
    assert_eq!(zset.update(b"a", limits(0), |old| old), Change::None);
    assert_eq!((zset.len(), zset.encoding()), (0, "listpack"));
    zset.add(b"a", 1.5, limits(8));
    assert_eq!(zset.update(b"a", limits(8), |old| old.map(|score| score + 1.0)), Change::Updated);
    assert_eq!(zset.update(b"a", limits(8), |_| None), Change::None);
    assert_eq!(zset.score(b"a"), Some(2.5));
}

#[test]
fn a_packed_minus_zero_is_zero() {
    let (mut packed, mut sorted) = (Zset::default(), Zset::new(9, 0, limits(8)));
    packed.add(b"a", -0.0, limits(8));
    sorted.add(b"a", -0.0, limits(8));
    let signs = [&packed, &sorted].map(|zset| zset.score(b"a").unwrap().is_sign_negative());
    assert_eq!(signs, [false, true]);
}
