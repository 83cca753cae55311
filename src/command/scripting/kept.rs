//! SCRIPT: what is kept by the SHA-1 of its text.
//!
//! Redis: `src/eval.c`, `scriptCommand`; `src/script.c`, `scriptKill`.
//!
//! Different on purpose: there is no debugger, SCRIPT DEBUG only says so.

use crate::script::{sha_named, sha1};
use crate::server::dispatch::Call;
use crate::steps::step;

/// `SCRIPT LOAD script`
pub fn load(call: &mut Call<'_>) {
    let sha = sha1(&call.args[2]);
    match call.server.keep_script(call.client, &sha, &call.args[2], true) {
        Ok(_) => call.reply.bulk(sha),
        Err(error) => call.reply.error(error),
    }
}

/// `SCRIPT EXISTS sha1 [sha1 …]`
pub fn exists(call: &mut Call<'_>) {
    call.reply.array(call.args.len() - 2);
    for name in call.args.from(2) {
        let known = sha_named(name).is_some_and(|sha| call.server.scripts.find(&sha).is_some());
        call.reply.integer(i64::from(known));
    }
}

/// `SCRIPT FLUSH [ASYNC | SYNC]`
pub fn script_flush(call: &mut Call<'_>) {
    if flush(call, "ERR SCRIPT FLUSH only support SYNC|ASYNC option") {
        step!(ScriptsForgotten { scripts: call.server.scripts.len() });
        call.server.scripts.flush();
    }
}

/// `SCRIPT KILL`
pub fn kill(call: &mut Call<'_>) {
    kill_running(call, false);
}

/// Ends the script that runs, or the function.
pub(super) fn kill_running(call: &mut Call<'_>, is_function: bool) {
    match call.server.kill_script(is_function) {
        Ok(()) => call.reply.ok(),
        Err(error) => call.reply.error(error),
    }
}

/// `SCRIPT DEBUG YES | SYNC | NO`
pub fn debug(call: &mut Call<'_>) {
    if call.is(2, "no") {
        call.reply.ok();
    } else if call.is(2, "yes") || call.is(2, "sync") {
        call.reply.error("ERR there is no debugger for scripts");
    } else {
        call.reply.error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
    }
}

/// Replies; whether the arguments are right.
pub(super) fn flush(call: &mut Call<'_>, wrong: &str) -> bool {
    let right = match call.args.len() {
        2 => true,
        3 => call.is(2, "async") || call.is(2, "sync"),
        _ => false,
    };
    if right {
        call.reply.ok();
    } else {
        call.reply.error(wrong);
    }
    right
}

/// `SCRIPT HELP`
pub fn script_help(call: &mut Call<'_>) {
    call.help("SCRIPT");
}
