//! What a script asks of the server that it runs in ([`Host`]), and the clock that Lua looks at. The functions that scripts
//! call are made once for all scripts, so the host is lent to them for the time of each.
//!
//! Redis: the `scriptRunCtx` that its C functions find in Lua's registry; `luaMaskCountHook`.

use super::fault::{Fault, Outcome};
use super::sandbox::Natives;
use crate::resp::Protocol;
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use mlua::{HookTriggers, Lua, VmState};
use scoped_tls_hkt::scoped_thread_local;
use std::rc::Rc;

// ANCHOR: host
/// The server, as scripts know it.
pub trait Host {
    /// The script that runs; None between scripts.
    fn script(&mut self) -> Option<&mut Running>;

    /// Runs a command for the script and appends its reply, in the protocol that the script chose: `redis.call`. Returns
    /// the duration of the command in microseconds.
    fn call(&mut self, request: Request<'_>, reply: &mut Reply) -> u64;

    /// Whether the command takes this number of words; None if there is no such command.
    fn accepts(&self, request: Request<'_>) -> Option<bool>;

    /// Looks at the clock, and has other clients served when the script has run for too long. Returns whether the script
    /// may go on; if not for the first time, `place` is asked where it is.
    fn may_go_on(&mut self, place: &mut dyn FnMut() -> Option<Place>) -> bool;

    /// Microseconds since some moment.
    fn stopwatch_us(&self) -> u64;
}
// ANCHOR_END: host

/// Where a script is: its source, and the line.
pub type Place = (String, usize);

/// What both a script and its host know of it while it runs.
#[derive(Debug)]
pub struct Running {
    /// What `redis.setresp` chose.
    pub protocol: Protocol,
    /// The script is to end: SCRIPT KILL.
    pub killed: bool,
    /// Its commands are kept out of the append-only file: `redis.set_repl`.
    pub silent: bool,
    /// Instructions of Lua between two looks at the clock: fewer once they have taken long.
    pub instructions: u32,
}

impl Default for Running {
    fn default() -> Running {
        Running { protocol: Protocol::Resp2, killed: false, silent: false, instructions: INSTRUCTIONS }
    }
}

scoped_thread_local!(static mut HOST: for<'a> &'a mut (dyn Host + 'static));

/// Instructions of Lua between two looks at the clock: Redis's `lua_sethook` counts a thousand times as many, but one
/// instruction can join strings of megabytes. A look costs as much as twelve of the cheapest instructions.
pub const INSTRUCTIONS: u32 = 100;
/// While scripts have more bytes of Lua's memory than this, fewer: twice as many bytes, half as many. A string can be as
/// long as all of it.
const MUCH: usize = 32 << 20;
/// But no fewer than this on account of memory alone: what fills it may be a table, whose instructions are short.
const AT_LEAST: u32 = 5;
/// The same once so many have taken long, and once these have, too.
const FEW: [(u32, u64); 2] = [(20, 10_000), (1, 100_000)];
/// Steps of a function of ours between two looks, at most: a value packed, a byte compared.
const STEPS: usize = 1 << 14;
/// So many bytes are copied in the time of a step.
pub const BYTES_A_STEP: usize = 64;
/// Between two looks of a function of ours there should be no more microseconds.
const SOON_US: u64 = 1000;
/// With strings of so many bytes a function of ours takes long.
const LONG: usize = 1 << 20;
/// With strings of so many bytes an instruction of Lua's takes long.
const VERY_LONG: usize = 1 << 24;
/// What a killed script is told, again and again.
const KILLED: &str = "Script killed by user with SCRIPT KILL.";

// ANCHOR: lend
/// Runs something that may call [`with`].
pub fn lend<R>(host: &mut (dyn Host + 'static), run: impl FnOnce() -> R) -> R {
    HOST.set(host, run)
}

/// Lends the host to a function that a script has called. None: no script runs.
pub fn with<R>(use_it: impl FnOnce(&mut (dyn Host + 'static)) -> R) -> Option<R> {
    HOST.is_set().then(|| HOST.with(use_it))
}
// ANCHOR_END: lend

/// Has Lua look at the clock once in a while.
pub fn watch(lua: &Lua) -> mlua::Result<()> {
    watch_more_often(lua, INSTRUCTIONS)
}

fn watch_more_often(lua: &Lua, instructions: u32) -> mlua::Result<()> {
    if let Some(natives) = lua.app_data_ref::<Rc<Natives>>() {
        natives.set_often(instructions < INSTRUCTIONS)?;
    }
    hook(lua, instructions)
}

// ANCHOR: hook
fn hook(lua: &Lua, instructions: u32) -> mlua::Result<()> {
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(instructions), move |lua, debug| {
        let mut place = || {
            let source = debug.source().source?.into_owned();
            Some((source, debug.current_line()?))
        };
        let answer = with(|host| {
            let alive = host.may_go_on(&mut place);
            (alive, host.script().map_or(INSTRUCTIONS, |script| script.instructions))
        });
        match answer {
            Some((true, wanted)) if wanted != instructions => {
                watch_more_often(lua, wanted)?;
                Ok(VmState::Continue)
            }
            Some((false, _)) => {
                // From now on after every instruction, so that no pcall of the script's can go on.
                hook(lua, 1)?;
                Err(mlua::Error::runtime(KILLED))
            }
            _ => Ok(VmState::Continue),
        }
    })
}
// ANCHOR_END: hook

/// Instructions between two looks for a script that is asked every `now` of them, if those took so many microseconds, and
/// Lua has so many bytes in use.
pub fn fewer(now: u32, micros: u64, used: usize) -> u32 {
    let next = FEW.into_iter().find(|&(instructions, _)| instructions < now);
    let by_time = next.filter(|&(_, long)| micros > long).map_or(now, |(instructions, _)| instructions);
    let by_memory = (INSTRUCTIONS as usize * MUCH / used.next_power_of_two().max(MUCH)) as u32;
    by_time.min(by_memory.max(AT_LEAST))
}

/// A function of ours has worked on so many bytes, or will: looks at the clock if that takes long.
pub fn long(lua: &Lua, bytes: usize) -> Outcome<()> {
    if bytes <= LONG {
        return Ok(());
    }
    if bytes > VERY_LONG {
        // What Lua does with the result takes long, too.
        with(|host| {
            if let Some(script) = host.script() {
                script.instructions = script.instructions.min(FEW[0].0);
            }
        });
        enter(lua)?;
    }
    tick()
}

/// A coroutine goes on: each has its own count of instructions, as many as when it was made. Not so once the script is
/// asked more often.
pub fn enter(lua: &Lua) -> mlua::Result<()> {
    match with(|host| host.script().map(|script| script.instructions)).flatten() {
        Some(instructions) if instructions < INSTRUCTIONS => watch_more_often(lua, instructions),
        _ => Ok(()),
    }
}

/// Fails if the script that runs was killed.
pub fn check_alive() -> mlua::Result<()> {
    let killed = with(|host| host.script().is_some_and(|script| script.killed));
    if killed == Some(true) { Err(mlua::Error::runtime(KILLED)) } else { Ok(()) }
}

/// Looks at the clock from a function that may take long without an instruction of Lua's.
pub fn tick() -> Outcome<()> {
    match with(|host| host.may_go_on(&mut || None)) {
        Some(false) => Err(Fault::Bare(KILLED.into())),
        _ => Ok(()),
    }
}

/// A command of the script's has run for so many microseconds: looks at the clock if that is long.
pub fn command_ended(micros: Option<u64>) -> Outcome<()> {
    if micros.is_some_and(|micros| micros > SOON_US) { tick() } else { Ok(()) }
}

/// Looks at the clock once in so many steps of a function that may take millions of them: rarely while steps are short,
/// since a look costs as much as some, and often once they are not.
pub struct Steps {
    taken: usize,
    /// Steps between two looks.
    most: usize,
    /// What the stopwatch showed at the last look.
    looked: u64,
}

impl Default for Steps {
    fn default() -> Steps {
        Steps { taken: 0, most: 1 << 6, looked: 0 }
    }
}

impl Steps {
    /// So many are about to be taken. Fails if the script was killed.
    pub fn take(&mut self, steps: usize) -> Outcome<()> {
        self.taken += steps;
        if self.taken < self.most {
            return Ok(());
        }
        self.look()
    }

    #[cold]
    fn look(&mut self) -> Outcome<()> {
        self.taken = 0;
        let now = || with(|host| host.stopwatch_us()).unwrap_or(0);
        let is_late = self.looked > 0 && now().saturating_sub(self.looked) > SOON_US;
        self.most = if is_late { (self.most / 8).max(1) } else { (self.most * 2).min(STEPS) };
        tick()?;
        self.looked = now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_asked_the_more_often_the_longer_its_instructions_take() {
        assert_eq!(fewer(100, 10_000, 0), 100);
        assert_eq!(fewer(100, 10_001, 0), 20);
        assert_eq!(fewer(20, 99_000, 0), 20);
        assert_eq!(fewer(20, 100_001, 0), 1);
        assert_eq!(fewer(1, u64::MAX, 0), 1);
    }

    #[test]
    fn a_script_is_asked_the_more_often_the_more_memory_it_has() {
        assert_eq!(fewer(100, 0, 32 << 20), 100);
        assert_eq!(fewer(100, 0, (32 << 20) + 1), 50);
        assert_eq!(fewer(100, 0, 256 << 20), 12);
        assert_eq!(fewer(100, 0, 1024 << 20), 5);
        assert_eq!(fewer(20, 0, 128 << 20), 20);
        assert_eq!(fewer(1, 0, usize::MAX / 2), 1);
    }
}
