//! Values that cross between Rust and Lua, in few steps each.
//!
//! Redis: calls Lua's C interface, where a string is pushed or read by one call.
//!
//! A string or a table that Rust holds on its own stands in a list of Lua's meanwhile, so that it is not collected: it is
//! put there and taken away again, and to look at the bytes of a string counts as holding it twice, which takes memory.
//! A text that goes right into a table is spared that ([`Plain`]). A table's entries are cheapest in one walk ([`each`]).

use super::fault::Outcome;
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
