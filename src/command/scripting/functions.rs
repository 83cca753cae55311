//! FUNCTION, FCALL and FCALL_RO: libraries of functions, and calls of them.
//!
//! Redis: `src/functions.c` (`functionLoadCommand` and its siblings, `fcallCommandGeneric`). How a library is loaded and a
//! function is run is in [`crate::server`]'s `functions.rs`.

use super::{eval, kept};
use crate::glob::Pattern;
use crate::persist::{footer, functions};
use crate::resp::reply::Reply;
use crate::script::functions::{Library, Policy};
use crate::script::to_reply::without_line_ends;
use crate::server::dispatch::Call;
use crate::text::c::until_nul;

/// `FCALL function numkeys [key …] [argument …]`
pub fn fcall(call: &mut Call<'_>) {
    run(call, false);
}

/// `FCALL_RO function numkeys [key …] [argument …]`
pub fn fcall_ro(call: &mut Call<'_>) {
    run(call, true);
}

fn run(call: &mut Call<'_>, read_only: bool) {
    if !call.server.monitors.is_empty() {
        // Before the function's own commands, which monitors are shown too.
        call.server.show_monitors(call.client, "fcall", call.args);
    }
    let Some(function) = call.server.functions.libraries.function(&call.args[1]).cloned() else {
        return call.reply.error("ERR Function not found");
    };
    let Some(keys) = eval::number_of_keys(call, "ERR Bad number of keys provided") else { return };
    let Some(read_only) = eval::may_only_read(call, function.flags, read_only) else { return };
    let result = call.server.run_function(call.client, function, (call.args, keys), read_only, call.reply);
    eval::report(call, result);
}

/// `FUNCTION LOAD [REPLACE] text`
pub fn load(call: &mut Call<'_>) {
    let last = call.args.len() - 1;
    if let Some(unknown) = (2..last).find(|&at| !call.is(at, "replace")) {
        let word = without_line_ends(until_nul(&call.args[unknown]));
        return refuse(call, &[b"Unknown option given: ", word].concat());
    }
    match call.server.load_library(call.client, &call.args[last], last > 2) {
        Ok(name) => call.reply.bulk(name),
        Err(error) => refuse(call, &error),
    }
}

fn refuse(call: &mut Call<'_>, error: &[u8]) {
    call.reply.error([b"ERR ", error].concat());
}

/// `FUNCTION DELETE library`
pub fn delete(call: &mut Call<'_>) {
    match call.server.delete_library(&call.args[2]) {
        true => call.reply.ok(),
        false => call.reply.error("ERR Library not found"),
    }
}

/// `FUNCTION FLUSH [ASYNC | SYNC]`
pub fn flush(call: &mut Call<'_>) {
    if call.args.len() > 3 {
        let word = call.args[1].to_vec();
        return call.wrong_subcommand("FUNCTION", &word);
    }
    if kept::flush(call, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option") {
        call.server.flush_functions();
    }
}

/// `FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]`
pub fn list(call: &mut Call<'_>) {
    let (mut with_code, mut pattern, mut at) = (false, None, 2);
    while at < call.args.len() {
        if !with_code && call.is(at, "withcode") {
            with_code = true;
        } else if pattern.is_none() && call.is(at, "libraryname") {
            at += 1;
            let Some(word) = call.args.get(at) else {
                return call.reply.error("ERR library name argument was not given");
            };
            pattern = Some(word);
        } else {
            return refuse(call, &[b"Unknown argument ", until_nul(&call.args[at])].concat());
        }
        at += 1;
    }
    let pattern = match pattern.map(Pattern::new_nocase).transpose() {
        Ok(pattern) => pattern,
        Err(too_big) => return call.reply.error(format!("ERR {too_big}")),
    };
    let is_meant = |name: &[u8]| pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
    let libraries = call.server.functions.libraries.iter().filter(|(name, _)| is_meant(name));
    call.reply.array(libraries.clone().count());
    for (name, library) in libraries {
        call.reply.map(3 + usize::from(with_code));
        call.reply.bulk("library_name");
        call.reply.bulk(name);
        call.reply.bulk("engine");
        call.reply.bulk("LUA");
        describe(call.reply, library);
        if with_code {
            call.reply.bulk("library_code");
            call.reply.bulk(&library.code);
        }
    }
}

/// The functions of a library.
fn describe(reply: &mut Reply, library: &Library) {
    reply.bulk("functions");
    reply.array(library.functions.len());
    for function in &library.functions {
        reply.map(3);
        reply.bulk("name");
        reply.bulk(&function.name);
        reply.bulk("description");
        match &function.description {
            Some(description) => reply.bulk(description),
            None => reply.null(),
        }
        reply.bulk("flags");
        let flags = function.flags.names();
        reply.set(flags.clone().count());
        flags.for_each(|flag| reply.simple(flag));
    }
}

/// `FUNCTION DUMP`
pub fn dump(call: &mut Call<'_>) {
    let codes = call.server.functions.libraries.iter().map(|(_, library)| &*library.code);
    let payload = functions::payload(codes, call.server.config.rdbcompression);
    call.reply.bulk(payload);
}

/// `FUNCTION RESTORE payload [FLUSH | APPEND | REPLACE]`
pub fn restore(call: &mut Call<'_>) {
    if call.args.len() > 4 {
        let word = call.args[1].to_vec();
        return call.wrong_subcommand("FUNCTION", &word);
    }
    let policy = match call.args.len() {
        3 => Policy::Append,
        _ if call.is(3, "append") => Policy::Append,
        _ if call.is(3, "replace") => Policy::Replace,
        _ if call.is(3, "flush") => Policy::Flush,
        _ => {
            let error = "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.";
            return call.reply.error(error);
        }
    };
    if !footer::is_right(&call.args[2], !call.server.skip_checksum) {
        return call.reply.error("ERR DUMP payload version or checksum are wrong");
    }
    match call.server.restore_libraries(call.client, &call.args[2], policy) {
        Ok(()) => call.reply.ok(),
        Err(error) => refuse(call, &error),
    }
}

/// `FUNCTION STATS`
pub fn stats(call: &mut Call<'_>) {
    if let Some(busy) = call.server.busy_error().filter(|_| call.server.running_function().is_none()) {
        return call.reply.error(busy);
    }
    call.reply.map(2);
    call.reply.bulk("running_script");
    match call.server.running_function() {
        None => call.reply.null(),
        Some((name, request, millis)) => {
            call.reply.map(3);
            call.reply.bulk("name");
            call.reply.bulk(name);
            call.reply.bulk("command");
            call.reply.array(request.len());
            request.from(0).for_each(|word| call.reply.bulk(word));
            call.reply.bulk("duration_ms");
            call.reply.integer(millis as i64);
        }
    }
    call.reply.bulk("engines");
    call.reply.map(1);
    call.reply.bulk("LUA");
    call.reply.map(2);
    let libraries = &call.server.functions.libraries;
    call.reply.bulk("libraries_count");
    call.reply.integer(libraries.len() as i64);
    call.reply.bulk("functions_count");
    call.reply.integer(libraries.functions() as i64);
}

/// `FUNCTION KILL`
pub fn kill(call: &mut Call<'_>) {
    kept::kill_running(call, true);
}

/// `FUNCTION HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("FUNCTION");
}
