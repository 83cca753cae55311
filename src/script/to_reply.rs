//! What a script returns becomes a reply.
//!
//! Redis: `src/script_lua.c`, `luaReplyToRedisReply`.
//!
//! Different on purpose: tables in tables are kept in a list of our own, not on the processor's stack, and only
//! [`DEEPEST`] of them; Redis ends at about 8,000, with the same error.

use super::crossing::each;
use super::fault::{Fault, Outcome, to_integer};
use super::host::{BYTES_A_STEP, Steps};
use super::sandbox::{Names, Natives};
use crate::resp::Protocol;
use crate::resp::reply::Reply;
use crate::text::c::until_nul;
use mlua::{Lua, LuaString, Table, Value};

/// How deep tables may be nested.
const DEEPEST: usize = 2000;

/// The longest reply: a table may hold the same long string a million times.
const LONGEST: usize = 512 << 20;
/// The most values of a reply. A script has memory for no more, but may name the same table again and again.
const MOST: usize = 1 << 25;

/// A table that is being written.
enum Level {
    /// The values from 1 on, up to the first nil; as many as were counted.
    Array { table: Table, at: i64, last: i64 },
    /// Keys and values, or keys only, in Lua's own order.
    Keys { table: Table, key: Value, values: bool, pending: Option<Value> },
}

/// Appends the reply for a value. `protocol` is what the script asked for by `redis.setresp`: it decides on booleans.
pub fn to_reply(lua: &Lua, value: Value, protocol: Protocol, reply: &mut Reply) -> Outcome<()> {
    let natives = Natives::of(lua)?;
    let mut levels: Vec<Level> = Vec::new();
    let mut value = value;
    let before = reply.bytes.len();
    let mut values = 0;
    let mut steps = Steps::default();
    loop {
        values += 1;
        steps.take(1)?;
        if reply.bytes.len() - before > LONGEST || values > MOST {
            return Err(Fault::Bare("the reply of the script is too long".into()));
        }
        // ANCHOR: to-reply
        match value {
            Value::String(text) => {
                let text = text.as_bytes();
                steps.take(text.len() / BYTES_A_STEP)?;
                reply.bulk(&text);
            }
            Value::Boolean(value) if protocol == Protocol::Resp3 => reply.boolean(value),
            Value::Boolean(true) => reply.integer(1),
            Value::Integer(number) => reply.integer(number),
            Value::Number(number) => reply.integer(to_integer(number)),
            Value::Table(_) if levels.len() >= DEEPEST => reply.error("ERR reached lua stack limit"),
            Value::Table(table) => {
                if let Some(level) = table_reply(&natives.names, table, reply, &mut steps)? {
                    levels.push(level);
                }
            }
            _ => reply.null(),
        }
        // ANCHOR_END: to-reply
        value = loop {
            match levels.last_mut() {
                None => return Ok(()),
                Some(Level::Array { table, at, last }) if *at <= *last => {
                    *at += 1;
                    break table.raw_get(*at - 1)?;
                }
                Some(Level::Array { .. }) => {}
                Some(Level::Keys { table, key, values, pending }) => {
                    if let Some(value) = pending.take() {
                        break value;
                    }
                    let (following, value): (Value, Value) = natives.next.call((&*table, &*key))?;
                    *key = following;
                    if !key.is_nil() {
                        *pending = values.then_some(value);
                        break key.clone();
                    }
                }
            }
            levels.pop();
        };
    }
}

/// Writes a table that stands for one value, or the head of one that holds several.
fn table_reply(names: &Names, table: Table, reply: &mut Reply, steps: &mut Steps) -> Outcome<Option<Level>> {
    if let Value::String(text) = table.raw_get(&names.err)? {
        reply.error(without_line_ends(until_nul(&text.as_bytes())));
        return Ok(None);
    }
    if let Value::String(text) = table.raw_get(&names.ok)? {
        reply.raw(b"+");
        reply.raw(&line(&text));
        reply.raw(b"\r\n");
        return Ok(None);
    }
    match table.raw_get(&names.double)? {
        Value::Number(number) => {
            reply.double(number);
            return Ok(None);
        }
        Value::Integer(number) => {
            reply.double(number as f64);
            return Ok(None);
        }
        _ => {}
    }
    for (name, values) in [(&names.map, true), (&names.set, false)] {
        if let Value::Table(entries) = table.raw_get(name)? {
            let mut count = 0;
            each(&entries, |_: bool, _: bool| {
                count += 1;
                steps.take(1).map(|()| true)
            })?;
            if values {
                reply.map(count);
            } else {
                reply.set(count);
            }
            return Ok(Some(Level::Keys { table: entries, key: Value::Nil, values, pending: None }));
        }
    }
    if let Value::String(number) = table.raw_get(&names.big_number)? {
        let number: Vec<u8> = number.as_bytes().iter().map(|&b| without_line_end(b)).collect();
        reply.big_number(&number);
        return Ok(None);
    }
    if let Value::Table(inner) = table.raw_get(&names.verbatim)?
        && let (Value::String(format), Value::String(text)) =
            (inner.raw_get("format")?, inner.raw_get("string")?)
    {
        reply.verbatim_of(&format.as_bytes(), &text.as_bytes());
        return Ok(None);
    }
    let last = length(&table, steps)?;
    reply.array(last as usize);
    Ok(Some(Level::Array { table, at: 1, last }))
}

// ANCHOR: length
/// How many values stand from 1 on before the first nil.
fn length(table: &Table, steps: &mut Steps) -> Outcome<i64> {
    // Lua's own length ends before some nil, most often before the first.
    let likely = table.raw_len() as i64;
    for at in 1..=likely {
        steps.take(1)?;
        if table.raw_get::<Option<bool>>(at)?.is_none() {
            return Ok(at - 1);
        }
    }
    let mut last = likely;
    while table.raw_get::<Option<bool>>(last + 1)?.is_some() {
        steps.take(1)?;
        last += 1;
    }
    Ok(last)
}
// ANCHOR_END: length

/// A text that must stay on its line: up to its first NUL, as C prints it.
fn line(text: &LuaString) -> Vec<u8> {
    until_nul(&text.as_bytes()).iter().map(|&b| without_line_end(b)).collect()
}

/// The text of an error without the ends of lines that it ends with. Redis: `sdstrim` in `addReplyErrorFormatInternal`.
pub fn without_line_ends(text: &[u8]) -> &[u8] {
    let last = text.iter().rposition(|&byte| byte != b'\r' && byte != b'\n');
    &text[..last.map_or(0, |last| last + 1)]
}

fn without_line_end(byte: u8) -> u8 {
    if byte == b'\r' || byte == b'\n' { b' ' } else { byte }
}
