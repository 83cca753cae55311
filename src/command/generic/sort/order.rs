//! The order of elements by their weights: numbers, or text.
//!
//! Redis: `src/sort.c`, `sortCompare`; `src/pqsort.c` for BY with LIMIT, else C's `qsort`, which in the C library of Debian
//! keeps equal elements in their order.
//!
//! Elements of the same number are ordered as bytes, so that numbers have one order only, and any sort finds it. Equal text
//! does not tell elements apart: the place where they came from does, or, with BY and LIMIT, the steps of the sort.
//!
//! Different on purpose: text is compared as in the locale C. Redis takes the locale of its environment.

use crate::base::partial_sort::partial_sort;
use crate::keyspace::listpack::Entry;
use crate::text::c::until_nul;
use std::cmp::Ordering;
use std::ops::Range;

/// What the elements are ordered by, one for each.
pub enum Weights<'a> {
    /// Numbers.
    Numbers(Vec<f64>),
    /// The elements as text.
    Elements,
    /// Text that BY found, if it found some; what has none comes first.
    Texts(Vec<Option<&'a [u8]>>),
}

/// An element's number among all, and what it is ordered by.
type Weighed<W> = (W, usize);

/// How to order.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// From the last to the first.
    pub descending: bool,
    /// Text ends at a NUL.
    pub as_c: bool,
}

impl Order {
    /// The numbers of the elements in order; only those in the range `wanted` are certain to be in their place.
    pub fn sort(self, elements: &[&[u8]], weights: Weights<'_>, wanted: Range<usize>) -> Vec<usize> {
        match weights {
            Weights::Numbers(numbers) => {
                let numbers = numbers.into_iter().zip(0..).collect();
                self.select(numbers, wanted, |one: &Weighed<f64>, other| {
                    let by_number = one.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal);
                    let by_number = by_number.then_with(|| elements[one.1].cmp(elements[other.1]));
                    self.directed(by_number)
                })
            }
            Weights::Elements => {
                let texts = elements.iter().map(|text| self.text(text)).zip(0..).collect();
                self.select(texts, wanted, |one: &Weighed<&[u8]>, other| {
                    self.directed(one.0.cmp(other.0)).then(one.1.cmp(&other.1))
                })
            }
            Weights::Texts(texts) => {
                let mut texts: Vec<_> =
                    texts.into_iter().map(|text| text.map(|text| self.text(text))).zip(0..).collect();
                let compare = |one: &Weighed<Option<&[u8]>>, other: &Weighed<Option<&[u8]>>| {
                    self.directed(one.0.cmp(&other.0))
                };
                if wanted == (0..texts.len()) {
                    texts.sort_by(compare);
                } else {
                    partial_sort(&mut texts, wanted, compare);
                }
                numbers_of(texts)
            }
        }
    }

    fn text(self, text: &[u8]) -> &[u8] {
        if self.as_c { until_nul(text) } else { text }
    }

    fn directed(self, ordering: Ordering) -> Ordering {
        if self.descending { ordering.reverse() } else { ordering }
    }

    /// Sorts what is wanted by an order in which no two are equal, unless they are the same.
    fn select<W>(
        self,
        mut items: Vec<Weighed<W>>,
        wanted: Range<usize>,
        compare: impl Fn(&Weighed<W>, &Weighed<W>) -> Ordering,
    ) -> Vec<usize> {
        if wanted.is_empty() {
            return numbers_of(items);
        }
        if wanted.end < items.len() {
            items.select_nth_unstable_by(wanted.end - 1, &compare);
        }
        let before_end = &mut items[..wanted.end];
        if wanted.start > 0 {
            before_end.select_nth_unstable_by(wanted.start, &compare);
        }
        before_end[wanted.start..].sort_unstable_by(&compare);
        numbers_of(items)
    }
}

fn numbers_of<W>(items: Vec<Weighed<W>>) -> Vec<usize> {
    items.into_iter().map(|(_, number)| number).collect()
}

/// The number that an element or its weight is: decimal, `inf` or `infinity`, and what is too large is infinite; None: it is none.
/// As C reads it, up to a NUL; nothing at all is 0. Redis: `fast_float_strtod`.
pub fn number(entry: Entry<'_>) -> Option<f64> {
    let text = match entry {
        Entry::Number(number) => return Some(number as f64),
        Entry::Bytes(bytes) => until_nul(bytes),
    };
    if text.is_empty() {
        return Some(0.0);
    }
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!number.is_nan()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    fn elements(words: &[Vec<u8>]) -> Vec<&[u8]> {
        words.iter().map(Vec::as_slice).collect()
    }

    fn span(start: usize, end: usize, len: usize) -> Range<usize> {
        let (start, end) = (start % (len + 1), end % (len + 1));
        start.min(end)..start.max(end)
    }

    quickcheck! {
        fn numbers_are_in_order_and_then_bytes(words: Vec<Vec<u8>>, descending: bool, start: usize, end: usize) -> bool {
            let elements = elements(&words);
            let numbers: Vec<f64> = words.iter().map(|word| (word.len() % 3) as f64).collect();
            let wanted = span(start, end, words.len());
            let order = Order { descending, as_c: false };
            let sorted = order.sort(&elements, Weights::Numbers(numbers.clone()), wanted.clone());
            let mut naive: Vec<(f64, &[u8])> = numbers.into_iter().zip(elements.iter().copied()).collect();
            naive.sort_by(|one, other| one.partial_cmp(other).unwrap());
            if descending {
                naive.reverse();
            }
            sorted[wanted.clone()].iter().map(|&at| elements[at]).eq(naive[wanted].iter().map(|pair| pair.1))
        }

        fn equal_text_stays_in_its_order(words: Vec<Vec<u8>>, descending: bool, start: usize, end: usize) -> bool {
            let words: Vec<Vec<u8>> = words.iter().map(|word| word.iter().map(|byte| byte % 3).collect()).collect();
            let elements = elements(&words);
            let wanted = span(start, end, words.len());
            let order = Order { descending, as_c: true };
            let sorted = order.sort(&elements, Weights::Elements, wanted.clone());
            let mut naive: Vec<usize> = (0..words.len()).collect();
            naive.sort_by(|&one, &other| order.directed(order.text(elements[one]).cmp(order.text(elements[other]))));
            sorted[wanted.clone()] == naive[wanted]
        }
    }

    #[test]
    fn numbers_are_what_redis_takes_for_one() {
        let cases: &[(&[u8], Option<f64>)] = &[
            (b"", Some(0.0)),
            (b"\0x", Some(0.0)),
            (b"1\0x", Some(1.0)),
            (b"-1.5e2", Some(-150.0)),
            (b".5", Some(0.5)),
            (b"5.", Some(5.0)),
            (b"1e400", Some(f64::INFINITY)),
            (b"-Infinity", Some(f64::NEG_INFINITY)),
            (b"inf", Some(f64::INFINITY)),
            (b"nan", None),
            (b"+1", Some(1.0)),
            (b"+-1", None),
            (b" 1", None),
            (b"1 ", None),
            (b"0x10", None),
            (b"1e", None),
            (b".", None),
            (b"-", None),
            (b"one", None),
            (b"\xff", None),
        ];
        for &(text, expected) in cases {
            assert_eq!(number(Entry::Bytes(text)), expected, "{text:?}");
        }
    }
}
