//! How many different elements: PFADD, PFCOUNT, PFMERGE.
//!
//! Redis: `src/hyperloglog.c` (`pfaddCommand`, `pfcountCommand`, `pfmergeCommand`).

pub mod debug;
pub(crate) mod rows;
mod steps;

use crate::keyspace::events::STRING;
use crate::keyspace::hyperloglog;
use crate::keyspace::hyperloglog::union::Union;
use crate::keyspace::hyperloglog::{Corrupted, Encoding, REGISTERS, Registers};
use crate::keyspace::string::Str;
use crate::keyspace::value::{Value, WrongType};
use crate::resp::reply::Reply;
use crate::server::Server;
use crate::server::dispatch::Call;
use crate::steps::{readable, step};

/// A string that is no HyperLogLog.
const NOT_ONE: &str = "WRONGTYPE Key is not a valid HyperLogLog string value.";
/// One whose registers do not add up.
const CORRUPTED: &str = "INVALIDOBJ Corrupted HLL object detected";

/// Bytes that a sparse string has at most.
fn limit(server: &Server) -> usize {
    usize::try_from(server.config.hll_sparse_max_bytes).unwrap_or(usize::MAX)
}

/// The bytes of a string that is a HyperLogLog, to change them in place. None: it has replied that it is none. Redis:
/// `isHLLObjectOrReply` and `dbUnshareStringValue`.
fn checked<'a>(string: &'a mut Str, reply: &mut Reply) -> Option<&'a mut Vec<u8>> {
    if hyperloglog::encoding(&string.bytes()).is_none() {
        reply.error(NOT_ONE);
        return None;
    }
    Some(string.grow())
}

/// `PFADD key [element …]`: 1 if a register has changed, or the key is new.
pub fn pfadd(call: &mut Call<'_>) {
    let (db, key, limit) = (call.db(), &call.args[1], limit(call.server));
    let mut is_new = false;
    let string = call.server.write_or_create(db, key, || {
        is_new = true;
        Str::raw(hyperloglog::empty())
    });
    let Ok(string) = string else { return call.reply.wrong_type() };
    let Some(bytes) = checked(string, call.reply) else { return };
    let mut changes = u64::from(is_new);
    for element in call.args.from(2) {
        match steps::add(key, bytes, element, limit) {
            Ok(changed) => changes += u64::from(changed),
            Err(Corrupted) => return call.reply.error(CORRUPTED),
        }
    }
    if changes > 0 {
        hyperloglog::make_stale(bytes);
        call.server.modified(db, key, STRING, "pfadd");
        call.server.stats.dirty += changes - 1;
    }
    call.reply.integer((changes > 0).into());
}

/// Has `add` take in every key that the words name. Whether one of them is dense. None: it has replied what is wrong with one of
/// them.
fn each_key(call: &mut Call<'_>, mut add: impl FnMut(&[u8]) -> Result<(), Corrupted>) -> Option<bool> {
    let mut is_dense = false;
    for key in call.args.from(1) {
        let error = match call.server.lookup_read(call.db(), key) {
            None => continue,
            Some(Value::String(string)) => {
                let bytes = string.bytes();
                let encoding = hyperloglog::encoding(&bytes);
                is_dense |= encoding == Some(Encoding::Dense);
                match encoding.map(|_| add(&bytes)) {
                    None => NOT_ONE,
                    Some(Err(Corrupted)) => CORRUPTED,
                    Some(Ok(())) => continue,
                }
            }
            Some(_) => {
                call.reply.wrong_type();
                return None;
            }
        };
        call.reply.error(error);
        return None;
    }
    Some(is_dense)
}

/// `PFCOUNT key [key …]`: of several keys, how many elements they have together. The count of one is kept in its bytes.
pub fn pfcount(call: &mut Call<'_>) {
    if call.args.len() > 2 {
        let mut union = Union::empty();
        if each_key(call, |bytes| union.add(bytes)).is_some() {
            call.reply.integer(union.count() as i64);
        }
        return;
    }
    let (db, key) = (call.db(), &call.args[1]);
    let string = match call.server.read_to_change::<Str>(db, key) {
        Ok(Some(string)) => string,
        Ok(None) => return call.reply.integer(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let Some(bytes) = checked(string, call.reply) else { return };
    if let Some(count) = hyperloglog::cached(bytes) {
        return call.reply.integer(count as i64);
    }
    let Ok(count) = hyperloglog::count(bytes) else { return call.reply.error(CORRUPTED) };
    hyperloglog::cache(bytes, count);
    step!(Counted { key: readable(key), count });
    // The command reads, but the value has changed.
    call.server.signal_modified_key(db, key);
    call.server.stats.dirty += 1;
    call.reply.integer(count as i64);
}

/// `PFMERGE destination [key …]`: what the keys have together, with what the destination had.
pub fn pfmerge(call: &mut Call<'_>) {
    let mut registers: Box<Registers> = Box::new([0; REGISTERS]);
    let Some(is_dense) = each_key(call, |bytes| hyperloglog::merge(bytes, &mut registers)) else { return };
    let (db, key, limit) = (call.db(), &call.args[1], limit(call.server));
    let string = call.server.write_or_create(db, key, || Str::raw(hyperloglog::empty()));
    let Ok(string) = string else { return call.reply.wrong_type() };
    let Some(bytes) = checked(string, call.reply) else { return };
    if is_dense {
        hyperloglog::set_dense(bytes, &registers);
    } else {
        for (index, &run) in registers.iter().enumerate().filter(|&(_, &run)| run > 0) {
            _ = hyperloglog::raise(bytes, hyperloglog::Draw { index, run }, limit);
        }
    }
    hyperloglog::make_stale(bytes);
    call.server.modified(db, key, STRING, "pfadd");
    call.reply.ok();
}
