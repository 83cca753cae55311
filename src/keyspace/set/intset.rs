//! Numbers in ascending order, each as wide as the widest: what a set is made of while all its members are numbers.
//!
//! Redis: `src/intset.c` (`intsetAdd`, `intsetUpgradeAndAdd`, `intsetSearch`, `intsetRemove`).
//!
//! A member is found by halving. A number that does not fit makes all of them wider, and its place is then known: it is the
//! smallest or the largest. They never become narrower again, as in Redis.

/// Numbers in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
// ANCHOR: intset
pub enum Intset {
    /// 16 bits each.
    Narrow(Vec<i16>),
    /// 32 bits each.
    Middle(Vec<i32>),
    /// 64 bits each.
    Wide(Vec<i64>),
}
// ANCHOR_END: intset

impl Default for Intset {
    fn default() -> Self {
        Intset::Narrow(Vec::new())
    }
}

/// How much more than needed is reserved, for so many numbers.
fn spare(len: usize) -> usize {
    (len / 4).clamp(4, 1024)
}

/// Adds a number in its place. Whether it is new.
fn add<T: Ord>(numbers: &mut Vec<T>, number: T) -> bool {
    // Numbers that come in order stand at the end. Redis looks there first too.
    let found = match numbers.last() {
        Some(last) if *last < number => Err(numbers.len()),
        _ => numbers.binary_search(&number),
    };
    let Err(at) = found else { return false };
    if numbers.len() == numbers.capacity() {
        numbers.reserve_exact(spare(numbers.len()));
    }
    numbers.insert(at, number);
    true
}

/// Removes a number. Whether it was there. Memory is given back when most of it is free.
fn remove<T: Ord>(numbers: &mut Vec<T>, number: &T) -> bool {
    let Ok(at) = numbers.binary_search(number) else { return false };
    numbers.remove(at);
    if numbers.capacity() > 2 * numbers.len() + 16 {
        numbers.shrink_to(numbers.len() + spare(numbers.len()));
    }
    true
}

/// The numbers in a wider form.
fn widened<T: Copy, U: From<T>>(numbers: &[T]) -> Vec<U> {
    let mut wide = Vec::with_capacity(numbers.len() + spare(numbers.len()));
    wide.extend(numbers.iter().map(|&number| U::from(number)));
    wide
}

impl Intset {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Intset::Narrow(numbers) => numbers.len(),
            Intset::Middle(numbers) => numbers.len(),
            Intset::Wide(numbers) => numbers.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes each number takes: 2, 4 or 8.
    pub fn width(&self) -> usize {
        match self {
            Intset::Narrow(_) => 2,
            Intset::Middle(_) => 4,
            Intset::Wide(_) => 8,
        }
    }

    /// The memory that the numbers take, by their capacity.
    pub fn memory(&self) -> usize {
        let capacity = match self {
            Intset::Narrow(numbers) => numbers.capacity(),
            Intset::Middle(numbers) => numbers.capacity(),
            Intset::Wide(numbers) => numbers.capacity(),
        };
        capacity * self.width()
    }

    /// The number at a place, counted from the smallest.
    pub fn get(&self, at: usize) -> Option<i64> {
        match self {
            Intset::Narrow(numbers) => numbers.get(at).map(|&number| number.into()),
            Intset::Middle(numbers) => numbers.get(at).map(|&number| number.into()),
            Intset::Wide(numbers) => numbers.get(at).copied(),
        }
    }

    /// Whether the number is one of them.
    // ANCHOR: intset-contains
    pub fn contains(&self, number: i64) -> bool {
        match self {
            Intset::Narrow(numbers) => {
                i16::try_from(number).is_ok_and(|number| numbers.binary_search(&number).is_ok())
            }
            Intset::Middle(numbers) => {
                i32::try_from(number).is_ok_and(|number| numbers.binary_search(&number).is_ok())
            }
            Intset::Wide(numbers) => numbers.binary_search(&number).is_ok(),
        }
    }
    // ANCHOR_END: intset-contains

    /// Adds a number. Whether it is new.
    // ANCHOR: intset-add
    pub fn add(&mut self, number: i64) -> bool {
        self.widen_for(number);
        match self {
            Intset::Narrow(numbers) => i16::try_from(number).is_ok_and(|number| add(numbers, number)),
            Intset::Middle(numbers) => i32::try_from(number).is_ok_and(|number| add(numbers, number)),
            Intset::Wide(numbers) => add(numbers, number),
        }
    }

    /// Makes the numbers as wide as this one needs. Redis: `intsetUpgradeAndAdd`.
    fn widen_for(&mut self, number: i64) {
        let fits_32 = i32::try_from(number).is_ok();
        let wider = match self {
            Intset::Narrow(_) if i16::try_from(number).is_ok() => return,
            Intset::Narrow(numbers) if fits_32 => Intset::Middle(widened(numbers)),
            Intset::Narrow(numbers) => Intset::Wide(widened(numbers)),
            Intset::Middle(numbers) if !fits_32 => Intset::Wide(widened(numbers)),
            Intset::Middle(_) | Intset::Wide(_) => return,
        };
        *self = wider;
    }
    // ANCHOR_END: intset-add

    /// Removes a number. Whether it was there.
    pub fn remove(&mut self, number: i64) -> bool {
        match self {
            Intset::Narrow(numbers) => i16::try_from(number).is_ok_and(|number| remove(numbers, &number)),
            Intset::Middle(numbers) => i32::try_from(number).is_ok_and(|number| remove(numbers, &number)),
            Intset::Wide(numbers) => remove(numbers, &number),
        }
    }

    /// The numbers, the smallest first.
    pub fn iter(&self) -> impl Iterator<Item = i64> {
        (0..self.len()).map_while(|at| self.get(at))
    }
}
