//! Tests of the list, against a `VecDeque` of words.

use super::*;
use quickcheck::{Arbitrary, Gen, quickcheck};

#[derive(Clone, Debug)]
enum Step {
    Push(bool, usize),
    Pop(bool, usize),
    Insert(usize, usize),
    Set(usize, usize),
    Remove(usize, usize),
    RemoveEqual(usize, usize, bool),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        let (index, value, left) = (usize::arbitrary(g) % 64, usize::arbitrary(g) % 12, bool::arbitrary(g));
        match u8::arbitrary(g) % 16 {
            0..=6 => Step::Push(left, value),
            7 | 8 => Step::Pop(left, value % 3),
            9 | 10 => Step::Insert(index, value),
            11 | 12 => Step::Set(index, value),
            13 => Step::Remove(index, value),
            _ => Step::RemoveEqual(value, index % 4 + 1, left),
        }
    }
}

/// Short texts, numbers, and some that are longer than a block.
fn value(number: usize) -> Vec<u8> {
    match number {
        10 => vec![b'x'; 1500],
        11 => vec![b'y'; 5000],
        number if number % 2 == 0 => number.to_string().into_bytes(),
        number => vec![b'v'; number * 40],
    }
}

fn end(left: bool) -> End {
    if left { End::Left } else { End::Right }
}

/// The sum of the blocks, none of them empty or too full. As in Redis, whether a value fits into a list that is packed is
/// asked of its bytes, without what it takes beside them: so that much may be too many, also once that block is one of
/// several.
fn holds_together(list: &List, limit: Limit) -> bool {
    let fits = |block: &Listpack| {
        block.len() <= 1 || limit.allows(block.size().saturating_sub(OVERHEAD), block.len())
    };
    match list {
        List::Packed(pack) => fits(pack),
        List::Blocks(blocks, len) => {
            blocks.iter().map(Listpack::len).sum::<usize>() == *len
                && blocks.iter().all(|block| !block.is_empty() && fits(block))
        }
    }
}

fn is_a_deque(steps: Vec<Step>, limit: Limit) -> bool {
    let (mut list, mut model) = (List::default(), VecDeque::new());
    steps.into_iter().all(|step| {
        let some = model.len().max(1);
        match step {
            Step::Push(left, number) => {
                let value = value(number);
                list.prepare(value.len(), 1, limit);
                list.push(end(left), &value, limit);
                if left { model.push_front(value) } else { model.push_back(value) }
            }
            Step::Insert(at, number) => {
                let (at, value) = (at % (model.len() + 1), value(number));
                list.prepare(value.len(), 1, limit);
                list.insert(at, &value, limit);
                model.insert(at, value);
            }
            Step::Pop(left, count) => {
                for _ in 0..count.min(model.len()) {
                    let expected = if left { model.pop_front() } else { model.pop_back() };
                    assert_eq!(list.end(end(left)).map(Entry::to_vec), expected);
                    list.pop(end(left));
                }
                list.shrink(limit);
            }
            Step::Set(at, number) if !model.is_empty() => {
                let value = value(number);
                list.prepare(value.len(), 1, limit);
                list.set(at % some, &value, limit);
                list.shrink(limit);
                model[at % some] = value;
            }
            Step::Remove(at, count) if !model.is_empty() => {
                let at = at % some;
                let count = count.min(model.len() - at);
                list.remove(at, count);
                list.shrink(limit);
                model.drain(at..at + count);
            }
            Step::RemoveEqual(number, most, left) => {
                let value = value(number);
                let mut places: Vec<usize> = (0..model.len()).filter(|&at| model[at] == value).collect();
                if !left {
                    places.reverse();
                }
                places.truncate(most);
                places.sort_unstable();
                assert_eq!(list.remove_equal(&value, most, end(left)), places.len());
                list.shrink(limit);
                for &place in places.iter().rev() {
                    model.remove(place);
                }
            }
            _ => {}
        }
        let from = model.len() / 3;
        list.len() == model.len()
            && holds_together(&list, limit)
            && list.iter().map(Entry::to_vec).eq(model.iter().cloned())
            && list.iter().rev().map(Entry::to_vec).eq(model.iter().rev().cloned())
            && list.iter_from(from).map(Entry::to_vec).eq(model.range(from..).cloned())
            && (0..=model.len()).all(|at| list.get(at).map(Entry::to_vec).as_ref() == model.get(at))
    })
}

quickcheck! {
    fn a_list_of_blocks_limited_by_bytes_is_a_deque(steps: Vec<Step>) -> bool {
        is_a_deque(steps, Limit::new(-1))
    }

    fn a_list_of_blocks_limited_by_count_is_a_deque(steps: Vec<Step>) -> bool {
        is_a_deque(steps, Limit::new(3))
    }
}

#[test]
fn a_list_becomes_blocks_when_full_and_one_block_again_at_half() {
    let limit = Limit::new(4);
    let mut list = List::default();
    let mut encodings = Vec::new();
    for _ in 0..5 {
        list.prepare(1, 1, limit);
        list.push(End::Right, b"x", limit);
        encodings.push(list.encoding());
    }
    assert_eq!(encodings, ["listpack", "listpack", "listpack", "listpack", "quicklist"]);
    encodings.clear();
    for _ in 0..4 {
        list.pop(End::Left);
        list.shrink(limit);
        encodings.push(list.encoding());
    }
    assert_eq!(encodings, ["quicklist", "quicklist", "quicklist", "listpack"]);
}
