//! `math.random`: a generator whose numbers are the same on every machine, and go on from script to script.
//!
//! Redis: `src/rand.c` (`redisLrand48`); `redis_math_random` in `src/script_lua.c`.

use crate::script::fault::{Args, Fault, Outcome, function, to_integer};
use mlua::{Lua, Table};
use std::cell::Cell;
use std::rc::Rc;

/// The largest number that the generator gives.
const MAX: f64 = 2147483647.0;

/// A linear congruential generator of 48 bits: POSIX's `lrand48`.
struct Generator(Cell<u64>);

impl Generator {
    fn next(&self) -> u32 {
        let next = (self.0.get().wrapping_mul(0x5DEECE66D).wrapping_add(0xB)) & 0xFFFF_FFFF_FFFF;
        self.0.set(next);
        (next >> 17) as u32
    }

    fn seed(&self, seed: i32) {
        self.0.set(u64::from(seed as u32) << 16 | 0x330E);
    }
}

/// Puts `random` and `randomseed` into the table `math`.
pub fn install(lua: &Lua, math: &Table) -> mlua::Result<()> {
    let generator = Rc::new(Generator(Cell::new(0x1234_ABCD_330E)));
    let seeded = generator.clone();
    math.raw_set("random", function(lua, move |lua, args| random(lua, args, &generator))?)?;
    math.raw_set(
        "randomseed",
        function(lua, move |lua, args| {
            seeded.seed(to_integer(args.number(lua, 1)?) as i32);
            Ok(())
        })?,
    )
}

/// `math.random([m [, n]])`: from 0 up to 1, or a whole number from 1 to m, or from m to n.
fn random(lua: &Lua, args: Args, generator: &Generator) -> Outcome<f64> {
    let part = f64::from(generator.next() % MAX as u32) / MAX;
    let whole = |number| Ok::<f64, Fault>(f64::from(to_integer(args.number(lua, number)?) as i32));
    let (low, high, place) = match args.count() {
        0 => return Ok(part),
        1 => (1.0, whole(1)?, 1),
        2 => (whole(1)?, whole(2)?, 2),
        _ => return Err(Fault::Message("wrong number of arguments".into())),
    };
    if low > high {
        return Err(Fault::Argument(place, "interval is empty".into()));
    }
    Ok((part * (high - low + 1.0)).floor() + low)
}
