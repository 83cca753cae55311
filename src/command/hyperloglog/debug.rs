//! What a HyperLogLog has inside: PFDEBUG, and PFSELFTEST.
//!
//! Redis: `src/hyperloglog.c` (`pfdebugCommand`, `pfselftestCommand`).
//!
//! Different on purpose: PFSELFTEST adds a hundredth of Redis's ten million elements, so that other clients do not wait for a second
//! or two. PFDEBUG SIMD finds nothing to turn on: the loops for each kind of processor are the compiler's.

use super::checked;
use crate::keyspace::hyperloglog;
use crate::keyspace::hyperloglog::{Encoding, Opcode, REGISTERS, Registers};
use crate::keyspace::string::Str;
use crate::keyspace::value::WrongType;
use crate::server::dispatch::Call;
use crate::text::c::until_nul;

/// `PFDEBUG GETREG | DECODE | ENCODING | TODENSE key`, `PFDEBUG SIMD ON | OFF`
pub fn pfdebug(call: &mut Call<'_>) {
    if call.is(1, "simd") {
        match call.is(2, "on") || call.is(2, "off") {
            true => call.reply.simple("disabled"),
            false => call.reply.error("ERR Argument must be ON or OFF"),
        }
        return;
    }
    let (db, key) = (call.db(), &call.args[2]);
    let word = ["getreg", "decode", "encoding", "todense"].into_iter().find(|word| call.is(1, word));
    let string = match call.server.write::<Str>(db, key) {
        Ok(Some(string)) => string,
        Ok(None) => return call.reply.error("ERR The specified key does not exist"),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let Some(bytes) = checked(string, call.reply) else { return };
    let is_sparse = hyperloglog::encoding(bytes) == Some(Encoding::Sparse);
    match word {
        Some("getreg") => {
            let Ok(changed) = hyperloglog::to_dense(bytes) else { return call.reply.error(super::CORRUPTED) };
            call.reply.array(REGISTERS);
            (0..REGISTERS).for_each(|index| call.reply.integer(hyperloglog::register(bytes, index).into()));
            call.server.stats.dirty += u64::from(changed);
        }
        Some("decode") if is_sparse => {
            let codes = hyperloglog::opcodes(bytes).map(written);
            call.reply.bulk(codes.collect::<Vec<_>>().join(" "));
        }
        Some("decode") => call.reply.error("ERR HLL encoding is not sparse"),
        Some("encoding") => call.reply.simple(if is_sparse { "sparse" } else { "dense" }),
        Some("todense") => {
            let Ok(changed) = hyperloglog::to_dense(bytes) else { return call.reply.error(super::CORRUPTED) };
            call.server.stats.dirty += u64::from(changed);
            call.reply.integer(changed.into());
        }
        _ => {
            let mut error = b"ERR Unknown PFDEBUG subcommand '".to_vec();
            error.extend(until_nul(&call.args[1]));
            error.push(b'\'');
            call.reply.error(error);
        }
    }
}

/// An operation code as PFDEBUG DECODE prints it.
pub fn written(code: Opcode) -> String {
    match code {
        Opcode::Zero(registers) => format!("z:{registers}"),
        Opcode::LongZero(registers) => format!("Z:{registers}"),
        Opcode::Value(run, registers) => format!("v:{run},{registers}"),
    }
}

/// How often all registers are set and read.
const ROUNDS: usize = 10;
/// How many elements are added.
const ELEMENTS: u64 = 100_000;

/// `PFSELFTEST`
pub fn pfselftest(call: &mut Call<'_>) {
    let limit = super::limit(call.server);
    let mut random = call.server.generator();
    let mut bytes = hyperloglog::empty();
    for _ in 0..ROUNDS {
        let registers: Registers = std::array::from_fn(|_| random() as u8 & 63);
        hyperloglog::set_dense(&mut bytes, &registers);
        let wrong = (0..REGISTERS).find(|&index| hyperloglog::register(&bytes, index) != registers[index]);
        if let Some(index) = wrong {
            let (expected, found) = (registers[index], hyperloglog::register(&bytes, index));
            let error = format!("TESTFAILED Register {index} should be {expected} but is {found}");
            return call.reply.error(error);
        }
    }
    match count_elements(random(), limit) {
        Ok(()) => call.reply.ok(),
        Err(error) => call.reply.error(format!("TESTFAILED {error}")),
    }
}

/// Adds elements to one that is dense from the start and to one that becomes dense, and compares at each power of ten. The error
/// is what is wrong.
fn count_elements(seed: u64, limit: usize) -> Result<(), String> {
    let (mut dense, mut sparse) = (hyperloglog::empty(), hyperloglog::empty());
    hyperloglog::set_dense(&mut dense, &[0; REGISTERS]);
    let error = 1.04 / (REGISTERS as f64).sqrt();
    let mut checkpoint = 1;
    for number in 1..=ELEMENTS {
        let element = (number ^ seed).to_le_bytes();
        for bytes in [&mut dense, &mut sparse] {
            hyperloglog::add(bytes, &element, limit).map_err(|_| "corrupted")?;
        }
        if number != checkpoint {
            continue;
        }
        if (number as usize) < limit / 2 && hyperloglog::encoding(&sparse) != Some(Encoding::Sparse) {
            return Err("sparse encoding not used".into());
        }
        let counts = [&dense, &sparse].map(|bytes| hyperloglog::count(bytes));
        let [Ok(count), Ok(other)] = counts else { return Err("corrupted".into()) };
        if count != other {
            return Err("dense/sparse disagree".into());
        }
        // Of ten elements, two may well draw the same register.
        let most = if number == 10 { 1 } else { (error * 6.0 * number as f64).ceil() as u64 };
        let off = number.abs_diff(count);
        if off > most {
            return Err(format!("Too big error. card:{number} abserr:{off}"));
        }
        checkpoint *= 10;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_self_test_passes_for_many_seeds() {
        for seed in 0..20 {
            assert_eq!(count_elements(seed * 0x9e37_79b9, 3000), Ok(()));
        }
    }
}
