use super::*;
use crate::base::random::KeyedHash;
use quickcheck::quickcheck;
use std::collections::BTreeSet;

fn limits() -> Limits {
    Limits { intset: 8, entries: 6, value: 10, hasher: KeyedHash::default() }
}

type Model = BTreeSet<Vec<u8>>;

/// Sets of every encoding, and what is in them. A member is a number if it is even.
fn made(all: &[Vec<u8>]) -> Vec<(Set, Model)> {
    let member = |&number: &u8| match number % 2 {
        0 => (number % 32).to_string().into_bytes(),
        _ => format!("word{}", number % 32).into_bytes(),
    };
    let one = |(at, numbers): (usize, &Vec<u8>)| {
        let mut set = if at % 4 == 3 { Set::dict(limits()) } else { Set::default() };
        let model: Model = numbers.iter().map(member).collect();
        model.iter().for_each(|member| _ = set.add(member, limits()));
        (set, model)
    };
    all.iter().enumerate().map(one).collect()
}

/// As [`sets`] returns them: each at a place of its own, an empty one is not there.
fn placed(made: &[(Set, Model)]) -> Vec<Option<Placed<'_>>> {
    let place = |(at, (set, _)): (Place, &'_ (Set, Model))| (at, !set.is_empty());
    let there = (0..).zip(made).map(place);
    there.zip(made).map(|((at, is_there), (set, _))| is_there.then_some((at, set))).collect()
}

fn model_of(set: &Set) -> Model {
    set.iter().map(Entry::to_vec).collect()
}

quickcheck! {
    fn algebra_is_that_of_sets(all: Vec<Vec<u8>>) -> bool {
        let made = made(&all);
        let sets = placed(&made);
        let Some((first, others)) = made.split_first() else { return true };
        let union: Model = made.iter().flat_map(|(_, model)| model.iter().cloned()).collect();
        let in_all = |member: &&Vec<u8>| others.iter().all(|(_, model)| model.contains(*member));
        let in_none = |member: &&Vec<u8>| !others.iter().any(|(_, model)| model.contains(*member));
        let common: Model = first.1.iter().filter(in_all).cloned().collect();
        let alone: Model = first.1.iter().filter(in_none).cloned().collect();

        let mut found = Model::new();
        if let Some(sets) = sets.iter().copied().collect() {
            intersect(sets, |member| found.insert(member.to_vec()));
        }
        let mut left = Model::new();
        let rest = subtract(&sets, || scratch(&sets, limits()), limits(), |member| _ = left.insert(member.to_vec()));
        found == common
            && model_of(&unite(&sets, scratch(&sets, limits()), limits())) == union
            && model_of(&unite(&sets, Set::default(), limits())) == union
            && rest.as_ref().map_or(left, model_of) == alone
    }
}

#[test]
fn a_set_shares_all_of_itself_with_itself() {
    let made = made(&[vec![1, 2, 3]]);
    let twice = [Some((7, &made[0].0)), Some((7, &made[0].0))];
    let mut found = 0;
    intersect(twice.iter().copied().flatten().collect(), |_| {
        found += 1;
        true
    });
    assert_eq!(found, 3);
    let nothing = subtract(&twice, Set::default, limits(), |_| panic!("nothing is left"));
    assert!(nothing.is_none());
}

#[test]
fn many_small_sets_are_taken_away_from_a_copy_and_large_ones_are_looked_up_in() {
    let made = made(&[(0..30).collect(), vec![1], vec![2], vec![3], vec![4]]);
    let sets = placed(&made);
    let first = &made[0].0;
    let others: Vec<Placed<'_>> = sets[1..].iter().copied().flatten().collect();
    assert!(is_cheaper_to_look_up(first, &others[..1]));
    assert!(!is_cheaper_to_look_up(first, &others));
    assert!(is_cheaper_to_look_up(&made[1].0, &[(0, first), (2, &made[2].0)]));
}
