//! CONFIG: reading and changing the settings.
//!
//! Redis: `src/config.c`, `configGetCommand`, `configSetCommand`; the settings are in [`crate::config`].

use crate::config;
use crate::config::Config;
use crate::config::file::reason;
use crate::config::rewrite::Which;
use crate::server::dispatch::Call;

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
    let mut before = call.server.config.clone();
    if let Err(error) = call.server.config.set(&pairs, protected) {
        return call.reply.error(format!("ERR {error}"));
    }
    let config = &mut call.server.config;
    let named = pairs.iter().filter_map(|(name, _)| config::find(&String::from_utf8_lossy(name)));
    let changed: Vec<_> = named.filter(|setting| before.value(setting) != config.value(setting)).collect();
    if let Err(why) = change_dir(call, &before) {
        call.server.config = before;
        let failed = format!("ERR CONFIG SET failed (possibly related to argument 'dir') - {why}");
        return call.reply.error(failed);
    }
    if let Err((name, why)) = listen_anew(call, before, &pairs) {
        let failed = format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}");
        return call.reply.error(failed);
    }
    for warning in call.server.config.warnings_about(changed) {
        tracing::warn!("CONFIG SET {warning}");
    }
    call.server.apply_config();
    call.server.set_appendonly(call.server.config.appendonly);
    call.reply.ok();
}

/// Works in the directory that `dir` names now, if it is another, and keeps its full path.
fn change_dir(call: &mut Call<'_>, before: &Config) -> Result<(), String> {
    let server = &mut call.server;
    match server.process.set_dir {
        Some(set_dir) if server.config.dir != before.dir => {
            server.config.dir = set_dir(&server.config.dir).map_err(|error| reason(&error))?;
        }
        _ => {}
    }
    Ok(())
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
    if let Some(set_dir) = call.server.process.set_dir
        && before.dir != call.server.config.dir
    {
        // The process was there a moment ago.
        let _ = set_dir(&before.dir);
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
        Ok(()) => {
            tracing::info!("CONFIG REWRITE executed with success.");
            call.reply.ok();
        }
        Err(error) => {
            tracing::warn!("CONFIG REWRITE failed: {error}");
            call.reply.error(format!("ERR {error}"));
        }
    }
}

/// `CONFIG RESETSTAT`
pub fn resetstat(call: &mut Call<'_>) {
    call.server.reset_stats();
    call.reply.ok();
}

/// `CONFIG HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("CONFIG");
}
