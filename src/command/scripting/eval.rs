//! EVAL, EVALSHA and their forms that only read: a script of Lua's runs in one go.
//!
//! Redis: `src/eval.c` (`evalGenericCommand`), `src/script.c` (`scriptPrepareForRun`, `scriptCall`), `src/script_lua.c`
//! (`luaCallFunction`, `luaExtractErrorInformation`).
//!
//! A script is like a transaction that thinks: nobody else is served while it runs, its commands go the way of EXEC's,
//! and what it publishes to its own client comes after its reply. Only when it runs for longer than
//! `busy-reply-threshold` are others answered, with an error: see [`crate::server::script`].

use crate::base::ids::{ClientKey, CommandId};
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::script::fault::{Fault, Outcome};
use crate::script::shebang;
use crate::script::shebang::Flags;
use crate::script::to_reply::{to_reply, without_line_ends};
use crate::script::{Engine, Kept, Running, Sha, host, sha_named, sha1};
use crate::server::Server;
use crate::server::dispatch::Call;
use crate::server::dispatch::spec;
use crate::server::dispatch::spec::Command;
use crate::steps::{readable, step};
use crate::text::c::until_nul;
use crate::text::integer::parse_integer;
use mlua::Value;

/// `EVAL script numkeys [key …] [argument …]`
pub fn eval(call: &mut Call<'_>) {
    evaluate(call, false, false);
}

/// `EVALSHA sha1 numkeys [key …] [argument …]`
pub fn evalsha(call: &mut Call<'_>) {
    evaluate(call, true, false);
}

/// `EVAL_RO script numkeys [key …] [argument …]`
pub fn eval_ro(call: &mut Call<'_>) {
    evaluate(call, false, true);
}

/// `EVALSHA_RO sha1 numkeys [key …] [argument …]`
pub fn evalsha_ro(call: &mut Call<'_>) {
    evaluate(call, true, true);
}

/// What else scripts may call after `DEBUG SET-DISABLE-DENY-SCRIPTS 1`: what test suites want to call. Redis lets everything
/// in, which ends some servers.
const LET_IN: &[&str] = &["debug", "client|id", "client|info", "client|list"];

/// To compile a text of so many bytes takes long, if it is made for that: each `or` in a row looks at all before it.
const LONG: usize = 4096;

const NO_SCRIPT: &str = "NOSCRIPT No matching script. Please use EVAL.";

fn evaluate(call: &mut Call<'_>, by_sha: bool, read_only: bool) {
    if !call.server.monitors.is_empty() {
        // Before the script's own commands, which monitors are shown too.
        call.server.show_monitors(call.client, "eval", call.args);
    }
    let sha = match by_sha {
        false => Some(sha1(&call.args[1])),
        true => sha_named(&call.args[1]),
    };
    let Some(sha) = sha else { return call.reply.error(NO_SCRIPT) };
    let keys = match parse_integer(&call.args[2]) {
        None => return call.reply.error("ERR value is not an integer or out of range"),
        Some(keys) if keys > call.args.len() as i64 - 3 => {
            return call.reply.error("ERR Number of keys can't be greater than number of args");
        }
        Some(keys) if keys < 0 => return call.reply.error("ERR Number of keys can't be negative"),
        Some(keys) => keys as usize,
    };
    let flags = match call.server.scripts.find(&sha) {
        Some(flags) => {
            call.server.scripts.used(&sha);
            flags
        }
        None if by_sha => return call.reply.error(NO_SCRIPT),
        None => match keep(call, &sha, 1, false) {
            Ok(flags) => flags,
            Err(error) => return call.reply.error(error),
        },
    };
    if read_only && !flags.unmarked && !flags.no_writes {
        return call.reply.error("ERR Can not execute a script with write flag using *_ro command.");
    }
    let result = run(call, &sha, keys, read_only || flags.no_writes);
    if let Err(error) = result {
        tracing::warn!(%error, "running a script");
        call.reply.error(format!("ERR {}", text(&error)));
    }
}

/// Keeps the script that is the word at `text`, compiled; `loaded`: until SCRIPT FLUSH. The error is for the client. Redis:
/// `luaCreateFunction`.
pub(crate) fn keep(call: &mut Call<'_>, sha: &Sha, text: usize, loaded: bool) -> Result<Flags, String> {
    let server = &mut *call.server;
    if let Some(flags) = server.scripts.known(sha, loaded) {
        return Ok(flags);
    }
    let text = &call.args[text];
    let (flags, head) = shebang::flags(text)?;
    let failed = |what: &str| format!("ERR Error compiling script (new function): {what}");
    if !server.scripts.has_room(text.len(), loaded) {
        return Err(failed("not enough memory"));
    }
    let engine = server.scripts.engine().map_err(|error| failed(&error.to_string()))?;
    let compile = || engine.keep(sha, &text[head..]);
    let compiled = if text.len() < LONG {
        compile()
    } else {
        let (compiled, running) = busy_with(server, &engine, *sha, call.client, true, compile);
        if running.killed {
            engine.forget(sha);
            return Err(killed(sha, running));
        }
        compiled
    };
    match compiled {
        Ok(Ok(())) => {}
        Ok(Err(message)) => return Err(failed(&message)),
        Err(mlua::Error::MemoryError(_)) => return Err(failed("not enough memory")),
        Err(error) => return Err(failed(&error.to_string())),
    }
    server.scripts.keep(&engine, sha, Kept { flags, loaded, bytes: text.len() });
    step!(ScriptKept { sha: readable(sha), bytes: text.len() });
    Ok(flags)
}

/// Has Lua do something that may take long: others are served meanwhile, and may end it.
// ANCHOR: script-run
fn busy_with<R>(
    server: &mut Server,
    engine: &Engine,
    sha: Sha,
    client: ClientKey,
    read_only: bool,
    work: impl FnOnce() -> R,
) -> (R, Running) {
    let started = (server.stopwatch)();
    let before = server.scripts.running.replace(Running::new(sha, client, read_only, started));
    server.execution.deny_blocking += 1;
    let result = host::lend(server, work);
    server.execution.deny_blocking -= 1;
    let running = std::mem::replace(&mut server.scripts.running, before);
    let running = running.unwrap_or_else(|| Running::new(sha, client, read_only, started));
    if server.execution.deny_blocking > 0 {
        server.execution.clock_offset_us = running.told.max(server.execution.clock_offset_us);
    } else {
        // What it was told by TIME is so for those who come next, too.
        server.time_after(server.time, running.told);
    }
    if (running.killed || running.instructions < host::INSTRUCTIONS)
        && let Err(error) = host::watch(&engine.lua)
    {
        tracing::warn!(%error, "setting Lua's hook");
    }
    (result, running)
}
// ANCHOR_END: script-run

/// What the client of a killed script is told.
fn killed(sha: &Sha, running: Running) -> String {
    let (source, line) = running.killed_at.unwrap_or_else(|| ("@user_script".into(), 0));
    let sha = String::from_utf8_lossy(sha);
    format!("ERR Script killed by user with SCRIPT KILL... script: {sha}, on {source}:{line}.")
}

/// Runs a script and writes its reply. An error is Lua's own: it has no memory left, most likely.
fn run(call: &mut Call<'_>, sha: &Sha, keys: usize, read_only: bool) -> Result<(), mlua::Error> {
    let Call { server, client, args, reply } = call;
    let (client, engine) = (*client, server.scripts.engine()?);
    let first_argument = 3 + keys;
    let keys = engine.strings((3..first_argument).map(|at| &args[at]))?;
    let arguments = engine.strings((first_argument..args.len()).map(|at| &args[at]))?;
    let (db, before) = (server.clients[client].db, reply.bytes.len());
    // The reply is part of it: a table may name the same one a million times.
    let (written, running) = busy_with(server, &engine, *sha, client, read_only, || {
        let outcome = engine.run(sha, keys, arguments)?;
        write_outcome(&engine, sha, outcome, reply)
    });
    // SELECT in a script is the script's own.
    server.clients[client].db = db;
    server.scripts.settle(&engine);
    if running.killed {
        reply.bytes.truncate(before);
        reply.error(killed(sha, running));
        return Ok(());
    }
    let (counted, written) = written?;
    server.execution.error_counted = counted;
    if let Err(fault) = written {
        reply.bytes.truncate(before);
        reply.error(match fault {
            Fault::Bare(text) => format!("ERR {text}"),
            _ => "ERR not enough memory".into(),
        });
    }
    Ok(())
}

/// Writes what a script returned or raised; whether it is an error that was counted. The inner error: it cannot be written.
fn write_outcome(
    engine: &Engine,
    sha: &Sha,
    outcome: Result<Value, Value>,
    reply: &mut Reply,
) -> Result<(bool, Outcome<()>), mlua::Error> {
    let protocol = host::with(|server| server.scripts.running.as_ref().map(|running| running.protocol));
    let (Ok(value) | Err(value)) = &outcome;
    let counted = is_counted(value);
    let written = match outcome {
        Ok(value) => to_reply(&engine.lua, value, protocol.flatten().unwrap_or_default(), reply),
        Err(raised) => {
            reply.error(raised_text(engine, sha, raised)?);
            Ok(())
        }
    };
    Ok((counted, written))
}

/// Whether a value stands for an error that was counted when a command of the script failed.
fn is_counted(value: &Value) -> bool {
    let Value::Table(table) = value else { return false };
    table.raw_get("ignore_error_stats_update").unwrap_or(false)
}

/// What a client is told of an error that a script raised: the text, the script, and the place. Redis:
/// `luaExtractErrorInformation`.
fn raised_text(engine: &Engine, sha: &Sha, raised: Value) -> mlua::Result<Vec<u8>> {
    let as_text = |value: Value| -> mlua::Result<Option<Vec<u8>>> {
        Ok(engine.lua.coerce_string(value)?.map(|text| until_nul(&text.as_bytes()).to_vec()))
    };
    let Value::Table(table) = raised else {
        let text = as_text(raised)?.unwrap_or_else(|| b"unknown error".to_vec());
        return Ok([b"ERR ", &text[..]].concat());
    };
    let mut text = as_text(table.raw_get("err")?)?.unwrap_or_else(|| b"ERR unknown error".to_vec());
    if let (Some(source), Some(line)) = (as_text(table.raw_get("source")?)?, as_text(table.raw_get("line")?)?)
    {
        text.extend([b" script: ", &sha[..], b", on ", &source, b":", &line, b"."].concat());
    }
    Ok(without_line_ends(&text).to_vec())
}

/// Lua's own errors in few words.
fn text(error: &mlua::Error) -> String {
    match error {
        mlua::Error::MemoryError(_) => "not enough memory".into(),
        other => other.to_string().lines().next().unwrap_or_default().to_string(),
    }
}

impl Server {
    /// Runs a command for the script that runs; the reply is appended to `reply`, in the protocol that the script
    /// chose. Redis: `scriptCall`.
    // ANCHOR: script-call
    pub(crate) fn script_call(&mut self, request: Request<'_>, reply: &mut Reply) {
        let Some(running) = &self.scripts.running else { return };
        let (client, read_only) = (running.client, running.read_only);
        reply.protocol = running.protocol;
        // What Lua has no room for is not collected for it.
        (reply.muted, reply.most, reply.overflowed) = (false, Some(self.scripts.memory()), false);
        match self.script_may(request, read_only) {
            Ok((id, command)) => {
                if command.flags & spec::WRITE != 0
                    && let Some(running) = &mut self.scripts.running
                {
                    running.wrote = true;
                }
                self.run(client, id, request, reply);
            }
            Err((id, error)) => {
                reply.error(error);
                self.stats.count_error(error.as_bytes());
                match id {
                    Some(id) => self.table.stats_mut(id).rejected += 1,
                    None => self.log_not_built("a script of ", client, request),
                }
            }
        }
    }
    // ANCHOR_END: script-call

    /// Which command a script asks for, and whether it may run.
    // ANCHOR: script-may
    fn script_may(
        &self,
        request: Request<'_>,
        read_only: bool,
    ) -> Result<(CommandId, &'static Command), (Option<CommandId>, &'static str)> {
        let Some((id, command)) = self.table.find(request) else {
            return Err((None, "ERR Unknown Redis command called from script"));
        };
        if !command.accepts(request.len()) || command.handler.is_none() {
            return Err((Some(id), "ERR Wrong number of args calling Redis command from script"));
        }
        let is_let_in = self.scripts.less_denied && LET_IN.contains(&command.name);
        if command.flags & spec::NOSCRIPT != 0 && !is_let_in {
            return Err((Some(id), "ERR This Redis command is not allowed from script"));
        }
        if read_only && command.flags & (spec::WRITE | spec::MAY_REPLICATE) != 0 {
            return Err((Some(id), "ERR Write commands are not allowed from read-only scripts."));
        }
        Ok((id, command))
    }
    // ANCHOR_END: script-may
}
