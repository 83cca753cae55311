//! EVAL, EVALSHA and their forms that only read: a script of Lua's runs in one go.
//!
//! Redis: `src/eval.c` (`evalGenericCommand`). How a script is kept and run is in [`crate::server::script`].
//!
//! A script is like a transaction that thinks: nobody else is served while it runs, its commands go the way of EXEC's,
//! and what it publishes to its own client comes after its reply. Only when it runs for longer than
//! `busy-reply-threshold` are others answered, with an error.

use crate::script::outcome::text;
use crate::script::shebang::Flags;
use crate::script::{sha_named, sha1};
use crate::server::dispatch::Call;
use crate::text::integer::parse_integer;

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
    let Some(keys) = number_of_keys(call, "ERR value is not an integer or out of range") else { return };
    let flags = match call.server.scripts.find(&sha) {
        Some(flags) => {
            call.server.scripts.used(&sha);
            flags
        }
        None if by_sha => return call.reply.error(NO_SCRIPT),
        None => match call.server.keep_script(call.client, &sha, &call.args[1], false) {
            Ok(flags) => flags,
            Err(error) => return call.reply.error(error),
        },
    };
    let Some(read_only) = may_only_read(call, flags, read_only) else { return };
    let result = call.server.run_script(call.client, &sha, (call.args, keys), read_only, call.reply);
    report(call, result);
}

/// How many keys EVAL or FCALL says that it has; None: an error is replied, `wrong` if it is no number.
pub(super) fn number_of_keys(call: &mut Call<'_>, wrong: &str) -> Option<usize> {
    let error = match parse_integer(&call.args[2]) {
        None => wrong,
        Some(keys) if keys > call.args.len() as i64 - 3 => {
            "ERR Number of keys can't be greater than number of args"
        }
        Some(keys) if keys < 0 => "ERR Number of keys can't be negative",
        Some(keys) => return Some(keys as usize),
    };
    call.reply.error(error);
    None
}

/// Whether a script with these flags may only read, as it says itself or as the command `asks`; None: it is refused. Redis:
/// `scriptPrepareForRun`.
pub(super) fn may_only_read(call: &mut Call<'_>, flags: Flags, asks: bool) -> Option<bool> {
    let writes = !flags.unmarked && !flags.no_writes;
    if let Some(denial) = call.server.write_denied_by_disk().filter(|_| writes) {
        // In a transaction, whose EXEC does not know the script.
        call.reply.error(denial.script_error());
        return None;
    }
    if asks && writes {
        call.reply.error("ERR Can not execute a script with write flag using *_ro command.");
        return None;
    }
    if writes && !flags.allow_oom && call.server.is_out_of_memory() {
        // It became known after its request was let in, or queued.
        call.reply.error(
            "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
        );
        return None;
    }
    Some(asks || flags.no_writes)
}

/// Replies with an error of Lua's own.
pub(super) fn report(call: &mut Call<'_>, result: Result<(), mlua::Error>) {
    if let Err(error) = result {
        tracing::warn!(%error, "running a script");
        call.reply.error(format!("ERR {}", text(&error)));
    }
}
