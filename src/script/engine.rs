//! A state of Lua with what is kept in it by name: scripts, or functions.
//!
//! Redis: `struct luaCtx` in `src/eval.c`, `luaEngineCtx` in `src/function_lua.c`.
//!
//! There are two at most, one of each kind, as in Redis: what a function leaves in its library's local variables no script
//! sees. Each is made when it is first needed.

use super::collector::Pace;
use super::crossing::{Plain, plain};
use super::functions::Loading;
use super::{memory, sandbox};
use mlua::{Function, Lua, MultiValue, Table, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// What a state of Lua runs.
pub enum Kind {
    /// Texts of EVAL and SCRIPT LOAD.
    Scripts,
    /// Functions of libraries, which are registered here while their library is loaded.
    Functions(Rc<RefCell<Loading>>),
}

/// A state of Lua.
pub struct Engine {
    /// The state.
    pub lua: Lua,
    pace: Pace,
    keep: Function,
    drop: Function,
    run: Function,
    finish: Option<Function>,
}

impl Engine {
    /// A state for things of this kind, which may use so many bytes.
    pub fn open(memory: usize, kind: Kind) -> mlua::Result<Engine> {
        let (lua, functions) = sandbox::open(kind)?;
        lua.set_memory_limit(memory)?;
        // What making the sandbox has left behind.
        lua.gc_collect()?;
        let engine = Engine {
            keep: functions.raw_get("keep")?,
            drop: functions.raw_get("drop")?,
            run: functions.raw_get("run")?,
            finish: functions.raw_get("finish")?,
            lua,
            pace: Pace::default(),
        };
        engine.settle(memory);
        Ok(engine)
    }

    /// Compiles a script and keeps it; loads a library, whose functions are kept when [`Engine::finish`] says so. The inner
    /// error is about the text.
    pub fn keep(&self, name: &[u8], text: &[u8]) -> mlua::Result<Result<(), Vec<u8>>> {
        let arguments = (self.lua.create_string(name)?, self.lua.create_string(text)?);
        let message: Value = self.keep.call(arguments)?;
        Ok(match message {
            Value::String(message) => Err(message.as_bytes().to_vec()),
            _ => Ok(()),
        })
    }

    /// Ends the loading of libraries, some of which may have failed: all functions that they have registered are kept, or
    /// none.
    pub fn finish(&self, keep: bool) {
        let Some(finish) = &self.finish else { return };
        if let Err(error) = memory::without_limit(&self.lua, || finish.call::<()>(keep)) {
            tracing::warn!(%error, "keeping functions");
        }
    }

    /// Drops what is kept by that name.
    pub fn forget(&self, name: &[u8]) {
        let dropped = memory::without_limit(&self.lua, || {
            self.lua.create_string(name).and_then(|name| self.drop.call::<()>(name))
        });
        if let Err(error) = dropped {
            tracing::warn!(%error, "forgetting a script");
        }
    }

    /// Runs what is kept by that name. `Ok(Err(…))`: what it raised.
    pub fn run(&self, name: &[u8], keys: Table, arguments: Table) -> mlua::Result<Result<Value, Value>> {
        let name = memory::make_values(&self.lua, name.len(), || self.lua.create_string(name))?;
        let mut results: MultiValue = self.run.call((name, keys, arguments))?;
        let ok = results.pop_front() == Some(Value::Boolean(true));
        let value = results.pop_front().unwrap_or(Value::Nil);
        Ok(if ok { Ok(value) } else { Err(value) })
    }

    /// A table of strings, from 1 on.
    pub fn strings<'a>(&self, words: impl ExactSizeIterator<Item = &'a [u8]> + Clone) -> mlua::Result<Table> {
        let bytes = words.clone().map(|word| word.len() + 1).sum();
        memory::make_values(&self.lua, bytes, || {
            let mut failed = Ok(());
            let items = words.map(|word| {
                plain(&self.lua, word).unwrap_or_else(|error| {
                    failed = Err(error);
                    Plain::Right(Value::Nil)
                })
            });
            let table = self.lua.create_sequence_from(items)?;
            failed.map(|()| table)
        })
    }

    /// Tells the collector how fast to work: something has ended, or Lua looks at the clock. `memory`: all that Lua may
    /// use. Redis: `luaGC`.
    pub fn settle(&self, memory: usize) {
        self.pace.follow(&self.lua, memory);
    }

    /// Has the collector take so many steps now.
    pub fn collect(&self, steps: usize) {
        for _ in 0..steps {
            if let Err(error) = self.lua.gc_step() {
                tracing::warn!(%error, "collecting what compiling a script left");
            }
        }
    }
}
