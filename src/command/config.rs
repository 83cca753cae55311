//! CONFIG: reading and changing the settings.
//!
//! Redis: `src/config.c`, `configGetCommand`, `configSetCommand`; the settings are in [`crate::config`].

use super::Call;
use crate::config::Config;
use crate::config::file::Which;

/// `CONFIG GET pattern [pattern …]`: names and values as a map.
pub fn get(call: &mut Call<'_>) {
    let patterns: Vec<&[u8]> = call.args.from(2).collect();
    let found = match call.server.config.get(&patterns) {
        Ok(found) => found,
        Err(too_big) => return call.reply.error(format!("ERR {too_big}")),
    };
    call.reply.map(found.len());
    for (name, value) in found {
        call.reply.bulk(name);
        call.reply.bulk(value);
    }
}

/// `CONFIG SET name value [name value …]`: all or none.
pub fn set(call: &mut Call<'_>) {
    if !call.args.len().is_multiple_of(2) {
        return call.syntax_error();
    }
    let words: Vec<&[u8]> = call.args.from(2).collect();
    let pairs: Vec<(&[u8], &[u8])> = words.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let protected = call.server.allows_local(call.server.config.enable_protected, call.client);
    let before = call.server.config.clone();
    if let Err(error) = call.server.config.set(&pairs, protected) {
        return call.reply.error(format!("ERR {error}"));
    }
    if let Err((name, why)) = listen_anew(call, before, &pairs) {
        let failed = format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}");
        return call.reply.error(failed);
    }
    call.server.apply_config();
    call.reply.ok();
}

/// Listens where the settings say now. If that fails, all settings are as they were; the error names one of those that
/// were given. Redis: `updatePort`, `applyBind`.
fn listen_anew(
    call: &mut Call<'_>,
    before: Config,
    pairs: &[(&[u8], &[u8])],
) -> Result<(), (&'static str, &'static str)> {
    let now = &call.server.config;
    let (port, bind) = (before.port != now.port, before.bind != now.bind);
    if (!port && !bind) || call.server.listen() {
        return Ok(());
    }
    call.server.config = before;
    if !call.server.listen() {
        tracing::error!("nobody can connect: the old addresses are not to be had any more");
    }
    let first = pairs.iter().find_map(|(name, _)| match name.to_ascii_lowercase().as_slice() {
        b"port" if port => Some("port"),
        b"bind" if bind => Some("bind"),
        _ => None,
    });
    Err(match first {
        Some("port") => ("port", "Unable to listen on this port. Check server logs."),
        _ => ("bind", "Failed to bind to specified addresses."),
    })
}

/// `CONFIG REWRITE`
pub fn rewrite(call: &mut Call<'_>) {
    match call.server.config.rewrite(Which::Changed) {
        Ok(()) => call.reply.ok(),
        Err(error) => call.reply.error(format!("ERR {error}")),
    }
}

/// `CONFIG RESETSTAT`
pub fn resetstat(call: &mut Call<'_>) {
    call.server.reset_stats();
    call.reply.ok();
}

/// `CONFIG HELP`
pub fn help(call: &mut Call<'_>) {
    call.help(
        "CONFIG",
        &[
            "GET <pattern> [<pattern> ...]",
            "    Return the settings whose names match, with their values.",
            "SET <name> <value> [<name> <value> ...]",
            "    Change settings: all of those given, or none.",
            "RESETSTAT",
            "    Set the statistics of INFO to zero.",
            "REWRITE",
            "    Write the settings to the config file.",
        ],
    );
}
