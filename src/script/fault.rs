//! How a function of ours that a script calls fails: as a function of Lua's own would.
//!
//! Redis: `luaL_error`, `luaL_argerror` and `luaPushError` where its C functions call them.
//!
//! Different on purpose: a Rust function can raise only an error of Rust's, which a script would see as a strange
//! object. So it carries the value that the script is to see, and `pcall` and its like unpack it ([`caught`]).

use super::host;
use mlua::{AppDataRef, Error, FromLuaMulti, IntoLuaMulti, Lua, LuaString, MultiValue, Table, Value};
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
    Value(usize),
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
            Fault::Value(value) => match InFlight::put(lua, value) {
                Ok(place) => Raised::Value(place),
                Err(error) => return error,
            },
            Fault::Lua(error) => return error,
        };
        if let Err(error) = InFlight::count(lua) {
            return error;
        }
        Error::external(raised)
    }
}

/// `script:line: ` of the function of the script that called the one that runs; nothing if that is no Lua code. Lua:
/// `luaL_where`.
fn location(lua: &Lua) -> String {
    // The sandbox's own functions stand for Lua's, which have no line.
    for level in 1.. {
        let place = lua.inspect_stack(level, |debug| {
            let source = debug.source();
            if source.source.as_deref() == Some("=sandbox") {
                return None;
            }
            let line = debug.current_line().filter(|&line| line > 0);
            Some(
                line.zip(source.short_src)
                    .map_or(String::new(), |(line, source)| format!("{source}:{line}: ")),
            )
        });
        match place {
            Some(None) => {}
            Some(Some(place)) => return place,
            None => break,
        }
    }
    String::new()
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

/// Values that were raised and are not caught yet. They are kept in Lua: of values that are lent to Rust there can be
/// 8,000 only, and an error that was caught keeps what it has until it is collected. No more errors are on their way at
/// once than there are calls of C inside each other, which are 200.
struct InFlight {
    values: Table,
    next: Cell<usize>,
    errors: Cell<u32>,
}

/// Places for them.
const PLACES: usize = 256;
/// So many errors take about as much memory of Rust's, which Lua does not know of, as the work of a step of the collector
/// stands for.
const ERRORS_A_STEP: u32 = 16;

impl InFlight {
    fn of(lua: &Lua) -> mlua::Result<AppDataRef<'_, InFlight>> {
        if lua.app_data_ref::<InFlight>().is_none() {
            let values = lua.create_table()?;
            lua.try_set_app_data(InFlight { values, next: Cell::new(0), errors: Cell::new(0) }).ok();
        }
        lua.app_data_ref::<InFlight>().ok_or_else(|| Error::runtime("no place for errors"))
    }

    fn put(lua: &Lua, value: Value) -> mlua::Result<usize> {
        let this = InFlight::of(lua)?;
        let place = this.next.get() % PLACES + 1;
        this.next.set(place);
        this.values.raw_set(place, value)?;
        Ok(place)
    }

    fn take(lua: &Lua, place: usize) -> mlua::Result<Value> {
        let this = InFlight::of(lua)?;
        let value = this.values.raw_get(place)?;
        this.values.raw_set(place, Value::Nil)?;
        Ok(value)
    }

    fn count(lua: &Lua) -> mlua::Result<()> {
        let this = InFlight::of(lua)?;
        this.errors.set(this.errors.get() + 1);
        if this.errors.get() >= ERRORS_A_STEP {
            this.errors.set(0);
            lua.gc_step()?;
        }
        Ok(())
    }
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
                    Some(&Raised::Value(place)) => InFlight::take(lua, place),
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

/// A function of Rust's for scripts. It looks at the clock where it takes a long string ([`Args::string`]).
pub fn function<F, R>(lua: &Lua, body: F) -> mlua::Result<mlua::Function>
where
    F: Fn(&Lua, Args) -> Outcome<R> + 'static,
    R: IntoLuaMulti,
{
    function_of(lua, move |lua, values| body(lua, Args { values }))
}

/// A function of Rust's for scripts, whose arguments mlua takes apart: a list of them is dear for a function that does
/// little.
pub fn function_of<F, A, R>(lua: &Lua, body: F) -> mlua::Result<mlua::Function>
where
    F: Fn(&Lua, A) -> Outcome<R> + 'static,
    A: FromLuaMulti,
    R: IntoLuaMulti,
{
    lua.create_function(move |lua, args: A| body(lua, args).map_err(|fault| fault.raise(lua)))
}

/// The arguments of a call, counted from 1 as Lua does.
pub struct Args {
    values: MultiValue,
}

impl Args {
    /// These.
    pub fn of(values: MultiValue) -> Args {
        Args { values }
    }

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
            Value::String(text) => {
                host::long(lua, text.as_bytes().len())?;
                Ok(text.clone())
            }
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
            value @ Value::String(text) => {
                host::long(lua, text.as_bytes().len())?;
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

/// The number without its fraction, as an unsigned one. One that does not fit becomes what the processors of Redis's usual
/// hosts make of it: they take away 2^63 first if they can.
pub fn to_unsigned(number: f64) -> u64 {
    const HALF: f64 = 9223372036854775808.0;
    if number >= HALF { to_integer(number - HALF) as u64 ^ 1 << 63 } else { to_integer(number) as u64 }
}

/// The number without its fraction. One that does not fit becomes the smallest, as the processors of Redis's usual
/// hosts have it: C leaves it open.
pub fn to_integer(number: f64) -> i64 {
    if (-9223372036854775808.0..9223372036854775808.0).contains(&number) { number as i64 } else { i64::MIN }
}
