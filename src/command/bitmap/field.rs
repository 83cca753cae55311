//! BITFIELD and BITFIELD_RO: numbers of any width in a string.
//!
//! Redis: `src/bitops.c` (`bitfieldGeneric`). The numbers are in [`crate::keyspace::bit_field`].

use super::{offset, string_up_to};
use crate::keyspace::bit_field::{Kind, Overflow};
use crate::keyspace::events::STRING;
use crate::keyspace::string::Str;
use crate::keyspace::value::WrongType;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;

/// What is done with a number.
enum Action {
    Get,
    Set(i64, Overflow),
    Add(i64, Overflow),
}

/// One of the operations of a request.
struct Operation {
    kind: Kind,
    /// The number's first bit.
    at: u64,
    action: Action,
}

impl Operation {
    fn writes(&self) -> bool {
        !matches!(self.action, Action::Get)
    }

    fn last_bit(&self) -> u64 {
        self.at + u64::from(self.kind.bits) - 1
    }
}

/// Reads all operations. None: it has replied what is wrong with one of them.
fn parse(call: &mut Call<'_>) -> Option<Vec<Operation>> {
    let (mut at, mut overflow, mut operations) = (2, Overflow::Wrap, Vec::new());
    while at < call.args.len() {
        let more = call.args.len() - at - 1;
        if call.is(at, "overflow") && more >= 1 {
            overflow = match at + 1 {
                at if call.is(at, "wrap") => Overflow::Wrap,
                at if call.is(at, "sat") => Overflow::Saturate,
                at if call.is(at, "fail") => Overflow::Fail,
                _ => {
                    call.reply.error("ERR Invalid OVERFLOW type specified");
                    return None;
                }
            };
            at += 2;
            continue;
        }
        let action: Option<fn(i64, Overflow) -> Action> = match at {
            at if call.is(at, "get") && more >= 2 => None,
            at if call.is(at, "set") && more >= 3 => Some(Action::Set),
            at if call.is(at, "incrby") && more >= 3 => Some(Action::Add),
            _ => {
                call.syntax_error();
                return None;
            }
        };
        let Some(kind) = Kind::parse(&call.args[at + 1]) else {
            let example = "Use something like i16 u8. Note that u64 is not supported but i64 is.";
            call.reply.error(format!("ERR Invalid bitfield type. {example}"));
            return None;
        };
        let bit = offset(call, at + 2, Some(kind.bits))?;
        let (action, words) = match action {
            None => (Action::Get, 3),
            Some(action) => (action(call.integer(at + 3, NOT_AN_INTEGER)?, overflow), 4),
        };
        operations.push(Operation { kind, at: bit, action });
        at += words;
    }
    Some(operations)
}

/// Replies with what the operations read. Redis: `bitfieldGeneric`, if all are GET.
fn read(call: &mut Call<'_>, operations: &[Operation]) {
    let bytes = match call.server.read::<Str>(call.db(), &call.args[1]) {
        Ok(string) => string.map(|string| string.bytes()).unwrap_or_default(),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    call.reply.array(operations.len());
    operations.iter().for_each(|operation| call.reply.integer(operation.kind.read(&bytes, operation.at)));
}

/// `BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] SET type offset value | INCRBY type offset increment …]`
pub fn bitfield(call: &mut Call<'_>) {
    let Some(operations) = parse(call) else { return };
    let written = operations.iter().filter(|operation| operation.writes());
    let Some(last) = written.map(Operation::last_bit).max() else { return read(call, &operations) };
    let Some((bytes, grows)) = string_up_to(call, last) else { return };
    let (mut changes, mut replies) = (0, Vec::with_capacity(operations.len()));
    for Operation { kind, at, action } in operations {
        let old = kind.read(bytes, at);
        let (new, reply) = match action {
            Action::Get => {
                replies.push(Some(old));
                continue;
            }
            Action::Set(value, overflow) => (kind.fit(value, overflow), old),
            Action::Add(by, overflow) => {
                let sum = kind.add(old, by, overflow);
                (sum, sum.unwrap_or_default())
            }
        };
        replies.push(new.map(|_| reply));
        if let Some(new) = new {
            kind.write(bytes, at, new);
            changes += u64::from(grows || old != new);
        }
    }
    call.reply.array(replies.len());
    for reply in replies {
        match reply {
            Some(number) => call.reply.integer(number),
            None => call.reply.null(),
        }
    }
    if changes > 0 {
        call.server.modified(call.db(), &call.args[1], STRING, "setbit");
        call.server.stats.dirty += changes - 1;
    }
}

/// `BITFIELD_RO key [GET type offset …]`
pub fn bitfield_ro(call: &mut Call<'_>) {
    let Some(operations) = parse(call) else { return };
    if operations.iter().any(Operation::writes) {
        return call.reply.error("ERR BITFIELD_RO only supports the GET subcommand");
    }
    read(call, &operations);
}
