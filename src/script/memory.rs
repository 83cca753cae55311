//! The bound on Lua's memory, and how values are made without being stopped by it step by step.
//!
//! Redis: has no bound.
//!
//! While there is a limit, any string or table that Rust makes in Lua may fail, and Lua fails by jumping over Rust's
//! stack. So mlua wraps each step in a call of Lua's that can be jumped out of, and that costs more than the step. But
//! of a reply we know beforehand what it can take at most. If that is there, no step can fail, and none needs a wrap.

use mlua::Lua;

/// What a byte of a reply or of a request takes of Lua's memory at most: four bytes of a reply (`*0\r\n`) make a table
/// and a place in another, a node of a hash part at worst.
const PER_BYTE: usize = 64;
/// The same for any value beside its bytes.
const BESIDE: usize = 4096;

/// Runs `make`, which puts values of so many bytes into Lua, and nothing else: no script may run meanwhile.
pub fn make_values<R, E>(lua: &Lua, bytes: usize, make: impl FnOnce() -> Result<R, E>) -> Result<R, E>
where
    E: From<mlua::Error>,
{
    let most = bytes.saturating_mul(PER_BYTE).saturating_add(BESIDE);
    let limit = lua.set_memory_limit(0)?;
    if limit > 0 && limit.saturating_sub(lua.used_memory()) < most {
        lua.set_memory_limit(limit)?;
        return make();
    }
    let made = make();
    lua.set_memory_limit(limit)?;
    made
}

/// Runs `work`, which must not be stopped in its midst and takes little, without the limit.
pub fn without_limit<R>(lua: &Lua, work: impl FnOnce() -> mlua::Result<R>) -> mlua::Result<R> {
    let limit = lua.set_memory_limit(0)?;
    let done = work();
    lua.set_memory_limit(limit)?;
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::libraries::{cjson, cmsgpack};
    use crate::script::to_lua::to_lua;
    use mlua::Value;

    #[test]
    fn no_reply_takes_more_memory_than_is_made_room_for() {
        let many = 10_000;
        let of = |head: char, item: &str| format!("{head}{many}\r\n{}", item.repeat(many));
        let distinct: String = (0..many).map(|n| format!("+{n:x}\r\n")).collect();
        let fields: String = (0..many).map(|n| format!(":{n}\r\n:1\r\n")).collect();
        let nested = |head: &str| head.repeat(1000) + "_\r\n";
        let replies = [
            of('*', "*0\r\n"),
            of('*', "%0\r\n"),
            of('*', "~0\r\n"),
            of('*', "+\r\n"),
            of('*', "-\r\n"),
            of('*', ",1\r\n"),
            of('*', "(1\r\n"),
            of('*', "$0\r\n\r\n"),
            of('*', "=4\r\ntxt:\r\n"),
            of('*', "~1\r\n:1\r\n"),
            of('*', "%1\r\n:1\r\n:1\r\n"),
            format!("*{many}\r\n{distinct}"),
            format!("%{many}\r\n{fields}"),
            nested("*1\r\n"),
            nested("*2\r\n*0\r\n"),
            nested("%1\r\n:1\r\n"),
        ];
        for reply in replies {
            let lua = Lua::new();
            lua.gc_stop();
            let before = lua.used_memory();
            to_lua(&lua, reply.as_bytes()).unwrap();
            let taken = lua.used_memory() - before;
            let head: String = reply.chars().take(20).collect();
            assert!(taken <= reply.len() * PER_BYTE, "{head:?}: {} a byte", taken / reply.len());
        }
    }

    #[test]
    fn no_text_and_no_packed_value_takes_more_memory_than_is_made_room_for() {
        let lua = Lua::new();
        for (name, library) in [("cjson", cjson::library(&lua)), ("cmsgpack", cmsgpack::library(&lua))] {
            lua.globals().raw_set(name, library.unwrap()).unwrap();
        }
        let run = |script: &str| {
            lua.gc_stop();
            let (text, read): (mlua::LuaString, mlua::Function) = lua.load(script).eval().unwrap();
            lua.load("collectgarbage('collect') collectgarbage('stop')").exec().unwrap();
            let before = lua.used_memory();
            let made: mlua::Result<Value> = read.call(&text);
            let taken = lua.used_memory() - before;
            drop(made);
            (text.as_bytes().len(), taken)
        };
        for text in [
            "'[' .. ('[],'):rep(20000) .. '[]]'",
            "'[' .. ('{},'):rep(20000) .. '{}]'",
            "'[' .. ('1,'):rep(20000) .. '1]'",
            "'[' .. ('\"\",'):rep(20000) .. '1]'",
            "'[' .. ('{\"\":1},'):rep(20000) .. '1]'",
            "('['):rep(1000) .. (']'):rep(1000)",
            "('['):rep(1000)",
            "('{\"\":'):rep(1000) .. '1' .. ('}'):rep(1000)",
        ] {
            let (len, taken) = run(&format!("return {text}, cjson.decode"));
            assert!(taken <= (2 * len + 2000) * PER_BYTE + BESIDE, "{text}: {taken} of {len}");
        }
        for text in [
            "'\\221\\144' .. ('\\144')",
            "'\\220\\117\\48' .. ('\\144'):rep(20272)",
            "'\\220\\117\\48' .. ('\\128'):rep(20272)",
            "'\\220\\117\\48' .. ('\\1'):rep(20272)",
            "('\\145'):rep(1999) .. '\\1'",
            "('\\129\\1'):rep(1999) .. '\\1'",
        ] {
            let (len, taken) = run(&format!("return {text}, cmsgpack.unpack"));
            assert!(taken <= (4 * len + 2000) * PER_BYTE + BESIDE, "{text}: {taken} of {len}");
        }
    }

    #[test]
    fn the_limit_holds_again_afterwards_and_where_there_is_no_room() {
        let lua = Lua::new();
        let room = |more| lua.used_memory() + more;
        lua.set_memory_limit(room(1 << 20)).unwrap();
        assert!(make_values(&lua, 10, || lua.create_string("x".repeat(100))).is_ok());
        let long = "x".repeat(2 << 20);
        assert!(make_values(&lua, long.len(), || lua.create_string(&long)).is_err());
        assert!(lua.create_string(&long).is_err());
    }
}
