use super::header::DENSE;
use super::*;
use quickcheck::{Arbitrary, Gen, quickcheck};

/// A register and a run, near one another more often than not: what is sparse is to be cut and made one.
#[derive(Clone, Debug)]
struct Drawn(Draw);

impl Arbitrary for Drawn {
    fn arbitrary(g: &mut Gen) -> Drawn {
        let index = match u8::arbitrary(g) % 4 {
            0 => u16::arbitrary(g) as usize % REGISTERS,
            1 => REGISTERS - 1 - u8::arbitrary(g) as usize,
            _ => u8::arbitrary(g) as usize % 40,
        };
        let run =
            if u8::arbitrary(g) % 50 == 0 { 33 + u8::arbitrary(g) % 19 } else { 1 + u8::arbitrary(g) % 6 };
        Drawn(Draw { index, run })
    }
}

fn registers(bytes: &[u8]) -> Vec<u8> {
    (0..REGISTERS).map(|index| register(bytes, index)).collect()
}

quickcheck! {
    fn registers_are_the_longest_runs(draws: Vec<Drawn>, limit: u8) -> bool {
        let mut bytes = empty();
        let mut naive = vec![0; REGISTERS];
        for Drawn(draw) in draws {
            let changes = draw.run > naive[draw.index];
            naive[draw.index] = draw.run.max(naive[draw.index]);
            if raise(&mut bytes, draw, usize::from(limit)) != Ok(changes) {
                return false;
            }
        }
        let before = count(&bytes);
        let mut merged = [0; REGISTERS];
        let same = registers(&bytes) == naive && merge(&bytes, &mut merged) == Ok(()) && merged[..] == naive[..];
        let dense = to_dense(&mut bytes).is_ok() && encoding(&bytes) == Some(Encoding::Dense);
        same && dense && registers(&bytes) == naive && count(&bytes) == before
    }

    fn a_union_counts_what_is_merged(lists: Vec<(bool, Vec<Drawn>)>) -> bool {
        let (mut union, mut all) = (union::Union::empty(), empty());
        for (is_dense, draws) in lists {
            let mut one = empty();
            if is_dense {
                to_dense(&mut one).unwrap();
            }
            for Drawn(draw) in draws {
                raise(&mut one, draw, 3000).unwrap();
                raise(&mut all, draw, 3000).unwrap();
            }
            union.add(&one).unwrap();
        }
        union.count() == count(&all).unwrap()
    }

    fn no_bytes_are_too_wrong(bytes: Vec<u8>, draws: Vec<Drawn>, limit: u8) -> bool {
        let mut bytes = [&empty()[..HEADER], &bytes].concat();
        for Drawn(draw) in draws {
            _ = raise(&mut bytes, draw, usize::from(limit));
        }
        let mut merged = [0; REGISTERS];
        let (merged, counted) = (merge(&bytes, &mut merged), count(&bytes));
        counted.is_ok() == merged.is_ok() && to_dense(&mut bytes).is_ok() == merged.is_ok()
    }

    fn dense_registers_do_not_touch_one_another(draws: Vec<Drawn>) -> bool {
        let mut bytes = empty();
        set_dense(&mut bytes, &[0; REGISTERS]);
        let mut naive = [0; REGISTERS];
        for Drawn(draw) in draws {
            dense::raise(&mut bytes[HEADER..], draw);
            naive[draw.index] = draw.run.max(naive[draw.index]);
        }
        let mut packed = empty();
        set_dense(&mut packed, &naive);
        registers(&bytes) == naive && packed == bytes
    }
}

#[test]
fn an_empty_one_is_what_redis_makes() {
    assert_eq!(empty(), b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff");
    assert_eq!(
        (encoding(&empty()), count(&empty()), cached(&empty())),
        (Some(Encoding::Sparse), Ok(0), Some(0))
    );
}

#[test]
fn what_is_no_hyperloglog() {
    let dense = |length| [b"HYLL\0".to_vec(), vec![0; length - 5]].concat();
    assert_eq!(encoding(&dense(DENSE)), Some(Encoding::Dense));
    for bytes in [
        &dense(DENSE - 1)[..],
        &dense(DENSE + 1),
        b"",
        b"HYLL",
        b"HYLL\x01",
        b"HYLL\x02\0\0\0\0\0\0\0\0\0\0\0",
        b"hyll\x01\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        assert_eq!(encoding(bytes), None);
    }
}

#[test]
fn an_xzero_that_is_cut_off_stands_for_less() {
    let mut bytes = [&empty()[..HEADER], b"\x40"].concat();
    // One register, in one byte of the two: what takes its place has no room.
    assert_eq!(raise(&mut bytes, Draw { index: 0, run: 1 }, 3000), Ok(true));
    assert_eq!(bytes.len(), HEADER);
    assert_eq!(count(&bytes), Err(Corrupted));
}

#[test]
fn the_estimate_is_near() {
    let mut bytes = empty();
    for number in 1..=100_000u32 {
        add(&mut bytes, &number.to_be_bytes(), 3000).unwrap();
        if [1, 10, 100, 1000, 10_000, 100_000].contains(&number) {
            let count = count(&bytes).unwrap() as f64;
            assert!((count - f64::from(number)).abs() <= 0.03 * f64::from(number), "{count} of {number}");
        }
    }
}
