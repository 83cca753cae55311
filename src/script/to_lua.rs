//! A command's reply becomes a value of Lua's: what `redis.call` returns.
//!
//! Redis: `src/script_lua.c`, `redisProtocolToLuaType` and its callbacks.
//!
//! ```text
//! :1  ─► 1        $2 hi ─► "hi"     *2 …  ─► {…}       $-1 *-1 ─► false     +OK ─► {ok = "OK"}     -ERR x ─► {err = "ERR x"}
//! RESP3 besides:  _ ─► nil    #t ─► true   ,1.5 ─► {double = 1.5}   %1 … ─► {map = {…}}   ~2 … ─► {set = {x = true, …}}
//!                 =… ─► {verbatim_string = {format = …, string = …}}   (12 ─► {big_number = "12"}
//! ```

use super::crossing::Plain;
use super::fault::Outcome;
use super::host::Steps;
use crate::text::integer::parse_integer;
use mlua::{Lua, Table, Value};
use smallvec::SmallVec;

/// An array, a map or a set that is not complete yet.
struct Level {
    /// What stands for it: for a map, the table around its table.
    value: Table,
    /// Where its entries go, if not there.
    entries: Option<Table>,
    kind: u8,
    left: usize,
    index: usize,
    key: Option<Value>,
}

impl Level {
    fn entries(&self) -> &Table {
        self.entries.as_ref().unwrap_or(&self.value)
    }
}

/// The value of one reply. What the server itself has written is well-formed; should it not be, the value is nil.
pub fn to_lua(lua: &Lua, reply: &[u8]) -> Outcome<Value> {
    let mut rest = reply;
    let mut steps = Steps::default();
    let mut levels: SmallVec<[Level; 3]> = SmallVec::new();
    loop {
        steps.take(1)?;
        let Some((kind, line)) = take_line(&mut rest) else { return Ok(Value::Nil) };
        let length = parse_integer(line).and_then(|len| usize::try_from(len).ok());
        let mut done = match (kind, length) {
            (b'$', Some(len)) => Value::String(lua.create_string(take(&mut rest, len))?),
            (b'=', Some(len)) => verbatim(lua, take(&mut rest, len))?,
            // An attribute says something of the value after it; scripts are not told.
            (b'|', Some(0)) => continue,
            (b'*' | b'>', Some(len)) => {
                let (table, done) = array(lua, len, &mut rest, &mut steps)?;
                if done < len {
                    let (left, index) = (len - done, done + 1);
                    levels.push(Level { value: table, entries: None, kind, left, index, key: None });
                    continue;
                }
                Value::Table(table)
            }
            (b'%' | b'~' | b'|', Some(len)) => {
                let (value, entries) = keyed(lua, kind)?;
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
                    Some(key) => level.entries().raw_set(key, done)?,
                },
                b'~' => level.entries().raw_set(done, true)?,
                b'|' if level.left == 0 => {
                    levels.pop();
                    break;
                }
                b'|' => {}
                _ => {
                    level.entries().raw_seti(level.index, done)?;
                    level.index += 1;
                }
            }
            if level.left > 0 {
                break;
            }
            let Some(level) = levels.pop() else { return Ok(Value::Nil) };
            done = Value::Table(level.value);
        }
    }
}

/// The table for an array of `len`, and how many of its first items are in it: what is plain up to the first that is
/// not. They go from the reply right into the table; an item on its own would be put aside first, and that is dear.
fn array(lua: &Lua, len: usize, rest: &mut &[u8], steps: &mut Steps) -> Outcome<(Table, usize)> {
    let (mut done, mut ended) = (0, !matches!(rest.first(), Some(b'$' | b':')));
    if ended {
        return Ok((lua.create_table_with_capacity(len.min(rest.len()), 0)?, 0));
    }
    let mut taken = Ok(());
    let items = (0..len.min(rest.len())).map(|_| {
        if !ended {
            taken = steps.take(1);
            ended = taken.is_err();
        }
        match if ended { None } else { plain(rest) } {
            Some(item) => {
                done += 1;
                item
            }
            // A place for an item that comes later.
            None => {
                ended = true;
                Plain::Right(Value::Nil)
            }
        }
    });
    let table = lua.create_sequence_from(items)?;
    taken?;
    Ok((table, done))
}

/// Takes the next item, if it is a text, an integer or null.
fn plain<'a>(rest: &mut &'a [u8]) -> Option<Plain<'a>> {
    let mut after = *rest;
    let (kind, line) = take_line(&mut after)?;
    let item = match (kind, parse_integer(line)?) {
        (b'$', len @ 0..) => Plain::Left(std::str::from_utf8(take(&mut after, len as usize)).ok()?),
        (b'$', _) => Plain::Right(Value::Boolean(false)),
        (b':', number) => Plain::Right(Value::Number(number as f64)),
        _ => return None,
    };
    *rest = after;
    Some(item)
}

/// The table that stands for a map, a set or an attribute, and the table that its entries go to: that one grows, as in
/// Redis, so that its order is the same.
fn keyed(lua: &Lua, kind: u8) -> mlua::Result<(Table, Option<Table>)> {
    let entries = lua.create_table()?;
    match kind {
        b'%' => Ok((field(lua, "map", &entries)?, Some(entries))),
        b'~' => Ok((field(lua, "set", &entries)?, Some(entries))),
        _ => Ok((entries, None)),
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
