//! Functions: loading libraries, and calling what they have registered.
//!
//! Redis: `src/functions.c` (`functionsCreateWithLibraryCtx`, `functionRestoreCommand`, `fcallCommandGeneric`),
//! `src/function_lua.c` (`luaEngineCreate`, `luaEngineCall`).
//!
//! Different on purpose: the half second that FUNCTION LOAD gives a library is for compiling it, too, and for all libraries
//! of a FUNCTION RESTORE together, which in Redis take as long as they like.

use super::script_context::{RunContext, Subject};
use super::{KeptLibrary, Server};
use crate::base::ids::ClientKey;
use crate::persist::functions;
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::script::functions::{Libraries, Policy, Registered, exists};
use crate::script::outcome;
use crate::steps::{readable, step};
use std::rc::Rc;

/// What a library that takes too long is told.
const LATE: &[u8] = b"Error registering functions: ERR FUNCTION LOAD timeout";

impl Server {
    /// The texts of all libraries.
    pub(super) fn library_codes(&self) -> impl Iterator<Item = &[u8]> {
        self.functions.libraries.iter().map(|(_, library)| &*library.code)
    }

    /// FUNCTION LOAD: runs the text of a library and keeps what it registers; returns its name. The error is for the client,
    /// without its code; nothing has changed then.
    pub(crate) fn load_library(
        &mut self,
        client: ClientKey,
        code: &[u8],
        replace: bool,
    ) -> Result<Vec<u8>, Vec<u8>> {
        let (mut staged, begun_us) = (Libraries::default(), (self.stopwatch)());
        let policy = if replace { Policy::Replace } else { Policy::Append };
        let loaded = self.stage_library(client, code, (policy, begun_us), &mut staged);
        self.join_libraries(loaded, staged, policy)
    }

    /// FUNCTION RESTORE: the same for all libraries of a payload.
    pub(crate) fn restore_libraries(
        &mut self,
        client: ClientKey,
        payload: &[u8],
        policy: Policy,
    ) -> Result<(), Vec<u8>> {
        let (mut staged, begun_us) = (Libraries::default(), (self.stopwatch)());
        let mut load = || -> Result<(), Vec<u8>> {
            for code in functions::codes(payload) {
                let code = code.map_err(|corrupt| Vec::from(corrupt.0))?;
                self.stage_library(client, &code, (Policy::Flush, begun_us), &mut staged)?;
            }
            Ok(())
        };
        let loaded = load();
        self.join_libraries(loaded, staged, policy)
    }

    /// Loads one library, in the time since `begun_us`.
    fn stage_library(
        &mut self,
        client: ClientKey,
        code: &[u8],
        (policy, begun_us): (Policy, u64),
        staged: &mut Libraries,
    ) -> Result<Vec<u8>, Vec<u8>> {
        let (name, text) = self.functions.begin(code, staged)?;
        if policy == Policy::Append && self.functions.libraries.has(&name) {
            return Err(exists("Library", &name));
        }
        let failed =
            |error: mlua::Error| [b"Error compiling function: ", outcome::text(&error).as_bytes()].concat();
        let engine = self.functions.engine().map_err(failed)?;
        let run = RunContext::new(Subject::Library, client, true, begun_us);
        let (loaded, run) = self.run_lua(&engine, run, || engine.keep(&name, text));
        if run.running.killed {
            return Err(LATE.into());
        }
        loaded.map_err(failed)??;
        self.functions.stage(&name, code, staged)?;
        Ok(name)
    }

    /// What was loaded joins the libraries, if nothing was wrong with it.
    fn join_libraries<T>(
        &mut self,
        loaded: Result<T, Vec<u8>>,
        staged: Libraries,
        policy: Policy,
    ) -> Result<T, Vec<u8>> {
        let names: Vec<(String, usize)> =
            staged.iter().map(|(name, library)| (readable(name), library.functions.len())).collect();
        let joined = loaded.and_then(|loaded| self.functions.join(staged, policy).map(|()| loaded));
        if joined.is_err() {
            self.functions.abandon();
            return joined;
        }
        for (library, functions) in names {
            step!(LibraryLoaded { library, functions });
        }
        self.stats.dirty += 1;
        joined
    }

    /// FUNCTION DELETE; returns whether there was such a library.
    pub(crate) fn delete_library(&mut self, name: &[u8]) -> bool {
        let deleted = self.functions.remove(name);
        if deleted {
            step!(LibrariesForgotten { libraries: 1 });
            self.stats.dirty += 1;
        }
        deleted
    }

    /// FUNCTION FLUSH.
    pub(crate) fn flush_functions(&mut self) {
        step!(LibrariesForgotten { libraries: self.functions.libraries.len() });
        self.functions.flush();
        self.stats.dirty += 1;
    }

    /// Runs a function and writes its reply. `args` are those of FCALL: from the fourth on `keys` keys, and the arguments. An
    /// error is Lua's own.
    pub(crate) fn run_function(
        &mut self,
        client: ClientKey,
        function: Rc<Registered>,
        (args, keys): (Request<'_>, usize),
        read_only: bool,
        reply: &mut Reply,
    ) -> Result<(), mlua::Error> {
        let engine = self.functions.engine()?;
        self.script.call.clear();
        args.from(0).for_each(|word| self.script.call.push(word));
        let subject = Subject::Function(function.clone(), function.name.to_ascii_lowercase().into());
        let mut run = RunContext::new(subject, client, read_only, 0);
        run.allow_oom = function.flags.allow_oom;
        let done = self.run_kept(&engine, run, (args, keys), reply);
        self.script.call.clear();
        self.functions.settle();
        done
    }

    /// The function that runs: its name, the request that called it, and for how many milliseconds it has run.
    pub(crate) fn running_function(&self) -> Option<(&[u8], Request<'_>, u64)> {
        let run = self.script.run.as_ref().filter(|run| run.is_function())?;
        let millis = (self.stopwatch)().saturating_sub(run.started_us) / 1000;
        Some((run.subject.name(), self.script.call.request(), millis))
    }

    /// Every library, in the order of names.
    pub fn kept_libraries(&self) -> impl Iterator<Item = KeptLibrary<'_>> {
        self.functions.libraries.iter().map(|(name, library)| {
            let functions = library.functions.iter().map(|function| {
                let flags: Vec<&str> = function.flags.names().collect();
                (&*function.name, flags.join(", "))
            });
            (name, library.code.len(), functions.collect())
        })
    }
}
