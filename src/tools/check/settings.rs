//! A scenario's settings on a running server: given to it with CONFIG SET, and put back afterwards.
//!
//! What is put back is whatever CONFIG GET * tells otherwise than before, so settings that the dialogue itself changes are
//! put back too. A server without CONFIG has nothing to put back.

use std::collections::BTreeMap;

use super::lack::Lack;
use crate::tools::scenario::frame::Frame;
use crate::tools::scenario::words::escape;
use crate::tools::scenario::{PlayError, Scenario, Setting, Socket};

/// Names and values, as CONFIG GET tells them.
pub type Values = BTreeMap<Vec<u8>, Vec<u8>>;

/// Tried before every scenario, refused or not: without the first FLUSHALL may answer a line late (`src/tools/scenario/socket.rs`),
/// without the second Valkey gives its own name in HELLO.
const WISHES: [(&str, &str); 2] =
    [("lazyfree-lazy-user-flush", "yes"), ("extended-redis-compatibility", "yes")];

/// All settings as they are now; none, if the server does not tell.
pub fn found(socket: &mut Socket) -> Values {
    let Some(Frame::Aggregate(b'*', items)) = socket.try_ask(&[b"CONFIG", b"GET", b"*"]) else {
        return Values::new();
    };
    let pairs = items.chunks_exact(2);
    pairs.filter_map(|pair| Some((pair[0].as_bulk()?.to_vec(), pair[1].as_bulk()?.to_vec()))).collect()
}

/// Why a scenario has not got its settings.
pub enum Refusal {
    /// The server has no such setting, or no CONFIG.
    Lacks(Lack),
    /// It has it and does not take this value while it runs: the reason to skip the scenario.
    Skip(String),
}

/// Gives the server the scenario's settings and resets its statistics.
pub fn apply(socket: &mut Socket, scenario: &Scenario, found: &Values) -> Result<(), Refusal> {
    if found.is_empty() {
        let needed = scenario.settings.first();
        return needed
            .map_or(Ok(()), |setting| Err(Refusal::Lacks(Lack::Setting(setting.name.clone(), false))));
    }
    let mut password = None;
    for (name, value) in WISHES {
        // Only some servers have them.
        let _ = set(socket, name.as_bytes(), value.as_bytes());
    }
    for Setting { name, words, .. } in &scenario.settings {
        let value = words.join(" ");
        if let Err(refusal) = set(socket, name.as_bytes(), value.as_bytes()) {
            return Err(match found.contains_key(name.as_bytes()) {
                true => Refusal::Skip(format!("it needs `{name} {value}` from the start: {refusal}")),
                false => Refusal::Lacks(Lack::Setting(name.clone(), true)),
            });
        }
        if name == "requirepass" {
            password = Some(value);
        }
    }
    // A server without statistics may refuse.
    let _ = socket.try_ask(&[b"CONFIG", b"RESETSTAT"]);
    match password {
        Some(password) => socket.log_in(&password).map_err(|trouble| Refusal::Skip(trouble.to_string())),
        None => Ok(()),
    }
}

/// Puts back what is not as it was.
pub fn restore(socket: &mut Socket, before: &Values) -> Result<(), PlayError> {
    let mut stuck = Vec::new();
    if before.is_empty() {
        return Ok(());
    }
    let now = found(socket);
    if now.is_empty() {
        return Err(PlayError::Broken(
            "it no longer answers CONFIG GET, so settings may be left changed".into(),
        ));
    }
    for (name, value) in before.iter().filter(|(name, value)| now.get(*name) != Some(value)) {
        if let Err(refusal) = set(socket, name, value) {
            stuck.push(format!("{} was {:?}: {refusal}", escape(name), escape(value)));
        }
    }
    match stuck.is_empty() {
        true => Ok(()),
        false => Err(PlayError::Broken(format!("settings that cannot be put back: {}", stuck.join("; ")))),
    }
}

fn set(socket: &mut Socket, name: &[u8], value: &[u8]) -> Result<(), String> {
    match socket.try_ask(&[b"CONFIG", b"SET", name, value]) {
        Some(Frame::Text(b'+', _)) => Ok(()),
        Some(refusal) => Err(refusal.print("")),
        None => Err("nothing".into()),
    }
}
