//! Tests of the listpack, against a `VecDeque` of words.

use super::*;
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::collections::VecDeque;

/// Values at the borders of what the heads can say.
#[derive(Clone, Debug)]
struct Value(Vec<u8>);

impl Arbitrary for Value {
    fn arbitrary(g: &mut Gen) -> Value {
        let long = *g.choose(&[0, 1, 63, 64, 127, 4094, 4095, 4096, 20_000]).unwrap();
        let number = i64::arbitrary(g) >> (u32::arbitrary(g) % 64);
        let near = *g.choose(&[127, 4096, 0x8000, 0x80_0000, 0x8000_0000, i64::MAX]).unwrap();
        match u8::arbitrary(g) % 8 {
            0 => Value(vec![b'x'; long]),
            1 | 2 => Value(number.to_string().into_bytes()),
            3 => Value((near - i64::arbitrary(g).rem_euclid(3)).to_string().into_bytes()),
            4 => Value((i64::arbitrary(g).rem_euclid(3) - near).to_string().into_bytes()),
            5 => Value(format!("0{number}").into_bytes()),
            _ => Value(Vec::arbitrary(g)),
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    PushFront(Value),
    PushBack(Value),
    PopFront,
    PopBack,
    Insert(usize, Value),
    Replace(usize, Value),
    Remove(usize, usize),
    Split(usize),
    Seal,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        let (value, index) = (Value::arbitrary(g), usize::arbitrary(g) % 64);
        match u8::arbitrary(g) % 16 {
            0..=3 => Step::PushFront(value),
            4..=7 => Step::PushBack(value),
            8 => Step::PopFront,
            9 => Step::PopBack,
            10 | 11 => Step::Insert(index, value),
            12 | 13 => Step::Replace(index, value),
            14 => Step::Remove(index, usize::arbitrary(g) % 4),
            _ if bool::arbitrary(g) => Step::Split(index),
            _ => Step::Seal,
        }
    }
}

fn contents(pack: &Listpack) -> Vec<Vec<u8>> {
    pack.iter().map(|(_, entry)| entry.to_vec()).collect()
}

quickcheck! {
    fn an_entry_that_is_appended_is_one_that_is_inserted_at_the_end(values: Vec<Value>) -> bool {
        let (mut appended, mut inserted) = (Listpack::default(), Listpack::default());
        for Value(value) in &values {
            appended.append_entry(Entry::new(value));
            inserted.push_back(value);
        }
        appended.as_bytes() == inserted.as_bytes() && appended.len() == inserted.len()
    }

    fn a_listpack_is_a_sequence_of_byte_strings(steps: Vec<Step>) -> bool {
        let (mut pack, mut model) = (Listpack::default(), VecDeque::new());
        steps.into_iter().all(|step| {
            let some = model.len().max(1);
            match step {
                Step::PushFront(value) => { pack.push_front(&value.0); model.push_front(value.0); }
                Step::PushBack(value) => { pack.push_back(&value.0); model.push_back(value.0); }
                Step::Insert(at, value) => {
                    let at = at % (model.len() + 1);
                    let position = if at == model.len() { pack.size() } else { pack.position(at) };
                    pack.insert(position, &value.0);
                    model.insert(at, value.0);
                }
                Step::Seal => pack.seal(),
                _ if model.is_empty() => {}
                Step::PopFront => { pack.pop_front(); model.pop_front(); }
                Step::PopBack => { pack.pop_back(); model.pop_back(); }
                Step::Replace(at, value) => {
                    pack.replace(pack.position(at % some), &value.0);
                    model[at % some] = value.0;
                }
                Step::Remove(at, count) => {
                    let at = at % some;
                    let count = count.min(model.len() - at);
                    pack.remove(pack.position(at), count);
                    model.drain(at..at + count);
                }
                Step::Split(at) => {
                    let at = at % some;
                    let rest = pack.split_off(pack.position(at), model.len() - at);
                    assert_eq!(contents(&rest), model.range(at..).cloned().collect::<Vec<_>>());
                    pack.append(&rest);
                }
            }
            let backwards: Vec<_> = pack.iter().rev().map(|(_, entry)| entry.to_vec()).collect();
            pack.len() == model.len()
                && model == contents(&pack)
                && backwards.iter().eq(model.iter().rev())
                && (0..model.len()).all(|index| pack.at(pack.position(index)).to_vec() == model[index])
        })
    }
}

#[test]
fn entries_take_the_bytes_that_redis_packs_them_in() {
    let size = |value: &[u8]| {
        let mut pack = Listpack::default();
        pack.push_back(value);
        pack.size()
    };
    let cases: &[(&[u8], usize)] = &[
        (b"", 2),
        (b"0", 2),
        (b"127", 2),
        (b"128", 3),
        (b"-4096", 3),
        (b"4096", 4),
        (b"-32769", 5),
        (b"8388608", 6),
        (b"2147483648", 10),
        (b"-0", 4),
        (b"hello", 7),
        (&[b'x'; 63], 65),
        (&[b'x'; 64], 67),
        (&[b'x'; 126], 130),
        (&[b'x'; 4095], 4099),
        (&[b'x'; 4096], 4103),
    ];
    for &(value, expected) in cases {
        assert_eq!(size(value), expected, "{}", value.escape_ascii());
    }
}

#[test]
fn a_queue_that_wanders_does_not_grow() {
    let mut pack = Listpack::default();
    for round in 0..10_000 {
        pack.push_back(b"hello");
        if round > 2 {
            pack.pop_front();
        }
    }
    assert!(pack.memory() < 128, "{}", pack.memory());
    let mut pack = Listpack::default();
    for round in 0..10_000 {
        pack.push_front(b"hello");
        if round > 2 {
            pack.pop_back();
        }
    }
    assert!(pack.memory() < 128, "{}", pack.memory());
}

#[test]
fn a_value_is_found_among_all_entries_and_among_every_second() {
    let values: Vec<Vec<u8>> =
        ["", "a", "ab", "7", "-7", "300", "70000", "9000000", "3000000000", "-9000000000", "07"]
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .chain([63, 64, 4095, 4096].map(|len| vec![b'x'; len]))
            .collect();
    let mut pack = Listpack::default();
    for value in &values {
        pack.push_back(value);
        pack.push_back(b"8");
    }
    for (number, value) in values.iter().enumerate() {
        let found = pack.find(value, 2);
        assert_eq!(found.map(|(number, _)| number), Some(2 * number));
        assert_eq!(found.map(|(_, position)| pack.at(position).to_vec()), Some(value.clone()));
        assert_eq!(pack.find(value, 1), found);
    }
    assert_eq!(pack.find(b"8", 1), Some((1, pack.position(1))));
    assert_eq!(
        (pack.find(b"8", 2), pack.find(b"abc", 1), Listpack::default().find(b"a", 1)),
        (None, None, None)
    );
}
