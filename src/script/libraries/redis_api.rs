//! `redis`: what a script has of the server.
//!
//! Redis: `src/script_lua.c`, `luaRegisterRedisAPI` and the functions it registers; `replicate_commands`, `breakpoint`
//! and `debug` of `src/eval.c`.
//!
//! Different on purpose: there are no replicas and no debugger, so what speaks to them checks its arguments and does
//! nothing else; `set_repl` chooses for the append-only file alone.

use crate::resp::Protocol;
use crate::resp::owned::Words;
use crate::resp::reply::Reply;
use crate::script::fault::{Args, Fault, Outcome, error_table, function, to_integer};
use crate::script::host;
use crate::script::host::{BYTES_A_STEP, Steps};
use crate::script::memory::make_values;
use crate::script::sha1;
use crate::script::to_lua::{field, to_lua};
use crate::text::c::until_nul;
use crate::text::double;
use crate::text::quote::escaped;
use mlua::{Lua, MultiValue, Table, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// The memory that the calls of all scripts use one after another.
#[derive(Default)]
struct Buffers {
    words: Words,
    reply: Reply,
}

/// The words of a command have no more bytes than this: the same long string may stand there a thousand times.
const LONGEST: usize = 512 << 20;
/// A line of the log has no more bytes. Redis: `LOG_MAX_LEN`.
const LONGEST_LINE: usize = 1024;
/// Replies up to this size leave their memory for the next.
const SPARE: usize = 1 << 16;
/// The flag of `set_repl` that asks for the append-only file. Redis: `PROPAGATE_AOF`.
const REPL_AOF: i64 = 1;

/// The table `redis`.
pub fn library(lua: &Lua) -> mlua::Result<Table> {
    let redis = lua.create_table()?;
    let buffers = Rc::new(RefCell::new(Buffers::default()));
    for (name, raises) in [("call", true), ("pcall", false)] {
        let buffers = buffers.clone();
        redis.raw_set(name, function(lua, move |lua, args| call(lua, args, &buffers, raises))?)?;
    }
    redis.raw_set("error_reply", function(lua, error_reply)?)?;
    redis.raw_set("status_reply", function(lua, status_reply)?)?;
    redis.raw_set("sha1hex", function(lua, sha1hex)?)?;
    redis.raw_set("setresp", function(lua, setresp)?)?;
    redis.raw_set("set_repl", function(lua, set_repl)?)?;
    redis.raw_set("acl_check_cmd", function(lua, acl_check_cmd)?)?;
    for (name, flags) in
        [("REPL_NONE", 0), ("REPL_AOF", REPL_AOF), ("REPL_SLAVE", 2), ("REPL_REPLICA", 2), ("REPL_ALL", 3)]
    {
        redis.raw_set(name, flags)?;
    }
    add_log_and_version(lua, &redis)?;
    Ok(redis)
}

/// What only scripts have of it, and not functions. Redis: `scriptingInit`.
pub fn add_for_scripts(lua: &Lua, redis: &Table) -> mlua::Result<()> {
    redis.raw_set("replicate_commands", function(lua, |_, _| Ok(true))?)?;
    redis.raw_set("breakpoint", function(lua, |_, _| Ok(false))?)?;
    redis.raw_set("debug", function(lua, |_, _| Ok(()))?)
}

/// What the text of a library of functions has of it, too. Redis: `luaRegisterLogFunction`, `luaRegisterVersion`.
pub fn add_log_and_version(lua: &Lua, redis: &Table) -> mlua::Result<()> {
    redis.raw_set("log", function(lua, log)?)?;
    for (level, name) in ["LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"].into_iter().enumerate() {
        redis.raw_set(name, level)?;
    }
    redis.raw_set("REDIS_VERSION", crate::base::REDIS_VERSION)?;
    let parts = crate::base::REDIS_VERSION.split('.').map(|part| part.parse().unwrap_or(0));
    redis.raw_set("REDIS_VERSION_NUM", parts.fold(0, |number, part: u32| number << 8 | part))
}

/// `redis.call(command, …)`, which raises an error that the command replies, and `redis.pcall`, which returns it.
// ANCHOR: redis-call
fn call(lua: &Lua, args: Args, buffers: &RefCell<Buffers>, raises: bool) -> Outcome<Value> {
    let mut buffers = buffers.borrow_mut();
    let Buffers { words, reply } = &mut *buffers;
    words.clear();
    reply.bytes.clear();
    if let Err(fault) = command_words(args, words) {
        let Fault::Bare(message) = fault else { return Err(fault) };
        return failed(lua, message.as_bytes(), raises);
    }
    host::long(lua, words.len())?;
    let micros = host::with(|host| host.call(words.request(), reply));
    host::command_ended(micros)?;
    let result = match reply.bytes.strip_prefix(b"-") {
        _ if reply.overflowed => Err(Fault::Lua(mlua::Error::MemoryError("not enough memory".into()))),
        Some(error) => failed(lua, error.strip_suffix(b"\r\n").unwrap_or(error), raises),
        None => {
            host::long(lua, reply.bytes.len())?;
            make_values(lua, reply.bytes.len(), || to_lua(lua, &reply.bytes))
        }
    };
    reply.bytes.shrink_to(SPARE);
    result
}
// ANCHOR_END: redis-call

/// The words of a command. Numbers are written out in full.
fn command_words(args: Args, words: &mut Words) -> Outcome<()> {
    if args.count() == 0 {
        return Err(Fault::Bare("ERR Please specify at least one argument for this redis lib call".into()));
    }
    let mut steps = Steps::default();
    for value in args.into_values() {
        if words.len() > LONGEST {
            return Err(Fault::Bare("ERR Lua redis lib command arguments are too long".into()));
        }
        match value {
            Value::String(text) => {
                let text = text.as_bytes();
                steps.take(text.len() / BYTES_A_STEP)?;
                words.push(&text);
            }
            Value::Integer(number) if number.unsigned_abs() <= 1 << 62 => {
                words.push(number.to_string().as_bytes());
            }
            Value::Integer(number) => words.push(&double::text(number as f64)),
            Value::Number(0.0) => words.push(b"0"),
            Value::Number(number) if number.is_nan() && number.is_sign_negative() => words.push(b"-nan"),
            Value::Number(number) => words.push(&double::text(number)),
            _ => {
                let text = "ERR Lua redis lib command arguments must be strings or integers";
                return Err(Fault::Bare(text.into()));
            }
        }
    }
    Ok(())
}

/// A table that stands for an error that has been counted: returned or raised.
fn failed(lua: &Lua, message: &[u8], raises: bool) -> Outcome<Value> {
    if raises {
        return Err(Fault::Table { message: message.to_vec(), counted: true });
    }
    Ok(Value::Table(error_table(lua, message, true)?))
}

/// Raises an error of the library's own.
fn refuse<T>(message: &str) -> Outcome<T> {
    Err(Fault::Table { message: message.into(), counted: false })
}

/// The only argument, if it is one, and a string.
fn only_string(args: &Args) -> Option<Vec<u8>> {
    match args.get(1) {
        Value::String(text) if args.count() == 1 => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}

const WRONG_ARGUMENTS: &str = "ERR wrong number or type of arguments";

/// `redis.error_reply(text)`: a table that stands for an error. The first word is its code; a single word gets one.
fn error_reply(lua: &Lua, args: Args) -> Outcome<Table> {
    let Some(text) = only_string(&args) else { return Ok(field(lua, "err", WRONG_ARGUMENTS)?) };
    let text = until_nul(&text);
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (code, message) = match memchr::memchr(b' ', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (&b"ERR"[..], text),
    };
    let is_line_end = |byte: &u8| *byte == b'\r' || *byte == b'\n';
    let start = message.iter().position(|byte| !is_line_end(byte)).unwrap_or(message.len());
    let end = message.iter().rposition(|byte| !is_line_end(byte)).map_or(start, |at| at + 1);
    let full = [code, b" ", &message[start..end]].concat();
    Ok(field(lua, "err", lua.create_string(full)?)?)
}

/// `redis.status_reply(text)`: a table that stands for a status.
fn status_reply(lua: &Lua, args: Args) -> Outcome<Table> {
    match only_string(&args) {
        Some(text) => Ok(field(lua, "ok", lua.create_string(text)?)?),
        None => Ok(field(lua, "err", WRONG_ARGUMENTS)?),
    }
}

/// `redis.sha1hex(text)`
fn sha1hex(lua: &Lua, args: Args) -> Outcome<Value> {
    if args.count() != 1 {
        return refuse("ERR wrong number of arguments");
    }
    // What is no text counts as an empty one.
    let sha = match args.string(lua, 1) {
        Ok(text) => sha1(&text.as_bytes()),
        Err(_) => sha1(b""),
    };
    Ok(Value::String(lua.create_string(sha)?))
}

/// `redis.log(level, text, …)`
fn log(lua: &Lua, args: Args) -> Outcome<()> {
    if args.count() < 2 {
        return refuse("ERR redis.log() requires two arguments or more.");
    }
    let Ok(level) = args.number(lua, 1) else {
        return refuse("ERR First argument must be a number (log level).");
    };
    let level = to_integer(level);
    if !(0..=3).contains(&level) {
        return refuse("ERR Invalid log level.");
    }
    let mut text = String::new();
    for number in 2..=args.count() {
        if let Ok(part) = args.string(lua, number) {
            add_to_line(&mut text, &part.as_bytes());
        }
    }
    let text = escaped(&text);
    match level {
        0 => tracing::trace!(target: "cutaway::script", "{text}"),
        1 => tracing::debug!(target: "cutaway::script", "{text}"),
        2 => tracing::info!(target: "cutaway::script", "{text}"),
        _ => tracing::warn!(target: "cutaway::script", "{text}"),
    }
    Ok(())
}

/// Appends a word to a line of the log, as much as there is room for: it may be the same long string a thousand times.
fn add_to_line(line: &mut String, word: &[u8]) {
    let room = LONGEST_LINE.saturating_sub(line.len() + 1);
    if room > 0 {
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(&String::from_utf8_lossy(&word[..word.len().min(room)]));
    }
}

/// `redis.setresp(2 or 3)`: which types `redis.call` returns.
fn setresp(lua: &Lua, args: Args) -> Outcome<()> {
    if args.count() != 1 {
        return refuse("ERR redis.setresp() requires one argument.");
    }
    let protocol = match args.number(lua, 1).map(to_integer) {
        Ok(2) => Protocol::Resp2,
        Ok(3) => Protocol::Resp3,
        _ => return refuse("ERR RESP version must be 2 or 3."),
    };
    host::with(|host| {
        if let Some(script) = host.script() {
            script.protocol = protocol;
        }
    });
    Ok(())
}

/// `redis.set_repl(flags)`: there are no replicas; `REPL_AOF` says whether the append-only file has the script's commands.
fn set_repl(lua: &Lua, args: Args) -> Outcome<()> {
    if args.count() != 1 {
        return refuse("ERR redis.set_repl() requires one argument.");
    }
    let flags = to_integer(args.number(lua, 1).unwrap_or(0.0));
    if flags & !3 != 0 {
        let text = "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.";
        return refuse(text);
    }
    host::with(|host| {
        if let Some(script) = host.script() {
            script.silent = flags & REPL_AOF == 0;
        }
    });
    Ok(())
}

/// `redis.acl_check_cmd(command, …)`: the only user may call any command there is.
fn acl_check_cmd(_: &Lua, args: Args) -> Outcome<MultiValue> {
    let mut words = Words::default();
    if let Err(fault) = command_words(args, &mut words) {
        let Fault::Bare(message) = fault else { return Err(fault) };
        return refuse(&message);
    }
    let request = words.request();
    match host::with(|host| host.accepts(request)).flatten() {
        Some(true) => {}
        Some(false) => return refuse("ERR Wrong number of args for redis.acl_check_cmd()"),
        _ => return refuse("ERR Invalid command passed to redis.acl_check_cmd()"),
    }
    Ok([Value::Boolean(true)].into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_log_is_cut() {
        let mut line = String::new();
        add_to_line(&mut line, b"one");
        add_to_line(&mut line, b"");
        add_to_line(&mut line, b"two");
        assert_eq!(line, "one  two");
        (0..3).for_each(|_| add_to_line(&mut line, &[b'x'; 700]));
        assert_eq!((line.len(), &line[..10]), (LONGEST_LINE, "one  two x"));
    }
}
