//! `cjson`: JSON for scripts, and its settings.
//!
//! Redis: `deps/lua/src/lua_cjson.c`.
//!
//! Different on purpose: nesting is limited to [`DEEPEST`] whatever a script sets, and `encode_keep_buffer` is kept but
//! changes nothing: there is no buffer to keep.

use super::cjson_decode::decode;
use super::cjson_encode::encode;
use crate::script::fault::{Args, Fault, Outcome, function, to_integer};
use mlua::{Lua, Table, Value};
use std::cell::Cell;
use std::rc::Rc;

/// What no setting allows more of: each level takes places that Lua lends to Rust, of which there are 8,000.
pub const DEEPEST: i64 = 2000;

/// The settings of one instance.
pub struct Settings {
    /// Whether a table with too many holes becomes an object instead of an error.
    pub sparse_convert: Cell<bool>,
    /// A table has too many holes if its largest index exceeds its entries by this factor …
    pub sparse_ratio: Cell<i64>,
    /// … and is larger than this.
    pub sparse_safe: Cell<i64>,
    /// How deep tables may be nested.
    pub encode_max_depth: Cell<i64>,
    /// The same for texts.
    pub decode_max_depth: Cell<i64>,
    /// What becomes of numbers that JSON does not have.
    pub invalid: Cell<Invalid>,
    /// Whether texts may have such numbers.
    pub decode_invalid: Cell<bool>,
    /// Significant digits.
    pub precision: Cell<i64>,
    keep_buffer: Cell<bool>,
}

/// What becomes of NaN and the infinities.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// An error.
    Refuse,
    /// `nan`, `inf`, `-inf`.
    Allow,
    /// `null`.
    Null,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            sparse_convert: Cell::new(false),
            sparse_ratio: Cell::new(2),
            sparse_safe: Cell::new(10),
            encode_max_depth: Cell::new(1000),
            decode_max_depth: Cell::new(1000),
            invalid: Cell::new(Invalid::Refuse),
            decode_invalid: Cell::new(true),
            precision: Cell::new(14),
            keep_buffer: Cell::new(true),
        }
    }
}

/// A table `cjson` with settings of its own: `cjson.new`.
pub fn library(lua: &Lua) -> mlua::Result<Table> {
    let settings = Rc::new(Settings::default());
    let cjson = lua.create_table()?;
    add(lua, &cjson, "encode", &settings, |lua, args, settings| {
        only_argument(&args)?;
        encode(lua, args.into_values().pop_front().unwrap_or(Value::Nil), settings)
    })?;
    add(lua, &cjson, "decode", &settings, |lua, args, settings| {
        only_argument(&args)?;
        decode(lua, &args.string(lua, 1)?.as_bytes(), settings)
    })?;
    add(lua, &cjson, "encode_max_depth", &settings, |lua, args, settings| {
        integer(lua, &args, 1, 1, 1, i64::from(i32::MAX), &settings.encode_max_depth)
    })?;
    add(lua, &cjson, "decode_max_depth", &settings, |lua, args, settings| {
        integer(lua, &args, 1, 1, 1, i64::from(i32::MAX), &settings.decode_max_depth)
    })?;
    add(lua, &cjson, "encode_number_precision", &settings, |lua, args, settings| {
        integer(lua, &args, 1, 1, 1, 14, &settings.precision)
    })?;
    add(lua, &cjson, "encode_sparse_array", &settings, |lua, args, settings| {
        let convert = boolean(lua, &args, 3, &settings.sparse_convert)?;
        let ratio = integer(lua, &args, 2, 3, 0, i64::from(i32::MAX), &settings.sparse_ratio)?;
        Ok((convert, ratio, integer(lua, &args, 3, 3, 0, i64::from(i32::MAX), &settings.sparse_safe)?))
    })?;
    add(lua, &cjson, "encode_keep_buffer", &settings, |lua, args, settings| {
        boolean(lua, &args, 1, &settings.keep_buffer)
    })?;
    add(lua, &cjson, "encode_invalid_numbers", &settings, |lua, args, settings| {
        too_many(&args, 1)?;
        match args.get(1) {
            Value::Nil => {}
            Value::Boolean(true) => settings.invalid.set(Invalid::Allow),
            Value::Boolean(false) => settings.invalid.set(Invalid::Refuse),
            _ => match option(lua, &args)?.as_str() {
                "null" => settings.invalid.set(Invalid::Null),
                "on" => settings.invalid.set(Invalid::Allow),
                "off" => settings.invalid.set(Invalid::Refuse),
                other => return Err(Fault::Argument(1, format!("invalid option '{other}'"))),
            },
        }
        Ok(match settings.invalid.get() {
            Invalid::Null => Value::String(lua.create_string("null")?),
            other => Value::Boolean(other == Invalid::Allow),
        })
    })?;
    add(lua, &cjson, "decode_invalid_numbers", &settings, |lua, args, settings| {
        boolean(lua, &args, 1, &settings.decode_invalid)
    })?;
    cjson.raw_set("new", function(lua, |lua, _| Ok(library(lua)?))?)?;
    cjson.raw_set("null", Value::NULL)?;
    cjson.raw_set("_NAME", "cjson")?;
    cjson.raw_set("_VERSION", "2.1.0")?;
    Ok(cjson)
}

fn add<F, R>(lua: &Lua, cjson: &Table, name: &str, settings: &Rc<Settings>, body: F) -> mlua::Result<()>
where
    F: Fn(&Lua, Args, &Settings) -> Outcome<R> + 'static,
    R: mlua::IntoLuaMulti,
{
    let settings = settings.clone();
    cjson.raw_set(name, function(lua, move |lua, args| body(lua, args, &settings))?)
}

fn only_argument(args: &Args) -> Outcome<()> {
    if args.count() == 1 { Ok(()) } else { Err(Fault::Argument(1, "expected 1 argument".into())) }
}

fn too_many(args: &Args, most: usize) -> Outcome<()> {
    if args.count() <= most {
        Ok(())
    } else {
        Err(Fault::Argument(most + 1, "found too many arguments".into()))
    }
}

/// Sets an integer if the argument is there; returns what it is now.
fn integer(
    lua: &Lua,
    args: &Args,
    number: usize,
    most: usize,
    low: i64,
    high: i64,
    setting: &Cell<i64>,
) -> Outcome<i64> {
    too_many(args, most)?;
    if !args.is_none_or_nil(number) {
        let value = to_integer(args.number(lua, number)?);
        if value < low || value > high {
            // Whichever argument it is, Redis blames the first.
            return Err(Fault::Argument(1, format!("expected integer between {low} and {high}")));
        }
        setting.set(value);
    }
    Ok(setting.get())
}

/// Sets a flag by `true`, `false`, "on" or "off" if the first argument is there; returns what it is now.
fn boolean(lua: &Lua, args: &Args, most: usize, setting: &Cell<bool>) -> Outcome<bool> {
    too_many(args, most)?;
    match args.get(1) {
        Value::Nil => {}
        Value::Boolean(value) => setting.set(*value),
        _ => match option(lua, args)?.as_str() {
            "on" => setting.set(true),
            "off" => setting.set(false),
            other => return Err(Fault::Argument(1, format!("invalid option '{other}'"))),
        },
    }
    Ok(setting.get())
}

fn option(lua: &Lua, args: &Args) -> Outcome<String> {
    Ok(args.string(lua, 1)?.to_string_lossy())
}
