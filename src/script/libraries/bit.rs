//! `bit`: the operations on 32 bits that Lua 5.1 lacks.
//!
//! Redis: `deps/lua/src/lua_bit.c` (Lua BitOp).

use crate::script::fault::{Args, Outcome, function_of};
use mlua::{FromLua, IntoLua, Lua, MultiValue, Table, Value};

/// The table `bit`.
pub fn library(lua: &Lua) -> mlua::Result<Table> {
    let bit = lua.create_table()?;
    add(lua, &bit, "tobit", |lua, of| of.first(lua))?;
    add(lua, &bit, "bnot", |lua, of| Ok(!of.first(lua)?))?;
    add(lua, &bit, "bswap", |lua, of| Ok(of.first(lua)?.swap_bytes()))?;
    add(lua, &bit, "band", |lua, of| of.fold(lua, |a, b| a & b))?;
    add(lua, &bit, "bor", |lua, of| of.fold(lua, |a, b| a | b))?;
    add(lua, &bit, "bxor", |lua, of| of.fold(lua, |a, b| a ^ b))?;
    add(lua, &bit, "lshift", |lua, of| of.shift(lua, |a, by| a << by))?;
    add(lua, &bit, "rshift", |lua, of| of.shift(lua, |a, by| (a as u32 >> by) as i32))?;
    add(lua, &bit, "arshift", |lua, of| of.shift(lua, |a, by| a >> by))?;
    add(lua, &bit, "rol", |lua, of| of.shift(lua, i32::rotate_left))?;
    add(lua, &bit, "ror", |lua, of| of.shift(lua, i32::rotate_right))?;
    add(lua, &bit, "tohex", tohex)?;
    Ok(bit)
}

fn add<F, R>(lua: &Lua, bit: &Table, name: &str, body: F) -> mlua::Result<()>
where
    F: Fn(&Lua, Operands) -> Outcome<R> + 'static,
    R: IntoLua,
{
    let body = move |lua: &Lua, (first, second, rest)| body(lua, Operands { first, second, rest });
    bit.raw_set(name, function_of(lua, body)?)
}

/// An argument. None: there is none, which is not the same as nil.
struct Given(Option<Value>);

impl FromLua for Given {
    fn from_lua(value: Value, _: &Lua) -> mlua::Result<Given> {
        Ok(Given(Some(value)))
    }

    /// This is asked instead where no argument is left.
    fn from_lua_arg(_: Value, _: usize, _: Option<&str>, _: &Lua) -> mlua::Result<Given> {
        Ok(Given(None))
    }
}

/// The arguments of a call: two on their own, for a list takes as long to make as the work.
struct Operands {
    first: Given,
    second: Given,
    rest: MultiValue,
}

impl Operands {
    fn first(&self, lua: &Lua) -> Outcome<i32> {
        match number(&self.first) {
            Some(number) => Ok(lowest_32(number)),
            None => self.any(lua, 1),
        }
    }

    fn second(&self, lua: &Lua) -> Outcome<i32> {
        match number(&self.second) {
            Some(number) => Ok(lowest_32(number)),
            None => self.any(lua, 2),
        }
    }

    /// One that is no number, but may be a text of one.
    #[cold]
    fn any(&self, lua: &Lua, number: usize) -> Outcome<i32> {
        Ok(lowest_32(self.args().number(lua, number)?))
    }

    fn args(&self) -> Args {
        let given = [&self.first, &self.second].into_iter().map_while(|given| given.0.clone());
        Args::of(given.chain(self.rest.iter().cloned()).collect())
    }

    fn fold(self, lua: &Lua, combine: fn(i32, i32) -> i32) -> Outcome<i32> {
        let mut result = self.first(lua)?;
        if self.second.0.is_some() {
            result = combine(result, self.second(lua)?);
        }
        if self.rest.is_empty() {
            return Ok(result);
        }
        let args = self.args();
        for number in 3..=args.count() {
            result = combine(result, lowest_32(args.number(lua, number)?));
        }
        Ok(result)
    }

    fn shift(self, lua: &Lua, by: fn(i32, u32) -> i32) -> Outcome<i32> {
        let value = self.first(lua)?;
        Ok(by(value, self.second(lua)? as u32 & 31))
    }
}

fn number(given: &Given) -> Option<f64> {
    match given.0 {
        Some(Value::Integer(number)) => Some(number as f64),
        Some(Value::Number(number)) => Some(number),
        _ => None,
    }
}

/// The lowest 32 bits: rounded to even, as adding 2^52 + 2^51 to a double rounds.
fn lowest_32(number: f64) -> i32 {
    (number + 6755399441055744.0).to_bits() as i32
}

/// `bit.tohex(n [, digits])`: the last digits, 8 unless told otherwise; in capitals if `digits` is negative.
fn tohex(lua: &Lua, of: Operands) -> Outcome<String> {
    let value = of.first(lua)?;
    let digits = if of.second.0.is_none() { 8 } else { of.second(lua)? };
    let shown = digits.unsigned_abs().min(8) as usize;
    let text = if digits < 0 { format!("{value:08X}") } else { format!("{value:08x}") };
    Ok(text[8 - shown..].to_string())
}
