//! `cmsgpack`: MessagePack for scripts. This half packs.
//!
//! Redis: `deps/lua/src/lua_cmsgpack.c`, `mp_pack`.

use super::cmsgpack_unpack::{unpack, unpack_limit, unpack_one};
use crate::script::crossing::{Key, each, entries};
use crate::script::fault::{Args, Fault, Outcome, function};
use crate::script::host;
use crate::script::host::{BYTES_A_STEP, Steps};
use crate::script::memory::make_values;
use crate::script::sandbox::Natives;
use mlua::{Lua, LuaString, Table, Value};

/// Tables nested deeper than this are packed as nil. Redis: `LUACMSGPACK_MAX_NESTING`.
const DEEPEST: usize = 16;
/// The longest result: it must fit into the memory of a script as well.
const LONGEST: usize = 256 << 20;

/// The table `cmsgpack`.
pub fn library(lua: &Lua) -> mlua::Result<Table> {
    let cmsgpack = lua.create_table()?;
    cmsgpack.raw_set("pack", function(lua, pack)?)?;
    cmsgpack.raw_set("unpack", function(lua, unpack)?)?;
    cmsgpack.raw_set("unpack_one", function(lua, unpack_one)?)?;
    cmsgpack.raw_set("unpack_limit", function(lua, unpack_limit)?)?;
    cmsgpack.raw_set("_NAME", "cmsgpack")?;
    cmsgpack.raw_set("_VERSION", "lua-cmsgpack 0.4.0")?;
    cmsgpack.raw_set("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo")?;
    cmsgpack.raw_set("_DESCRIPTION", "MessagePack C implementation for Lua")?;
    Ok(cmsgpack)
}

/// `cmsgpack.pack(value, …)`: one after another.
fn pack(lua: &Lua, args: Args) -> Outcome<LuaString> {
    if args.count() == 0 {
        return Err(Fault::Argument(0, "MessagePack pack needs input.".into()));
    }
    let (mut out, mut steps) = (Vec::new(), Steps::default());
    for value in args.into_values() {
        let value = match value {
            Value::Table(table) if table.is_empty() => Value::Table(Natives::of(lua)?.behind(&table)?),
            other => other,
        };
        encode(&mut out, &mut steps, &value, 0)?;
    }
    host::long(lua, out.len())?;
    Ok(make_values(lua, out.len(), || lua.create_string(&out))?)
}

/// Appends a value. The nesting is bounded, so this may call itself.
fn encode(out: &mut Vec<u8>, steps: &mut Steps, value: &Value, depth: usize) -> Outcome<()> {
    if out.len() > LONGEST {
        return Err(Fault::Bare("not enough memory".into()));
    }
    steps.take(1)?;
    match value {
        Value::String(text) => string(out, steps, &text.as_bytes())?,
        Value::Boolean(value) => out.push(if *value { 0xc3 } else { 0xc2 }),
        Value::Integer(number) => integer(out, *number),
        Value::Number(value) => number(out, *value),
        Value::Table(table) if depth < DEEPEST => {
            if table.raw_len() == 0 || !array(out, steps, table, depth)? {
                map(out, steps, table, depth)?;
            }
        }
        _ => out.push(0xc0),
    }
    Ok(())
}

/// Appends a map, and its head when the entries are counted. The head of an empty one says that it is an array.
fn map(out: &mut Vec<u8>, steps: &mut Steps, table: &Table, depth: usize) -> Outcome<()> {
    let start = out.len();
    let mut count = 0;
    out.push(0x90);
    entries(table, |key, value| {
        count += 1;
        match key {
            Key::Text(text) => string(out, steps, text)?,
            Key::Number(value) => number(out, value),
            Key::Other(key) => encode(out, steps, &key, depth + 1)?,
        }
        encode(out, steps, &value, depth + 1).map(|()| true)
    })?;
    if count > 0 {
        let mut counted = Vec::new();
        head(&mut counted, count, 0x80, 0xde);
        steps.take(out.len().saturating_sub(start) / BYTES_A_STEP)?;
        out.splice(start..start + 1, counted);
    }
    Ok(())
}

/// Appends an array and returns true, if the table's keys are 1, 2, 3 … without a hole. Redis: `table_is_an_array`.
///
/// The walk that looks at the keys writes the values, too, while keys come in their order and no value is a table: only
/// the rest is asked for again.
fn array(out: &mut Vec<u8>, steps: &mut Steps, table: &Table, depth: usize) -> Outcome<bool> {
    let start = out.len();
    let (mut count, mut largest, mut written) = (0, 0, 0);
    let mut is_array = true;
    head(out, table.raw_len(), 0x90, 0xdc);
    each(table, |key: Value, value: Value| {
        steps.take(1)?;
        let key = match key {
            Value::Integer(key) if (1..=i64::from(i32::MAX)).contains(&key) => key as usize,
            _ => {
                is_array = false;
                return Ok(false);
            }
        };
        if written == count && key == count + 1 && !value.is_table() {
            encode(out, steps, &value, depth + 1)?;
            written = key;
        }
        count += 1;
        largest = largest.max(key);
        Ok(true)
    })?;
    if !is_array || largest != count {
        out.truncate(start);
        return Ok(false);
    }
    for at in written + 1..=count {
        encode(out, steps, &table.raw_get(at)?, depth + 1)?;
    }
    Ok(true)
}

/// The head of an array or map: `small` holds up to 15, `large` and the next code more.
fn head(out: &mut Vec<u8>, len: usize, small: u8, large: u8) {
    match len {
        0..16 => out.push(small | len as u8),
        16..0x1_0000 => tagged(out, large, &(len as u16).to_be_bytes()),
        _ => tagged(out, large + 1, &(len as u32).to_be_bytes()),
    }
}

fn string(out: &mut Vec<u8>, steps: &mut Steps, text: &[u8]) -> Outcome<()> {
    steps.take(text.len() / 64)?;
    match text.len() {
        len @ 0..32 => out.push(0xa0 | len as u8),
        len @ 32..256 => out.extend([0xd9, len as u8]),
        len @ 256..0x1_0000 => tagged(out, 0xda, &(len as u16).to_be_bytes()),
        len => tagged(out, 0xdb, &(len as u32).to_be_bytes()),
    }
    out.extend_from_slice(text);
    Ok(())
}

/// A whole number in the fewest bytes, another as a float if that loses nothing.
fn number(out: &mut Vec<u8>, value: f64) {
    if value.floor() == value && (-9223372036854775808.0..9223372036854775808.0).contains(&value) {
        return integer(out, value as i64);
    }
    if f64::from(value as f32) == value {
        tagged(out, 0xca, &(value as f32).to_be_bytes());
    } else {
        tagged(out, 0xcb, &value.to_be_bytes());
    }
}

fn integer(out: &mut Vec<u8>, number: i64) {
    match number {
        0..128 => out.push(number as u8),
        128..256 => out.extend([0xcc, number as u8]),
        256..0x1_0000 => tagged(out, 0xcd, &(number as u16).to_be_bytes()),
        0x1_0000..0x1_0000_0000 => tagged(out, 0xce, &(number as u32).to_be_bytes()),
        0x1_0000_0000.. => tagged(out, 0xcf, &number.to_be_bytes()),
        -32..0 => out.push(number as u8),
        -128..-32 => out.extend([0xd0, number as u8]),
        -0x8000..-128 => tagged(out, 0xd1, &(number as i16).to_be_bytes()),
        -0x8000_0000..-0x8000 => tagged(out, 0xd2, &(number as i32).to_be_bytes()),
        _ => tagged(out, 0xd3, &number.to_be_bytes()),
    }
}

fn tagged(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend_from_slice(bytes);
}
