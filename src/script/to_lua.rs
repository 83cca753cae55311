//! A command's reply becomes a value of Lua's: what `redis.call` returns.
//!
//! Redis: `src/script_lua.c`, `redisProtocolToLuaType` and its callbacks.
//!
//! ```text
//! :1  ─► 1        $2 hi ─► "hi"     *2 …  ─► {…}       $-1 *-1 ─► false     +OK ─► {ok = "OK"}     -ERR x ─► {err = "ERR x"}
//! RESP3 besides:  _ ─► nil    #t ─► true   ,1.5 ─► {double = 1.5}   %1 … ─► {map = {…}}   ~2 … ─► {set = {x = true, …}}
//!                 =… ─► {verbatim_string = {format = …, string = …}}   (12 ─► {big_number = "12"}
//! ```

use crate::resp::request::parse_integer;
use mlua::{Lua, Table, Value};
use smallvec::SmallVec;

/// An array, a map or a set that is not complete yet.
struct Level {
    /// What stands for it: for a map, the table around its table.
    value: Table,
    entries: Table,
    kind: u8,
    left: usize,
    index: usize,
    key: Option<Value>,
}

impl Level {
    /// Puts a text into an array that has further places after it, without making a value of it first. Whether it could.
    fn put_text(&mut self, text: &[u8]) -> mlua::Result<bool> {
        let is_array = matches!(self.kind, b'*' | b'>');
        let Some(text) = std::str::from_utf8(text).ok().filter(|_| is_array && self.left > 1) else {
            return Ok(false);
        };
        self.entries.raw_seti(self.index, text)?;
        self.index += 1;
        self.left -= 1;
        Ok(true)
    }
}

/// The value of one reply. What the server itself has written is well-formed; should it not be, the value is nil.
pub fn to_lua(lua: &Lua, reply: &[u8]) -> mlua::Result<Value> {
    let mut rest = reply;
    let mut levels: SmallVec<[Level; 3]> = SmallVec::new();
    loop {
        let Some((kind, line)) = take_line(&mut rest) else { return Ok(Value::Nil) };
        let length = parse_integer(line).and_then(|len| usize::try_from(len).ok());
        let mut done = match (kind, length) {
            (b'$', Some(len)) => {
                let text = take(&mut rest, len);
                if levels.last_mut().map_or(Ok(false), |level| level.put_text(text))? {
                    continue;
                }
                Value::String(lua.create_string(text)?)
            }
            (b'=', Some(len)) => verbatim(lua, take(&mut rest, len))?,
            // An attribute says something of the value after it; scripts are not told.
            (b'|', Some(0)) => continue,
            (b'*' | b'%' | b'~' | b'>' | b'|', Some(len)) => {
                let (value, entries) = aggregate(lua, kind, len)?;
                if len > 0 {
                    let left = if matches!(kind, b'%' | b'|') { len.saturating_mul(2) } else { len };
                    levels.push(Level { value, entries, kind, left, index: 1, key: None });
                    continue;
                }
                Value::Table(value)
            }
            // ANCHOR: to-lua
            // No length, or a negative one: the absence of a string or an array.
            (b'$' | b'*', None) => Value::Boolean(false),
            (b':', _) => Value::Number(number(line)),
            (b'+', _) => Value::Table(field(lua, "ok", lua.create_string(line)?)?),
            (b'-', _) => Value::Table(field(lua, "err", lua.create_string(line)?)?),
            (b',', _) => Value::Table(field(lua, "double", number(line))?),
            (b'(', _) => Value::Table(field(lua, "big_number", lua.create_string(line)?)?),
            (b'#', _) => Value::Boolean(line == b"t"),
            _ => Value::Nil,
            // ANCHOR_END: to-lua
        };
        loop {
            let Some(level) = levels.last_mut() else { return Ok(done) };
            level.left -= 1;
            match level.kind {
                b'%' => match level.key.take() {
                    None => level.key = Some(done),
                    Some(key) => level.entries.raw_set(key, done)?,
                },
                b'~' => level.entries.raw_set(done, true)?,
                b'|' if level.left == 0 => {
                    levels.pop();
                    break;
                }
                b'|' => {}
                _ => {
                    level.entries.raw_seti(level.index, done)?;
                    level.index += 1;
                }
            }
            if level.left > 0 {
                break;
            }
            done = Value::Table(level.value.clone());
            levels.pop();
        }
    }
}

/// The table that stands for an aggregate, and the table that its entries go to.
fn aggregate(lua: &Lua, kind: u8, len: usize) -> mlua::Result<(Table, Table)> {
    match kind {
        b'%' | b'~' => {
            // It grows, as in Redis: so its order is the same.
            let entries = lua.create_table()?;
            Ok((field(lua, if kind == b'%' { "map" } else { "set" }, entries.clone())?, entries))
        }
        _ => {
            let table = lua.create_table_with_capacity(len.min(1 << 16), 0)?;
            Ok((table.clone(), table))
        }
    }
}

/// `{name = value}`
pub fn field(lua: &Lua, name: &str, value: impl mlua::IntoLua) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, 1)?;
    table.raw_set(name, value)?;
    Ok(table)
}

/// `txt:text`
fn verbatim(lua: &Lua, text: &[u8]) -> mlua::Result<Value> {
    let (format, string) = text.split_at(text.len().min(3));
    let inner = lua.create_table_with_capacity(0, 2)?;
    inner.raw_set("format", lua.create_string(format)?)?;
    inner.raw_set("string", lua.create_string(string.get(1..).unwrap_or(&[]))?)?;
    Ok(Value::Table(field(lua, "verbatim_string", inner)?))
}

fn number(line: &[u8]) -> f64 {
    match parse_integer(line) {
        Some(number) => number as f64,
        None => std::str::from_utf8(line).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0),
    }
}

/// The type and the rest of the first line.
fn take_line<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let end = memchr::memchr(b'\r', rest)?;
    let line = &rest[..end];
    *rest = rest.get(end + 2..).unwrap_or(&[]);
    line.split_first().map(|(&kind, line)| (kind, line))
}

/// So many bytes, and the line's end after them.
fn take<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
    let taken = &rest[..len.min(rest.len())];
    *rest = rest.get(len + 2..).unwrap_or(&[]);
    taken
}
