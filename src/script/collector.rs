//! When Lua's collector begins, and how fast it works: by what is in use, and by what is left below the limit.
//!
//! Redis: `luaGC` in `src/script_lua.c`, fifty steps after each fifty scripts.
//!
//! The collector of Lua 5.1 works in steps while memory is allocated. Two numbers drive it: how far use may grow after one
//! collection before the next begins, and how much of the work is done for each byte allocated meanwhile. Lua has no
//! emergency collection: an allocation over the limit fails, even if all the rest is garbage. So both numbers follow
//! the room that is left. No collection is forced because use is high: what is in use may stay in use, and each script
//! would pay for all of it.
//!
//! Different on purpose: Redis's Lua has no limit, so its numbers are fixed.

use mlua::Lua;
use mlua::state::{GcIncParams, GcMode};
use std::cell::Cell;

/// Little is in use up to here: the sandbox and some scripts. It is collected when it has grown by a quarter, so that
/// `used_memory_lua` stays near what is in use.
const LITTLE: usize = 200 << 10;

/// What the collector was told last.
#[derive(Default)]
pub struct Pace {
    /// The bytes that were in use then.
    used: Cell<usize>,
}

impl Pace {
    /// Tells the collector how to work from now on, if use has changed by an eighth since it was last told. `limit`: all
    /// that Lua may use, in bytes.
    pub fn follow(&self, lua: &Lua, limit: usize) {
        let (used, before) = (lua.used_memory(), self.used.get());
        if used.abs_diff(before) <= before / 8 {
            return;
        }
        self.used.set(used);
        let (pause, step) = parameters(used, limit);
        lua.gc_set_mode(GcMode::Incremental(GcIncParams::default().pause(pause).step_multiplier(step)));
    }
}

/// Lua's `setpause` and `setstepmul`, in percent, for so many bytes in use.
fn parameters(used: usize, limit: usize) -> (i32, i32) {
    let used = used.max(1);
    let room = limit.saturating_sub(used).max(limit / 64).max(1);
    let growth = if used <= LITTLE { used / 4 } else { used };
    // A collection begins after half of the room, and ends within a half of the other half.
    let growth = growth.min(room / 2).max(1);
    let meanwhile = (growth / 2).max(1);
    let percent = |part: usize, of: usize| part.saturating_mul(100) / of;
    // Marking and sweeping count about two units for each byte in use.
    let step = percent(2 * used, meanwhile).clamp(200, 100_000);
    (100 + percent(growth, used) as i32, step as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_begins_and_ends_below_the_limit_whatever_is_in_use() {
        let limit = 512 << 20;
        for used in [1, 70 << 10, 300 << 10, 10 << 20, 100 << 20, 300 << 20, 450 << 20] {
            let (pause, step) = parameters(used, limit);
            let begins = used as f64 * f64::from(pause) / 100.0;
            let ends = begins + 2.0 * used as f64 * 100.0 / f64::from(step);
            assert!(ends <= limit as f64, "{used}: from {begins} to {ends}");
        }
    }

    #[test]
    fn little_use_grows_by_little() {
        assert_eq!(parameters(72 << 10, 512 << 20), (125, 1600));
        assert_eq!(parameters(10 << 20, 512 << 20), (200, 400));
    }
}
