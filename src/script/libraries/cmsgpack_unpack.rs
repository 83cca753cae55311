//! `cmsgpack.unpack` and its siblings: MessagePack becomes values of Lua's.
//!
//! Redis: `deps/lua/src/lua_cmsgpack.c`, `mp_unpack_full`.
//!
//! Different on purpose: what is open is kept in a list of our own, not on the processor's stack; and it may be
//! [`DEEPEST`] deep.

use crate::script::MAX_RESULTS;
use crate::script::crossing::{Plain, plain};
use crate::script::fault::{Args, Fault, Outcome};
use crate::script::host::Steps;
use crate::script::memory::make_values;
use mlua::{IntoLua, Lua, MultiValue, Table, Value};

/// How deep arrays and maps may be nested.
const DEEPEST: usize = 2000;

/// `cmsgpack.unpack(data)`: all values.
pub fn unpack(lua: &Lua, args: Args) -> Outcome<MultiValue> {
    let data = args.string(lua, 1)?;
    full(lua, &data.as_bytes(), 0, 0)
}

/// `cmsgpack.unpack_one(data [, offset])`: where to go on, and one value.
pub fn unpack_one(lua: &Lua, args: Args) -> Outcome<MultiValue> {
    let data = args.string(lua, 1)?;
    let offset = args.integer_or(lua, 2, 0)?;
    full(lua, &data.as_bytes(), 1, offset)
}

/// `cmsgpack.unpack_limit(data, limit [, offset])`: where to go on, and so many values at most.
pub fn unpack_limit(lua: &Lua, args: Args) -> Outcome<MultiValue> {
    let data = args.string(lua, 1)?;
    let limit = crate::script::fault::to_integer(args.number(lua, 2)?);
    let offset = args.integer_or(lua, 3, 0)?;
    full(lua, &data.as_bytes(), limit, offset)
}

/// Values from `offset` on, `limit` at most: all, if both are 0. Else where to go on comes first; -1 means that nothing is
/// left.
fn full(lua: &Lua, data: &[u8], limit: i64, offset: i64) -> Outcome<MultiValue> {
    let len = data.len() as i64;
    let all = limit == 0 && offset == 0;
    if offset < 0 || limit < 0 {
        // C prints them as an `int`, and the length as the limit.
        let (offset, len) = (offset as i32, len as i32);
        let text = format!("Invalid request to unpack with offset of {offset} and limit of {len}.");
        return Err(Fault::Message(text));
    }
    if offset > len {
        let (offset, len) = (offset as i32, len as i32);
        return Err(Fault::Message(format!("Start offset {offset} greater than input length {len}.")));
    }
    let mut reader = Reader { rest: &data[offset as usize..] };
    let mut values = Vec::new();
    while !reader.rest.is_empty() && (all || (values.len() as i64) < limit) {
        if values.len() >= MAX_RESULTS {
            let text =
                "stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)";
            return Err(Fault::Message(text.into()));
        }
        values.push(value(lua, &mut reader)?);
    }
    if !all {
        let next = if reader.rest.is_empty() { -1 } else { (data.len() - reader.rest.len()) as i64 };
        values.insert(0, Value::Number(next as f64));
    }
    Ok(MultiValue::from_vec(values))
}

/// The bytes that are not read yet.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Outcome<&'a [u8]> {
        if len > self.rest.len() {
            return Err(Fault::Message("Missing bytes in input.".into()));
        }
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        Ok(taken)
    }

    /// A big-endian number of `len` bytes.
    fn number(&mut self, len: usize) -> Outcome<u64> {
        Ok(self.take(len)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }
}

/// What one code says: a whole value, or the head of one.
enum Item<'a> {
    Value(Value),
    Text(&'a [u8]),
    Array(u64),
    Map(u64),
}

fn item<'a>(reader: &mut Reader<'a>) -> Outcome<Item<'a>> {
    let tag = reader.take(1)?[0];
    let number = |number: f64| Ok(Item::Value(Value::Number(number)));
    let length = match tag {
        0x00..0x80 => return number(f64::from(tag)),
        0xe0..=0xff => return number(f64::from(tag as i8)),
        0xc0 => return Ok(Item::Value(Value::Nil)),
        0xc2 | 0xc3 => return Ok(Item::Value(Value::Boolean(tag == 0xc3))),
        0xca => return number(f64::from(f32::from_bits(reader.number(4)? as u32))),
        0xcb => return number(f64::from_bits(reader.number(8)?)),
        0xcc => return number(reader.number(1)? as f64),
        0xcd => return number(reader.number(2)? as f64),
        0xce => return number(reader.number(4)? as f64),
        // Redis reads even the unsigned ones of 64 bits as signed.
        0xcf | 0xd3 => return number(reader.number(8)? as i64 as f64),
        0xd0 => return number(f64::from(reader.number(1)? as i8)),
        0xd1 => return number(f64::from(reader.number(2)? as i16)),
        0xd2 => return number(f64::from(reader.number(4)? as i32)),
        0x80..0x90 => return Ok(Item::Map(u64::from(tag & 15))),
        0x90..0xa0 => return Ok(Item::Array(u64::from(tag & 15))),
        0xdc => return Ok(Item::Array(reader.number(2)?)),
        0xdd => return Ok(Item::Array(reader.number(4)?)),
        0xde => return Ok(Item::Map(reader.number(2)?)),
        0xdf => return Ok(Item::Map(reader.number(4)?)),
        0xa0..0xc0 => u64::from(tag & 31),
        0xd9 => reader.number(1)?,
        0xda => reader.number(2)?,
        0xdb => reader.number(4)?,
        _ => return Err(Fault::Message("Bad data format in input.".into())),
    };
    Ok(Item::Text(reader.take(length as usize)?))
}

/// An array or a map that is not complete yet.
struct Level<'a> {
    table: Table,
    /// Entries still to come.
    left: u64,
    /// The next index of an array; 0 for a map.
    index: usize,
    /// The key that waits for its value.
    key: Option<Plain<'a>>,
}

fn value(lua: &Lua, reader: &mut Reader<'_>) -> Outcome<Value> {
    // A byte (`0x90`) makes a table, as four of a reply do; and what is open has its place.
    make_values(lua, 4 * reader.rest.len() + DEEPEST, || nested(lua, reader))
}

fn nested(lua: &Lua, reader: &mut Reader<'_>) -> Outcome<Value> {
    let mut levels: Vec<Level> = Vec::new();
    let mut steps = Steps::default();
    loop {
        steps.take(1)?;
        let mut done = match item(reader)? {
            Item::Value(value) => Plain::Right(value),
            Item::Text(text) => plain(lua, text)?,
            item @ (Item::Array(left) | Item::Map(left)) => {
                let table = lua.create_table()?;
                if left == 0 {
                    Plain::Right(Value::Table(table))
                } else {
                    if levels.len() == DEEPEST {
                        return Err(Fault::Message(
                            "stack overflow (in function mp_decode_to_lua_array)".into(),
                        ));
                    }
                    let index = usize::from(matches!(item, Item::Array(_)));
                    levels.push(Level { table, left, index, key: None });
                    continue;
                }
            }
        };
        loop {
            let Some(level) = levels.last_mut() else { return Ok(done.into_lua(lua)?) };
            if level.index > 0 {
                level.table.raw_seti(level.index, done)?;
                level.index += 1;
            } else if let Some(key) = level.key.take() {
                match key {
                    Plain::Right(Value::Nil) => return Err(Fault::Bare("table index is nil".into())),
                    Plain::Right(Value::Number(key)) if key.is_nan() => {
                        return Err(Fault::Bare("table index is NaN".into()));
                    }
                    key => level.table.raw_set(key, done)?,
                }
            } else {
                level.key = Some(done);
                break;
            }
            level.left -= 1;
            if level.left > 0 {
                break;
            }
            let Some(level) = levels.pop() else { return Ok(Value::Nil) };
            done = Plain::Right(Value::Table(level.table));
        }
    }
}
