//! Sorts so much of a slice as is wanted: SORT with BY and LIMIT, the COUNT nearest places.
//!
//! Redis: `src/pqsort.c`, which is the quicksort of Bentley and McIlroy ("Engineering a sort function", 1993) without the parts
//! that nobody asked for.
//!
//! The sort is not stable, so the order of equal items follows from each step of it, and clients see that order: two places
//! on the same spot. Therefore the pivots, the swaps and the cuts are those of the paper.
//!
//! Different on purpose: an input that makes the cuts lopsided again and again, so that quicksort would take quadratic time,
//! is sorted by the standard library from there on.

use std::cmp::Ordering;
use std::ops::Range;

/// Below this, items are put in their place one after another.
const FEW: usize = 7;
/// Above this, the pivot is a median of nine.
const MANY: usize = 40;
/// Cuts inside each other, for each binary digit of the length, before another sort takes over.
const DEPTH: u32 = 4;

/// Sorts the items as far as needed, so that those in the range `wanted` are the ones that sorting all would put there.
pub fn partial_sort<T>(items: &mut [T], wanted: Range<usize>, compare: impl Fn(&T, &T) -> Ordering) {
    let depth = DEPTH * (items.len().max(1).ilog2() + 1);
    sort(items, 0, &wanted, &compare, depth);
}

/// Sorts a part of the items, which begins at number `first` of all.
fn sort<T>(
    mut items: &mut [T],
    mut first: usize,
    wanted: &Range<usize>,
    compare: &impl Fn(&T, &T) -> Ordering,
    mut depth: u32,
) {
    loop {
        if items.len() < FEW {
            return insert(items, compare);
        }
        if depth == 0 {
            return items.sort_by(compare);
        }
        depth -= 1;
        let (less, greater) = partition(items, compare);
        let is_wanted =
            |first: usize, len: usize| len > 1 && first < wanted.end && first + len > wanted.start;
        let (left, rest) = items.split_at_mut(less);
        if is_wanted(first, less) {
            sort(left, first, wanted, compare, depth);
        }
        let equal = rest.len() - greater;
        first += less + equal;
        if !is_wanted(first, greater) {
            return;
        }
        items = &mut rest[equal..];
    }
}

fn insert<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && compare(&items[at - 1], &items[at]).is_gt() {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Cuts the items into those that are less than a pivot, its equals, and those that are greater. Returns how many are less
/// and how many are greater.
fn partition<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let len = items.len();
    items.swap(0, pivot(items, compare));
    // Equals gather at both ends, before `equal` and after `last_equal`, and are brought to the middle at the end.
    let (mut equal, mut up) = (1, 1);
    let (mut down, mut last_equal) = (len - 1, len - 1);
    loop {
        while up <= down {
            match compare(&items[up], &items[0]) {
                Ordering::Greater => break,
                Ordering::Equal => {
                    items.swap(equal, up);
                    equal += 1;
                }
                Ordering::Less => {}
            }
            up += 1;
        }
        while up <= down {
            match compare(&items[down], &items[0]) {
                Ordering::Less => break,
                Ordering::Equal => {
                    items.swap(down, last_equal);
                    last_equal -= 1;
                }
                Ordering::Greater => {}
            }
            down -= 1;
        }
        if up > down {
            break;
        }
        items.swap(up, down);
        up += 1;
        down -= 1;
    }
    let (less, greater) = (up - equal, last_equal - down);
    exchange(items, 0, up, equal.min(less));
    exchange(items, up, len, greater.min(len - last_equal - 1));
    (less, greater)
}

/// Exchanges `count` items from number `from` on with as many before number `end`.
fn exchange<T>(items: &mut [T], from: usize, end: usize, count: usize) {
    for at in 0..count {
        items.swap(from + at, end - count + at);
    }
}

/// The middle item, a median of three, or a median of three of those.
fn pivot<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let len = items.len();
    let (mut low, mut middle, mut high) = (0, len / 2, len - 1);
    if len == FEW {
        return middle;
    }
    if len > MANY {
        let step = len / 8;
        low = median(items, [low, low + step, low + 2 * step], compare);
        middle = median(items, [middle - step, middle, middle + step], compare);
        high = median(items, [high - 2 * step, high - step, high], compare);
    }
    median(items, [low, middle, high], compare)
}

fn median<T>(items: &[T], [a, b, c]: [usize; 3], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let order = |one: usize, other: usize| compare(&items[one], &items[other]);
    match order(a, b) {
        Ordering::Less if order(b, c).is_lt() => b,
        Ordering::Less if order(a, c).is_lt() => c,
        Ordering::Less => a,
        _ if order(b, c).is_gt() => b,
        _ if order(a, c).is_lt() => a,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;
    use std::cell::Cell;

    quickcheck! {
        fn what_is_wanted_is_what_sorting_all_would_put_there(items: Vec<u8>, start: usize, end: usize) -> bool {
            let (mut some, mut all) = (items.clone(), items);
            let (start, end) = (start % (all.len() + 1), end % (all.len() + 1));
            let wanted = start.min(end)..start.max(end);
            partial_sort(&mut some, wanted.clone(), u8::cmp);
            all.sort_unstable();
            let same = some[wanted.clone()] == all[wanted];
            some.sort_unstable();
            same && some == all
        }
    }

    /// McIlroy's adversary ("A killer adversary for quicksort", 1999): decides the order while it is asked for it.
    #[test]
    fn no_order_makes_it_quadratic() {
        const LEN: usize = 20_000;
        let values: Vec<Cell<usize>> = vec![Cell::new(LEN); LEN];
        let (solid, candidate, asked) = (Cell::new(0), Cell::new(0), Cell::new(0_usize));
        let mut items: Vec<usize> = (0..LEN).collect();
        partial_sort(&mut items, 0..LEN, |&one, &other| {
            asked.set(asked.get() + 1);
            if values[one].get() == LEN && values[other].get() == LEN {
                let frozen = if one == candidate.get() { one } else { other };
                values[frozen].set(solid.replace(solid.get() + 1));
            }
            if values[one].get() == LEN {
                candidate.set(one);
            } else if values[other].get() == LEN {
                candidate.set(other);
            }
            values[one].get().cmp(&values[other].get())
        });
        assert!(asked.get() < LEN * 100, "{} comparisons", asked.get());
    }
}
