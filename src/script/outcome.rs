//! What a script returned or raised, as its client receives it.
//!
//! Redis: `src/script_lua.c` (`luaCallFunction`, `luaExtractErrorInformation`).

use super::fault::Outcome;
use super::sandbox::Natives;
use super::to_reply::{to_reply, without_line_ends};
use super::{Engine, host};
use crate::resp::reply::Reply;
use crate::text::c::until_nul;
use mlua::{Lua, Value};

/// Writes what a script of that name returned or raised; whether it is an error that was counted. The inner error: it cannot be written.
pub fn write_outcome(
    engine: &Engine,
    name: &[u8],
    outcome: Result<Value, Value>,
    reply: &mut Reply,
) -> Result<(bool, Outcome<()>), mlua::Error> {
    let protocol = host::with(|host| host.script().map(|script| script.protocol));
    let (Ok(value) | Err(value)) = &outcome;
    let counted = is_counted(&engine.lua, value);
    let written = match outcome {
        Ok(value) => to_reply(&engine.lua, value, protocol.flatten().unwrap_or_default(), reply),
        Err(raised) => {
            reply.error(raised_text(engine, name, raised)?);
            Ok(())
        }
    };
    Ok((counted, written))
}

/// Whether a value stands for an error that was counted when a command of the script failed.
fn is_counted(lua: &Lua, value: &Value) -> bool {
    let (Value::Table(table), Ok(natives)) = (value, Natives::of(lua)) else { return false };
    table.raw_get(&natives.names.counted).unwrap_or(false)
}

/// What a client is told of an error that a script raised: the text, the script, and the place. Redis:
/// `luaExtractErrorInformation`.
fn raised_text(engine: &Engine, name: &[u8], raised: Value) -> mlua::Result<Vec<u8>> {
    let as_text = |value: Value| -> mlua::Result<Option<Vec<u8>>> {
        Ok(engine.lua.coerce_string(value)?.map(|text| until_nul(&text.as_bytes()).to_vec()))
    };
    let Value::Table(table) = raised else {
        let text = as_text(raised)?.unwrap_or_else(|| b"unknown error".to_vec());
        return Ok([b"ERR ", &text[..]].concat());
    };
    let mut text = as_text(table.raw_get("err")?)?.unwrap_or_else(|| b"ERR unknown error".to_vec());
    if let (Some(source), Some(line)) = (as_text(table.raw_get("source")?)?, as_text(table.raw_get("line")?)?)
    {
        text.extend([b" script: ", name, b", on ", &source, b":", &line, b"."].concat());
    }
    Ok(without_line_ends(&text).to_vec())
}

/// An error of Lua's own in few words.
pub fn text(error: &mlua::Error) -> String {
    match error {
        mlua::Error::MemoryError(_) => "not enough memory".into(),
        other => other.to_string().lines().next().unwrap_or_default().to_string(),
    }
}
