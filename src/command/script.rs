//! EVAL, EVALSHA and their forms that only read: a script of Lua's runs in one go.
//!
//! Redis: `src/eval.c` (`evalGenericCommand`), `src/script.c` (`scriptPrepareForRun`, `scriptCall`), `src/script_lua.c`
//! (`luaCallFunction`, `luaExtractErrorInformation`).
//!
//! A script is like a transaction that thinks: nobody else is served while it runs, its commands go the way of EXEC's,
//! and what it publishes to its own client comes after its reply. Only when it runs for longer than
//! `busy-reply-threshold` are others answered, with an error: see [`crate::server::busy`].

use super::spec::{self, Command};
use super::{Call, CommandId, monitor};
use crate::resp::reply::Reply;
use crate::resp::request::{Request, parse_integer};
use crate::script::fault::Fault;
use crate::script::to_reply::to_reply;
use crate::script::{Engine, Running, Sha, host, sha_named, sha1};
use crate::server::Server;
use crate::steps::{readable, step};
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

const NO_SCRIPT: &str = "NOSCRIPT No matching script. Please use EVAL.";

fn evaluate(call: &mut Call<'_>, by_sha: bool, read_only: bool) {
    if !call.server.monitors.is_empty() {
        // Before the script's own commands, which monitors are shown too.
        monitor::show(call.server, call.client, "eval", call.args);
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
        None => match call.server.scripts.keep(&sha, &call.args[1], false) {
            Ok(flags) => {
                step!(ScriptKept { sha: readable(&sha), bytes: call.args[1].len() });
                flags
            }
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

/// Runs a script and writes its reply. An error is Lua's own: it has no memory left, most likely.
fn run(call: &mut Call<'_>, sha: &Sha, keys: usize, read_only: bool) -> Result<(), mlua::Error> {
    let server = &mut *call.server;
    let engine = server.scripts.engine()?;
    let first_argument = 3 + keys;
    let keys = engine.strings((3..first_argument).map(|at| &call.args[at]))?;
    let arguments = engine.strings((first_argument..call.args.len()).map(|at| &call.args[at]))?;
    let db = server.clients[call.client].db;
    // ANCHOR: script-run
    let started = (server.stopwatch)();
    server.scripts.running = Some(Running::new(*sha, call.client, read_only, started));
    server.deny_blocking += 1;
    let result = host::lend(server, || engine.run(sha, keys, arguments));
    server.deny_blocking -= 1;
    let running = server.scripts.running.take();
    // SELECT in a script is the script's own.
    server.clients[call.client].db = db;
    // ANCHOR_END: script-run
    let Some(running) = running else { return Ok(()) };
    // What it was told by TIME is so for who comes next, too.
    server.time_after(server.time, running.told);
    if running.killed || running.slow {
        host::watch(&engine.lua)?;
    }
    if running.killed {
        let (source, line) = running.killed_at.unwrap_or_else(|| ("@user_script".into(), 0));
        let sha = String::from_utf8_lossy(sha);
        let what = "ERR Script killed by user with SCRIPT KILL...";
        call.reply.error(format!("{what} script: {sha}, on {source}:{line}."));
        return Ok(());
    }
    let before = call.reply.bytes.len();
    let written = match result? {
        Ok(value) => {
            server.scripts.error_counted = is_counted(&value);
            to_reply(&engine.lua, value, running.protocol, call.reply)
        }
        Err(raised) => {
            server.scripts.error_counted = is_counted(&raised);
            call.reply.error(raised_text(&engine, sha, raised)?);
            Ok(())
        }
    };
    server.scripts.settle(&engine);
    if let Err(fault) = written {
        call.reply.bytes.truncate(before);
        call.reply.error(match fault {
            Fault::Bare(text) => format!("ERR {text}"),
            _ => "ERR not enough memory".into(),
        });
    }
    Ok(())
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
        Ok(engine.lua.coerce_string(value)?.map(|text| text.as_bytes().to_vec()))
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
    Ok(text)
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
                if let Some(id) = id {
                    self.table.stats_mut(id).rejected += 1;
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
