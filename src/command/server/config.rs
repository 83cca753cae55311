//! CONFIG: reading and changing the settings.
//!
//! Redis: `src/config.c`, `configGetCommand`, `configSetCommand`; the settings are in [`crate::config`].

use crate::config;
use crate::config::Config;
use crate::config::file::reason;
use crate::config::rewrite::Which;
use crate::server::dispatch::{Call, LOADING};

/// The settings that stay while files are loaded. Redis: `DENY_LOADING_CONFIG`.
const DENIED_WHILE_LOADING: [&str; 2] = ["dir", "repl-diskless-load"];

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
    let is_denied = |(name, _): &(&[u8], &[u8])| {
        DENIED_WHILE_LOADING.iter().any(|denied| name.eq_ignore_ascii_case(denied.as_bytes()))
    };
    if call.server.is_loading() && pairs.iter().any(is_denied) {
        return call.reply.error(LOADING);
    }
    let protected = call.server.allows_local(call.server.config.enable_protected, call.client);
    let mut before = call.server.config.clone();
    if let Err(error) = call.server.config.set(&pairs, protected) {
        return call.reply.error(format!("ERR {error}"));
    }
    let config = &mut call.server.config;
    let named = pairs.iter().filter_map(|(name, _)| config::find(&String::from_utf8_lossy(name)));
    let changed: Vec<_> = named.filter(|setting| before.value(setting) != config.value(setting)).collect();
    if let Err((name, why)) = put_into_effect(call, &before, &pairs) {
        take_back(call, before);
        let failed = format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}");
        return call.reply.error(failed);
    }
    for warning in call.server.config.warnings_about(changed) {
        tracing::warn!("CONFIG SET {warning}");
    }
    call.server.apply_config();
    call.server.set_appendonly(call.server.config.appendonly);
    call.server.remove_history_if_allowed();
    call.reply.ok();
}

/// Does what the settings ask for outside of the server, in an order in which what has failed can be taken back. The error
/// names one of the settings that were given.
fn put_into_effect(
    call: &mut Call<'_>,
    before: &Config,
    pairs: &[(&[u8], &[u8])],
) -> Result<(), (&'static str, String)> {
    change_dir(call, before).map_err(|why| ("dir", why))?;
    claim_dir(call, before)?;
    listen_anew(call, before, pairs)?;
    Ok(())
}

/// All settings are as they were `before`, and so is what they have changed outside of the server.
fn take_back(call: &mut Call<'_>, before: Config) {
    let server = &mut call.server;
    let now = std::mem::replace(&mut server.config, before);
    if let Some(set_dir) = server.process.set_dir
        && server.config.dir != now.dir
    {
        // The process was there a moment ago.
        let _ = set_dir(&server.config.dir);
        if let Some(claim) = server.process.claim_dir
            && server.config.saves_by_itself()
            && let Err(error) = claim()
        {
            tracing::error!("the directory {} is not claimed any more: {error}", server.config.dir);
        }
    }
    if (server.config.port != now.port || server.config.bind != now.bind) && !server.listen() {
        tracing::error!("nobody can connect: the old addresses are not to be had any more");
    }
}

/// Works in the directory that `dir` names now, if it is another, and keeps its full path.
fn change_dir(call: &mut Call<'_>, before: &Config) -> Result<(), String> {
    let server = &mut call.server;
    if server.config.dir != before.dir && before.appendonly && server.process.has_disk {
        return Err("The append-only file is in use there".into());
    }
    match server.process.set_dir {
        Some(set_dir) if server.config.dir != before.dir => {
            server.config.dir = set_dir(&server.config.dir).map_err(|error| reason(&error))?;
        }
        _ => {}
    }
    Ok(())
}

/// Claims the directory, if files are to be written to it that were not before.
fn claim_dir(call: &mut Call<'_>, before: &Config) -> Result<(), (&'static str, String)> {
    let now = &call.server.config;
    let name = match now.saves_by_itself() {
        false => return Ok(()),
        true if now.dir != before.dir => "dir",
        true if before.saves_by_itself() => return Ok(()),
        true if now.appendonly => "appendonly",
        true => "save",
    };
    let claim = call.server.process.claim_dir;
    claim.map_or(Ok(()), |claim| claim()).map_err(|error| (name, reason(&error)))
}

/// Listens where the settings say now. Redis: `updatePort`, `applyBind`.
fn listen_anew(
    call: &mut Call<'_>,
    before: &Config,
    pairs: &[(&[u8], &[u8])],
) -> Result<(), (&'static str, String)> {
    let now = &call.server.config;
    let (port, bind) = (before.port != now.port, before.bind != now.bind);
    if (!port && !bind) || call.server.listen() {
        return Ok(());
    }
    let first = pairs.iter().find_map(|(name, _)| match name.to_ascii_lowercase().as_slice() {
        b"port" if port => Some("port"),
        b"bind" if bind => Some("bind"),
        _ => None,
    });
    Err(match first {
        Some("port") => ("port", "Unable to listen on this port. Check server logs.".into()),
        _ => ("bind", "Failed to bind to specified addresses.".into()),
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
