//! Tests of the dict, against a `BTreeMap`.

use super::*;
use quickcheck::quickcheck;
use std::collections::{BTreeMap, BTreeSet};

fn key(n: u16) -> Vec<u8> {
    format!("key:{n}").into_bytes()
}

/// Adds or removes `n`: in the dict and in the model.
fn toggle(dict: &mut Dict<u16>, model: &mut BTreeMap<Vec<u8>, u16>, n: u16) {
    let name = key(n);
    match model.remove(&name) {
        Some(value) => assert_eq!(dict.remove(&name), Some(value)),
        None => {
            dict.add(&name, n);
            model.insert(name, n);
        }
    }
}

fn scan_all(dict: &Dict<u16>, mut between: impl FnMut()) -> BTreeSet<Vec<u8>> {
    let (mut found, mut cursor) = (BTreeSet::new(), 0);
    loop {
        cursor = dict.scan(cursor, |place| {
            found.insert(dict.key(place).to_vec());
        });
        if cursor == 0 {
            return found;
        }
        between();
    }
}

quickcheck! {
    /// What the dict says of what it has moved is so, and every key is still found.
    fn a_dict_that_is_shortened_is_the_same_map(changes: Vec<u16>) -> bool {
        let (mut dict, mut model) = (Dict::new(KeyedHash::default()), BTreeMap::new());
        let mut places = BTreeMap::new();
        for change in changes {
            if change % 4 == 0 {
                if let Some((&value, from, to)) = dict.shorten() {
                    assert_eq!(places.remove(&from), Some(value));
                    assert_eq!(places.insert(to, value), None);
                }
                continue;
            }
            let (n, many) = (change % 512, if change % 16 == 1 { 60 } else { 1 });
            for n in n..n + many {
                toggle(&mut dict, &mut model, n);
            }
            places = dict.places().map(|place| (place, *dict.value(place))).collect();
        }
        let all: BTreeMap<Vec<u8>, u16> = dict.iter().map(|(key, &value)| (key.to_vec(), value)).collect();
        all == model
            && (0..600).all(|n| dict.get(&key(n)) == model.get(&key(n)))
            && scan_all(&dict, || ()) == model.keys().cloned().collect()
    }

    /// A key may stand there twice after a row of empty buckets, when a second bucket to begin at was drawn.
    fn some_keys_are_keys_each_once(stays: Vec<u16>, count: u8, seed: u64) -> bool {
        let mut dict = Dict::new(KeyedHash::default());
        let stays: BTreeSet<u16> = stays.into_iter().collect();
        for &n in &stays {
            dict.add(&key(n), n);
        }
        let (mut state, mut drawn, mut found) = (seed | 1, 0, Vec::new());
        let random = || {
            drawn += 1;
            crate::base::random::xorshift(&mut state)
        };
        dict.some(usize::from(count), random, &mut found);
        let unique: BTreeSet<u32> = found.iter().copied().collect();
        found.len() <= usize::from(count)
            && (drawn > 1 || unique.len() == found.len())
            && (!found.is_empty() || count < 8 || stays.len() < 64)
            && found.iter().all(|&place| stays.contains(dict.value(place)))
    }

    fn a_dict_is_a_map(changes: Vec<u16>) -> bool {
        let (mut dict, mut model) = (Dict::new(KeyedHash::default()), BTreeMap::new());
        for n in changes {
            toggle(&mut dict, &mut model, n % 64);
        }
        let all: BTreeMap<Vec<u8>, u16> = dict.iter().map(|(key, &value)| (key.to_vec(), value)).collect();
        all == model
            && (0..64).all(|n| dict.get(&key(n)) == model.get(&key(n)))
            && scan_all(&dict, || ()) == model.keys().cloned().collect()
    }

    fn a_scan_sees_every_key_that_stays(stays: Vec<u16>, comes_and_goes: Vec<u16>) -> bool {
        let mut dict = Dict::new(KeyedHash::default());
        let mut model = BTreeMap::new();
        let stays: BTreeSet<u16> = stays.into_iter().map(|n| n % 1000).collect();
        for &n in &stays {
            toggle(&mut dict, &mut model, n);
        }
        let (mut found, mut cursor, mut changes) = (BTreeSet::new(), 0, comes_and_goes.into_iter());
        loop {
            cursor = dict.scan(cursor, |place| {
                found.insert(*dict.value(place));
            });
            if cursor == 0 {
                break;
            }
            // Each change adds or removes a hundred at once, so that the table's size changes in mid-scan.
            if let Some(n) = changes.next() {
                for n in 1000 + (n % 8) * 100..1100 + (n % 8) * 100 {
                    toggle(&mut dict, &mut model, n);
                }
            }
        }
        stays.is_subset(&found)
    }
}

#[test]
fn growing_and_shrinking_moves_one_bucket_at_a_time_and_loses_none() {
    let mut dict = Dict::new(KeyedHash::default());
    for n in 0..1025 {
        dict.add(&key(n), n);
        assert!((0..=n).step_by(97).all(|n| dict.get(&key(n)) == Some(&n)));
    }
    assert_eq!(dict.buckets(), [1024, 2048]);
    for n in 0..1000 {
        assert_eq!(dict.remove(&key(n)), Some(n));
        if n == 790 {
            assert_eq!(dict.buckets(), [2048, 256]);
        }
    }
    assert_eq!(dict.len(), 25);
    assert!((1000..1025).all(|n| dict.get(&key(n)) == Some(&n)));
    for n in 0..300 {
        dict.add(&key(n), n);
        dict.remove(&key(n));
    }
    assert_eq!(dict.buckets(), [32, 0]);
    assert!((1000..1025).all(|n| dict.get(&key(n)) == Some(&n)));
}

#[test]
fn every_key_is_drawn_some_time() {
    let mut dict = Dict::new(KeyedHash::default());
    (0..20).for_each(|n| {
        dict.add(&key(n), n);
    });
    let mut random = 0u64;
    let mut next = || {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        random >> 33
    };
    let drawn: BTreeSet<u16> =
        (0..5000).filter_map(|_| dict.random(&mut next)).map(|p| *dict.value(p)).collect();
    assert_eq!(drawn.len(), 20);
    assert_eq!(Dict::<u16>::new(KeyedHash::default()).random(|| 0), None);
}

#[test]
fn an_entry_of_the_keyspace_takes_sixty_four_bytes() {
    assert_eq!(size_of::<Entry<crate::keyspace::Item>>(), 64);
    assert_eq!(size_of::<Option<Entry<crate::keyspace::Item>>>(), 64);
}

/// Whoever has emptied a large dict could otherwise have each RANDOMKEY, KEYS or HGETALL pass over all that was there.
#[test]
fn a_dict_that_was_emptied_is_as_quick_as_a_small_one() {
    let mut dict = Dict::new(KeyedHash::default());
    for n in 0..60_000 {
        dict.add(&key(n), n);
    }
    for n in 1..60_000 {
        dict.remove(&key(n));
    }
    assert!(dict.buckets().iter().sum::<usize>() <= 512, "{:?}", dict.buckets());
    assert_eq!(dict.iter().collect::<Vec<_>>(), [(&*key(0), &0)]);
    assert_eq!(dict.random(|| 7).map(|place| *dict.value(place)), Some(0));
    dict.remove(&key(0));
    assert_eq!(dict.iter().count(), 0);
}

#[test]
fn chance_favours_no_key() {
    let mut dict = Dict::new(KeyedHash::default());
    for key in 0..20u8 {
        dict.add(&[key], ());
    }
    // Ten go again, and leave gaps.
    for key in (0..20u8).step_by(2) {
        dict.remove(&[key]);
    }
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        state >> 33
    };
    let mut drawn = [0; 20];
    for _ in 0..10_000 {
        let place = dict.random(&mut random).unwrap();
        drawn[usize::from(dict.key(place)[0])] += 1;
    }
    for (key, times) in drawn.into_iter().enumerate() {
        let expected = if key % 2 == 0 { 0..=0 } else { 850..=1150 };
        assert!(expected.contains(&times), "{key}: {times} times");
    }
}

#[test]
fn a_sample_favours_no_key_much() {
    let mut dict = Dict::new(KeyedHash::default());
    for n in 0..1000 {
        dict.add(&key(n), n);
    }
    let (mut state, mut drawn) = (1, vec![0; 1000]);
    for _ in 0..40_000 {
        let mut found = Vec::new();
        dict.some(5, || crate::base::random::xorshift(&mut state), &mut found);
        assert_eq!(found.len(), 5);
        found.into_iter().for_each(|place| drawn[usize::from(*dict.value(place))] += 1);
    }
    // 200 times each on average. A key behind many empty buckets is met more often, as in Redis.
    assert!(drawn.iter().all(|times| (10..800).contains(times)), "{drawn:?}");
}
