//! `redis` as the text of a library of functions has it while it is loaded: `redis.register_function`.
//!
//! Redis: `luaRegisterFunction` and what it calls in `src/function_lua.c`; `functionLibCreateFunction` in
//! `src/functions.c`.
//!
//! Different on purpose: names that differ in their case alone are refused in a library as they are between libraries. Redis
//! 8.0.2 accepts them, finds only one of them, and ends when the library is deleted.

use super::redis_api::add_log_and_version;
use crate::script::fault::{Args, Fault, Outcome, function};
use crate::script::functions::{Loading, Registered};
use crate::script::host::Steps;
use crate::script::sandbox::Natives;
use crate::script::shebang::{Flags, WRONG_NAME, is_name};
use crate::text::c::is_word;
use mlua::{Function, Lua, Table, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// The table `redis`, and the table of the functions that are registered: each by its name in lower case.
pub fn library(lua: &Lua, loading: Rc<RefCell<Loading>>) -> mlua::Result<(Table, Table)> {
    let (redis, pending) = (lua.create_table()?, lua.create_table()?);
    add_log_and_version(lua, &redis)?;
    let functions = pending.clone();
    let register = function(lua, move |lua, args| {
        if !loading.borrow().is_open() {
            return refuse("redis.register_function can only be called on FUNCTION LOAD command");
        }
        let (registered, callback) = match args.count() {
            1 => named(lua, &args)?,
            2 => positional(lua, &args)?,
            _ => return refuse("wrong number of arguments to redis.register_function"),
        };
        let name = registered.name.to_ascii_lowercase();
        loading.borrow_mut().add(registered).or_else(refuse)?;
        Ok(functions.raw_set(lua.create_string(name)?, callback)?)
    })?;
    redis.raw_set("register_function", register)?;
    Ok((redis, pending))
}

/// Raises an error of the library's own.
fn refuse<T>(message: &str) -> Outcome<T> {
    Err(Fault::Table { message: [b"ERR ", message.as_bytes()].concat(), counted: false })
}

/// `redis.register_function(name, callback)`
fn positional(lua: &Lua, args: &Args) -> Outcome<(Registered, Function)> {
    let Some(name) = text(lua, args.get(1))? else {
        return refuse("first argument to redis.register_function must be a string");
    };
    let Value::Function(callback) = args.get(2) else {
        return refuse("second argument to redis.register_function must be a function");
    };
    registered(name, None, Flags::default(), callback.clone())
}

/// `redis.register_function{function_name=…, callback=…, description=…, flags={…}}`
fn named(lua: &Lua, args: &Args) -> Outcome<(Registered, Function)> {
    let Value::Table(arguments) = args.get(1) else {
        return refuse(
            "calling redis.register_function with a single argument is only applicable to Lua table (representing named \
             arguments).",
        );
    };
    let (mut name, mut description, mut callback, mut flags) = (None, None, None, Flags::default());
    let mut steps = Steps::default();
    for argument in Natives::of(lua)?.behind(arguments)?.pairs::<Value, Value>() {
        steps.take(1)?;
        let (key, value) = argument?;
        let Some(key) = text(lua, &key)? else {
            return refuse("named argument key given to redis.register_function is not a string");
        };
        if is_word(&key, b"function_name") {
            name = text(lua, &value)?;
            if name.is_none() {
                return refuse("function_name argument given to redis.register_function must be a string");
            }
        } else if is_word(&key, b"description") {
            description = text(lua, &value)?;
            if description.is_none() {
                return refuse("description argument given to redis.register_function must be a string");
            }
        } else if is_word(&key, b"callback") {
            let Value::Function(function) = value else {
                return refuse("callback argument given to redis.register_function must be a function");
            };
            callback = Some(function);
        } else if is_word(&key, b"flags") {
            let Value::Table(given) = value else {
                return refuse(
                    "flags argument to redis.register_function must be a table representing function flags",
                );
            };
            flags = self::flags(lua, &given)?;
        } else {
            return refuse("unknown argument given to redis.register_function");
        }
    }
    let Some(name) = name else {
        return refuse("redis.register_function must get a function name argument");
    };
    let Some(callback) = callback else {
        return refuse("redis.register_function must get a callback argument");
    };
    registered(name, description, flags, callback)
}

fn registered(
    name: Vec<u8>,
    description: Option<Vec<u8>>,
    flags: Flags,
    callback: Function,
) -> Outcome<(Registered, Function)> {
    if !is_name(&name) {
        return refuse(WRONG_NAME);
    }
    Ok((Registered { name: name.into(), description: description.map(Vec::into), flags }, callback))
}

/// The flags that a table names from 1 on, up to the first nil.
fn flags(lua: &Lua, given: &Table) -> Outcome<Flags> {
    let mut flags = Flags::default();
    let mut steps = Steps::default();
    for place in 1.. {
        steps.take(1)?;
        let value: Value = given.raw_get(place)?;
        if value.is_nil() {
            break;
        }
        let name = text(lua, &value)?;
        if !name.is_some_and(|name| flags.add(|flag| is_word(&name, flag.as_bytes()))) {
            return refuse("unknown flag given");
        }
    }
    Ok(flags)
}

/// A string, or the text of a number; None: it is neither.
fn text(lua: &Lua, value: &Value) -> Outcome<Option<Vec<u8>>> {
    match value {
        Value::String(_) | Value::Integer(_) | Value::Number(_) => {
            Ok(lua.coerce_string(value.clone())?.map(|text| text.as_bytes().to_vec()))
        }
        _ => Ok(None),
    }
}
