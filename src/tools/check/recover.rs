//! Puts back what a check that was killed has left behind, by its journal.
//!
//! Redis has no counterpart.

use std::net::SocketAddr;
use std::time::Duration;

use super::journal::{Journal, Left};
use super::keys;
use super::settings;
use crate::tools::scenario::frame::Frame;
use crate::tools::scenario::socket::PING;
use crate::tools::scenario::words::{escape, quote};
use crate::tools::scenario::{Capabilities, Socket};

/// Looks for what is left, and puts it back. Returns what it has found, a line each; nothing, if all is well or the server
/// has started again since. None if the server does not say whether it has: then it is left as it is. The error says what it cannot put back.
pub fn put_back(address: SocketAddr, timeout: Duration, left: &Left) -> Result<Option<Vec<String>>, String> {
    let capabilities = Capabilities { barrier: PING, lists_clients: false, timeout };
    let broken = |trouble: crate::tools::scenario::PlayError| format!("{address}: {trouble}");
    let mut socket = Socket::with_manners(address, capabilities).map_err(broken)?;
    let mut found = Vec::new();
    let mut password = None;
    if wants_password(&mut socket) {
        let passwords = &left.risk.passwords;
        let fits = |password: &&String| {
            matches!(socket.try_ask(&[b"AUTH", password.as_bytes()]), Some(Frame::Text(b'+', _)))
        };
        let fitting = passwords.iter().find(fits).cloned().ok_or_else(|| {
            format!(
                "{address} wants a password, and it is none that a check sets which was killed in the scenario {}; \
                 start the server without one",
                left.risk.scenario
            )
        })?;
        socket.log_in(&fitting).map_err(broken)?;
        password = Some(fitting);
    }
    let run_id = run_id(&mut socket);
    if run_id.is_none() {
        // It may have started again since, and what it holds may be somebody's.
        socket.close().map_err(broken)?;
        return Ok(None);
    }
    if run_id == left.run_id {
        found.extend(password.map(|password| format!("the password `{password}`")));
        found.extend(put_back_settings(&mut socket, left)?);
        for remedy in &left.risk.remedies {
            let words: Vec<&[u8]> = remedy.split(' ').map(str::as_bytes).collect();
            // A server without the command has nothing of it.
            let _ = socket.try_ask(&words);
        }
        found.extend(remove_keys(&mut socket, left));
    }
    socket.close().map_err(broken)?;
    Ok(Some(found))
}

/// Whether the server answers nothing without a password.
pub fn wants_password(socket: &mut Socket) -> bool {
    matches!(socket.try_ask(PING), Some(Frame::Text(b'-', text)) if text.starts_with(b"NOAUTH"))
}

/// The server's `run_id`, which is another after each start.
pub fn run_id(socket: &mut Socket) -> Option<String> {
    let Some(Frame::Blob(_, text)) = socket.try_ask(&[b"INFO", b"server"]) else { return None };
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().find_map(|line| line.strip_prefix("run_id:")).map(|id| id.trim().into())
}

/// Gives settings their old values.
fn put_back_settings(socket: &mut Socket, left: &Left) -> Result<Option<String>, String> {
    if left.settings.is_empty() {
        return Ok(None);
    }
    let now = settings::found(socket);
    let changed = |(name, before): (&Vec<u8>, &Vec<u8>)| {
        let value = now.get(name).filter(|value| *value != before)?;
        Some(format!("{} {} (was {})", escape(name), quote(value), quote(before)))
    };
    let changed: Vec<String> = left.settings.iter().filter_map(changed).collect();
    settings::restore(socket, &left.settings).map_err(|trouble| trouble.to_string())?;
    Ok((!changed.is_empty()).then(|| format!("the settings {}", changed.join(", "))))
}

/// Removes the scenario's keys, in every database; unless there are others too, for then the server is in use again.
fn remove_keys(socket: &mut Socket, left: &Left) -> Vec<String> {
    let mut ours = Vec::new();
    for (database, count) in keys::databases(socket) {
        let _ = socket.try_ask(&[b"SELECT", database.to_string().as_bytes()]);
        let here = left.risk.keys.iter().filter(|key| keys::exists(socket, key));
        let here: Vec<&Vec<u8>> = here.collect();
        if count.is_some_and(|count| count != here.len()) {
            return vec!["keys; others are there too, so none is removed".into()];
        }
        ours.extend(here.into_iter().map(|key| (database, key)));
    }
    for (database, key) in &ours {
        let _ = socket.try_ask(&[b"SELECT", database.to_string().as_bytes()]);
        let _ = socket.try_ask(&[b"DEL", key]);
    }
    let names: Vec<String> = ours.iter().map(|(_, key)| quote(key)).collect();
    if names.is_empty() { Vec::new() } else { vec![format!("the keys {}", names.join(", "))] }
}

/// What is said of it.
pub fn tell(left: &Left, found: Option<&[String]>, journal: &Journal) -> String {
    let scenario = &left.risk.scenario;
    match found {
        None => format!(
            "A check of this server was killed in the scenario {scenario} ({}). The server does not say whether it has started again \
             since (INFO server has no run_id), so nothing is put back.",
            journal.place()
        ),
        Some([]) => format!(
            "A check of this server was killed in the scenario {scenario}. Nothing of it is left on the server."
        ),
        Some(found) => format!(
            "A check of this server was killed in the scenario {scenario} and has left ({}):\n  {}\nIt is put back as it was.",
            journal.place(),
            found.join("\n  ")
        ),
    }
}
