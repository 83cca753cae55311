use super::*;
use crate::base::random::Seed;
use quickcheck::quickcheck;
use std::collections::BTreeSet;

fn limits() -> Limits {
    Limits { intset: 8, entries: 6, value: 10, hasher: KeyedHash::default() }
}

/// A member: a number of any width, a word, or something that is nearly a number.
fn member(number: u16) -> Vec<u8> {
    let (kind, number) = (number % 6, i64::from(number / 6 % 12) - 4);
    match kind {
        0 | 1 => number.to_string(),
        2 => (number * 1_000_000).to_string(),
        3 => (number * 1_000_000_000_000).to_string(),
        4 => format!("word{number}"),
        _ => format!("0{number}{}", "x".repeat(number.unsigned_abs() as usize * 2)),
    }
    .into_bytes()
}

fn contents(set: &Set) -> BTreeSet<Vec<u8>> {
    set.iter().map(Entry::to_vec).collect()
}

/// How general an encoding is.
fn rank(set: &Set) -> usize {
    ["intset", "listpack", "hashtable"].iter().position(|name| *name == set.encoding()).unwrap()
}

/// The encoding allows what the set has.
fn is_allowed(set: &Set, limits: Limits) -> bool {
    let members = contents(set);
    match set {
        Set::Numbers(_) => {
            members.len() <= limits.intset && members.iter().all(|member| parse_integer(member).is_some())
        }
        Set::Packed(_) => {
            members.len() <= limits.entries && members.iter().all(|member| member.len() <= limits.value)
        }
        Set::Dict(_) => true,
    }
}

fn of(members: &[u16], limits: Limits) -> Set {
    let mut set = Set::default();
    members.iter().for_each(|&number| _ = set.add(&member(number), limits));
    set
}

quickcheck! {
    fn an_intset_is_a_set_of_numbers(steps: Vec<(i64, u8, bool)>) -> bool {
        let (mut numbers, mut model, mut widest) = (Intset::default(), BTreeSet::new(), 2);
        steps.into_iter().all(|(number, shift, add)| {
            let number = number >> (shift % 64);
            let same = if add {
                widest = widest.max(match number {
                    -0x8000..=0x7fff => 2,
                    -0x8000_0000..=0x7fff_ffff => 4,
                    _ => 8,
                });
                numbers.add(number) == model.insert(number)
            } else {
                numbers.remove(number) == model.remove(&number)
            };
            same && numbers.iter().eq(model.iter().copied())
                && numbers.len() == model.len()
                && numbers.width() == widest
                && numbers.contains(number) == model.contains(&number)
                && numbers.get(0) == model.first().copied()
                && numbers.get(model.len()).is_none()
        })
    }

    fn a_set_is_a_set(steps: Vec<(u16, u8)>) -> bool {
        let (mut set, mut model) = (Set::default(), BTreeSet::new());
        let mut generator = Seed(3).generator();
        steps.into_iter().all(|(number, what)| {
            let (bytes, before) = (member(number), rank(&set));
            let same = match what % 8 {
                0..4 => set.add(&bytes, limits()) == model.insert(bytes.clone()),
                4 => set.add_entry(Entry::new(&bytes), limits()) == model.insert(bytes.clone()),
                5 => set.remove(&bytes) == model.remove(&bytes),
                6 => set.remove_entry(Entry::new(&bytes)) == model.remove(&bytes),
                _ => {
                    let mut popped = None;
                    set.pop(|| generator.next_number(), |member| popped = Some(member.to_vec()));
                    popped.map_or(model.is_empty(), |popped| model.remove(&popped))
                }
            };
            let mut scanned = BTreeSet::new();
            let mut cursor = 0;
            loop {
                cursor = set.scan(cursor, |member| _ = scanned.insert(member.to_vec()));
                if cursor == 0 {
                    break;
                }
            }
            let random = set.random(|| generator.next_number()).map(Entry::to_vec);
            same && set.len() == model.len() && contents(&set) == model && scanned == model
                && set.contains(&bytes) == model.contains(&bytes)
                && set.has(Entry::new(&bytes)) == model.contains(&bytes)
                && random.map_or(model.is_empty(), |member| model.contains(&member))
                && rank(&set) >= before && is_allowed(&set, limits())
        })
    }

    fn what_is_popped_and_what_stays_are_the_set(members: Vec<u16>, count: u8, small: bool) -> bool {
        let limits = Limits { intset: if small { 8 } else { 64 }, entries: if small { 6 } else { 64 }, ..limits() };
        let mut set = of(&members, limits);
        let (before, all) = (rank(&set), contents(&set));
        if all.len() < 2 {
            return true;
        }
        let count = 1 + usize::from(count) % (all.len() - 1);
        let (mut generator, mut popped) = (Seed(3).generator(), Vec::new());
        set.pop_many(count, || generator.next_number(), limits, |member| popped.push(member.to_vec()));
        let rest = contents(&set);
        // A dict of which little stays begins anew.
        let renewed = before == 2 && (all.len() - count) * 5 <= count;
        popped.len() == count && rest.len() == all.len() - count
            && rest.into_iter().chain(popped).collect::<BTreeSet<_>>() == all
            && (if renewed { is_allowed(&set, limits) && rank(&set) > 0 } else { rank(&set) == before })
    }

    fn as_many_are_chosen_as_are_asked_for(members: Vec<u16>, count: u8) -> bool {
        let set = of(&members, limits());
        let count = usize::from(count) % (set.len() + 1);
        let (mut generator, mut chosen, mut all) = (Seed(3).generator(), 0, 0);
        set.choose(count, || generator.next_number(), |_, is_chosen| {
            (chosen, all) = (chosen + usize::from(is_chosen), all + 1);
        });
        (chosen, all) == (count, set.len())
    }

    fn numbers_alone_become_an_intset_again(members: Vec<u16>) -> bool {
        let mut set = of(&members, Limits { intset: 0, ..limits() });
        let all = contents(&set);
        set.pack_numbers(limits());
        let fits = all.len() <= 8 && all.iter().all(|member| parse_integer(member).is_some());
        contents(&set) == all && (set.encoding() == "intset") == fits
    }
}

#[test]
fn the_first_member_and_the_number_of_all_decide_the_encoding_of_a_new_set() {
    let encoding = |first: &[u8], hint| Set::new(first, hint, limits()).encoding();
    assert_eq!(encoding(b"1", 8), "intset");
    assert_eq!(encoding(b"1", 9), "hashtable");
    assert_eq!(encoding(b"a", 6), "listpack");
    assert_eq!(encoding(b"a", 7), "hashtable");
    let roomy = Limits { intset: 2, ..limits() };
    assert_eq!(Set::new(b"1", 3, roomy).encoding(), "listpack");
}

#[test]
fn an_intset_is_packed_only_if_its_longest_number_is_short_enough() {
    let add = |number: &str| {
        let mut set = Set::default();
        set.add(number.as_bytes(), limits());
        set.add(b"word", limits());
        set.encoding()
    };
    assert_eq!(add("1234567890"), "listpack");
    assert_eq!(add("12345678901"), "hashtable");
    assert_eq!(add("-1234567890"), "hashtable");
}

#[test]
fn packed_members_keep_their_order() {
    let mut set = Set::new(b"z", 4, limits());
    for member in ["z", "3", "a", "z"] {
        set.add(member.as_bytes(), limits());
    }
    let members: Vec<_> = set.iter().map(Entry::to_vec).collect();
    assert_eq!(members, [b"z", b"3", b"a"]);
}
