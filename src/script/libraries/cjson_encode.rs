//! `cjson.encode`: a value of Lua's becomes a text.
//!
//! Redis: `deps/lua/src/lua_cjson.c`, `json_append_data` and what it calls.
//!
//! Different on purpose: tables deep in tables are kept in a list of our own, not on the processor's stack, and a text may
//! be no longer than [`LONGEST`].

use super::cjson::{DEEPEST, Invalid, Settings};
use crate::script::crossing::{Key, each, entries};
use crate::script::fault::{Fault, Outcome, type_name};
use crate::script::host;
use crate::script::host::Steps;
use crate::script::memory::make_values;
use crate::script::number::append_g;
use crate::script::sandbox::Natives;
use mlua::{FromLua, Lua, LuaString, Table, Value};

/// The longest text: it must fit into the memory of a script as well.
const LONGEST: usize = 256 << 20;
/// So many bytes of a string between two looks at how long it has taken.
const PIECE: usize = 4096;
/// Tables so deep are written by a function that calls itself for the next: their entries are one walk each, which Lua
/// has room for some 200 of. Deeper ones are kept in a list, and each of their entries is a call of Lua's `next`.
const NEAR: i64 = 8;

/// The text of a value.
pub fn encode(lua: &Lua, value: Value, settings: &Settings) -> Outcome<LuaString> {
    let natives = Natives::of(lua)?;
    let mut encoder =
        Encoder { out: Vec::with_capacity(256), steps: Steps::default(), settings, natives: &natives };
    encoder.value(value, 1)?;
    let out = encoder.out;
    host::long(lua, out.len())?;
    Ok(make_values(lua, out.len(), || lua.create_string(&out))?)
}

/// A text that is being written.
struct Encoder<'a> {
    out: Vec<u8>,
    steps: Steps,
    settings: &'a Settings,
    natives: &'a Natives,
}

/// A table whose first bracket is written.
enum Open {
    /// `table[at]` comes next, up to `last`.
    Array { table: Table, at: i64, last: i64 },
    /// What follows `key` in Lua's own order comes next.
    Object { table: Table, key: Value },
}

impl Encoder<'_> {
    /// Appends a value; a table is the `depth`th in which it is, itself included.
    fn value(&mut self, value: Value, depth: i64) -> Outcome<()> {
        let Value::Table(table) = value else { return self.scalar(&value) };
        if depth > NEAR {
            let open = self.open(table, depth)?;
            return self.far(open, depth);
        }
        self.check_depth(depth)?;
        // Most objects have nothing at 1, and are known by their first key.
        if table.raw_len() == 0 && self.object(&table, depth, false)? {
            return Ok(());
        }
        if !self.array(&table, depth)? {
            let table = if table.is_empty() { self.natives.behind(&table)? } else { table };
            self.object(&table, depth, true)?;
        }
        Ok(())
    }

    /// Appends an array, and returns true. False: the table is empty, or an object.
    ///
    /// The walk that looks at the keys writes the values, too, while keys come in their order and no value is a table or can
    /// fail: only the rest is asked for again.
    fn array(&mut self, table: &Table, depth: i64) -> Outcome<bool> {
        let start = self.out.len();
        self.out.push(b'[');
        let (out, precision) = (&mut self.out, self.settings.precision.get() as usize);
        let (mut written, mut goes_on) = (0, true);
        let length = array_length(table, &mut self.steps, self.settings, |key, value: Value| {
            goes_on = goes_on && key == written + 1 && append_plain(out, &value, key == 1, precision);
            written += i64::from(goes_on);
        })?;
        let Some(last) = length.filter(|&last| last > 0) else {
            self.out.truncate(start);
            return Ok(false);
        };
        for at in written + 1..=last {
            self.comma_unless(at == 1);
            self.value(table.raw_get(at)?, depth + 1)?;
        }
        self.out.push(b']');
        Ok(true)
    }

    /// Appends an object, and returns true. Unless it is known to be one: false, if it is empty or its first key is a number.
    fn object(&mut self, table: &Table, depth: i64, is_known: bool) -> Outcome<bool> {
        let start = self.out.len();
        self.out.push(b'{');
        let mut first = true;
        entries(table, |key, value| {
            if first && !is_known && matches!(key, Key::Number(_)) {
                return Ok(false);
            }
            self.comma_unless(first);
            first = false;
            self.key(&key)?;
            self.value(value, depth + 1).map(|()| true)
        })?;
        if first && !is_known {
            self.out.truncate(start);
            return Ok(false);
        }
        self.out.push(b'}');
        Ok(true)
    }

    /// Appends the entries of a table, and of those in it.
    fn far(&mut self, open: Open, depth: i64) -> Outcome<()> {
        let mut levels = vec![open];
        loop {
            let value = match levels.last_mut() {
                None => return Ok(()),
                Some(Open::Array { table, at, last }) if *at <= *last => {
                    self.comma_unless(*at == 1);
                    *at += 1;
                    table.raw_get(*at - 1)?
                }
                Some(Open::Array { .. }) => {
                    self.out.push(b']');
                    levels.pop();
                    continue;
                }
                Some(Open::Object { table, key }) => {
                    let first = key.is_nil();
                    let (following, value): (Value, Value) = self.natives.next.call((&*table, &*key))?;
                    if following.is_nil() {
                        self.out.push(b'}');
                        levels.pop();
                        continue;
                    }
                    self.comma_unless(first);
                    *key = following.clone();
                    Key::of(following, |key| self.key(&key))?;
                    value
                }
            };
            match value {
                Value::Table(table) => levels.push(self.open(table, depth + levels.len() as i64)?),
                value => self.scalar(&value)?,
            }
        }
    }

    fn check_depth(&mut self, depth: i64) -> Outcome<()> {
        self.steps.take(1)?;
        if depth > self.settings.encode_max_depth.get().min(DEEPEST) {
            return Err(Fault::Message(format!("Cannot serialise, excessive nesting ({depth})")));
        }
        Ok(())
    }

    /// Writes the first bracket of a table.
    fn open(&mut self, table: Table, depth: i64) -> Outcome<Open> {
        self.check_depth(depth)?;
        let table = if table.is_empty() { self.natives.behind(&table)? } else { table };
        let length = array_length(&table, &mut self.steps, self.settings, |_, _: bool| {})?;
        let length = length.filter(|&last| last > 0);
        Ok(match length {
            Some(last) => {
                self.out.push(b'[');
                Open::Array { table, at: 1, last }
            }
            None => {
                self.out.push(b'{');
                Open::Object { table, key: Value::Nil }
            }
        })
    }

    fn comma_unless(&mut self, first: bool) {
        if !first {
            self.out.push(b',');
        }
    }

    fn key(&mut self, key: &Key) -> Outcome<()> {
        match key {
            Key::Text(text) => self.string(text)?,
            Key::Number(number) => {
                self.out.push(b'"');
                self.number(*number)?;
                self.out.push(b'"');
            }
            Key::Other(other) => return Err(cannot(other, "table key must be a number or string")),
        }
        self.out.push(b':');
        Ok(())
    }

    /// Appends a value that is no table.
    fn scalar(&mut self, value: &Value) -> Outcome<()> {
        self.steps.take(1)?;
        match value {
            Value::String(text) => self.string(&text.as_bytes())?,
            Value::Integer(number) => self.number(*number as f64)?,
            Value::Number(number) => self.number(*number)?,
            Value::Boolean(true) => self.out.extend(b"true"),
            Value::Boolean(false) => self.out.extend(b"false"),
            Value::Nil | Value::LightUserData(_) => self.out.extend(b"null"),
            other => return Err(cannot(other, "type not supported")),
        }
        if self.out.len() > LONGEST {
            return Err(Fault::Bare("not enough memory".into()));
        }
        Ok(())
    }

    fn number(&mut self, number: f64) -> Outcome<()> {
        if !number.is_finite() {
            match self.settings.invalid.get() {
                Invalid::Refuse => return Err(cannot(&Value::Number(number), "must not be NaN or Inf")),
                Invalid::Null => {
                    self.out.extend(b"null");
                    return Ok(());
                }
                Invalid::Allow if number.is_nan() => {
                    self.out.extend(b"nan");
                    return Ok(());
                }
                Invalid::Allow => {}
            }
        }
        append_g(&mut self.out, number, self.settings.precision.get() as usize);
        Ok(())
    }

    fn string(&mut self, text: &[u8]) -> Outcome<()> {
        self.out.push(b'"');
        for piece in text.chunks(PIECE) {
            self.steps.take(piece.len() / 16)?;
            if self.out.len() > LONGEST {
                return Err(Fault::Bare("not enough memory".into()));
            }
            append_escaped(&mut self.out, piece);
        }
        self.out.push(b'"');
        Ok(())
    }
}

/// Appends a value of an array, and a comma before it unless it is the first. False, and nothing appended: it is a table, long,
/// or has to be looked at by the settings.
fn append_plain(out: &mut Vec<u8>, value: &Value, first: bool, precision: usize) -> bool {
    let start = out.len();
    if !first {
        out.push(b',');
    }
    let appended = match value {
        _ if start > LONGEST => false,
        Value::Integer(number) => {
            append_g(out, *number as f64, precision);
            true
        }
        Value::Number(number) if number.is_finite() => {
            append_g(out, *number, precision);
            true
        }
        Value::Boolean(value) => {
            out.extend_from_slice(if *value { b"true" } else { b"false" });
            true
        }
        Value::String(text) => {
            let text = text.as_bytes();
            out.push(b'"');
            append_escaped(out, &text[..text.len().min(PIECE)]);
            out.push(b'"');
            text.len() <= PIECE
        }
        _ => false,
    };
    if !appended {
        out.truncate(start);
    }
    appended
}

/// Appends what stands between the quotes of a string.
fn append_escaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| is_escaped(byte)) {
        out.extend_from_slice(&rest[..at]);
        escape(out, rest[at]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

fn is_escaped(byte: u8) -> bool {
    byte < 32 || matches!(byte, b'"' | b'\\' | b'/' | 127)
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' | b'\\' | b'/' => out.extend([b'\\', byte]),
        8 => out.extend(b"\\b"),
        9 => out.extend(b"\\t"),
        10 => out.extend(b"\\n"),
        12 => out.extend(b"\\f"),
        13 => out.extend(b"\\r"),
        _ => out.extend(format!("\\u{byte:04x}").as_bytes()),
    }
}

/// The largest index if all keys are whole numbers from 1 on; None: it is an object. `entry` is called with each, in Lua's own
/// order. Redis: `lua_array_length`.
fn array_length<V: FromLua>(
    table: &Table,
    steps: &mut Steps,
    settings: &Settings,
    mut entry: impl FnMut(i64, V),
) -> Outcome<Option<i64>> {
    let mut largest = 0;
    let mut entries = 0i64;
    let mut is_array = true;
    each(table, |key: Value, value: V| {
        steps.take(1)?;
        match key {
            Value::Integer(key) if (1..=i64::from(i32::MAX)).contains(&key) => {
                largest = largest.max(key);
                entries += 1;
                entry(key, value);
            }
            _ => is_array = false,
        }
        Ok(is_array)
    })?;
    if !is_array {
        return Ok(None);
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

fn cannot(value: &Value, why: &str) -> Fault {
    Fault::Message(format!("Cannot serialise {}: {why}", type_name(value)))
}
