//! `bit`: the operations on 32 bits that Lua 5.1 lacks.
//!
//! Redis: `deps/lua/src/lua_bit.c` (Lua BitOp).

use crate::script::fault::{Args, Outcome, function};
use mlua::{Lua, Table};

/// The table `bit`.
pub fn library(lua: &Lua) -> mlua::Result<Table> {
    let bit = lua.create_table()?;
    bit.raw_set("tobit", function(lua, |lua, args| operand(lua, &args, 1))?)?;
    bit.raw_set("bnot", function(lua, |lua, args| Ok(!operand(lua, &args, 1)?))?)?;
    bit.raw_set("bswap", function(lua, |lua, args| Ok(operand(lua, &args, 1)?.swap_bytes()))?)?;
    bit.raw_set("band", function(lua, |lua, args| fold(lua, &args, |a, b| a & b))?)?;
    bit.raw_set("bor", function(lua, |lua, args| fold(lua, &args, |a, b| a | b))?)?;
    bit.raw_set("bxor", function(lua, |lua, args| fold(lua, &args, |a, b| a ^ b))?)?;
    bit.raw_set("lshift", function(lua, |lua, args| shift(lua, &args, |a, by| a << by))?)?;
    bit.raw_set("rshift", function(lua, |lua, args| shift(lua, &args, |a, by| (a as u32 >> by) as i32))?)?;
    bit.raw_set("arshift", function(lua, |lua, args| shift(lua, &args, |a, by| a >> by))?)?;
    bit.raw_set("rol", function(lua, |lua, args| shift(lua, &args, i32::rotate_left))?)?;
    bit.raw_set("ror", function(lua, |lua, args| shift(lua, &args, i32::rotate_right))?)?;
    bit.raw_set("tohex", function(lua, tohex)?)?;
    Ok(bit)
}

/// An argument's lowest 32 bits: rounded to even, as adding 2^52 + 2^51 to a double rounds.
fn operand(lua: &Lua, args: &Args, number: usize) -> Outcome<i32> {
    Ok((args.number(lua, number)? + 6755399441055744.0).to_bits() as i32)
}

fn fold(lua: &Lua, args: &Args, combine: fn(i32, i32) -> i32) -> Outcome<i32> {
    let mut result = operand(lua, args, 1)?;
    for number in 2..=args.count() {
        result = combine(result, operand(lua, args, number)?);
    }
    Ok(result)
}

fn shift(lua: &Lua, args: &Args, by: fn(i32, u32) -> i32) -> Outcome<i32> {
    let value = operand(lua, args, 1)?;
    Ok(by(value, operand(lua, args, 2)? as u32 & 31))
}

/// `bit.tohex(n [, digits])`: the last digits, 8 unless told otherwise; in capitals if `digits` is negative.
fn tohex(lua: &Lua, args: Args) -> Outcome<String> {
    let value = operand(lua, &args, 1)?;
    let digits = if args.count() < 2 { 8 } else { operand(lua, &args, 2)? };
    let shown = digits.unsigned_abs().min(8) as usize;
    let text = if digits < 0 { format!("{value:08X}") } else { format!("{value:08x}") };
    Ok(text[8 - shown..].to_string())
}
