//! The server that a script runs in, for the functions that the script calls: they are made once for all scripts, so
//! the server is lent to them for the time of each.
//!
//! Redis: the `scriptRunCtx` that its C functions find in Lua's registry.

use super::fault::{Fault, Outcome};
use crate::server::Server;
use mlua::{HookTriggers, Lua, VmState};
use scoped_tls_hkt::scoped_thread_local;

scoped_thread_local!(static mut SERVER: for<'a> &'a mut Server);

/// Instructions of Lua between two looks at the clock: Redis's `lua_sethook` counts a hundred times as many, but one
/// instruction can join strings of megabytes.
const INSTRUCTIONS: u32 = 1000;
/// The same once so many have taken long ([`crate::script::Running::slow`]).
const FEW_INSTRUCTIONS: u32 = 20;
/// Steps of a function of ours between two looks: a value packed, a byte compared.
const STEPS: usize = 1 << 14;
/// What a killed script is told, again and again.
const KILLED: &str = "Script killed by user with SCRIPT KILL.";

// ANCHOR: lend
/// Runs something that may call [`with`].
pub fn lend<R>(server: &mut Server, run: impl FnOnce() -> R) -> R {
    SERVER.set(server, run)
}

/// The server, for a function that a script has called. None: no script runs.
pub fn with<R>(use_it: impl FnOnce(&mut Server) -> R) -> Option<R> {
    SERVER.is_set().then(|| SERVER.with(use_it))
}
// ANCHOR_END: lend

/// Has Lua look at the clock once in a while.
pub fn watch(lua: &Lua) -> mlua::Result<()> {
    hook(lua, INSTRUCTIONS)
}

// ANCHOR: hook
fn hook(lua: &Lua, instructions: u32) -> mlua::Result<()> {
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(instructions), |lua, debug| {
        let place = || {
            let source = debug.source().source?.into_owned();
            Some((source, debug.current_line()?))
        };
        match with(|server| (server.script_interrupt(place), server.scripts.is_slow())) {
            Some((true, true)) => {
                hook(lua, FEW_INSTRUCTIONS)?;
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

/// Has Lua look at the clock more often from now on, for as long as this script runs.
pub fn slow_down(lua: &Lua) -> mlua::Result<()> {
    let running = with(|server| server.scripts.running.as_mut().map(|running| running.slow = true));
    if running.flatten().is_some() { hook(lua, FEW_INSTRUCTIONS) } else { Ok(()) }
}

/// Fails if the script that runs was killed.
pub fn check_alive() -> mlua::Result<()> {
    let killed = with(|server| server.scripts.running.as_ref().is_some_and(|running| running.killed));
    if killed == Some(true) { Err(mlua::Error::runtime(KILLED)) } else { Ok(()) }
}

/// Looks at the clock from a function that may take long without an instruction of Lua's.
pub fn tick() -> Outcome<()> {
    match with(|server| server.script_interrupt(|| None)) {
        Some(false) => Err(Fault::Bare(KILLED.into())),
        _ => Ok(()),
    }
}

/// Looks at the clock once in so many steps of a function that may take millions of them.
#[derive(Default)]
pub struct Steps(usize);

impl Steps {
    /// So many are about to be taken. Fails if the script was killed.
    pub fn take(&mut self, steps: usize) -> Outcome<()> {
        self.0 += steps;
        if self.0 < STEPS {
            return Ok(());
        }
        self.0 = 0;
        tick()
    }
}
