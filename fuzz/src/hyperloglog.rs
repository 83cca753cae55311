//! Any bytes as the codes of a sparse HyperLogLog: its registers are those of its codes, or it is corrupted, whatever is asked;
//! an element that is added raises one register, and no other.
//!
//! The first byte is the limit of the sparse form, from the size of the string on; the second how many elements are added; the rest
//! are the codes.

use cutaway::keyspace::hyperloglog::union::Union;
use cutaway::keyspace::hyperloglog::{
    Corrupted, Encoding, Opcode, REGISTERS, add, count, draw, empty, encoding, merge, opcodes, to_dense,
};

/// Bytes of the header.
const HEADER: usize = 16;

pub fn run(data: &[u8]) {
    let [limit, elements, codes @ ..] = data else { return };
    let mut bytes = [&empty()[..HEADER], codes].concat();
    let limit = bytes.len() + usize::from(*limit % 16);
    assert_eq!(encoding(&bytes), Some(Encoding::Sparse));
    let mut naive = check(&bytes);
    for element in 0..elements % 64 {
        let drawn = draw(&[element]);
        let whole = !ends_cut_off(&bytes);
        let added = add(&mut bytes, &[element], limit);
        let Some(registers) = &mut naive else { continue };
        assert_eq!(added, Ok(drawn.run > registers[drawn.index]));
        registers[drawn.index] = registers[drawn.index].max(drawn.run);
        assert!(encoding(&bytes) == Some(Encoding::Dense) || bytes.len() <= limit);
        if whole {
            assert_eq!(check(&bytes).as_ref(), Some(&*registers));
        } else {
            naive = check(&bytes);
        }
    }
}

/// Whether the last code is an XZERO without its second byte. What takes its place is a byte short too, as in Redis, and may then
/// stand for more or fewer registers.
fn ends_cut_off(bytes: &[u8]) -> bool {
    encoding(bytes) == Some(Encoding::Sparse)
        && opcodes(bytes).map(Opcode::size).sum::<usize>() > bytes.len() - HEADER
}

/// The registers; None if the string is corrupted, which everything that reads it says.
fn check(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut merged = [0; REGISTERS];
    let mut dense = bytes.to_vec();
    if encoding(bytes) == Some(Encoding::Sparse) {
        let naive = naive(bytes);
        let sum = naive.len();
        if sum != REGISTERS {
            assert_eq!(merge(bytes, &mut merged), Err(Corrupted));
            assert_eq!(count(bytes), Err(Corrupted));
            assert_eq!(to_dense(&mut dense), Err(Corrupted));
            assert!(dense == bytes);
            return None;
        }
        assert_eq!(merge(bytes, &mut merged), Ok(()));
        assert!(merged[..] == naive[..]);
    } else {
        assert_eq!(merge(bytes, &mut merged), Ok(()));
    }
    assert_eq!(to_dense(&mut dense), Ok(dense != bytes || encoding(bytes) == Some(Encoding::Sparse)));
    let mut union = Union::empty();
    union.add(bytes).unwrap();
    assert_eq!(count(bytes), Ok(union.count()));
    assert_eq!(count(&dense), count(bytes));
    Some(merged.to_vec())
}

/// A byte for each register that the codes stand for, and a few too many if they stand for more than there are.
fn naive(bytes: &[u8]) -> Vec<u8> {
    let mut registers = Vec::new();
    for code in opcodes(bytes) {
        let run = if let Opcode::Value(run, _) = code { run } else { 0 };
        registers.extend(std::iter::repeat_n(run, code.registers()));
        if registers.len() > REGISTERS {
            break;
        }
    }
    registers
}
