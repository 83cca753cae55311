//! `struct`: packs values as C lays them out, and unpacks them.
//!
//! Redis: `deps/lua/src/lua_struct.c`.
//!
//! ```text
//! > < !n      big endian, little endian, align to n (8)     b B h H l L T i In   integers of 1, 2, 8, 8, 4, n bytes
//! x           a byte that means nothing                     f d                  floating point
//! s           a string and a NUL                            cn                   n bytes; c0: see `unpack`
//! ```

use crate::script::fault::{Args, Fault, Outcome, function, to_integer, to_unsigned};
use crate::script::host;
use crate::script::host::{BYTES_A_STEP, Steps};
use crate::text::c::until_nul;
use mlua::{Lua, MultiValue, Table, Value};

/// The widest integer. Redis: `MAXINTSIZE`.
const MAX_INTEGER: u64 = 32;
/// What C's compiler aligns everything to at most: `!` without a number.
const MAX_ALIGN: u64 = 8;
/// The longest result: it must fit into the memory of a script as well.
const LONGEST: usize = 256 << 20;
/// The longest format: it is read byte by byte.
const LONGEST_FORMAT: usize = 64 << 10;

/// The table `struct`.
pub fn library(lua: &Lua) -> mlua::Result<Table> {
    let library = lua.create_table()?;
    library.raw_set("pack", function(lua, pack)?)?;
    library.raw_set("unpack", function(lua, unpack)?)?;
    library.raw_set("size", function(lua, size)?)?;
    Ok(library)
}

/// Reads a format from left to right; a NUL ends it.
struct Format<'a> {
    rest: &'a [u8],
    big_endian: bool,
    align: u64,
}

impl<'a> Format<'a> {
    fn new(text: &'a [u8]) -> Outcome<Format<'a>> {
        if text.len() > LONGEST_FORMAT {
            return Err(Fault::Argument(1, "format too long".into()));
        }
        Ok(Format { rest: until_nul(text), big_endian: cfg!(target_endian = "big"), align: 1 })
    }

    /// The number that stands here, or `default`.
    fn number(&mut self, default: u64) -> Outcome<u64> {
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return Ok(default);
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let value =
            number.iter().try_fold(0i32, |value, b| value.checked_mul(10)?.checked_add(i32::from(b - b'0')));
        value.map(|value| value as u64).ok_or_else(|| Fault::Message("integral size overflow".into()))
    }

    /// The next option and the bytes it takes, if that is fixed.
    fn next(&mut self) -> Option<Outcome<(u8, u64)>> {
        let (&option, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(self.size(option).map(|size| (option, size)))
    }

    fn size(&mut self, option: u8) -> Outcome<u64> {
        match option {
            b'b' | b'B' | b'x' => Ok(1),
            b'h' | b'H' => Ok(2),
            b'f' => Ok(4),
            b'l' | b'L' | b'T' | b'd' => Ok(8),
            b'c' => self.number(1),
            b'i' | b'I' => match self.number(4)? {
                size if size > MAX_INTEGER => {
                    let text = format!("integral size {size} is larger than limit of {MAX_INTEGER}");
                    Err(Fault::Message(text))
                }
                size => Ok(size),
            },
            _ => Ok(0),
        }
    }

    /// Bytes to leave free before an option of that size, `total` bytes from the start.
    fn padding(&self, option: u8, size: u64, total: u64) -> u64 {
        let align = size.min(self.align);
        if size == 0 || option == b'c' || align <= 1 {
            return 0;
        }
        (align - (total & (align - 1))) & (align - 1)
    }

    /// Options that only say how to go on.
    fn control(&mut self, option: u8) -> Outcome<()> {
        match option {
            b' ' => {}
            b'>' => self.big_endian = true,
            b'<' => self.big_endian = false,
            b'!' => {
                let align = self.number(MAX_ALIGN)?;
                if align == 0 || !align.is_power_of_two() {
                    return Err(Fault::Message(format!("alignment {align} is not a power of 2")));
                }
                self.align = align;
            }
            other => {
                let text = format!("invalid format option '{}'", other as char);
                return Err(Fault::Argument(1, text));
            }
        }
        Ok(())
    }
}

fn pack(lua: &Lua, args: Args) -> Outcome<mlua::LuaString> {
    let text = args.string(lua, 1)?;
    let text = text.as_bytes();
    let mut format = Format::new(&text)?;
    let mut out = Vec::new();
    let mut next = 2;
    let or_nil = |number: usize, fault: Fault| match fault {
        // What is not there counts as nil here.
        Fault::Argument(at, what) if number > args.count() => {
            Fault::Argument(at, what.replace("no value", "nil"))
        }
        other => other,
    };
    let mut steps = Steps::default();
    while let Some(item) = format.next() {
        let (option, size) = item?;
        let padding = format.padding(option, size, out.len() as u64);
        if out.len() + padding as usize > LONGEST {
            return Err(Fault::Bare("not enough memory".into()));
        }
        steps.take(1 + padding as usize / BYTES_A_STEP)?;
        out.resize(out.len() + padding as usize, 0);
        match option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                let number = args.number(lua, next).map_err(|fault| or_nil(next, fault))?;
                let bits = if number < 0.0 { to_integer(number) as u64 } else { to_unsigned(number) };
                let mut bytes = [0; MAX_INTEGER as usize];
                bytes[..8].copy_from_slice(&bits.to_le_bytes());
                push(&mut out, &bytes[..size as usize], format.big_endian);
                next += 1;
            }
            b'x' => out.push(0),
            b'f' => {
                let number = args.number(lua, next).map_err(|fault| or_nil(next, fault))?;
                push(&mut out, &(number as f32).to_le_bytes(), format.big_endian);
                next += 1;
            }
            b'd' => {
                let number = args.number(lua, next).map_err(|fault| or_nil(next, fault))?;
                push(&mut out, &number.to_le_bytes(), format.big_endian);
                next += 1;
            }
            b'c' | b's' => {
                let string = args.string(lua, next).map_err(|fault| or_nil(next, fault))?;
                let string = string.as_bytes();
                let size = if size == 0 { string.len() as u64 } else { size };
                next += 1;
                if (string.len() as u64) < size {
                    return Err(Fault::Argument(next, "string too short".into()));
                }
                steps.take(size as usize / BYTES_A_STEP)?;
                out.extend_from_slice(&string[..size as usize]);
                if option == b's' {
                    out.push(0);
                }
            }
            other => format.control(other)?,
        }
    }
    host::long(lua, out.len())?;
    Ok(lua.create_string(&out)?)
}

fn push(out: &mut Vec<u8>, little_endian: &[u8], big_endian: bool) {
    let start = out.len();
    out.extend_from_slice(little_endian);
    if big_endian {
        out[start..].reverse();
    }
}

/// `struct.unpack(format, data [, position])`: the values, and the position after them. `c0` takes as many bytes as the
/// number before it says, and that number is no value of its own.
fn unpack(lua: &Lua, args: Args) -> Outcome<MultiValue> {
    let text = args.string(lua, 1)?;
    let text = text.as_bytes();
    let data = args.string(lua, 2)?;
    let data = data.as_bytes();
    let position = args.integer_or(lua, 3, 1)?;
    if position == 0 {
        return Err(Fault::Argument(3, "offset must be 1 or greater".into()));
    }
    let mut at = (position as u64).wrapping_sub(1);
    let mut format = Format::new(&text)?;
    let mut values: Vec<Value> = Vec::new();
    let too_short = || Fault::Argument(2, "data string too short".into());
    let mut steps = Steps::default();
    while let Some(item) = format.next() {
        let (option, mut size) = item?;
        steps.take(1)?;
        at = at.checked_add(format.padding(option, size, at)).ok_or_else(too_short)?;
        let end = at.checked_add(size).filter(|&end| end <= data.len() as u64).ok_or_else(too_short)?;
        let bytes = &data[at as usize..end as usize];
        match option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                values.push(Value::Number(integer(bytes, format.big_endian, option.is_ascii_lowercase())));
            }
            b'x' => {}
            b'f' => {
                values.push(Value::Number(f64::from(f32::from_bits(bits(bytes, format.big_endian) as u32))));
            }
            b'd' => values.push(Value::Number(f64::from_bits(bits(bytes, format.big_endian)))),
            b'c' => {
                if size == 0 {
                    // A text that looks like a number will do.
                    let announced = values.pop().map(|value| lua.coerce_number(value)).transpose()?.flatten();
                    let Some(announced) = announced else {
                        return Err(Fault::Message("format 'c0' needs a previous size".into()));
                    };
                    size = to_unsigned(announced);
                }
                let end =
                    at.checked_add(size).filter(|&end| end <= data.len() as u64).ok_or_else(too_short)?;
                values.push(Value::String(lua.create_string(&data[at as usize..end as usize])?));
            }
            b's' => {
                let rest = &data[at as usize..];
                let Some(len) = memchr::memchr(0, rest) else {
                    return Err(Fault::Message("unfinished string in data".into()));
                };
                values.push(Value::String(lua.create_string(&rest[..len])?));
                size = len as u64 + 1;
            }
            other => format.control(other)?,
        }
        at += size;
        if values.len() > crate::script::MAX_RESULTS {
            return Err(Fault::Message("stack overflow (too many results)".into()));
        }
    }
    values.push(Value::Number((at + 1) as f64));
    Ok(MultiValue::from_vec(values))
}

/// The lowest 8 bytes of an integer of any width.
fn bits(bytes: &[u8], big_endian: bool) -> u64 {
    let combine = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
    if big_endian { bytes.iter().fold(0, combine) } else { bytes.iter().rev().fold(0, combine) }
}

fn integer(bytes: &[u8], big_endian: bool, signed: bool) -> f64 {
    let value = bits(bytes, big_endian);
    if !signed {
        return value as f64;
    }
    // The sign is the highest bit of the width that was asked for.
    match bytes.len() {
        0 => 0.0,
        len @ 1..8 => {
            let unused = 64 - 8 * len as u32;
            ((value << unused) as i64 >> unused) as f64
        }
        _ => value as i64 as f64,
    }
}

fn size(lua: &Lua, args: Args) -> Outcome<f64> {
    let text = args.string(lua, 1)?;
    let text = text.as_bytes();
    let mut format = Format::new(&text)?;
    let mut total = 0u64;
    let mut steps = Steps::default();
    while let Some(item) = format.next() {
        let (option, size) = item?;
        steps.take(1)?;
        total = total.saturating_add(format.padding(option, size, total)).saturating_add(size);
        let variable = option == b's' || (option == b'c' && size == 0);
        if variable {
            let name = if option == b's' { "s" } else { "c0" };
            return Err(Fault::Argument(1, format!("option '{name}' has no fixed size")));
        }
        if !option.is_ascii_alphanumeric() {
            format.control(option)?;
        }
    }
    Ok(total as f64)
}
