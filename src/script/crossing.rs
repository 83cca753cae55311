//! Values that cross between Rust and Lua, in few steps each.
//!
//! Redis: calls Lua's C interface, where a string is pushed or read by one call.
//!
//! A string or a table that Rust holds on its own stands in a list of Lua's meanwhile, so that it is not collected: it is
//! put there and taken away again, and to look at the bytes of a string counts as holding it twice, which takes memory.
//! A text that goes right into a table is spared that ([`Plain`]), and so is a key that is copied ([`entries`]). A table's
//! entries are cheapest in one walk ([`each`]).

use super::fault::Outcome;
use super::host::Steps;
use mlua::{Either, FromLua, Lua, Table, Value};

/// A value that is no table, on its way into Lua.
pub type Plain<'a> = Either<&'a str, Value>;

/// The bytes of a string, on their way into Lua: without a stop if they are text.
pub fn plain<'a>(lua: &Lua, bytes: &'a [u8]) -> mlua::Result<Plain<'a>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Either::Left(text)),
        Err(_) => Ok(Either::Right(Value::String(lua.create_string(bytes)?))),
    }
}

/// Calls `entry` with the keys and values of a table, in Lua's own order, while it returns true. The walk is a call of C's
/// inside Lua, of which there may be some 200 inside each other.
pub fn each<K: FromLua, V: FromLua>(
    table: &Table,
    mut entry: impl FnMut(K, V) -> Outcome<bool>,
) -> Outcome<()> {
    let mut ended = Ok(());
    let mut stop = false;
    let walked = table.for_each(|key, value| match entry(key, value) {
        Ok(true) => Ok(()),
        other => {
            (stop, ended) = (true, other.map(|_| ()));
            // Only to end the walk.
            Err(mlua::Error::StackError)
        }
    });
    match stop {
        true => ended,
        false => Ok(walked?),
    }
}

/// A key of a table.
pub enum Key<'a> {
    /// A string.
    Text(&'a [u8]),
    /// A number.
    Number(f64),
    /// Neither.
    Other(Value),
}

impl Key<'_> {
    /// Lends the key that a value is.
    pub fn of<R>(value: Value, use_it: impl FnOnce(Key<'_>) -> R) -> R {
        match value {
            Value::String(text) => use_it(Key::Text(&text.as_bytes())),
            Value::Integer(number) => use_it(Key::Number(number as f64)),
            Value::Number(number) => use_it(Key::Number(number)),
            other => use_it(Key::Other(other)),
        }
    }
}

/// The same as [`each`] with keys as they are written out. Most are texts, whose bytes are copied: half the cost of a
/// string that is held. mlua copies the text of a number as well, so from the first key on that could be one, keys are held.
pub fn entries(table: &Table, mut entry: impl FnMut(Key<'_>, Value) -> Outcome<bool>) -> Outcome<()> {
    let (mut copied, mut unclear) = (0, false);
    each(table, |key: Either<String, Value>, value: Value| {
        let key = match &key {
            Either::Left(text) if !could_be_number(text) => Key::Text(text.as_bytes()),
            _ => {
                unclear = true;
                return Ok(false);
            }
        };
        copied += 1;
        entry(key, value)
    })?;
    if !unclear {
        return Ok(());
    }
    let mut steps = Steps::default();
    each(table, |key: Value, value: Value| {
        if copied > 0 {
            steps.take(1)?;
            copied -= 1;
            return Ok(true);
        }
        Key::of(key, |key| entry(key, value))
    })
}

/// Whether this may be how Lua writes a number: `12`, `-0.5`, `1e+20`, `inf`, `-nan`.
fn could_be_number(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9' | b'-', ..] | b"inf" | b"nan")
}
