//! `string.find`, `match`, `gmatch` and `gsub`, over [`Matcher`].
//!
//! Redis: `deps/lua/src/lstrlib.c`, `str_find_aux`, `gmatch`, `str_gsub`.

use super::pattern::{Capture, Matcher};
use crate::script::fault::{Args, Fault, Outcome, function};
use crate::script::host;
use crate::script::memory::make_values;
use crate::script::sandbox::Natives;
use crate::text::c::until_nul;
use mlua::{Lua, MultiValue, Table, Value};

/// The longest result: it must fit into the memory of a script as well.
const LONGEST: usize = 256 << 20;

/// Puts the functions into `string`, and `gmatch_step`, of which the sandbox makes `gmatch`, into `native`.
pub fn install(lua: &Lua, string: &Table, native: &Table) -> mlua::Result<()> {
    string.raw_set("find", function(lua, |lua, args| search(lua, args, true))?)?;
    string.raw_set("match", function(lua, |lua, args| search(lua, args, false))?)?;
    string.raw_set("gsub", function(lua, gsub)?)?;
    native.raw_set("gmatch_step", function(lua, gmatch_step)?)
}

/// A pattern without its `^`, and whether it had one. Its first NUL ends it, as C sees it.
fn anchored(pattern: &[u8]) -> (&[u8], bool) {
    match until_nul(pattern) {
        [b'^', rest @ ..] => (rest, true),
        all => (all, false),
    }
}

/// `string.find` (with the places of the match) and `string.match`.
fn search(lua: &Lua, args: Args, find: bool) -> Outcome<MultiValue> {
    let subject = args.string(lua, 1)?;
    let subject = subject.as_bytes();
    let pattern = args.string(lua, 2)?;
    let pattern = pattern.as_bytes();
    let init = args.integer_or(lua, 3, 1)?;
    let from_end = if init < 0 { (subject.len() as i64).saturating_add(init) } else { init - 1 };
    let start = (from_end.max(0) as usize).min(subject.len());
    let nothing = || Ok(MultiValue::from_vec(vec![Value::Nil]));
    let plain = !matches!(args.get(4), Value::Nil | Value::Boolean(false));
    if find && (plain || !until_nul(&pattern).iter().any(|byte| b"^$*+?.([%-".contains(byte))) {
        return match memchr::memmem::find(&subject[start..], &pattern) {
            Some(at) => {
                let places = [start + at + 1, start + at + pattern.len()];
                Ok(places.into_iter().map(|place| Value::Number(place as f64)).collect())
            }
            None => nothing(),
        };
    }
    let (pattern, anchor) = anchored(&pattern);
    let mut matcher = Matcher::new(&subject, pattern);
    let Some((start, end)) = matcher.find(start, anchor)? else { return nothing() };
    let mut values = Vec::new();
    if find {
        values.extend([Value::Number((start + 1) as f64), Value::Number(end as f64)]);
    }
    let least = if find { 0 } else { 1 };
    captures(lua, &matcher, &subject, (start, end), least, &mut values)?;
    Ok(MultiValue::from_vec(values))
}

/// Appends the captures; the whole match if there is none and at least one is wanted.
fn captures(
    lua: &Lua,
    matcher: &Matcher<'_>,
    subject: &[u8],
    (start, end): (usize, usize),
    least: usize,
    values: &mut Vec<Value>,
) -> Outcome<()> {
    for index in 0..matcher.captured().max(least) {
        values.push(value(lua, subject, matcher.capture(index, start, end)?)?);
    }
    Ok(())
}

fn value(lua: &Lua, subject: &[u8], capture: Capture) -> Outcome<Value> {
    Ok(match capture {
        Capture::Text(start, len) => {
            Value::String(make_values(lua, len, || lua.create_string(&subject[start..start + len]))?)
        }
        Capture::Position(at) | Capture::Unfinished(at) => Value::Number((at + 1) as f64),
    })
}

/// The next match of `gmatch(subject, pattern)` from a place on: where to go on, and its captures. Nothing: no more.
fn gmatch_step(lua: &Lua, args: Args) -> Outcome<MultiValue> {
    let subject = args.string(lua, 1)?;
    let subject = subject.as_bytes();
    let pattern = args.string(lua, 2)?;
    let pattern = pattern.as_bytes();
    let start = args.integer_or(lua, 3, 0)?.max(0) as usize;
    if start > subject.len() {
        return Ok(MultiValue::new());
    }
    let mut matcher = Matcher::new(&subject, until_nul(&pattern));
    let Some((start, end)) = matcher.find(start, false)? else { return Ok(MultiValue::new()) };
    // After an empty match the search goes on one byte further.
    let mut values = vec![Value::Number((end + usize::from(start == end)) as f64)];
    captures(lua, &matcher, &subject, (start, end), 1, &mut values)?;
    Ok(MultiValue::from_vec(values))
}

/// `string.gsub(subject, pattern, replacement [, times])`
fn gsub(lua: &Lua, args: Args) -> Outcome<(mlua::LuaString, f64)> {
    let subject = args.string(lua, 1)?;
    let subject = subject.as_bytes();
    let pattern = args.string(lua, 2)?;
    let pattern = pattern.as_bytes();
    let replacement = match args.get(3) {
        Value::Integer(_) | Value::Number(_) | Value::String(_) => Value::String(args.string(lua, 3)?),
        value @ (Value::Table(_) | Value::Function(_)) => value.clone(),
        _ => return Err(Fault::Argument(3, "string/function/table expected".into())),
    };
    // An `int` of C's.
    let times = args.integer_or(lua, 4, subject.len() as i64 + 1)? as i32;
    let (pattern, anchor) = anchored(&pattern);
    let mut matcher = Matcher::new(&subject, pattern);
    let mut out = Vec::with_capacity(subject.len());
    let (mut at, mut count) = (0, 0);
    while count < times {
        let end = matcher.at(at)?;
        if let Some(end) = end {
            count += 1;
            replace(lua, &mut out, &matcher, &subject, (at, end), &replacement)?;
        }
        match end {
            Some(end) if end > at => at = end,
            _ if at < subject.len() => {
                out.push(subject[at]);
                at += 1;
            }
            _ => break,
        }
        if anchor {
            break;
        }
        if out.len() > LONGEST {
            return Err(Fault::Bare("not enough memory".into()));
        }
    }
    out.extend_from_slice(subject.get(at..).unwrap_or(&[]));
    host::long(lua, out.len())?;
    Ok((lua.create_string(&out)?, count as f64))
}

/// Appends what a match is replaced by.
fn replace(
    lua: &Lua,
    out: &mut Vec<u8>,
    matcher: &Matcher<'_>,
    subject: &[u8],
    (start, end): (usize, usize),
    replacement: &Value,
) -> Outcome<()> {
    let result = match replacement {
        Value::String(text) => return expand(out, matcher, subject, (start, end), &text.as_bytes()),
        Value::Table(table) => {
            let natives = Natives::of(lua)?;
            let key = value(lua, subject, matcher.capture(0, start, end)?)?;
            natives.call(&natives.index, vec![Value::Table(table.clone()), key])?
        }
        Value::Function(function) => {
            let mut arguments = Vec::new();
            captures(lua, matcher, subject, (start, end), 1, &mut arguments)?;
            Natives::of(lua)?.call(function, arguments)?
        }
        _ => Value::Nil,
    };
    match result {
        Value::Nil | Value::Boolean(false) => out.extend_from_slice(&subject[start..end]),
        Value::String(text) => out.extend_from_slice(&text.as_bytes()),
        number @ (Value::Integer(_) | Value::Number(_)) => {
            if let Some(text) = lua.coerce_string(number)? {
                out.extend_from_slice(&text.as_bytes());
            }
        }
        other => {
            let text = format!("invalid replacement value (a {})", crate::script::fault::type_name(&other));
            return Err(Fault::Message(text));
        }
    }
    Ok(())
}

/// `%1` stands for a capture, `%0` for the whole match, `%` and anything else for that.
fn expand(
    out: &mut Vec<u8>,
    matcher: &Matcher<'_>,
    subject: &[u8],
    (start, end): (usize, usize),
    text: &[u8],
) -> Outcome<()> {
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'%' => match bytes.next() {
                Some(b'0') => out.extend_from_slice(&subject[start..end]),
                Some(digit) if digit.is_ascii_digit() => {
                    match matcher.capture(usize::from(digit - b'1'), start, end)? {
                        Capture::Text(start, len) => out.extend_from_slice(&subject[start..start + len]),
                        Capture::Position(at) | Capture::Unfinished(at) => {
                            out.extend((at + 1).to_string().as_bytes());
                        }
                    }
                }
                Some(&other) => out.push(other),
                // C sees the NUL behind the text.
                None => out.push(0),
            },
            byte => out.push(byte),
        }
        if out.len() > LONGEST {
            return Err(Fault::Bare("not enough memory".into()));
        }
    }
    Ok(())
}
