//! The state of Lua that all scripts run in: its libraries, and what keeps scripts in it.
//!
//! Redis: `scriptingInit` in `src/eval.c`, `luaRegisterRedisAPI` and the lists of allowed names in `src/script_lua.c`.
//!
//! Most of it is Lua itself, in `sandbox.lua`, and for what only scripts or only functions find in `scripts.lua` and
//! `functions.lua`; this file gives it what Rust has, and keeps what Rust needs of it.

use super::engine::Kind;
use super::fault::{Args, Fault, Outcome, caught, function, told};
use super::libraries::{bit, cjson, cmsgpack, random, redis_api, register, strings, struct_lib};
use super::{STACK, host};
use mlua::{Function, Lua, LuaOptions, LuaString, MultiValue, StdLib, Table, Value};
use std::rc::Rc;

/// What Rust has of Lua.
pub struct Natives {
    /// `next`
    pub next: Function,
    /// `pcall`
    pub pcall: Function,
    /// `function(object, key) return object[key] end`
    pub index: Function,
    /// The names by which tables stand for replies.
    pub names: Names,
    /// What is behind each of the tables that cannot be changed.
    behind: Table,
    /// What `sandbox.lua` has of Rust.
    native: Table,
}

/// The names by which tables stand for replies, made once: each table that a script returns is asked for all of them.
pub struct Names {
    /// `err`: an error.
    pub err: LuaString,
    /// `ignore_error_stats_update`: the error was counted.
    pub counted: LuaString,
    /// `ok`: a status.
    pub ok: LuaString,
    /// `double`
    pub double: LuaString,
    /// `map`
    pub map: LuaString,
    /// `set`
    pub set: LuaString,
    /// `big_number`
    pub big_number: LuaString,
    /// `verbatim_string`
    pub verbatim: LuaString,
}

impl Names {
    fn new(lua: &Lua) -> mlua::Result<Names> {
        Ok(Names {
            err: lua.create_string("err")?,
            counted: lua.create_string("ignore_error_stats_update")?,
            ok: lua.create_string("ok")?,
            double: lua.create_string("double")?,
            map: lua.create_string("map")?,
            set: lua.create_string("set")?,
            big_number: lua.create_string("big_number")?,
            verbatim: lua.create_string("verbatim_string")?,
        })
    }
}

impl Natives {
    /// Those of this state.
    pub fn of(lua: &Lua) -> Outcome<Rc<Natives>> {
        let natives = lua.app_data_ref::<Rc<Natives>>();
        natives.map(|natives| natives.clone()).ok_or_else(|| Fault::Bare("no sandbox".into()))
    }

    /// The table to look into: what is behind this one, if it is one that cannot be changed.
    pub fn behind(&self, table: &Table) -> Outcome<Table> {
        Ok(self.behind.raw_get::<Option<Table>>(table)?.unwrap_or_else(|| table.clone()))
    }

    /// Tells `sandbox.lua` whether the script is asked more often than others whether it may go on.
    pub fn set_often(&self, often: bool) -> mlua::Result<()> {
        self.native.raw_set("often", often)
    }

    /// Calls a function of the script's from one of ours; what it raises goes on being raised.
    pub fn call(&self, called: &Function, arguments: Vec<Value>) -> Outcome<Value> {
        let mut all = MultiValue::from_vec(arguments);
        all.push_front(Value::Function(called.clone()));
        let mut results: MultiValue = self.pcall.call(all)?;
        let ok = results.pop_front() == Some(Value::Boolean(true));
        let result = results.pop_front().unwrap_or(Value::Nil);
        match result {
            result if ok => Ok(result),
            Value::Error(error) => Err(Fault::Lua(*error)),
            raised => Err(Fault::Value(raised)),
        }
    }
}

/// A state that is ready for scripts or for functions, and the functions of Lua that the engine calls.
pub fn open(kind: Kind) -> mlua::Result<(Lua, Table)> {
    let lua = Lua::new_with(StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::OS, LuaOptions::new())?;
    let native = lua.create_table()?;
    native.raw_set("caught", lua.create_function(|lua, error: Value| caught(lua, error))?)?;
    native.raw_set("told", lua.create_function(|lua, error: Value| told(lua, error))?)?;
    native.raw_set("tick", function(&lua, |_, _| host::tick())?)?;
    native.raw_set("long", function(&lua, |lua, args| args.string(lua, 1).map(|_| ()))?)?;
    native.raw_set("enter", function(&lua, |lua, _| Ok(host::enter(lua)?))?)?;
    native.raw_set("where", lua.create_function(|lua, ()| Ok(place(lua)))?)?;
    native.raw_set("gmatch_check", function(&lua, check_gmatch)?)?;
    native.raw_set("stack", STACK)?;
    let globals = lua.globals();
    let math: Table = globals.raw_get("math")?;
    let string: Table = globals.raw_get("string")?;
    random::install(&lua, &math)?;
    strings::install(&lua, &string, &native)?;
    let libraries = lua.create_table()?;
    libraries.raw_set("math", math)?;
    libraries.raw_set("string", string)?;
    libraries.raw_set("bit", bit::library(&lua)?)?;
    libraries.raw_set("cjson", cjson::library(&lua)?)?;
    libraries.raw_set("cmsgpack", cmsgpack::library(&lua)?)?;
    libraries.raw_set("struct", struct_lib::library(&lua)?)?;
    let redis = redis_api::library(&lua)?;
    if let Kind::Scripts = kind {
        redis_api::add_for_scripts(&lua, &redis)?;
    }
    libraries.raw_set("redis", redis)?;
    let load = |text: &'static str| lua.load(text).set_name("=sandbox");
    let (engine, inside): (Table, Table) = load(include_str!("sandbox.lua")).call((&native, libraries))?;
    match kind {
        Kind::Scripts => load(include_str!("scripts.lua")).call::<()>((&native, &engine, inside))?,
        Kind::Functions(loading) => {
            let (redis, pending) = register::library(&lua, loading)?;
            let functions = load(include_str!("functions.lua"));
            functions.call::<()>((&native, &engine, inside, redis, pending))?;
        }
    }
    lua.set_app_data(Rc::new(Natives {
        next: engine.raw_get("next")?,
        pcall: engine.raw_get("pcall")?,
        index: engine.raw_get("index")?,
        names: Names::new(&lua)?,
        behind: engine.raw_get("behind")?,
        native,
    }));
    // What is compiled from now on sees only this.
    lua.set_globals(engine.raw_get("globals")?)?;
    host::watch(&lua)?;
    Ok((lua, engine))
}

/// The errors of `gmatch` for arguments that are no strings.
fn check_gmatch(lua: &Lua, args: Args) -> Outcome<()> {
    args.string(lua, 1)?;
    args.string(lua, 2)?;
    Ok(())
}

/// The source and the line of the script's innermost function.
fn place(lua: &Lua) -> (Option<String>, Option<usize>) {
    for level in 1.. {
        let found = lua.inspect_stack(level, |debug| {
            let source = debug.source();
            let source = source.source.filter(|name| source.what != "C" && *name != "=sandbox")?;
            Some((source.into_owned(), debug.current_line()?))
        });
        match found {
            None => break,
            Some(Some((source, line))) => return (Some(source), Some(line)),
            Some(None) => {}
        }
    }
    (None, None)
}
