//! How a function of ours that a script calls fails: as a function of Lua's own would.
//!
//! Redis: `luaL_error`, `luaL_argerror` and `luaPushError` where its C functions call them.
//!
//! Different on purpose: a Rust function can raise only an error of Rust's, which a script would see as a strange
//! object. So it carries the value that the script is to see, and `pcall` and its like unpack it ([`caught`]).

use super::host;
use mlua::{Error, IntoLuaMulti, Lua, LuaString, MultiValue, Table, Value};
use std::cell::Cell;
use std::fmt;

/// Why a function did not return.
#[derive(Debug)]
pub enum Fault {
    /// A text, told with the line of the script in front. Lua: `luaL_error`.
    Message(String),
    /// An argument, counted from 1, and what is wrong with it. Lua: `luaL_argerror`.
    Argument(usize, String),
    /// A text, told as it is. Lua: `luaG_runerror` inside a C function.
    Bare(String),
    /// A table that stands for an error, with this text; `counted`: the statistics have it already. Redis:
    /// `luaPushError`.
    Table {
        /// What `err` is.
        message: Vec<u8>,
        /// Whether `ignore_error_stats_update` is set.
        counted: bool,
    },
    /// A value that a function of the script's own raised.
    Value(Value),
    /// Lua itself failed: most likely it has no memory left.
    Lua(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Lua(error)
    }
}

/// The result of a function that a script calls.
pub type Outcome<T> = Result<T, Fault>;

/// What an error of Rust's carries through Lua.
#[derive(Debug)]
enum Raised {
    Text(String),
    Table { message: Vec<u8>, counted: bool },
    Value(Value),
}

impl fmt::Display for Raised {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Raised::Text(text) => out.write_str(text),
            Raised::Table { message, .. } => out.write_str(&String::from_utf8_lossy(message)),
            Raised::Value(_) => out.write_str("a value"),
        }
    }
}

impl std::error::Error for Raised {}

impl Fault {
    /// The error to raise from a function that Lua has called just now.
    fn raise(self, lua: &Lua) -> Error {
        let raised = match self {
            Fault::Message(text) => Raised::Text(location(lua) + &text),
            Fault::Argument(number, what) => {
                Raised::Text(location(lua) + &about_argument(lua, number, &what))
            }
            Fault::Bare(text) => Raised::Text(text),
            Fault::Table { message, counted } => Raised::Table { message, counted },
            Fault::Value(value) => Raised::Value(value),
            Fault::Lua(error) => return error,
        };
        let weight = if matches!(raised, Raised::Value(_)) { 20 } else { 1 };
        if let Err(error) = collect_in_time(lua, weight) {
            return error;
        }
        Error::external(raised)
    }
}

/// `script:line: ` of whoever called the function that runs; nothing if that is no Lua code. Lua: `luaL_where`.
fn location(lua: &Lua) -> String {
    let place = lua.inspect_stack(1, |debug| {
        let line = debug.current_line().filter(|&line| line > 0)?;
        Some(format!("{}:{line}: ", debug.source().short_src?))
    });
    place.flatten().unwrap_or_default()
}

/// Names the function as the script called it: the same function may have many names. Lua: `luaL_argerror`.
fn about_argument(lua: &Lua, number: usize, what: &str) -> String {
    let names = lua.inspect_stack(0, |debug| {
        let names = debug.names();
        (names.name.map(|name| name.into_owned()), names.name_what == Some("method"))
    });
    let (name, is_method) = names.unwrap_or_default();
    let name = name.unwrap_or_else(|| "?".into());
    match number - usize::from(is_method && number > 0) {
        0 if is_method => format!("calling '{name}' on bad self ({what})"),
        number => format!("bad argument #{number} to '{name}' ({what})"),
    }
}

/// A table that stands for an error.
pub fn error_table(lua: &Lua, message: &[u8], counted: bool) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, 2)?;
    table.raw_set("err", lua.create_string(message)?)?;
    if counted {
        table.raw_set("ignore_error_stats_update", true)?;
    }
    Ok(table)
}

/// What a script catches stays in Lua until it is collected, and what that takes of Rust is not known to Lua: memory
/// for the texts of errors, and one of the few thousand places for each value that is lent to Rust. So errors are
/// counted, by what they take, and collected in time.
struct Uncollected(Cell<u32>);

const COLLECT: u32 = 10_000;

fn collect_in_time(lua: &Lua, weight: u32) -> mlua::Result<()> {
    let due = match lua.app_data_ref::<Uncollected>() {
        Some(count) => {
            count.0.set(count.0.get() + weight);
            count.0.get() >= COLLECT && {
                count.0.set(0);
                true
            }
        }
        None => {
            lua.try_set_app_data(Uncollected(Cell::new(weight))).ok();
            false
        }
    };
    if due { lua.gc_collect() } else { Ok(()) }
}

/// The value that a script is to see of an error it has caught.
pub fn caught(lua: &Lua, error: Value) -> mlua::Result<Value> {
    // A script that is killed catches nothing.
    host::check_alive()?;
    told(lua, error)
}

/// The value that stands for an error in Lua.
pub fn told(lua: &Lua, error: Value) -> mlua::Result<Value> {
    let Value::Error(error) = error else { return Ok(error) };
    let mut error = &*error;
    loop {
        match error {
            Error::CallbackError { cause, .. } | Error::WithContext { cause, .. } => error = cause,
            Error::ExternalError(cause) => {
                return match cause.downcast_ref::<Raised>() {
                    Some(Raised::Value(value)) => Ok(value.clone()),
                    Some(Raised::Table { message, counted }) => {
                        Ok(Value::Table(error_table(lua, message, *counted)?))
                    }
                    _ => Ok(Value::String(lua.create_string(cause.to_string())?)),
                };
            }
            Error::MemoryError(_) => return Ok(Value::String(lua.create_string("not enough memory")?)),
            other => return Ok(Value::String(lua.create_string(other.to_string())?)),
        }
    }
}

/// Whatever is done with so long a string takes a while.
const LONG: usize = 1 << 20;
/// Lua's own instructions take long with one like this.
const VERY_LONG: usize = 1 << 24;

/// How long a value is, if it is a string.
fn length(value: &Value) -> usize {
    if let Value::String(text) = value { text.as_bytes().len() } else { 0 }
}

/// A function of Rust's for scripts. It looks at the clock if it is to work on a long string.
pub fn function<F, R>(lua: &Lua, body: F) -> mlua::Result<mlua::Function>
where
    F: Fn(&Lua, Args) -> Outcome<R> + 'static,
    R: IntoLuaMulti,
{
    lua.create_function(move |lua, values: MultiValue| {
        let longest = values.iter().map(length).max().unwrap_or(0);
        if longest > LONG {
            host::tick().map_err(|fault| fault.raise(lua))?;
        }
        if longest > VERY_LONG {
            host::slow_down(lua)?;
        }
        body(lua, Args { values }).map_err(|fault| fault.raise(lua))
    })
}

/// The arguments of a call, counted from 1 as Lua does.
pub struct Args {
    values: MultiValue,
}

impl Args {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// One of them; nil if there are fewer.
    pub fn get(&self, number: usize) -> &Value {
        self.values.get(number - 1).unwrap_or(&Value::Nil)
    }

    /// Whether there is no such argument, or nil in its place.
    pub fn is_none_or_nil(&self, number: usize) -> bool {
        self.get(number).is_nil()
    }

    /// All of them.
    pub fn into_values(self) -> MultiValue {
        self.values
    }

    /// An argument that must be a string; a number is taken for its text.
    pub fn string(&self, lua: &Lua, number: usize) -> Outcome<LuaString> {
        match self.get(number) {
            Value::String(text) => Ok(text.clone()),
            value @ (Value::Integer(_) | Value::Number(_)) => {
                lua.coerce_string(value.clone())?.ok_or_else(|| self.expected(number, "string"))
            }
            _ => Err(self.expected(number, "string")),
        }
    }

    /// An argument that must be a number; a string that looks like one will do.
    pub fn number(&self, lua: &Lua, number: usize) -> Outcome<f64> {
        match self.get(number) {
            Value::Integer(n) => Ok(*n as f64),
            Value::Number(n) => Ok(*n),
            value @ Value::String(_) => {
                lua.coerce_number(value.clone())?.ok_or_else(|| self.expected(number, "number"))
            }
            _ => Err(self.expected(number, "number")),
        }
    }

    /// The same, as C converts it to an `int`; `default` if there is none.
    pub fn integer_or(&self, lua: &Lua, number: usize, default: i64) -> Outcome<i64> {
        if self.is_none_or_nil(number) { Ok(default) } else { Ok(to_integer(self.number(lua, number)?)) }
    }

    /// `string expected, got nil`
    pub fn expected(&self, number: usize, what: &str) -> Fault {
        let got = if number > self.count() { "no value" } else { type_name(self.get(number)) };
        Fault::Argument(number, format!("{what} expected, got {got}"))
    }
}

/// What `type` says of a value.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Boolean(_) => "boolean",
        Value::Integer(_) | Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Table(_) => "table",
        Value::Function(_) => "function",
        Value::Thread(_) => "thread",
        _ => "userdata",
    }
}

/// The number without its fraction. One that does not fit becomes the smallest, as the processors of Redis's usual
/// hosts have it: C leaves it open.
pub fn to_integer(number: f64) -> i64 {
    if (-9223372036854775808.0..9223372036854775808.0).contains(&number) { number as i64 } else { i64::MIN }
}
