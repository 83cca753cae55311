//! BITOP: what several bitmaps have in common, together, or one alone.
//!
//! Redis: `src/bitops.c`, `bitopCommand`. Redis 8.2 has more operations (DIFF, ONE and others), 8.0 these four.

use crate::base::vectors::with_widest;
use crate::keyspace::events::{GENERIC, STRING};
use crate::keyspace::string::Str;
use crate::keyspace::value::{Typed, Value};
use crate::server::dispatch::Call;

/// What is done with each bit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    And,
    Or,
    Xor,
    Not,
}

impl Operation {
    fn parse(call: &Call<'_>) -> Option<Operation> {
        let operations = [
            ("and", Operation::And),
            ("or", Operation::Or),
            ("xor", Operation::Xor),
            ("not", Operation::Not),
        ];
        operations.into_iter().find(|(word, _)| call.is(1, word)).map(|(_, operation)| operation)
    }

    /// Adds one more bitmap to what was made of those before it. Bits that it does not have are clear.
    fn apply(self, result: &mut [u8], source: &[u8]) {
        let (common, rest) = result.split_at_mut(source.len());
        if self == Operation::And {
            rest.fill(0);
        }
        with_widest(
            #[inline(always)]
            || {
                let pairs = common.iter_mut().zip(source);
                match self {
                    Operation::And => pairs.for_each(|(to, from)| *to &= from),
                    Operation::Or => pairs.for_each(|(to, from)| *to |= from),
                    Operation::Xor => pairs.for_each(|(to, from)| *to ^= from),
                    Operation::Not => pairs.for_each(|(to, from)| *to = !from),
                }
            },
        );
    }
}

/// `BITOP AND | OR | XOR | NOT destination key [key …]`: how long the result is; one without a byte is no key.
pub fn bitop(call: &mut Call<'_>) {
    let Some(operation) = Operation::parse(call) else { return call.syntax_error() };
    if operation == Operation::Not && call.args.len() != 4 {
        return call.reply.error("ERR BITOP NOT must be called with a single source key.");
    }
    let (db, target) = (call.db(), &call.args[2]);
    let mut places = Vec::with_capacity(call.args.len() - 3);
    for key in call.args.from(3) {
        let place = call.server.lookup_read_place(db, key);
        let is_string = |place| matches!(call.server.keyspace.db(db).item(place).value, Value::String(_));
        if !place.is_none_or(is_string) {
            return call.reply.wrong_type();
        }
        places.push(place);
    }
    let database = &*call.server.keyspace.db(db);
    let string = |place| match &database.item(place).value {
        Value::String(string) => string.bytes(),
        _ => Default::default(),
    };
    let sources: Vec<_> = places.into_iter().map(|place| place.map(string).unwrap_or_default()).collect();
    let length = sources.iter().map(|source| source.len()).max().unwrap_or(0);
    if length == 0 {
        if call.server.delete_key(db, target) {
            call.server.modified(db, target, GENERIC, "del");
        }
        return call.reply.integer(0);
    }
    let mut result = vec![0; length];
    match operation {
        Operation::Not => operation.apply(&mut result, &sources[0]),
        _ => {
            result[..sources[0].len()].copy_from_slice(&sources[0]);
            sources[1..].iter().for_each(|source| operation.apply(&mut result, source));
        }
    }
    call.server.set_key(db, target, Str::raw(result).into_value(), false);
    call.server.notify(STRING, "set", target, db);
    call.reply.integer(length as i64);
}
