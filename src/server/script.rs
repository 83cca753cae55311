//! The script that runs: how it comes to run, and what the rest of the server asks about it.
//!
//! Redis: `src/script.c` (`scriptPrepareForRun`, `scriptKill`), `src/eval.c` (`luaCreateFunction`, `evalGetCommandFlags`).
//!
//! What runs is a script, a function, or the text of a library that is being loaded ([`super::functions`]). What it asks the
//! server for meanwhile is in [`super::script_host`].
//!
//! Past `busy-reply-threshold` the server has its owner serve the others ([`Server::set_while_busy`]); all they can do is SCRIPT
//! KILL or FUNCTION KILL, SHUTDOWN NOSAVE, and what says `allow_busy`. The script's own client is not to be fed until it has its
//! reply.
//!
//! TIME goes on from then, so that a script that waits for a moment comes to its end. For whatever expires the time stands
//! still until the script has ended, and the transaction that it is in, as in Redis (`commandTimeSnapshot`).
//!
//! Without the feature `lua`, `without_lua.rs` stands here.

use super::dispatch::spec::Command;
use super::{Server, WhileBusy};
use crate::base::ids::ClientKey;
use crate::diagnostics::stats::ScriptFigures;
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::script::fault::Fault;
use crate::script::outcome::write_outcome;
use crate::script::shebang::Flags;
use crate::script::{Engine, Kept, Sha, host, sha_named, sha1, shebang};
use crate::server::script_context::{RunContext, Subject};
use crate::steps::{readable, step};

/// What is answered while a script runs for too long.
const BUSY_SCRIPT: &str =
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
/// What is answered while a function does.
const BUSY_FUNCTION: &str =
    "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";

/// To compile a text of so many bytes takes long, if it is made for that: each `or` in a row looks at all before it.
const LONG: usize = 4096;

/// What the rest of the server asks.
impl Server {
    /// Whether a script runs that has written.
    pub(super) fn is_in_script_that_wrote(&self) -> bool {
        self.script.run.as_ref().is_some_and(|run| run.wrote)
    }

    /// Gives the function that serves others while a script runs for too long. None: they wait for its end.
    pub fn set_while_busy(&mut self, serve: WhileBusy) {
        self.script.while_busy = Some(serve);
    }

    /// The client whose script runs now: nothing may be read from it.
    pub fn script_of(&self) -> Option<ClientKey> {
        self.script.run.as_ref().map(|run| run.client)
    }

    /// Whether the script that runs keeps its commands out of the append-only file.
    pub(super) fn script_is_silent(&self) -> bool {
        self.script.run.as_ref().is_some_and(|run| run.running.silent)
    }

    /// What others are answered while a script runs for too long; None: none does.
    pub(crate) fn busy_error(&self) -> Option<&'static str> {
        let run = self.script.run.as_ref().filter(|run| run.busy)?;
        Some(if run.is_function() { BUSY_FUNCTION } else { BUSY_SCRIPT })
    }

    /// Microseconds that TIME is ahead for the script that runs.
    pub(crate) fn script_clock_offset_us(&self) -> u64 {
        self.script.run.as_ref().map_or(0, |run| run.clock_offset_us)
    }

    /// What runs: a script, or a function if that is asked for, is ended, unless it has written: else half of what it does would
    /// stay. Redis: `scriptKill`.
    pub(crate) fn kill_script(&mut self, is_function: bool) -> Result<(), &'static str> {
        let Some(run) = &mut self.script.run else {
            return Err("NOTBUSY No scripts in execution right now.");
        };
        if run.wrote {
            return Err(
                "UNKILLABLE Sorry the script already executed write commands against the dataset. You can \
                        either wait the script termination or kill the server in a hard way using the SHUTDOWN \
                        NOSAVE command.",
            );
        }
        if run.is_function() != is_function {
            return Err(if run.is_function() { BUSY_FUNCTION } else { BUSY_SCRIPT });
        }
        run.running.killed = true;
        Ok(())
    }

    /// Ends the script that runs, whatever it has done. Returns whether one runs.
    pub fn end_script(&mut self) -> bool {
        let run = self.script.run.as_mut();
        run.map(|run| run.running.killed = true).is_some()
    }

    /// Whether a script that EVAL or its like is to run may write, as its first line says; None if it says nothing, or if
    /// the command runs no script. Redis: `evalGetCommandFlags`.
    pub(super) fn script_writes(&self, command: &Command, request: Request<'_>) -> Option<bool> {
        self.marked_flags(command, request).map(|flags| !flags.no_writes)
    }

    /// Whether such a script may need more memory; None as before. Redis: `scriptFlagsToCmdFlags`.
    pub(super) fn script_denies_oom(&self, command: &Command, request: Request<'_>) -> Option<bool> {
        self.marked_flags(command, request).map(|flags| !flags.no_writes && !flags.allow_oom)
    }

    /// The flags of a script that a command is to run, if its first line or its library has some.
    fn marked_flags(&self, command: &Command, request: Request<'_>) -> Option<Flags> {
        let flags = match command.name {
            "eval" | "eval_ro" => {
                let text = &request[1];
                let known = self.scripts.find(&sha1(text));
                known.or_else(|| shebang::flags(text).map(|(flags, _)| flags).ok())
            }
            "evalsha" | "evalsha_ro" => sha_named(&request[1]).and_then(|sha| self.scripts.find(&sha)),
            "fcall" | "fcall_ro" => self.functions.libraries.function(&request[1]).map(|found| found.flags),
            _ => None,
        };
        flags.filter(|flags| !flags.unmarked)
    }

    /// `DEBUG SET-DISABLE-DENY-SCRIPTS`: whether scripts may call a few commands that are denied to them otherwise.
    pub(crate) fn let_scripts_call_more(&mut self, more: bool) {
        self.script.less_denied = more;
    }

    /// What INFO says of scripts.
    pub(crate) fn script_figures(&self) -> ScriptFigures {
        ScriptFigures {
            lua_bytes: self.scripts.lua_memory(),
            kept_bytes: self.scripts.kept_memory(),
            kept: self.scripts.len(),
            evicted: self.scripts.evicted,
            functions_lua_bytes: self.functions.lua_memory(),
            functions_bytes: self.functions.kept_memory(),
            functions: self.functions.libraries.functions(),
            libraries: self.functions.libraries.len(),
        }
    }

    /// CONFIG RESETSTAT.
    pub(super) fn reset_script_stats(&mut self) {
        self.scripts.evicted = 0;
    }

    /// Every script that is kept: the SHA-1 of its text in hexadecimal digits, whether it is kept until SCRIPT FLUSH, and how
    /// many bytes its text has.
    pub fn kept_scripts(&self) -> impl Iterator<Item = (&[u8], bool, usize)> {
        self.scripts.kept().map(|(sha, loaded, bytes)| (&sha[..], loaded, bytes))
    }
}

/// Running them.
impl Server {
    /// Keeps a script of the client's, compiled; `loaded`: until SCRIPT FLUSH. The error is for the client. Redis:
    /// `luaCreateFunction`.
    pub(crate) fn keep_script(
        &mut self,
        client: ClientKey,
        sha: &Sha,
        text: &[u8],
        loaded: bool,
    ) -> Result<Flags, String> {
        if let Some(flags) = self.scripts.known(sha, loaded) {
            return Ok(flags);
        }
        let (flags, head) = shebang::flags(text)?;
        let failed = |what: &str| format!("ERR Error compiling script (new function): {what}");
        if !self.scripts.has_room(text.len(), loaded) {
            return Err(failed("not enough memory"));
        }
        let engine = self.scripts.engine().map_err(|error| failed(&error.to_string()))?;
        let compile = || engine.keep(sha, &text[head..]);
        let compiled = if text.len() < LONG {
            compile()
        } else {
            let started_us = (self.stopwatch)();
            let (compiled, run) = self.run_lua(
                &engine,
                RunContext::new(Subject::Script(*sha), client, true, started_us),
                compile,
            );
            if run.running.killed {
                engine.forget(sha);
                return Err(run.killed_reply());
            }
            compiled
        };
        match compiled {
            Ok(Ok(())) => {}
            Ok(Err(message)) => return Err(failed(&String::from_utf8_lossy(&message))),
            Err(mlua::Error::MemoryError(_)) => return Err(failed("not enough memory")),
            Err(error) => return Err(failed(&error.to_string())),
        }
        self.scripts.keep(&engine, sha, Kept { flags, loaded, bytes: text.len() });
        step!(ScriptKept { sha: readable(sha), bytes: text.len() });
        Ok(flags)
    }

    /// Runs a script that is kept and writes its reply.
    pub(crate) fn run_script(
        &mut self,
        client: ClientKey,
        sha: &Sha,
        words: (Request<'_>, usize),
        read_only: bool,
        reply: &mut Reply,
    ) -> Result<(), mlua::Error> {
        let engine = self.scripts.engine()?;
        let mut run = RunContext::new(Subject::Script(*sha), client, read_only, 0);
        run.allow_oom = self.scripts.find(sha).is_some_and(|flags| flags.allow_oom);
        self.run_kept(&engine, run, words, reply)?;
        self.scripts.settle();
        Ok(())
    }

    /// Runs what an engine has kept and writes its reply. `args` are those of EVAL: from the fourth on `keys` keys, and the
    /// arguments. An error is Lua's own: it has no memory left, most likely.
    pub(super) fn run_kept(
        &mut self,
        engine: &Engine,
        mut run: RunContext,
        (args, keys): (Request<'_>, usize),
        reply: &mut Reply,
    ) -> Result<(), mlua::Error> {
        let first_argument = 3 + keys;
        let keys = engine.strings((3..first_argument).map(|at| &args[at]))?;
        let arguments = engine.strings((first_argument..args.len()).map(|at| &args[at]))?;
        let client = run.client;
        let (db, before, subject) = (self.clients[client].db, reply.bytes.len(), run.subject.clone());
        run.start((self.stopwatch)());
        // The reply is part of it: a table may name the same one a million times.
        let (written, run) = self.run_lua(engine, run, || {
            let outcome = engine.run(subject.kept_as(), keys, arguments)?;
            write_outcome(engine, subject.name(), outcome, reply)
        });
        // Its commands were recorded one by one.
        self.prevent_propagation();
        // SELECT in a script is the script's own.
        self.clients[client].db = db;
        if run.running.killed {
            reply.bytes.truncate(before);
            reply.error(run.killed_reply());
            return Ok(());
        }
        let (counted, written) = written?;
        self.execution.error_counted = counted;
        if let Err(fault) = written {
            reply.bytes.truncate(before);
            reply.error(match fault {
                Fault::Bare(text) => format!("ERR {text}"),
                _ => "ERR not enough memory".into(),
            });
        }
        Ok(())
    }

    /// Has Lua do something that may take long: others are served meanwhile, and may end it.
    #[expect(clippy::expect_used, reason = "what was put there is taken here only")]
    // ANCHOR: script-run
    pub(super) fn run_lua<R>(
        &mut self,
        engine: &Engine,
        run: RunContext,
        work: impl FnOnce() -> R,
    ) -> (R, RunContext) {
        let before = self.script.run.replace(run);
        self.execution.deny_blocking += 1;
        let result = host::lend(self, work);
        self.execution.deny_blocking -= 1;
        let run = std::mem::replace(&mut self.script.run, before);
        let run = run.expect("only this function takes it");
        if self.execution.deny_blocking > 0 {
            self.execution.clock_offset_us = run.clock_offset_us.max(self.execution.clock_offset_us);
        } else {
            // What it was told by TIME is so for those who come next, too.
            self.time_after(self.time, run.clock_offset_us);
        }
        if (run.running.killed || run.running.instructions < host::INSTRUCTIONS)
            && let Err(error) = host::watch(&engine.lua)
        {
            tracing::warn!(%error, "setting Lua's hook");
        }
        (result, run)
    }
    // ANCHOR_END: script-run
}
