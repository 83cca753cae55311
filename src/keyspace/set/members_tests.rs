use super::*;
use quickcheck::quickcheck;
use std::collections::BTreeSet;

/// A member: most are short, some at the border of what stands in a record, some longer.
fn member(number: u8) -> Vec<u8> {
    let len = match number % 8 {
        0 => usize::from(number) % 40,
        1 => 246 + usize::from(number) / 32,
        2 => 1000 + usize::from(number),
        _ => 3,
    };
    format!("{number:<len$}").into_bytes()
}

/// Every record in one chain, that of its hash; as many bits as records.
fn assert_whole(members: &Members) {
    let mut seen = BTreeSet::new();
    for (number, table) in members.tables.iter().enumerate() {
        for (at, &head) in table.iter().enumerate() {
            assert!(head == 0 || number == 1 || at >= members.moved, "a moved bucket is not empty");
            let mut record = head;
            while record != 0 {
                let old = members.old.is_some() && number == 0;
                assert!(seen.insert((old, record)), "a record in two places");
                let (member, next) = members.records_of(number).get(record);
                assert_eq!(bucket(members.hasher.hash(member), table), at);
                record = next;
            }
        }
    }
    assert_eq!(seen.len(), members.len());
    assert_eq!(members.iter().count(), seen.len());
    let positions = || members.iter_from(Position::default()).map(|(position, _)| position);
    assert!((1..).zip(positions()).all(|(before, at)| members.iter_from(at).count() + before == seen.len()));
}

fn scanned(members: &Members) -> BTreeSet<Vec<u8>> {
    let (mut all, mut cursor) = (BTreeSet::new(), 0);
    loop {
        cursor = members.scan(cursor, |member| _ = all.insert(member.to_vec()));
        if cursor == 0 {
            return all;
        }
    }
}

quickcheck! {
    fn members_are_a_set(steps: Vec<(u8, u8)>) -> bool {
        let (mut members, mut model) = (Members::new(KeyedHash::default()), BTreeSet::new());
        steps.into_iter().all(|(number, what)| {
            let bytes = member(number);
            let same = match what % 8 {
                0..5 => members.add(&bytes) == model.insert(bytes.clone()),
                5 | 6 => members.remove(&bytes) == model.remove(&bytes),
                _ => {
                    let mut popped = None;
                    members.pop(|| u64::from(number) * 0x9e37_79b9, |member| popped = Some(member.to_vec()));
                    popped.map_or(model.is_empty(), |popped| model.remove(&popped))
                }
            };
            assert_whole(&members);
            let random = members.random(|| u64::from(what) * 0x9e37_79b9);
            same && members.contains(&bytes) == model.contains(&bytes)
                && members.iter().map(<[u8]>::to_vec).collect::<BTreeSet<_>>() == model
                && members.iter().count() == model.len()
                && scanned(&members) == model
                && random.map_or(model.is_empty(), |member| model.contains(member))
        })
    }
}

/// The numbers from 0 on, as a set.
fn many(count: usize) -> Members {
    let mut members = Members::new(KeyedHash::default());
    (0..count).for_each(|number| _ = members.add(format!("member:{number}").as_bytes()));
    members
}

#[test]
fn a_set_of_several_chunks_grows_and_shrinks() {
    let mut members = many(20_000);
    assert!(members.memory() > 320_000, "more than one chunk");
    assert_whole(&members);
    assert!((0..20_000).all(|number| members.contains(format!("member:{number}").as_bytes())));
    for number in 0..19_900 {
        assert!(members.remove(format!("member:{number}").as_bytes()));
    }
    assert_whole(&members);
    assert!(members.tables[0].len() <= 100 * SPARSE * 2);
    let memory = members.memory();
    assert!(memory < 100_000, "what was removed takes no memory: {memory}");
    (0..200).for_each(|number| _ = members.add(format!("member:{number}").as_bytes()));
    (0..200).for_each(|number| _ = members.remove(format!("member:{number}").as_bytes()));
    let before = members.memory();
    (200..400).for_each(|number| _ = members.add(format!("member:{number}").as_bytes()));
    assert_eq!(members.memory(), before, "the memory of removed members is used again");
}

#[test]
fn members_come_in_the_order_in_which_they_were_added() {
    let members = many(10_000);
    let expected = (0..10_000).map(|number| format!("member:{number}").into_bytes());
    assert!(members.iter().map(<[u8]>::to_vec).eq(expected));
}

#[test]
fn each_member_is_as_likely_to_be_drawn() {
    let members = many(64);
    let mut generator = crate::base::random::Seed(5).generator();
    let mut drawn = std::collections::BTreeMap::new();
    for _ in 0..64_000 {
        *drawn.entry(members.random(|| generator.next_number()).unwrap()).or_insert(0) += 1;
    }
    assert_eq!(drawn.len(), 64);
    assert!(drawn.values().all(|&times| (800..1200).contains(&times)), "{drawn:?}");
}

#[test]
fn the_last_of_many_members_is_still_found_by_chance() {
    let mut members = many(5000);
    let mut generator = crate::base::random::Seed(5).generator();
    for left in (0..5000).rev() {
        let mut popped = 0;
        members.pop(|| generator.next_number(), |_| popped += 1);
        assert_eq!((popped, members.len()), (1, left));
    }
}

#[test]
fn a_million_small_members_take_less_than_thirty_bytes_each() {
    let members = many(1_000_000);
    assert!(members.memory() < 30_000_000, "{}", members.memory());
}

fn numbered(count: u32, len: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(move |number| format!("{number:<len$}").into_bytes())
}

#[test]
fn a_member_is_as_likely_as_another_while_a_set_shrinks() {
    let (mut members, mut generator) =
        (Members::new(KeyedHash::default()), crate::base::random::Seed(7).generator());
    numbered(40_000, 12).for_each(|member| _ = members.add(&member));
    numbered(40_000, 12).skip(5_500).for_each(|member| _ = members.remove(&member));
    assert!(members.old.is_some(), "the set is being moved");
    let mut drawn: std::collections::BTreeMap<Vec<u8>, u32> = numbered(5_500, 12).map(|m| (m, 0)).collect();
    for _ in 0..5_500 * 20 {
        let member = members.random(|| generator.next_number()).map(<[u8]>::to_vec).unwrap_or_default();
        *drawn.entry(member).or_default() += 1;
    }
    let (least, most) = (drawn.values().min().copied(), drawn.values().max().copied());
    assert!(least >= Some(3) && most <= Some(45) && drawn.len() == 5_500, "{least:?} {most:?}");
}

#[test]
fn memory_of_removed_members_of_other_lengths_does_not_stay_with_a_set_that_lives() {
    let mut members = Members::new(KeyedHash::default());
    numbered(2_000, 12).for_each(|member| _ = members.add(&member));
    for len in (20..240).step_by(8) {
        numbered(3_000, len).for_each(|member| _ = members.add(&member));
        numbered(3_000, len).for_each(|member| _ = members.remove(&member));
    }
    assert_eq!(members.len(), 2_000);
    // Each round alone takes up to 700 KB.
    assert!(members.memory() < 1_500_000, "{}", members.memory());
}
