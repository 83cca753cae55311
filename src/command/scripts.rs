//! SCRIPT FLUSH and FUNCTION FLUSH: test suites clear scripts and functions before each test.
//!
//! Redis: `src/eval.c`, `scriptCommand`; `src/functions.c`, `functionFlushCommand`.
//!
//! Different on purpose: there are no scripts and no functions, so there is never one to forget, and the other
//! subcommands do not exist.

use super::Call;

/// `SCRIPT FLUSH [ASYNC | SYNC]`
pub fn script_flush(call: &mut Call<'_>) {
    flush(call, "ERR SCRIPT FLUSH only support SYNC|ASYNC option");
}

/// `FUNCTION FLUSH [ASYNC | SYNC]`
pub fn function_flush(call: &mut Call<'_>) {
    if call.args.len() > 3 {
        let word = call.args[1].to_vec();
        return call.wrong_subcommand("FUNCTION", &word);
    }
    flush(call, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
}

fn flush(call: &mut Call<'_>, wrong: &str) {
    match call.args.len() {
        2 => call.reply.ok(),
        3 if call.is(2, "async") || call.is(2, "sync") => call.reply.ok(),
        _ => call.reply.error(wrong),
    }
}

/// `SCRIPT HELP`
pub fn script_help(call: &mut Call<'_>) {
    call.help("SCRIPT", &["FLUSH [ASYNC|SYNC]", "    Forget all scripts. There are none."]);
}

/// `FUNCTION HELP`
pub fn function_help(call: &mut Call<'_>) {
    call.help("FUNCTION", &["FLUSH [ASYNC|SYNC]", "    Forget all functions. There are none."]);
}
