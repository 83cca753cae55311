//! `cjson.encode`: a value of Lua's becomes a text.
//!
//! Redis: `deps/lua/src/lua_cjson.c`, `json_append_data` and what it calls.
//!
//! Different on purpose: tables in tables are kept in a list of our own, not on the processor's stack, and a text may
//! be no longer than [`LONGEST`].

use super::cjson::{DEEPEST, Invalid, Settings};
use crate::script::fault::{Fault, Outcome, type_name};
use crate::script::host;
use crate::script::host::Steps;
use crate::script::number::format_g;
use crate::script::sandbox::Natives;
use mlua::{Lua, LuaString, Table, Value};

/// The longest text: it must fit into the memory of a script as well.
const LONGEST: usize = 256 << 20;

/// A table that is being written.
enum Level {
    /// `table[at]` comes next, up to `last`.
    Array { table: Table, at: i64, last: i64 },
    /// What follows `key` in Lua's own order comes next.
    Object { table: Table, key: Value },
}

/// The text of a value.
pub fn encode(lua: &Lua, value: Value, settings: &Settings, natives: &Natives) -> Outcome<LuaString> {
    let mut out = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    let mut value = value;
    let mut steps = Steps::default();
    loop {
        steps.take(1)?;
        if let Value::Table(table) = value {
            let depth = levels.len() as i64 + 1;
            if depth > settings.encode_max_depth.get().min(DEEPEST) {
                return Err(Fault::Message(format!("Cannot serialise, excessive nesting ({depth})")));
            }
            let table = if table.is_empty() { natives.behind(&table)? } else { table };
            match array_length(&table, &mut steps, settings)? {
                Some(last) if last > 0 => {
                    out.push(b'[');
                    levels.push(Level::Array { table, at: 1, last });
                }
                _ => {
                    out.push(b'{');
                    levels.push(Level::Object { table, key: Value::Nil });
                }
            }
        } else {
            scalar(&mut out, &mut steps, &value, settings)?;
        }
        value = loop {
            match levels.last_mut() {
                None => {
                    host::long(lua, out.len())?;
                    return Ok(lua.create_string(&out)?);
                }
                Some(Level::Array { table, at, last }) if *at <= *last => {
                    if *at > 1 {
                        out.push(b',');
                    }
                    *at += 1;
                    break table.raw_get(*at - 1)?;
                }
                Some(Level::Array { .. }) => out.push(b']'),
                Some(Level::Object { table, key }) => {
                    let first = key.is_nil();
                    let (following, value): (Value, Value) = natives.next.call((&*table, &*key))?;
                    *key = following;
                    if !key.is_nil() {
                        if !first {
                            out.push(b',');
                        }
                        object_key(&mut out, &mut steps, key, settings)?;
                        break value;
                    }
                    out.push(b'}');
                }
            }
            levels.pop();
        };
        if out.len() > LONGEST {
            return Err(Fault::Bare("not enough memory".into()));
        }
    }
}

/// The largest index if all keys are whole numbers from 1 on; None: it is an object. Redis: `lua_array_length`.
fn array_length(table: &Table, steps: &mut Steps, settings: &Settings) -> Outcome<Option<i64>> {
    let mut largest = 0;
    let mut entries = 0i64;
    for pair in table.pairs::<Value, Value>() {
        steps.take(1)?;
        let key = match pair?.0 {
            Value::Integer(key) => key as f64,
            Value::Number(key) => key,
            _ => return Ok(None),
        };
        if key.floor() != key || key < 1.0 || key > f64::from(i32::MAX) {
            return Ok(None);
        }
        largest = largest.max(key as i64);
        entries += 1;
    }
    let ratio = settings.sparse_ratio.get();
    if ratio > 0 && largest > entries.saturating_mul(ratio) && largest > settings.sparse_safe.get() {
        if !settings.sparse_convert.get() {
            return Err(Fault::Message("Cannot serialise table: excessively sparse array".into()));
        }
        return Ok(None);
    }
    Ok(Some(largest))
}

fn object_key(out: &mut Vec<u8>, steps: &mut Steps, key: &Value, settings: &Settings) -> Outcome<()> {
    match key {
        Value::String(text) => string(out, steps, &text.as_bytes())?,
        Value::Integer(_) | Value::Number(_) => {
            out.push(b'"');
            number(out, key, settings)?;
            out.push(b'"');
        }
        other => return Err(cannot(other, "table key must be a number or string")),
    }
    out.push(b':');
    Ok(())
}

fn scalar(out: &mut Vec<u8>, steps: &mut Steps, value: &Value, settings: &Settings) -> Outcome<()> {
    match value {
        Value::String(text) => string(out, steps, &text.as_bytes())?,
        Value::Integer(_) | Value::Number(_) => number(out, value, settings)?,
        Value::Boolean(true) => out.extend(b"true"),
        Value::Boolean(false) => out.extend(b"false"),
        Value::Nil | Value::LightUserData(_) => out.extend(b"null"),
        other => return Err(cannot(other, "type not supported")),
    }
    Ok(())
}

fn number(out: &mut Vec<u8>, value: &Value, settings: &Settings) -> Outcome<()> {
    let number = value.as_number().or_else(|| value.as_integer().map(|n| n as f64)).unwrap_or(0.0);
    if !number.is_finite() {
        match settings.invalid.get() {
            Invalid::Refuse => return Err(cannot(value, "must not be NaN or Inf")),
            Invalid::Null => {
                out.extend(b"null");
                return Ok(());
            }
            Invalid::Allow if number.is_nan() => {
                out.extend(b"nan");
                return Ok(());
            }
            Invalid::Allow => {}
        }
    }
    out.extend(format_g(number, settings.precision.get() as usize).as_bytes());
    Ok(())
}

fn string(out: &mut Vec<u8>, steps: &mut Steps, text: &[u8]) -> Outcome<()> {
    out.push(b'"');
    for &byte in text {
        if out.len() == out.capacity() {
            // It is about to grow: a long text does so many times.
            steps.take(out.len() / 16)?;
            if out.len() > LONGEST {
                return Err(Fault::Bare("not enough memory".into()));
            }
        }
        match byte {
            b'"' | b'\\' | b'/' => out.extend([b'\\', byte]),
            8 => out.extend(b"\\b"),
            9 => out.extend(b"\\t"),
            10 => out.extend(b"\\n"),
            12 => out.extend(b"\\f"),
            13 => out.extend(b"\\r"),
            0..32 | 127 => out.extend(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
    Ok(())
}

fn cannot(value: &Value, why: &str) -> Fault {
    Fault::Message(format!("Cannot serialise {}: {why}", type_name(value)))
}
